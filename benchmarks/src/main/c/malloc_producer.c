#include "bench.h"
#include "single_block.h"

#include <stdlib.h>

static void delete(DLManagedTensorVersioned *self) { free(self); }

/* Not inlined: a library's producer is a call away from its user, and so is ours. */
__attribute__((noinline)) static DLManagedTensorVersioned *produce(double *data, int64_t size) {
  single_block *block = malloc(sizeof *block);
  if (block == NULL) {
    abort();
  }
  fill(block, data, size, NULL, delete);
  return &block->managed;
}

int64_t bench_malloc_producer(double *data, int64_t size, int64_t count) {
  int64_t seen = 0;
  for (int64_t i = 0; i < count; i++) {
    seen += bench_consume(produce(data, size));
  }
  return seen;
}
