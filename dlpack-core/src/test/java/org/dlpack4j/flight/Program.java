package org.dlpack4j.flight;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.dlpack4j.DataType;
import org.dlpack4j.Owner;
import org.dlpack4j.TensorView;
import org.dlpack4j.copying.Copies;
import org.dlpack4j.copying.TensorCopy;
import org.dlpack4j.exporting.Exports;
import org.dlpack4j.exporting.TableExporter;
import org.dlpack4j.exporting.TensorExporter;
import org.dlpack4j.importing.ImportPolicy;
import org.dlpack4j.importing.ImportedTable;
import org.dlpack4j.importing.ImportedTensor;
import org.dlpack4j.importing.Imports;
import org.dlpack4j.importing.RefusedTableException;
import org.dlpack4j.importing.RefusedTensorException;
import org.dlpack4j.importing.TableImporter;
import org.dlpack4j.importing.TensorImporter;
import org.dlpack4j.importing.Violation.Code;
import org.dlpack4j.table.Column;
import org.dlpack4j.table.ManagedColumn;
import org.dlpack4j.table.Table;

/**
 * Makes one of everything that can be seen, with nothing but the public API, and looks at the
 * counts. In a package that the library does not have, so that the library may be a module.
 */
final class Program {

  static final String DONE = "all of it happened";

  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final long DELETER_OFFSET = 16;
  private static final long HEADER_BYTES = 32;

  private Program() {}

  @SuppressWarnings("SystemOut") // read by the parent
  public static void main(String[] args) throws InterruptedException {
    exportImportAndCopy();
    exportAndImportATable();
    refuse();
    refuseATable();
    deleteTwice();
    System.out.println(DONE);
  }

  static void exportImportAndCopy() throws InterruptedException {
    Arena arena = Arena.ofShared();
    TensorView view = TensorView.of(arena.allocate(JAVA_DOUBLE, 6), DataType.FLOAT64, 2, 3);
    Owner owner = Owner.closing(arena);
    MemorySegment managed = TensorExporter.export(view, owner).transferOut();
    require(Exports.live().getFirst().kind().equals("arena"), Exports.live());
    try (ImportedTensor tensor = TensorImporter.versioned().adopt(managed)) {
      require(Imports.statistics().bytes() == 6 * Double.BYTES, Imports.statistics());
      try (TensorCopy copy = Copies.contiguous(tensor.elements())) {
        require(copy.view().layout().ndim() == 2, copy);
      }
    }
    require(Imports.statistics().live() == 0, Imports.statistics());
    require(Exports.awaitReleased(owner, PATIENCE), owner);
    require(Exports.live().isEmpty(), Exports.live());
  }

  static void exportAndImportATable() throws InterruptedException {
    Table table = new Table(4, List.of(Column.of("x", view()), Column.of("y", view())));
    Owner owner = new TableOwner();
    MemorySegment[] managed =
        TableExporter.export(table, owner).transferOut().stream()
            .map(ManagedColumn::data)
            .toArray(MemorySegment[]::new);
    require(Exports.live().getFirst().count() == 2, Exports.live());
    try (ImportedTable imported = TableImporter.versioned().adopt(managed)) {
      require(imported.rows() == 4, imported);
      require(Imports.statistics().live() == 2, Imports.statistics());
    }
    require(Imports.statistics().live() == 0, Imports.statistics());
    require(Exports.awaitReleased(owner, PATIENCE), owner);
  }

  static void refuseATable() {
    MemorySegment managed = exported();
    try {
      ImportedTable wrong = TableImporter.versioned().expectingRows(5).adoptOrDiscard(managed);
      throw new AssertionError("adopted " + wrong);
    } catch (RefusedTableException expected) {
      require(expected.violations().size() == 1, expected);
    }
  }

  static void refuse() {
    TensorImporter ofCubes = TensorImporter.versioned().with(ImportPolicy.DEFAULT.ndim(3, 3));
    MemorySegment managed = exported();
    try {
      ImportedTensor cube = ofCubes.adopt(managed);
      throw new AssertionError("adopted " + cube);
    } catch (RefusedTensorException expected) {
      require(expected.violations().size() == 1, expected);
    }
    ofCubes.discard(managed);
    require(
        Imports.statistics().violations().equals(Map.of(Code.NDIM_OUT_OF_RANGE, 1L)),
        Imports.statistics());
  }

  static void deleteTwice() throws InterruptedException {
    MemorySegment managed = exported();
    delete(managed);
    delete(managed);
    require(Exports.statistics().doubleDeletes() == 1, Exports.statistics());
    // The reaper looks at the counters when a cycle begins. The second of these is released in a
    // later cycle than the first.
    for (int i = 0; i < 2; i++) {
      Owner blocking = new BlockingOwner();
      TensorExporter.export(view(), blocking).close();
      require(Exports.awaitReleased(blocking, PATIENCE), blocking);
    }
  }

  static TensorView view() {
    return TensorView.of(Arena.global().allocate(JAVA_LONG, 4), DataType.INT64, 4);
  }

  private static MemorySegment exported() {
    MemorySegment memory = Arena.global().allocate(JAVA_LONG, 4);
    TensorView view = TensorView.of(memory, DataType.INT64, 4);
    return TensorExporter.export(view, Owner.reachable(memory)).transferOut();
  }

  @SuppressWarnings("restricted") // as a consumer does
  private static void delete(MemorySegment managed) {
    long deleter = managed.reinterpret(HEADER_BYTES).get(JAVA_LONG, DELETER_OFFSET);
    try {
      Linker.nativeLinker()
          .downcallHandle(MemorySegment.ofAddress(deleter), FunctionDescriptor.ofVoid(ADDRESS))
          .invokeExact(managed);
    } catch (Throwable e) {
      throw new AssertionError("a deleter does not throw", e);
    }
  }

  static void require(boolean holds, Object found) {
    if (!holds) {
      throw new AssertionError("found " + found);
    }
  }

  /** Another class of a user's; all of its tensors are found deleted together. */
  static final class TableOwner implements Owner {
    @Override
    public void release() {
      // nothing is held
    }
  }

  /** A class of a user's. */
  static final class BlockingOwner implements Owner {
    @Override
    public void release() {
      // nothing is held
    }
  }
}
