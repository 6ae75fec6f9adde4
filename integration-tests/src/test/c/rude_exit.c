/* Deletes while the process exits. */
#include "managed.h"
#include "rude_consumer.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

typedef struct deferred {
  managed_struct managed;
  struct deferred *next;
} deferred;

static pthread_mutex_t deferred_lock = PTHREAD_MUTEX_INITIALIZER;
static deferred *deferred_top;

static void push_deferred(deferred *item) {
  pthread_mutex_lock(&deferred_lock);
  item->next = deferred_top;
  deferred_top = item;
  pthread_mutex_unlock(&deferred_lock);
}

static deferred *pop_deferred(void) {
  pthread_mutex_lock(&deferred_lock);
  deferred *item = deferred_top;
  deferred_top = item->next;
  pthread_mutex_unlock(&deferred_lock);
  return item;
}

static void delete_deferred(void) {
  deferred *item = pop_deferred();
  call_deleter(item->managed);
  free(item);
}

/* One handler a struct. */
void rude_delete_at_exit(void *managed, int kind) {
  deferred *item = malloc(sizeof *item);
  require(item != NULL, "memory for a deferred delete");
  item->managed = (managed_struct){managed, kind};
  push_deferred(item);
  require(atexit(delete_deferred) == 0, "room for an atexit handler");
}

/* The one worker that an atexit handler joins. */
typedef enum { STARTED, DELETED_FIRST, TOLD_TO_FINISH } worker_progress;

static struct {
  pthread_mutex_t lock;
  pthread_cond_t changed;
  worker_progress progress;
  pthread_t thread;
  managed_struct first;
  managed_struct second;
} worker = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static void announce(worker_progress progress) {
  pthread_mutex_lock(&worker.lock);
  worker.progress = progress;
  pthread_cond_broadcast(&worker.changed);
  pthread_mutex_unlock(&worker.lock);
}

static void await(worker_progress progress) {
  pthread_mutex_lock(&worker.lock);
  while (worker.progress < progress) {
    pthread_cond_wait(&worker.changed, &worker.lock);
  }
  pthread_mutex_unlock(&worker.lock);
}

static void *delete_now_and_at_exit(void *unused) {
  (void)unused;
  call_deleter(worker.first);
  announce(DELETED_FIRST);
  await(TOLD_TO_FINISH);
  call_deleter(worker.second);
  return NULL;
}

static void finish_worker(void) {
  announce(TOLD_TO_FINISH);
  require(pthread_join(worker.thread, NULL) == 0, "the worker to be joined");
}

void rude_worker_deletes_and_is_joined_at_exit(void *first, void *second, int kind) {
  worker.first = (managed_struct){first, kind};
  worker.second = (managed_struct){second, kind};
  require(pthread_create(&worker.thread, NULL, delete_now_and_at_exit, NULL) == 0, "a new thread");
  await(DELETED_FIRST);
  require(atexit(finish_worker) == 0, "room for an atexit handler");
}

enum { STORM_PAUSE_NANOSECONDS = 100000 };

/* A thread's share: every struct from `next` on, `step` apart. The array outlives the storm. */
typedef struct {
  managed_struct *structs;
  int next;
  int count;
  int step;
} share;

static void *delete_share(void *argument) {
  share *self = argument;
  for (; self->next < self->count; self->next += self->step) {
    call_deleter(self->structs[self->next]);
    nanosleep(&(struct timespec){.tv_nsec = STORM_PAUSE_NANOSECONDS}, NULL);
  }
  free(self);
  return NULL;
}

static void start_detached(void *(*body)(void *), void *argument) {
  pthread_t thread;
  require(pthread_create(&thread, NULL, body, argument) == 0, "a new thread");
  require(pthread_detach(thread) == 0, "the thread to be detached");
}

void rude_storm(void **managed, int kind, int count, int threads) {
  managed_struct *structs = calloc((size_t)count, sizeof *structs);
  require(structs != NULL, "memory for the structs of the storm");
  for (int i = 0; i < count; i++) {
    structs[i] = (managed_struct){managed[i], kind};
  }
  for (int i = 0; i < threads; i++) {
    share *self = malloc(sizeof *self);
    require(self != NULL, "memory for a share of the storm");
    *self = (share){structs, i, count, threads};
    start_detached(delete_share, self);
  }
}
