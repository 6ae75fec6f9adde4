/*
 * What the files of the simulator share. All state is under one lock, which every driver function
 * takes (CALL) and holds to its end; functions declared here expect it held.
 */
#ifndef CUDASIM_SIM_H
#define CUDASIM_SIM_H

#include "cudasim.h"

#include <stdbool.h>

#pragma GCC visibility push(hidden)

enum { MAX_DEVICES = 16, PAGE = 4096 };

/* --- calls.c: the door of every driver function --- */

typedef enum {
  NEEDS_NOTHING, /* not even cuInit */
  NEEDS_INIT,
  NEEDS_CONTEXT,    /* a current one, without a sticky error */
  NEEDS_NO_CAPTURE, /* the same, and it invalidates captures that forbid unsafe calls */
} sim_needs;

CUresult sim_enter(const char *function, sim_needs needs);
CUresult sim_leave(CUresult result);

/* The body of every driver function: the expression runs only if nothing speaks against the call. */
#define CALL(needs, expression) sim_leave(sim_enter(__func__, (needs)) ?: (expression))

/* The function and its twin, for which the NULL stream is the calling thread's own. */
#define STREAM_CALL(name, suffix, parameters, expression)                                          \
  CUresult name parameters {                                                                       \
    const CUstream null_stream = CU_STREAM_LEGACY;                                                 \
    return CALL(NEEDS_CONTEXT, expression);                                                        \
  }                                                                                                \
  CUresult name##suffix parameters {                                                               \
    const CUstream null_stream = CU_STREAM_PER_THREAD;                                             \
    return CALL(NEEDS_CONTEXT, expression);                                                        \
  }

/* Lets another thread in while this one waits for another process. */
void sim_unlock(void);
void sim_lock(void);

/* While a host function of the user runs: it may not call the driver. */
void sim_set_in_callback(bool inside);

extern uint64_t sim_counters[CUDASIM_COUNTERS];
extern size_t sim_patience;
extern bool sim_eager;

/* --- faults.c --- */

CUresult sim_fault(const char *function);
void sim_faults_from_environment(void);
bool sim_is_sticky(CUresult error);

/* --- handles.c: which pointers are handles of ours --- */

typedef enum { NO_HANDLE, CONTEXT, STREAM, EVENT, MODULE, FUNCTION, POOL, ALLOCATION, GRAPH } sim_kind;

/* Zeroed, or NULL. */
void *sim_new_handle(sim_kind kind, size_t bytes);
bool sim_is_handle(const void *handle, sim_kind kind);
void sim_free_handle(void *handle);

/* --- devices.c --- */

typedef struct {
  int physical; /* what the device is called where all are visible */
  CUcontext primary;
  unsigned primary_references;
  unsigned primary_flags;
  CUmemoryPool default_pool, current_pool;
  size_t memory_used;
} sim_device;

CUresult sim_devices_init(void);
/* NULL if there is no such device. */
sim_device *sim_find_device(CUdevice ordinal);
int sim_device_count(void);
/* The visible ordinal, or -1. */
int sim_ordinal_of(int physical);
size_t sim_device_memory(void);

/* --- operations.c: lazy work --- */

typedef struct sim_operation sim_operation;
typedef struct sim_remote sim_remote;

struct sim_operation {
  uint64_t sequence; /* what an operation waits for has a smaller one */
  size_t references;
  bool done, wanted;
  size_t queries;
  CUcontext context;
  CUresult (*run)(void *work); /* NULL: only a place in the order */
  void (*drop)(void *work);    /* NULL: free */
  void *work;
  sim_remote *remote; /* a point of another process to wait for first, or NULL */
  uint64_t remote_point;
  double ran_at; /* milliseconds, for cuEventElapsedTime */
  sim_operation **after;
  size_t after_count;
  sim_operation *next, *previous; /* those not yet done, by sequence */
};

