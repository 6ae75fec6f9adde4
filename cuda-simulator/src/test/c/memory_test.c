/* Memory: who may touch it, what the driver says about it, what is wrong with freeing it. */
#include "driver.h"

#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* True if a child that reads the byte dies of it. */
static bool faults(CUdeviceptr pointer) {
  pid_t child = fork();
  if (child == 0) {
    signal(SIGSEGV, SIG_DFL);
    _Exit(*(volatile char *)(uintptr_t)pointer == 77);
  }
  int status;
  EXPECT_EQUAL(child, waitpid(child, &status, 0));
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV;
}

static void theHostCannotTouchDeviceMemory(void) {
  CUdeviceptr memory = device_memory(100);
  EXPECT(faults(memory));
  EXPECT(faults(memory + 99));
  OK(cuMemFree_v2(memory));
  EXPECT(faults(memory));
}

static void theHostTouchesManagedAndPinnedMemory(void) {
  CUdeviceptr managed;
  void *pinned;
  OK(cuMemAllocManaged(&managed, 100, CU_MEM_ATTACH_GLOBAL));
  OK(cuMemHostAlloc(&pinned, 100, CU_MEMHOSTALLOC_PORTABLE));
  EXPECT(!faults(managed));
  EXPECT(!faults((uintptr_t)pinned));
  OK(cuMemFree_v2(managed));
  OK(cuMemFreeHost(pinned));
  EXPECT(faults(managed));
  EXPECT(faults((uintptr_t)pinned));
}

static uint64_t attribute(CUpointer_attribute attribute, CUdeviceptr pointer) {
  uint64_t value = 0;
  OK(cuPointerGetAttribute(&value, attribute, pointer));
  return value;
}

static void thePointersAttributesAreThoseOfItsKind(void) {
  static char registered[4096];
  CUcontext context = use_device(1);
  CUdeviceptr memory[6] = {device_memory(100)};
  OK(cuMemAllocManaged(&memory[1], 100, CU_MEM_ATTACH_GLOBAL));
  OK(cuMemHostAlloc((void **)&memory[2], 100, 0));
  OK(cuMemHostRegister_v2(registered, 100, 0));
  memory[3] = (uintptr_t)registered;
  OK(cuMemAllocAsync(&memory[4], 100, NULL));
  OK(cuMemAllocPitch_v2(&memory[5], &(size_t){0}, 100, 1, 4));
  static const struct {
    unsigned type;
    bool managed, has_context, host_pointer, ipc;
    size_t bytes;
  } TABLE[] = {{CU_MEMORYTYPE_DEVICE, false, true, false, true, 100},
               {CU_MEMORYTYPE_DEVICE, true, true, true, false, 100},
               {CU_MEMORYTYPE_HOST, false, true, true, false, 100},
               {CU_MEMORYTYPE_HOST, false, true, true, false, 100},
               {CU_MEMORYTYPE_DEVICE, false, false, false, false, 100},
               {CU_MEMORYTYPE_DEVICE, false, true, false, true, 512}};
  for (size_t i = 0; i < sizeof(TABLE) / sizeof(*TABLE); i++) {
    CUdeviceptr inside = memory[i] + 50;
    uint64_t host = 0;
    EXPECT_EQUAL(TABLE[i].type, attribute(CU_POINTER_ATTRIBUTE_MEMORY_TYPE, inside));
    EXPECT_EQUAL(TABLE[i].managed, attribute(CU_POINTER_ATTRIBUTE_IS_MANAGED, inside));
    EXPECT_EQUAL(1, attribute(CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL, inside));
    EXPECT_EQUAL(memory[i], attribute(CU_POINTER_ATTRIBUTE_RANGE_START_ADDR, inside));
    EXPECT_EQUAL(TABLE[i].bytes, attribute(CU_POINTER_ATTRIBUTE_RANGE_SIZE, inside));
    EXPECT_EQUAL(inside, attribute(CU_POINTER_ATTRIBUTE_DEVICE_POINTER, inside));
    EXPECT_EQUAL(TABLE[i].has_context ? (uintptr_t)context : 0,
                 attribute(CU_POINTER_ATTRIBUTE_CONTEXT, inside));
    EXPECT_EQUAL(TABLE[i].ipc,
                 attribute(CU_POINTER_ATTRIBUTE_IS_LEGACY_CUDA_IPC_CAPABLE, inside));
    EXPECT_EQUAL(TABLE[i].host_pointer ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE,
                 cuPointerGetAttribute(&host, CU_POINTER_ATTRIBUTE_HOST_POINTER, inside));
    EXPECT_EQUAL(TABLE[i].host_pointer ? inside : 0, host);
    uint64_t past;
    EXPECT_EQUAL(CUDA_ERROR_INVALID_VALUE,
                 cuPointerGetAttribute(&past, CU_POINTER_ATTRIBUTE_MEMORY_TYPE,
                                       memory[i] + TABLE[i].bytes));
  }
  OK(cuMemFree_v2(memory[0]));
  OK(cuMemFree_v2(memory[1]));
  OK(cuMemFreeHost((void *)(uintptr_t)memory[2]));
  OK(cuMemHostUnregister(registered));
  OK(cuMemFree_v2(memory[4]));
  OK(cuMemFree_v2(memory[5]));
  OK(cuDevicePrimaryCtxRelease_v2(1));
  use_device(0);
}

