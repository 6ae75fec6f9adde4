package org.dlpack4j.py4j;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.dlpack4j.TensorView;
import org.dlpack4j.py4j.wire.ObjectWriter;
import org.dlpack4j.py4j.wire.ObjectWriter.Place;
import org.dlpack4j.table.Column;
import org.dlpack4j.table.Table;

/** What has a name: a tensor, a column or a table. Describes and owns nothing. */
sealed interface PublishedObject {

  /**
   * A tensor.
   *
   * @param view the tensor
   */
  record OfTensor(TensorView view) implements PublishedObject {}

  /**
   * A column.
   *
   * @param column the column
   */
  record OfColumn(Column column) implements PublishedObject {}

  /**
   * A table.
   *
   * @param table the table
   */
  record OfTable(Table table) implements PublishedObject {}

  /** All tensors that it is made of. */
  default List<TensorView> views() {
    return switch (this) {
      case OfTensor(TensorView view) -> List.of(view);
      case OfColumn(Column column) -> viewsOf(List.of(column));
      case OfTable(Table table) -> viewsOf(table.columns());
    };
  }

  /** The same, each tensor replaced. */
  default PublishedObject mapped(UnaryOperator<TensorView> replacement) {
    return switch (this) {
      case OfTensor(TensorView view) -> new OfTensor(replacement.apply(view));
      case OfColumn(Column column) -> new OfColumn(ColumnAssembly.mapped(column, replacement));
      case OfTable(Table table) -> {
        List<Column> columns =
            table.columns().stream()
                .map(column -> ColumnAssembly.mapped(column, replacement))
                .toList();
        yield new OfTable(new Table(table.rows(), columns));
      }
    };
  }

  /** For a peer. */
  default byte[] write(Function<TensorView, Place> places, boolean readOnly) {
    return switch (this) {
      case OfTensor(TensorView view) -> ObjectWriter.write(view, places, readOnly);
      case OfColumn(Column column) -> ObjectWriter.write(column, places, readOnly);
      case OfTable(Table table) -> ObjectWriter.write(table, places, readOnly);
    };
  }

  /** What a person calls it. */
  default String kind() {
    return switch (this) {
      case OfTensor _ -> "a tensor";
      case OfColumn _ -> "a column";
      case OfTable _ -> "a table";
    };
  }

  /** How large its tensors are, gaps excluded; what several share counts for each. */
  default long bytes() {
    long bytes = 0;
    for (TensorView view : views()) {
      bytes += view.dataType().storageBytes(view.layout().elementCount(), view.padded());
    }
    return bytes;
  }

  private static List<TensorView> viewsOf(List<Column> columns) {
    List<TensorView> views = new ArrayList<>(columns.size());
    addViews(columns, views);
    return views;
  }

  private static void addViews(List<Column> columns, List<TensorView> views) {
    for (Column column : columns) {
      if (column.type().form().hasData()) {
        views.add(column.data());
      }
      column.offsets().ifPresent(views::add);
      column.sizes().ifPresent(views::add);
      column.validity().ifPresent(validity -> views.add(validity.bytes()));
      addViews(column.children(), views);
    }
  }
}
