/*
 * The exchange API of a library that has no Python objects: tensors in main memory, of malloc and
 * free. These two are named, not handed in by Java: they are in every process that runs a JVM, and the
 * table works without a word from Java.
 */
#include "prototype.h"
#include "shim.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>

enum {
  ALIGNMENT = 256, /* what dlpack.h promises for data */
  CPU = 1,
  STRIPES = 16,
  STRIPE_SHIFT = 26, /* glibc gives every thread arenas of 64 MiB */
};

/* In one piece of malloc's: this, shape, strides, then the data. */
typedef struct {
  DLManagedTensorVersioned managed;
  int64_t bytes;
  int64_t shape_and_strides[];
} allocation;

/* Counted where the allocation lies, so that threads seldom meet at one cache line and an allocation
 * leaves the counts that it entered. */
static struct {
  _Alignas(64) _Atomic int64_t tensors;
  _Atomic int64_t bytes;
} live[STRIPES];

static void count(const allocation *block, int64_t tensors, int64_t bytes) {
  uintptr_t place = (uintptr_t)block >> STRIPE_SHIFT;
  size_t stripe = (place ^ place >> 4 ^ place >> 8) % STRIPES;
  atomic_fetch_add_explicit(&live[stripe].tensors, tensors, memory_order_relaxed);
  atomic_fetch_add_explicit(&live[stripe].bytes, bytes, memory_order_relaxed);
}

void dlpack4j_exchange_live(int64_t *tensors_and_bytes) {
  int64_t tensors = 0;
  int64_t bytes = 0;
  for (int stripe = 0; stripe < STRIPES; stripe++) {
    tensors += atomic_load_explicit(&live[stripe].tensors, memory_order_relaxed);
    bytes += atomic_load_explicit(&live[stripe].bytes, memory_order_relaxed);
  }
  tensors_and_bytes[0] = tensors;
  tensors_and_bytes[1] = bytes;
}

static void delete(DLManagedTensorVersioned *self) {
  if (self != NULL) {
    allocation *block = (allocation *)self; /* its first member */
    count(block, -1, -block->bytes);
    free(block);
  }
}

static void *data_of(allocation *block, int32_t ndim) {
  uintptr_t end = (uintptr_t)&block->shape_and_strides[2 * (size_t)ndim];
  return (void *)((end + ALIGNMENT - 1) & ~(uintptr_t)(ALIGNMENT - 1));
}

static void fill(allocation *block, const dlpack4j_request *request) {
  int32_t ndim = request->ndim;
  int64_t *shape = ndim == 0 ? NULL : block->shape_and_strides;
  int64_t *strides = ndim == 0 ? NULL : block->shape_and_strides + ndim;
  int64_t stride = 1;
  for (int32_t axis = ndim - 1; axis >= 0; axis--) {
    int64_t size = request->shape[axis];
    shape[axis] = size;
    strides[axis] = stride;
    stride *= size == 0 ? 1 : size;
  }
  block->bytes = request->bytes;
  block->managed = (DLManagedTensorVersioned){
      .version = {1, 3},
      .deleter = delete,
      .dl_tensor = {.data = request->bytes == 0 ? NULL : data_of(block, ndim),
                    .device = {.device_type = CPU},
                    .ndim = ndim,
                    .dtype = request->dtype,
                    .shape = shape,
                    .strides = strides},
  };
}

static allocation *allocate(const dlpack4j_request *request) {
  size_t arrays = 2 * (size_t)request->ndim * sizeof(int64_t);
  size_t data = request->bytes == 0 ? 0 : (size_t)request->bytes + ALIGNMENT - 1;
  allocation *block = malloc(sizeof(allocation) + arrays + data);
  if (block != NULL) {
    fill(block, request);
    count(block, 1, request->bytes);
  }
  return block;
}

static int allocator(DLTensor *prototype, DLManagedTensorVersioned **out, void *error_ctx,
                     void (*SetError)(void *error_ctx, const char *kind, const char *message)) {
  dlpack4j_request request;
  dlpack4j_refusal refusal;
  if (dlpack4j_read_prototype(prototype, out, &request, &refusal)) {
    allocation *block = allocate(&request);
    if (block != NULL) {
      *out = &block->managed;
      return 0;
    }
    dlpack4j_refuse_memory(request.bytes, &refusal);
  }
  if (SetError != NULL) {
    SetError(error_ctx, refusal.kind, refusal.message);
  }
  return -1;
}

/*
 * Where the process runs Python, a failure is to leave an exception of Python's behind. Weak: they are
 * found if Python was there before this library, as it is for a JVM that was started from Python.
 */
__attribute__((weak)) extern int Py_IsInitialized(void);
__attribute__((weak)) extern int PyGILState_Check(void);
__attribute__((weak)) extern void PyErr_SetString(void *type, const char *message);
__attribute__((weak)) extern void *PyExc_BufferError;

static int fail(const char *message) {
  if (Py_IsInitialized != NULL && PyGILState_Check != NULL && PyErr_SetString != NULL &&
      &PyExc_BufferError != NULL && Py_IsInitialized() && PyGILState_Check()) {
    PyErr_SetString(PyExc_BufferError, message);
  }
  return -1;
}

/* No Python object has this table as its type's, so none can be meant. */

static const char NO_OBJECTS[] =
    "object: expected one of the library whose exchange API this is, but dlpack4j has no Python"
    " objects; use __dlpack__";

static int from_py_object(void *py_object, DLManagedTensorVersioned **out) {
  (void)py_object;
  (void)out;
  return fail(NO_OBJECTS);
}

/* Consumers differ in whose the tensor is after a failure. Left alone it may leak, never be freed
 * twice. */
static int to_py_object(DLManagedTensorVersioned *tensor, void **out_py_object) {
  (void)tensor;
  (void)out_py_object;
  return fail("tensor: expected a library that has Python objects, but dlpack4j has none; the tensor"
              " is still the caller's, to put it into a capsule");
}

static int dltensor_from_py_object(void *py_object, DLTensor *out) {
  (void)py_object;
  (void)out;
  return fail(NO_OBJECTS);
}

static int current_work_stream(int32_t device_type, int32_t device_id, void **out_stream) {
  (void)device_id;
  if (device_type != CPU || out_stream == NULL) {
    return fail("device: expected the CPU, as dlpack4j works on no other, and a place for the stream;"
                " ask the library of that device");
  }
  *out_stream = NULL;
  return 0;
}

const DLPackExchangeAPI dlpack4j_exchange_table = {
    .header = {.version = {1, 3}},
    .managed_tensor_allocator = allocator,
    .managed_tensor_from_py_object_no_sync = from_py_object,
    .managed_tensor_to_py_object_no_sync = to_py_object,
    /* May be NULL by the header; a function that fails spares consumers who do not look. */
    .dltensor_from_py_object_no_sync = dltensor_from_py_object,
    .current_work_stream = current_work_stream,
};
