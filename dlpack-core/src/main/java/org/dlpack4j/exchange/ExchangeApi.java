package org.dlpack4j.exchange;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Optional;
import org.dlpack4j.DataType;
import org.dlpack4j.Device;
import org.dlpack4j.DlpackVersion;
import org.dlpack4j.TensorLayout;
import org.dlpack4j.TensorView;
import org.dlpack4j.abi.Flavour;
import org.dlpack4j.device.DeviceStream;
import org.dlpack4j.exporting.ExportedTensor;
import org.dlpack4j.importing.ImportPolicy;
import org.dlpack4j.importing.ImportedTensor;
import org.dlpack4j.importing.RefusedTensorException;
import org.dlpack4j.importing.TensorImporter;
import org.dlpack4j.internal.ExchangeCalls;

/**
 * Another library's exchange API. Immutable, for any thread but virtual ones where Python is meant.
 *
 * <p>Python's lock (the GIL) is taken and given back around each call that needs it. What a call
 * gives is checked and adopted as by {@link TensorImporter#versioned()}; a tensor that the policy
 * refuses is discarded. No function waits for a device's stream.
 */
public final class ExchangeApi {

  private final TableFunctions functions;
  private final TensorImporter importer;
  private final TensorImporter viewer;

  private ExchangeApi(TableFunctions functions, TensorImporter importer, TensorImporter viewer) {
    this.functions = functions;
    this.importer = importer;
    this.viewer = viewer;
  }

  /**
   * Reads a table. If it is newer than this library, the older ones that it leads to are tried.
   *
   * @param table the address of a {@code DLPackExchangeAPI}, such as the pointer in the capsule
   *     {@code __dlpack_c_exchange_api__} of a Python type
   * @return the API, under the default policy, whose tensors are confined to a thread
   * @throws IllegalArgumentException if the address cannot be a table's, or no table of this major
   *     version is found, or its functions cannot be any
   */
  public static ExchangeApi of(long table) {
    return new ExchangeApi(
        TableFunctions.read(table), TensorImporter.versioned(), TensorImporter.legacy());
  }

  /**
   * The same as {@link #of(long)}.
   *
   * @param table a {@code DLPackExchangeAPI}
   * @return the API, under the default policy, whose tensors are confined to a thread
   * @throws IllegalArgumentException as there
   */
  public static ExchangeApi of(MemorySegment table) {
    return of(table.address());
  }

  /**
   * Accepts tensors by another policy.
   *
   * @param policy the policy
   * @return such an API
   * @throws UnsupportedOperationException if the policy probes and the system does not allow it
   */
  public ExchangeApi with(ImportPolicy policy) {
    return new ExchangeApi(functions, importer.with(policy), viewer.with(policy));
  }

  /**
   * Adopts tensors for all threads, as {@link TensorImporter#shared()} does.
   *
   * @return such an API
   */
  public ExchangeApi shared() {
    return new ExchangeApi(functions, importer.shared(), viewer);
  }

  /**
   * The version of the table that is used.
   *
   * @return of our major
   */
  public DlpackVersion version() {
    return functions.version();
  }

  /**
   * Has the library allocate a tensor. Its contents are undefined.
   *
   * @param dataType of an element
   * @param device where
   * @param shape all sizes
   * @return the tensor, to be closed by the caller
   * @throws ExchangeException if the library fails, with what it said
   * @throws RefusedTensorException if the policy does not accept what it made, which was discarded
   * @throws IllegalStateException if it made something else than was asked for, which was discarded
   * @throws UnsupportedOperationException if it has no allocator
   */
  public ImportedTensor allocate(DataType dataType, Device device, long... shape) {
    TensorLayout layout = TensorLayout.contiguous(shape);
    long allocator = functions.require(TableFunctions.ALLOCATOR_FIELD, functions.allocator());
    try (Arena arena = Arena.ofConfined();
        ReportedError error = new ReportedError()) {
      MemorySegment out = arena.allocate(JAVA_LONG);
      long prototype = Prototype.write(arena, dataType, device, layout).address();
      int result =
          ExchangeCalls.allocate(
              allocator, prototype, out.address(), error.context(), ReportedError.SET_ERROR);
      if (result != 0) {
        throw error.exception();
      }
      ImportedTensor tensor = adopt(TableFunctions.ALLOCATOR_FIELD, out);
      return asAskedFor(tensor, dataType, device, layout);
    }
  }

  private static ImportedTensor asAskedFor(
      ImportedTensor tensor, DataType dataType, Device device, TensorLayout layout) {
    TensorView view = tensor.view();
    if (view.dataType().equals(dataType)
        && view.device().equals(device)
        && Arrays.equals(view.layout().shape(), layout.shape())) {
      return tensor;
    }
    tensor.close();
    throw new IllegalStateException(
        "%s: expected %s%s on %s but found %s, which was discarded; report it to the library"
            .formatted(TableFunctions.ALLOCATOR_FIELD, dataType, layout, device, view));
  }

