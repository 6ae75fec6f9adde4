#include "exchange_consumer.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>

typedef void (*set_error)(void *error_ctx, const char *kind, const char *message);

static _Atomic int64_t live;

int64_t exchange_live(void) { return live; }

/* A tensor of up to two dimensions, whose data lies behind it. */
typedef struct {
  DLManagedTensorVersioned managed;
  int64_t shape[2];
  _Alignas(16) char data[1024];
} small;

static void delete(DLManagedTensorVersioned *self) {
  live--;
  free(self);
}

static int allocate(DLTensor *prototype, DLManagedTensorVersioned **out, void *error_ctx,
                    set_error SetError) {
  if (prototype->ndim > 2 || prototype->data != NULL || prototype->byte_offset != 0) {
    SetError(error_ctx, "ValueError", "a small tensor only");
    return -1;
  }
  small *made = calloc(1, sizeof *made);
  for (int axis = 0; axis < prototype->ndim; axis++) {
    made->shape[axis] = prototype->shape[axis];
  }
  made->managed = (DLManagedTensorVersioned){.version = {1, 1}, .deleter = delete};
  made->managed.dl_tensor = *prototype;
  made->managed.dl_tensor.data = made->data;
  made->managed.dl_tensor.shape = made->shape;
  made->managed.dl_tensor.strides = NULL; /* as was usual before 1.2 */
  live++;
  *out = &made->managed;
  return 0;
}

static int stream(int32_t device_type, int32_t device_id, void **out) {
  *out = (void *)(intptr_t)(device_type * 100 + device_id);
  return 0;
}

static int never_called(void) { abort(); }

static int fail_to_convert(void *from, DLManagedTensorVersioned **out) {
  (void)from;
  (void)out;
  return -1;
}

static int fail_to_convert_tensor(DLManagedTensorVersioned *from, void **out) {
  (void)from;
  (void)out;
  return -1;
}

static int fail_to_describe(void *from, DLTensor *out) {
  (void)from;
  (void)out;
  return -1;
}

static int fail_to_find_stream(int32_t device_type, int32_t device_id, void **out) {
  (void)device_type;
  (void)device_id;
  (void)out;
  return -1;
}

typedef struct {
  set_error function;
  void *context;
} report;

static void *report_failure(void *argument) {
  report *self = argument;
  self->function(self->context, "MemoryError", "none left, says another thread");
  return NULL;
}

static int fail_on_another_thread(DLTensor *prototype, DLManagedTensorVersioned **out,
                                  void *error_ctx, set_error SetError) {
  (void)prototype;
  (void)out;
  report how = {SetError, error_ctx};
  pthread_t thread;
  if (pthread_create(&thread, NULL, report_failure, &how) == 0) {
    pthread_join(thread, NULL);
  }
  return -1;
}

static DLPackExchangeAPI oldest = {
    .header = {.version = {1, 1}},
    .managed_tensor_allocator = allocate,
    .managed_tensor_from_py_object_no_sync = fail_to_convert,
    .managed_tensor_to_py_object_no_sync = fail_to_convert_tensor,
    .current_work_stream = stream,
};

/* What another major may have where we have functions. */
typedef struct {
  DLPackExchangeAPIHeader header;
  int (*functions[5])(void);
} other_table;

#define OTHER_FUNCTIONS \
  {never_called, never_called, never_called, never_called, never_called}

static other_table newer = {.header = {{2, 0}, &oldest.header}, .functions = OTHER_FUNCTIONS};
static other_table newest = {.header = {{3, 0}, &newer.header}, .functions = OTHER_FUNCTIONS};
static other_table cyclic_back;
static other_table cyclic = {.header = {{2, 0}, &cyclic_back.header}, .functions = OTHER_FUNCTIONS};
static other_table cyclic_back = {.header = {{2, 1}, &cyclic.header}, .functions = OTHER_FUNCTIONS};

static DLPackExchangeAPI failing = {
    .header = {.version = {1, 3}},
    .managed_tensor_allocator = fail_on_another_thread,
    .managed_tensor_from_py_object_no_sync = fail_to_convert,
    .managed_tensor_to_py_object_no_sync = fail_to_convert_tensor,
    .dltensor_from_py_object_no_sync = fail_to_describe,
    .current_work_stream = fail_to_find_stream,
};

const DLPackExchangeAPI *exchange_chained_table(void) {
  return (const DLPackExchangeAPI *)&newest;
}

const DLPackExchangeAPI *exchange_cyclic_table(void) { return (const DLPackExchangeAPI *)&cyclic; }

const DLPackExchangeAPI *exchange_failing_table(void) { return &failing; }

/* Found when called: this library is also loaded where there is no Python. */
static int raise(const char *type, const char *message) {
  void (*set_string)(void *, const char *);
  *(void **)&set_string = dlsym(RTLD_DEFAULT, "PyErr_SetString");
  void **exception = dlsym(RTLD_DEFAULT, type);
  if (set_string == NULL || exception == NULL) {
    abort();
  }
  set_string(*exception, message);
  return -1;
}

static int raise_from_object(void *from, DLManagedTensorVersioned **out) {
  (void)from;
  (void)out;
  return raise("PyExc_BufferError", "gr\xc3\xb6\xc3\x9f" "er, please");
}

static int raise_from_tensor(DLManagedTensorVersioned *from, void **out) {
  (void)from;
  (void)out;
  return raise("PyExc_TypeError", "no such tensor");
}

static int raise_from_description(void *from, DLTensor *out) {
  (void)from;
  (void)out;
  return raise("PyExc_KeyError", "quoted by Python");
}

static int raise_from_stream(int32_t device_type, int32_t device_id, void **out) {
  (void)device_type;
  (void)device_id;
  (void)out;
  return raise("PyExc_RuntimeError", "");
}

static DLPackExchangeAPI raising = {
    .header = {.version = {1, 3}},
    .managed_tensor_allocator = fail_on_another_thread,
    .managed_tensor_from_py_object_no_sync = raise_from_object,
    .managed_tensor_to_py_object_no_sync = raise_from_tensor,
    .dltensor_from_py_object_no_sync = raise_from_description,
    .current_work_stream = raise_from_stream,
};

const DLPackExchangeAPI *exchange_raising_table(void) { return &raising; }
