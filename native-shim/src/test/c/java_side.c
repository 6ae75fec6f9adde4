#include "java_side.h"

#include "expect.h"

#include <errno.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { SECONDS_UNTIL_WAKEUP_COUNTS_AS_LOST = 20 };

void slab_initialise(dlpack4j_slab *slab, _Atomic uint32_t *doorbell) {
  atomic_init(&slab->state, ALL_FREE);
  atomic_init(&slab->double_deletes, 0);
  slab->doorbell = doorbell;
}

dlpack4j_slab *slab_create(_Atomic uint32_t *doorbell) {
  dlpack4j_slab *slab = aligned_alloc(DLPACK4J_SLAB_BYTES, DLPACK4J_SLAB_BYTES);
  EXPECT(slab != NULL);
  slab_initialise(slab, doorbell);
  return slab;
}

uint64_t idle_bit(int slot) { return UINT64_C(1) << slot; }

uint64_t free_bit(int slot) { return idle_bit(slot) << DLPACK4J_FREE_SHIFT; }

int slot_of(const dlpack4j_slab *slab, const void *block) {
  return (int)(((const char *)block - (const char *)slab) / DLPACK4J_BLOCK_BYTES);
}

static dlpack4j_block *block_at(dlpack4j_slab *slab, int slot) {
  return (dlpack4j_block *)((char *)slab + slot * DLPACK4J_BLOCK_BYTES);
}

static int lowest_slot(uint64_t idle) { return __builtin_ctzll(idle); }

dlpack4j_block *slab_claim(dlpack4j_slab *slab) {
  uint64_t state = atomic_load(&slab->state);
  while (state >> DLPACK4J_FREE_SHIFT != 0) {
    int slot = lowest_slot(state >> DLPACK4J_FREE_SHIFT);
    uint64_t claimed = state & ~(idle_bit(slot) | free_bit(slot));
    if (atomic_compare_exchange_weak(&slab->state, &state, claimed)) {
      return block_at(slab, slot);
    }
  }
  return NULL;
}

dlpack4j_block *slab_claim_slot(dlpack4j_slab *slab, int slot) {
  uint64_t both = idle_bit(slot) | free_bit(slot);
  EXPECT_EQUAL(both, atomic_fetch_and(&slab->state, ~both) & both);
  return block_at(slab, slot);
}

uint64_t slab_dead(dlpack4j_slab *slab) {
  uint64_t state = atomic_load(&slab->state);
  return state & ~(state >> DLPACK4J_FREE_SHIFT) & UINT32_MAX;
}

void slab_free(dlpack4j_slab *slab, uint64_t idle) {
  atomic_fetch_or(&slab->state, idle << DLPACK4J_FREE_SHIFT);
}

static void drain(reaper *self, dlpack4j_slab *slab) {
  for (uint64_t dead = slab_dead(slab); dead != 0; dead &= dead - 1) {
    int slot = lowest_slot(dead);
    self->release_owner(block_at(slab, slot));
    self->released++;
    slab_free(slab, idle_bit(slot));
  }
}

static int any_dead(const reaper *self) {
  for (int i = 0; i < self->slab_count; i++) {
    if (slab_dead(self->slabs[i]) != 0) {
      return 1;
    }
  }
  return 0;
}

/* The doorbell is set before the last look: a deleter after that look finds it set. */
static void sleep_unless_dead(reaper *self) {
  static const struct timespec LONG = {.tv_sec = SECONDS_UNTIL_WAKEUP_COUNTS_AS_LOST};
  atomic_store(&self->doorbell, 1);
  if (!any_dead(self)) {
    self->sleeps++;
    if (syscall(SYS_futex, &self->doorbell, FUTEX_WAIT_PRIVATE, 1, &LONG, NULL, 0) != 0) {
      EXPECT(errno != ETIMEDOUT);
    }
  }
  atomic_store(&self->doorbell, 0);
}

void reaper_run(reaper *self, uint64_t expected) {
  while (self->released < expected) {
    for (int i = 0; i < self->slab_count; i++) {
      drain(self, self->slabs[i]);
    }
    if (self->released < expected) {
      sleep_unless_dead(self);
    }
  }
}
