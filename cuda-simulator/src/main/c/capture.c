#include "sim.h"

#include <stdlib.h>

/*
 * As much of stream capture as a program sees that runs beside one: who captures, what that forbids,
 * how it is invalidated. The graph that comes of it can only be destroyed.
 */
struct CUgraph_st {
  size_t operations;
};

static sim_capture *captures; /* those begun and not yet ended */
static __thread CUstreamCaptureMode thread_mode = CU_STREAM_CAPTURE_MODE_GLOBAL;

sim_capture *sim_retain_capture(sim_capture *capture) {
  if (capture != NULL) {
    capture->references++;
  }
  return capture;
}

static void forget(sim_capture *capture) {
  sim_capture **link = &captures;
  while (*link != NULL && *link != capture) {
    link = &(*link)->next;
  }
  if (*link != NULL) {
    *link = capture->next;
  }
}

void sim_drop_capture(sim_capture **capture) {
  sim_capture *dropped = *capture;
  *capture = NULL;
  if (dropped != NULL && --dropped->references == 0) {
    /* Never ended, if its stream was destroyed first. */
    if (dropped->origin != NULL) {
      forget(dropped);
      sim_free_handle(dropped->graph);
    }
    free(dropped);
  }
}

void sim_invalidate(sim_capture *capture) { capture->invalidated = true; }

/* An operation of the legacy stream would come between those of every blocking stream. */
static bool would_bind_capture(CUstream stream) {
  CUcontext context = stream->context;
  if (stream != context->legacy) {
    return false;
  }
  for (CUstream other = context->streams; other != NULL; other = other->next) {
    if (other->capture != NULL && sim_is_blocking(other)) {
      return true;
    }
  }
  return false;
}

CUresult sim_capture_check(CUstream stream) {
  if (would_bind_capture(stream)) {
    for (CUstream other = stream->context->streams; other != NULL; other = other->next) {
      if (other->capture != NULL && sim_is_blocking(other)) {
        sim_invalidate(other->capture);
      }
    }
    return CUDA_ERROR_STREAM_CAPTURE_IMPLICIT;
  }
  if (stream->capture != NULL && stream->capture->invalidated) {
    return CUDA_ERROR_STREAM_CAPTURE_INVALIDATED;
  }
  return CUDA_SUCCESS;
}

CUresult sim_refuse_captured(CUstream stream) {
  CUresult result = sim_capture_check(stream);
  if (result == CUDA_SUCCESS && stream->capture != NULL) {
    sim_invalidate(stream->capture);
    result = CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
  }
  return result;
}

static bool forbids_unsafe_calls(const sim_capture *capture) {
  if (thread_mode == CU_STREAM_CAPTURE_MODE_RELAXED) {
    return false;
  }
  if (capture->thread == sim_thread()) {
    return capture->mode != CU_STREAM_CAPTURE_MODE_RELAXED;
  }
  return capture->mode == CU_STREAM_CAPTURE_MODE_GLOBAL &&
         thread_mode == CU_STREAM_CAPTURE_MODE_GLOBAL;
}

CUresult sim_unsafe_call(void) {
  CUresult result = CUDA_SUCCESS;
  for (sim_capture *capture = captures; capture != NULL; capture = capture->next) {
    if (forbids_unsafe_calls(capture)) {
      sim_invalidate(capture);
      result = CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
    }
  }
  return result;
}

CUresult sim_join_capture(CUstream stream, sim_capture *capture) {
  if (stream->capture == capture) {
    return sim_capture_check(stream);
  }
  if (stream->capture != NULL) {
    sim_invalidate(stream->capture);
    sim_invalidate(capture);
    return CUDA_ERROR_STREAM_CAPTURE_MERGE;
  }
  if (stream == stream->context->legacy) {
    sim_invalidate(capture);
    return CUDA_ERROR_STREAM_CAPTURE_IMPLICIT;
  }
  /* An event of a capture that has ended belongs to no order that a stream could join. */
  if (capture->origin == NULL) {
    return CUDA_ERROR_CAPTURED_EVENT;
  }
  stream->capture = sim_retain_capture(capture);
  return CUDA_SUCCESS;
}

static CUresult begin(CUstream handle, CUstream null_stream, CUstreamCaptureMode mode) {
  static uint64_t ids;
  CUstream stream;
  CUresult result = sim_resolve(handle, null_stream, &stream);
  if (result != CUDA_SUCCESS) {
    return result;
  }
  if ((unsigned)mode > CU_STREAM_CAPTURE_MODE_RELAXED) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  if (stream == stream->context->legacy) {
    return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
  }
  if (stream->capture != NULL) {
    return CUDA_ERROR_ILLEGAL_STATE;
  }
  sim_capture *capture = calloc(1, sizeof(*capture));
  CUgraph graph = sim_new_handle(GRAPH, sizeof(*graph));
  if (capture == NULL || graph == NULL) {
    free(capture);
    return CUDA_ERROR_OUT_OF_MEMORY;
  }
  *capture = (sim_capture){.id = ++ids, .mode = mode, .origin = stream, .thread = sim_thread(),
                           .references = 1, .graph = graph, .next = captures};
  captures = capture;
  stream->capture = capture;
  return CUDA_SUCCESS;
}

STREAM_CALL(cuStreamBeginCapture_v2, _ptsz, (CUstream hStream, CUstreamCaptureMode mode),
            begin(hStream, null_stream, mode))

