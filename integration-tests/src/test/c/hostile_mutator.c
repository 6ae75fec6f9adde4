/* A producer that does not keep its hands off what it has given away. */
#include "hostile_producer.h"
#include "managed.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  pthread_t thread;
  int stopped;
  volatile uint64_t *target;
  uint64_t *images;
  int64_t words;
  int64_t count;
} mutator;

static void *mutate(void *argument) {
  mutator *self = argument;
  for (int64_t image = 0; !__atomic_load_n(&self->stopped, __ATOMIC_ACQUIRE); image++) {
    const uint64_t *source = self->images + image % self->count * self->words;
    for (int64_t word = 0; word < self->words; word++) {
      self->target[word] = source[word];
    }
  }
  return NULL;
}

void *hostile_mutate(void *target, const void *images, int64_t words, int64_t count) {
  size_t bytes = (size_t)(words * count) * sizeof(uint64_t);
  mutator *self = calloc(1, sizeof(mutator));
  require(self != NULL, "memory for a mutator");
  self->target = target;
  self->images = malloc(bytes);
  require(self->images != NULL, "memory for the images");
  memcpy(self->images, images, bytes);
  self->words = words;
  self->count = count;
  require(pthread_create(&self->thread, NULL, mutate, self) == 0, "a thread that mutates");
  return self;
}

void hostile_stop(void *mutator_of_java) {
  mutator *self = mutator_of_java;
  __atomic_store_n(&self->stopped, 1, __ATOMIC_RELEASE);
  require(pthread_join(self->thread, NULL) == 0, "the thread that mutates to be joined");
  free(self->images);
  free(self);
}
