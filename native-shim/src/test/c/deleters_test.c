#include "deleter_flavours.h"
#include "expect.h"
#include "java_side.h"
#include "threads.h"

#include <pthread.h>
#include <stdlib.h>

enum { RIVALS = 8, ROUNDS = 200 };

/* A native owner that notes how it was released. */
typedef struct {
  dlpack4j_slab *slab;
  int releases;
  pthread_t thread;
  uint64_t state_seen;
} owner;

static void release_owner(void *context) {
  owner *self = context;
  self->releases++;
  self->thread = pthread_self();
  self->state_seen = atomic_load(&self->slab->state);
}

static _Atomic uint32_t awake;

static dlpack4j_block *claim_owned(dlpack4j_slab *slab, int slot, owner *context) {
  dlpack4j_block *block = slab_claim_slot(slab, slot);
  *context = (owner){.slab = slab};
  block->release = release_owner;
  block->context = context;
  return block;
}

static uint64_t state_after(const deleter_flavour *deleter, int slot) {
  return deleter->calls_native_owner ? ALL_FREE : ALL_FREE & ~free_bit(slot);
}

static void each_deleter_marks_exactly_its_own_block_in_every_slot(void) {
  for (int flavour = 0; flavour < DELETER_FLAVOURS; flavour++) {
    for (int slot = FIRST_SLOT; slot <= LAST_SLOT; slot++) {
      dlpack4j_slab *slab = slab_create(&awake);
      owner context;
      DELETERS[flavour].call(claim_owned(slab, slot, &context));
      EXPECT_EQUAL(state_after(&DELETERS[flavour], slot), atomic_load(&slab->state));
      EXPECT_EQUAL(0, atomic_load(&slab->double_deletes));
      EXPECT_EQUAL(DELETERS[flavour].calls_native_owner, context.releases);
      free(slab);
    }
  }
}

static void a_deleter_leaves_the_other_claimed_blocks_alone(void) {
  for (int flavour = 0; flavour < DELETER_FLAVOURS; flavour++) {
    for (int slot = FIRST_SLOT; slot <= LAST_SLOT; slot++) {
      dlpack4j_slab *slab = slab_create(&awake);
      owner contexts[LAST_SLOT + 1];
      for (int other = FIRST_SLOT; other <= LAST_SLOT; other++) {
        claim_owned(slab, other, &contexts[other]);
      }
      DELETERS[flavour].call((char *)slab + slot * DLPACK4J_BLOCK_BYTES);
      uint64_t own = idle_bit(slot) | free_bit(slot);
      EXPECT_EQUAL(state_after(&DELETERS[flavour], slot) & own, atomic_load(&slab->state));
      free(slab);
    }
  }
}

static void every_deleter_ignores_null(void) {
  for (int flavour = 0; flavour < DELETER_FLAVOURS; flavour++) {
    DELETERS[flavour].call(NULL);
  }
}

static void a_double_delete_is_counted_and_not_obeyed(void) {
  for (int flavour = 0; flavour < DELETER_FLAVOURS; flavour++) {
    dlpack4j_slab *slab = slab_create(&awake);
    owner context;
    dlpack4j_block *block = claim_owned(slab, 7, &context);
    DELETERS[flavour].call(block);
    uint64_t once = atomic_load(&slab->state);
    DELETERS[flavour].call(block);
    DELETERS[flavour].call(block);
    EXPECT_EQUAL(once, atomic_load(&slab->state));
    EXPECT_EQUAL(2, atomic_load(&slab->double_deletes));
    EXPECT_EQUAL(DELETERS[flavour].calls_native_owner, context.releases);
    free(slab);
  }
}

static void a_double_delete_after_the_block_was_freed_is_counted_and_not_obeyed(void) {
  dlpack4j_slab *slab = slab_create(&awake);
  owner context;
  dlpack4j_block *block = claim_owned(slab, LAST_SLOT, &context);
  DELETERS[0].call(block);
  slab_free(slab, slab_dead(slab));
  DELETERS[0].call(block);
  EXPECT_EQUAL(ALL_FREE, atomic_load(&slab->state));
  EXPECT_EQUAL(1, atomic_load(&slab->double_deletes));
  free(slab);
}

typedef struct {
  const deleter_flavour *deleter;
  dlpack4j_block *block;
} contest;

static void delete_contested(int index, void *context) {
  (void)index;
  const contest *self = context;
  self->deleter->call(self->block);
}

static void of_concurrent_deleters_one_wins_and_the_rest_are_counted(void) {
  for (int flavour = 0; flavour < DELETER_FLAVOURS; flavour++) {
    dlpack4j_slab *slab = slab_create(&awake);
    for (int round = 0; round < ROUNDS; round++) {
      int slot = FIRST_SLOT + round % SLOTS;
      owner context;
      contest all = {&DELETERS[flavour], claim_owned(slab, slot, &context)};
      run_together(RIVALS, delete_contested, &all);
      EXPECT_EQUAL(state_after(&DELETERS[flavour], slot), atomic_load(&slab->state));
      EXPECT_EQUAL((round + 1) * (RIVALS - 1), atomic_load(&slab->double_deletes));
      EXPECT_EQUAL(DELETERS[flavour].calls_native_owner, context.releases);
      slab_free(slab, slab_dead(slab));
    }
    free(slab);
  }
}

typedef struct {
  const deleter_flavour *deleter;
  dlpack4j_block *block;
  pthread_t thread;
} foreign_delete;

static void *delete_on_this_thread(void *argument) {
  foreign_delete *self = argument;
  self->thread = pthread_self();
  self->deleter->call(self->block);
  return NULL;
}

static void a_native_owner_is_released_on_the_calling_thread_before_its_block_is_free(void) {
  for (int flavour = 0; flavour < DELETER_FLAVOURS; flavour++) {
    if (!DELETERS[flavour].calls_native_owner) {
      continue;
    }
    dlpack4j_slab *slab = slab_create(&awake);
    owner context;
    foreign_delete call = {.deleter = &DELETERS[flavour], .block = claim_owned(slab, 3, &context)};
    pthread_t thread;
    EXPECT_EQUAL(0, pthread_create(&thread, NULL, delete_on_this_thread, &call));
    EXPECT_EQUAL(0, pthread_join(thread, NULL));
    EXPECT_EQUAL(1, context.releases);
    EXPECT(pthread_equal(call.thread, context.thread));
    EXPECT_EQUAL(ALL_FREE & ~free_bit(3), context.state_seen);
    EXPECT_EQUAL(ALL_FREE, atomic_load(&slab->state));
    free(slab);
  }
}

int main(void) {
  RUN(each_deleter_marks_exactly_its_own_block_in_every_slot);
  RUN(a_deleter_leaves_the_other_claimed_blocks_alone);
  RUN(every_deleter_ignores_null);
  RUN(a_double_delete_is_counted_and_not_obeyed);
  RUN(a_double_delete_after_the_block_was_freed_is_counted_and_not_obeyed);
  RUN(of_concurrent_deleters_one_wins_and_the_rest_are_counted);
  RUN(a_native_owner_is_released_on_the_calling_thread_before_its_block_is_free);
  return 0;
}
