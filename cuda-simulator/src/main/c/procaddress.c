#include "sim.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

/* Names whose binary interface changed: what is asked for without a suffix means the newest that the
 * caller's CUDA version knows. */
static const struct {
  const char *name, *suffix;
  int since;
} VERSIONS[] = {
    {"cuDeviceTotalMem", "_v2", 3020},          {"cuCtxCreate", "_v2", 3020},
    {"cuCtxDestroy", "_v2", 4000},              {"cuCtxPopCurrent", "_v2", 4000},
    {"cuCtxPushCurrent", "_v2", 4000},          {"cuDevicePrimaryCtxRelease", "_v2", 11000},
    {"cuDevicePrimaryCtxReset", "_v2", 11000},  {"cuDevicePrimaryCtxSetFlags", "_v2", 11000},
    {"cuDeviceGetUuid", "_v2", 11040},          {"cuMemGetInfo", "_v2", 3020},
    {"cuMemAlloc", "_v2", 3020},                {"cuMemAllocPitch", "_v2", 3020},
    {"cuMemFree", "_v2", 3020},                 {"cuMemGetAddressRange", "_v2", 3020},
    {"cuMemAllocHost", "_v2", 3020},            {"cuMemHostGetDevicePointer", "_v2", 3020},
    {"cuMemHostRegister", "_v2", 6050},         {"cuIpcOpenMemHandle", "_v2", 11000},
    {"cuMemcpyHtoD", "_v2", 3020},              {"cuMemcpyDtoH", "_v2", 3020},
    {"cuMemcpyDtoD", "_v2", 3020},              {"cuMemcpyHtoDAsync", "_v2", 3020},
    {"cuMemcpyDtoHAsync", "_v2", 3020},         {"cuMemcpyDtoDAsync", "_v2", 3020},
    {"cuMemcpy2D", "_v2", 3020},                {"cuMemcpy2DUnaligned", "_v2", 3020},
    {"cuMemcpy2DAsync", "_v2", 3020},           {"cuMemsetD8", "_v2", 3020},
    {"cuMemsetD16", "_v2", 3020},               {"cuMemsetD32", "_v2", 3020},
    {"cuMemsetD2D8", "_v2", 3020},              {"cuMemsetD2D16", "_v2", 3020},
    {"cuMemsetD2D32", "_v2", 3020},             {"cuStreamDestroy", "_v2", 4000},
    {"cuEventDestroy", "_v2", 4000},            {"cuStreamBeginCapture", "_v2", 10010},
    {"cuStreamGetCaptureInfo", "_v3", 12030},   {"cuStreamGetCaptureInfo", "_v2", 11030},
    {"cuGetProcAddress", "_v2", 12000},
};

/* In this library itself: another libcuda may be loaded too. */
static void *find(const char *name) {
  Dl_info own;
  if (dladdr((void *)(uintptr_t)cuInit, &own) == 0) {
    return NULL;
  }
  void *library = dlopen(own.dli_fname, RTLD_NOW | RTLD_NOLOAD);
  void *address = library == NULL ? NULL : dlsym(library, name);
  if (library != NULL) {
    dlclose(library);
  }
  return address;
}

static void *find_variant(const char *name, const char *suffix, bool per_thread) {
  static const char *const PER_THREAD[] = {"_ptsz", "_ptds", ""};
  char full[128];
  for (int i = per_thread ? 0 : 2; i < 3; i++) {
    snprintf(full, sizeof(full), "%s%s%s", name, suffix, PER_THREAD[i]);
    void *address = find(full);
    if (address != NULL) {
      return address;
    }
  }
  return NULL;
}

static CUresult get(const char *symbol, void **address, int version, unsigned long long flags,
                    int *status) {
  if (symbol == NULL || address == NULL || flags > CU_GET_PROC_ADDRESS_PER_THREAD_DEFAULT_STREAM) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  bool per_thread = flags == CU_GET_PROC_ADDRESS_PER_THREAD_DEFAULT_STREAM;
  const char *suffix = "";
  for (size_t i = 0; i < sizeof(VERSIONS) / sizeof(*VERSIONS); i++) {
    if (*suffix == '\0' && strcmp(VERSIONS[i].name, symbol) == 0 && version >= VERSIONS[i].since) {
      suffix = VERSIONS[i].suffix;
    }
  }
  *address = find_variant(symbol, suffix, per_thread);
  if (status != NULL) {
    *status = *address == NULL; /* 1: CU_GET_PROC_ADDRESS_SYMBOL_NOT_FOUND */
  }
  return *address == NULL && status == NULL ? CUDA_ERROR_NOT_FOUND : CUDA_SUCCESS;
}

CUresult cuGetProcAddress(const char *symbol, void **pfn, int cudaVersion,
                          unsigned long long flags) {
  return CALL(NEEDS_NOTHING, get(symbol, pfn, cudaVersion, flags, NULL));
}

CUresult cuGetProcAddress_v2(const char *symbol, void **pfn, int cudaVersion,
                             unsigned long long flags, int *symbolStatus) {
  return CALL(NEEDS_NOTHING, get(symbol, pfn, cudaVersion, flags, symbolStatus));
}
