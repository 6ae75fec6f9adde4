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

  /** All tensors that it is made of. */
  List<TensorView> views();

  /** The same, each tensor replaced. */
  PublishedObject mapped(UnaryOperator<TensorView> replacement);

  /** For a peer. */
  byte[] write(Function<TensorView, Place> places, boolean readOnly);

  /** What a person calls it. */
  String kind();

  /** How large its tensors are, gaps excluded; what several share counts for each. */
  default long bytes() {
    long bytes = 0;
    for (TensorView view : views()) {
      bytes += view.dataType().storageBytes(view.layout().elementCount(), view.padded());
    }
    return bytes;
  }

  /**
   * A tensor.
   *
   * @param view the tensor
   */
  record OfTensor(TensorView view) implements PublishedObject {
    @Override
    public List<TensorView> views() {
      return List.of(view);
    }

    @Override
    public PublishedObject mapped(UnaryOperator<TensorView> replacement) {
      return new OfTensor(replacement.apply(view));
    }

    @Override
    public byte[] write(Function<TensorView, Place> places, boolean readOnly) {
      return ObjectWriter.write(view, places, readOnly);
    }

    @Override
    public String kind() {
      return "a tensor";
    }
  }

  /**
   * A column.
   *
   * @param column the column
   */
  record OfColumn(Column column) implements PublishedObject {
    @Override
    public List<TensorView> views() {
      return viewsOf(List.of(column));
    }

    @Override
    public PublishedObject mapped(UnaryOperator<TensorView> replacement) {
      return new OfColumn(ColumnAssembly.mapped(column, replacement));
    }

    @Override
    public byte[] write(Function<TensorView, Place> places, boolean readOnly) {
      return ObjectWriter.write(column, places, readOnly);
    }

    @Override
    public String kind() {
      return "a column";
    }
  }

  /**
   * A table.
   *
   * @param table the table
   */
  record OfTable(Table table) implements PublishedObject {
    @Override
    public List<TensorView> views() {
      return viewsOf(table.columns());
    }

    @Override
    public PublishedObject mapped(UnaryOperator<TensorView> replacement) {
      List<Column> columns =
          table.columns().stream()
              .map(column -> ColumnAssembly.mapped(column, replacement))
              .toList();
      return new OfTable(new Table(table.rows(), columns));
    }

    @Override
    public byte[] write(Function<TensorView, Place> places, boolean readOnly) {
      return ObjectWriter.write(table, places, readOnly);
    }

    @Override
    public String kind() {
      return "a table";
    }
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
