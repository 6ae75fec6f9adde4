/*
 * What the exchange table's allocator is asked for: read from a prototype once, and found possible, or
 * refused with a message for people.
 */
#ifndef DLPACK4J_PROTOTYPE_H
#define DLPACK4J_PROTOTYPE_H

#include "dlpack_abi.h"

enum { DLPACK4J_MOST_DIMENSIONS = 128 };

typedef struct {
  DLDataType dtype;
  int32_t ndim;
  int64_t bytes; /* of all elements; 0 if there are none */
  int64_t shape[DLPACK4J_MOST_DIMENSIONS];
} dlpack4j_request;

typedef struct {
  const char *kind; /* the name of a Python exception */
  char message[256];
} dlpack4j_refusal;

/* 1 if the request was read and can be met, else 0 and the refusal is filled in. */
int dlpack4j_read_prototype(const DLTensor *prototype, const void *out, dlpack4j_request *request,
                            dlpack4j_refusal *refusal);

/* The refusal of a request for which there is no memory. */
void dlpack4j_refuse_memory(int64_t bytes, dlpack4j_refusal *refusal);

#endif
