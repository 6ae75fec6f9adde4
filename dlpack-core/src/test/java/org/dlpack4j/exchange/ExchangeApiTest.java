package org.dlpack4j.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicReference;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.dlpack4j.DataType;
import org.dlpack4j.Device;
import org.dlpack4j.DlpackVersion;
import org.dlpack4j.Owner;
import org.dlpack4j.TensorView;
import org.dlpack4j.abi.Flavour;
import org.dlpack4j.device.DeviceStream;
import org.dlpack4j.exporting.ExportedTensor;
import org.dlpack4j.exporting.TensorExporter;
import org.dlpack4j.exporting.WithExports;
import org.dlpack4j.importing.ImportPolicy;
import org.dlpack4j.importing.ImportedTensor;
import org.dlpack4j.importing.RefusedTensorException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Other libraries' tables, in a process without Python. */
@WithExports
class ExchangeApiTest {

  private static final long HERE = 0x7000_0000_0000L;

  private static ExchangeApi api(ForeignTable table) {
    return ExchangeApi.of(table.address());
  }

  private static void assertRefused(ForeignTable table, String message, Object... arguments) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> api(table))
        .withMessage(message, arguments);
  }

  @Test
  void usesATableOfOurMajorWhateverItsMinor() {
    assertThat(api(new ForeignTable()).version()).isEqualTo(new DlpackVersion(1, 3));
    assertThat(api(new ForeignTable().version(1, 0)).version()).isEqualTo(new DlpackVersion(1, 0));
    assertThat(ExchangeApi.of(MemorySegment.ofAddress(ExchangeTable.address())).version())
        .isEqualTo(DlpackVersion.CURRENT);
    assertThat(api(new ForeignTable().version(1, -1)).version()).hasToString("1.4294967295");
  }

  @Test
  void walksFromNewerTablesToTheNewestOfOurMajor() {
    ForeignTable oldest = new ForeignTable().version(1, 2);
    ForeignTable ours = new ForeignTable().version(1, 9).before(oldest.address());
    ForeignTable newer = new ForeignTable().version(2, 0).before(ours.address());
    ForeignTable newest = new ForeignTable().version(-1, 5).before(newer.address());

    assertThat(api(newest).version()).isEqualTo(new DlpackVersion(1, 9));
  }

  @Test
  void doesNotLookAtFunctionsOfNewerTables() {
    ForeignTable ours = new ForeignTable();
    ForeignTable newer = new ForeignTable().version(2, 0).allocator(1).before(ours.address());

    assertThat(api(newer).version()).isEqualTo(DlpackVersion.CURRENT);
  }

  @Test
  void refusesNewerTablesThatLeadToNoOther() {
    ForeignTable newer = new ForeignTable().version(2, 1);
    ForeignTable newest = new ForeignTable().version(3, 0).before(newer.address());

    assertRefused(
        newest,
        "version: expected a table of version 1.x but found 3.0 at 0x%x, 2.1 at 0x%x and no other,"
            + " as the last prev_api is NULL; ask the library for one of that version",
        newest.address(),
        newer.address());
  }

  @Test
  void refusesTablesThatAreOlderThanOurMajor() {
    ForeignTable old = new ForeignTable().version(0, 8).before(new ForeignTable().address());
    ForeignTable newer = new ForeignTable().version(2, 0).before(old.address());

    assertRefused(
        newer,
        "version: expected a table of version 1.x but found 2.0 at 0x%x, 0.8 at 0x%x and an older"
            + " one; ask the library for one of that version",
        newer.address(),
        old.address());
  }

  @Test
  void refusesACycleOfNewerTables() {
    ForeignTable newer = new ForeignTable().version(2, 0);
    ForeignTable newest = new ForeignTable().version(3, 0).before(newer.address());
    newer.before(newest.address());

    assertThatIllegalArgumentException()
        .isThrownBy(() -> api(newest))
        .withMessageContaining("and more than 64, so that prev_api seems to be a cycle; ask");
    ForeignTable itself = new ForeignTable().version(2, 0);
    itself.before(itself.address());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> api(itself))
        .withMessageContaining("seems to be a cycle");
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 8, 4088, 0x7000_0000_0004L, -8, Long.MIN_VALUE})
  void refusesAddressesThatCannotBeATable(long address) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ExchangeApi.of(address))
        .withMessage(
            "table: expected the 8-aligned address of a DLPackExchangeAPI but found 0x%x;"
                + " pass the pointer of a capsule named dlpack_exchange_api",
            address);
  }

  @Test
  void refusesAPreviousTableThatCannotBeOne() {
    ForeignTable newer = new ForeignTable().version(2, 0).before(12);

    assertRefused(
        newer,
        "prev_api of 2.0 at 0x%x: expected the 8-aligned address of a DLPackExchangeAPI but found"
            + " 0xc; pass the pointer of a capsule named dlpack_exchange_api",
        newer.address());
  }

  @ParameterizedTest
  @CsvSource({
    "16, managed_tensor_allocator",
    "24, managed_tensor_from_py_object_no_sync",
    "32, managed_tensor_to_py_object_no_sync",
    "40, dltensor_from_py_object_no_sync",
    "48, current_work_stream",
  })
  void refusesAFunctionThatCannotBeOne(long offset, String field) {
    ForeignTable table = new ForeignTable().function(offset, 2);

    assertRefused(
        table,
        "%s: expected a function in the table at 0x%x but found 0x2; is it a DLPackExchangeAPI?",
        field,
        table.address());
  }

  @Test
  void readsFunctionsOnce() {
    ForeignTable table = new ForeignTable();
    ExchangeApi api = api(table);
    table.allocator(1);

    api.allocate(DataType.INT8, Device.CPU, 3).close();
  }

  @Test
  void missesAFunctionOnlyWhereItIsNeeded() {
    ForeignTable table = new ForeignTable();
    for (long offset = TableFunctions.ALLOCATOR; offset < 56; offset += 8) {
      table.function(offset, 0);
    }
    ExchangeApi api = api(table);

    assertMissing(
        table, "managed_tensor_allocator", () -> api.allocate(DataType.INT8, Device.CPU, 1));
    assertMissing(table, "managed_tensor_from_py_object_no_sync", () -> api.fromPython(HERE));
    assertMissing(table, "current_work_stream", () -> api.currentWorkStream(Device.CPU));
    assertThat(api.view(HERE)).isEmpty();
    try (ExportedTensor tensor = exported(Flavour.VERSIONED)) {
      assertMissing(table, "managed_tensor_to_py_object_no_sync", () -> api.toPython(tensor));
      assertThat(tensor.toString()).contains("held");
    }
  }

  private static void assertMissing(ForeignTable table, String field, ThrowingCallable call) {
    assertThatExceptionOfType(UnsupportedOperationException.class)
        .isThrownBy(call)
        .withMessage(
            "%s: expected a function in the table at 0x%x but found NULL;"
                + " its library does not offer it",
            field, table.address());
  }

  @Test
  void allocatesWhatIsAskedForAndOwnsIt() {
    ExchangeApi api = api(new ForeignTable());
    try (ImportedTensor tensor = api.allocate(DataType.FLOAT32, Device.CPU, 2, 3)) {
      tensor.elements().setDouble(2.5, 1, 2);

      assertThat(tensor.elements().getDouble(1, 2)).isEqualTo(2.5);
      assertThat(tensor.view().layout().shape()).containsExactly(2, 3);
      assertThat(tensor.view().dataType()).isEqualTo(DataType.FLOAT32);
      assertThat(tensor.isReadOnly()).isFalse();
    }
    try (ImportedTensor scalar = api.allocate(DataType.INT64, Device.CPU)) {
      assertThat(scalar.view().layout().ndim()).isZero();
    }
    try (ImportedTensor empty = api.allocate(DataType.INT64, Device.CPU, 4, 0)) {
      assertThat(empty.segment().byteSize()).isZero();
    }
  }

  @Test
  void allocatesForAllThreadsWhereAsked() throws InterruptedException {
    AtomicReference<Object> read = new AtomicReference<>();
    try (ImportedTensor tensor =
        api(new ForeignTable()).shared().allocate(DataType.INT32, Device.CPU, 4)) {
      tensor.elements().setLong(7, 3);
      Thread other = Thread.ofPlatform().start(() -> read.set(tensor.elements().getLong(3)));
      other.join();
    }
    assertThat(read).hasValue(7L);
  }

  @Test
  void passesOnWhatTheAllocatorSays() {
    ExchangeApi api = api(new ForeignTable().allocator(ForeignTable.FAILS));

    assertThatExceptionOfType(ExchangeException.class)
        .isThrownBy(() -> api.allocate(DataType.INT8, Device.cuda(1), 3))
        .withMessage("managed_tensor_allocator: BufferError: no such device here")
        .satisfies(e -> assertThat(e.kind()).isEqualTo("BufferError"));
  }

  @Test
  void survivesAnAllocatorThatSaysNothing() {
    ExchangeApi silent = api(new ForeignTable().allocator(ForeignTable.FAILS_SILENTLY));
    ExchangeApi unreadable = api(new ForeignTable().allocator(ForeignTable.SAYS_NOTHING_READABLE));
    ExchangeApi lying = api(new ForeignTable().allocator(ForeignTable.GIVES_NULL));

    assertThatExceptionOfType(ExchangeException.class)
        .isThrownBy(() -> silent.allocate(DataType.INT8, Device.CPU, 3))
        .withMessage("managed_tensor_allocator: RuntimeError: it failed without calling SetError");
    assertThatExceptionOfType(ExchangeException.class)
        .isThrownBy(() -> unreadable.allocate(DataType.INT8, Device.CPU, 3))
        .withMessage("managed_tensor_allocator: : A\uFFFD");
    assertThatExceptionOfType(ExchangeException.class)
        .isThrownBy(() -> lying.allocate(DataType.INT8, Device.CPU, 3))
        .withMessage("managed_tensor_allocator: RuntimeError: it returned 0 but gave NULL");
  }

  @Test
  void believesTheResultAndNotAComplaint() {
    ExchangeApi api = api(new ForeignTable().allocator(ForeignTable.COMPLAINS_AND_SUCCEEDS));

    try (ImportedTensor tensor = api.allocate(DataType.INT8, Device.CPU, 3)) {
      assertThat(tensor.segment().byteSize()).isEqualTo(3);
    }
  }

  @Test
  void discardsATensorThatWasNotAskedFor() {
    ExchangeApi api = api(new ForeignTable().allocator(ForeignTable.GIVES_ANOTHER_SHAPE));
    int before = ForeignTable.deletions();

    assertThatIllegalStateException()
        .isThrownBy(() -> api.allocate(DataType.INT8, Device.CPU, 3))
        .withMessageStartingWith(
            "managed_tensor_allocator: expected int8[3] on cpu but found int8[1] on cpu at 0x")
        .withMessageEndingWith(", which was discarded; report it to the library");
    assertThat(ForeignTable.deletions()).isEqualTo(before + 1);
  }

  @Test
  void discardsATensorThatIsNone() {
    ExchangeApi api = api(new ForeignTable().allocator(ForeignTable.GIVES_NONSENSE));
    int before = ForeignTable.deletions();

    assertThatExceptionOfType(RefusedTensorException.class)
        .isThrownBy(() -> api.allocate(DataType.INT8, Device.CPU, 3))
        .withMessageContaining("ndim")
        .withMessageEndingWith("It has been discarded");
    assertThat(ForeignTable.deletions()).isEqualTo(before + 1);
  }

  @Test
  void acceptsByThePolicyOfTheCaller() {
    ExchangeApi api = api(new ForeignTable());
    DataType unknown = new DataType(77, 24, 1);

    assertThatExceptionOfType(RefusedTensorException.class)
        .isThrownBy(() -> api.allocate(unknown, Device.CPU, 3));
    try (ImportedTensor tensor =
        api.with(ImportPolicy.DEFAULT.anyDataType()).allocate(unknown, Device.CPU, 3)) {
      assertThat(tensor.view().dataType()).isEqualTo(unknown);
    }
  }

  @Test
  void refusesAShapeThatIsNoneBeforeAnythingIsCalled() {
    ExchangeApi api = api(new ForeignTable().allocator(ForeignTable.FAILS));

    assertThatIllegalArgumentException()
        .isThrownBy(() -> api.allocate(DataType.INT8, Device.CPU, 3, -1))
        .withMessage("shape dimension 1: expected 0 or more but found -1");
  }

  @Test
  void asksForTheStreamOfADevice() {
    ExchangeApi api = api(new ForeignTable());

    assertThat(api.currentWorkStream(Device.cuda(3))).isEqualTo(DeviceStream.of(203));
    assertThatExceptionOfType(ExchangeException.class)
        .isThrownBy(() -> api.currentWorkStream(new Device(13, 0)))
        .withMessage(
            "current_work_stream: RuntimeError: it returned -1 and raised no Python exception");
  }

  @Test
  void saysThatThereIsNoPythonAndCallsNothing() {
    ExchangeApi api = api(new ForeignTable());
    int before = ForeignTable.conversions();

    assertNoPython("managed_tensor_from_py_object_no_sync", () -> api.fromPython(HERE));
    assertNoPython("dltensor_from_py_object_no_sync", () -> api.view(HERE));
    try (ExportedTensor tensor = exported(Flavour.VERSIONED)) {
      assertNoPython("managed_tensor_to_py_object_no_sync", () -> api.toPython(tensor));
      assertThat(tensor.toString()).contains("held");
    }
    assertThat(ForeignTable.conversions()).isEqualTo(before);
  }

  private static void assertNoPython(String field, ThrowingCallable call) {
    assertThatIllegalStateException()
        .isThrownBy(call)
        .withMessage(
            "%s: expected a process that runs Python but found none; start the JVM from Python, or"
                + " load libpython with RTLD_GLOBAL and initialize it",
            field);
  }

  @Test
  void refusesTheObjectNull() {
    ExchangeApi api = api(new ForeignTable());
    for (ThrowingCallable call :
        new ThrowingCallable[] {() -> api.fromPython(0), () -> api.view(0)}) {
      assertThatIllegalArgumentException()
          .isThrownBy(call)
          .withMessage(
              "pyObject: expected the address of a Python object but found NULL; pass its id()");
    }
  }

  @Test
  void leavesALegacyTensorHeldThatIsOfNoUseToIt() {
    ExchangeApi api = api(new ForeignTable());
    try (ExportedTensor tensor = exported(Flavour.LEGACY)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> api.toPython(tensor))
          .withMessage(
              "tensor: expected a DLManagedTensorVersioned but found a legacy one; export it with"
                  + " TensorExporter.export");
      assertThat(tensor.toString()).contains("held");
    }
  }

  private static ExportedTensor exported(Flavour flavour) {
    MemorySegment memory = Arena.ofAuto().allocate(8);
    TensorView view = TensorView.of(memory, DataType.INT8, 8);
    return flavour == Flavour.VERSIONED
        ? TensorExporter.export(view, Owner.reachable(memory))
        : TensorExporter.exportLegacy(view, Owner.reachable(memory));
  }
}
