#include "deleter_flavours.h"
#include "expect.h"
#include "java_side.h"
#include "shim.h"
#include "threads.h"

#include <linux/futex.h>
#include <sched.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Linked with --wrap=syscall: the calls of the shim and of the reaper come by here. */
static _Atomic int wake_calls;
static _Atomic int threads_woken;

long __real_syscall(long number, ...);

long __wrap_syscall(long number, ...) {
  EXPECT_EQUAL(SYS_futex, number);
  va_list arguments;
  va_start(arguments, number);
  void *word = va_arg(arguments, void *);
  int operation = va_arg(arguments, int);
  int value = va_arg(arguments, int);
  const struct timespec *timeout = va_arg(arguments, const struct timespec *);
  va_end(arguments);
  long result = __real_syscall(number, word, operation, value, timeout, NULL, 0);
  if (operation == FUTEX_WAKE_PRIVATE) {
    wake_calls++;
    threads_woken += (int)result;
  }
  return result;
}

static void claim_and_mark(dlpack4j_slab *slab, int slot) {
  dlpack4j_mark_versioned((DLManagedTensorVersioned *)slab_claim_slot(slab, slot));
}

static void makes_no_system_call_while_the_reaper_is_awake(void) {
  _Atomic uint32_t doorbell = 0;
  dlpack4j_slab *slab = slab_create(&doorbell);
  wake_calls = 0;
  for (int slot = FIRST_SLOT; slot <= LAST_SLOT; slot++) {
    claim_and_mark(slab, slot);
  }
  EXPECT_EQUAL(0, wake_calls);
  EXPECT_EQUAL(0, doorbell);
  free(slab);
}

static void wakes_a_sleeping_reaper_once_for_many_deletes(void) {
  _Atomic uint32_t doorbell = 1;
  dlpack4j_slab *slab = slab_create(&doorbell);
  wake_calls = 0;
  for (int slot = FIRST_SLOT; slot <= LAST_SLOT; slot++) {
    claim_and_mark(slab, slot);
    EXPECT_EQUAL(1, wake_calls);
  }
  EXPECT_EQUAL(0, doorbell);
  free(slab);
}

/* Spins first, to stay on its core and act soon; yields where there are more threads than cores. */
static void wait_briefly(int attempt) {
  if (attempt > 1000) {
    sched_yield();
  }
}

/* A moment that differs from delete to delete, to meet the other thread at each of its steps. */
static void linger(uint64_t delete) {
  for (volatile uint64_t left = delete % 256; left > 0; left--) {
  }
}

enum { DUEL_ROUNDS = 100000 };

typedef struct {
  _Atomic uint32_t doorbell;
  dlpack4j_slab *slab;
  _Atomic int round;
  _Atomic int second_done;
} duel;

static void wait_until(_Atomic int *value, int expected) {
  for (int attempt = 0; atomic_load(value) != expected; attempt++) {
    wait_briefly(attempt);
  }
}

static void mark_first_and_judge(duel *self, int round) {
  self->doorbell = 1;
  wake_calls = 0;
  self->round = round;
  linger((uint64_t)round);
  claim_and_mark(self->slab, FIRST_SLOT);
  wait_until(&self->second_done, round);
  EXPECT_EQUAL(1, wake_calls);
  EXPECT_EQUAL(0, self->doorbell);
  slab_free(self->slab, slab_dead(self->slab));
}

static void mark_second(duel *self, int round) {
  wait_until(&self->round, round);
  claim_and_mark(self->slab, FIRST_SLOT + 1);
  self->second_done = round;
}

static void take_part_in_duel(int index, void *context) {
  for (int round = 1; round <= DUEL_ROUNDS; round++) {
    (index == 0 ? mark_first_and_judge : mark_second)(context, round);
  }
}

static void of_two_threads_that_delete_together_one_rings(void) {
  duel self = {.round = 0};
  self.slab = slab_create(&self.doorbell);
  run_together(2, take_part_in_duel, &self);
  free(self.slab);
}

static void does_not_ring_for_a_double_delete(void) {
  _Atomic uint32_t doorbell = 1;
  dlpack4j_slab *slab = slab_create(&doorbell);
  wake_calls = 0;
  for (int flavour = 0; flavour < DELETER_FLAVOURS; flavour++) {
    DELETERS[flavour].call((char *)slab + DLPACK4J_BLOCK_BYTES);
  }
  EXPECT_EQUAL(DELETER_FLAVOURS, atomic_load(&slab->double_deletes));
  EXPECT_EQUAL(0, wake_calls);
  EXPECT_EQUAL(1, doorbell);
  free(slab);
}

