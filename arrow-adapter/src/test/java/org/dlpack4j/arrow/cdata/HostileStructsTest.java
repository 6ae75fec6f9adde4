package org.dlpack4j.arrow.cdata;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.dlpack4j.arrow.cdata.CDataAbi.Array;
import org.dlpack4j.arrow.cdata.CDataAbi.Schema;
import org.dlpack4j.arrow.cdata.CDataViolation.Code;
import org.dlpack4j.internal.Memory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Structs that no decent producer makes: each is refused by name, and stays with the caller. */
class HostileStructsTest {

  private static final int LENGTH = 20;

  private final TestAllocator allocator = new TestAllocator();

  @AfterEach
  void nothingIsLeft() {
    allocator.closeWhenReleased();
  }

  /** Both structs of a sound export, to be spoiled. */
  record Victim(long array, long schema, Arena arena) {

    Victim child(int index) {
      return new Victim(
          get(get(array + Array.CHILDREN) + 8L * index),
          get(get(schema + Schema.CHILDREN) + 8L * index),
          arena);
    }

    Victim array(long offset, long value) {
      set(array + offset, value);
      return this;
    }

    Victim schema(long offset, long value) {
      set(schema + offset, value);
      return this;
    }

    void buffer(int index, long value) {
      set(get(array + Array.BUFFERS) + 8L * index, value);
    }

    void format(String format) {
      schema(Schema.FORMAT, arena.allocateFrom(format).address());
    }

    /** Another buffer of some ints in its place. */
    void ints(int index, int... values) {
      buffer(index, arena.allocateFrom(ValueLayout.JAVA_INT, values).address());
    }
  }

  private static long get(long address) {
    return Memory.ALL.get(ValueLayout.JAVA_LONG, address);
  }

  private static void set(long address, long value) {
    Memory.ALL.set(ValueLayout.JAVA_LONG, address, value);
  }

  /** What is spoiled, and what is to be said of it. */
  record Case(
      String name, Field field, Code code, String path, String member, Consumer<Victim> spoil) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static Case list(
      String name, Code code, String path, String member, Consumer<Victim> spoil) {
    Field text = RandomFields.field("item", new ArrowType.Utf8());
    Field field = RandomFields.field("top", new ArrowType.List(), text);
    return new Case(name, field, code, path, member, spoil);
  }

  private static Case of(
      String type, String name, Code code, String path, String member, Consumer<Victim> spoil) {
    Field field =
        RandomFields.ofEveryType().stream()
            .filter(any -> any.getName().equals(type))
            .findFirst()
            .orElseThrow();
    return new Case(name, field, code, path, member, spoil);
  }

  static Stream<Case> cases() {
    return Stream.of(arrays(), buffers(), schemas(), others()).flatMap(List::stream);
  }

  private static List<Case> arrays() {
    String item = "vector/$data$";
    return List.of(
        list("released", Code.RELEASED, "vector", "release", v -> v.array(Array.RELEASE, 0)),
        list("length -1", Code.NEGATIVE, "vector", "length", v -> v.array(Array.LENGTH, -1)),
        list(
            "lowest length",
            Code.NEGATIVE,
            "vector",
            "length",
            v -> v.array(Array.LENGTH, Long.MIN_VALUE)),
        list("offset -1", Code.NEGATIVE, "vector", "offset", v -> v.array(Array.OFFSET, -1)),
        list(
            "null count -2",
            Code.NEGATIVE,
            "vector",
            "null_count",
            v -> v.array(Array.NULL_COUNT, -2)),
        list(
            "more nulls than values",
            Code.NULLS,
            "vector",
            "null_count",
            v -> v.array(Array.NULL_COUNT, LENGTH + 1)),
        list(
            "2^31 - 1 values",
            Code.TOO_LARGE,
            "vector",
            "length",
            v -> v.array(Array.LENGTH, Integer.MAX_VALUE)),
        list(
            "highest offset",
            Code.TOO_LARGE,
            "vector",
            "offset",
            v -> v.array(Array.OFFSET, Long.MAX_VALUE)),
        list(
            "offset beyond memory",
            Code.TOO_LARGE,
            "vector",
            "buffers[1]",
            v -> v.array(Array.OFFSET, Long.MAX_VALUE - LENGTH)),
        list(
            "one buffer",
            Code.WRONG_COUNT,
            "vector",
            "n_buffers",
            v -> v.array(Array.N_BUFFERS, 1)),
        list(
            "three buffers",
            Code.WRONG_COUNT,
            "vector",
            "n_buffers",
            v -> v.array(Array.N_BUFFERS, 3)),
        list(
            "-1 buffers",
            Code.WRONG_COUNT,
            "vector",
            "n_buffers",
            v -> v.array(Array.N_BUFFERS, -1)),
        list(
            "no child",
            Code.WRONG_COUNT,
            "vector",
            "n_children",
            v -> v.array(Array.N_CHILDREN, 0)),
        list(
            "two children",
            Code.WRONG_COUNT,
            "vector",
            "n_children",
            v -> v.array(Array.N_CHILDREN, 2)),
        list(
            "NULL buffers", Code.NULL_POINTER, "vector", "buffers", v -> v.array(Array.BUFFERS, 0)),
        list(
            "misaligned buffers",
            Code.MISALIGNED_POINTER,
            "vector",
            "buffers",
            v -> v.array(Array.BUFFERS, 4097)),
        list(
            "buffers in the first page",
            Code.IMPOSSIBLE_POINTER,
            "vector",
            "buffers",
            v -> v.array(Array.BUFFERS, 8)),
        list(
            "NULL children",
            Code.NULL_POINTER,
            "vector",
            "children",
            v -> v.array(Array.CHILDREN, 0)),
        list(
            "kernel's children",
            Code.IMPOSSIBLE_POINTER,
            "vector",
            "children",
            v -> v.array(Array.CHILDREN, -8)),
        list(
            "NULL child",
            Code.NULL_POINTER,
            item,
            "array",
            v -> set(get(v.array() + Array.CHILDREN), 0)),
        list(
            "released child",
            Code.RELEASED,
            item,
            "release",
            v -> v.child(0).array(Array.RELEASE, 0)),
        list(
            "dictionary of no index",
            Code.DICTIONARY,
            "vector",
            "dictionary",
            v -> v.array(Array.DICTIONARY, v.array())),
        list(
            "short child", Code.TOO_SHORT, item, "length", v -> v.child(0).array(Array.LENGTH, 0)));
  }

