#include "bench.h"

#include <string.h>

int64_t bench_memcpy(void *to, const void *from, int64_t bytes) {
  memcpy(to, from, (size_t)bytes);
  return ((const unsigned char *)to)[bytes - 1];
}
