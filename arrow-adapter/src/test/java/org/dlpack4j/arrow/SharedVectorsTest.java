package org.dlpack4j.arrow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.NullVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.util.TransferPair;
import org.dlpack4j.exporting.ExportedTensor;
import org.dlpack4j.importing.ImportedTensor;
import org.dlpack4j.importing.TensorImporter;
import org.dlpack4j.memory.SharedLocation;
import org.dlpack4j.memory.SharedMemory;
import org.junit.jupiter.api.Test;

/** Vectors in shared memory: where they are, and that they cross as all others do. */
class SharedVectorsTest extends SharedArrowMemory {

  private static SharedLocation at(FieldVector vector) {
    return SharedBuffers.locate(vector).orElseThrow();
  }

  private static BigIntVector squares(BufferAllocator allocator, int count) {
    BigIntVector vector = new BigIntVector("squares", allocator);
    vector.allocateNew(count);
    for (int i = 0; i < count; i++) {
      vector.set(i, (long) i * i);
    }
    vector.setValueCount(count);
    return vector;
  }

  @Test
  void aVectorIsWhereItsFirstRowIs() {
    try (BigIntVector vector = squares(allocator, 100)) {
      assertThat(SharedMemory.locate(vector.getDataBufferAddress())).contains(at(vector));
      assertThat(SharedBuffers.locate(vector.getValidityBuffer())).isPresent();

      TransferPair pair = vector.getTransferPair(allocator);
      pair.splitAndTransfer(16, 10);
      try (BigIntVector part = (BigIntVector) pair.getTo()) {
        assertThat(at(part))
            .isEqualTo(new SharedLocation(at(vector).segment(), at(vector).offset() + 16 * 8));
        assertThat(part.get(0)).isEqualTo(256);
      }
    }
  }

  @Test
  void aVectorThatGrowsMovesAndGivesItsOldMemoryBack() {
    try (IntVector vector = new IntVector("grows", allocator)) {
      vector.allocateNew(16);
      SharedLocation before = at(vector);
      for (int i = 0; i < 1_000_000; i++) {
        vector.setSafe(i, i);
      }
      vector.setValueCount(1_000_000);

      assertThat(at(vector).segment()).isNotSameAs(before.segment());
      assertThat(vector.get(12)).isEqualTo(12);
      assertThat(vector.get(999_999)).isEqualTo(999_999);
      assertThat(pool.statistics().liveAllocations()).as("data and validity").isEqualTo(1);
    }
  }

  @Test
  void aVectorWithoutMemoryIsNowhere() {
    try (IntVector vector = new IntVector("empty", allocator);
        BufferAllocator other = new RootAllocator();
        BigIntVector elsewhere = squares(other, 3)) {
      assertThat(SharedBuffers.locate(vector)).isEmpty();
      assertThat(SharedBuffers.locate(elsewhere)).isEmpty();
    }
  }

  @Test
  void refusesToLocateWhatHasNoValuesOfItsOwn() {
    try (ListVector list = ListVector.empty("l", allocator);
        NullVector nulls = new NullVector("n", 3)) {
      assertThatExceptionOfType(RefusedVectorException.class)
          .isThrownBy(() -> SharedBuffers.locate(list))
          .withMessage(
              "column l of List: expected a vector with a data buffer but found one without; locate"
                  + " its other buffers, or its children");
      assertThatExceptionOfType(RefusedVectorException.class)
          .isThrownBy(() -> SharedBuffers.locate(nulls));
    }
  }

  @Test
  void anExportShowsConsumersTheSharedMemoryItself() {
    ImportedTensor tensor;
    SharedLocation place;
    try (BigIntVector vector = squares(allocator, 1000)) {
      place = at(vector);
      ExportedTensor exported = ArrowExporter.versioned().export(vector);
      tensor = TensorImporter.versioned().adopt(exported.transferOut());
    }
    assertThat(SharedMemory.locate(tensor.view().dataAddress())).contains(place);
    assertThat(tensor.elements().getLong(999)).isEqualTo(998001);
    assertThat(pool.statistics().liveAllocations()).isEqualTo(1);
    tensor.close();
  }

  @Test
  void anImportedVectorIsLocatedWhereItsProducerPutIt() {
    try (BigIntVector vector = squares(allocator, 10);
        BufferAllocator other = new RootAllocator();
        FieldVector imported =
            ArrowImporter.versioned(other)
                .importVector("x", ArrowExporter.versioned().export(vector).transferOut())) {
      assertThat(SharedBuffers.locate(imported)).contains(at(vector));
    }
  }

  @Test
  void anExportsReleaseGivesLargeMemoryBackToThePool() throws InterruptedException {
    ExportedTensor exported;
    try (BigIntVector vector = squares(allocator, 1 << 18)) {
      exported = ArrowExporter.versioned().export(vector);
    }
    assertThat(pool.statistics().keptBytes()).isZero();
    exported.close();
    assertThat(ArrowExports.awaitReleased(allocator, ArrowMemory.PATIENCE)).isTrue();
    assertThat(allocator.getAllocatedMemory()).isZero();
    assertThat(pool.statistics().keptBytes()).as("data and validity, rounded").isEqualTo(4 << 20);
  }
}
