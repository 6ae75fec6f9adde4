package org.dlpack4j.arrow.cdata;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.dlpack4j.internal.Memory.ALL;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.OutOfMemoryException;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.complex.StructVector;
import org.apache.arrow.vector.dictionary.DictionaryProvider.MapDictionaryProvider;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.dlpack4j.arrow.cdata.CDataAbi.Array;
import org.dlpack4j.arrow.cdata.CDataAbi.DeviceArray;
import org.dlpack4j.arrow.cdata.CDataAbi.Schema;
import org.dlpack4j.exporting.Exports;
import org.dlpack4j.internal.NativeCalls;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Who holds what, and when it goes. */
class OwnershipTest {

  private final TestAllocator allocator = new TestAllocator();

  @AfterEach
  void nothingIsLeft() {
    allocator.closeWhenReleased();
  }

  private IntVector numbers() {
    IntVector vector = new IntVector("numbers", allocator.get());
    vector.allocateNew(100);
    for (int i = 0; i < 100; i++) {
      vector.set(i, i);
    }
    vector.setValueCount(100);
    return vector;
  }

  private FieldVector struct() {
    Field field =
        RandomFields.ofEveryType().stream()
            .filter(any -> any.getType() instanceof ArrowType.Struct)
            .findFirst()
            .orElseThrow();
    return RandomVectors.make(allocator.get(), field, 50, 0.2, new Random(1));
  }

  private static long get(long address) {
    return ALL.get(JAVA_LONG, address);
  }

  private static void release(long struct) {
    NativeCalls.call(get(struct + Array.RELEASE), struct);
  }

  /** What a consumer does: it copies the struct, and marks the source as released. */
  private static long moved(long array, Arena arena) {
    long target = arena.allocate(Array.BYTES, Long.BYTES).address();
    MemorySegment.copy(ALL, array, ALL, target, Array.BYTES);
    ALL.set(JAVA_LONG, array + Array.RELEASE, 0L);
    return target;
  }

  @Test
  void anExportHoldsTheBuffersUntilItIsReleased() {
    ExportedArray exported;
    try (FieldVector vector = numbers()) {
      exported = CDataExporter.exportVector(vector);
    }
    assertThat(allocator.get().getAllocatedMemory()).isPositive();
    release(exported.arrayAddress());
    assertThat(get(exported.arrayAddress() + Array.RELEASE)).isZero();
    allocator.awaitAllocated(0);
    exported.close();
  }

  @Test
  void closingReleasesWhatNobodyHasMoved() {
    try (FieldVector vector = struct()) {
      CDataExporter.exportVector(vector).close();
    }
    allocator.awaitAllocated(0);
  }

  @Test
  void closingTwiceIsClosingOnce() {
    ExportedArray exported;
    try (FieldVector vector = numbers()) {
      exported = CDataExporter.exportVector(vector);
    }
    exported.close();
    exported.close();
    assertThat(exported).hasToString("exported array, closed");
    assertThatThrownBy(exported::arrayAddress)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("expected it to be open but found it closed");
  }

  @Test
  void movedArraysAndChildrenLiveOnTheirOwn() {
    try (Arena arena = Arena.ofConfined()) {
      long parent;
      long child;
      try (FieldVector vector = struct();
          ExportedArray exported = CDataExporter.exportVector(vector)) {
        parent = moved(exported.arrayAddress(), arena);
        child = moved(get(get(parent + Array.CHILDREN)), arena);
      }
      long before = allocator.get().getAllocatedMemory();
      release(parent);
      awaitLessThan(before);
      assertThat(allocator.get().getAllocatedMemory()).isPositive();
      assertThat(get(child + Array.LENGTH)).isEqualTo(50);
      release(child);
      allocator.awaitAllocated(0);
    }
  }

  private void awaitLessThan(long bytes) {
    long end = System.nanoTime() + 10_000_000_000L;
    while (allocator.get().getAllocatedMemory() >= bytes && System.nanoTime() < end) {
      Exports.releasePending();
      Thread.onSpinWait();
    }
    assertThat(allocator.get().getAllocatedMemory()).isLessThan(bytes);
  }