/*
 * A new operation at the stream's end. Takes the work over, on every outcome. If out is not NULL it
 * gets a reference of its own; NULL in it while the stream is capturing, where nothing is run.
 */
CUresult sim_submit(CUstream stream, CUresult (*run)(void *), void *work, void (*drop)(void *),
                    sim_operation **out);
void sim_operation_after(sim_operation *operation, sim_operation *earlier);
sim_operation *sim_retain_operation(sim_operation *operation);
/* Drops *operation and sets it to NULL. */
void sim_drop_operation(sim_operation **operation);
/* Runs the operation and all that is ordered before it; NULL is done. */
void sim_force(sim_operation *operation);
/* CUDA_ERROR_NOT_READY until patience is at its end, then forces. */
CUresult sim_query(sim_operation *operation);
void sim_force_context(CUcontext context);
void sim_force_all(void);
double sim_now(void);

/* --- contexts.c --- */

struct CUctx_st {
  CUdevice device;
  uint64_t id;
  bool primary;
  unsigned flags;
  CUresult sticky;
  CUstream legacy;
  CUstream streams; /* all but the legacy one */
  uint32_t peers;   /* bit set of ordinals */
};

/* NULL if the thread has none. */
CUcontext sim_current(void);
CUresult sim_check_context(CUcontext context);

/* --- streams.c --- */

struct CUstream_st {
  CUcontext context;
  uint64_t id;
  unsigned flags;
  int priority;
  uint64_t thread; /* of a per-thread default stream; else 0 */
  bool destroyed;  /* its work is still ordered */
  sim_operation *last;
  struct sim_capture *capture;
  CUstream next;
};

/* The stream that a handle means: NULL means null_stream. */
CUresult sim_resolve(CUstream handle, CUstream null_stream, CUstream *stream);
CUresult sim_new_stream(CUcontext context, unsigned flags, int priority, CUstream *stream);
bool sim_is_blocking(const struct CUstream_st *stream);
void sim_purge_streams(CUcontext context);
void sim_destroy_streams(CUcontext context);
uint64_t sim_thread(void);

/* --- capture.c --- */

typedef struct sim_capture {
  uint64_t id;
  CUstreamCaptureMode mode;
  CUstream origin;
  uint64_t thread;
  bool invalidated;
  size_t operations;
  size_t references; /* streams in it, events recorded in it */
  CUgraph graph;
  struct sim_capture *next;
} sim_capture;

/* CUDA_SUCCESS, or why an operation may not go to this stream now. */
CUresult sim_capture_check(CUstream stream);
/* For queries and waits: a capturing stream has nothing to wait for. */
CUresult sim_refuse_captured(CUstream stream);
/* CUDA_SUCCESS, or the error of an unsafe call, which invalidates the captures that forbid it. */
CUresult sim_unsafe_call(void);
CUresult sim_join_capture(CUstream stream, sim_capture *capture);
sim_capture *sim_retain_capture(sim_capture *capture);
void sim_drop_capture(sim_capture **capture);
void sim_invalidate(sim_capture *capture);

/* --- events.c --- */

struct CUevent_st {
  CUcontext context;
  unsigned flags;
  sim_operation *operation; /* the last record of this process; NULL: never recorded */
  sim_capture *capture;     /* if the last record was captured */
  sim_remote *remote;       /* shared with other processes, or NULL */
  uint64_t own_point;       /* the remote's number of our last record */
};

CUresult sim_new_event(CUcontext context, unsigned flags, CUevent *event);

/* --- space.c: addresses --- */

/*
 * Two windows of addresses of the same size. The public one is what a program sees: no access at all
 * for device memory, the same bytes for memory that the host may read. The private one, sim_view, is
 * where the simulator itself reads and writes.
 */
