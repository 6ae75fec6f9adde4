package org.dlpack4j.arrow.cdata;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.lang.foreign.Arena;
import java.util.Random;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.dlpack4j.arrow.cdata.CDataViolation.Code;
import org.dlpack4j.arrow.cdata.HostileExport.Copies;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Structs that no decent producer makes: each is refused by name, and stays with the caller. */
class HostileStructsTest {

  private static final int LENGTH = 20;

  private final TestAllocator allocator = new TestAllocator();

  @AfterEach
  void nothingIsLeft() {
    allocator.closeWhenReleased();
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          released               | texts | release = 0                   | RELEASED    | release
          length -1              | texts | length = -1                   | NEGATIVE    | length
          lowest length          | texts | length = -9223372036854775808 | NEGATIVE    | length
          offset -1              | texts | offset = -1                   | NEGATIVE    | offset
          null count -2          | texts | null_count = -2               | NEGATIVE    | null_count
          more nulls than values | texts | null_count = 21               | NULLS       | null_count
          2^31 - 1 values        | texts | length = 2147483647           | TOO_LARGE   | length
          highest offset         | texts | offset = 9223372036854775807  | TOO_LARGE   | offset
          offset beyond memory   | texts | offset = 9223372036854775787  | TOO_LARGE   | buffers[1]
          one buffer             | texts | n_buffers = 1                 | WRONG_COUNT | n_buffers
          three buffers          | texts | n_buffers = 3                 | WRONG_COUNT | n_buffers
          -1 buffers             | texts | n_buffers = -1                | WRONG_COUNT | n_buffers
          no child               | texts | n_children = 0                | WRONG_COUNT | n_children
          two children           | texts | n_children = 2                | WRONG_COUNT | n_children
          null type with buffers | flat  | n_buffers = 1                 | WRONG_COUNT | n_buffers
          dictionary of no index | texts | dictionary = array            | DICTIONARY  | dictionary
          """)
  void anArrayThatContradictsItselfIsRefused(
      String what, String type, String assignments, Code code, String where) {
    assertRefused(type, assignments, code, where);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          NULL buffers           | texts           | buffers = 0                    | NULL_POINTER       | buffers
          misaligned buffers     | texts           | buffers = 4097                 | MISALIGNED_POINTER | buffers
          buffers in first page  | texts           | buffers = 8                    | IMPOSSIBLE_POINTER | buffers
          NULL children          | texts           | children = 0                   | NULL_POINTER       | children
          children in the kernel | texts           | children = -8                  | IMPOSSIBLE_POINTER | children
          NULL child             | texts           | children[0] = 0                | NULL_POINTER       | /$data$: array
          NULL offsets           | texts           | buffers[1] = 0                 | NULL_POINTER       | buffers[1]
          offsets in first page  | texts           | buffers[1] = 12                | IMPOSSIBLE_POINTER | buffers[1]
          validity in the kernel | texts           | buffers[0] = -64               | IMPOSSIBLE_POINTER | buffers[0]
          nulls, no validity     | texts           | buffers[0] = 0; null_count = 3 | NULL_POINTER       | buffers[0]
          text without bytes     | texts           | child0.buffers[2] = 0          | NULL_POINTER       | /$data$: buffers[2]
          union without offsets  | dense           | buffers[1] = 0                 | NULL_POINTER       | buffers[1]
          no run ends            | runs            | child0.buffers[1] = 0          | NULL_POINTER       | /run_ends: buffers[1]
          views without sizes    | large list view | buffers[2] = 0                 | NULL_POINTER       | buffers[2]
          """)
  void aPointerThatLeadsNowhereIsRefused(
      String what, String type, String assignments, Code code, String where) {
    assertRefused(type, assignments, code, where);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          negative offset             | texts      | buffers[1] = {-1, 4}; length = 1                          | MALFORMED_OFFSETS | buffers[1]
          offsets run backwards       | texts      | buffers[1] = {3, 2}; length = 1                           | MALFORMED_OFFSETS | buffers[1]
          text runs backwards         | texts      | child0.buffers[1] = {5, 4}; child0.length = 1; length = 0 | MALFORMED_OFFSETS | /$data$: buffers[1]
          offset beyond the child     | texts      | buffers[1] = {0, 1048576}; length = 1                     | TOO_SHORT         | /$data$: length
          released child              | texts      | child0.release = 0                                        | RELEASED          | /$data$: release
          short child                 | texts      | child0.length = 0                                         | TOO_SHORT         | /$data$: length
          short child of a fixed list | fixed list | child0.length = 59                                        | TOO_SHORT         | /$data$: length
          offset of lists beyond 2^63 | fixed list | offset = 9223372036854775787                              | TOO_LARGE         | offset
          short child of a struct     | struct     | child1.length = 19                                        | TOO_SHORT         | /text: length
          offset beyond a child       | struct     | offset = 1                                                | TOO_SHORT         | /bit: length
          short child of a union      | sparse     | child0.length = 0                                         | TOO_SHORT         | /item: length
          run ends that end early     | runs       | offset = 9                                                | TOO_SHORT         | /run_ends: buffers[1]
          null run ends               | runs       | child0.null_count = 1                                     | NULLS             | /run_ends: null_count
          fewer values than runs      | runs       | child1.length = 0                                         | TOO_SHORT         | /text: length
          """)
  void aChildThatDoesNotHaveWhatItsParentRefersToIsRefused(
      String what, String type, String assignments, Code code, String where) {
    assertRefused(type, assignments, code, where);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          NULL format              | texts  | schema.format = 0          | NULL_POINTER       | format
          format in first page     | texts  | schema.format = 7          | IMPOSSIBLE_POINTER | format
          empty format             | texts  | schema.format = ""         | UNKNOWN_FORMAT     | format
          unknown format           | texts  | schema.format = "+x"       | UNKNOWN_FORMAT     | format
          decimal of one number    | texts  | schema.format = "d:5"      | UNKNOWN_FORMAT     | format
          decimal of 32 bits       | texts  | schema.format = "d:5,2,32" | UNKNOWN_FORMAT     | format
          binary of no number      | texts  | schema.format = "w:"       | UNKNOWN_FORMAT     | format
          list of -1               | texts  | schema.format = "+w:-1"    | UNKNOWN_FORMAT     | format
          union with one id twice  | texts  | schema.format = "+ud:1,1"  | UNKNOWN_FORMAT     | format
          union with id 128        | texts  | schema.format = "+us:128"  | UNKNOWN_FORMAT     | format
          timestamp of no unit     | texts  | schema.format = "ts:"      | UNKNOWN_FORMAT     | format
          union of more ids        | texts  | schema.format = "+ud:0,1"  | WRONG_COUNT        | schema.n_children
          map of text              | texts  | schema.format = "+m"       | WRONG_COUNT        | schema.children[0]
          two children of one type | sparse | child1.schema.format = "i" | UNKNOWN_FORMAT     | schema.children
          run ends of int8         | runs   | child0.schema.format = "c" | UNKNOWN_FORMAT     | schema.children[0]
          """)
  void aFormatThatArrowDoesNotHaveIsRefused(
      String what, String type, String assignments, Code code, String where) {
    assertRefused(type, assignments, code, where);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          released schema        | texts  | schema.release = 0                | RELEASED           | schema.release
          no children            | texts  | schema.n_children = 0             | WRONG_COUNT        | schema.n_children
          -1 children            | texts  | schema.n_children = -1            | WRONG_COUNT        | schema.n_children
          NULL children          | texts  | schema.children = 0               | NULL_POINTER       | schema.children
          name in the kernel     | texts  | schema.name = -1                  | IMPOSSIBLE_POINTER | name
          two fields of one name | struct | child1.schema.name = "item"       | SAME_NAME          | schema.children
          metadata in the kernel | texts  | schema.metadata = -1              | IMPOSSIBLE_POINTER | metadata
          -1 pairs of metadata   | texts  | schema.metadata = {-1}            | MALFORMED_METADATA | metadata
          metadata of 2^31 bytes | texts  | schema.metadata = {1, 2147483647} | MALFORMED_METADATA | metadata
          dictionary of lists    | texts  | schema.dictionary = child0.schema | DICTIONARY         | dictionary
          """)
  void aSchemaThatSaysNothingIsRefused(
      String what, String type, String assignments, Code code, String where) {
    assertRefused(type, assignments, code, where);
  }

  @Test
  void aSchemaThatIsItsOwnChildIsRefused() {
    String where = "/top".repeat(63) + "/[0]: schema.children";
    assertRefused("texts", "schema.children[0] = schema", Code.TOO_DEEP, where);
  }

  /** Where: a member of the vector's own structs, or a path to others and their member. */
  private void assertRefused(String type, String assignments, Code code, String where) {
    String expected = where.startsWith("/") ? "vector" + where : "vector: " + where;
    try (Arena arena = Arena.ofConfined();
        FieldVector vector = vector(field(type));
        ExportedArray exported = CDataExporter.exportVector(vector)) {
      HostileExport hostile =
          new HostileExport(exported.arrayAddress(), exported.schemaAddress(), arena);
      Copies sound = Copies.of(hostile);
      long before = allocator.get().getAllocatedMemory();
      hostile.spoil(assignments);

      RefusedArrayException refusal = refusal(hostile.array(), hostile.schema());
      assertThat(refusal.violations())
          .extracting(v -> v.code() + " " + v.path() + ": " + v.member())
          .contains(code + " " + expected);
      assertThat(refusal)
          .hasMessageContaining(expected + ": expected ")
          .hasMessageEndingWith("Not imported: it is still the caller's to release");
      assertThat(allocator.get().getAllocatedMemory()).isEqualTo(before);

      sound.restore();
      CDataImporter.importVector(allocator.get(), hostile.array(), hostile.schema()).close();
    }
  }

  private static Field field(String type) {
    return type.equals("texts")
        ? RandomFields.field(
            "top", new ArrowType.List(), RandomFields.field("item", new ArrowType.Utf8()))
        : RandomFields.ofEveryType().stream()
            .filter(any -> any.getName().equals(type))
            .findFirst()
            .orElseThrow();
  }

  private FieldVector vector(Field field) {
    return RandomVectors.make(allocator.get(), field, LENGTH, 0.3, new Random(5));
  }

  private RefusedArrayException refusal(long array, long schema) {
    return catchThrowableOfType(
        RefusedArrayException.class,
        () -> CDataImporter.importVector(allocator.get(), array, schema));
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
    try (Arena arena = Arena.ofConfined();
        FieldVector vector = vector(field("texts"));
        ExportedArray exported = CDataExporter.exportVector(vector)) {
      HostileExport hostile =
          new HostileExport(exported.arrayAddress(), exported.schemaAddress(), arena);
      Copies sound = Copies.of(hostile);
      hostile.spoil("length = -1; offset = -1; buffers = 0");
      assertThat(refusal(hostile.array(), hostile.schema()).violations())
          .extracting(CDataViolation::member)
          .containsExactly("length", "offset", "buffers");
      sound.restore();
    }
  }
}
