package org.dlpack4j.demo;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;

import java.io.IOException;
import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;
import org.dlpack4j.DataType;
import org.dlpack4j.Owner;
import org.dlpack4j.TensorView;
import org.dlpack4j.exporting.Exports;
import org.dlpack4j.exporting.TableExporter;
import org.dlpack4j.exporting.TensorExporter;
import org.dlpack4j.foreign.ColumnConsumer;
import org.dlpack4j.foreign.Libtorch;
import org.dlpack4j.importing.ImportPolicy;
import org.dlpack4j.importing.ImportedTable;
import org.dlpack4j.importing.ImportedTensor;
import org.dlpack4j.importing.TableImporter;
import org.dlpack4j.importing.TensorImporter;
import org.dlpack4j.table.Field;
import org.dlpack4j.table.ManagedColumn;
import org.dlpack4j.table.Schema;
import org.dlpack4j.table.Table;

/**
 * One column made in Java, read and changed where it lies by C and by libtorch; and one made by
 * libtorch, read and changed where it lies by Java, alone and in a table.
 */
public final class Demo {

  private static final int ROWS = 10_000_000;
  private static final Duration SOON = Duration.ofSeconds(10);

  private final PrintStream out;

  private Demo(PrintStream out) {
    this.out = out;
  }

  /**
   * Runs it.
   *
   * @param arguments the C consumer's library, and a folder for libtorch's
   * @throws Exception if a check fails
   */
  public static void main(String[] arguments) throws Exception {
    if (arguments.length != 2) {
      System.err.println("usage: Demo COLUMN_CONSUMER_LIBRARY LIBTORCH_FOLDER");
      System.exit(2);
    }
    new Demo(System.out).run(Path.of(arguments[0]), Path.of(arguments[1]));
  }

  private void run(Path consumerLibrary, Path libtorchFolder) throws Exception {
    out.println("deleters: " + Exports.deleterKind() + ", " + Exports.deleterDescription());
    ColumnConsumer c = ColumnConsumer.load(consumerLibrary);
    show("C", managed -> new CColumn(c, managed));
    Optional<Libtorch> libtorch = libtorch(libtorchFolder);
    if (libtorch.isPresent()) {
      show("libtorch", managed -> new LibtorchColumn(libtorch.get(), managed));
      showTheWayBack(libtorch.get());
      showATable(libtorch.get());
    } else {
      out.println("libtorch: skipped, its natives are published for x86-64 Linux only");
    }
    report("tensors still alive", "0", String.valueOf(Exports.statistics().live()));
    out.println("bytes copied: 0, as every address above is the column's own");
  }

  private Optional<Libtorch> libtorch(Path folder) throws IOException {
    out.println("libtorch: unpacking to " + folder + " unless it is there ...");
    return Libtorch.loadFromClassPath(folder);
  }

  /** Makes a column of ones, gives it away, and watches what the consumer does to it. */
  private void show(String name, Function<MemorySegment, ConsumedColumn> consumer)
      throws InterruptedException {
    Arena arena = Arena.ofShared();
    MemorySegment column = arena.allocate(JAVA_DOUBLE, ROWS);
    for (long row = 0; row < ROWS; row++) {
      column.setAtIndex(JAVA_DOUBLE, row, 1.0);
    }
    Owner owner = Owner.closing(arena);
    TensorView view = TensorView.of(column, DataType.FLOAT64, ROWS);
    out.println(name + ": Java made " + view);

    MemorySegment managed = TensorExporter.export(view, owner).transferOut();
    try (ConsumedColumn consumed = consumer.apply(managed)) {
      report("address in " + name, hex(column.address()), hex(consumed.address()));
      check("sum in " + name, ROWS, consumed.sum());
      consumed.negate();
      check("sum in " + name + ", which has negated it", -ROWS, consumed.sum());
      check("first row in Java", -1, column.getAtIndex(JAVA_DOUBLE, 0));
      check("last row in Java", -1, column.getAtIndex(JAVA_DOUBLE, ROWS - 1));
    }
    if (!Exports.awaitReleased(owner, SOON)) {
      throw new AssertionError(name + " did not call the deleter");
    }
    out.println("  deleter called, memory released: " + !column.scope().isAlive());
  }