static void release_nothing(void *context) { (void)context; }

static void does_not_ring_for_a_native_owner(void) {
  _Atomic uint32_t doorbell = 1;
  dlpack4j_slab *slab = slab_create(&doorbell);
  wake_calls = 0;
  dlpack4j_block *block = slab_claim_slot(slab, FIRST_SLOT);
  block->release = release_nothing;
  dlpack4j_release_legacy((DLManagedTensor *)block);
  EXPECT_EQUAL(0, wake_calls);
  EXPECT_EQUAL(1, doorbell);
  free(slab);
}

static void leave_to_reaper(dlpack4j_block *block) { (void)block; }

typedef struct {
  reaper reaper;
  uint64_t deletes;
  _Atomic uint64_t started;
} nap;

static void pause_briefly(void) { nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL); }

static void reap_or_delete_after_a_pause(int index, void *context) {
  nap *self = context;
  if (index == 0) {
    reaper_run(&self->reaper, 1);
  } else {
    pause_briefly();
    claim_and_mark(self->reaper.slabs[0], FIRST_SLOT);
  }
}

/* The pause makes it likely, not certain, that the reaper sleeps: hence the rounds. */
static void wakes_a_thread_that_sleeps_in_the_futex(void) {
  threads_woken = 0;
  for (int round = 0; round < 200 && threads_woken == 0; round++) {
    nap self = {.reaper = {.slab_count = 1, .release_owner = leave_to_reaper}};
    dlpack4j_slab *slab = slab_create(&self.reaper.doorbell);
    self.reaper.slabs = &slab;
    run_together(2, reap_or_delete_after_a_pause, &self);
    free(slab);
  }
  EXPECT(threads_woken > 0);
}

static dlpack4j_slab *slab_of_deleter(const nap *self, int deleter) {
  return self->reaper.slabs[deleter % self->reaper.slab_count];
}

/* Waits for its block to come back before it deletes again, so that the reaper runs dry often. */
static void reap_or_delete_again_and_again(int index, void *context) {
  nap *self = context;
  if (index == 0) {
    reaper_run(&self->reaper, self->deletes);
    return;
  }
  dlpack4j_slab *slab = slab_of_deleter(self, index);
  for (uint64_t delete; (delete = self->started++) < self->deletes;) {
    for (int attempt = 0; (atomic_load(&slab->state) & free_bit(index)) == 0; attempt++) {
      wait_briefly(attempt);
    }
    linger(delete);
    claim_and_mark(slab, index);
  }
}

static void expect_no_delete_lost(int deleters) {
  dlpack4j_slab *slabs[2];
  nap self = {.reaper = {.slabs = slabs, .slab_count = 2, .release_owner = leave_to_reaper},
              .deletes = 100000};
  for (int i = 0; i < 2; i++) {
    slabs[i] = slab_create(&self.reaper.doorbell);
  }
  run_together(1 + deleters, reap_or_delete_again_and_again, &self);
  EXPECT_EQUAL(self.deletes, self.reaper.released);
  EXPECT(self.reaper.sleeps > 0);
  for (int i = 0; i < 2; i++) {
    EXPECT_EQUAL(ALL_FREE, atomic_load(&slabs[i]->state));
    free(slabs[i]);
  }
}

static void one_deleter_never_leaves_the_reaper_asleep(void) { expect_no_delete_lost(1); }

static void deleters_of_two_slabs_never_leave_the_reaper_asleep(void) { expect_no_delete_lost(4); }

int main(void) {
  RUN(makes_no_system_call_while_the_reaper_is_awake);
  RUN(wakes_a_sleeping_reaper_once_for_many_deletes);
  RUN(of_two_threads_that_delete_together_one_rings);
  RUN(does_not_ring_for_a_double_delete);
  RUN(does_not_ring_for_a_native_owner);
  RUN(wakes_a_thread_that_sleeps_in_the_futex);
  RUN(one_deleter_never_leaves_the_reaper_asleep);
  RUN(deleters_of_two_slabs_never_leave_the_reaper_asleep);
  return 0;
}
