#include "bench.h"

#include <stdlib.h>

int64_t bench_malloc_free(int64_t bytes, int64_t count) {
  int64_t missing = 0;
  for (int64_t i = 0; i < count; i++) {
    void *memory = malloc((size_t)bytes);
    /* The compiler may not know that nobody looks at it, or it takes the pair away. */
    __asm__ volatile("" : "+r"(memory) : : "memory");
    missing += memory == NULL;
    free(memory);
  }
  return missing;
}
