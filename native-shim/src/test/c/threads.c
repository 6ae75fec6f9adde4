#include "threads.h"

#include "expect.h"

#include <pthread.h>

enum { MAX_THREADS = 64 };

typedef struct {
  pthread_t thread;
  pthread_barrier_t *start;
  void (*body)(int index, void *context);
  int index;
  void *context;
} runner;

static void *run(void *argument) {
  runner *self = argument;
  pthread_barrier_wait(self->start);
  self->body(self->index, self->context);
  return NULL;
}

void run_together(int count, void (*body)(int index, void *context), void *context) {
  EXPECT(count <= MAX_THREADS);
  runner runners[MAX_THREADS];
  pthread_barrier_t start;
  EXPECT_EQUAL(0, pthread_barrier_init(&start, NULL, (unsigned)count));
  for (int i = 0; i < count; i++) {
    runners[i] = (runner){.start = &start, .body = body, .index = i, .context = context};
    EXPECT_EQUAL(0, pthread_create(&runners[i].thread, NULL, run, &runners[i]));
  }
  for (int i = 0; i < count; i++) {
    EXPECT_EQUAL(0, pthread_join(runners[i].thread, NULL));
  }
  pthread_barrier_destroy(&start);
}
