/* Virtual memory management, and its descriptors in another process. */
#include "driver.h"
#include "peer.h"

#include <fcntl.h>
#include <unistd.h>

static const size_t SIZE = 2 << 20;

static CUmemAllocationProp properties(CUmemAllocationHandleType type, int device) {
  return (CUmemAllocationProp){.type = CU_MEM_ALLOCATION_TYPE_PINNED, .requestedHandleTypes = type,
                               .location = {CU_MEM_LOCATION_TYPE_DEVICE, device}};
}

static CUmemGenericAllocationHandle new_allocation(size_t bytes, CUmemAllocationHandleType type) {
  CUmemGenericAllocationHandle handle;
  CUmemAllocationProp wanted = properties(type, 1);
  OK(cuMemCreate(&handle, bytes, &wanted, 0));
  return handle;
}

static void allow(CUdeviceptr pointer, size_t bytes, int device, CUmemAccess_flags flags) {
  CUmemAccessDesc access = {{CU_MEM_LOCATION_TYPE_DEVICE, device}, flags};
  OK(cuMemSetAccess(pointer, bytes, &access, 1));
}

static CUdeviceptr map(CUmemGenericAllocationHandle handle, int device) {
  CUdeviceptr pointer;
  OK(cuMemAddressReserve(&pointer, SIZE, 0, 0, 0));
  OK(cuMemMap(pointer, SIZE, 0, handle, 0));
  allow(pointer, SIZE, device, CU_MEM_ACCESS_FLAGS_PROT_READWRITE);
  return pointer;
}

static void unmap(CUdeviceptr pointer) {
  OK(cuMemUnmap(pointer, SIZE));
  OK(cuMemAddressFree(pointer, SIZE));
}

static void mappedMemoryIsUsedOnlyWhereItIsAllowed(void) {
  CUmemGenericAllocationHandle handle = new_allocation(SIZE, CU_MEM_HANDLE_TYPE_NONE);
  CUdeviceptr pointer;
  OK(cuMemAddressReserve(&pointer, 2 * SIZE, 0, 0, 0));
  EXPECT_EQUAL(0, pointer % SIZE);
  EXPECT_EQUAL(CUDA_ERROR_INVALID_VALUE, cuMemsetD8_v2(pointer, 1, 1));
  OK(cuMemMap(pointer + SIZE, SIZE, 0, handle, 0));
  OK(cuMemRelease(handle)); /* the mapping holds it */
  EXPECT_EQUAL(CUDA_ERROR_INVALID_VALUE, cuMemsetD8_v2(pointer + SIZE, 1, 1));
  allow(pointer + SIZE, SIZE, 0, CU_MEM_ACCESS_FLAGS_PROT_READ);
  EXPECT_EQUAL(CUDA_ERROR_INVALID_VALUE, cuMemsetD8_v2(pointer + SIZE, 1, 1));
  allow(pointer + SIZE, SIZE, 0, CU_MEM_ACCESS_FLAGS_PROT_READWRITE);
  OK(cuMemsetD8_v2(pointer + SIZE, 1, 1));
  int ordinal;
  OK(cuPointerGetAttribute(&ordinal, CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL, pointer + SIZE));
  EXPECT_EQUAL(1, ordinal);
  EXPECT_EQUAL(CUDA_ERROR_INVALID_VALUE, cuMemAddressFree(pointer, 2 * SIZE));
  EXPECT_EQUAL(CUDA_ERROR_INVALID_VALUE, cuMemUnmap(pointer, 2 * SIZE));
  OK(cuCtxSynchronize());
  OK(cuMemUnmap(pointer + SIZE, SIZE));
  EXPECT_EQUAL(0, COUNT(LIVE_HANDLES));
  OK(cuMemAddressFree(pointer, 2 * SIZE));
}

static void oneAllocationAtTwoAddressesHasTheSameBytes(void) {
  CUmemGenericAllocationHandle handle = new_allocation(SIZE, CU_MEM_HANDLE_TYPE_NONE), again;
  CUdeviceptr one = map(handle, 0), two = map(handle, 0);
  OK(cuMemsetD8_v2(one + 5, 9, 1));
  OK(cuCtxSynchronize());
  EXPECT_EQUAL(9, peek(two + 5));
  OK(cuMemRetainAllocationHandle(&again, (void *)(uintptr_t)(two + 7)));
  EXPECT_EQUAL(handle, again);
  OK(cuMemRelease(again));
  unmap(one);
  unmap(two);
  OK(cuMemRelease(handle));
  EXPECT_EQUAL(CUDA_ERROR_INVALID_VALUE, cuMemRelease(handle));
}