static void manyAttributesAtOnceSayZeroForUnknownMemory(void) {
  CUpointer_attribute attributes[] = {CU_POINTER_ATTRIBUTE_MEMORY_TYPE,
                                      CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL,
                                      CU_POINTER_ATTRIBUTE_RANGE_SIZE};
  unsigned type = 9;
  int ordinal = 9, local;
  size_t bytes = 9;
  void *data[] = {&type, &ordinal, &bytes};
  OK(cuPointerGetAttributes(3, attributes, data, (uintptr_t)&local));
  EXPECT_EQUAL(0, type);
  EXPECT_EQUAL((unsigned)-2, (unsigned)ordinal);
  EXPECT_EQUAL(0, bytes);
}

static void theRangeIsTheAllocationsWhole(void) {
  CUdeviceptr memory = device_memory(1000), base;
  size_t bytes;
  OK(cuMemGetAddressRange_v2(&base, &bytes, memory + 999));
  EXPECT_EQUAL(memory, base);
  EXPECT_EQUAL(1000, bytes);
  EXPECT_EQUAL(0, memory % 256);
  EXPECT_EQUAL(CUDA_ERROR_NOT_FOUND, cuMemGetAddressRange_v2(&base, &bytes, memory + 1000));
  OK(cuMemFree_v2(memory));
}

static void wrongFreesAreRefusedAndCounted(void) {
  CUdeviceptr memory = device_memory(100);
  cudasim_reset_counters();
  EXPECT_EQUAL(CUDA_ERROR_INVALID_VALUE, cuMemFree_v2(memory + 1));
  EXPECT_EQUAL(1, COUNT(INVALID_FREES));
  OK(cuMemFree_v2(memory));
  EXPECT_EQUAL(CUDA_ERROR_INVALID_VALUE, cuMemFree_v2(memory));
  EXPECT_EQUAL(1, COUNT(DOUBLE_FREES));
  EXPECT_EQUAL(CUDA_ERROR_INVALID_VALUE, cuMemFree_v2((uintptr_t)&memory));
  EXPECT_EQUAL(2, COUNT(INVALID_FREES));
  OK(cuMemFree_v2(0));
  cudasim_reset_counters();
}

static void aFreedAddressIsNotGivenAwayAgainSoon(void) {
  CUdeviceptr first = device_memory(100);
  OK(cuMemFree_v2(first));
  for (int i = 0; i < 1000; i++) {
    CUdeviceptr next = device_memory(100);
    EXPECT(next != first);
    OK(cuMemFree_v2(next));
  }
}

static void addressesDoNotRunOut(void) {
  size_t eight_gib = (size_t)8 << 30;
  for (int i = 0; i < 100; i++) {
    OK(cuMemFree_v2(device_memory(eight_gib)));
  }
}

static void aDeviceHasOnlySoMuchMemory(void) {
  size_t before, after, total;
  CUdeviceptr memory, more;
  OK(cuMemGetInfo_v2(&before, &total));
  OK(cuMemAlloc_v2(&memory, total / 2));
  OK(cuMemGetInfo_v2(&after, &total));
  EXPECT_EQUAL(total / 2, before - after);
  EXPECT_EQUAL(CUDA_ERROR_OUT_OF_MEMORY, cuMemAlloc_v2(&more, total / 2 + 1));
  OK(cuMemFree_v2(memory));
  OK(cuMemGetInfo_v2(&after, &total));
  EXPECT_EQUAL(before, after);
  EXPECT_EQUAL(CUDA_ERROR_INVALID_VALUE, cuMemAlloc_v2(&more, 0));
}

