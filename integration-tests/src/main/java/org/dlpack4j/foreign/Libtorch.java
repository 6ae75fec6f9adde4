package org.dlpack4j.foreign;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * libtorch's DLPack entry points, called straight from Java: no C++ shim and no binding library.
 *
 * <p>Only {@code at::toDLPack…} and {@code at::fromDLPack…} are called by their C++ names. All else
 * goes through libtorch's C interface ({@code aoti_torch_…}), which owns a tensor as a {@code new
 * at::Tensor}, deletes it properly and turns C++ exceptions into error codes. A handle there
 * <em>is</em> an {@code at::Tensor*}, so the two sides share their pointers.
 *
 * <p><strong>The DLPack calls have no such guard:</strong> a C++ exception inside one of them (an
 * element type that libtorch lacks, more lanes than one) ends the process.
 */
public final class Libtorch {

  /** The libraries to open, each after those it needs. */
  private static final List<String> RESOURCES =
      List.of(
          "org/bytedeco/openblas/linux-x86_64/libquadmath.so.0",
          "org/bytedeco/openblas/linux-x86_64/libgfortran.so.5",
          "org/bytedeco/openblas/linux-x86_64/libopenblas.so.0",
          "org/bytedeco/pytorch/linux-x86_64/libgomp.so.1",
          "org/bytedeco/pytorch/linux-x86_64/libc10.so",
          "org/bytedeco/pytorch/linux-x86_64/libtorch_cpu.so");

  /** Numbers of types for which the C interface has no function, under PyTorch's names. */
  private static final Map<String, Long> OTHER_TYPES =
      Map.of("float8_e8m0fnu", 44L, "float4_e2m1fn_x2", 45L);

  private static final String TO_VERSIONED = "_ZN2at17toDLPackVersionedERKNS_6TensorE";
  private static final String TO_LEGACY = "_ZN2at8toDLPackERKNS_6TensorE";
  private static final String FROM_VERSIONED =
      "_ZN2at19fromDLPackVersionedEP24DLManagedTensorVersionedSt8functionIFvPvEE";
  private static final String FROM_LEGACY =
      "_ZN2at10fromDLPackEP15DLManagedTensorSt8functionIFvPvEE";

  private static final String NEW_TENSOR = "aoti_torch_new_uninitialized_tensor";
  private static final String DELETE_TENSOR = "aoti_torch_delete_tensor_object";

  private final SymbolLookup symbols;
  private final Map<String, MethodHandle> functions = new ConcurrentHashMap<>();

  private Libtorch(SymbolLookup symbols) {
    this.symbols = symbols;
  }

  /** Opens the libraries in a folder; they stay open until the process ends. */
  public static Libtorch load(Path folder) {
    List<SymbolLookup> libraries =
        RESOURCES.stream()
            .map(resource -> folder.resolve(Path.of(resource).getFileName()))
            .map(file -> SymbolLookup.libraryLookup(file, Arena.global()))
            .toList();
    return new Libtorch(libraries.getLast());
  }

  /**
   * Opens the libraries of the {@code org.bytedeco:pytorch} and {@code org.bytedeco:openblas} jars
   * (classifier {@code linux-x86_64}) on the class path; empty where they, or the platform, are
   * missing. They are unpacked (374 MB) unless the folder already holds them.
   */
  public static Optional<Libtorch> loadFromClassPath(Path cacheFolder) throws IOException {
    String platform = System.getProperty("os.name") + " " + System.getProperty("os.arch");
    ClassLoader loader = Libtorch.class.getClassLoader();
    if (!platform.equals("Linux amd64")
        || RESOURCES.stream().anyMatch(name -> loader.getResource(name) == null)) {
      return Optional.empty();
    }
    Files.createDirectories(cacheFolder);
    for (String resource : RESOURCES) {
      unpack(loader.getResource(resource), cacheFolder.resolve(Path.of(resource).getFileName()));
    }
    return Optional.of(load(cacheFolder));
  }