  private static List<Case> buffers() {
    String item = "vector/$data$";
    return List.of(
        list("NULL offsets", Code.NULL_POINTER, "vector", "buffers[1]", v -> v.buffer(1, 0)),
        list(
            "offsets in the first page",
            Code.IMPOSSIBLE_POINTER,
            "vector",
            "buffers[1]",
            v -> v.buffer(1, 12)),
        list(
            "kernel's validity",
            Code.IMPOSSIBLE_POINTER,
            "vector",
            "buffers[0]",
            v -> v.buffer(0, -64)),
        list(
            "nulls without validity",
            Code.NULL_POINTER,
            "vector",
            "buffers[0]",
            v -> {
              v.buffer(0, 0);
              v.array(Array.NULL_COUNT, 3);
            }),
        list(
            "negative offset",
            Code.MALFORMED_OFFSETS,
            "vector",
            "buffers[1]",
            v -> {
              v.ints(1, -1, 4);
              v.array(Array.LENGTH, 1);
            }),
        list(
            "offsets run backwards",
            Code.MALFORMED_OFFSETS,
            "vector",
            "buffers[1]",
            v -> {
              v.ints(1, 3, 2);
              v.array(Array.LENGTH, 1);
            }),
        list(
            "offset beyond the child",
            Code.TOO_SHORT,
            item,
            "length",
            v -> {
              v.ints(1, 0, 1 << 20);
              v.array(Array.LENGTH, 1);
            }),
        list(
            "text without bytes",
            Code.NULL_POINTER,
            item,
            "buffers[2]",
            v -> v.child(0).buffer(2, 0)),
        list(
            "text runs backwards",
            Code.MALFORMED_OFFSETS,
            item,
            "buffers[1]",
            v -> {
              v.child(0).ints(1, 5, 4);
              v.child(0).array(Array.LENGTH, 1);
              v.array(Array.LENGTH, 0);
            }),
        of(
            "flat",
            "null type with buffers",
            Code.WRONG_COUNT,
            "vector",
            "n_buffers",
            v -> v.array(Array.N_BUFFERS, 1)));
  }

