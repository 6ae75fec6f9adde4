/* Deleters where a thread or the process is on its way out. */
#include "deleter_flavours.h"
#include "expect.h"
#include "java_side.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SLOT = 5 };

static _Atomic uint32_t awake;

static void count_release(void *context) { atomic_fetch_add((_Atomic int *)context, 1); }

static dlpack4j_block *claim_owned(dlpack4j_slab *slab, _Atomic int *releases) {
  dlpack4j_block *block = slab_claim_slot(slab, SLOT);
  block->release = count_release;
  block->context = releases;
  return block;
}

static void expect_deleted_once(const deleter_flavour *deleter, dlpack4j_slab *slab, int releases) {
  uint64_t expected = deleter->calls_native_owner ? ALL_FREE : ALL_FREE & ~free_bit(SLOT);
  EXPECT_EQUAL(expected, atomic_load(&slab->state));
  EXPECT_EQUAL(0, atomic_load(&slab->double_deletes));
  EXPECT_EQUAL(deleter->calls_native_owner, releases);
}

static void *leave_to_key_destructor(void *argument) {
  void **key_and_block = argument;
  EXPECT_EQUAL(0, pthread_setspecific(*(pthread_key_t *)key_and_block[0], key_and_block[1]));
  return NULL;
}

static void each_deleter_works_in_a_thread_exit_destructor(void) {
  for (int flavour = 0; flavour < DELETER_FLAVOURS; flavour++) {
    dlpack4j_slab *slab = slab_create(&awake);
    _Atomic int releases = 0;
    pthread_key_t key;
    EXPECT_EQUAL(0, pthread_key_create(&key, DELETERS[flavour].call));
    pthread_t thread;
    void *key_and_block[] = {&key, claim_owned(slab, &releases)};
    EXPECT_EQUAL(0, pthread_create(&thread, NULL, leave_to_key_destructor, key_and_block));
    EXPECT_EQUAL(0, pthread_join(thread, NULL));
    pthread_key_delete(key);
    expect_deleted_once(&DELETERS[flavour], slab, releases);
    free(slab);
  }
}

/* Shared with a child process, which tells by it what its exit did. */
typedef struct {
  _Alignas(DLPACK4J_SLAB_BYTES) unsigned char slab[DLPACK4J_SLAB_BYTES];
  _Atomic int releases;
} shared_memory;

enum { MAPPED = 3 * DLPACK4J_SLAB_BYTES };

static shared_memory *shared_memory_in(void *mapping) {
  uintptr_t mask = DLPACK4J_SLAB_BYTES - 1;
  return (shared_memory *)(((uintptr_t)mapping + mask) & ~mask);
}

static const deleter_flavour *deleter_at_exit;
static dlpack4j_block *block_at_exit;

static void delete_at_exit(void) { deleter_at_exit->call(block_at_exit); }

static void exit_with_deleter(const deleter_flavour *deleter, dlpack4j_block *block) {
  deleter_at_exit = deleter;
  block_at_exit = block;
  if (atexit(delete_at_exit) != 0) {
    _Exit(2);
  }
  exit(0);
}

static void each_deleter_works_in_an_atexit_handler(void) {
  for (int flavour = 0; flavour < DELETER_FLAVOURS; flavour++) {
    void *mapping =
        mmap(NULL, MAPPED, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    EXPECT(mapping != MAP_FAILED);
    shared_memory *shared = shared_memory_in(mapping);
    dlpack4j_slab *slab = (dlpack4j_slab *)shared->slab;
    slab_initialise(slab, &awake);
    dlpack4j_block *block = claim_owned(slab, &shared->releases);
    pid_t child = fork();
    EXPECT(child >= 0);
    if (child == 0) {
      exit_with_deleter(&DELETERS[flavour], block);
    }
    int status;
    EXPECT_EQUAL(child, waitpid(child, &status, 0));
    EXPECT_EQUAL(0, status);
    expect_deleted_once(&DELETERS[flavour], slab, shared->releases);
    munmap(mapping, MAPPED);
  }
}

int main(void) {
  RUN(each_deleter_works_in_a_thread_exit_destructor);
  RUN(each_deleter_works_in_an_atexit_handler);
  return 0;
}
