/*
 * What the simulated driver offers beside the driver's own functions, for tests: looking without
 * forcing, counting, failing on purpose.
 *
 * Environment, read by cuInit:
 *   CUDASIM_DEVICES   how many devices there are (1; at most 16). CUDA_VISIBLE_DEVICES chooses of them
 *   CUDASIM_MEMORY    bytes of memory of each device (8 GiB)
 *   CUDASIM_EAGER     1: every operation runs when it is submitted, as if the device were infinitely fast
 *   CUDASIM_FAIL      faults, FUNCTION:N:ERROR, separated by commas; see cudasim_fail
 *   CUDASIM_KERNELS   shared objects with kernels, separated by colons; see cudasim_kernel.h
 */
#ifndef CUDASIM_H
#define CUDASIM_H

#include "cuda_abi.h"

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(default)

/* What freed device memory reads as, and what a fresh allocation holds, up to its first MiB. */
enum { CUDASIM_POISON = 0xDB, CUDASIM_FRESH = 0xCD };

typedef enum {
  CUDASIM_LIVE_ALLOCATIONS = 0,      /* device, managed and pinned memory not yet freed */
  CUDASIM_LIVE_BYTES = 1,            /* their bytes, as asked for */
  CUDASIM_OPERATIONS_SUBMITTED = 2,  /* copies, sets, launches, records, waits, frees in stream order */
  CUDASIM_OPERATIONS_RUN = 3,
  CUDASIM_OPERATIONS_PENDING = 4,
  CUDASIM_DOUBLE_FREES = 5,
  CUDASIM_INVALID_FREES = 6,         /* of an address that never was the start of an allocation */
  CUDASIM_USES_AFTER_FREE = 7,       /* operations that touched freed memory when they ran */
  CUDASIM_USES_BEFORE_ALLOCATION = 8, /* operations that ran before the cuMemAllocAsync of their memory */
  CUDASIM_LIVE_STREAMS = 9,
  CUDASIM_LIVE_EVENTS = 10,
  CUDASIM_LIVE_HANDLES = 11,         /* of cuMemCreate and cuMemImportFromShareableHandle */
  CUDASIM_CALLS = 12,                /* of any driver function */
  CUDASIM_FAULTS = 13,               /* calls and operations that failed on purpose */
  CUDASIM_LIVE_IPC_MAPPINGS = 14,
  CUDASIM_COUNTERS = 15
} cudasim_counter;

/* The counter's value now; ~0 for an unknown one. */
uint64_t cudasim_count(int counter);

/* Sets every counter to zero but those of what is live or pending. */
void cudasim_reset_counters(void);

/* How often a function was called, by the name under which it is exported; 0 if never. */
uint64_t cudasim_calls(const char *function);

/*
 * Reads or writes device memory as it is at this moment, forcing nothing. Returns CUDA_SUCCESS, or
 * CUDA_ERROR_INVALID_VALUE and touches nothing if any of the bytes is not live.
 */
CUresult cudasim_peek(void *host, CUdeviceptr device, size_t bytes);
CUresult cudasim_poke(CUdeviceptr device, const void *host, size_t bytes);

/* Runs everything that is pending, on every device. */
CUresult cudasim_run_all(void);

/*
 * How many queries that hit the same unfinished operation answer CUDA_ERROR_NOT_READY before
 * one lets the work run and answers CUDA_SUCCESS (1). A query that never did would never end a polling
 * loop. SIZE_MAX: queries never run anything.
 */
void cudasim_set_patience(size_t queries);

/*
 * Lets the n-th call from now (1: the next) of the function fail with the error, instead of doing
 * anything. An error that the driver calls sticky (700, 702, 710, 714 to 719, 214) sticks to the current
 * context. The function "operation" stands for the n-th operation to run: it is left out, and sticks.
 */
void cudasim_fail(const char *function, uint64_t n, int error);
void cudasim_clear_faults(void);

/*
 * Has the n-th call from now (1: the next) of the function wait at its start, before it does anything,
 * while other threads go on calling; one call at a time. cudasim_await_held answers CUDA_SUCCESS when it
 * waits, or CUDA_ERROR_NOT_READY when the time is up; cudasim_let_go has it go on, or takes the hold back.
 */
void cudasim_hold(const char *function, uint64_t n);
CUresult cudasim_await_held(uint64_t milliseconds);
void cudasim_let_go(void);

/* As when the process ends: every later call of the driver answers CUDA_ERROR_DEINITIALIZED. */
void cudasim_deinitialize(void);

/* How many devices there are from now on for cuInit; before the first cuInit only. */
CUresult cudasim_set_devices(int count);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif
#endif
