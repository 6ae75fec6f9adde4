/* A struct that is given away with a function that ends it, and what all of the files do with it. */
#ifndef RUDE_MANAGED_H
#define RUDE_MANAGED_H

#include "arrow_abi.h"
#include "dlpack_abi.h"

/* Java knows them by number. */
typedef enum {
  LEGACY,
  VERSIONED,
  ARROW_ARRAY,
  ARROW_SCHEMA,
  ARROW_STREAM,
  ARROW_DEVICE_STREAM
} managed_kind;

typedef struct {
  void *pointer;
  int kind;
} managed_struct;

/* Of either kind of tensor. */
const DLTensor *tensor_of(managed_struct managed);
/* Arrow's release, which must mark its struct as released; for tensors the deleter. */
void call_deleter(managed_struct managed);

/* Aborts with the message unless the condition holds. */
void require(int condition, const char *message);

#endif
