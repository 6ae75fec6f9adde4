package org.dlpack4j.abi;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.StructLayout;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Against the numbers that gcc printed for dlpack.h 1.3 on x86-64. */
class DlpackAbiTest {

  private static final String FROM_THE_C_COMPILER =
      """
      sizeof DLPackVersion = 8
      DLPackVersion.major = 0
      DLPackVersion.minor = 4
      sizeof DLDevice = 8
      DLDevice.device_type = 0
      DLDevice.device_id = 4
      sizeof DLDataType = 4
      DLDataType.code = 0
      DLDataType.bits = 1
      DLDataType.lanes = 2
      sizeof DLTensor = 48
      DLTensor.data = 0
      DLTensor.device = 8
      DLTensor.ndim = 16
      DLTensor.dtype = 20
      DLTensor.shape = 24
      DLTensor.strides = 32
      DLTensor.byte_offset = 40
      sizeof DLManagedTensor = 64
      DLManagedTensor.dl_tensor = 0
      DLManagedTensor.manager_ctx = 48
      DLManagedTensor.deleter = 56
      sizeof DLManagedTensorVersioned = 80
      DLManagedTensorVersioned.version = 0
      DLManagedTensorVersioned.manager_ctx = 8
      DLManagedTensorVersioned.deleter = 16
      DLManagedTensorVersioned.flags = 24
      DLManagedTensorVersioned.dl_tensor = 32
      sizeof DLPackExchangeAPIHeader = 16
      DLPackExchangeAPIHeader.version = 0
      DLPackExchangeAPIHeader.prev_api = 8
      sizeof DLPackExchangeAPI = 56
      DLPackExchangeAPI.header = 0
      DLPackExchangeAPI.managed_tensor_allocator = 16
      DLPackExchangeAPI.managed_tensor_from_py_object_no_sync = 24
      DLPackExchangeAPI.managed_tensor_to_py_object_no_sync = 32
      DLPackExchangeAPI.dltensor_from_py_object_no_sync = 40
      DLPackExchangeAPI.current_work_stream = 48
      """;

  @Test
  void hasTheSizesAndOffsetsOfDlpack13() {
    Map<String, Long> expected = new LinkedHashMap<>();
    FROM_THE_C_COMPILER
        .lines()
        .map(line -> line.split(" = ", -1))
        .forEach(fact -> expected.put(fact[0], Long.valueOf(fact[1])));

    assertThat(DlpackAbi.facts()).containsExactlyEntriesOf(expected);
  }

  @Test
  void alignsStructsAsTheCCompilerDoes() {
    assertThat(DlpackAbi.DL_PACK_VERSION.byteAlignment()).isEqualTo(4);
    assertThat(DlpackAbi.DL_DEVICE.byteAlignment()).isEqualTo(4);
    assertThat(DlpackAbi.DL_DATA_TYPE.byteAlignment()).isEqualTo(2);
    for (StructLayout struct :
        new StructLayout[] {
          DlpackAbi.DL_TENSOR,
          DlpackAbi.DL_MANAGED_TENSOR,
          DlpackAbi.DL_MANAGED_TENSOR_VERSIONED,
          DlpackAbi.DL_PACK_EXCHANGE_API_HEADER,
          DlpackAbi.DL_PACK_EXCHANGE_API,
        }) {
      assertThat(struct.byteAlignment()).as("%s", struct).isEqualTo(8);
    }
  }

  @Test
  void namesTheOffsetsOfFields() {
    assertThat(DlpackAbi.DATA).isEqualTo(0);
    assertThat(DlpackAbi.DEVICE).isEqualTo(8);
    assertThat(DlpackAbi.NDIM).isEqualTo(16);
    assertThat(DlpackAbi.DTYPE).isEqualTo(20);
    assertThat(DlpackAbi.SHAPE).isEqualTo(24);
    assertThat(DlpackAbi.STRIDES).isEqualTo(32);
    assertThat(DlpackAbi.BYTE_OFFSET).isEqualTo(40);
    assertThat(DlpackAbi.FLAGS).isEqualTo(24);
  }

  @ParameterizedTest
  @CsvSource({"LEGACY, 64, 0, 48, 56", "VERSIONED, 80, 32, 8, 16"})
  void knowsBothFlavours(
      Flavour flavour, long size, long tensor, long managerContext, long deleter) {
    assertThat(flavour.layout().byteSize()).isEqualTo(size);
    assertThat(flavour.tensor()).isEqualTo(tensor);
    assertThat(flavour.managerContext()).isEqualTo(managerContext);
    assertThat(flavour.deleter()).isEqualTo(deleter);
  }
}
