#include "managed.h"

#include <stdio.h>
#include <stdlib.h>

const DLTensor *tensor_of(managed_struct managed) {
  return managed.kind == VERSIONED ? &((DLManagedTensorVersioned *)managed.pointer)->dl_tensor
                                   : &((DLManagedTensor *)managed.pointer)->dl_tensor;
}

/* A tensor's struct is gone after its deleter. */
#define DELETE_TENSOR(type, managed)  \
  do {                                \
    type *self = (managed).pointer;   \
    if (self->deleter != NULL) {      \
      self->deleter(self);            \
    }                                 \
  } while (0)

/* Arrow's struct is the consumer's. */
#define RELEASE_ARROW(type, managed)                                      \
  do {                                                                    \
    type *self = (managed).pointer;                                       \
    if (self->release != NULL) {                                          \
      self->release(self);                                                \
      require(self->release == NULL, "release to be NULL after its call"); \
    }                                                                     \
  } while (0)

void call_deleter(managed_struct managed) {
  switch (managed.kind) {
  case LEGACY:
    DELETE_TENSOR(DLManagedTensor, managed);
    return;
  case VERSIONED:
    DELETE_TENSOR(DLManagedTensorVersioned, managed);
    return;
  case ARROW_ARRAY:
    RELEASE_ARROW(ArrowArray, managed);
    return;
  case ARROW_SCHEMA:
    RELEASE_ARROW(ArrowSchema, managed);
    return;
  case ARROW_STREAM:
    RELEASE_ARROW(ArrowArrayStream, managed);
    return;
  case ARROW_DEVICE_STREAM:
    RELEASE_ARROW(ArrowDeviceArrayStream, managed);
    return;
  default:
    require(0, "a managed_kind");
  }
}

void require(int condition, const char *message) {
  if (!condition) {
    fprintf(stderr, "rude-consumer: expected %s\n", message);
    abort();
  }
}
