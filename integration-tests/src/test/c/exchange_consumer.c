#include "exchange_consumer.h"
#include "managed.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_THREADS = 64, FLOAT = 2 };

typedef struct {
  int calls;
  char kind[64];
  char message[300];
} error;

static void set_error(void *context, const char *kind, const char *message) {
  error *self = context;
  self->calls++;
  snprintf(self->kind, sizeof self->kind, "%s", kind);
  snprintf(self->message, sizeof self->message, "%s", message);
}

static DLTensor prototype_of(int32_t ndim, int64_t *shape) {
  return (DLTensor){.data = (void *)0xdead,
                    .device = {.device_type = 1},
                    .ndim = ndim,
                    .dtype = {FLOAT, 32, 1},
                    .shape = shape,
                    .strides = (int64_t *)0xdead,
                    .byte_offset = UINT64_MAX};
}

typedef struct {
  const DLPackExchangeAPI *table;
  char *transcript;
  int64_t left;
  int lines;
  DLManagedTensorVersioned *place;
} refusals;

static void refuse_at(refusals *self, const char *name, DLTensor *prototype,
                      DLManagedTensorVersioned **out) {
  static DLManagedTensorVersioned untouched;
  error found = {0};
  self->place = &untouched;
  int result = self->table->managed_tensor_allocator(prototype, out, &found, set_error);
  int length = snprintf(self->transcript, (size_t)self->left,
                        "%s: result %d, SetError %d, written %d, %s: %s\n", name, result,
                        found.calls, self->place != &untouched, found.kind, found.message);
  require(length < self->left, "room for the transcript");
  self->transcript += length;
  self->left -= length;
  self->lines++;
  require(self->table->managed_tensor_allocator(prototype, out, NULL, NULL) == result,
          "the same result without SetError");
}

static void refuse(refusals *self, const char *name, DLTensor prototype) {
  refuse_at(self, name, &prototype, &self->place);
}

int exchange_refusals(const DLPackExchangeAPI *table, char *transcript, int64_t size) {
  refusals all = {table, transcript, size, 0, NULL};
  int64_t one[] = {1};
  int64_t negative[] = {4, -3};
  int64_t lowest[] = {INT64_MIN};
  int64_t wrapping[] = {INT64_C(1) << 32, INT64_C(1) << 31};
  int64_t wrapping_and_empty[] = {0, INT64_C(1) << 62, 3};
  int64_t highest[] = {INT64_MAX};
  int64_t huge[] = {INT64_C(1) << 59};
  DLTensor prototype = prototype_of(1, one);
  DLTensor changed = prototype;
  refuse_at(&all, "no prototype", NULL, &all.place);
  refuse_at(&all, "misaligned prototype", (DLTensor *)0x1001, &all.place);
  refuse_at(&all, "no out", &prototype, NULL);
  refuse_at(&all, "misaligned out", &prototype, (DLManagedTensorVersioned **)0x1004);
  refuse(&all, "ndim -1", prototype_of(-1, one));
  refuse(&all, "ndim 129", prototype_of(129, one));
  refuse(&all, "ndim lowest", prototype_of(INT32_MIN, one));
  refuse(&all, "no shape", prototype_of(1, NULL));
  refuse(&all, "misaligned shape", prototype_of(1, (int64_t *)0x2004));
  refuse(&all, "negative size", prototype_of(2, negative));
  refuse(&all, "lowest size", prototype_of(1, lowest));
  refuse(&all, "product wraps", prototype_of(2, wrapping));
  refuse(&all, "product wraps beside 0", prototype_of(3, wrapping_and_empty));
  refuse(&all, "bytes wrap", prototype_of(1, highest));
  refuse(&all, "more than there is", prototype_of(1, huge));
  changed.dtype.bits = 0;
  refuse(&all, "no bits", changed);
  changed = prototype;
  changed.dtype.lanes = 0;
  refuse(&all, "no lanes", changed);
  changed = prototype;
  changed.device.device_type = 2;
  refuse(&all, "CUDA", changed);
  changed.device = (DLDevice){1, 1};
  refuse(&all, "second CPU", changed);
  changed.device = (DLDevice){INT32_MIN, INT32_MAX};
  refuse(&all, "no device", changed);
  return all.lines;
}

