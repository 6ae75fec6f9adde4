/* Deletes, once or too often, on the caller's thread or on threads that the VM does not know. */
#include "managed.h"
#include "rude_consumer.h"

#include <pthread.h>
#include <stdlib.h>

enum { THREADS_AT_A_TIME = 8 };

/* Read once: after the first delete the struct is no longer the consumer's to read. */
typedef struct {
  void *managed;
  void (*versioned)(DLManagedTensorVersioned *self);
  void (*legacy)(DLManagedTensor *self);
} found_deleter;

typedef struct {
  found_deleter found;
  pthread_barrier_t start;
} contest;

static found_deleter find_deleter(void *managed, int versioned) {
  if (versioned) {
    return (found_deleter){managed, ((DLManagedTensorVersioned *)managed)->deleter, NULL};
  }
  return (found_deleter){managed, NULL, ((DLManagedTensor *)managed)->deleter};
}

static pthread_t start_thread(void *(*body)(void *), void *argument) {
  pthread_t thread;
  require(pthread_create(&thread, NULL, body, argument) == 0, "a new thread");
  return thread;
}

static void join(pthread_t thread) {
  require(pthread_join(thread, NULL) == 0, "the thread to be joined");
}

void rude_delete(void *managed, int kind) {
  call_deleter((managed_struct){managed, kind});
}

static void call_found_deleter(const found_deleter *found) {
  if (found->versioned != NULL) {
    found->versioned(found->managed);
  }
  if (found->legacy != NULL) {
    found->legacy(found->managed);
  }
}

void rude_delete_twice(void *managed, int versioned) {
  found_deleter found = find_deleter(managed, versioned);
  call_found_deleter(&found);
  call_found_deleter(&found);
}

static void *delete_contested(void *argument) {
  contest *self = argument;
  pthread_barrier_wait(&self->start);
  call_found_deleter(&self->found);
  return NULL;
}

void rude_delete_concurrently(void *managed, int versioned, int threads) {
  contest all = {.found = find_deleter(managed, versioned)};
  pthread_t *started = calloc((size_t)threads, sizeof(pthread_t));
  require(started != NULL, "memory for the threads");
  require(pthread_barrier_init(&all.start, NULL, (unsigned)threads) == 0, "a barrier");
  for (int i = 0; i < threads; i++) {
    started[i] = start_thread(delete_contested, &all);
  }
  for (int i = 0; i < threads; i++) {
    join(started[i]);
  }
  pthread_barrier_destroy(&all.start);
  free(started);
}

static void *delete_on_this_thread(void *argument) {
  call_deleter(*(managed_struct *)argument);
  return NULL;
}

void rude_delete_on_new_thread(void *managed, int kind) {
  managed_struct held = {managed, kind};
  join(start_thread(delete_on_this_thread, &held));
}

static pthread_key_t exit_key;

static void delete_in_destructor(void *argument) { call_deleter(*(managed_struct *)argument); }

static void create_exit_key(void) {
  require(pthread_key_create(&exit_key, delete_in_destructor) == 0, "a thread-specific key");
}

static void *leave_to_destructor(void *argument) {
  require(pthread_setspecific(exit_key, argument) == 0, "a thread-specific value");
  return NULL;
}

void rude_delete_in_thread_destructor(void *managed, int kind) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, create_exit_key);
  managed_struct held = {managed, kind};
  join(start_thread(leave_to_destructor, &held));
}

void rude_delete_each_on_own_thread(void **managed, int kind, int count) {
  for (int from = 0; from < count; from += THREADS_AT_A_TIME) {
    managed_struct structs[THREADS_AT_A_TIME];
    pthread_t started[THREADS_AT_A_TIME];
    int batch = count - from < THREADS_AT_A_TIME ? count - from : THREADS_AT_A_TIME;
    for (int i = 0; i < batch; i++) {
      structs[i] = (managed_struct){managed[from + i], kind};
      started[i] = start_thread(delete_on_this_thread, &structs[i]);
    }
    for (int i = 0; i < batch; i++) {
      join(started[i]);
    }
  }
}