CUresult sim_space_init(void);
bool sim_in_space(CUdeviceptr address);
void *sim_view(CUdeviceptr address);
/* Addresses not used for as long as possible; 0 if there are none. */
CUdeviceptr sim_take_space(size_t bytes, size_t alignment);
void sim_give_space(CUdeviceptr address);
/* Bytes of file become visible at the address. fd -1: the simulator's own memory, at that address. */
CUresult sim_map(CUdeviceptr address, size_t bytes, int fd, size_t offset, bool host);
void sim_unmap(CUdeviceptr address, size_t bytes);
/* Gives the pages of the simulator's own memory back. */
void sim_discard(CUdeviceptr address, size_t bytes);
int sim_space_fd(void);
size_t sim_space_offset(CUdeviceptr address);
size_t sim_round_up(size_t bytes, size_t unit);

/* --- regions.c: what lies at an address --- */

typedef enum { DEVICE, MANAGED, HOST, REGISTERED, STREAM_ORDERED, MAPPED, IMPORTED } sim_region_kind;

typedef struct {
  CUdeviceptr start;
  size_t bytes;
  sim_region_kind kind;
  CUcontext context;
  CUdevice device;
  uint64_t id;
  unsigned flags;
  bool allocated;     /* false until the cuMemAllocAsync has run */
  bool freeing;       /* a cuMemFreeAsync is on its way */
  bool exported;      /* another process may have it mapped */
  CUmemoryPool pool;  /* STREAM_ORDERED */
  uint32_t readable, writable; /* MAPPED: bit sets of ordinals */
  void *allocation;   /* MAPPED: of cuMemCreate */
  size_t offset;      /* MAPPED: in the allocation */
  size_t references;  /* IMPORTED */
  char handle[64];    /* IMPORTED */
} sim_region;

/* A copy of the description is kept; NULL if there is no memory. */
sim_region *sim_add_region(const sim_region *description);
void sim_remove_region(sim_region *region);
/* The region with that address in it, or NULL. */
sim_region *sim_find_region(CUdeviceptr address);
sim_region *sim_region_at(size_t index);
size_t sim_region_count(void);
bool sim_was_freed(CUdeviceptr address);
/* True if all bytes belong to regions, and the device may read, or write, them. */
bool sim_is_covered(CUdeviceptr address, size_t bytes, CUdevice device, bool write);
/* Device memory, so that an address outside is the host's. */
bool sim_is_host_pointer(CUdeviceptr address);

typedef enum { READS, WRITES } sim_access;

/*
 * Where the simulator finds the bytes, for an operation that runs now; NULL if they are not live,
 * which is counted.
 */
void *sim_open(CUcontext context, CUdeviceptr address, size_t bytes, sim_access access);

/* --- memory.c --- */

CUresult sim_allocate(sim_region *region, size_t alignment, bool host, CUdeviceptr *pointer);
void sim_release_region(sim_region *region);
void sim_release_context_memory(CUcontext context);
CUresult sim_free_now(CUdeviceptr pointer);

/* --- pools.c --- */

CUresult sim_new_pool(CUdevice device, CUmemAllocationHandleType handles, CUmemoryPool *pool);
void sim_pool_gave(CUmemoryPool pool, size_t bytes);
void sim_pool_took(CUmemoryPool pool, size_t bytes);

/* --- vmm.c --- */

CUmemAllocationHandleType sim_allocation_handle_types(const void *allocation);

/* --- ipc.c --- */

/* The number of a record that is submitted now, its operation, and its arrival. */
uint64_t sim_remote_begin(sim_remote *remote);
void sim_remote_submitted(sim_remote *remote, uint64_t point, sim_operation *operation);
void sim_remote_done(sim_remote *remote, uint64_t point);
uint64_t sim_remote_latest(sim_remote *remote);
bool sim_remote_is_done(sim_remote *remote, uint64_t point);
/* Asks the other process to come to that point; returns when something changed or time passed. */
void sim_remote_demand(sim_remote *remote, uint64_t point);
sim_remote *sim_retain_remote(sim_remote *remote);
/* Takes the handle's hold away; the last hold's end closes it. NULL is ignored. */
void sim_drop_remote(sim_remote *remote);

#pragma GCC visibility pop

#endif
