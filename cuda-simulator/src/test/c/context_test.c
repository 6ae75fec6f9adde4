/* Devices and contexts; what a forked child and a sticky error lose. */
#include "driver.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void nothingWorksBeforeInit(void) {
  int count;
  EXPECT_EQUAL(CUDA_ERROR_NOT_INITIALIZED, cuDeviceGetCount(&count));
  OK(cuDriverGetVersion(&count));
  EXPECT_EQUAL(13000, count);
  EXPECT_EQUAL(CUDA_ERROR_INVALID_VALUE, cuInit(1));
  OK(cuInit(0));
  OK(cuInit(0));
}

static void thereAreAsManyDevicesAsAskedForEachWithItsUuid(void) {
  int count, device;
  CUuuid first, second;
  OK(cuDeviceGetCount(&count));
  EXPECT_EQUAL(2, count);
  OK(cuDeviceGet(&device, 1));
  EXPECT_EQUAL(CUDA_ERROR_INVALID_DEVICE, cuDeviceGet(&device, 2));
  OK(cuDeviceGetUuid(&first, 0));
  OK(cuDeviceGetUuid_v2(&second, 1));
  EXPECT(memcmp(&first, &second, sizeof(first)) != 0);
}

static void workWithoutAContextIsRefused(void) {
  CUdeviceptr memory;
  CUcontext context;
  OK(cuCtxGetCurrent(&context));
  EXPECT(context == NULL);
  EXPECT_EQUAL(CUDA_ERROR_INVALID_CONTEXT, cuMemAlloc_v2(&memory, 1));
}

static void aPrimaryContextLivesAsLongAsItIsRetained(void) {
  CUcontext one, two;
  unsigned flags;
  int active;
  OK(cuDevicePrimaryCtxGetState(0, &flags, &active));
  EXPECT_EQUAL(0, active);
  OK(cuDevicePrimaryCtxRetain(&one, 0));
  OK(cuDevicePrimaryCtxRetain(&two, 0));
  EXPECT(one == two);
  OK(cuCtxSetCurrent(one));
  CUdeviceptr memory = device_memory(1);
  OK(cuDevicePrimaryCtxRelease_v2(0));
  OK(cuMemsetD8_v2(memory, 1, 1));
  OK(cuDevicePrimaryCtxRelease_v2(0));
  EXPECT_EQUAL(CUDA_ERROR_CONTEXT_IS_DESTROYED, cuMemsetD8_v2(memory, 1, 1));
  EXPECT_EQUAL(0, COUNT(LIVE_ALLOCATIONS));
  EXPECT_EQUAL(CUDA_ERROR_INVALID_CONTEXT, cuDevicePrimaryCtxRelease_v2(0));
  OK(cuCtxSetCurrent(NULL));
}

static void contextsAreAStack(void) {
  CUcontext first, second, made, found;
  CUdevice device;
  OK(cuDevicePrimaryCtxRetain(&first, 0));
  OK(cuDevicePrimaryCtxRetain(&second, 1));
  OK(cuCtxPushCurrent_v2(first));
  OK(cuCtxPushCurrent_v2(second));
  OK(cuCtxGetDevice(&device));
  EXPECT_EQUAL(1, device);
  OK(cuCtxCreate_v2(&made, 0, 0));
  OK(cuCtxGetCurrent(&found));
  EXPECT(found == made && made != first);
  OK(cuCtxDestroy_v2(made));
  OK(cuCtxPopCurrent_v2(&found));
  EXPECT(found == second);
  OK(cuCtxPopCurrent_v2(&found));
  EXPECT(found == first);
  EXPECT_EQUAL(CUDA_ERROR_INVALID_CONTEXT, cuCtxPopCurrent_v2(&found));
  EXPECT_EQUAL(CUDA_ERROR_INVALID_CONTEXT, cuCtxDestroy_v2(first));
  OK(cuDevicePrimaryCtxRelease_v2(0));
  OK(cuDevicePrimaryCtxRelease_v2(1));
}

