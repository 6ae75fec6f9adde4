#include "bench.h"

#include <stddef.h>

/* Not inlined, as the producer is not. */
__attribute__((noinline)) static int64_t consume(DLManagedTensorVersioned *managed) {
  const DLTensor *tensor = &managed->dl_tensor;
  const double *first = (const double *)((const char *)tensor->data + tensor->byte_offset);
  int64_t seen = tensor->ndim + tensor->shape[0] + tensor->shape[1];
  seen += (int64_t)first[tensor->strides[0] + 2 * tensor->strides[1]];
  managed->deleter(managed);
  return seen;
}

int64_t bench_matrix_consumer(double *data, int64_t rows, int64_t columns, int64_t count) {
  int64_t seen = 0;
  for (int64_t i = 0; i < count; i++) {
    seen += consume(bench_produce_matrix(data, rows, columns));
  }
  return seen;
}

int64_t bench_foreign_consumer(const foreign_importer *importer, double *data, int64_t rows,
                               int64_t columns, int64_t count) {
  int64_t imported = 0;
  uint64_t empty_function[4] = {0};
  for (int64_t i = 0; i < count; i++) {
    void *box = NULL;
    importer->make_box(&box);
    importer->import(box, bench_produce_matrix(data, rows, columns), empty_function);
    imported += importer->drop(box) == 0;
  }
  return imported;
}
