/*
 * Calls an exchange API as C libraries do, and makes some of its own for others to call.
 */
#ifndef EXCHANGE_CONSUMER_H
#define EXCHANGE_CONSUMER_H

#include "dlpack_abi.h"

#define EXCHANGE_EXPORT __attribute__((visibility("default")))

/*
 * Asks the allocator for everything that it must refuse. Writes a line for each: its name, the result,
 * how often SetError was called with this call's context, whether the result was written, kind and
 * message. Returns the number of lines.
 */
EXCHANGE_EXPORT int exchange_refusals(const DLPackExchangeAPI *table, char *transcript, int64_t size);

/* Threads allocate, fill, look again and free, mostly what another thread allocated. Returns how many
 * tensors were not what was asked for. */
EXCHANGE_EXPORT int64_t exchange_churn(const DLPackExchangeAPI *table, int threads, int rounds);

/* Each tensor is allocated by one thread, used after its end, and freed by another. Returns as above. */
EXCHANGE_EXPORT int64_t exchange_outlive_threads(const DLPackExchangeAPI *table, int count);

/* Allocates a tensor that an atexit handler deletes, which allocates another if it is told to. */
EXCHANGE_EXPORT void exchange_at_exit(const DLPackExchangeAPI *table, int allocate_again);

/* Tables: 3.0 -> 2.0 -> 1.1, whose functions work; 2.0 in a cycle; 1.3, all of whose functions fail. */
EXCHANGE_EXPORT const DLPackExchangeAPI *exchange_chained_table(void);
EXCHANGE_EXPORT const DLPackExchangeAPI *exchange_cyclic_table(void);
EXCHANGE_EXPORT const DLPackExchangeAPI *exchange_failing_table(void);

/* 1.3, whose functions raise exceptions of the Python that runs in this process. */
EXCHANGE_EXPORT const DLPackExchangeAPI *exchange_raising_table(void);

/* Tensors of the tables above that are not deleted yet. */
EXCHANGE_EXPORT int64_t exchange_live(void);

#endif
