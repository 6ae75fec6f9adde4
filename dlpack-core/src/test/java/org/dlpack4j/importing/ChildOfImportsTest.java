package org.dlpack4j.importing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import org.dlpack4j.Concurrently;
import org.dlpack4j.DataType;
import org.dlpack4j.Owner;
import org.dlpack4j.importing.Violation.Code;

/** Counts all imports of a JVM in which nobody else imports. */
final class ChildOfImportsTest {

  static final String COUNTED = "all of it was counted";

  private static final long BYTES = 6 * Float.BYTES;

  private ChildOfImportsTest() {}

  @SuppressWarnings("SystemOut") // read by the parent
  public static void main(String[] args) throws InterruptedException {
    everyWayToHoldATensorCountsUntilItsEnd();
    whatIsTurnedIntoAnOwnerCountsNoLonger();
    aReusableTensorCountsWhileItHoldsOne();
    nestedImportsAreCounted();
    refusalsAreCountedByCode();
    aTableCountsByItsTensors();
    refusedTablesAreCountedByTheirCodesAndByThoseOfTheirTensors();
    threadsThatMeetAreCountedExactly();
    System.out.println(COUNTED);
  }

  private static void assertLive(long live) {
    ImportStatistics now = Imports.statistics();
    assertThat(now.live()).as("%s", now).isEqualTo(live);
    assertThat(now.bytes()).as("%s", now).isEqualTo(live * BYTES);
    assertThat(now.leaks()).isZero();
  }

  private static void everyWayToHoldATensorCountsUntilItsEnd() {
    TensorImporter importer = TensorImporter.versioned();
    assertLive(0);
    try (Arena arena = Arena.ofConfined()) {
      ImportedTensor confined = importer.adopt(ForeignTensor.versioned().pointer());
      ImportedTensor shared = importer.shared().adopt(ForeignTensor.versioned().pointer());
      ImportedTensor passedOn = importer.adoptOrDiscard(ForeignTensor.versioned().pointer());
      importer.adopt(ForeignTensor.versioned().pointer(), arena);
      assertLive(4);
      confined.close();
      confined.close();
      assertLive(3);
      shared.close();
      assertLive(2);
      assertThat(passedOn.transferOut().address()).isNotZero();
      assertLive(1);
    }
    assertLive(0);
  }

  private static void whatIsTurnedIntoAnOwnerCountsNoLonger() {
    Owner owner = TensorImporter.legacy().adopt(ForeignTensor.legacy().pointer()).intoOwner();
    assertLive(0);
    owner.release();
    assertLive(0);
  }

  private static void aReusableTensorCountsWhileItHoldsOne() {
    ReusableTensor tensor = TensorImporter.versioned().reusable();
    assertLive(0);
    for (int i = 0; i < 2; i++) {
      tensor.adopt(ForeignTensor.versioned().address());
      assertLive(1);
      tensor.close();
      assertLive(0);
    }
    tensor.adopt(ForeignTensor.versioned().address());
    assertThat(tensor.transferOut()).isNotZero();
    assertLive(0);
  }

  /** Within another's examination, as a deleter that calls Java may. */
  private static void nestedImportsAreCounted() {
    Examination outer = Examination.take();
    ImportedTensor inner = TensorImporter.versioned().adopt(ForeignTensor.versioned().pointer());
    assertLive(1);
    inner.close();
    assertLive(0);
    outer.giveBack();
    assertLive(0);
  }

  private static void refusalsAreCountedByCode() {
    ForeignTensor tensor = ForeignTensor.versioned().shape(-1, -2).dataType(DataType.BOOL);
    TensorImporter ints =
        TensorImporter.versioned().with(ImportPolicy.DEFAULT.onlyDataTypes(DataType.INT32));
    assertThat(ints.inspect(tensor.pointer()).violations()).hasSize(3);
    assertThat(Imports.statistics().refusals()).as("to inspect is not to refuse").isZero();
    for (int i = 0; i < 3; i++) {
      assertThatExceptionOfType(RefusedTensorException.class)
          .isThrownBy(() -> ints.adopt(tensor.pointer()));
    }
    assertThatExceptionOfType(RefusedTensorException.class)
        .isThrownBy(() -> ints.reusable().adopt(0));

    ImportStatistics now = Imports.statistics();
    assertThat(now.refusals()).isEqualTo(4);
    assertThat(now.violations())
        .as("a tensor counts once for a code, however many axes have it")
        .isEqualTo(
            Map.of(
                Code.NULL_POINTER,
                1L,
                Code.NEGATIVE_DIMENSION,
                3L,
                Code.DATA_TYPE_NOT_ALLOWED,
                3L));
    assertLive(0);
  }

  private static void aTableCountsByItsTensors() {
    TableImporter importer = TableImporter.versioned();
    try (Arena arena = Arena.ofConfined()) {
      ImportedTable confined = importer.adopt(pointer(), pointer());
      ImportedTable shared = importer.shared().adopt(pointer());
      ImportedTable passedOn = importer.adopt(pointer(), pointer(), pointer());
      ImportedTable owned = importer.adopt(pointer());
      ImportedTable ended = importer.into(arena).adopt(pointer(), pointer());
      assertThat(ended.rows()).isEqualTo(6);
      assertLive(9);
      confined.close();
      confined.close();
      assertLive(7);
      shared.close();
      assertLive(6);
      assertThat(passedOn.transferOut()).hasSize(3);
      assertLive(3);
      Owner owner = owned.intoOwner();
      assertLive(2);
      owner.release();
      assertLive(2);
    }
    assertLive(0);
  }

  private static MemorySegment pointer() {
    return ForeignTensor.versioned().shape(6).pointer();
  }

  private static void refusedTablesAreCountedByTheirCodesAndByThoseOfTheirTensors() {
    ImportStatistics before = Imports.statistics();
    MemorySegment bad = ForeignTensor.versioned().shape(2, 3).pointer();
    for (int i = 0; i < 2; i++) {
      assertThatExceptionOfType(RefusedTableException.class)
          .isThrownBy(() -> TableImporter.versioned().adopt(bad, MemorySegment.NULL));
    }
    assertThatExceptionOfType(RefusedTableException.class)
        .isThrownBy(() -> TableImporter.versioned().adoptOrDiscard(bad, pointer()));

    ImportStatistics now = Imports.statistics();
    assertThat(now.refusals()).isEqualTo(before.refusals() + 3);
    assertThat(now.tableViolations())
        .isEqualTo(Map.of(TableViolation.Code.TENSOR, 3L, TableViolation.Code.MISSING_TENSOR, 2L));
    assertThat(now.violations()).containsEntry(Code.NDIM_OUT_OF_RANGE, 3L);
    assertLive(0);
  }

  /** Each ending what another adopted. */
  private static void threadsThatMeetAreCountedExactly() throws InterruptedException {
    int threads = 24;
    int each = 20;
    Arena[] arenas = new Arena[threads];
    for (int round = 0; round < 3; round++) {
      Concurrently.run(
          threads,
          thread -> {
            arenas[thread] = Arena.ofShared();
            adopt(each, arenas[thread]);
          });
      assertLive((long) threads * each);
      int shift = round;
      Concurrently.run(threads, thread -> arenas[(thread + shift) % threads].close());
      assertLive(0);
    }
  }

  private static void adopt(int count, Arena arena) {
    TensorImporter importer = TensorImporter.versioned();
    for (int i = 0; i < count; i++) {
      importer.adopt(ForeignTensor.versioned().pointer(), arena);
      importer.adopt(ForeignTensor.versioned().pointer()).close();
    }
  }
}