  private static List<Case> schemas() {
    return List.of(
        list(
            "released schema",
            Code.RELEASED,
            "vector",
            "schema.release",
            v -> v.schema(Schema.RELEASE, 0)),
        list("NULL format", Code.NULL_POINTER, "vector", "format", v -> v.schema(Schema.FORMAT, 0)),
        list(
            "format in the first page",
            Code.IMPOSSIBLE_POINTER,
            "vector",
            "format",
            v -> v.schema(Schema.FORMAT, 7)),
        list("empty format", Code.UNKNOWN_FORMAT, "vector", "format", v -> v.format("")),
        list("unknown format", Code.UNKNOWN_FORMAT, "vector", "format", v -> v.format("+x")),
        list(
            "decimal of one number", Code.UNKNOWN_FORMAT, "vector", "format", v -> v.format("d:5")),
        list(
            "decimal of 32 bits",
            Code.UNKNOWN_FORMAT,
            "vector",
            "format",
            v -> v.format("d:5,2,32")),
        list("binary of no number", Code.UNKNOWN_FORMAT, "vector", "format", v -> v.format("w:")),
        list("list of -1", Code.UNKNOWN_FORMAT, "vector", "format", v -> v.format("+w:-1")),
        list(
            "union with one id twice",
            Code.UNKNOWN_FORMAT,
            "vector",
            "format",
            v -> v.format("+ud:1,1")),
        list(
            "union with id 128", Code.UNKNOWN_FORMAT, "vector", "format", v -> v.format("+us:128")),
        list(
            "union of more ids",
            Code.WRONG_COUNT,
            "vector",
            "schema.n_children",
            v -> v.format("+ud:0,1")),
        list("map of text", Code.WRONG_COUNT, "vector", "schema.children[0]", v -> v.format("+m")),
        list("timestamp of no unit", Code.UNKNOWN_FORMAT, "vector", "format", v -> v.format("ts:")),
        list(
            "no children",
            Code.WRONG_COUNT,
            "vector",
            "schema.n_children",
            v -> v.schema(Schema.N_CHILDREN, 0)),
        list(
            "-1 children",
            Code.WRONG_COUNT,
            "vector",
            "schema.n_children",
            v -> v.schema(Schema.N_CHILDREN, -1)),
        list(
            "NULL children",
            Code.NULL_POINTER,
            "vector",
            "schema.children",
            v -> v.schema(Schema.CHILDREN, 0)),
        list(
            "its own child",
            Code.TOO_DEEP,
            "vector" + "/top".repeat(63) + "/[0]",
            "schema.children",
            v -> set(get(v.schema() + Schema.CHILDREN), v.schema())),
        list(
            "kernel's name",
            Code.IMPOSSIBLE_POINTER,
            "vector",
            "name",
            v -> v.schema(Schema.NAME, -1)),
        list(
            "kernel's metadata",
            Code.IMPOSSIBLE_POINTER,
            "vector",
            "metadata",
            v -> v.schema(Schema.METADATA, -1)),
        list(
            "-1 pairs of metadata",
            Code.MALFORMED_METADATA,
            "vector",
            "metadata",
            v -> metadata(v, -1)),
        list(
            "metadata of 2^31 bytes",
            Code.MALFORMED_METADATA,
            "vector",
            "metadata",
            v -> metadata(v, 1, Integer.MAX_VALUE)),
        list(
            "dictionary of lists",
            Code.DICTIONARY,
            "vector",
            "dictionary",
            v -> v.schema(Schema.DICTIONARY, v.child(0).schema())),
        of(
            "struct",
            "two fields of one name",
            Code.SAME_NAME,
            "vector",
            "schema.children",
            v -> v.child(1).schema(Schema.NAME, get(v.child(0).schema() + Schema.NAME))),
        of(
            "sparse",
            "two children of one type",
            Code.UNKNOWN_FORMAT,
            "vector",
            "schema.children",
            v -> v.child(1).format("i")),
        of(
            "runs",
            "run ends of int8",
            Code.UNKNOWN_FORMAT,
            "vector",
            "schema.children[0]",
            v -> v.child(0).format("c")));
  }

  private static void metadata(Victim victim, int... numbers) {
    victim.schema(
        Schema.METADATA, victim.arena().allocateFrom(ValueLayout.JAVA_INT, numbers).address());
  }