/* All its streams go on without it, whether they came back to the origin or not. */
static void leave_streams(CUcontext context, sim_capture *capture) {
  for (CUstream stream = context->streams; stream != NULL; stream = stream->next) {
    if (stream->capture == capture) {
      sim_drop_capture(&stream->capture);
    }
  }
}

static CUresult end(CUstream handle, CUstream null_stream, CUgraph *graph) {
  CUstream stream;
  CUresult result = sim_resolve(handle, null_stream, &stream);
  if (result != CUDA_SUCCESS) {
    return result;
  }
  sim_capture *capture = stream->capture;
  if (graph == NULL) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  *graph = NULL;
  if (capture == NULL) {
    return CUDA_ERROR_ILLEGAL_STATE;
  }
  if (capture->origin != stream) {
    return CUDA_ERROR_STREAM_CAPTURE_UNMATCHED;
  }
  if (capture->mode != CU_STREAM_CAPTURE_MODE_RELAXED && capture->thread != sim_thread()) {
    return CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD;
  }
  sim_capture *held = sim_retain_capture(capture);
  forget(capture);
  leave_streams(stream->context, capture);
  capture->origin = NULL;
  if (capture->invalidated) {
    sim_free_handle(capture->graph);
    result = CUDA_ERROR_STREAM_CAPTURE_INVALIDATED;
  } else {
    capture->graph->operations = capture->operations;
    *graph = capture->graph;
  }
  sim_drop_capture(&held);
  return result;
}

STREAM_CALL(cuStreamEndCapture, _ptsz, (CUstream hStream, CUgraph *phGraph),
            end(hStream, null_stream, phGraph))

static CUresult destroy_graph(CUgraph graph) {
  if (!sim_is_handle(graph, GRAPH)) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  sim_free_handle(graph);
  return CUDA_SUCCESS;
}

CUresult cuGraphDestroy(CUgraph hGraph) { return CALL(NEEDS_INIT, destroy_graph(hGraph)); }

/* Asking about the legacy stream harms no capture, yet has no answer while one binds it. */
static CUresult status(CUstream handle, CUstream null_stream, CUstreamCaptureStatus *out,
                       sim_capture **capture) {
  CUstream stream;
  CUresult result = out == NULL ? CUDA_ERROR_INVALID_VALUE
                                : sim_resolve(handle, null_stream, &stream);
  if (result != CUDA_SUCCESS) {
    return result;
  }
  if (would_bind_capture(stream)) {
    return CUDA_ERROR_STREAM_CAPTURE_IMPLICIT;
  }
  *capture = stream->capture;
  *out = *capture == NULL            ? CU_STREAM_CAPTURE_STATUS_NONE
         : (*capture)->invalidated ? CU_STREAM_CAPTURE_STATUS_INVALIDATED
                                     : CU_STREAM_CAPTURE_STATUS_ACTIVE;
  return CUDA_SUCCESS;
}

static CUresult is_capturing(CUstream handle, CUstream null_stream, CUstreamCaptureStatus *out) {
  sim_capture *capture;
  return status(handle, null_stream, out, &capture);
}

STREAM_CALL(cuStreamIsCapturing, _ptsz, (CUstream hStream, CUstreamCaptureStatus *captureStatus),
            is_capturing(hStream, null_stream, captureStatus))

/* Dependencies are not modelled: none are told. Edge data is v3's. */
static CUresult info(CUstream handle, CUstream null_stream, CUstreamCaptureStatus *out,
                     unsigned long long *id, CUgraph *graph, const void **dependencies,
                     size_t *count) {
  sim_capture *capture = NULL;
  CUresult result = status(handle, null_stream, out, &capture);
  if (result != CUDA_SUCCESS || capture == NULL || capture->invalidated) {
    return result;
  }
  if (id != NULL) {
    *id = capture->id;
  }
  if (graph != NULL) {
    *graph = capture->graph;
  }
  if (dependencies != NULL) {
    *dependencies = NULL;
  }
  if (count != NULL) {
    *count = 0;
  }
  return CUDA_SUCCESS;
}

STREAM_CALL(cuStreamGetCaptureInfo_v2, _ptsz,
            (CUstream hStream, CUstreamCaptureStatus *captureStatus_out, unsigned long long *id_out,
             CUgraph *graph_out, const void **dependencies_out, size_t *numDependencies_out),
            info(hStream, null_stream, captureStatus_out, id_out, graph_out, dependencies_out,
                 numDependencies_out))
STREAM_CALL(cuStreamGetCaptureInfo_v3, _ptsz,
            (CUstream hStream, CUstreamCaptureStatus *captureStatus_out, unsigned long long *id_out,
             CUgraph *graph_out, const void **dependencies_out, const void **edgeData_out,
             size_t *numDependencies_out),
            ((void)edgeData_out, info(hStream, null_stream, captureStatus_out, id_out, graph_out,
                                      dependencies_out, numDependencies_out)))

static CUresult exchange_mode(CUstreamCaptureMode *mode) {
  if (mode == NULL || (unsigned)*mode > CU_STREAM_CAPTURE_MODE_RELAXED) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  CUstreamCaptureMode before = thread_mode;
  thread_mode = *mode;
  *mode = before;
  return CUDA_SUCCESS;
}

CUresult cuThreadExchangeStreamCaptureMode(CUstreamCaptureMode *mode) {
  return CALL(NEEDS_INIT, exchange_mode(mode));
}