static void handlesThatAreNoneAreRefused(void) {
  use_device(0);
  CUstream stream = new_stream(0);
  CUevent event = new_event();
  OK(cuStreamDestroy_v2(stream));
  OK(cuEventDestroy_v2(event));
  EXPECT_EQUAL(CUDA_ERROR_INVALID_HANDLE, cuStreamSynchronize(stream));
  EXPECT_EQUAL(CUDA_ERROR_INVALID_HANDLE, cuStreamDestroy_v2(stream));
  EXPECT_EQUAL(CUDA_ERROR_INVALID_HANDLE, cuEventRecord(event, NULL));
  EXPECT_EQUAL(CUDA_ERROR_INVALID_HANDLE, cuEventQuery((CUevent)0x1234));
  EXPECT_EQUAL(CUDA_ERROR_INVALID_HANDLE, cuStreamQuery((CUstream)0x1234));
  OK(cuDevicePrimaryCtxRelease_v2(0));
}

static void anEventOfAnotherDevicesContextIsNotRecordedButWaitedFor(void) {
  CUstream stream;
  CUevent event;
  use_device(1);
  event = new_event();
  OK(cuEventRecord(event, NULL));
  use_device(0);
  stream = new_stream(CU_STREAM_NON_BLOCKING);
  EXPECT_EQUAL(CUDA_ERROR_INVALID_HANDLE, cuEventRecord(event, stream));
  OK(cuStreamWaitEvent(stream, event, 0));
  OK(cuStreamDestroy_v2(stream));
  OK(cuEventDestroy_v2(event));
  OK(cuDevicePrimaryCtxRelease_v2(0));
  OK(cuDevicePrimaryCtxRelease_v2(1));
}

static void aForkedChildHasNoDriver(void) {
  pid_t child = fork();
  if (child == 0) {
    int count;
    _Exit(cuDeviceGetCount(&count) == CUDA_ERROR_NOT_INITIALIZED &&
                  cuInit(0) == CUDA_ERROR_NOT_INITIALIZED
              ? 0
              : 1);
  }
  int status;
  EXPECT_EQUAL(child, waitpid(child, &status, 0));
  EXPECT_EQUAL(0, status);
}

/* A child that sees the devices as the list says, and prints whose UUID it finds first. */
static void visibleDevicesAreRenumberedButKeepTheirUuid(const char *program) {
  CUuuid second;
  OK(cuDeviceGetUuid(&second, 1));
  char expected[8];
  snprintf(expected, sizeof(expected), "%d", second.bytes[15]);
  pid_t child = fork();
  if (child == 0) {
    setenv("CUDA_VISIBLE_DEVICES", "1,0", 1);
    execl(program, program, expected, NULL);
    _Exit(127);
  }
  int status;
  EXPECT_EQUAL(child, waitpid(child, &status, 0));
  EXPECT_EQUAL(0, status);
}

int main(int count, char **arguments) {
  if (count == 2) {
    CUuuid first;
    OK(cuInit(0));
    OK(cuDeviceGetUuid(&first, 0));
    return first.bytes[15] != atoi(arguments[1]);
  }
  RUN(nothingWorksBeforeInit);
  RUN(thereAreAsManyDevicesAsAskedForEachWithItsUuid);
  RUN(workWithoutAContextIsRefused);
  RUN(aPrimaryContextLivesAsLongAsItIsRetained);
  RUN(contextsAreAStack);
  RUN(handlesThatAreNoneAreRefused);
  RUN(anEventOfAnotherDevicesContextIsNotRecordedButWaitedFor);
  RUN(aForkedChildHasNoDriver);
  puts("visibleDevicesAreRenumberedButKeepTheirUuid");
  visibleDevicesAreRenumberedButKeepTheirUuid(arguments[0]);
  return 0;
}