static DLManagedTensorVersioned *allocate(const DLPackExchangeAPI *table, int64_t rows,
                                          int64_t columns) {
  int64_t shape[] = {rows, columns};
  DLTensor prototype = prototype_of(2, shape);
  DLManagedTensorVersioned *managed = NULL;
  error found = {0};
  int result = table->managed_tensor_allocator(&prototype, &managed, &found, set_error);
  require(result == 0 && found.calls == 0 && managed != NULL, "a tensor without a word");
  const DLTensor *tensor = &managed->dl_tensor;
  require(tensor->shape[0] == rows && tensor->shape[1] == columns && tensor->strides[0] == columns &&
              tensor->strides[1] == 1 && (uintptr_t)tensor->data % 64 == 0,
          "what was asked for");
  return managed;
}

static size_t size_of(const DLManagedTensorVersioned *managed) {
  return (size_t)(managed->dl_tensor.shape[0] * managed->dl_tensor.shape[1] * 4);
}

/* Marks every byte by where the tensor is. */
static int mark_of(const DLManagedTensorVersioned *managed) {
  return (int)((uintptr_t)managed >> 4 & 0x7f) + 1;
}

static void fill(DLManagedTensorVersioned *managed) {
  memset(managed->dl_tensor.data, mark_of(managed), size_of(managed));
}

/* Deletes it. Returns whether somebody else wrote to it. */
static int64_t check_and_delete(DLManagedTensorVersioned *managed) {
  const unsigned char *bytes = managed->dl_tensor.data;
  int64_t damaged = 0;
  for (size_t i = 0; i < size_of(managed); i++) {
    damaged |= bytes[i] != mark_of(managed);
  }
  managed->deleter(managed);
  return damaged;
}

typedef struct {
  const DLPackExchangeAPI *table;
  int rounds;
  DLManagedTensorVersioned *_Atomic passed_on;
  _Atomic int64_t mistakes;
} churn;

static void *run_churn(void *argument) {
  churn *self = argument;
  for (int round = 0; round < self->rounds; round++) {
    DLManagedTensorVersioned *managed = allocate(self->table, 1 + round % 40, 1 + round % 7);
    fill(managed);
    managed = atomic_exchange(&self->passed_on, managed);
    if (managed != NULL) {
      self->mistakes += check_and_delete(managed);
    }
  }
  return NULL;
}

int64_t exchange_churn(const DLPackExchangeAPI *table, int threads, int rounds) {
  churn all = {.table = table, .rounds = rounds};
  pthread_t running[MOST_THREADS];
  require(threads <= MOST_THREADS, "so many threads at most");
  for (int i = 0; i < threads; i++) {
    require(pthread_create(&running[i], NULL, run_churn, &all) == 0, "a thread");
  }
  for (int i = 0; i < threads; i++) {
    pthread_join(running[i], NULL);
  }
  return all.mistakes + check_and_delete(all.passed_on);
}

static void *allocate_and_end(void *table) { return allocate(table, 3, 5); }

static void *delete_and_end(void *managed) { return (void *)(intptr_t)check_and_delete(managed); }

static void *run(void *(*body)(void *), void *argument) {
  pthread_t thread;
  void *result;
  require(pthread_create(&thread, NULL, body, argument) == 0, "a thread");
  pthread_join(thread, &result);
  return result;
}

int64_t exchange_outlive_threads(const DLPackExchangeAPI *table, int count) {
  int64_t mistakes = 0;
  for (int i = 0; i < count; i++) {
    DLManagedTensorVersioned *managed = run(allocate_and_end, (void *)table);
    fill(managed);
    mistakes += (intptr_t)run(delete_and_end, managed);
  }
  return mistakes;
}

static const DLPackExchangeAPI *exit_table;
static DLManagedTensorVersioned *exit_tensor;
static int exit_allocates;

static void delete_at_exit(void) {
  require(check_and_delete(exit_tensor) == 0, "the tensor as it was");
  if (exit_allocates) {
    DLManagedTensorVersioned *late = allocate(exit_table, 2, 2);
    fill(late);
    require(check_and_delete(late) == 0, "a late tensor");
  }
}

void exchange_at_exit(const DLPackExchangeAPI *table, int allocate_again) {
  exit_table = table;
  exit_allocates = allocate_again;
  exit_tensor = allocate(table, 10, 10);
  fill(exit_tensor);
  require(atexit(delete_at_exit) == 0, "an atexit handler");
}
