/*
 * A DLPack consumer that does whatever the protocol does not forbid, and some of what it does; of
 * Arrow's structs, too.
 *
 * `managed` is what `kind` says, a managed_kind; where there is `versioned` instead, a tensor:
 * a DLManagedTensorVersioned where that is 1, a DLManagedTensor where it is 0. Every function whose
 * name says delete, storm or consume takes it over and calls its deleter, or Arrow's release; a NULL
 * is skipped. A call that the system refuses (no thread, no memory) aborts the process.
 */
#ifndef RUDE_CONSUMER_H
#define RUDE_CONSUMER_H

#include <stddef.h>
#include <stdint.h>

#define RUDE_EXPORT __attribute__((visibility("default")))

/* Elements: n-dimensional, strided, NULL strides as row-major, byte_offset honoured. */
RUDE_EXPORT double rude_sum_float64(const void *managed, int versioned);
RUDE_EXPORT void rude_fill_float64(void *managed, int versioned, double value);

/* Reads ndim, data and shape[0] of a versioned tensor, deletes it and returns shape[0], or 0 if it
 * has no dimension or no data. Kept minimal, for benchmarks. */
RUDE_EXPORT int64_t rude_consume(void *managed);

/* Deletes on the calling thread. */
RUDE_EXPORT void rude_delete(void *managed, int kind);
RUDE_EXPORT void rude_delete_twice(void *managed, int versioned);

/* Deletes on threads of its own, which have ended when the call returns. */
RUDE_EXPORT void rude_delete_concurrently(void *managed, int versioned, int threads);
RUDE_EXPORT void rude_delete_on_new_thread(void *managed, int kind);
RUDE_EXPORT void rude_delete_in_thread_destructor(void *managed, int kind);
/* A short-lived thread for each, a few at a time. */
RUDE_EXPORT void rude_delete_each_on_own_thread(void **managed, int kind, int count);

/* Deletes in an atexit handler. */
RUDE_EXPORT void rude_delete_at_exit(void *managed, int kind);
/* A worker deletes `first` before the call returns; an atexit handler has it delete `second` and
 * joins it. Once a process. */
RUDE_EXPORT void rude_worker_deletes_and_is_joined_at_exit(void *first, void *second, int kind);
/* Detached threads delete their shares at a slow pace, into the exit of the process. Returns at
 * once; the array is copied. */
RUDE_EXPORT void rude_storm(void **managed, int kind, int count, int threads);

/* An ArrowArray's child, moved out into a struct of the caller's. */
RUDE_EXPORT void rude_move_child(void *array, int64_t index, void *child);
/* The next ArrowArray of an ArrowArrayStream, now, or in an atexit handler: that once a process. */
RUDE_EXPORT int rude_next(void *stream, void *array);
RUDE_EXPORT void rude_next_at_exit(void *stream);

/* The calling process. */
RUDE_EXPORT int rude_thread_count(void);
RUDE_EXPORT long rude_resident_kib(void);

/* Page-aligned memory that is never given back: once freed, every access to it faults. */
RUDE_EXPORT void *rude_quarantine_allocate(size_t bytes);
RUDE_EXPORT void rude_quarantine_free(void *memory);

/* Counts in an int64_t; any thread may call it. For owners whose releases are to be counted. */
RUDE_EXPORT void rude_add_one(void *counter);

#endif
