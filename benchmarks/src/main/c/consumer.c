#include "bench.h"

#include <stddef.h>

int64_t bench_consume(DLManagedTensorVersioned *managed) {
  const DLTensor *tensor = &managed->dl_tensor;
  int64_t seen = tensor->ndim + tensor->shape[0] + (tensor->data != NULL);
  managed->deleter(managed);
  return seen;
}

int64_t bench_consume_all(DLManagedTensorVersioned *const *managed, int64_t count) {
  int64_t seen = 0;
  for (int64_t i = 0; i < count; i++) {
    seen += bench_consume(managed[i]);
  }
  return seen;
}

void bench_release_nothing(void *context) { (void)context; }