  private static void unpack(URL source, Path target) throws IOException {
    var connection = source.openConnection();
    try (InputStream in = connection.getInputStream()) {
      if (Files.exists(target) && Files.size(target) == connection.getContentLengthLong()) {
        return;
      }
      // Another process may be at the same: each moves a whole copy here, and the last one stays.
      Path partial = Files.createTempFile(target.getParent(), "unpacking", ".tmp");
      Files.copy(in, partial, StandardCopyOption.REPLACE_EXISTING);
      Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
    }
  }

  /** {@code DLManagedTensorVersioned* toDLPackVersioned(const Tensor&)}, for a native caller. */
  public MemorySegment toDlpackVersionedFunction() {
    return symbols.findOrThrow(TO_VERSIONED);
  }

  /** {@code DLManagedTensor* toDLPack(const Tensor&)}, for a native caller. */
  public MemorySegment toDlpackLegacyFunction() {
    return symbols.findOrThrow(TO_LEGACY);
  }

  /**
   * {@code Tensor fromDLPackVersioned(DLManagedTensorVersioned*, std::function<void(void*)>)}, for
   * a native caller. As {@code at::Tensor} is not trivially copyable, C++ passes the place for the
   * result first, and the function by its address: one of 32 zero bytes is empty, and then libtorch
   * calls the managed tensor's own deleter.
   */
  public MemorySegment fromDlpackVersionedFunction() {
    return symbols.findOrThrow(FROM_VERSIONED);
  }

  /** {@code int new_uninitialized_tensor(Tensor** result)}, for a native caller; 0 is success. */
  public MemorySegment newTensorFunction() {
    return symbols.findOrThrow(NEW_TENSOR);
  }

  /** {@code int delete_tensor_object(Tensor*)}, for a native caller; 0 is success. */
  public MemorySegment deleteTensorFunction() {
    return symbols.findOrThrow(DELETE_TENSOR);
  }

  /** A new {@code DLManagedTensorVersioned*} that shares the tensor's memory and keeps it alive. */
  public long toDlpackVersioned(Tensor tensor) {
    return call(TO_VERSIONED, tensor.handle());
  }

  /** A new {@code DLManagedTensor*} that shares the tensor's memory and keeps it alive. */
  public long toDlpackLegacy(Tensor tensor) {
    return call(TO_LEGACY, tensor.handle());
  }

  /** A tensor over a {@code DLManagedTensorVersioned*}, which it takes over. */
  public Tensor fromDlpackVersioned(long managed) {
    return fromDlpack(FROM_VERSIONED, managed);
  }

  /** A tensor over a {@code DLManagedTensor*}, which it takes over. */
  public Tensor fromDlpackLegacy(long managed) {
    return fromDlpack(FROM_LEGACY, managed);
  }

