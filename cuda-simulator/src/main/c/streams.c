#include "sim.h"

#include <pthread.h>
#include <stdlib.h>

bool sim_is_blocking(const struct CUstream_st *stream) {
  return !(stream->flags & CU_STREAM_NON_BLOCKING);
}

CUresult sim_new_stream(CUcontext context, unsigned flags, int priority, CUstream *out) {
  static uint64_t ids;
  if (out == NULL || (flags & ~(unsigned)CU_STREAM_NON_BLOCKING) != 0) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  CUstream stream = sim_new_handle(STREAM, sizeof(*stream));
  if (stream == NULL) {
    return CUDA_ERROR_OUT_OF_MEMORY;
  }
  stream->context = context;
  stream->id = ++ids;
  stream->flags = flags;
  stream->priority = priority < -5 ? -5 : priority > 0 ? 0 : priority;
  stream->next = context->streams;
  context->streams = stream;
  *out = stream;
  return CUDA_SUCCESS;
}

static void free_stream(CUstream stream) {
  sim_drop_operation(&stream->last);
  sim_drop_capture(&stream->capture);
  sim_free_handle(stream);
}

/* A destroyed stream's work is still ordered before the legacy stream's, until it has run. */
void sim_purge_streams(CUcontext context) {
  for (CUstream *link = &context->streams; *link != NULL;) {
    CUstream stream = *link;
    if (stream->destroyed && (stream->last == NULL || stream->last->done)) {
      *link = stream->next;
      free_stream(stream);
    } else {
      link = &stream->next;
    }
  }
}

void sim_destroy_streams(CUcontext context) {
  while (context->streams != NULL) {
    CUstream stream = context->streams;
    context->streams = stream->next;
    sim_counters[CUDASIM_LIVE_STREAMS] -= !stream->destroyed && stream->thread == 0;
    free_stream(stream);
  }
  free_stream(context->legacy);
}

/* --- The per-thread default streams: one a thread and context, gone with the thread. --- */

static pthread_key_t thread_end;
static pthread_once_t thread_end_once = PTHREAD_ONCE_INIT;

static void thread_ended(void *thread) {
  sim_lock();
  for (int i = 0; i < sim_device_count(); i++) {
    CUcontext context = sim_find_device(i)->primary;
    for (CUstream stream = context == NULL ? NULL : context->streams; stream != NULL;
         stream = stream->next) {
      stream->destroyed |= stream->thread == (uintptr_t)thread;
    }
    if (context != NULL) {
      sim_purge_streams(context);
    }
  }
  sim_unlock();
}

static void create_thread_end(void) { pthread_key_create(&thread_end, thread_ended); }

uint64_t sim_thread(void) {
  static uint64_t threads;
  static __thread uint64_t thread;
  if (thread == 0) {
    thread = ++threads;
  }
  return thread;
}

static CUresult per_thread_stream(CUcontext context, CUstream *stream) {
  uint64_t thread = sim_thread();
  for (*stream = context->streams; *stream != NULL; *stream = (*stream)->next) {
    if ((*stream)->thread == thread) {
      return CUDA_SUCCESS;
    }
  }
  pthread_once(&thread_end_once, create_thread_end);
  pthread_setspecific(thread_end, (void *)(uintptr_t)thread);
  CUresult result = sim_new_stream(context, CU_STREAM_DEFAULT, 0, stream);
  if (result == CUDA_SUCCESS) {
    (*stream)->thread = thread;
  }
  return result;
}

CUresult sim_resolve(CUstream handle, CUstream null_stream, CUstream *stream) {
  handle = handle == NULL ? null_stream : handle;
  if (handle == CU_STREAM_LEGACY) {
    *stream = sim_current()->legacy;
    return CUDA_SUCCESS;
  }
  if (handle == CU_STREAM_PER_THREAD) {
    return per_thread_stream(sim_current(), stream);
  }
  if (!sim_is_handle(handle, STREAM) || handle->destroyed) {
    return CUDA_ERROR_INVALID_HANDLE;
  }
  *stream = handle;
  return CUDA_SUCCESS;
}

/* --- What the driver offers. --- */

static CUresult create(CUstream *stream, unsigned flags, int priority) {
  CUresult result = sim_new_stream(sim_current(), flags, priority, stream);
  sim_counters[CUDASIM_LIVE_STREAMS] += result == CUDA_SUCCESS;
  return result;
}

CUresult cuStreamCreate(CUstream *phStream, unsigned int Flags) {
  return CALL(NEEDS_CONTEXT, create(phStream, Flags, 0));
}

CUresult cuStreamCreateWithPriority(CUstream *phStream, unsigned int flags, int priority) {
  return CALL(NEEDS_CONTEXT, create(phStream, flags, priority));
}

static CUresult destroy(CUstream stream) {
  if (!sim_is_handle(stream, STREAM) || stream->destroyed || stream->thread != 0 ||
      stream == stream->context->legacy) {
    return CUDA_ERROR_INVALID_HANDLE;
  }
  if (stream->capture != NULL) {
    sim_invalidate(stream->capture);
  }
  stream->destroyed = true;
  sim_counters[CUDASIM_LIVE_STREAMS]--;
  sim_purge_streams(stream->context);
  return CUDA_SUCCESS;
}

CUresult cuStreamDestroy_v2(CUstream hStream) { return CALL(NEEDS_CONTEXT, destroy(hStream)); }

