package org.dlpack4j.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.dlpack4j.DataType;
import org.dlpack4j.TensorView;
import org.junit.jupiter.api.Test;

class TableTest {

  private static final MemorySegment MEMORY = Arena.global().allocate(256, 64);

  private static Column numbers(String name, long rows) {
    return Column.of(name, TensorView.of(MEMORY, DataType.INT64, rows));
  }

  private final Table table = Table.of(numbers("x", 4), numbers("y", 4));

  @Test
  void hasColumnsOfOneLengthUnderDifferentNames() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Table.of(numbers("x", 4), numbers("y", 3)))
        .withMessage("table: expected 4 rows of column y but found 3");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Table.of(numbers("x", 4), numbers("x", 4)))
        .withMessage("table: expected each name once but found x again");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Table(-1, List.of()))
        .withMessage("table: expected 0 rows or more but found -1");
    assertThatIllegalArgumentException()
        .isThrownBy(Table::of)
        .withMessageEndingWith("say how many rows with new Table(rows, List.of())");
    assertThat(new Table(3, List.of()).schema()).isEqualTo(Schema.of());
  }

  @Test
  void saysWhatItsColumnsAre() {
    assertThat(table.schema())
        .isEqualTo(Schema.of(Field.number("x", DataType.INT64), Field.number("y", DataType.INT64)));
    assertThat(table).hasToString("(x int64, y int64), 4 rows");
    assertThat(table.column("y").name()).isEqualTo("y");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> table.column("z"))
        .withMessage("table: expected a column among [x, y] but found z");
  }

  @Test
  void selectsAndRenames() {
    assertThat(names(table.select("y", "x"))).containsExactly("y", "x");
    assertThat(names(table.select())).isEmpty();
    assertThat(table.select().rows()).isEqualTo(4);
    assertThat(names(table.rename("x", "z"))).containsExactly("z", "y");
    assertThat(names(table.withNames("a", "b"))).containsExactly("a", "b");
    assertThatIllegalArgumentException().isThrownBy(() -> table.select("x", "x"));
    assertThatIllegalArgumentException().isThrownBy(() -> table.select("z"));
    assertThatIllegalArgumentException().isThrownBy(() -> table.rename("x", "y"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> table.withNames("a"))
        .withMessage("table: expected 2 names but found 1");
  }

  private static List<String> names(Table table) {
    return table.columns().stream().map(Column::name).toList();
  }

  @Test
  void slicesEveryColumnInPlace() {
    Table part = table.slice(1, 2);
    assertThat(part.rows()).isEqualTo(2);
    assertThat(part.columns())
        .allMatch(column -> column.data().dataAddress() == MEMORY.address() + 8);
    assertThat(table.slice(4, 0).rows()).isZero();
    for (long[] outside : new long[][] {{-1, 1}, {4, 1}, {0, 5}, {1, Long.MAX_VALUE}}) {
      assertThatExceptionOfType(IndexOutOfBoundsException.class)
          .isThrownBy(() -> table.slice(outside[0], outside[1]));
    }
  }

  @Test
  void ofAMatrixHasItsColumns() {
    TensorView matrix = TensorView.of(MEMORY, DataType.FLOAT64, 5, 3);
    Table columns = Table.ofMatrix(matrix, "a", "b", "c");
    assertThat(columns.rows()).isEqualTo(5);
    assertThat(columns.column("b").data().dataAddress()).isEqualTo(MEMORY.address() + 8);
    assertThat(columns.column("b").data().layout().stride(0)).isEqualTo(3);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Table.ofMatrix(matrix, "a"))
        .withMessageStartingWith("matrix: expected rows of 1 columns but found float64");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Table.ofMatrix(TensorView.of(MEMORY, DataType.INT8, 3), "a"));
  }
}