  /**
   * Takes a tensor from a Python object, without a copy.
   *
   * @param pyObject a {@code PyObject *} of the type that has this table; stays the caller's
   * @return the tensor, which keeps the object's memory alive, to be closed by the caller
   * @throws ExchangeException if the library fails, with the Python exception that it raised
   * @throws RefusedTensorException if the policy does not accept the tensor, which was discarded
   * @throws IllegalStateException if this process runs no Python, or this thread is a virtual one
   */
  public ImportedTensor fromPython(long pyObject) {
    String field = TableFunctions.FROM_PY_OBJECT_FIELD;
    long function = functions.require(field, functions.fromPyObject());
    requireObject(pyObject);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(JAVA_LONG);
      return PythonCalls.inPython(
          field,
          () -> ExchangeCalls.convert(function, pyObject, out.address()),
          () -> adopt(field, out));
    }
  }

  /**
   * Makes a Python object of a tensor, without a copy.
   *
   * @param tensor a versioned one; once the library is called it is given away, whatever comes of
   *     it: a library that fails may or may not have deleted it, and a tensor that leaks is better
   *     than one freed twice
   * @return a new reference to the {@code PyObject *}, the caller's to give back to Python
   * @throws ExchangeException if the library fails, with the Python exception that it raised
   * @throws IllegalArgumentException if the tensor is a legacy one; it is still held
   * @throws IllegalStateException if this process runs no Python, or this thread is a virtual one,
   *     and the tensor is still held; or if it was not held before
   */
  public long toPython(ExportedTensor tensor) {
    String field = TableFunctions.TO_PY_OBJECT_FIELD;
    long function = functions.require(field, functions.toPyObject());
    if (tensor.flavour() != Flavour.VERSIONED) {
      throw new IllegalArgumentException(
          "tensor: expected a DLManagedTensorVersioned but found a legacy one; export it with"
              + " TensorExporter.export");
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(JAVA_LONG);
      return PythonCalls.inPython(
          field,
          () -> ExchangeCalls.convert(function, tensor.transferOutAddress(), out.address()),
          () -> result(field, out));
    }
  }

  /**
   * Describes the tensor of a Python object without taking it. A {@code DLTensor} does not say
   * whether it may be written, so the view is read-only unless the policy assumes otherwise.
   *
   * @param pyObject a {@code PyObject *} of the type that has this table; stays the caller's
   * @return the tensor, valid while the object lives and is not changed; empty if this library does
   *     not describe its tensors so
   * @throws ExchangeException if the library fails, with the Python exception that it raised
   * @throws RefusedTensorException if the policy does not accept the tensor
   * @throws IllegalStateException if this process runs no Python, or this thread is a virtual one
   */
  public Optional<TensorView> view(long pyObject) {
    long function = functions.dltensorFromPyObject();
    if (function == 0) {
      return Optional.empty();
    }
    requireObject(pyObject);
    try (Arena arena = Arena.ofConfined()) {
      // A legacy managed tensor begins with its DLTensor; with a NULL deleter it owns nothing.
      MemorySegment managed = arena.allocate(Flavour.LEGACY.layout());
      return Optional.of(
          PythonCalls.inPython(
              TableFunctions.DLTENSOR_FROM_PY_OBJECT_FIELD,
              () -> ExchangeCalls.convert(function, pyObject, managed.address()),
              () -> describe(managed)));
    }
  }

  /** Before the lock is given back: shape and strides are the object's. */
  private TensorView describe(MemorySegment managed) {
    try (ImportedTensor tensor = viewer.adopt(managed)) {
      return tensor.view();
    }
  }

  /**
   * The stream on which the library works at the moment, on this thread.
   *
   * @param device the device
   * @return the stream
   * @throws ExchangeException if the library fails, with the Python exception that it raised if
   *     this process runs Python
   * @throws IllegalStateException if this process runs Python and this thread is a virtual one
   */
  public DeviceStream currentWorkStream(Device device) {
    String field = TableFunctions.CURRENT_WORK_STREAM_FIELD;
    long function = functions.require(field, functions.currentWorkStream());
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(JAVA_LONG);
      return PythonCalls.inPythonIfAny(
          field,
          () -> ExchangeCalls.workStream(function, device.type(), device.id(), out.address()),
          () -> DeviceStream.ofNative(device, out.get(JAVA_LONG, 0)));
    }
  }

  private static void requireObject(long pyObject) {
    if (pyObject == 0) {
      throw new IllegalArgumentException(
          "pyObject: expected the address of a Python object but found NULL; pass its id()");
    }
  }

  private ImportedTensor adopt(String field, MemorySegment out) {
    return importer.adoptOrDiscard(MemorySegment.ofAddress(result(field, out)));
  }

  private static long result(String field, MemorySegment out) {
    long result = out.get(JAVA_LONG, 0);
    if (result == 0) {
      throw new ExchangeException(field, "RuntimeError", "it returned 0 but gave NULL");
    }
    return result;
  }
}
