/*
 * Everything that the shared library exports. None of it enters the VM or touches a thread-local: each
 * may be called from any thread, in atexit, after DestroyJavaVM. None takes a lock or allocates but
 * the exchange table's allocator, its tensors' deleter and the release of Arrow schemas, which call
 * malloc and free.
 */
#ifndef DLPACK4J_SHIM_H
#define DLPACK4J_SHIM_H

#include "arrow_abi.h"
#include "dlpack_abi.h"

#define DLPACK4J_EXPORT __attribute__((visibility("default")))

/* Deleters that mark the block; Java releases its owner later. NULL is ignored. */
DLPACK4J_EXPORT void dlpack4j_mark_legacy(DLManagedTensor *self);
DLPACK4J_EXPORT void dlpack4j_mark_versioned(DLManagedTensorVersioned *self);

/*
 * Deleters for a native owner: they call release(context) of the block, at once and on the calling
 * thread, and free the block without Java. NULL is ignored.
 */
DLPACK4J_EXPORT void dlpack4j_release_legacy(DLManagedTensor *self);
DLPACK4J_EXPORT void dlpack4j_release_versioned(DLManagedTensorVersioned *self);

/* Our exchange API: tensors in main memory, nothing of Python. Never to be written. */
DLPACK4J_EXPORT extern const DLPackExchangeAPI dlpack4j_exchange_table;

/* Writes how many tensors of its allocator are not yet deleted, and how many bytes of data they have. */
DLPACK4J_EXPORT void dlpack4j_exchange_live(int64_t *tensors_and_bytes);

/*
 * Release callbacks of Arrow structs that Java exported. What is released already is left alone, and
 * so are children that the consumer has moved out.
 */
DLPACK4J_EXPORT void dlpack4j_release_array(ArrowArray *self);
DLPACK4J_EXPORT void dlpack4j_release_schema(ArrowSchema *self);
DLPACK4J_EXPORT void dlpack4j_release_stream(ArrowArrayStream *self);
DLPACK4J_EXPORT void dlpack4j_release_device_stream(ArrowDeviceArrayStream *self);

/* A size or an offset as this library's compiler laid it out. */
typedef struct {
  const char *name;
  uint64_t value;
} dlpack4j_abi_fact;

/* All facts, ended by one whose name is NULL; static, never to be freed. */
DLPACK4J_EXPORT const dlpack4j_abi_fact *dlpack4j_abi_probe(void);

#endif
