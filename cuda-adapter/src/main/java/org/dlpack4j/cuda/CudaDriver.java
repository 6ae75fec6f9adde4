package org.dlpack4j.cuda;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.dlpack4j.cuda.internal.DriverLibrary.function;

import java.lang.foreign.MemoryLayout;
import org.dlpack4j.cuda.internal.DriverFunction;

/**
 * The functions of the driver that this module calls, under their own names.
 *
 * <p>{@code POINTER} stands for addresses, of the host and of the device, and for handles.
 */
final class CudaDriver {

  private static final MemoryLayout POINTER = JAVA_LONG;
  private static final MemoryLayout SIZE = JAVA_LONG;
  private static final MemoryLayout INT = JAVA_INT;

  static final DriverFunction cuInit = function("cuInit", INT);
  static final DriverFunction cuDriverGetVersion = function("cuDriverGetVersion", POINTER);
  static final DriverFunction cuGetErrorName = function("cuGetErrorName", INT, POINTER);
  static final DriverFunction cuGetErrorString = function("cuGetErrorString", INT, POINTER);

  static final DriverFunction cuDeviceGetCount = function("cuDeviceGetCount", POINTER);
  static final DriverFunction cuDeviceGet = function("cuDeviceGet", POINTER, INT);
  static final DriverFunction cuDeviceGetName = function("cuDeviceGetName", POINTER, INT, INT);
  static final DriverFunction cuDeviceGetUuid_v2 = function("cuDeviceGetUuid_v2", POINTER, INT);
  static final DriverFunction cuDeviceTotalMem_v2 = function("cuDeviceTotalMem_v2", POINTER, INT);

  static final DriverFunction cuDevicePrimaryCtxRetain =
      function("cuDevicePrimaryCtxRetain", POINTER, INT);
  static final DriverFunction cuDevicePrimaryCtxGetState =
      function("cuDevicePrimaryCtxGetState", INT, POINTER, POINTER);
  static final DriverFunction cuCtxPushCurrent_v2 = function("cuCtxPushCurrent_v2", POINTER);
  static final DriverFunction cuCtxPopCurrent_v2 = function("cuCtxPopCurrent_v2", POINTER);
  static final DriverFunction cuCtxGetDevice = function("cuCtxGetDevice", POINTER);
  static final DriverFunction cuCtxSynchronize = function("cuCtxSynchronize");

  static final DriverFunction cuMemAlloc_v2 = function("cuMemAlloc_v2", POINTER, SIZE);
  static final DriverFunction cuMemAllocManaged = function("cuMemAllocManaged", POINTER, SIZE, INT);
  static final DriverFunction cuMemFree_v2 = function("cuMemFree_v2", POINTER);
  static final DriverFunction cuMemHostAlloc = function("cuMemHostAlloc", POINTER, SIZE, INT);
  static final DriverFunction cuMemFreeHost = function("cuMemFreeHost", POINTER);
  static final DriverFunction cuPointerGetAttributes =
      function("cuPointerGetAttributes", INT, POINTER, POINTER, POINTER);
  static final DriverFunction cuMemcpyAsync =
      function("cuMemcpyAsync", POINTER, POINTER, SIZE, POINTER);
  static final DriverFunction cuMemcpy2DAsync_v2 = function("cuMemcpy2DAsync_v2", POINTER, POINTER);
  static final DriverFunction cuMemsetD8Async =
      function("cuMemsetD8Async", POINTER, JAVA_BYTE, SIZE, POINTER);

  static final DriverFunction cuMemCreate =
      function("cuMemCreate", POINTER, SIZE, POINTER, JAVA_LONG);
  static final DriverFunction cuMemRelease = function("cuMemRelease", POINTER);
  static final DriverFunction cuMemRetainAllocationHandle =
      function("cuMemRetainAllocationHandle", POINTER, POINTER);
  static final DriverFunction cuMemGetAllocationGranularity =
      function("cuMemGetAllocationGranularity", POINTER, POINTER, INT);
  static final DriverFunction cuMemAddressReserve =
      function("cuMemAddressReserve", POINTER, SIZE, SIZE, POINTER, JAVA_LONG);
  static final DriverFunction cuMemAddressFree = function("cuMemAddressFree", POINTER, SIZE);
  static final DriverFunction cuMemMap =
      function("cuMemMap", POINTER, SIZE, SIZE, POINTER, JAVA_LONG);
  static final DriverFunction cuMemUnmap = function("cuMemUnmap", POINTER, SIZE);
  static final DriverFunction cuMemSetAccess =
      function("cuMemSetAccess", POINTER, SIZE, POINTER, SIZE);
  static final DriverFunction cuMemExportToShareableHandle =
      function("cuMemExportToShareableHandle", POINTER, POINTER, INT, JAVA_LONG);
  static final DriverFunction cuIpcGetMemHandle = function("cuIpcGetMemHandle", POINTER, POINTER);
  static final DriverFunction cuIpcGetEventHandle =
      function("cuIpcGetEventHandle", POINTER, POINTER);

  static final DriverFunction cuStreamCreate = function("cuStreamCreate", POINTER, INT);
  static final DriverFunction cuStreamDestroy_v2 = function("cuStreamDestroy_v2", POINTER);
  static final DriverFunction cuStreamSynchronize = function("cuStreamSynchronize", POINTER);
  static final DriverFunction cuStreamWaitEvent =
      function("cuStreamWaitEvent", POINTER, POINTER, INT);
  static final DriverFunction cuStreamIsCapturing =
      function("cuStreamIsCapturing", POINTER, POINTER);

  static final DriverFunction cuThreadExchangeStreamCaptureMode =
      function("cuThreadExchangeStreamCaptureMode", POINTER);

  static final DriverFunction cuEventCreate = function("cuEventCreate", POINTER, INT);
  static final DriverFunction cuEventRecord = function("cuEventRecord", POINTER, POINTER);
  static final DriverFunction cuEventSynchronize = function("cuEventSynchronize", POINTER);
  static final DriverFunction cuEventQuery = function("cuEventQuery", POINTER);
  static final DriverFunction cuEventDestroy_v2 = function("cuEventDestroy_v2", POINTER);

  private CudaDriver() {}
}
