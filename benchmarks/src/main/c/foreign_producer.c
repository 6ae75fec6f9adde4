#include "bench.h"

int64_t bench_foreign_producer(DLManagedTensorVersioned *(*produce)(const void *tensor),
                               const void *tensor, int64_t count) {
  int64_t seen = 0;
  for (int64_t i = 0; i < count; i++) {
    seen += bench_consume(produce(tensor));
  }
  return seen;
}
