#include "bench.h"
#include "single_block.h"

#include <stdatomic.h>
#include <stdlib.h>

typedef struct {
  _Atomic int64_t references;
  double *data;
} owner;

static void drop(owner *owner) {
  if (atomic_fetch_sub_explicit(&owner->references, 1, memory_order_acq_rel) == 1) {
    abort(); /* the loop below holds one for as long as it runs */
  }
}

static void delete(DLManagedTensorVersioned *self) {
  drop(self->manager_ctx);
  free(self);
}

/* Not inlined: a library's producer is a call away from its user, and so is ours. */
__attribute__((noinline)) static DLManagedTensorVersioned *produce(owner *owner, int64_t size) {
  single_block *block = malloc(sizeof *block);
  if (block == NULL) {
    abort();
  }
  atomic_fetch_add_explicit(&owner->references, 1, memory_order_relaxed);
  fill(block, owner->data, size, owner, delete);
  return &block->managed;
}

int64_t bench_refcounted_producer(double *data, int64_t size, int64_t count) {
  owner shared = {.references = 1, .data = data};
  int64_t seen = 0;
  for (int64_t i = 0; i < count; i++) {
    seen += bench_consume(produce(&shared, size));
  }
  return seen;
}
