/* Errors on purpose, their names, and functions found by name. */
#include "driver.h"

#include <pthread.h>

static void theNthCallFailsOnceWithoutDoingAnything(void) {
  CUdeviceptr memory;
  cudasim_fail("cuMemAlloc_v2", 2, CUDA_ERROR_OUT_OF_MEMORY);
  OK(cuMemAlloc_v2(&memory, 1));
  OK(cuMemFree_v2(memory));
  EXPECT_EQUAL(CUDA_ERROR_OUT_OF_MEMORY, cuMemAlloc_v2(&memory, 1));
  EXPECT_EQUAL(0, COUNT(LIVE_ALLOCATIONS));
  OK(cuMemAlloc_v2(&memory, 1));
  OK(cuMemFree_v2(memory));
}

static void aStickyErrorSticksUntilTheContextIsReset(void) {
  CUdeviceptr memory;
  CUevent event = new_event();
  OK(cuEventRecord(event, NULL));
  cudasim_fail("cuEventQuery", 1, CUDA_ERROR_ILLEGAL_ADDRESS);
  EXPECT_EQUAL(CUDA_ERROR_ILLEGAL_ADDRESS, cuEventQuery(event));
  EXPECT_EQUAL(CUDA_ERROR_ILLEGAL_ADDRESS, cuEventQuery(event));
  EXPECT_EQUAL(CUDA_ERROR_ILLEGAL_ADDRESS, cuMemAlloc_v2(&memory, 1));
  EXPECT_EQUAL(CUDA_ERROR_ILLEGAL_ADDRESS, cuCtxSynchronize());
  OK(cuDevicePrimaryCtxReset_v2(0));
  use_device(0);
  OK(cuEventCreate(&event, 0));
  OK(cuEventDestroy_v2(event));
}

static void anOperationThatFailsIsReportedByWhoWaits(void) {
  CUdeviceptr memory = device_memory(1);
  cudasim_fail("operation", 2, CUDA_ERROR_LAUNCH_FAILED);
  OK(cuMemsetD8_v2(memory, 1, 1));
  OK(cuMemsetD8_v2(memory, 2, 1));
  OK(cuMemsetD8_v2(memory, 3, 1));
  EXPECT_EQUAL(CUDA_ERROR_LAUNCH_FAILED, cuStreamSynchronize(NULL));
  EXPECT_EQUAL(1, peek(memory)); /* neither the failed one nor those after it */
  EXPECT_EQUAL(0, COUNT(OPERATIONS_PENDING));
  OK(cuDevicePrimaryCtxReset_v2(0));
  use_device(0);
}

static void clearedFaultsDoNotHappen(void) {
  int count;
  cudasim_fail("cuDeviceGetCount", 1, CUDA_ERROR_UNKNOWN);
  cudasim_clear_faults();
  OK(cuDeviceGetCount(&count));
}

static void *count_devices(void *count) {
  OK(cuDeviceGetCount(count));
  return NULL;
}

static void aCallThatIsHeldDoesNothingUntilItIsLetGo(void) {
  int count = -1, other;
  pthread_t thread;
  cudasim_hold("cuDeviceGetCount", 2);
  EXPECT_EQUAL(CUDA_ERROR_NOT_READY, cudasim_await_held(1));
  OK(cuDeviceGetCount(&other));
  EXPECT_EQUAL(0, pthread_create(&thread, NULL, count_devices, &count));
  OK(cudasim_await_held(60000));
  OK(cuDeviceGetCount(&other)); /* only that one is */
  EXPECT_EQUAL(-1, count);
  cudasim_let_go();
  EXPECT_EQUAL(0, pthread_join(thread, NULL));
  EXPECT_EQUAL(other, count);
}

static void aHoldIsTakenBack(void) {
  int count;
  cudasim_hold("cuDeviceGetCount", 1);
  cudasim_let_go();
  OK(cuDeviceGetCount(&count));
}

