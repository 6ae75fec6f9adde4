/*
 * A consumer of DLPack as any C library would write it: it borrows a float64 tensor, works on it
 * where it lies, and calls the deleter when it is done.
 */
#ifndef DLPACK4J_COLUMN_CONSUMER_H
#define DLPACK4J_COLUMN_CONSUMER_H

#include "dlpack_abi.h"

/* Where the consumer sees the first element. */
const void *column_data(const DLManagedTensorVersioned *column);

/* The sum of a one-dimensional float64 tensor. */
double column_sum(const DLManagedTensorVersioned *column);

/* Multiplies every element in place; returns 0, or -1 if the tensor is read-only. */
int column_scale(DLManagedTensorVersioned *column, double factor);

/* Ends the consumer's ownership. */
void column_delete(DLManagedTensorVersioned *column);

#endif
