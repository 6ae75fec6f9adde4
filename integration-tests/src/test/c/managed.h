/* A managed tensor of either kind, and what all of the consumer's files do with it. */
#ifndef RUDE_MANAGED_H
#define RUDE_MANAGED_H

#include "dlpack_abi.h"

typedef struct {
  void *pointer;
  int versioned;
} managed_tensor;

const DLTensor *tensor_of(managed_tensor managed);
void call_deleter(managed_tensor managed);

/* Aborts with the message unless the condition holds. */
void require(int condition, const char *message);

#endif
