package org.dlpack4j.arrow.cdata;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.tuple;
import static org.dlpack4j.internal.Memory.ALL;
import static org.junit.jupiter.api.Timeout.ThreadMode.SEPARATE_THREAD;

import java.lang.foreign.Arena;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.dlpack4j.arrow.cdata.CDataAbi.Array;
import org.dlpack4j.arrow.cdata.CDataAbi.Schema;
import org.dlpack4j.arrow.cdata.CDataViolation.Code;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the fuzz test of structs found, a test for each. */
class FuzzFindingsTest {

  private static final long FAR = 1L << 62;
  private static final int LENGTH = 20;
  private static final int CHILDREN = 1 << 20;

  private final TestAllocator allocator = new TestAllocator();

  @AfterEach
  void nothingIsLeft() {
    allocator.closeWhenReleased();
  }

  private RefusedArrayException refusal(ExportedArray exported) {
    return catchThrowableOfType(RefusedArrayException.class, () -> allocator.vectorOf(exported));
  }

  @Test
  void bitsThatNoProcessHasRoomForAreRefused() {
    Field bits = RandomFields.field("bits", new ArrowType.Bool());
    try (FieldVector vector =
            RandomVectors.make(allocator.get(), bits, LENGTH, 0.3, new Random(5));
        ExportedArray exported = CDataExporter.exportVector(vector)) {
      ALL.set(JAVA_LONG, exported.arrayAddress() + Array.OFFSET, FAR);
      assertThat(refusal(exported).violations())
          .extracting(CDataViolation::code, CDataViolation::member)
          .containsExactly(
              tuple(Code.TOO_LARGE, "buffers[0]"), tuple(Code.TOO_LARGE, "buffers[1]"));
    }
  }

  @Test
  void runEndsOfNoValuesAreNotLookedAt() {
    Field text = RandomFields.field("text", new ArrowType.Utf8());
    Field ends = new Field("run_ends", FieldType.notNullable(new ArrowType.Int(32, true)), null);
    Field runs = RandomFields.field("runs", new ArrowType.RunEndEncoded(), ends, text);
    try (FieldVector vector =
            RandomVectors.make(allocator.get(), runs, LENGTH, 0.3, new Random(5));
        ExportedArray exported = CDataExporter.exportVector(vector)) {
      long array = exported.arrayAddress();
      ALL.set(JAVA_LONG, array + Array.LENGTH, 0);
      long endsArray = ALL.get(JAVA_LONG, ALL.get(JAVA_LONG, array + Array.CHILDREN));
      ALL.set(JAVA_LONG, ALL.get(JAVA_LONG, endsArray + Array.BUFFERS) + Long.BYTES, 0);
      try (ImportedVector imported =
          CDataImporter.importVector(allocator.get(), array, exported.schemaAddress())) {
        assertThat(imported.vector().getValueCount()).isZero();
      }
    }
  }

  @Test
  // Whoever follows it to the end is interrupted by nothing.
  @Timeout(value = 20, unit = TimeUnit.SECONDS, threadMode = SEPARATE_THREAD)
  void aSchemaThatIsAMillionOfItsOwnChildrenIsRefusedSoon() {
    Field struct =
        RandomFields.field(
            "struct", new ArrowType.Struct(), RandomFields.field("bits", new ArrowType.Bool()));
    try (Arena arena = Arena.ofConfined();
        FieldVector vector =
            RandomVectors.make(allocator.get(), struct, LENGTH, 0.3, new Random(5));
        ExportedArray exported = CDataExporter.exportVector(vector)) {
      long schema = exported.schemaAddress();
      long pointers = arena.allocate(8L * CHILDREN, 8).address();
      for (int i = 0; i < CHILDREN; i++) {
        ALL.set(JAVA_LONG, pointers + 8L * i, schema);
      }
      long before = ALL.get(JAVA_LONG, schema + Schema.CHILDREN);
      ALL.set(JAVA_LONG, schema + Schema.CHILDREN, pointers);
      ALL.set(JAVA_LONG, schema + Schema.N_CHILDREN, CHILDREN);
      assertThat(refusal(exported).violations())
          .extracting(CDataViolation::code)
          .containsOnly(Code.TOO_DEEP);
      ALL.set(JAVA_LONG, schema + Schema.CHILDREN, before);
      ALL.set(JAVA_LONG, schema + Schema.N_CHILDREN, 1);
    }
  }
}
