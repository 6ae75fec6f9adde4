#include "column_consumer.h"

#include <stddef.h>

#define READ_ONLY UINT64_C(1)

static double *element(const DLManagedTensorVersioned *column, int64_t index) {
  const DLTensor *tensor = &column->dl_tensor;
  double *first = (double *)((char *)tensor->data + tensor->byte_offset);
  return first + index * tensor->strides[0];
}

const void *column_data(const DLManagedTensorVersioned *column) { return element(column, 0); }

double column_sum(const DLManagedTensorVersioned *column) {
  double sum = 0;
  for (int64_t i = 0; i < column->dl_tensor.shape[0]; i++) {
    sum += *element(column, i);
  }
  return sum;
}

int column_scale(DLManagedTensorVersioned *column, double factor) {
  if ((column->flags & READ_ONLY) != 0) {
    return -1;
  }
  for (int64_t i = 0; i < column->dl_tensor.shape[0]; i++) {
    *element(column, i) *= factor;
  }
  return 0;
}

void column_delete(DLManagedTensorVersioned *column) {
  if (column->deleter != NULL) {
    column->deleter(column);
  }
}
