/* Which work comes before which, seen by what is done when only some of it was forced. */
#include "driver.h"

#include <pthread.h>
#include <stdint.h>

enum { TIMES = 2000 };

static void aMissingWaitIsSeenEveryTime(void) {
  CUstream producer = new_stream(CU_STREAM_NON_BLOCKING), consumer = new_stream(CU_STREAM_NON_BLOCKING);
  CUdeviceptr from = device_memory(64), to = device_memory(64);
  int seen = 0;
  for (int i = 0; i < TIMES; i++) {
    unsigned char old = (unsigned char)(i & 63), wanted = old + 1, found = 0;
    OK(cudasim_poke(from, &old, 1));
    OK(cuMemsetD8Async(from, wanted, 64, producer));
    OK(cuMemcpyDtoDAsync_v2(to, from, 64, consumer)); /* without waiting for the producer */
    OK(cuMemcpyDtoHAsync_v2(&found, to, 1, consumer));
    seen += found != wanted;
    OK(cuStreamSynchronize(producer));
  }
  EXPECT_EQUAL(TIMES, seen);
  OK(cuStreamDestroy_v2(producer));
  OK(cuStreamDestroy_v2(consumer));
  OK(cuMemFree_v2(from));
  OK(cuMemFree_v2(to));
}

static void aWaitForTheProducersEventIsEnoughEveryTime(void) {
  CUstream producer = new_stream(CU_STREAM_NON_BLOCKING), consumer = new_stream(CU_STREAM_NON_BLOCKING);
  CUdeviceptr from = device_memory(64), to = device_memory(64);
  CUevent ready = new_event();
  for (int i = 0; i < TIMES; i++) {
    unsigned char wanted = (unsigned char)(1 + (i & 63)), found = 0;
    OK(cuMemsetD8Async(from, wanted, 64, producer));
    OK(cuEventRecord(ready, producer));
    OK(cuStreamWaitEvent(consumer, ready, 0));
    OK(cuMemcpyDtoDAsync_v2(to, from, 64, consumer));
    OK(cuMemcpyDtoHAsync_v2(&found, to, 1, consumer));
    EXPECT_EQUAL(wanted, found);
  }
  OK(cuEventDestroy_v2(ready));
  OK(cuStreamDestroy_v2(producer));
  OK(cuStreamDestroy_v2(consumer));
  OK(cuMemFree_v2(from));
  OK(cuMemFree_v2(to));
}

static void anEventRecordedTooEarlyIsNotEnough(void) {
  CUstream producer = new_stream(CU_STREAM_NON_BLOCKING), consumer = new_stream(CU_STREAM_NON_BLOCKING);
  CUdeviceptr from = device_memory(1);
  CUevent early = new_event();
  unsigned char found;
  OK(cuEventRecord(early, producer));
  OK(cuMemsetD8Async(from, 7, 1, producer));
  OK(cuStreamWaitEvent(consumer, early, 0));
  OK(cuMemcpyDtoHAsync_v2(&found, from, 1, consumer));
  EXPECT_EQUAL(CUDASIM_FRESH, found);
  OK(cuStreamDestroy_v2(producer));
  OK(cuStreamDestroy_v2(consumer));
  OK(cuEventDestroy_v2(early));
  OK(cuMemFree_v2(from));
}

static void aWaitMeansTheRecordAtItsTimeNotALaterOne(void) {
  CUstream a = new_stream(CU_STREAM_NON_BLOCKING), b = new_stream(CU_STREAM_NON_BLOCKING);
  CUdeviceptr one = device_memory(1), two = device_memory(1);
  CUevent event = new_event();
  OK(cuMemsetD8Async(one, 1, 1, a));
  OK(cuEventRecord(event, a));
  OK(cuStreamWaitEvent(b, event, 0));
  OK(cuMemsetD8Async(two, 2, 1, a));
  OK(cuEventRecord(event, a));
  OK(cuStreamSynchronize(b));
  EXPECT_EQUAL(1, peek(one));
  EXPECT_EQUAL(CUDASIM_FRESH, peek(two));
  OK(cuEventSynchronize(event));
  EXPECT_EQUAL(2, peek(two));
  OK(cuEventDestroy_v2(event));
  OK(cuStreamDestroy_v2(a));
  OK(cuStreamDestroy_v2(b));
  OK(cuMemFree_v2(one));
  OK(cuMemFree_v2(two));
}

static CUstream blocking, non_blocking;

