#include "shim.h"
#include "slab.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

static dlpack4j_slab *slab_of(const void *managed) {
  return (dlpack4j_slab *)((uintptr_t)managed & ~(uintptr_t)(DLPACK4J_SLAB_BYTES - 1));
}

static uint64_t idle_bit_of(const void *managed) {
  uintptr_t slot = ((uintptr_t)managed & (DLPACK4J_SLAB_BYTES - 1)) / DLPACK4J_BLOCK_BYTES;
  return UINT64_C(1) << slot;
}

/* True for exactly one deleter of a claimed block; every other call is counted. */
static int set_idle(dlpack4j_slab *slab, uint64_t idle) {
  if ((atomic_fetch_or(&slab->state, idle) & idle) == 0) {
    return 1;
  }
  atomic_fetch_add_explicit(&slab->double_deletes, 1, memory_order_relaxed);
  return 0;
}

/*
 * The reaper stores 1 and then looks at the state words; we set a state word and then look here.
 * Both sequentially consistent: one of the two always sees the other.
 */
static void ring(_Atomic uint32_t *doorbell) {
  if (atomic_load(doorbell) != 0 && atomic_exchange(doorbell, 0) != 0) {
    syscall(SYS_futex, doorbell, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
  }
}

static void mark(void *managed) {
  if (managed == NULL) {
    return;
  }
  dlpack4j_slab *slab = slab_of(managed);
  if (set_idle(slab, idle_bit_of(managed))) {
    ring(slab->doorbell);
  }
}

static void release(void *managed) {
  if (managed == NULL) {
    return;
  }
  dlpack4j_slab *slab = slab_of(managed);
  dlpack4j_block *block = managed;
  uint64_t idle = idle_bit_of(managed);
  if (set_idle(slab, idle)) {
    block->release(block->context);
    atomic_fetch_or(&slab->state, idle << DLPACK4J_FREE_SHIFT);
  }
}

void dlpack4j_mark_legacy(DLManagedTensor *self) { mark(self); }
void dlpack4j_mark_versioned(DLManagedTensorVersioned *self) { mark(self); }
void dlpack4j_release_legacy(DLManagedTensor *self) { release(self); }
void dlpack4j_release_versioned(DLManagedTensorVersioned *self) { release(self); }
