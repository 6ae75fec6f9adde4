package org.dlpack4j.importing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.dlpack4j.importing.ForeignTensor.versioned;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.dlpack4j.Concurrently;
import org.dlpack4j.DataType;
import org.dlpack4j.TensorLayout;
import org.dlpack4j.TensorView;
import org.dlpack4j.abi.DlpackAbi;
import org.dlpack4j.abi.Flavour;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Each field is read once, and what was read decides. */
class SnapshotTest {

  private static final int ROUNDS = 20_000;
  private static final long[] SIZES = {4, 64, 1 << 20, -1, Long.MAX_VALUE};

  @ParameterizedTest
  @EnumSource
  void readsNoByteOfAStructTwice(Flavour flavour) {
    ForeignTensor tensor = ForeignTensor.of(flavour).shape(2, 3, 4);
    List<long[]> reads = new ArrayList<>();
    Snapshot snapshot = new Snapshot();

    snapshot.read(
        tensor.address(),
        flavour,
        64,
        (address, bytes) -> {
          reads.add(new long[] {address, address + bytes});
          return address;
        });

    assertThat(snapshot.tensorRead).isTrue();
    reads.removeIf(read -> read[0] == ForeignTensor.DELETER);
    if (flavour == Flavour.LEGACY) {
      // The struct for its end, where the deleter is, then the tensor in it for the rest.
      reads.removeIf(read -> read[1] - read[0] == flavour.layout().byteSize());
    }
    for (long[] one : reads) {
      assertThat(reads).filteredOn(other -> other[0] < one[1] && one[0] < other[1]).hasSize(1);
    }
  }

  /** Another thread writes sizes and pointers while this one imports. */
  @Test
  void decidesByOneSnapshotWhileTheStructChanges() throws InterruptedException {
    ForeignTensor foreign = versioned().dataType(DataType.INT8).shape(4);
    MemorySegment shape = foreign.shapeMemory();
    AtomicBoolean done = new AtomicBoolean();

    Concurrently.run(
        2,
        thread -> {
          if (thread == 0) {
            try {
              importOverAndOver(foreign);
            } finally {
              done.set(true);
            }
          } else {
            changeUntil(done, foreign, shape);
          }
        });
  }

  private static void importOverAndOver(ForeignTensor foreign) {
    int adopted = 0;
    int refused = 0;
    TensorImporter importer =
        foreign.importer().with(ImportPolicy.DEFAULT.maxBytes(ForeignTensor.DATA_BYTES));
    ReusableTensor reusable = importer.reusable();
    for (int round = 0; round < ROUNDS; round++) {
      try (ImportedTensor tensor = importer.adopt(foreign.pointer())) {
        assertConsistent(tensor);
        adopted++;
      } catch (RefusedTensorException e) {
        refused++;
      }
      try {
        reusable.adopt(foreign.address());
        assertThat(reusable.elementCount()).isEqualTo(reusable.shape(0)).isIn(4L, 64L);
        assertThat(reusable.getLong(reusable.shape(0) - 1)).isZero();
        reusable.close();
      } catch (RefusedTensorException e) {
        refused++;
      }
    }
    assertThat(adopted + refused).isGreaterThanOrEqualTo(ROUNDS);
    assertThat(foreign.deletions()).isGreaterThanOrEqualTo(adopted);
  }

  private static void assertConsistent(ImportedTensor tensor) {
    TensorView view = tensor.view();
    TensorLayout layout = view.layout();
    assertThat(layout.shape(0)).isIn(4L, 64L);
    assertThat(tensor.segment().byteSize()).isEqualTo(layout.shape(0));
    assertThat(tensor.segment().address()).isEqualTo(view.dataAddress());
    assertThat(tensor.elements().getLong(layout.shape(0) - 1)).isZero();
  }

  private static void changeUntil(AtomicBoolean done, ForeignTensor foreign, MemorySegment shape) {
    long data = foreign.data().address();
    long field = Flavour.VERSIONED.tensor() + DlpackAbi.DATA;
    for (int i = 0; !done.get(); i++) {
      ValueLayout.JAVA_LONG.varHandle().setOpaque(shape, 0L, SIZES[i % SIZES.length]);
      ValueLayout.JAVA_LONG.varHandle().setOpaque(foreign.struct(), field, data + i % 128);
    }
  }
}