static CUstream stream_named(char name) {
  switch (name) {
  case 'L':
    return CU_STREAM_LEGACY;
  case 'P':
    return CU_STREAM_PER_THREAD;
  case 'B':
    return blocking;
  default:
    return non_blocking;
  }
}

/* L legacy, P per-thread, B blocking, N non-blocking: forcing the second runs the first too, or not. */
static void theDefaultStreamsOrderAsTheTableSays(void) {
  static const struct {
    const char *streams;
    bool ordered;
  } TABLE[] = {{"LL", true},  {"LP", true},  {"LB", true},  {"LN", false}, {"PL", true},
               {"PP", true},  {"PB", false}, {"PN", false}, {"BL", true},  {"BP", false},
               {"BB", true},  {"BN", false}, {"NL", false}, {"NP", false}, {"NB", false},
               {"NN", true}};
  blocking = new_stream(CU_STREAM_DEFAULT);
  non_blocking = new_stream(CU_STREAM_NON_BLOCKING);
  for (size_t i = 0; i < sizeof(TABLE) / sizeof(*TABLE); i++) {
    CUstream first = stream_named(TABLE[i].streams[0]), second = stream_named(TABLE[i].streams[1]);
    CUdeviceptr a = device_memory(1), b = device_memory(1);
    puts(TABLE[i].streams);
    OK(cuMemsetD8Async(a, 1, 1, first));
    OK(cuMemsetD8Async(b, 2, 1, second));
    OK(cuStreamSynchronize(second));
    EXPECT_EQUAL(2, peek(b));
    EXPECT_EQUAL(TABLE[i].ordered ? 1 : CUDASIM_FRESH, peek(a));
    OK(cudasim_run_all());
    OK(cuMemFree_v2(a));
    OK(cuMemFree_v2(b));
  }
  OK(cuStreamDestroy_v2(blocking));
  OK(cuStreamDestroy_v2(non_blocking));
}

/* An event on the legacy stream is how work of unknown blocking streams is waited for. */
static void anEventOnTheLegacyStreamComesAfterEveryBlockingStream(void) {
  CUstream a = new_stream(CU_STREAM_DEFAULT), n = new_stream(CU_STREAM_NON_BLOCKING);
  CUdeviceptr memory = device_memory(3);
  CUevent event = new_event();
  OK(cuMemsetD8Async(memory, 1, 1, a));
  OK(cuMemsetD8Async(memory + 1, 2, 1, CU_STREAM_PER_THREAD));
  OK(cuMemsetD8Async(memory + 2, 3, 1, n));
  OK(cuStreamDestroy_v2(a)); /* its work is still before the event */
  OK(cuEventRecord(event, NULL));
  OK(cuEventSynchronize(event));
  EXPECT_EQUAL(1, peek(memory));
  EXPECT_EQUAL(2, peek(memory + 1));
  EXPECT_EQUAL(CUDASIM_FRESH, peek(memory + 2));
  OK(cuCtxSynchronize());
  EXPECT_EQUAL(3, peek(memory + 2));
  OK(cuStreamDestroy_v2(n));
  OK(cuEventDestroy_v2(event));
  OK(cuMemFree_v2(memory));
}

static void *set_in_per_thread_stream(void *memory) {
  use_device(0);
  OK(cuMemsetD8Async((CUdeviceptr)(uintptr_t)memory, 9, 1, CU_STREAM_PER_THREAD));
  OK(cuDevicePrimaryCtxRelease_v2(0));
  return NULL;
}

static void anotherThreadsDefaultStreamIsAnotherStreamAndOutlivesIt(void) {
  CUdeviceptr memory = device_memory(1);
  pthread_t thread;
  pthread_create(&thread, NULL, set_in_per_thread_stream, (void *)(uintptr_t)memory);
  pthread_join(thread, NULL);
  OK(cuStreamSynchronize(CU_STREAM_PER_THREAD));
  EXPECT_EQUAL(CUDASIM_FRESH, peek(memory));
  OK(cuStreamSynchronize(CU_STREAM_LEGACY));
  EXPECT_EQUAL(9, peek(memory));
  OK(cuMemFree_v2(memory));
}

static void ptszMeansTheThreadsOwnStreamByNull(void) {
  CUstream stream = new_stream(CU_STREAM_DEFAULT);
  CUdeviceptr memory = device_memory(1);
  OK(cuMemsetD8Async(memory, 1, 1, stream));
  OK(cuStreamSynchronize_ptsz(NULL));
  EXPECT_EQUAL(CUDASIM_FRESH, peek(memory));
  OK(cuStreamSynchronize(NULL));
  EXPECT_EQUAL(1, peek(memory));
  OK(cuStreamDestroy_v2(stream));
  OK(cuMemFree_v2(memory));
}