  /** Adopts a column that libtorch made, fills it, and gives it back. */
  private void showTheWayBack(Libtorch libtorch) {
    ImportPolicy column =
        ImportPolicy.DEFAULT.onlyDataTypes(DataType.FLOAT64).ndim(1, 1).requireWritable();
    try (Libtorch.Tensor foreign = libtorch.empty("float64", new long[] {ROWS}, new long[] {1})) {
      MemorySegment managed = MemorySegment.ofAddress(libtorch.toDlpackVersioned(foreign));
      try (ImportedTensor tensor =
          TensorImporter.versioned().with(column).adoptOrDiscard(managed)) {
        out.println("Java: libtorch made " + tensor.view());
        report("address in libtorch", hex(tensor.segment().address()), hex(foreign.dataPointer()));
        for (long row = 0; row < ROWS; row++) {
          tensor.segment().setAtIndex(JAVA_DOUBLE, row, 1.0);
        }
        check("sum in libtorch, of what Java wrote", ROWS, foreign.sum());
      }
      foreign.negateInPlace();
      check("sum in libtorch, after Java gave it back", -ROWS, foreign.sum());
    }
  }

  /** Adopts two columns that libtorch made as one table, and gives the last rows of it back. */
  private void showATable(Libtorch libtorch) {
    Schema schema =
        Schema.of(Field.number("x", DataType.FLOAT64), Field.number("y", DataType.FLOAT32));
    try (Libtorch.Tensor x = libtorch.empty("float64", new long[] {ROWS}, new long[] {1});
        Libtorch.Tensor y = libtorch.empty("float32", new long[] {ROWS}, new long[] {1})) {
      ImportedTable made =
          TableImporter.versioned()
              .adoptOrDiscard(
                  schema,
                  MemorySegment.ofAddress(libtorch.toDlpackVersioned(x)),
                  MemorySegment.ofAddress(libtorch.toDlpackVersioned(y)));
      out.println("Java: libtorch made " + made.table());
      for (long row = ROWS - 3; row < ROWS; row++) {
        made.column("x").data().segment().setAtIndex(JAVA_DOUBLE, row, 14);
      }
      Table last = made.table().select("x").slice(ROWS - 3, 3);
      ManagedColumn given = TableExporter.export(last, made.intoOwner()).transferOut().getFirst();
      try (Libtorch.Tensor back = libtorch.fromDlpackVersioned(given.data().address())) {
        long third = x.dataPointer() + (ROWS - 3L) * Double.BYTES;
        report("address of the last three in libtorch", hex(third), hex(back.dataPointer()));
        check("their sum there, of what Java wrote", 42, back.sum());
      }
    }
  }

  private static String hex(long address) {
    return "0x" + Long.toHexString(address);
  }

  private void check(String what, double expected, double found) {
    report(what, String.valueOf(expected), String.valueOf(found));
  }

  private void report(String what, String expected, String found) {
    if (!expected.equals(found)) {
      throw new AssertionError(what + ": expected " + expected + " but found " + found);
    }
    out.println("  " + what + ": " + found);
  }

  /** A column in a consumer's hands; closing it calls the deleter. */
  private interface ConsumedColumn extends AutoCloseable {
    long address();

    double sum();

    void negate();

    @Override
    void close();
  }

  private record CColumn(ColumnConsumer c, MemorySegment managed) implements ConsumedColumn {
    @Override
    public long address() {
      return c.data(managed);
    }

    @Override
    public double sum() {
      return c.sum(managed);
    }

    @Override
    public void negate() {
      c.scale(managed, -1);
    }

    @Override
    public void close() {
      c.delete(managed);
    }
  }

  private record LibtorchColumn(Libtorch.Tensor tensor) implements ConsumedColumn {
    LibtorchColumn(Libtorch libtorch, MemorySegment managed) {
      this(libtorch.fromDlpackVersioned(managed.address()));
    }

    @Override
    public long address() {
      return tensor.dataPointer();
    }

    @Override
    public double sum() {
      return tensor.sum();
    }

    @Override
    public void negate() {
      tensor.negateInPlace();
    }

    @Override
    public void close() {
      tensor.close();
    }
  }
}
