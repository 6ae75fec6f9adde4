/* Memory and events of another process. */
#include "driver.h"
#include "peer.h"

#include <unistd.h>

static void theSameProcessCannotOpenItsOwnHandles(void) {
  CUdeviceptr memory = device_memory(100), opened;
  CUipcMemHandle handle;
  OK(cuIpcGetMemHandle(&handle, memory + 10));
  EXPECT_EQUAL(CUDA_ERROR_INVALID_CONTEXT, cuIpcOpenMemHandle_v2(&opened, handle, 1));
  CUevent event, again;
  CUipcEventHandle event_handle;
  OK(cuEventCreate(&event, CU_EVENT_DISABLE_TIMING | CU_EVENT_INTERPROCESS));
  OK(cuIpcGetEventHandle(&event_handle, event));
  EXPECT_EQUAL(CUDA_ERROR_INVALID_CONTEXT, cuIpcOpenEventHandle(&again, event_handle));
  OK(cuEventDestroy_v2(event));
  OK(cuMemFree_v2(memory));
}

static void onlyMemoryOfCuMemAllocHasAHandle(void) {
  CUdeviceptr managed;
  CUipcMemHandle handle;
  void *pinned;
  OK(cuMemAllocManaged(&managed, 1, CU_MEM_ATTACH_GLOBAL));
  OK(cuMemAllocHost_v2(&pinned, 1));
  EXPECT_EQUAL(CUDA_ERROR_INVALID_VALUE, cuIpcGetMemHandle(&handle, managed));
  EXPECT_EQUAL(CUDA_ERROR_INVALID_VALUE, cuIpcGetMemHandle(&handle, (CUdeviceptr)(uintptr_t)pinned));
  OK(cuMemFree_v2(managed));
  OK(cuMemFreeHost(pinned));
}

static void inventedHandlesAreRefused(void) {
  CUdeviceptr memory;
  CUevent event;
  CUipcMemHandle handle = {{1}};
  CUipcEventHandle event_handle = {{1}};
  EXPECT_EQUAL(CUDA_ERROR_INVALID_HANDLE, cuIpcOpenMemHandle_v2(&memory, handle, 1));
  EXPECT_EQUAL(CUDA_ERROR_INVALID_VALUE, cuIpcOpenMemHandle_v2(&memory, handle, 0));
  EXPECT_EQUAL(CUDA_ERROR_INVALID_HANDLE, cuIpcOpenEventHandle(&event, event_handle));
}

static unsigned char read_byte(CUdeviceptr pointer, CUstream stream) {
  unsigned char byte;
  OK(cuMemcpyDtoHAsync_v2(&byte, pointer, 1, stream));
  return byte;
}

static void memory_peer(int socket) {
  CUipcMemHandle handle;
  CUdeviceptr memory, again;
  receive_message(socket, &handle, sizeof(handle));
  OK(cuIpcOpenMemHandle_v2(&memory, handle, CU_IPC_MEM_LAZY_ENABLE_PEER_ACCESS));
  OK(cuIpcOpenMemHandle_v2(&again, handle, CU_IPC_MEM_LAZY_ENABLE_PEER_ACCESS));
  EXPECT_EQUAL(memory, again);
  int ordinal = -1;
  OK(cuPointerGetAttribute(&ordinal, CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL, memory));
  EXPECT_EQUAL(0, ordinal); /* the other process calls it 1 */
  EXPECT_EQUAL(7, read_byte(memory + 99, NULL));
  OK(cuMemsetD8_v2(memory, 8, 1));
  OK(cuCtxSynchronize());
  send_go(socket);
  await_go(socket);
  EXPECT_EQUAL(CUDASIM_POISON, read_byte(memory, NULL)); /* freed by the owner under our hands */
  EXPECT_EQUAL(CUDA_ERROR_INVALID_VALUE, cuMemFree_v2(memory));
  OK(cuIpcCloseMemHandle(memory));
  OK(cuIpcCloseMemHandle(memory));
  EXPECT_EQUAL(CUDA_ERROR_INVALID_VALUE, cuIpcCloseMemHandle(memory));
  EXPECT_EQUAL(0, COUNT(LIVE_IPC_MAPPINGS));
}

