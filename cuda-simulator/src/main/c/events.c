#include "sim.h"

#include <stdlib.h>

CUresult sim_new_event(CUcontext context, unsigned flags, CUevent *out) {
  unsigned known = CU_EVENT_BLOCKING_SYNC | CU_EVENT_DISABLE_TIMING | CU_EVENT_INTERPROCESS;
  bool impossible = (flags & CU_EVENT_INTERPROCESS) && !(flags & CU_EVENT_DISABLE_TIMING);
  if (out == NULL || (flags & ~known) != 0 || impossible) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  CUevent event = sim_new_handle(EVENT, sizeof(*event));
  if (event == NULL) {
    return CUDA_ERROR_OUT_OF_MEMORY;
  }
  event->context = context;
  event->flags = flags;
  sim_counters[CUDASIM_LIVE_EVENTS]++;
  *out = event;
  return CUDA_SUCCESS;
}

CUresult cuEventCreate(CUevent *phEvent, unsigned int Flags) {
  return CALL(NEEDS_CONTEXT, sim_new_event(sim_current(), Flags, phEvent));
}

/* What waits for its last record goes on waiting. */
static CUresult destroy(CUevent event) {
  if (!sim_is_handle(event, EVENT)) {
    return CUDA_ERROR_INVALID_HANDLE;
  }
  sim_drop_operation(&event->operation);
  sim_drop_capture(&event->capture);
  sim_drop_remote(event->remote);
  sim_free_handle(event);
  sim_counters[CUDASIM_LIVE_EVENTS]--;
  return CUDA_SUCCESS;
}

CUresult cuEventDestroy_v2(CUevent hEvent) { return CALL(NEEDS_CONTEXT, destroy(hEvent)); }

typedef struct {
  sim_remote *remote;
  uint64_t point;
} arrival;

static CUresult arrive(void *work) {
  arrival *at = work;
  sim_remote_done(at->remote, at->point);
  return CUDA_SUCCESS;
}

static void drop_arrival(void *work) {
  sim_drop_remote(((arrival *)work)->remote);
  free(work);
}

static CUresult submit_record(CUevent event, CUstream stream, sim_operation **operation) {
  if (event->remote == NULL || stream->capture != NULL) {
    return sim_submit(stream, NULL, NULL, NULL, operation);
  }
  arrival *work = malloc(sizeof(*work));
  if (work == NULL) {
    return CUDA_ERROR_OUT_OF_MEMORY;
  }
  event->own_point = sim_remote_begin(event->remote);
  *work = (arrival){sim_retain_remote(event->remote), event->own_point};
  CUresult result = sim_submit(stream, arrive, work, drop_arrival, operation);
  sim_remote_submitted(event->remote, event->own_point, *operation);
  return result;
}

static CUresult record(CUevent event, CUstream handle, CUstream null_stream, unsigned flags) {
  CUstream stream;
  sim_operation *operation;
  if (!sim_is_handle(event, EVENT)) {
    return CUDA_ERROR_INVALID_HANDLE;
  }
  if ((flags & ~(unsigned)CU_EVENT_RECORD_EXTERNAL) != 0) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  CUresult result = sim_resolve(handle, null_stream, &stream);
  if (result == CUDA_SUCCESS && stream->context != event->context) {
    result = CUDA_ERROR_INVALID_HANDLE;
  }
  result = result ?: submit_record(event, stream, &operation);
  if (result != CUDA_SUCCESS) {
    return result;
  }
  sim_drop_operation(&event->operation);
  sim_drop_capture(&event->capture);
  event->operation = operation;
  event->capture = sim_retain_capture(stream->capture);
  return CUDA_SUCCESS;
}

STREAM_CALL(cuEventRecord, _ptsz, (CUevent hEvent, CUstream hStream),
            record(hEvent, hStream, null_stream, 0))
STREAM_CALL(cuEventRecordWithFlags, _ptsz, (CUevent hEvent, CUstream hStream, unsigned int flags),
            record(hEvent, hStream, null_stream, flags))

/* The last record was made by another process. */
static bool is_foreign(CUevent event) {
  return event->remote != NULL && sim_remote_latest(event->remote) != event->own_point;
}

