/* What the tests of the driver say often. */
#ifndef CUDASIM_DRIVER_H
#define CUDASIM_DRIVER_H

#include "cudasim.h"
#include "expect.h"

#include <stdbool.h>
#include <string.h>

#define OK(call) EXPECT_EQUAL(CUDA_SUCCESS, call)
#define COUNT(counter) cudasim_count(CUDASIM_##counter)

/* Makes the primary context of the device current, and leaves it so. */
static inline CUcontext use_device(int ordinal) {
  CUcontext context;
  OK(cuInit(0));
  OK(cuDevicePrimaryCtxRetain(&context, ordinal));
  OK(cuCtxSetCurrent(context));
  return context;
}

static inline CUdeviceptr device_memory(size_t bytes) {
  CUdeviceptr pointer;
  OK(cuMemAlloc_v2(&pointer, bytes));
  return pointer;
}

static inline CUstream new_stream(unsigned flags) {
  CUstream stream;
  OK(cuStreamCreate(&stream, flags));
  return stream;
}

static inline CUevent new_event(void) {
  CUevent event;
  OK(cuEventCreate(&event, CU_EVENT_DISABLE_TIMING));
  return event;
}

/* The byte as it is at this moment. */
static inline unsigned peek(CUdeviceptr pointer) {
  unsigned char byte;
  OK(cudasim_peek(&byte, pointer, 1));
  return byte;
}

#endif
