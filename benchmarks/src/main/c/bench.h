/*
 * The C side of the benchmarks. Each loop is called from Java once for many operations, so that the
 * call costs nothing beside them.
 */
#ifndef DLPACK4J_BENCH_H
#define DLPACK4J_BENCH_H

#include "dlpack_abi.h"

#define BENCH_EXPORT __attribute__((visibility("default")))

/* What a consumer does at least: looks at the tensor and calls its deleter, once. */
BENCH_EXPORT int64_t bench_consume(DLManagedTensorVersioned *managed);

/* The same for many. */
BENCH_EXPORT int64_t bench_consume_all(DLManagedTensorVersioned *const *managed, int64_t count);

/* For owners that are released by a C function; counts nothing, frees nothing. */
BENCH_EXPORT void bench_release_nothing(void *context);

/* Makes and consumes tensors as a plain C library would: one malloc and one free each. */
BENCH_EXPORT int64_t bench_malloc_producer(double *data, int64_t size, int64_t count);

/* The same over data that is shared, by one atomic reference count. */
BENCH_EXPORT int64_t bench_refcounted_producer(double *data, int64_t size, int64_t count);

/* Makes tensors by somebody else's function, and consumes them. */
BENCH_EXPORT int64_t bench_foreign_producer(DLManagedTensorVersioned *(*produce)(const void *tensor),
                                            const void *tensor, int64_t count);

/*
 * Fills a slab with claimed blocks and calls the deleter of each, so many times over. Returns how
 * often the deleters did not mark all of them. For one thread.
 */
BENCH_EXPORT int64_t bench_mark_slabs(void (*deleter)(DLManagedTensorVersioned *), int64_t slabs);

#endif
