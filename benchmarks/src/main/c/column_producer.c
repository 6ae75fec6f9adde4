#include "bench.h"
#include "single_block.h"

#include <stdlib.h>

static void delete(DLManagedTensorVersioned *self) { free(self); }

void bench_produce_columns(double *data, int64_t rows, int64_t count,
                           DLManagedTensorVersioned **columns) {
  for (int64_t i = 0; i < count; i++) {
    single_block *block = malloc(sizeof *block);
    if (block == NULL) {
      abort();
    }
    fill(block, data + i * rows, rows, NULL, delete);
    columns[i] = &block->managed;
  }
}