static void anotherProcessSeesAndWritesTheMemoryAndItsPoison(void) {
  use_device(1);
  CUdeviceptr memory = device_memory(100);
  CUipcMemHandle handle;
  OK(cuMemsetD8_v2(memory, 7, 100));
  OK(cuCtxSynchronize());
  OK(cuIpcGetMemHandle(&handle, memory));
  setenv("CUDA_VISIBLE_DEVICES", "1,0", 1);
  peer other = start_peer("memory");
  unsetenv("CUDA_VISIBLE_DEVICES");
  send_message(other.socket, &handle, sizeof(handle), -1);
  await_go(other.socket);
  EXPECT_EQUAL(8, read_byte(memory, NULL));
  OK(cuMemFree_v2(memory));
  send_go(other.socket);
  join_peer(other);
  OK(cuDevicePrimaryCtxRelease_v2(1));
  use_device(0);
}

typedef struct {
  CUipcMemHandle memory;
  CUipcEventHandle event;
} shared;

enum { ROUNDS = 50 };

static void event_peer(int socket) {
  shared handles;
  CUdeviceptr memory;
  CUevent event;
  CUstream stream = new_stream(CU_STREAM_NON_BLOCKING);
  receive_message(socket, &handles, sizeof(handles));
  OK(cuIpcOpenMemHandle_v2(&memory, handles.memory, CU_IPC_MEM_LAZY_ENABLE_PEER_ACCESS));
  OK(cuIpcOpenEventHandle(&event, handles.event));
  for (unsigned i = 0; i < ROUNDS; i++) {
    await_go(socket);
    EXPECT(read_byte(memory, stream) != i); /* the wait is missing, so it is not there */
    OK(cuStreamWaitEvent(stream, event, 0));
    EXPECT_EQUAL(i, read_byte(memory, stream));
    /* And back, by the same event: the other one waits until we have written. */
    OK(cuMemsetD8Async(memory, (unsigned char)(i + 100), 1, stream));
    OK(cuEventRecord(event, stream));
    send_go(socket);
  }
  await_go(socket);
  OK(cuEventDestroy_v2(event));
  OK(cuIpcCloseMemHandle(memory));
  OK(cuStreamDestroy_v2(stream));
}

static void anEventOrdersTheWorkOfTwoProcesses(void) {
  CUdeviceptr memory = device_memory(1);
  CUstream stream = new_stream(CU_STREAM_NON_BLOCKING);
  CUevent event;
  shared handles;
  OK(cuEventCreate(&event, CU_EVENT_DISABLE_TIMING | CU_EVENT_INTERPROCESS));
  OK(cuIpcGetMemHandle(&handles.memory, memory));
  OK(cuIpcGetEventHandle(&handles.event, event));
  peer other = start_peer("event");
  send_message(other.socket, &handles, sizeof(handles), -1);
  for (unsigned i = 0; i < ROUNDS; i++) {
    OK(cuMemsetD8Async(memory, (unsigned char)i, 1, stream));
    OK(cuEventRecord(event, stream));
    send_go(other.socket);
    await_go(other.socket);
    EXPECT_EQUAL(i, peek(memory));
    OK(cuEventSynchronize(event));
    EXPECT_EQUAL(i + 100, peek(memory));
  }
  send_go(other.socket);
  join_peer(other);
  OK(cuEventDestroy_v2(event));
  OK(cuStreamDestroy_v2(stream));
  OK(cuMemFree_v2(memory));
}

static void anEventThatIsNotForOthersHasNoHandle(void) {
  CUevent event;
  CUipcEventHandle handle;
  OK(cuEventCreate(&event, CU_EVENT_DISABLE_TIMING));
  EXPECT_EQUAL(CUDA_ERROR_INVALID_VALUE, cuIpcGetEventHandle(&handle, event));
  OK(cuEventDestroy_v2(event));
  EXPECT_EQUAL(CUDA_ERROR_INVALID_VALUE, cuEventCreate(&event, CU_EVENT_INTERPROCESS));
}

int main(int count, char **arguments) {
  use_device(0);
  if (count == 3) {
    (strcmp(arguments[1], "memory") == 0 ? memory_peer : event_peer)(atoi(arguments[2]));
    return 0;
  }
  RUN(theSameProcessCannotOpenItsOwnHandles);
  RUN(onlyMemoryOfCuMemAllocHasAHandle);
  RUN(inventedHandlesAreRefused);
  RUN(anotherProcessSeesAndWritesTheMemoryAndItsPoison);
  RUN(anEventOrdersTheWorkOfTwoProcesses);
  RUN(anEventThatIsNotForOthersHasNoHandle);
  OK(cuDevicePrimaryCtxRelease_v2(0));
  return 0;
}