static void aQueryIsNotReadyFirstAndThenLetsTheWorkRun(void) {
  CUstream stream = new_stream(CU_STREAM_NON_BLOCKING);
  CUdeviceptr memory = device_memory(1);
  CUevent event = new_event();
  OK(cuEventQuery(event)); /* never recorded */
  OK(cuMemsetD8Async(memory, 1, 1, stream));
  OK(cuEventRecord(event, stream));
  EXPECT_EQUAL(CUDA_ERROR_NOT_READY, cuEventQuery(event));
  EXPECT_EQUAL(CUDASIM_FRESH, peek(memory));
  OK(cuEventQuery(event));
  EXPECT_EQUAL(1, peek(memory));
  OK(cuStreamQuery(stream));
  cudasim_set_patience(3);
  OK(cuEventRecord(event, stream));
  for (int i = 0; i < 3; i++) {
    EXPECT_EQUAL(CUDA_ERROR_NOT_READY, cuEventQuery(event));
  }
  OK(cuEventQuery(event));
  cudasim_set_patience(1);
  OK(cuEventDestroy_v2(event));
  OK(cuStreamDestroy_v2(stream));
  OK(cuMemFree_v2(memory));
}

static void pageableMemoryIsStagedAndPinnedMemoryIsReadWhenItRuns(void) {
  CUstream stream = new_stream(CU_STREAM_NON_BLOCKING);
  CUdeviceptr memory = device_memory(2);
  unsigned char pageable = 1, *pinned, found = 0;
  OK(cuMemAllocHost_v2((void **)&pinned, 2));
  pinned[0] = 1;
  OK(cuMemcpyHtoDAsync_v2(memory, &pageable, 1, stream));
  OK(cuMemcpyHtoDAsync_v2(memory + 1, pinned, 1, stream));
  pageable = pinned[0] = 2;
  EXPECT_EQUAL(CUDASIM_FRESH, peek(memory));
  OK(cuMemcpyDtoHAsync_v2(pinned + 1, memory, 1, stream));
  EXPECT_EQUAL(CUDASIM_FRESH, pinned[1]); /* to pinned memory nothing is waited for */
  OK(cuMemcpyDtoHAsync_v2(&found, memory + 1, 1, stream));
  EXPECT_EQUAL(1, peek(memory));
  EXPECT_EQUAL(1, pinned[1]);
  EXPECT_EQUAL(2, found);
  OK(cuMemFreeHost(pinned));
  OK(cuStreamDestroy_v2(stream));
  OK(cuMemFree_v2(memory));
}

static void aSynchronousCopyBetweenDevicesIsNotWaitedFor(void) {
  CUdeviceptr from = device_memory(1), to = device_memory(1);
  unsigned char found;
  OK(cuMemsetD8_v2(from, 5, 1));
  OK(cuMemcpyDtoD_v2(to, from, 1));
  EXPECT_EQUAL(CUDASIM_FRESH, peek(to));
  OK(cuMemcpyDtoH_v2(&found, to, 1));
  EXPECT_EQUAL(5, found);
  OK(cuMemFree_v2(from));
  OK(cuMemFree_v2(to));
}

static void managedMemoryShowsTheOldBytesUntilTheHostWaits(void) {
  CUdeviceptr memory;
  OK(cuMemAllocManaged(&memory, 1, CU_MEM_ATTACH_GLOBAL));
  volatile unsigned char *host = (volatile unsigned char *)(uintptr_t)memory;
  *host = 1;
  OK(cuMemsetD8_v2(memory, 2, 1));
  EXPECT_EQUAL(1, *host);
  OK(cuCtxSynchronize());
  EXPECT_EQUAL(2, *host);
  OK(cuMemFree_v2(memory));
}

static CUresult inside;

static void call_the_driver(void *data) {
  CUcontext context;
  inside = cuCtxGetCurrent(&context);
  *(int *)data += 1;
}

static void aHostFunctionRunsInItsPlaceAndMayNotCallTheDriver(void) {
  CUstream stream = new_stream(CU_STREAM_NON_BLOCKING);
  int called = 0;
  OK(cuLaunchHostFunc(stream, call_the_driver, &called));
  EXPECT_EQUAL(0, called);
  OK(cuStreamSynchronize(stream));
  EXPECT_EQUAL(1, called);
  EXPECT_EQUAL(CUDA_ERROR_NOT_PERMITTED, inside);
  OK(cuStreamDestroy_v2(stream));
}