  @Test
  void releasesMayComeFromAnyThread() throws InterruptedException {
    try (Arena arena = Arena.ofShared()) {
      long array;
      try (FieldVector vector = struct();
          ExportedArray exported = CDataExporter.exportVector(vector)) {
        array = moved(exported.arrayAddress(), arena);
      }
      Thread other = new Thread(() -> release(array));
      other.start();
      other.join();
      allocator.awaitAllocated(0);
    }
  }

  @Test
  void anImportMovesTheArrayAndReleasesTheSchema() {
    try (FieldVector vector = numbers();
        ExportedArray exported = CDataExporter.exportVector(vector);
        ImportedVector imported = allocator.vectorOf(exported)) {
      assertThat(get(exported.arrayAddress() + Array.RELEASE)).isZero();
      assertThat(get(exported.schemaAddress() + Schema.RELEASE)).isZero();
      assertThat(imported.vector().getName()).isEqualTo("numbers");
    }
  }

  @Test
  void theProducerIsToldWhenTheLastBufferGoes() {
    ImportedVector imported;
    try (FieldVector vector = numbers();
        ExportedArray exported = CDataExporter.exportVector(vector)) {
      imported = allocator.vectorOf(exported);
    }
    var data = imported.vector().getDataBuffer();
    data.getReferenceManager().retain();
    imported.close();
    assertThat(data.getInt(4)).isEqualTo(1);
    assertThat(allocator.get().getAllocatedMemory()).isPositive();
    data.close();
    allocator.awaitAllocated(0);
  }

  @Test
  void anAllocatorThatHasTooLittleLeavesAllWithTheCaller() {
    try (FieldVector vector = numbers();
        ExportedArray exported = CDataExporter.exportVector(vector);
        BufferAllocator small = new RootAllocator(100)) {
      assertThatExceptionOfType(OutOfMemoryException.class)
          .isThrownBy(
              () ->
                  CDataImporter.importVector(
                      small, exported.arrayAddress(), exported.schemaAddress()));
      assertThat(small.getAllocatedMemory()).isZero();
      assertThat(get(exported.arrayAddress() + Array.RELEASE)).isNotZero();
      assertThat(get(exported.schemaAddress() + Schema.RELEASE)).isNotZero();
    }
  }

  @Test
  void anAllocatorThatHasTooLittleForACopyLeavesAllWithTheCaller() {
    try (FieldVector vector = struct();
        ExportedArray exported = CDataExporter.exportVector(vector)) {
      ALL.set(JAVA_LONG, exported.arrayAddress() + Array.OFFSET, 3L);
      ALL.set(JAVA_LONG, exported.arrayAddress() + Array.LENGTH, 40L);
      long bytes;
      try (BufferAllocator enough = new RootAllocator();
          ExportedArray other = CDataExporter.exportVector(vector);
          ImportedVector imported =
              CDataImporter.importVector(enough, other.arrayAddress(), other.schemaAddress())) {
        assertThat(imported.vector().getValueCount()).isEqualTo(50);
        bytes = enough.getAllocatedMemory();
      }
      try (BufferAllocator small = new RootAllocator(bytes - bytes / 5)) {
        assertThatExceptionOfType(OutOfMemoryException.class)
            .isThrownBy(
                () ->
                    CDataImporter.importVector(
                        small, exported.arrayAddress(), exported.schemaAddress()));
        assertThat(small.getAllocatedMemory()).isZero();
      }
      assertThat(get(exported.arrayAddress() + Array.RELEASE)).isNotZero();
    }
  }