  private static List<Case> others() {
    return List.of(
        of(
            "fixed list",
            "short child of a fixed list",
            Code.TOO_SHORT,
            "vector/$data$",
            "length",
            v -> v.child(0).array(Array.LENGTH, 3 * LENGTH - 1)),
        of(
            "fixed list",
            "offset of lists beyond 2^63",
            Code.TOO_LARGE,
            "vector",
            "offset",
            v -> v.array(Array.OFFSET, Long.MAX_VALUE - LENGTH)),
        of(
            "struct",
            "short child of a struct",
            Code.TOO_SHORT,
            "vector/text",
            "length",
            v -> v.child(1).array(Array.LENGTH, LENGTH - 1)),
        of(
            "struct",
            "offset beyond a child",
            Code.TOO_SHORT,
            "vector/bit",
            "length",
            v -> v.array(Array.OFFSET, 1)),
        of(
            "sparse",
            "short child of a union",
            Code.TOO_SHORT,
            "vector/item",
            "length",
            v -> v.child(0).array(Array.LENGTH, 0)),
        of(
            "dense",
            "dense union without offsets",
            Code.NULL_POINTER,
            "vector",
            "buffers[1]",
            v -> v.buffer(1, 0)),
        of(
            "runs",
            "run ends that end early",
            Code.TOO_SHORT,
            "vector/run_ends",
            "buffers[1]",
            v -> v.array(Array.OFFSET, RandomVectors.LONGEST_RUN)),
        of(
            "runs",
            "null run ends",
            Code.NULLS,
            "vector/run_ends",
            "null_count",
            v -> v.child(0).array(Array.NULL_COUNT, 1)),
        of(
            "runs",
            "no run ends",
            Code.NULL_POINTER,
            "vector/run_ends",
            "buffers[1]",
            v -> v.child(0).buffer(1, 0)),
        of(
            "runs",
            "fewer values than runs",
            Code.TOO_SHORT,
            "vector/text",
            "length",
            v -> v.child(1).array(Array.LENGTH, 0)),
        of(
            "large list view",
            "views without sizes",
            Code.NULL_POINTER,
            "vector",
            "buffers[2]",
            v -> v.buffer(2, 0)));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void isRefusedByNameAndStaysWithTheCaller(Case hostile) {
    try (Arena arena = Arena.ofConfined();
        FieldVector vector =
            RandomVectors.make(allocator.get(), hostile.field(), LENGTH, 0.3, new Random(5));
        ExportedArray exported = CDataExporter.exportVector(vector)) {
      Victim victim = new Victim(exported.arrayAddress(), exported.schemaAddress(), arena);
      Copies sound = Copies.of(victim);
      long before = allocator.get().getAllocatedMemory();
      hostile.spoil().accept(victim);

      RefusedArrayException refusal = refusal(victim.array(), victim.schema());
      assertThat(refusal.violations())
          .anySatisfy(
              violation -> {
                assertThat(violation.code()).isEqualTo(hostile.code());
                assertThat(violation.path()).isEqualTo(hostile.path());
                assertThat(violation.member()).isEqualTo(hostile.member());
              });
      assertThat(refusal)
          .hasMessageContaining(hostile.path() + ": " + hostile.member() + ": expected ")
          .hasMessageEndingWith("Not imported: it is still the caller's to release");
      assertThat(allocator.get().getAllocatedMemory()).isEqualTo(before);

      sound.restore();
      CDataImporter.importVector(allocator.get(), victim.array(), victim.schema()).close();
    }
  }

  private RefusedArrayException refusal(long array, long schema) {
    return catchThrowableOfType(
        RefusedArrayException.class,
        () -> CDataImporter.importVector(allocator.get(), array, schema));
  }

  /** The structs of an export and of its children as they were, and the pointers between them. */
  private record Copies(List<MemorySegment> places, List<byte[]> bytes) {
    static Copies of(Victim victim) {
      List<MemorySegment> places = new ArrayList<>();
      add(victim, places);
      return new Copies(
          places, places.stream().map(place -> place.toArray(ValueLayout.JAVA_BYTE)).toList());
    }

    private static void add(Victim victim, List<MemorySegment> places) {
      long buffers = get(victim.array() + Array.N_BUFFERS);
      long children = get(victim.array() + Array.N_CHILDREN);
      places.add(Memory.ALL.asSlice(victim.array(), Array.BYTES));
      places.add(Memory.ALL.asSlice(victim.schema(), Schema.BYTES));
      places.add(Memory.ALL.asSlice(get(victim.array() + Array.BUFFERS), 8 * buffers));
      places.add(Memory.ALL.asSlice(get(victim.array() + Array.CHILDREN), 8 * children));
      places.add(Memory.ALL.asSlice(get(victim.schema() + Schema.CHILDREN), 8 * children));
      for (int i = 0; i < children; i++) {
        add(victim.child(i), places);
      }
    }

    void restore() {
      for (int i = 0; i < places.size(); i++) {
        places.get(i).copyFrom(MemorySegment.ofArray(bytes.get(i)));
      }
    }
  }

  @Test
  void impossibleAddressesOfStructsAreRefused() {
    for (long address : new long[] {0, 8, 4097, -8}) {
      assertThat(refusal(address, address).violations())
          .singleElement()
          .satisfies(violation -> assertThat(violation.member()).isEqualTo("schema"));
    }
  }

  @Test
  void everyReasonIsReportedAtOnce() {
    Field field = RandomFields.field("top", new ArrowType.Utf8());
    try (FieldVector vector =
            RandomVectors.make(allocator.get(), field, LENGTH, 0.3, new Random(5));
        ExportedArray exported = CDataExporter.exportVector(vector)) {
      long buffers = get(exported.arrayAddress() + Array.BUFFERS);
      set(exported.arrayAddress() + Array.LENGTH, -1);
      set(exported.arrayAddress() + Array.OFFSET, -1);
      set(exported.arrayAddress() + Array.BUFFERS, 0);
      assertThat(refusal(exported.arrayAddress(), exported.schemaAddress()).violations())
          .extracting(CDataViolation::member)
          .containsExactly("length", "offset", "buffers");
      set(exported.arrayAddress() + Array.BUFFERS, buffers);
    }
  }
}
