#include "bench.h"

#include <stdlib.h>

enum { ALIGNMENT = 64, FLOAT = 2 };

typedef struct {
  DLManagedTensorVersioned managed;
  int64_t shape_and_strides[];
} block;

static void delete(DLManagedTensorVersioned *self) { free(self); }

/* As short as one can be that gives aligned data; believes its caller. */
static int allocator(DLTensor *prototype, DLManagedTensorVersioned **out, void *error_ctx,
                     void (*SetError)(void *error_ctx, const char *kind, const char *message)) {
  int32_t ndim = prototype->ndim;
  int64_t elements = 1;
  for (int32_t axis = 0; axis < ndim; axis++) {
    elements *= prototype->shape[axis];
  }
  size_t bytes = (size_t)(elements * prototype->dtype.bits * prototype->dtype.lanes + 7) / 8;
  size_t head = sizeof(block) + 2 * (size_t)ndim * sizeof(int64_t);
  block *made = malloc(head + bytes + ALIGNMENT - 1);
  if (made == NULL) {
    SetError(error_ctx, "MemoryError", "out of memory");
    return -1;
  }
  int64_t stride = 1;
  for (int32_t axis = ndim - 1; axis >= 0; axis--) {
    made->shape_and_strides[axis] = prototype->shape[axis];
    made->shape_and_strides[ndim + axis] = stride;
    stride *= prototype->shape[axis];
  }
  uintptr_t data = ((uintptr_t)made + head + ALIGNMENT - 1) & ~(uintptr_t)(ALIGNMENT - 1);
  made->managed = (DLManagedTensorVersioned){
      .version = {1, 3},
      .deleter = delete,
      .dl_tensor = {.data = (void *)data,
                    .device = prototype->device,
                    .ndim = ndim,
                    .dtype = prototype->dtype,
                    .shape = made->shape_and_strides,
                    .strides = made->shape_and_strides + ndim},
  };
  *out = &made->managed;
  return 0;
}

static const DLPackExchangeAPI MALLOC_TABLE = {
    .header = {.version = {1, 3}},
    .managed_tensor_allocator = allocator,
};

const DLPackExchangeAPI *bench_malloc_table(void) { return &MALLOC_TABLE; }

static void ignore_error(void *error_ctx, const char *kind, const char *message) {
  (void)error_ctx;
  (void)kind;
  (void)message;
}

int64_t bench_exchange(const DLPackExchangeAPI *table, int64_t size, int64_t count) {
  int64_t seen = 0;
  DLTensor prototype = {.device = {.device_type = 1},
                        .ndim = 1,
                        .dtype = {.code = FLOAT, .bits = 64, .lanes = 1},
                        .shape = &size};
  for (int64_t i = 0; i < count; i++) {
    DLManagedTensorVersioned *managed;
    if (table->managed_tensor_allocator(&prototype, &managed, NULL, ignore_error) == 0) {
      *(double *)managed->dl_tensor.data = (double)i;
      seen += bench_consume(managed);
    }
  }
  return seen;
}