static CUresult synchronize(CUstream handle, CUstream null_stream) {
  CUstream stream;
  CUresult result = sim_resolve(handle, null_stream, &stream) ?: sim_refuse_captured(stream);
  if (result != CUDA_SUCCESS) {
    return result;
  }
  /* Of the legacy stream it waits for all that a new operation there would come after. */
  if (stream == stream->context->legacy) {
    sim_operation *end;
    result = sim_submit(stream, NULL, NULL, NULL, &end);
    sim_force(end);
    sim_drop_operation(&end);
  } else {
    sim_force(stream->last);
  }
  return result ?: stream->context->sticky;
}

STREAM_CALL(cuStreamSynchronize, _ptsz, (CUstream hStream), synchronize(hStream, null_stream))

/* The legacy stream is done when the blocking ones are too. */
static CUresult query_legacy(CUcontext context) {
  CUresult result = sim_query(context->legacy->last);
  for (CUstream stream = context->streams; stream != NULL && result == CUDA_SUCCESS;
       stream = stream->next) {
    result = sim_is_blocking(stream) ? sim_query(stream->last) : CUDA_SUCCESS;
  }
  return result;
}

static CUresult query(CUstream handle, CUstream null_stream) {
  CUstream stream;
  CUresult result = sim_resolve(handle, null_stream, &stream) ?: sim_refuse_captured(stream);
  if (result == CUDA_SUCCESS) {
    result = stream == stream->context->legacy ? query_legacy(stream->context)
                                               : sim_query(stream->last);
  }
  return result == CUDA_SUCCESS ? stream->context->sticky : result;
}

STREAM_CALL(cuStreamQuery, _ptsz, (CUstream hStream), query(hStream, null_stream))

typedef enum { FLAGS, PRIORITY, ID, OF_CONTEXT, OF_DEVICE } stream_property;

static CUresult get(CUstream handle, CUstream null_stream, stream_property property, void *out) {
  CUstream stream;
  CUresult result = out == NULL ? CUDA_ERROR_INVALID_VALUE
                                : sim_resolve(handle, null_stream, &stream);
  if (result != CUDA_SUCCESS) {
    return result;
  }
  switch (property) {
  case FLAGS:
    *(unsigned *)out = stream->flags;
    break;
  case PRIORITY:
    *(int *)out = stream->priority;
    break;
  case ID:
    *(unsigned long long *)out = stream->id;
    break;
  case OF_CONTEXT:
    *(CUcontext *)out = stream->context;
    break;
  case OF_DEVICE:
    *(CUdevice *)out = stream->context->device;
    break;
  }
  return CUDA_SUCCESS;
}

STREAM_CALL(cuStreamGetFlags, _ptsz, (CUstream hStream, unsigned int *flags),
            get(hStream, null_stream, FLAGS, flags))
STREAM_CALL(cuStreamGetPriority, _ptsz, (CUstream hStream, int *priority),
            get(hStream, null_stream, PRIORITY, priority))
STREAM_CALL(cuStreamGetId, _ptsz, (CUstream hStream, unsigned long long *streamId),
            get(hStream, null_stream, ID, streamId))
STREAM_CALL(cuStreamGetCtx, _ptsz, (CUstream hStream, CUcontext *pctx),
            get(hStream, null_stream, OF_CONTEXT, pctx))
STREAM_CALL(cuStreamGetDevice, _ptsz, (CUstream hStream, CUdevice *device),
            get(hStream, null_stream, OF_DEVICE, device))

typedef struct {
  CUhostFn function;
  CUstreamCallback callback;
  CUstream stream;
  void *data;
} host_call;

/* With the lock held: whoever forced it waits for it, and it may not call the driver. */
static CUresult run_host_call(void *work) {
  host_call *call = work;
  sim_set_in_callback(true);
  if (call->function != NULL) {
    call->function(call->data);
  } else {
    call->callback(call->stream, CUDA_SUCCESS, call->data);
  }
  sim_set_in_callback(false);
  return CUDA_SUCCESS;
}

static CUresult launch_host_call(CUstream handle, CUstream null_stream, host_call call) {
  CUstream stream;
  CUresult result = sim_resolve(handle, null_stream, &stream);
  if (result == CUDA_SUCCESS && call.function == NULL && call.callback == NULL) {
    result = CUDA_ERROR_INVALID_VALUE;
  }
  if (result != CUDA_SUCCESS) {
    return result;
  }
  host_call *work = malloc(sizeof(*work));
  if (work == NULL) {
    return CUDA_ERROR_OUT_OF_MEMORY;
  }
  *work = call;
  return sim_submit(stream, run_host_call, work, NULL, NULL);
}

STREAM_CALL(cuLaunchHostFunc, _ptsz, (CUstream hStream, CUhostFn fn, void *userData),
            launch_host_call(hStream, null_stream, (host_call){.function = fn, .data = userData}))
STREAM_CALL(cuStreamAddCallback, _ptsz,
            (CUstream hStream, CUstreamCallback callback, void *userData, unsigned int flags),
            flags != 0 ? CUDA_ERROR_INVALID_VALUE
                       : launch_host_call(hStream, null_stream,
                                          (host_call){.callback = callback, .stream = hStream,
                                                      .data = userData}))

/* Managed memory is visible everywhere at once, so attaching only takes its place in the order. */
static CUresult attach(CUstream handle, CUstream null_stream, CUdeviceptr pointer) {
  CUstream stream;
  sim_region *region = sim_find_region(pointer);
  if (region == NULL || region->kind != MANAGED) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  return sim_resolve(handle, null_stream, &stream) ?: sim_submit(stream, NULL, NULL, NULL, NULL);
}

STREAM_CALL(cuStreamAttachMemAsync, _ptsz,
            (CUstream hStream, CUdeviceptr dptr, size_t length, unsigned int flags),
            ((void)length, (void)flags, attach(hStream, null_stream, dptr)))
