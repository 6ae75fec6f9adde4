/* Many threads at once: nothing is lost, nothing left. For the thread sanitizer above all. */
#include "driver.h"

#include <pthread.h>
#include <stdint.h>

enum { THREADS = 8, ROUNDS = 300 };

static void *work(void *argument) {
  unsigned char own = (unsigned char)(1 + (uintptr_t)argument);
  use_device((int)((uintptr_t)argument % 2));
  CUstream stream = new_stream(CU_STREAM_NON_BLOCKING);
  CUevent event = new_event();
  for (int i = 0; i < ROUNDS; i++) {
    CUdeviceptr memory = device_memory(16), ordered;
    unsigned char found[16];
    OK(cuMemAllocAsync(&ordered, 16, stream));
    OK(cuMemsetD8Async(memory, own, 16, stream));
    OK(cuMemcpyDtoDAsync_v2(ordered, memory, 16, stream));
    OK(cuEventRecord(event, stream));
    OK(cuStreamWaitEvent(CU_STREAM_PER_THREAD, event, 0));
    OK(cuMemcpyDtoHAsync_v2(found, ordered, 16, CU_STREAM_PER_THREAD));
    EXPECT_EQUAL(own, found[15]);
    OK(cuMemFreeAsync(ordered, CU_STREAM_PER_THREAD));
    OK(cuMemFree_v2(memory));
  }
  OK(cuStreamDestroy_v2(stream));
  OK(cuEventDestroy_v2(event));
  return NULL;
}

static void threadsDoNotDisturbEachOther(void) {
  pthread_t threads[THREADS];
  for (uintptr_t i = 0; i < THREADS; i++) {
    EXPECT_EQUAL(0, pthread_create(&threads[i], NULL, work, (void *)i));
  }
  for (int i = 0; i < THREADS; i++) {
    EXPECT_EQUAL(0, pthread_join(threads[i], NULL));
  }
  OK(cudasim_run_all());
  EXPECT_EQUAL(0, COUNT(LIVE_ALLOCATIONS));
  EXPECT_EQUAL(0, COUNT(LIVE_STREAMS));
  EXPECT_EQUAL(0, COUNT(USES_AFTER_FREE));
}

int main(void) {
  use_device(0);
  RUN(threadsDoNotDisturbEachOther);
  OK(cuDevicePrimaryCtxReset_v2(0));
  OK(cuDevicePrimaryCtxReset_v2(1));
  return 0;
}
