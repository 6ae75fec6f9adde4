/* Kernels: found by name, run in their stream's order, seen to touch freed memory. */
#include "driver.h"

static const char PTX[] = ".version 8.0\n.target sm_90\n.visible .entry scale(.param .u64 a)\n{}\n"
                          ".visible .entry count_threads (.param .u64 a) {}\n"
                          ".visible .entry absent(.param .u64 a) {}\n";

static CUmodule module;

static CUfunction kernel(const char *name) {
  CUfunction function;
  OK(cuModuleGetFunction(&function, module, name));
  return function;
}

static void aKernelRunsWhenItIsForcedWithItsArgumentsAtTheLaunch(void) {
  float values[3] = {1, 2, 3}, by = 10;
  int n = 3;
  CUdeviceptr memory = device_memory(sizeof(values));
  CUstream stream = new_stream(CU_STREAM_NON_BLOCKING);
  void *parameters[] = {&memory, &by, &n};
  OK(cuMemcpyHtoDAsync_v2(memory, values, sizeof(values), stream));
  OK(cuLaunchKernel(kernel("scale"), 2, 1, 1, 2, 1, 1, 0, stream, parameters, NULL));
  by = 0;
  OK(cuMemcpyDtoHAsync_v2(values, memory, sizeof(values), stream));
  EXPECT(values[0] == 10 && values[1] == 20 && values[2] == 30);
  OK(cuMemFree_v2(memory));
  OK(cuStreamDestroy_v2(stream));
}

static void everyThreadOfTheGridRuns(void) {
  CUdeviceptr count = device_memory(4);
  unsigned found;
  void *parameters[] = {&count};
  OK(cuMemsetD32_v2(count, 0, 1));
  OK(cuLaunchKernel(kernel("count_threads"), 2, 3, 4, 5, 6, 7, 0, NULL, parameters, NULL));
  OK(cuMemcpyDtoH_v2(&found, count, 4));
  EXPECT_EQUAL(2 * 3 * 4 * 5 * 6 * 7, found);
  OK(cuMemFree_v2(count));
}

static void whatIsNotThereIsNotFound(void) {
  CUfunction function;
  CUmodule none;
  EXPECT_EQUAL(CUDA_ERROR_NOT_FOUND, cuModuleGetFunction(&function, module, "absent"));
  EXPECT_EQUAL(CUDA_ERROR_NOT_FOUND, cuModuleGetFunction(&function, module, "scal"));
  EXPECT_EQUAL(CUDA_ERROR_INVALID_IMAGE, cuModuleLoadData(&none, "neither"));
  EXPECT_EQUAL(CUDA_ERROR_FILE_NOT_FOUND, cuModuleLoad(&none, "/nowhere/at.all"));
}

static void impossibleLaunchesAreRefused(void) {
  void *parameters[] = {NULL};
  EXPECT_EQUAL(CUDA_ERROR_INVALID_VALUE, cuLaunchKernel(kernel("count_threads"), 1, 1, 1, 2048, 1, 1,
                                                        0, NULL, parameters, NULL));
  EXPECT_EQUAL(CUDA_ERROR_INVALID_VALUE,
               cuLaunchKernel(kernel("count_threads"), 0, 1, 1, 1, 1, 1, 0, NULL, parameters, NULL));
  EXPECT_EQUAL(CUDA_ERROR_INVALID_VALUE,
               cuLaunchKernel(kernel("count_threads"), 1, 1, 1, 1, 1, 1, 0, NULL, NULL, NULL));
}

/* Last, since nothing works after it. */
static void aKernelOnFreedMemoryEndsTheContext(void) {
  CUdeviceptr count = device_memory(4), more;
  void *parameters[] = {&count};
  OK(cuLaunchKernel(kernel("count_threads"), 1, 1, 1, 1, 1, 1, 0, NULL, parameters, NULL));
  OK(cuMemFree_v2(count));
  cudasim_reset_counters();
  EXPECT_EQUAL(CUDA_ERROR_ILLEGAL_ADDRESS, cuCtxSynchronize());
  EXPECT_EQUAL(1, COUNT(USES_AFTER_FREE));
  EXPECT_EQUAL(CUDA_ERROR_ILLEGAL_ADDRESS, cuMemAlloc_v2(&more, 1));
}

int main(void) {
  use_device(0);
  OK(cuModuleLoadData(&module, PTX));
  RUN(aKernelRunsWhenItIsForcedWithItsArgumentsAtTheLaunch);
  RUN(everyThreadOfTheGridRuns);
  RUN(whatIsNotThereIsNotFound);
  RUN(impossibleLaunchesAreRefused);
  OK(cuModuleUnload(module));
  OK(cuModuleLoadData(&module, PTX));
  RUN(aKernelOnFreedMemoryEndsTheContext);
  OK(cuDevicePrimaryCtxReset_v2(0));
  use_device(0);
  OK(cuModuleUnload(module));
  return 0;
}
