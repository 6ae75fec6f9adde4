/* Stream capture, as far as a program sees it that runs beside one. */
#include "driver.h"

#include <pthread.h>
#include <stdlib.h>

static CUstream stream;

static CUstreamCaptureStatus status_of(CUstream asked) {
  CUstreamCaptureStatus status;
  OK(cuStreamIsCapturing(asked, &status));
  return status;
}

static void end_as(CUresult expected) {
  CUgraph graph;
  EXPECT_EQUAL(expected, cuStreamEndCapture(stream, &graph));
  if (expected == CUDA_SUCCESS) {
    OK(cuGraphDestroy(graph));
  }
  EXPECT_EQUAL(CU_STREAM_CAPTURE_STATUS_NONE, status_of(stream));
}

static void begin(CUstreamCaptureMode mode) { OK(cuStreamBeginCapture_v2(stream, mode)); }

static void capturedWorkDoesNotRun(void) {
  CUdeviceptr memory = device_memory(1);
  begin(CU_STREAM_CAPTURE_MODE_GLOBAL);
  OK(cuMemsetD8Async(memory, 1, 1, stream));
  EXPECT_EQUAL(CU_STREAM_CAPTURE_STATUS_ACTIVE, status_of(stream));
  unsigned long long id = 0;
  CUstreamCaptureStatus status;
  OK(cuStreamGetCaptureInfo_v2(stream, &status, &id, NULL, NULL, NULL));
  EXPECT(status == CU_STREAM_CAPTURE_STATUS_ACTIVE && id != 0);
  end_as(CUDA_SUCCESS);
  OK(cuCtxSynchronize());
  EXPECT_EQUAL(CUDASIM_FRESH, peek(memory));
  OK(cuMemFree_v2(memory));
}

