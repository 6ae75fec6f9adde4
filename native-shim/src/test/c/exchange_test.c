#include "expect.h"
#include "shim.h"
#include "threads.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FLOAT = 2, THREADS = 8, ROUNDS = 2000, MOST_DIMENSIONS = 128 };

static const DLPackExchangeAPI *const TABLE = &dlpack4j_exchange_table;

/* A request beyond memory is to be answered by NULL, and not by the sanitizer. */
const char *__asan_default_options(void);
const char *__asan_default_options(void) { return "allocator_may_return_null=1"; }
const char *__tsan_default_options(void);
const char *__tsan_default_options(void) { return "allocator_may_return_null=1"; }

typedef struct {
  int calls;
  char kind[32];
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

static DLManagedTensorVersioned *allocate(DLTensor prototype) {
  DLManagedTensorVersioned *managed = NULL;
  error found = {0};
  int result = TABLE->managed_tensor_allocator(&prototype, &managed, &found, set_error);
  if (result != 0) {
    fail(__FILE__, __LINE__, found.message);
  }
  EXPECT_EQUAL(0, found.calls);
  EXPECT(managed != NULL);
  return managed;
}

static void expect_live(int64_t tensors, int64_t bytes) {
  int64_t live[2];
  dlpack4j_exchange_live(live);
  EXPECT_EQUAL(tensors, live[0]);
  EXPECT_EQUAL(bytes, live[1]);
}

static void the_table_is_complete_and_of_version_1_3(void) {
  EXPECT_EQUAL(1, TABLE->header.version.major);
  EXPECT_EQUAL(3, TABLE->header.version.minor);
  EXPECT(TABLE->header.prev_api == NULL);
  EXPECT(TABLE->managed_tensor_allocator != NULL);
  EXPECT(TABLE->managed_tensor_from_py_object_no_sync != NULL);
  EXPECT(TABLE->managed_tensor_to_py_object_no_sync != NULL);
  EXPECT(TABLE->dltensor_from_py_object_no_sync != NULL);
  EXPECT(TABLE->current_work_stream != NULL);
}

static void a_tensor_is_what_its_prototype_says(void) {
  int64_t shape[] = {2, 1, 3};
  DLManagedTensorVersioned *managed = allocate(prototype_of(3, shape));
  const DLTensor *tensor = &managed->dl_tensor;
  EXPECT_EQUAL(1, managed->version.major);
  EXPECT_EQUAL(3, managed->version.minor);
  EXPECT_EQUAL(0, managed->flags);
  EXPECT(managed->deleter != NULL);
  EXPECT_EQUAL(1, tensor->device.device_type);
  EXPECT_EQUAL(0, tensor->device.device_id);
  EXPECT_EQUAL(3, tensor->ndim);
  EXPECT_EQUAL(FLOAT, tensor->dtype.code);
  EXPECT_EQUAL(32, tensor->dtype.bits);
  EXPECT_EQUAL(1, tensor->dtype.lanes);
  EXPECT_EQUAL(0, tensor->byte_offset);
  EXPECT(tensor->shape != shape);
  EXPECT(memcmp(tensor->shape, shape, sizeof shape) == 0);
  EXPECT(memcmp(tensor->strides, (int64_t[]){3, 3, 1}, sizeof shape) == 0);
  EXPECT_EQUAL(0, (uintptr_t)tensor->data % 256);
  memset(tensor->data, 0x5a, 24);
  expect_live(1, 24);
  managed->deleter(managed);
  expect_live(0, 0);
}

static void every_byte_belongs_to_the_tensor(void) {
  for (int64_t size = 1; size < 600; size += 7) {
    DLManagedTensorVersioned *managed = allocate(prototype_of(1, &size));
    memset(managed->dl_tensor.data, 1, (size_t)size * 4);
    EXPECT_EQUAL(size, managed->dl_tensor.shape[0]);
    managed->deleter(managed);
  }
}

static void a_scalar_has_neither_shape_nor_strides(void) {
  DLManagedTensorVersioned *managed = allocate(prototype_of(0, NULL));
  EXPECT(managed->dl_tensor.shape == NULL);
  EXPECT(managed->dl_tensor.strides == NULL);
  *(float *)managed->dl_tensor.data = 1;
  expect_live(1, 4);
  managed->deleter(managed);
}

static void an_empty_tensor_has_no_data(void) {
  int64_t shape[] = {INT64_MAX / 2, 0, 2};
  DLManagedTensorVersioned *managed = allocate(prototype_of(3, shape));
  EXPECT(managed->dl_tensor.data == NULL);
  EXPECT(memcmp(managed->dl_tensor.strides, (int64_t[]){2, 2, 1}, sizeof shape) == 0);
  expect_live(1, 0);
  managed->deleter(managed);
}

static void the_most_dimensions_are_128(void) {
  int64_t shape[MOST_DIMENSIONS];
  for (int axis = 0; axis < MOST_DIMENSIONS; axis++) {
    shape[axis] = axis == 5 ? 3 : 1;
  }
  DLManagedTensorVersioned *managed = allocate(prototype_of(MOST_DIMENSIONS, shape));
  EXPECT(memcmp(managed->dl_tensor.shape, shape, sizeof shape) == 0);
  EXPECT_EQUAL(3, managed->dl_tensor.strides[4]);
  EXPECT_EQUAL(1, managed->dl_tensor.strides[5]);
  managed->deleter(managed);
}

static void expect_bytes(uint8_t code, uint8_t bits, uint16_t lanes, int64_t size, int64_t bytes) {
  DLTensor prototype = prototype_of(1, &size);
  prototype.dtype = (DLDataType){code, bits, lanes};
  DLManagedTensorVersioned *managed = allocate(prototype);
  expect_live(1, bytes);
  memset(managed->dl_tensor.data, 0, (size_t)bytes);
  managed->deleter(managed);
}

static void bits_are_rounded_once_over_the_whole_tensor_whatever_the_code(void) {
  expect_bytes(1, 4, 1, 3, 2);
  expect_bytes(17, 4, 1, 1, 1);
  expect_bytes(15, 6, 1, 4, 3);
  expect_bytes(15, 6, 1, 9, 7);
  expect_bytes(1, 1, 1, 17, 3);
  expect_bytes(2, 32, 4, 2, 32);
  expect_bytes(255, 255, 65535, 1, 2088929);
}

/* Expects -1, one call of SetError, and nothing written. */
static void expect_refused(DLTensor *prototype, DLManagedTensorVersioned **out, const char *kind,
                           const char *message) {
  error found = {0};
  DLManagedTensorVersioned *before = (void *)0x1234;
  if (out != NULL && (uintptr_t)out % 8 == 0) {
    *out = before;
  }
  EXPECT(TABLE->managed_tensor_allocator(prototype, out, &found, set_error) == -1);
  EXPECT_EQUAL(1, found.calls);
  if (strcmp(kind, found.kind) != 0 || strcmp(message, found.message) != 0) {
    fprintf(stderr, "expected %s: %s\n", kind, message);
    fail(__FILE__, __LINE__, found.message);
  }
  EXPECT(TABLE->managed_tensor_allocator(prototype, out, &found, NULL) == -1);
  EXPECT(out == NULL || (uintptr_t)out % 8 != 0 || *out == before);
}

static void expect_value_error(DLTensor prototype, const char *message) {
  DLManagedTensorVersioned *managed;
  expect_refused(&prototype, &managed, "ValueError", message);
}

static void addresses_that_lead_nowhere_are_refused(void) {
  int64_t size = 1;
  DLTensor prototype = prototype_of(1, &size);
  DLManagedTensorVersioned *managed;
  expect_refused(NULL, &managed, "ValueError",
                 "prototype: expected the 8-aligned address of a DLTensor but found 0x0; fill one in");
  expect_refused((DLTensor *)0x1001, &managed, "ValueError",
                 "prototype: expected the 8-aligned address of a DLTensor but found 0x1001;"
                 " fill one in");
  expect_refused(&prototype, NULL, "ValueError",
                 "out: expected the 8-aligned address of a pointer but found 0x0;"
                 " say where the tensor goes");
  expect_refused(&prototype, (DLManagedTensorVersioned **)0x1004,
                 "ValueError",
                 "out: expected the 8-aligned address of a pointer but found 0x1004;"
                 " say where the tensor goes");
  expect_value_error(prototype_of(1, NULL),
                     "shape: expected the 8-aligned address of the sizes but found 0x0;"
                     " fill them in");
  expect_value_error(prototype_of(1, (int64_t *)0xabcdef12),
                     "shape: expected the 8-aligned address of the sizes but found 0xabcdef12;"
                     " fill them in");
}

static void sizes_that_cannot_be_are_refused(void) {
  int64_t negative[] = {2, -3};
  int64_t lowest[] = {INT64_MIN};
  int64_t wrapping[] = {0, INT64_C(1) << 32, INT64_C(1) << 31};
  int64_t elements[] = {INT64_MAX, 1};
  expect_value_error(prototype_of(-1, negative),
                     "ndim: expected 0 to 128 but found -1; pass the number of sizes");
  expect_value_error(prototype_of(129, negative),
                     "ndim: expected 0 to 128 but found 129; pass the number of sizes");
  expect_value_error(prototype_of(INT32_MIN, negative),
                     "ndim: expected 0 to 128 but found -2147483648; pass the number of sizes");
  expect_value_error(prototype_of(2, negative),
                     "shape dimension 1: expected 0 or more but found -3;"
                     " pass the sizes of the tensor");
  expect_value_error(prototype_of(1, lowest),
                     "shape dimension 0: expected 0 or more but found -9223372036854775808;"
                     " pass the sizes of the tensor");
  expect_value_error(prototype_of(3, wrapping),
                     "shape dimension 2: expected at most 2^63 - 1 elements in all but found size"
                     " 2147483648; ask for less");
  expect_value_error(prototype_of(2, elements),
                     "shape: expected at most 2^62 bytes but found 9223372036854775807 elements of"
                     " 32 bits; ask for less");
}

static void types_without_size_are_refused(void) {
  int64_t size = 1;
  DLTensor prototype = prototype_of(1, &size);
  prototype.dtype.bits = 0;
  expect_value_error(prototype, "dtype: expected 1 or more bits and lanes but found 0 bits and 1"
                                " lanes; fill in the type of an element");
  prototype.dtype = (DLDataType){FLOAT, 32, 0};
  expect_value_error(prototype, "dtype: expected 1 or more bits and lanes but found 32 bits and 0"
                                " lanes; fill in the type of an element");
}

static void other_devices_are_refused(void) {
  int64_t size = 1;
  DLTensor prototype = prototype_of(1, &size);
  DLManagedTensorVersioned *managed;
  prototype.device.device_type = 2;
  expect_refused(&prototype, &managed, "BufferError",
                 "device: expected main memory, type 1 and id 0, but found type 2 and id 0;"
                 " ask the library of that device");
  prototype.device = (DLDevice){1, -7};
  expect_refused(&prototype, &managed, "BufferError",
                 "device: expected main memory, type 1 and id 0, but found type 1 and id -7;"
                 " ask the library of that device");
}

static void memory_that_is_not_there_is_refused(void) {
  int64_t size = INT64_C(1) << 59;
  DLTensor prototype = prototype_of(1, &size);
  DLManagedTensorVersioned *managed;
  expect_refused(&prototype, &managed, "MemoryError",
                 "data: expected 2305843009213693952 bytes but found no memory;"
                 " free some or ask for less");
  expect_live(0, 0);
}

static void python_objects_are_nobodys_and_a_tensor_stays_the_callers(void) {
  int64_t size = 1;
  void *stays = (void *)0x1234;
  void *out = stays;
  DLTensor tensor = prototype_of(1, &size);
  DLManagedTensorVersioned *managed = allocate(tensor);
  EXPECT(TABLE->managed_tensor_from_py_object_no_sync(&size, (DLManagedTensorVersioned **)&out) == -1);
  EXPECT(TABLE->managed_tensor_to_py_object_no_sync(managed, &out) == -1);
  EXPECT(TABLE->dltensor_from_py_object_no_sync(&size, &tensor) == -1);
  EXPECT(out == stays);
  EXPECT(tensor.byte_offset == UINT64_MAX);
  expect_live(1, 4);
  managed->deleter(managed);
}

static void main_memory_has_no_stream_and_other_devices_are_refused(void) {
  void *stream = (void *)0x1234;
  EXPECT(TABLE->current_work_stream(2, 0, &stream) == -1);
  EXPECT(stream == (void *)0x1234);
  EXPECT_EQUAL(0, TABLE->current_work_stream(1, 0, &stream));
  EXPECT(stream == NULL);
  EXPECT(TABLE->current_work_stream(1, 0, NULL) == -1);
}

static void a_deleter_ignores_null(void) {
  int64_t size = 1;
  DLManagedTensorVersioned *managed = allocate(prototype_of(1, &size));
  managed->deleter(NULL);
  managed->deleter(managed);
}

static void allocate_and_free(int index, void *context) {
  DLManagedTensorVersioned *_Atomic *exchange = context;
  for (int64_t round = 0; round < ROUNDS; round++) {
    int64_t shape[] = {1 + round % 50, 1 + index};
    DLManagedTensorVersioned *managed = allocate(prototype_of(2, shape));
    memset(managed->dl_tensor.data, index, (size_t)(shape[0] * shape[1] * 4));
    /* Freed by whoever comes next, mostly another thread. */
    managed = atomic_exchange(exchange, managed);
    if (managed != NULL) {
      managed->deleter(managed);
    }
  }
}

static void threads_free_what_others_allocated_and_the_counts_return_to_zero(void) {
  DLManagedTensorVersioned *_Atomic exchange = NULL;
  run_together(THREADS, allocate_and_free, &exchange);
  DLManagedTensorVersioned *last = exchange;
  expect_live(1, last->dl_tensor.shape[0] * last->dl_tensor.shape[1] * 4);
  last->deleter(last);
  expect_live(0, 0);
}

static void *allocate_and_end(void *size) {
  return allocate(prototype_of(1, size));
}

static void a_tensor_outlives_the_thread_that_allocated_it(void) {
  int64_t size = 1000;
  pthread_t thread;
  void *managed;
  EXPECT_EQUAL(0, pthread_create(&thread, NULL, allocate_and_end, &size));
  EXPECT_EQUAL(0, pthread_join(thread, &managed));
  memset(((DLManagedTensorVersioned *)managed)->dl_tensor.data, 1, 4000);
  ((DLManagedTensorVersioned *)managed)->deleter(managed);
  expect_live(0, 0);
}

static DLManagedTensorVersioned *until_exit;

static void delete_and_allocate_at_exit(void) {
  int64_t size = 3;
  until_exit->deleter(until_exit);
  DLManagedTensorVersioned *late = allocate(prototype_of(1, &size));
  late->deleter(late);
  expect_live(0, 0);
}

static void the_table_works_in_an_atexit_handler(void) {
  pid_t child = fork();
  EXPECT(child >= 0);
  if (child == 0) {
    int64_t size = 100;
    until_exit = allocate(prototype_of(1, &size));
    exit(atexit(delete_and_allocate_at_exit) == 0 ? 0 : 2);
  }
  int status;
  EXPECT_EQUAL(child, waitpid(child, &status, 0));
  EXPECT_EQUAL(0, status);
}

int main(void) {
  RUN(the_table_is_complete_and_of_version_1_3);
  RUN(a_tensor_is_what_its_prototype_says);
  RUN(every_byte_belongs_to_the_tensor);
  RUN(a_scalar_has_neither_shape_nor_strides);
  RUN(an_empty_tensor_has_no_data);
  RUN(the_most_dimensions_are_128);
  RUN(bits_are_rounded_once_over_the_whole_tensor_whatever_the_code);
  RUN(addresses_that_lead_nowhere_are_refused);
  RUN(sizes_that_cannot_be_are_refused);
  RUN(types_without_size_are_refused);
  RUN(other_devices_are_refused);
  RUN(memory_that_is_not_there_is_refused);
  RUN(python_objects_are_nobodys_and_a_tensor_stays_the_callers);
  RUN(main_memory_has_no_stream_and_other_devices_are_refused);
  RUN(a_deleter_ignores_null);
  RUN(threads_free_what_others_allocated_and_the_counts_return_to_zero);
  RUN(a_tensor_outlives_the_thread_that_allocated_it);
  RUN(the_table_works_in_an_atexit_handler);
  return 0;
}
