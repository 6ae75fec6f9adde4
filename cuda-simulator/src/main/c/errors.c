#include "sim.h"

#define ERRORS(X)                                                                                  \
  X(CUDA_SUCCESS, "no error")                                                                      \
  X(CUDA_ERROR_INVALID_VALUE, "an argument has a value that is not allowed")                       \
  X(CUDA_ERROR_OUT_OF_MEMORY, "there is not enough memory")                                        \
  X(CUDA_ERROR_NOT_INITIALIZED, "cuInit was not called, or the process was forked since")          \
  X(CUDA_ERROR_DEINITIALIZED, "the driver is shutting down")                                       \
  X(CUDA_ERROR_NO_DEVICE, "there is no device")                                                    \
  X(CUDA_ERROR_INVALID_DEVICE, "there is no such device")                                          \
  X(CUDA_ERROR_INVALID_IMAGE, "neither PTX nor a device binary")                                   \
  X(CUDA_ERROR_INVALID_CONTEXT, "no context is current, or this one cannot be used here")          \
  X(CUDA_ERROR_MAP_FAILED, "mapping failed")                                                       \
  X(CUDA_ERROR_ALREADY_MAPPED, "already mapped")                                                   \
  X(CUDA_ERROR_NOT_MAPPED, "not mapped")                                                           \
  X(CUDA_ERROR_ECC_UNCORRECTABLE, "memory error that cannot be corrected")                         \
  X(CUDA_ERROR_UNSUPPORTED_LIMIT, "the device has no such limit")                                  \
  X(CUDA_ERROR_INVALID_PTX, "PTX that cannot be compiled")                                         \
  X(CUDA_ERROR_FILE_NOT_FOUND, "file not found")                                                   \
  X(CUDA_ERROR_SHARED_OBJECT_INIT_FAILED, "a shared object could not be loaded")                   \
  X(CUDA_ERROR_OPERATING_SYSTEM, "a call of the operating system failed")                          \
  X(CUDA_ERROR_INVALID_HANDLE, "not a live handle of that kind")                                   \
  X(CUDA_ERROR_ILLEGAL_STATE, "the object is not in a state that allows this")                     \
  X(CUDA_ERROR_NOT_FOUND, "no such name")                                                          \
  X(CUDA_ERROR_NOT_READY, "work is not finished yet")                                              \
  X(CUDA_ERROR_ILLEGAL_ADDRESS, "a kernel touched memory that is not there")                       \
  X(CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES, "the launch needs more than the device has")               \
  X(CUDA_ERROR_LAUNCH_TIMEOUT, "a kernel ran too long")                                            \
  X(CUDA_ERROR_PEER_ACCESS_ALREADY_ENABLED, "peer access is enabled already")                      \
  X(CUDA_ERROR_PEER_ACCESS_NOT_ENABLED, "peer access is not enabled")                              \
  X(CUDA_ERROR_PRIMARY_CONTEXT_ACTIVE, "the primary context is in use")                            \
  X(CUDA_ERROR_CONTEXT_IS_DESTROYED, "the current context was destroyed")                          \
  X(CUDA_ERROR_ASSERT, "an assertion in a kernel failed")                                          \
  X(CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED, "host memory is registered already")                \
  X(CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED, "host memory is not registered")                        \
  X(CUDA_ERROR_HARDWARE_STACK_ERROR, "stack error in a kernel")                                    \
  X(CUDA_ERROR_ILLEGAL_INSTRUCTION, "illegal instruction in a kernel")                             \
  X(CUDA_ERROR_MISALIGNED_ADDRESS, "misaligned access in a kernel")                                \
  X(CUDA_ERROR_INVALID_ADDRESS_SPACE, "access to a wrong address space in a kernel")               \
  X(CUDA_ERROR_INVALID_PC, "a kernel jumped to nowhere")                                           \
  X(CUDA_ERROR_LAUNCH_FAILED, "a kernel failed")                                                   \
  X(CUDA_ERROR_NOT_PERMITTED, "not permitted, as every call in a host function")                   \
  X(CUDA_ERROR_NOT_SUPPORTED, "not supported by the simulated driver")                             \
  X(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, "not allowed while a stream is capturing")              \
  X(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED, "the capture was invalidated by an earlier error")      \
  X(CUDA_ERROR_STREAM_CAPTURE_MERGE, "this would merge two captures")                              \
  X(CUDA_ERROR_STREAM_CAPTURE_UNMATCHED, "the capture began in another stream")                    \
  X(CUDA_ERROR_STREAM_CAPTURE_UNJOINED, "a stream of the capture was not joined")                  \
  X(CUDA_ERROR_STREAM_CAPTURE_ISOLATION, "a capture cannot depend on work outside")                \
  X(CUDA_ERROR_STREAM_CAPTURE_IMPLICIT, "the legacy stream would depend on a capture")             \
  X(CUDA_ERROR_CAPTURED_EVENT, "the event was last recorded in a capture")                         \
  X(CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD, "the capture began in another thread")                 \
  X(CUDA_ERROR_UNKNOWN, "unknown error")

typedef enum { NAME, TEXT } wanted;

static CUresult describe(CUresult error, const char **out, wanted what) {
  if (out == NULL) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  switch (error) {
#define DESCRIBE(code, text)                                                                       \
  case code:                                                                                       \
    *out = what == NAME ? #code : text;                                                            \
    return CUDA_SUCCESS;
    ERRORS(DESCRIBE)
  }
  *out = NULL;
  return CUDA_ERROR_INVALID_VALUE;
}

CUresult cuGetErrorName(CUresult error, const char **pStr) {
  return CALL(NEEDS_NOTHING, describe(error, pStr, NAME));
}

CUresult cuGetErrorString(CUresult error, const char **pStr) {
  return CALL(NEEDS_NOTHING, describe(error, pStr, TEXT));
}
