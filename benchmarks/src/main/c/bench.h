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
 * Makes a 2-D contiguous float64 tensor as a plain C library would: over data that stays, with struct,
 * shape and strides in one block that its deleter frees.
 */
BENCH_EXPORT DLManagedTensorVersioned *bench_produce_matrix(double *data, int64_t rows,
                                                            int64_t columns);

/* Makes matrices, looks at shape and element [1, 2] of each, and deletes them. Returns what it saw. */
BENCH_EXPORT int64_t bench_matrix_consumer(double *data, int64_t rows, int64_t columns,
                                           int64_t count);

/* Somebody else's importer, by libtorch's functions: its tensor lives in a box of its own making. */
typedef struct {
  int32_t (*make_box)(void **box);
  void *(*import)(void *box, DLManagedTensorVersioned *managed, void *empty_function);
  int32_t (*drop)(void *box);
} foreign_importer;

/* Makes matrices, imports them by somebody else's functions, and drops them. Returns how many. */
BENCH_EXPORT int64_t bench_foreign_consumer(const foreign_importer *importer, double *data,
                                            int64_t rows, int64_t columns, int64_t count);

/* An exchange API as a plain C library would make it, with an allocator over malloc. */
BENCH_EXPORT const DLPackExchangeAPI *bench_malloc_table(void);

/* Has vectors of float64 allocated, writes to each, looks at it and deletes it. */
BENCH_EXPORT int64_t bench_exchange(const DLPackExchangeAPI *table, int64_t size, int64_t count);

/*
 * Makes the columns of a table as a plain C library would: 1-D float64 tensors over data that stays, one
 * after another in it, each with struct, shape and stride in one block that its deleter frees.
 */
BENCH_EXPORT void bench_produce_columns(double *data, int64_t rows, int64_t count,
                                        DLManagedTensorVersioned **columns);

/*
 * Fills a slab with claimed blocks and calls the deleter of each, so many times over. Returns how
 * often the deleters did not mark all of them. For one thread.
 */
BENCH_EXPORT int64_t bench_mark_slabs(void (*deleter)(DLManagedTensorVersioned *), int64_t slabs);

/* C's memcpy, in one call. Returns the last byte. */
BENCH_EXPORT int64_t bench_memcpy(void *to, const void *from, int64_t bytes);

/* One malloc and one free, so many times. Returns how often there was no memory. */
BENCH_EXPORT int64_t bench_malloc_free(int64_t bytes, int64_t count);

/* A SOCK_SEQPACKET socket of an abstract name that listens; less than 0 if there is none. */
BENCH_EXPORT int64_t bench_echo_listen(const char *name, int64_t length);

/* Sends back what connections to it send, one after another, until it fails. */
BENCH_EXPORT int64_t bench_echo_serve(int64_t fd);

#endif
