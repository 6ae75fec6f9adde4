/* Allocation in stream order. */
#include "driver.h"

static void aBufferIsUsedInItsStreamAndFreedInIt(void) {
  CUstream stream = new_stream(CU_STREAM_NON_BLOCKING);
  CUdeviceptr memory;
  unsigned char found;
  OK(cuMemAllocAsync(&memory, 10, stream));
  OK(cuMemsetD8Async(memory, 4, 10, stream));
  OK(cuMemcpyDtoHAsync_v2(&found, memory, 1, stream));
  EXPECT_EQUAL(4, found);
  OK(cuMemFreeAsync(memory, stream));
  EXPECT_EQUAL(1, COUNT(LIVE_ALLOCATIONS));
  OK(cuStreamSynchronize(stream));
  EXPECT_EQUAL(0, COUNT(LIVE_ALLOCATIONS));
  OK(cuStreamDestroy_v2(stream));
}

static void useThatIsNotOrderedAfterTheAllocationIsSeen(void) {
  CUstream stream = new_stream(CU_STREAM_NON_BLOCKING), other = new_stream(CU_STREAM_NON_BLOCKING);
  CUdeviceptr memory;
  cudasim_reset_counters();
  OK(cuMemAllocAsync(&memory, 10, stream));
  OK(cuMemsetD8Async(memory, 4, 10, other));
  OK(cuStreamSynchronize(other));
  EXPECT_EQUAL(1, COUNT(USES_BEFORE_ALLOCATION));
  OK(cuMemFreeAsync(memory, stream));
  OK(cuCtxSynchronize());
  OK(cuStreamDestroy_v2(stream));
  OK(cuStreamDestroy_v2(other));
}

static void useThatIsNotOrderedBeforeTheFreeIsSeenEveryTime(void) {
  CUstream stream = new_stream(CU_STREAM_NON_BLOCKING), reader = new_stream(CU_STREAM_NON_BLOCKING);
  CUdeviceptr to = device_memory(1);
  cudasim_reset_counters();
  for (int i = 0; i < 2000; i++) {
    CUdeviceptr memory;
    OK(cuMemAllocAsync(&memory, 10, stream));
    OK(cuMemsetD8Async(memory, 4, 10, stream));
    OK(cuStreamSynchronize(stream));
    OK(cuMemcpyDtoDAsync_v2(to, memory, 1, reader));
    OK(cuMemFreeAsync(memory, stream));
    OK(cuStreamSynchronize(stream));
    OK(cuStreamSynchronize(reader));
    EXPECT_EQUAL(CUDASIM_POISON, peek(to));
  }
  EXPECT_EQUAL(2000, COUNT(USES_AFTER_FREE));
  OK(cuMemFree_v2(to));
  OK(cuStreamDestroy_v2(stream));
  OK(cuStreamDestroy_v2(reader));
}

static void freeingTwiceInStreamOrderIsRefusedAndCounted(void) {
  CUdeviceptr memory;
  cudasim_reset_counters();
  OK(cuMemAllocAsync(&memory, 10, NULL));
  OK(cuMemFreeAsync(memory, NULL));
  EXPECT_EQUAL(CUDA_ERROR_INVALID_VALUE, cuMemFreeAsync(memory, NULL));
  EXPECT_EQUAL(CUDA_ERROR_INVALID_VALUE, cuMemFree_v2(memory));
  OK(cuCtxSynchronize());
  EXPECT_EQUAL(CUDA_ERROR_INVALID_VALUE, cuMemFreeAsync(memory, NULL));
  EXPECT_EQUAL(3, COUNT(DOUBLE_FREES));
}