  @Test
  void anImportWithoutNullsAllocatesNothing() {
    try (BigIntVector vector = new BigIntVector("many", allocator.get())) {
      vector.allocateNew(1 << 20);
      vector.setValueCount(1 << 20);
      for (int i = 0; i < 1 << 20; i++) {
        vector.set(i, i);
      }
      ExportedArray exported = CDataExporter.exportVector(vector);
      ALL.set(JAVA_LONG, exported.arrayAddress() + Array.NULL_COUNT, 0L);
      TestAllocator other = new TestAllocator();
      try (ImportedVector imported = other.vectorOf(exported)) {
        assertThat(other.get().getAllocatedMemory()).isEqualTo(8L << 20);
        assertThat(imported.vector().getNullCount()).isZero();
        assertThat(imported.vector().isNull((1 << 20) - 1)).isFalse();
        checkThatNullsAreItsOwn(other, (BigIntVector) imported.vector());
      }
      other.closeWhenReleased();
      exported.close();
    }
  }

  private static void checkThatNullsAreItsOwn(TestAllocator allocator, BigIntVector vector) {
    try (ExportedArray again = CDataExporter.exportVector(vector);
        ImportedVector imported = allocator.vectorOf(again)) {
      vector.setNull(1 << 19);
      assertThat(vector.getNullCount()).isOne();
      assertThat(imported.vector().getNullCount()).isOne();
    }
    try (ExportedArray again = CDataExporter.exportVector(vector)) {
      ALL.set(JAVA_LONG, again.arrayAddress() + Array.NULL_COUNT, 0L);
      try (ImportedVector imported = allocator.vectorOf(again)) {
        assertThat(imported.vector().getNullCount()).isZero();
      }
    }
  }

  @Test
  void aVectorThatWasNeverAllocatedHasOneOffset() {
    try (VarCharVector vector = new VarCharVector("texts", allocator.get());
        ListVector list = ListVector.empty("lists", allocator.get());
        ExportedArray text = CDataExporter.exportVector(vector);
        ExportedArray lists = CDataExporter.exportVector(list)) {
      for (ExportedArray exported : List.of(text, lists)) {
        long offsets = get(get(exported.arrayAddress() + Array.BUFFERS) + 8);
        assertThat(offsets).isNotZero();
        assertThat(ALL.get(JAVA_INT, offsets)).isZero();
      }
    }
  }

  @Test
  void anInconsistentVectorIsNotExported() {
    try (StructVector vector = StructVector.empty("struct", allocator.get())) {
      vector.addOrGet("child", FieldType.nullable(new ArrowType.Int(32, true)), IntVector.class);
      vector.setValueCount(3);
      vector.getChild("child").setValueCount(0);
      assertThatThrownBy(() -> CDataExporter.exportVector(vector))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("vector 'child': expected 3 values or more");
    }
  }