static CUresult wait_in(CUstream stream, CUevent event) {
  sim_operation *operation;
  CUresult result = sim_submit(stream, NULL, NULL, NULL, &operation);
  if (operation != NULL) {
    if (is_foreign(event)) {
      operation->remote = sim_retain_remote(event->remote);
      operation->remote_point = sim_remote_latest(event->remote);
    } else {
      sim_operation_after(operation, event->operation);
    }
  }
  sim_drop_operation(&operation);
  return result;
}

static CUresult stream_wait(CUstream handle, CUstream null_stream, CUevent event, unsigned flags) {
  CUstream stream;
  if (!sim_is_handle(event, EVENT)) {
    return CUDA_ERROR_INVALID_HANDLE;
  }
  if ((flags & ~(unsigned)CU_EVENT_WAIT_EXTERNAL) != 0) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  CUresult result = sim_resolve(handle, null_stream, &stream);
  if (result != CUDA_SUCCESS) {
    return result;
  }
  if (event->capture != NULL) {
    return sim_join_capture(stream, event->capture);
  }
  if (stream->capture != NULL && event->operation != NULL) {
    sim_invalidate(stream->capture);
    return CUDA_ERROR_STREAM_CAPTURE_ISOLATION;
  }
  /* An event never recorded holds nobody up. */
  return event->operation == NULL && !is_foreign(event) ? CUDA_SUCCESS : wait_in(stream, event);
}

STREAM_CALL(cuStreamWaitEvent, _ptsz, (CUstream hStream, CUevent hEvent, unsigned int Flags),
            stream_wait(hStream, null_stream, hEvent, Flags))

static CUresult check_outside(CUevent event) {
  if (!sim_is_handle(event, EVENT)) {
    return CUDA_ERROR_INVALID_HANDLE;
  }
  if (event->capture != NULL) {
    sim_invalidate(event->capture);
    return CUDA_ERROR_CAPTURED_EVENT;
  }
  return sim_check_context(event->context);
}

static CUresult query(CUevent event) {
  CUresult result = check_outside(event);
  if (result != CUDA_SUCCESS) {
    return result;
  }
  if (is_foreign(event)) {
    uint64_t point = sim_remote_latest(event->remote);
    if (!sim_remote_is_done(event->remote, point)) {
      sim_remote_demand(event->remote, point);
    }
    return sim_remote_is_done(event->remote, point) ? CUDA_SUCCESS : CUDA_ERROR_NOT_READY;
  }
  result = sim_query(event->operation);
  return result == CUDA_SUCCESS ? event->context->sticky : result;
}

CUresult cuEventQuery(CUevent hEvent) { return CALL(NEEDS_NO_CAPTURE, query(hEvent)); }

static CUresult synchronize(CUevent event) {
  CUresult result = check_outside(event);
  if (result != CUDA_SUCCESS) {
    return result;
  }
  if (is_foreign(event)) {
    sim_remote *remote = event->remote;
    uint64_t point = sim_remote_latest(remote);
    while (!sim_remote_is_done(remote, point)) {
      sim_remote_demand(remote, point);
    }
  } else {
    sim_force(event->operation);
  }
  return event->context->sticky;
}

CUresult cuEventSynchronize(CUevent hEvent) { return CALL(NEEDS_NO_CAPTURE, synchronize(hEvent)); }

static CUresult elapsed(float *milliseconds, CUevent start, CUevent end) {
  CUresult result = check_outside(start) ?: check_outside(end);
  if (result != CUDA_SUCCESS) {
    return result;
  }
  if (milliseconds == NULL) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  if (((start->flags | end->flags) & CU_EVENT_DISABLE_TIMING) || start->operation == NULL ||
      end->operation == NULL) {
    return CUDA_ERROR_INVALID_HANDLE;
  }
  if (!start->operation->done || !end->operation->done) {
    return CUDA_ERROR_NOT_READY;
  }
  *milliseconds = (float)(end->operation->ran_at - start->operation->ran_at);
  return CUDA_SUCCESS;
}

CUresult cuEventElapsedTime(float *pMilliseconds, CUevent hStart, CUevent hEnd) {
  return CALL(NEEDS_CONTEXT, elapsed(pMilliseconds, hStart, hEnd));
}
CUresult cuEventElapsedTime_v2(float *pMilliseconds, CUevent hStart, CUevent hEnd) {
  return CALL(NEEDS_CONTEXT, elapsed(pMilliseconds, hStart, hEnd));
}