static void aPoolCountsWhatIsInUse(void) {
  CUmemPoolProps properties = {.allocType = CU_MEM_ALLOCATION_TYPE_PINNED,
                               .location = {CU_MEM_LOCATION_TYPE_DEVICE, 0}};
  CUmemoryPool pool, found;
  CUdeviceptr memory;
  uint64_t used = 9, threshold = 1 << 20;
  OK(cuMemPoolCreate(&pool, &properties));
  OK(cuMemPoolSetAttribute(pool, CU_MEMPOOL_ATTR_RELEASE_THRESHOLD, &threshold));
  OK(cuMemAllocFromPoolAsync(&memory, 100, pool, NULL));
  OK(cuPointerGetAttribute(&found, CU_POINTER_ATTRIBUTE_MEMPOOL_HANDLE, memory));
  EXPECT(found == pool);
  OK(cuMemPoolGetAttribute(pool, CU_MEMPOOL_ATTR_USED_MEM_CURRENT, &used));
  EXPECT_EQUAL(100, used);
  OK(cuMemFreeAsync(memory, NULL));
  OK(cuCtxSynchronize());
  OK(cuMemPoolGetAttribute(pool, CU_MEMPOOL_ATTR_USED_MEM_CURRENT, &used));
  EXPECT_EQUAL(0, used);
  OK(cuMemPoolGetAttribute(pool, CU_MEMPOOL_ATTR_USED_MEM_HIGH, &used));
  EXPECT_EQUAL(100, used);
  OK(cuMemPoolDestroy(pool));
  EXPECT_EQUAL(CUDA_ERROR_INVALID_VALUE, cuMemPoolDestroy(pool));
}

static void memoryOutlivesItsDestroyedPool(void) {
  CUmemPoolProps properties = {.allocType = CU_MEM_ALLOCATION_TYPE_PINNED,
                               .location = {CU_MEM_LOCATION_TYPE_DEVICE, 0}};
  CUmemoryPool pool, current, standard;
  CUdeviceptr memory;
  OK(cuMemPoolCreate(&pool, &properties));
  OK(cuDeviceSetMemPool(0, pool));
  OK(cuMemAllocAsync(&memory, 100, NULL));
  OK(cuMemPoolDestroy(pool));
  OK(cuDeviceGetMemPool(&current, 0));
  OK(cuDeviceGetDefaultMemPool(&standard, 0));
  EXPECT(current == standard);
  OK(cuMemsetD8_v2(memory, 1, 100));
  OK(cuMemFreeAsync(memory, NULL));
  OK(cuCtxSynchronize());
}

static void poolsWithoutAHandleTypeAreNotShared(void) {
  CUmemoryPool pool;
  CUdeviceptr memory;
  CUmemPoolPtrExportData data;
  CUipcMemHandle handle;
  int file;
  OK(cuDeviceGetDefaultMemPool(&pool, 0));
  EXPECT_EQUAL(CUDA_ERROR_INVALID_VALUE,
               cuMemPoolExportToShareableHandle(&file, pool,
                                                CU_MEM_HANDLE_TYPE_POSIX_FILE_DESCRIPTOR, 0));
  OK(cuMemAllocAsync(&memory, 100, NULL));
  EXPECT_EQUAL(CUDA_ERROR_INVALID_VALUE, cuMemPoolExportPointer(&data, memory));
  EXPECT_EQUAL(CUDA_ERROR_INVALID_VALUE, cuIpcGetMemHandle(&handle, memory));
  OK(cuMemFree_v2(memory));
}

int main(void) {
  use_device(0);
  RUN(aBufferIsUsedInItsStreamAndFreedInIt);
  RUN(useThatIsNotOrderedAfterTheAllocationIsSeen);
  RUN(useThatIsNotOrderedBeforeTheFreeIsSeenEveryTime);
  RUN(freeingTwiceInStreamOrderIsRefusedAndCounted);
  RUN(aPoolCountsWhatIsInUse);
  RUN(memoryOutlivesItsDestroyedPool);
  RUN(poolsWithoutAHandleTypeAreNotShared);
  EXPECT_EQUAL(0, COUNT(LIVE_ALLOCATIONS));
  OK(cuDevicePrimaryCtxRelease_v2(0));
  return 0;
}