static void waitingForACapturingStreamInvalidates(void) {
  begin(CU_STREAM_CAPTURE_MODE_RELAXED);
  EXPECT_EQUAL(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, cuStreamSynchronize(stream));
  EXPECT_EQUAL(CU_STREAM_CAPTURE_STATUS_INVALIDATED, status_of(stream));
  EXPECT_EQUAL(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED, cuStreamQuery(stream));
  end_as(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
}

static CUevent event;
static CUdeviceptr memory;

static CUresult allocate(void) {
  CUdeviceptr more;
  CUresult result = cuMemAlloc_v2(&more, 1);
  return result == CUDA_SUCCESS ? cuMemFree_v2(more) : result;
}
static CUresult query_event(void) { return cuEventQuery(event); }
static CUresult record_on_legacy(void) { return cuEventRecord(event, NULL); }
static CUresult set_on_legacy(void) { return cuMemsetD8_v2(memory, 1, 1); }
static CUresult synchronize_all(void) { return cuCtxSynchronize(); }
static CUresult ask_about_legacy(void) {
  CUstreamCaptureStatus status;
  return cuStreamIsCapturing(NULL, &status);
}
static CUresult ask_attributes(void) {
  unsigned type;
  return cuPointerGetAttribute(&type, CU_POINTER_ATTRIBUTE_MEMORY_TYPE, memory);
}

typedef struct {
  CUresult (*call)(void);
  CUstreamCaptureMode own_mode;
  CUresult result;
} other_thread;

static void *call_elsewhere(void *argument) {
  other_thread *other = argument;
  CUstreamCaptureMode mode = other->own_mode;
  use_device(0);
  OK(cuThreadExchangeStreamCaptureMode(&mode));
  EXPECT_EQUAL(CU_STREAM_CAPTURE_MODE_GLOBAL, mode);
  other->result = other->call();
  OK(cuDevicePrimaryCtxRelease_v2(0));
  return NULL;
}

enum {
  G = CU_STREAM_CAPTURE_MODE_GLOBAL,
  T = CU_STREAM_CAPTURE_MODE_THREAD_LOCAL,
  R = CU_STREAM_CAPTURE_MODE_RELAXED
};

/* What a reaper, say, may do on a thread of its own while a program captures on another. */
static void anotherThreadMayDoWhatTheTableSays(void) {
  static const struct {
    const char *name;
    CUresult (*call)(void);
    int capture, own;
    CUresult expected;
    bool invalidates;
  } TABLE[] = {
      {"allocate G G", allocate, G, G, CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, true},
      {"allocate G T", allocate, G, T, CUDA_SUCCESS, false},
      {"allocate G R", allocate, G, R, CUDA_SUCCESS, false},
      {"allocate T G", allocate, T, G, CUDA_SUCCESS, false},
      {"allocate R G", allocate, R, G, CUDA_SUCCESS, false},
      {"query G G", query_event, G, G, CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, true},
      {"query G T", query_event, G, T, CUDA_SUCCESS, false},
      {"synchronize G G", synchronize_all, G, G, CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, true},
      {"record on legacy G R", record_on_legacy, G, R, CUDA_ERROR_STREAM_CAPTURE_IMPLICIT, true},
      {"record on legacy R R", record_on_legacy, R, R, CUDA_ERROR_STREAM_CAPTURE_IMPLICIT, true},
      {"set on legacy T G", set_on_legacy, T, G, CUDA_ERROR_STREAM_CAPTURE_IMPLICIT, true},
      {"ask about legacy G G", ask_about_legacy, G, G, CUDA_ERROR_STREAM_CAPTURE_IMPLICIT, false},
      {"attributes G G", ask_attributes, G, G, CUDA_SUCCESS, false},
  };
  event = new_event();
  memory = device_memory(1);
  for (size_t i = 0; i < sizeof(TABLE) / sizeof(*TABLE); i++) {
    puts(TABLE[i].name);
    OK(cuEventRecord(event, NULL));
    OK(cuCtxSynchronize());
    other_thread other = {.call = TABLE[i].call, .own_mode = (CUstreamCaptureMode)TABLE[i].own};
    pthread_t thread;
    begin((CUstreamCaptureMode)TABLE[i].capture);
    pthread_create(&thread, NULL, call_elsewhere, &other);
    pthread_join(thread, NULL);
    EXPECT_EQUAL(TABLE[i].expected, other.result);
    end_as(TABLE[i].invalidates ? CUDA_ERROR_STREAM_CAPTURE_INVALIDATED : CUDA_SUCCESS);
  }
  OK(cuMemFree_v2(memory));
  OK(cuEventDestroy_v2(event));
}

static void aNonBlockingCaptureDoesNotBindTheLegacyStream(void) {
  CUstream free_one = new_stream(CU_STREAM_NON_BLOCKING);
  CUgraph graph;
  event = new_event();
  OK(cuStreamBeginCapture_v2(free_one, CU_STREAM_CAPTURE_MODE_RELAXED));
  OK(cuEventRecord(event, NULL));
  OK(cuStreamEndCapture(free_one, &graph));
  OK(cuGraphDestroy(graph));
  OK(cuEventDestroy_v2(event));
  OK(cuStreamDestroy_v2(free_one));
}

static void aCapturedEventSpreadsTheCaptureAndCannotBeQueried(void) {
  CUstream side = new_stream(CU_STREAM_NON_BLOCKING);
  event = new_event();
  begin(CU_STREAM_CAPTURE_MODE_RELAXED);
  OK(cuEventRecord(event, stream));
  OK(cuStreamWaitEvent(side, event, 0));
  EXPECT_EQUAL(CU_STREAM_CAPTURE_STATUS_ACTIVE, status_of(side));
  OK(cuEventRecord(event, side));
  OK(cuStreamWaitEvent(stream, event, 0));
  CUgraph graph;
  EXPECT_EQUAL(CUDA_ERROR_STREAM_CAPTURE_UNMATCHED, cuStreamEndCapture(side, &graph));
  end_as(CUDA_SUCCESS);
  EXPECT_EQUAL(CU_STREAM_CAPTURE_STATUS_NONE, status_of(side));
  EXPECT_EQUAL(CUDA_ERROR_CAPTURED_EVENT, cuEventQuery(event));
  OK(cuEventRecord(event, side));
  OK(cuEventSynchronize(event));
  OK(cuEventDestroy_v2(event));
  OK(cuStreamDestroy_v2(side));
}

static void aCaptureCannotDependOnWorkOutside(void) {
  event = new_event();
  OK(cuEventRecord(event, NULL));
  begin(CU_STREAM_CAPTURE_MODE_RELAXED);
  EXPECT_EQUAL(CUDA_ERROR_STREAM_CAPTURE_ISOLATION, cuStreamWaitEvent(stream, event, 0));
  end_as(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
  OK(cuEventDestroy_v2(event));
}

static void theDefaultStreamsCaptureOnlyIfPerThread(void) {
  CUgraph graph;
  EXPECT_EQUAL(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, cuStreamBeginCapture_v2(NULL, CU_STREAM_CAPTURE_MODE_RELAXED));
  OK(cuStreamBeginCapture_v2(CU_STREAM_PER_THREAD, CU_STREAM_CAPTURE_MODE_RELAXED));
  OK(cuStreamEndCapture(CU_STREAM_PER_THREAD, &graph));
  OK(cuGraphDestroy(graph));
  EXPECT_EQUAL(CUDA_ERROR_ILLEGAL_STATE, cuStreamEndCapture(stream, &graph));
}

static void aStreamDestroyedInItsCaptureLeavesNothing(void) {
  CUstream lost = new_stream(0);
  OK(cuStreamBeginCapture_v2(lost, CU_STREAM_CAPTURE_MODE_GLOBAL));
  OK(cuStreamDestroy_v2(lost));
  OK(allocate());
}

int main(void) {
  use_device(0);
  stream = new_stream(CU_STREAM_DEFAULT);
  RUN(capturedWorkDoesNotRun);
  RUN(waitingForACapturingStreamInvalidates);
  RUN(anotherThreadMayDoWhatTheTableSays);
  RUN(aNonBlockingCaptureDoesNotBindTheLegacyStream);
  RUN(aCapturedEventSpreadsTheCaptureAndCannotBeQueried);
  RUN(aCaptureCannotDependOnWorkOutside);
  RUN(theDefaultStreamsCaptureOnlyIfPerThread);
  RUN(aStreamDestroyedInItsCaptureLeavesNothing);
  OK(cuDevicePrimaryCtxRelease_v2(0));
  return 0;
}