/* The last one, as the driver does not come back. */
static void afterTheEndEveryCallSaysSo(void) {
  const char *text;
  CUdeviceptr memory;
  cudasim_deinitialize();
  EXPECT_EQUAL(CUDA_ERROR_DEINITIALIZED, cuMemAlloc_v2(&memory, 1));
  EXPECT_EQUAL(CUDA_ERROR_DEINITIALIZED, cuCtxSynchronize());
  EXPECT_EQUAL(CUDA_ERROR_DEINITIALIZED, cuCtxPushCurrent_v2(NULL));
  OK(cuGetErrorName(CUDA_ERROR_DEINITIALIZED, &text));
}

static void callsAreCountedByName(void) {
  int count;
  uint64_t before = cudasim_calls("cuDeviceGetCount");
  OK(cuDeviceGetCount(&count));
  OK(cuDeviceGetCount(&count));
  EXPECT_EQUAL(before + 2, cudasim_calls("cuDeviceGetCount"));
  EXPECT_EQUAL(0, cudasim_calls("cuNothing"));
}

static void errorsHaveNamesAndTexts(void) {
  const char *text;
  OK(cuGetErrorName(CUDA_ERROR_ILLEGAL_ADDRESS, &text));
  EXPECT_EQUAL(0, strcmp("CUDA_ERROR_ILLEGAL_ADDRESS", text));
  OK(cuGetErrorString(CUDA_ERROR_ILLEGAL_ADDRESS, &text));
  EXPECT(text[0] != '\0');
  EXPECT_EQUAL(CUDA_ERROR_INVALID_VALUE, cuGetErrorName((CUresult)12345, &text));
  EXPECT(text == NULL);
}

static void *find(const char *name, int version, unsigned long long flags) {
  void *found = NULL;
  int status = 9;
  OK(cuGetProcAddress_v2(name, &found, version, flags, &status));
  EXPECT_EQUAL(found == NULL, status);
  return found;
}

static void functionsAreFoundByNameVersionAndDefaultStream(void) {
  EXPECT(find("cuMemAlloc", 12000, 0) == (void *)(uintptr_t)cuMemAlloc_v2);
  EXPECT(find("cuMemAlloc_v2", 12000, 0) == (void *)(uintptr_t)cuMemAlloc_v2);
  EXPECT(find("cuStreamQuery", 12000, 0) == (void *)(uintptr_t)cuStreamQuery);
  EXPECT(find("cuStreamQuery", 12000, 2) == (void *)(uintptr_t)cuStreamQuery_ptsz);
  EXPECT(find("cuMemcpyDtoH", 12000, 2) == (void *)(uintptr_t)cuMemcpyDtoH_v2_ptds);
  EXPECT(find("cuStreamGetCaptureInfo", 12000, 0) ==
         (void *)(uintptr_t)cuStreamGetCaptureInfo_v2);
  EXPECT(find("cuStreamGetCaptureInfo", 13000, 0) ==
         (void *)(uintptr_t)cuStreamGetCaptureInfo_v3);
  EXPECT(find("cuNothing", 12000, 0) == NULL);
}

int main(void) {
  use_device(0);
  RUN(theNthCallFailsOnceWithoutDoingAnything);
  RUN(aStickyErrorSticksUntilTheContextIsReset);
  RUN(anOperationThatFailsIsReportedByWhoWaits);
  RUN(clearedFaultsDoNotHappen);
  RUN(callsAreCountedByName);
  RUN(errorsHaveNamesAndTexts);
  RUN(functionsAreFoundByNameVersionAndDefaultStream);
  RUN(aCallThatIsHeldDoesNothingUntilItIsLetGo);
  RUN(aHoldIsTakenBack);
  OK(cuDevicePrimaryCtxReset_v2(0));
  RUN(afterTheEndEveryCallSaysSo);
  return 0;
}
