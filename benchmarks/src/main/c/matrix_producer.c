#include "bench.h"

#include <stdlib.h>

typedef struct {
  DLManagedTensorVersioned managed;
  int64_t shape[2];
  int64_t strides[2];
} matrix_block;

static void delete(DLManagedTensorVersioned *self) { free(self); }

/* Not inlined: a library's producer is a call away from its user, in C as in Java. */
__attribute__((noinline)) DLManagedTensorVersioned *bench_produce_matrix(double *data, int64_t rows,
                                                                         int64_t columns) {
  matrix_block *block = malloc(sizeof *block);
  if (block == NULL) {
    abort();
  }
  block->managed = (DLManagedTensorVersioned){
      .version = {1, 3},
      .deleter = delete,
      .dl_tensor = {.data = data,
                    .device = {.device_type = 1},
                    .ndim = 2,
                    .dtype = {.code = 2, .bits = 64, .lanes = 1},
                    .shape = block->shape,
                    .strides = block->strides},
  };
  block->shape[0] = rows;
  block->shape[1] = columns;
  block->strides[0] = columns;
  block->strides[1] = 1;
  return &block->managed;
}
