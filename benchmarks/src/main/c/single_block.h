/* A 1-D float64 tensor in one block of memory: struct, shape and strides. */
#ifndef DLPACK4J_SINGLE_BLOCK_H
#define DLPACK4J_SINGLE_BLOCK_H

#include "dlpack_abi.h"

typedef struct {
  DLManagedTensorVersioned managed;
  int64_t shape;
  int64_t stride;
} single_block;

static inline void fill(single_block *block, double *data, int64_t size, void *manager_ctx,
                        void (*deleter)(DLManagedTensorVersioned *)) {
  block->shape = size;
  block->stride = 1;
  block->managed = (DLManagedTensorVersioned){
      .version = {1, 3},
      .manager_ctx = manager_ctx,
      .deleter = deleter,
      .dl_tensor = {.data = data,
                    .device = {.device_type = 1},
                    .ndim = 1,
                    .dtype = {.code = 2, .bits = 64, .lanes = 1},
                    .shape = &block->shape,
                    .strides = &block->stride},
  };
}

#endif
