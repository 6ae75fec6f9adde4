/*
 * Many threads claim, delete and free the blocks of one slab. What a block carries is plain memory:
 * under TSan the test also shows that the state word alone orders its users.
 */
#include "expect.h"
#include "java_side.h"
#include "shim.h"
#include "threads.h"

#include <sched.h>
#include <stdlib.h>

enum { EXPORTS = 200000, CLAIMERS = 3, DELETERS_RUNNING = 3 };

/* What an exported block owns; plain on purpose. */
typedef struct {
  int id;
  int released;
} owner;

typedef struct {
  dlpack4j_slab *slab;
  reaper reaper;
  int native_owner;
  owner *owners;
  _Atomic int claimed;
  _Atomic int taken;
  DLManagedTensorVersioned *_Atomic outbox[LAST_SLOT + 1];
} traffic;

static void release_owner(void *context) {
  owner *self = context;
  self->released++;
}

static void release_owner_of_block(dlpack4j_block *block) { release_owner(block->context); }

static dlpack4j_block *claim_patiently(dlpack4j_slab *slab) {
  dlpack4j_block *block;
  while ((block = slab_claim(slab)) == NULL) {
    sched_yield();
  }
  return block;
}

static void fill(traffic *self, dlpack4j_block *block, int id) {
  DLManagedTensorVersioned *managed = (DLManagedTensorVersioned *)block;
  self->owners[id].id = id;
  managed->manager_ctx = &self->owners[id];
  managed->flags = (uint64_t)id;
  managed->deleter = self->native_owner ? dlpack4j_release_versioned : dlpack4j_mark_versioned;
  block->release = release_owner;
  block->context = &self->owners[id];
}

static void claim_and_export(traffic *self) {
  int id;
  while ((id = self->claimed++) < EXPORTS) {
    dlpack4j_block *block = claim_patiently(self->slab);
    fill(self, block, id);
    /* Empty: the slot's last tensor was taken out before it was deleted. */
    void *before = atomic_exchange(&self->outbox[slot_of(self->slab, block)],
                                   (DLManagedTensorVersioned *)block);
    EXPECT(before == NULL);
  }
}

static void consume(DLManagedTensorVersioned *managed) {
  const owner *context = managed->manager_ctx;
  EXPECT_EQUAL(managed->flags, context->id);
  EXPECT_EQUAL(0, context->released);
  managed->deleter(managed);
}

static void take_and_delete(traffic *self) {
  for (int slot = FIRST_SLOT; self->taken < EXPORTS; slot = slot % LAST_SLOT + 1) {
    DLManagedTensorVersioned *managed = atomic_exchange(&self->outbox[slot], NULL);
    if (managed != NULL) {
      self->taken++;
      consume(managed);
    } else if (slot == LAST_SLOT) {
      sched_yield();
    }
  }
}

static void take_part(int index, void *context) {
  traffic *self = context;
  if (index < CLAIMERS) {
    claim_and_export(self);
  } else if (index < CLAIMERS + DELETERS_RUNNING) {
    take_and_delete(self);
  } else {
    reaper_run(&self->reaper, EXPORTS);
  }
}

static void expect_each_owner_released_once(int native_owner) {
  traffic self = {.native_owner = native_owner, .owners = calloc(EXPORTS, sizeof(owner))};
  EXPECT(self.owners != NULL);
  self.slab = slab_create(&self.reaper.doorbell);
  self.reaper.slabs = &self.slab;
  self.reaper.slab_count = 1;
  self.reaper.release_owner = release_owner_of_block;
  run_together(CLAIMERS + DELETERS_RUNNING + (native_owner ? 0 : 1), take_part, &self);
  for (int id = 0; id < EXPORTS; id++) {
    EXPECT_EQUAL(1, self.owners[id].released);
  }
  EXPECT_EQUAL(ALL_FREE, atomic_load(&self.slab->state));
  EXPECT_EQUAL(0, atomic_load(&self.slab->double_deletes));
  free(self.slab);
  free(self.owners);
}

static void every_marked_owner_is_released_once_by_the_reaper(void) {
  expect_each_owner_released_once(0);
}

static void every_native_owner_is_released_once_by_its_deleter(void) {
  expect_each_owner_released_once(1);
}

int main(void) {
  RUN(every_marked_owner_is_released_once_by_the_reaper);
  RUN(every_native_owner_is_released_once_by_its_deleter);
  return 0;
}