  private Tensor fromDlpack(String function, long managed) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment deleter = arena.allocate(32, 16);
      long tensor = create(NEW_TENSOR);
      call(function, tensor, managed, deleter.address());
      return new Tensor(tensor);
    }
  }

  /**
   * A tensor on the CPU, its contents undefined. The type is one of PyTorch's names ({@code
   * float32}, {@code int64}, {@code bool}, …); the strides are counted in elements.
   */
  public Tensor empty(String dtype, long[] shape, long[] strides) {
    try (Arena arena = Arena.ofConfined()) {
      long sizes = arena.allocateFrom(JAVA_LONG, shape).address();
      long steps = arena.allocateFrom(JAVA_LONG, strides).address();
      long[] arguments = {shape.length, sizes, steps, type(dtype), 0, 0}; // the CPU is device 0
      return new Tensor(create("aoti_torch_empty_strided", arguments));
    }
  }

  private long type(String dtype) {
    Long number = OTHER_TYPES.get(dtype);
    return number != null ? number : call("aoti_torch_dtype_" + dtype);
  }

  /** Calls a function of the C interface that writes an 8-byte result through its last argument. */
  private long create(String symbol, long... arguments) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment result = arena.allocate(JAVA_LONG);
      long[] all = Arrays.copyOf(arguments, arguments.length + 1);
      all[arguments.length] = result.address();
      check(symbol, all);
      return result.get(JAVA_LONG, 0);
    }
  }

  /** Calls a function of the C interface. */
  private void check(String symbol, long... arguments) {
    if ((int) call(symbol, arguments) != 0) {
      throw new IllegalStateException(symbol + " failed; libtorch's log on stderr says why");
    }
  }

  /** Calls a function of pointers and integers: on x86-64 each of them travels as a 64-bit word. */
  private long call(String symbol, long... arguments) {
    MethodHandle function = functions.computeIfAbsent(symbol, name -> link(name, arguments.length));
    try {
      return (long) function.invokeExact(arguments);
    } catch (Throwable e) {
      throw new IllegalStateException(symbol, e);
    }
  }

  private MethodHandle link(String symbol, int arity) {
    MemoryLayout[] words = Collections.nCopies(arity, JAVA_LONG).toArray(MemoryLayout[]::new);
    return Linker.nativeLinker()
        .downcallHandle(symbols.findOrThrow(symbol), FunctionDescriptor.of(JAVA_LONG, words))
        .asSpreader(long[].class, arity);
  }

  /** An owned {@code at::Tensor}; for one thread at a time. */
  public final class Tensor implements AutoCloseable {

    private long handle;

    private Tensor(long handle) {
      this.handle = handle;
    }

    /** The {@code at::Tensor*}, to be passed where C++ wants a {@code const Tensor&}. */
    public long handle() {
      if (handle == 0) {
        throw new IllegalStateException("closed");
      }
      return handle;
    }

    /** The address of the first element. */
    public long dataPointer() {
      return create("aoti_torch_get_data_ptr", handle());
    }

    /**
     * Other elements of the same memory, which both tensors keep alive; all counted in elements.
     */
    public Tensor view(long[] shape, long[] strides, long offset) {
      try (Arena arena = Arena.ofConfined()) {
        long sizes = arena.allocateFrom(JAVA_LONG, shape).address();
        long steps = arena.allocateFrom(JAVA_LONG, strides).address();
        String function = "aoti_torch__reinterpret_tensor";
        return new Tensor(create(function, handle(), shape.length, sizes, steps, offset));
      }
    }

    /** Copies another tensor's elements here, as libtorch converts them to this one's type. */
    public void copyFrom(Tensor source) {
      check("aoti_torch_copy_", handle(), source.handle(), 0); // and waits for them
    }

    /** Negates every element where it lies. */
    public void negateInPlace() {
      apply("aten::neg_").close();
    }

    /** The sum of the elements, as libtorch computes it for their type. */
    public double sum() {
      try (Tensor total = apply("aten::sum")) {
        return Double.longBitsToDouble(create("aoti_torch_item_float64", total.handle()));
      }
    }

    /** A row-major tensor of the same elements; this one again if it is row-major already. */
    public Tensor contiguous() {
      // An int32_t: the upper half of the register is nobody's.
      long rowMajor = (int) call("aoti_torch_memory_format_contiguous_format");
      return apply("aten::contiguous", rowMajor);
    }

    /** Calls an operator on this tensor, leaving out its optional argument if it has one. */
    private Tensor apply(String operator) {
      return apply(operator, 0);
    }

    /** Calls an operator on this tensor and an argument of one word. */
    private Tensor apply(String operator, long argument) {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment stack = arena.allocate(JAVA_LONG, 2); // the arguments, then the result
        stack.set(JAVA_LONG, JAVA_LONG.byteSize(), argument);
        long name = arena.allocateFrom(operator).address();
        long overload = arena.allocateFrom("").address();
        stack.set(JAVA_LONG, 0, create("aoti_torch_new_tensor_handle", handle())); // taken over
        check("aoti_torch_call_dispatcher", name, overload, stack.address());
        return new Tensor(stack.get(JAVA_LONG, 0));
      }
    }

    /** Drops this reference; the last one frees the memory or calls the producer's deleter. */
    @Override
    public void close() {
      if (handle != 0) {
        check(DELETE_TENSOR, handle);
        handle = 0;
      }
    }
  }
}