static void aCopyBeyondTheEndIsRefused(void) {
  CUdeviceptr memory = device_memory(100);
  char host[200] = {0};
  EXPECT_EQUAL(CUDA_ERROR_INVALID_VALUE, cuMemcpyHtoD_v2(memory, host, 101));
  EXPECT_EQUAL(CUDA_ERROR_INVALID_VALUE, cuMemcpyDtoH_v2(host, memory + 1, 100));
  EXPECT_EQUAL(CUDA_ERROR_INVALID_VALUE, cuMemsetD8_v2(memory + 99, 1, 2));
  EXPECT_EQUAL(CUDA_ERROR_INVALID_VALUE, cuMemcpyDtoH_v2(host, (uintptr_t)host, 1));
  OK(cuMemcpyHtoD_v2(memory, host, 0));
  OK(cuMemFree_v2(memory));
}

static void rectanglesAndWideValuesLandWhereTheyShould(void) {
  CUdeviceptr memory;
  size_t pitch;
  unsigned short found[4] = {0};
  OK(cuMemAllocPitch_v2(&memory, &pitch, 8, 3, 4));
  OK(cuMemsetD2D16_v2(memory, pitch, 0x1234, 4, 3));
  OK(cuMemsetD32_v2(memory + pitch, 0xAABBCCDD, 1));
  CUDA_MEMCPY2D copy = {.srcMemoryType = CU_MEMORYTYPE_DEVICE, .srcDevice = memory, .srcY = 1,
                        .srcXInBytes = 2, .srcPitch = pitch, .dstMemoryType = CU_MEMORYTYPE_HOST,
                        .dstHost = found, .dstPitch = 4, .WidthInBytes = 4, .Height = 2};
  OK(cuMemcpy2D_v2(&copy));
  EXPECT_EQUAL(0xAABB, found[0]);
  EXPECT_EQUAL(0x1234, found[1]);
  EXPECT_EQUAL(0x1234, found[2]);
  OK(cuMemFree_v2(memory));
}

static void bytesGoFromDeviceToDevice(void) {
  CUcontext other = use_device(1), own;
  CUdeviceptr there = device_memory(1);
  own = use_device(0);
  CUdeviceptr here = device_memory(1);
  CUstream stream = new_stream(CU_STREAM_NON_BLOCKING);
  unsigned char found;
  OK(cuMemsetD8Async(here, 3, 1, stream));
  OK(cuMemcpyPeerAsync(there, other, here, own, 1, stream));
  OK(cuMemcpyDtoHAsync_v2(&found, there, 1, stream));
  EXPECT_EQUAL(3, found);
  OK(cuMemFree_v2(there));
  OK(cuMemFree_v2(here));
  OK(cuStreamDestroy_v2(stream));
  OK(cuDevicePrimaryCtxRelease_v2(1));
  OK(cuDevicePrimaryCtxRelease_v2(0));
}

static void registeringTwiceIsRefused(void) {
  char *memory = malloc(8192);
  OK(cuMemHostRegister_v2(memory, 8192, 0));
  EXPECT_EQUAL(CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED,
               cuMemHostRegister_v2(memory + 100, 100, 0));
  CUdeviceptr device;
  OK(cuMemHostGetDevicePointer_v2(&device, memory + 1, 0));
  EXPECT_EQUAL((uintptr_t)memory + 1, device);
  OK(cuMemHostUnregister(memory));
  EXPECT_EQUAL(CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED, cuMemHostUnregister(memory));
  free(memory);
}

int main(void) {
  use_device(0);
  RUN(theHostCannotTouchDeviceMemory);
  RUN(theHostTouchesManagedAndPinnedMemory);
  RUN(thePointersAttributesAreThoseOfItsKind);
  RUN(manyAttributesAtOnceSayZeroForUnknownMemory);
  RUN(theRangeIsTheAllocationsWhole);
  RUN(wrongFreesAreRefusedAndCounted);
  RUN(aFreedAddressIsNotGivenAwayAgainSoon);
  RUN(addressesDoNotRunOut);
  RUN(aDeviceHasOnlySoMuchMemory);
  RUN(aCopyBeyondTheEndIsRefused);
  RUN(rectanglesAndWideValuesLandWhereTheyShould);
  RUN(bytesGoFromDeviceToDevice);
  RUN(registeringTwiceIsRefused);
  OK(cudasim_run_all());
  EXPECT_EQUAL(0, COUNT(LIVE_ALLOCATIONS));
  return 0;
}