static void wrongSizesAndTypesAreRefused(void) {
  CUmemGenericAllocationHandle handle;
  CUmemAllocationProp wanted = properties(CU_MEM_HANDLE_TYPE_NONE, 0);
  size_t granularity;
  int file;
  OK(cuMemGetAllocationGranularity(&granularity, &wanted, 0));
  EXPECT_EQUAL(SIZE, granularity);
  EXPECT_EQUAL(CUDA_ERROR_INVALID_VALUE, cuMemCreate(&handle, SIZE + 1, &wanted, 0));
  wanted.location.id = 2;
  EXPECT_EQUAL(CUDA_ERROR_INVALID_DEVICE, cuMemCreate(&handle, SIZE, &wanted, 0));
  handle = new_allocation(SIZE, CU_MEM_HANDLE_TYPE_NONE);
  EXPECT_EQUAL(CUDA_ERROR_INVALID_VALUE,
               cuMemExportToShareableHandle(&file, handle,
                                            CU_MEM_HANDLE_TYPE_POSIX_FILE_DESCRIPTOR, 0));
  OK(cuMemRelease(handle));
  file = open("/dev/null", O_RDWR);
  EXPECT_EQUAL(CUDA_ERROR_INVALID_VALUE,
               cuMemImportFromShareableHandle(&handle, (void *)(intptr_t)file,
                                              CU_MEM_HANDLE_TYPE_POSIX_FILE_DESCRIPTOR));
  close(file);
}

static void peer_part(int socket) {
  char byte;
  int file = receive_message(socket, &byte, 1);
  CUmemGenericAllocationHandle handle;
  OK(cuMemImportFromShareableHandle(&handle, (void *)(intptr_t)file,
                                    CU_MEM_HANDLE_TYPE_POSIX_FILE_DESCRIPTOR));
  close(file);
  CUmemAllocationProp found;
  OK(cuMemGetAllocationPropertiesFromHandle(&found, handle));
  EXPECT_EQUAL(0, found.location.id); /* the other process calls it 1 */
  CUdeviceptr pointer = map(handle, 0);
  OK(cuMemRelease(handle));
  unsigned char read;
  OK(cuMemcpyDtoH_v2(&read, pointer, 1));
  EXPECT_EQUAL(7, read);
  OK(cuMemsetD8_v2(pointer, 8, 1));
  OK(cuCtxSynchronize());
  send_go(socket);
  await_go(socket); /* the other one has let go of it: the bytes stay for us */
  EXPECT_EQUAL(8, peek(pointer));
  unmap(pointer);
  EXPECT_EQUAL(0, COUNT(LIVE_HANDLES));
}

static void aDescriptorSharesTheMemoryWithAnotherProcess(void) {
  CUmemGenericAllocationHandle handle =
      new_allocation(SIZE, CU_MEM_HANDLE_TYPE_POSIX_FILE_DESCRIPTOR);
  CUdeviceptr pointer = map(handle, 0);
  int file;
  OK(cuMemsetD8_v2(pointer, 7, 1));
  OK(cuCtxSynchronize());
  OK(cuMemExportToShareableHandle(&file, handle, CU_MEM_HANDLE_TYPE_POSIX_FILE_DESCRIPTOR, 0));
  setenv("CUDA_VISIBLE_DEVICES", "1", 1);
  peer other = start_peer("peer");
  unsetenv("CUDA_VISIBLE_DEVICES");
  send_message(other.socket, "", 1, file);
  close(file);
  await_go(other.socket);
  EXPECT_EQUAL(8, peek(pointer));
  unmap(pointer);
  OK(cuMemRelease(handle));
  send_go(other.socket);
  join_peer(other);
}

int main(int count, char **arguments) {
  use_device(0);
  if (count == 3) {
    peer_part(atoi(arguments[2]));
    return 0;
  }
  RUN(mappedMemoryIsUsedOnlyWhereItIsAllowed);
  RUN(oneAllocationAtTwoAddressesHasTheSameBytes);
  RUN(wrongSizesAndTypesAreRefused);
  RUN(aDescriptorSharesTheMemoryWithAnotherProcess);
  EXPECT_EQUAL(0, COUNT(LIVE_HANDLES));
  OK(cuDevicePrimaryCtxRelease_v2(0));
  return 0;
}