  @Test
  void aDictionaryThatIsNotThereIsNamed() {
    Field index = RandomFields.index("index", new ArrowType.Int(32, true), 9, false);
    try (FieldVector vector = RandomVectors.make(allocator.get(), index, 3, 0, new Random(1))) {
      assertThatThrownBy(() -> CDataExporter.exportVector(vector, new MapDictionaryProvider()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(
              "dictionary: expected one of id 9 from the provider but found none");
    }
  }

  @Test
  void anImpossibleAddressForStructsIsRefused() {
    try (FieldVector vector = numbers()) {
      assertThatThrownBy(
              () -> CDataExporter.exportVectorInto(vector, new MapDictionaryProvider(), 0, 0))
          .hasMessage("array: expected the address of a struct, a multiple of 8, but found 0x0");
      try (ExportedArray other = CDataExporter.exportVector(vector)) {
        long address = other.arrayAddress();
        assertThatThrownBy(
                () ->
                    CDataExporter.exportVectorInto(
                        vector, new MapDictionaryProvider(), address, 12))
            .hasMessage("schema: expected the address of a struct, a multiple of 8, but found 0xc");
      }
    }
  }

  @Test
  void aBatchIsAStructOfItsColumns() {
    try (IntVector one = numbers();
        IntVector other = numbers();
        VectorSchemaRoot root =
            new VectorSchemaRoot(List.of(one.getField(), other.getField()), List.of(one, other));
        ExportedArray exported = CDataExporter.exportRoot(root);
        ImportedRoot imported = allocator.rootOf(exported)) {
      assertThat(imported.root().getRowCount()).isEqualTo(100);
      assertThat(imported.root().getSchema()).isEqualTo(root.getSchema());
      assertThat(imported.root().equals(root)).isTrue();
      assertThat(imported.copiedBytes()).isZero();
      assertThat(imported.dictionaries().getDictionaryIds()).isEmpty();
    }
  }

  @Test
  void anArrayOfNoStructsIsNoBatch() {
    try (FieldVector vector = numbers();
        ExportedArray exported = CDataExporter.exportVector(vector)) {
      assertThatThrownBy(() -> allocator.rootOf(exported))
          .isInstanceOf(RefusedArrayException.class)
          .hasMessageContaining("batch: format: expected +s, a struct of columns");
    }
  }

  @Test
  void aBatchWithNullRowsIsRefused() {
    try (FieldVector vector = struct();
        ExportedArray exported = CDataExporter.exportVector(vector)) {
      assertThatThrownBy(() -> allocator.rootOf(exported))
          .isInstanceOf(RefusedArrayException.class)
          .hasMessageContaining("batch: null_count: expected 0");
    }
  }

  @Test
  void schemasCrossAlone() {
    var schema =
        new org.apache.arrow.vector.types.pojo.Schema(
            RandomFields.ofEveryType().stream()
                .filter(field -> field.getDictionary() == null)
                .toList(),
            Map.of("who", "we"));
    try (Arena arena = Arena.ofConfined()) {
      long struct = arena.allocate(Schema.BYTES, Long.BYTES).address();
      CDataExporter.exportSchemaInto(schema, new MapDictionaryProvider(), struct);
      assertThat(CDataImporter.importSchema(struct)).isEqualTo(schema);
      assertThat(get(struct + Schema.RELEASE)).isZero();
    }
  }

  @Test
  void aDeviceArrayOfMainMemorySaysSo() {
    try (Arena arena = Arena.ofConfined();
        FieldVector vector = numbers()) {
      MemorySegment struct = arena.allocate(DeviceArray.BYTES, Long.BYTES).fill((byte) 0xA5);
      long schema = arena.allocate(Schema.BYTES, Long.BYTES).address();
      MapDictionaryProvider none = new MapDictionaryProvider();
      CDataExporter.exportVectorIntoDevice(vector, none, struct.address(), schema);
      assertThat(struct.get(JAVA_LONG, 80)).isEqualTo(-1);
      assertThat(struct.get(JAVA_INT, 88)).isEqualTo(1);
      for (int offset = 96; offset < 128; offset += 8) {
        assertThat(struct.get(JAVA_LONG, offset)).isZero();
      }
      struct.set(JAVA_INT, 88, 2);
      assertRefusedDevice(struct.address(), schema, "device_type", "cuda");
      struct.set(JAVA_INT, 88, 1);
      struct.set(JAVA_LONG, 96, 4096);
      assertRefusedDevice(struct.address(), schema, "sync_event", "0x1000");
      struct.set(JAVA_LONG, 96, 0);
      CDataImporter.importDeviceVector(allocator.get(), struct.address(), schema).close();
    }
  }

  private void assertRefusedDevice(long struct, long schema, String member, String found) {
    assertThatExceptionOfType(RefusedArrayException.class)
        .isThrownBy(() -> CDataImporter.importDeviceVector(allocator.get(), struct, schema))
        .satisfies(
            refusal ->
                assertThat(refusal.violations())
                    .singleElement()
                    .satisfies(
                        violation -> {
                          assertThat(violation.code()).isEqualTo(CDataViolation.Code.DEVICE);
                          assertThat(violation.member()).isEqualTo(member);
                          assertThat(violation.found()).containsIgnoringCase(found);
                        }));
  }
}
