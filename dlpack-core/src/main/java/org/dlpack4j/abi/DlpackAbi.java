package org.dlpack4j.abi;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.StructLayout;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The structs of dlpack.h 1.3 as memory layouts, with DLPack's own names for fields. */
public final class DlpackAbi {

  /** {@code DLPackVersion}. */
  public static final StructLayout DL_PACK_VERSION =
      MemoryLayout.structLayout(JAVA_INT.withName("major"), JAVA_INT.withName("minor"))
          .withName("DLPackVersion");

  /** {@code DLDevice}. */
  public static final StructLayout DL_DEVICE =
      MemoryLayout.structLayout(JAVA_INT.withName("device_type"), JAVA_INT.withName("device_id"))
          .withName("DLDevice");

  /** {@code DLDataType}. */
  public static final StructLayout DL_DATA_TYPE =
      MemoryLayout.structLayout(
              JAVA_BYTE.withName("code"), JAVA_BYTE.withName("bits"), JAVA_SHORT.withName("lanes"))
          .withName("DLDataType");

  /** {@code DLTensor}. */
  public static final StructLayout DL_TENSOR =
      MemoryLayout.structLayout(
              ADDRESS.withName("data"),
              DL_DEVICE.withName("device"),
              JAVA_INT.withName("ndim"),
              DL_DATA_TYPE.withName("dtype"),
              ADDRESS.withName("shape"),
              ADDRESS.withName("strides"),
              JAVA_LONG.withName("byte_offset"))
          .withName("DLTensor");

  /** {@code DLManagedTensor}, the legacy flavour. */
  public static final StructLayout DL_MANAGED_TENSOR =
      MemoryLayout.structLayout(
              DL_TENSOR.withName("dl_tensor"),
              ADDRESS.withName("manager_ctx"),
              ADDRESS.withName("deleter"))
          .withName("DLManagedTensor");

  /** {@code DLManagedTensorVersioned}. */
  public static final StructLayout DL_MANAGED_TENSOR_VERSIONED =
      MemoryLayout.structLayout(
              DL_PACK_VERSION.withName("version"),
              ADDRESS.withName("manager_ctx"),
              ADDRESS.withName("deleter"),
              JAVA_LONG.withName("flags"),
              DL_TENSOR.withName("dl_tensor"))
          .withName("DLManagedTensorVersioned");

  /** {@code DLPackExchangeAPIHeader}. */
  public static final StructLayout DL_PACK_EXCHANGE_API_HEADER =
      MemoryLayout.structLayout(DL_PACK_VERSION.withName("version"), ADDRESS.withName("prev_api"))
          .withName("DLPackExchangeAPIHeader");

  /** {@code DLPackExchangeAPI}. */
  public static final StructLayout DL_PACK_EXCHANGE_API =
      MemoryLayout.structLayout(
              DL_PACK_EXCHANGE_API_HEADER.withName("header"),
              ADDRESS.withName("managed_tensor_allocator"),
              ADDRESS.withName("managed_tensor_from_py_object_no_sync"),
              ADDRESS.withName("managed_tensor_to_py_object_no_sync"),
              ADDRESS.withName("dltensor_from_py_object_no_sync"),
              ADDRESS.withName("current_work_stream"))
          .withName("DLPackExchangeAPI");

  /** Offset of {@code DLTensor.data}. */
  public static final long DATA = offset(DL_TENSOR, "data");

  /** Offset of {@code DLTensor.device}. */
  public static final long DEVICE = offset(DL_TENSOR, "device");

  /** Offset of {@code DLTensor.ndim}. */
  public static final long NDIM = offset(DL_TENSOR, "ndim");

  /** Offset of {@code DLTensor.dtype}. */
  public static final long DTYPE = offset(DL_TENSOR, "dtype");

  /** Offset of {@code DLTensor.shape}. */
  public static final long SHAPE = offset(DL_TENSOR, "shape");

  /** Offset of {@code DLTensor.strides}. */
  public static final long STRIDES = offset(DL_TENSOR, "strides");

  /** Offset of {@code DLTensor.byte_offset}. */
  public static final long BYTE_OFFSET = offset(DL_TENSOR, "byte_offset");

  /** Offset of {@code DLManagedTensorVersioned.flags}. */
  public static final long FLAGS = offset(DL_MANAGED_TENSOR_VERSIONED, "flags");

  private DlpackAbi() {}

  /**
   * Every size and offset, under the names {@code sizeof DLTensor} and {@code DLTensor.data}: what
   * a C compiler must agree with.
   *
   * @return name to bytes
   */
  public static Map<String, Long> facts() {
    Map<String, Long> facts = new LinkedHashMap<>();
    for (StructLayout struct :
        List.of(
            DL_PACK_VERSION,
            DL_DEVICE,
            DL_DATA_TYPE,
            DL_TENSOR,
            DL_MANAGED_TENSOR,
            DL_MANAGED_TENSOR_VERSIONED,
            DL_PACK_EXCHANGE_API_HEADER,
            DL_PACK_EXCHANGE_API)) {
      String name = struct.name().orElseThrow();
      facts.put("sizeof " + name, struct.byteSize());
      for (MemoryLayout field : struct.memberLayouts()) {
        String fieldName = field.name().orElseThrow();
        facts.put(name + "." + fieldName, offset(struct, fieldName));
      }
    }
    return facts;
  }

  static long offset(StructLayout struct, String field) {
    return struct.byteOffset(groupElement(field));
  }
}