static void aFreedBufferIsPoisonForWorkThatComesLater(void) {
  CUstream stream = new_stream(CU_STREAM_NON_BLOCKING);
  CUdeviceptr to = device_memory(1);
  cudasim_reset_counters();
  for (int i = 0; i < TIMES; i++) {
    CUdeviceptr from = device_memory(1);
    OK(cuMemsetD8Async(from, 1, 1, stream));
    OK(cuStreamSynchronize(stream));
    OK(cuMemcpyDtoDAsync_v2(to, from, 1, stream));
    OK(cuMemFree_v2(from)); /* too early */
    OK(cuStreamSynchronize(stream));
    EXPECT_EQUAL(CUDASIM_POISON, peek(to));
  }
  EXPECT_EQUAL(TIMES, COUNT(USES_AFTER_FREE));
  cudasim_reset_counters();
  OK(cuStreamDestroy_v2(stream));
  OK(cuMemFree_v2(to));
}

static void aLongChainRunsOnceAndInOrder(void) {
  enum { LENGTH = 20000 };
  CUdeviceptr memory = device_memory(4);
  CUstream stream = new_stream(CU_STREAM_DEFAULT);
  cudasim_reset_counters();
  for (unsigned i = 0; i < LENGTH; i++) {
    OK(cuMemsetD32Async(memory, i, 1, stream));
  }
  EXPECT_EQUAL(0, COUNT(OPERATIONS_RUN));
  unsigned found;
  OK(cuMemcpyDtoHAsync_v2(&found, memory, 4, stream));
  EXPECT_EQUAL(LENGTH - 1, found);
  EXPECT_EQUAL(LENGTH + 1, COUNT(OPERATIONS_RUN));
  OK(cuStreamDestroy_v2(stream));
  OK(cuMemFree_v2(memory));
}

static void timeGoesForwardBetweenEvents(void) {
  CUevent start, end;
  float milliseconds = -1;
  OK(cuEventCreate(&start, 0));
  OK(cuEventCreate(&end, 0));
  OK(cuEventRecord(start, NULL));
  OK(cuEventRecord(end, NULL));
  EXPECT_EQUAL(CUDA_ERROR_NOT_READY, cuEventElapsedTime(&milliseconds, start, end));
  OK(cuEventSynchronize(end));
  OK(cuEventElapsedTime(&milliseconds, start, end));
  EXPECT(milliseconds >= 0);
  OK(cuEventDestroy_v2(start));
  OK(cuEventDestroy_v2(end));
}

int main(void) {
  use_device(0);
  RUN(aMissingWaitIsSeenEveryTime);
  RUN(aWaitForTheProducersEventIsEnoughEveryTime);
  RUN(anEventRecordedTooEarlyIsNotEnough);
  RUN(aWaitMeansTheRecordAtItsTimeNotALaterOne);
  RUN(theDefaultStreamsOrderAsTheTableSays);
  RUN(anEventOnTheLegacyStreamComesAfterEveryBlockingStream);
  RUN(anotherThreadsDefaultStreamIsAnotherStreamAndOutlivesIt);
  RUN(ptszMeansTheThreadsOwnStreamByNull);
  RUN(aQueryIsNotReadyFirstAndThenLetsTheWorkRun);
  RUN(pageableMemoryIsStagedAndPinnedMemoryIsReadWhenItRuns);
  RUN(aSynchronousCopyBetweenDevicesIsNotWaitedFor);
  RUN(managedMemoryShowsTheOldBytesUntilTheHostWaits);
  RUN(aHostFunctionRunsInItsPlaceAndMayNotCallTheDriver);
  RUN(aFreedBufferIsPoisonForWorkThatComesLater);
  RUN(aLongChainRunsOnceAndInOrder);
  RUN(timeGoesForwardBetweenEvents);
  EXPECT_EQUAL(0, COUNT(LIVE_ALLOCATIONS));
  EXPECT_EQUAL(0, COUNT(LIVE_STREAMS));
  EXPECT_EQUAL(0, COUNT(LIVE_EVENTS));
  EXPECT_EQUAL(0, COUNT(OPERATIONS_PENDING));
  OK(cuDevicePrimaryCtxRelease_v2(0));
  return 0;
}
