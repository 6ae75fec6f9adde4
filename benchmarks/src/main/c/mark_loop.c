#include "bench.h"
#include "slab.h"

enum { SLOTS = DLPACK4J_SLAB_BYTES / DLPACK4J_BLOCK_BYTES };

/* All but the header's. */
static const uint64_t ALL_IDLE = (UINT64_C(1) << SLOTS) - 2;

/* A slab of our own: no exporter and no reaper looks at it, so only the deleters are measured. */
static _Alignas(DLPACK4J_SLAB_BYTES) unsigned char memory[DLPACK4J_SLAB_BYTES];
static _Atomic uint32_t nobody_sleeps;

int64_t bench_mark_slabs(void (*deleter)(DLManagedTensorVersioned *), int64_t slabs) {
  dlpack4j_slab *slab = (dlpack4j_slab *)memory;
  int64_t missed = 0;
  slab->doorbell = &nobody_sleeps;
  for (int64_t i = 0; i < slabs; i++) {
    atomic_store_explicit(&slab->state, 0, memory_order_relaxed); /* all are claimed */
    for (int slot = 1; slot < SLOTS; slot++) {
      deleter((DLManagedTensorVersioned *)(memory + slot * DLPACK4J_BLOCK_BYTES));
    }
    missed += atomic_load_explicit(&slab->state, memory_order_relaxed) != ALL_IDLE;
  }
  return missed;
}
