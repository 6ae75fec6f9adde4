package org.dlpack4j.device;

import org.dlpack4j.Device;
import org.jspecify.annotations.Nullable;

/**
 * Where work of a device is queued, in order. Never a bare number, as the same numbers mean
 * different things to different libraries.
 *
 * @param kind which one
 * @param handle the device library's own pointer or number; 0 for streams that have none
 */
public record DeviceStream(Kind kind, long handle) {

  /** The kinds of streams. */
  public enum Kind {
    /** There are no streams: whoever returns has finished. */
    NONE,
    /** The device's default, which waits for other streams and is waited for by them. */
    LEGACY_DEFAULT,
    /** The calling thread's own default. */
    PER_THREAD_DEFAULT,
    /** One that a library has made. */
    HANDLE,
    /** Whichever: a consumer says that it needs no ordering, and answers for it. */
    READY
  }

  /** No stream, as for main memory. */
  public static final DeviceStream NONE = new DeviceStream(Kind.NONE, 0);

  /** The device's default. */
  public static final DeviceStream LEGACY_DEFAULT = new DeviceStream(Kind.LEGACY_DEFAULT, 0);

  /** The calling thread's own default. */
  public static final DeviceStream PER_THREAD_DEFAULT =
      new DeviceStream(Kind.PER_THREAD_DEFAULT, 0);

  /** A consumer's word that it needs no ordering. */
  public static final DeviceStream READY = new DeviceStream(Kind.READY, 0);

  // What Python's __dlpack__(stream=...) takes; the defaults are CUDA's own numbers for them.
  private static final long READY_NUMBER = -1;
  private static final long LEGACY_DEFAULT_NUMBER = 1;
  private static final long PER_THREAD_DEFAULT_NUMBER = 2;

  /**
   * Checks that there is a handle where there must be one, and nowhere else.
   *
   * @throws IllegalArgumentException if it is not so
   */
  public DeviceStream {
    if ((kind == Kind.HANDLE) != (handle != 0)) {
      throw new IllegalArgumentException(
          "stream: expected a handle of a stream that has one but found 0x%x of %s"
              .formatted(handle, kind));
    }
  }

  /**
   * A stream that a library has made.
   *
   * @param handle the library's pointer, such as a {@code CUstream}
   * @return the stream
   * @throws IllegalArgumentException if it is NULL, which could mean either default; name the one
   *     that is meant
   */
  public static DeviceStream of(long handle) {
    return new DeviceStream(Kind.HANDLE, handle);
  }

  /**
   * What a library's C function gave out, such as a {@code cudaStream_t}.
   *
   * @param device whose stream it is
   * @param handle the pointer; NULL, and CUDA's and ROCm's small numbers, name the defaults
   * @return the stream
   */
  public static DeviceStream ofNative(Device device, long handle) {
    boolean numbered =
        switch (device.type()) {
          case Device.Type.CUDA, Device.Type.CUDA_MANAGED, Device.Type.ROCM -> true;
          default -> false;
        };
    if (!hasStreams(device)) {
      return NONE;
    } else if (handle == 0 || (numbered && handle == LEGACY_DEFAULT_NUMBER)) {
      return LEGACY_DEFAULT;
    } else if (numbered && handle == PER_THREAD_DEFAULT_NUMBER) {
      return PER_THREAD_DEFAULT;
    }
    return of(handle);
  }

  /**
   * What Python's {@code __dlpack__(stream=...)} was given.
   *
   * @param device whose stream it is
   * @param number the argument; null for {@code None}
   * @return the stream
   * @throws IllegalArgumentException if the number is not one that such a device may be given
   */
  public static DeviceStream ofPython(Device device, @Nullable Long number) {
    if (number != null && number == READY_NUMBER && hasStreams(device)) {
      return READY;
    }
    DeviceStream stream =
        switch (device.type()) {
          case Device.Type.CUDA, Device.Type.CUDA_MANAGED -> ofCuda(number);
          case Device.Type.ROCM -> ofRocm(number);
          case Device.Type.CPU, Device.Type.CUDA_HOST, Device.Type.ROCM_HOST ->
              number == null ? NONE : null;
          default -> number == null ? NONE : ofHandle(number, 0);
        };
    if (stream == null) {
      throw new IllegalArgumentException(
          "stream: expected %s of %s but found %s".formatted(allowed(device), device, number));
    }
    return stream;
  }

  private static boolean hasStreams(Device device) {
    return switch (device.type()) {
      case Device.Type.CPU, Device.Type.CUDA_HOST, Device.Type.ROCM_HOST -> false;
      default -> true;
    };
  }

  private static @Nullable DeviceStream ofCuda(@Nullable Long number) {
    if (number == null || number == LEGACY_DEFAULT_NUMBER) {
      return LEGACY_DEFAULT;
    }
    return number == PER_THREAD_DEFAULT_NUMBER
        ? PER_THREAD_DEFAULT
        : ofHandle(number, PER_THREAD_DEFAULT_NUMBER);
  }

  private static @Nullable DeviceStream ofRocm(@Nullable Long number) {
    return number == null || number == 0
        ? LEGACY_DEFAULT
        : ofHandle(number, PER_THREAD_DEFAULT_NUMBER);
  }

  private static @Nullable DeviceStream ofHandle(long number, long reserved) {
    return number > reserved ? of(number) : null;
  }

  private static String allowed(Device device) {
    return switch (device.type()) {
      case Device.Type.CUDA, Device.Type.CUDA_MANAGED ->
          "None, -1, 1 for the legacy default, 2 for the per-thread default, or a handle";
      case Device.Type.ROCM -> "None, -1, 0 for the default, or a handle above 2";
      case Device.Type.CPU, Device.Type.CUDA_HOST, Device.Type.ROCM_HOST -> "None";
      default -> "None, -1 or a handle";
    };
  }

  /**
   * What to give to Python's {@code __dlpack__(stream=...)}.
   *
   * @param device whose stream it is
   * @return the argument; null for {@code None}
   * @throws IllegalArgumentException if Python has no number for such a stream of this device
   */
  public @Nullable Long toPython(Device device) {
    Long number =
        switch (kind) {
          case NONE -> null;
          case READY -> Long.valueOf(READY_NUMBER);
          case LEGACY_DEFAULT ->
              Long.valueOf(device.type() == Device.Type.ROCM ? 0 : LEGACY_DEFAULT_NUMBER);
          case PER_THREAD_DEFAULT -> Long.valueOf(PER_THREAD_DEFAULT_NUMBER);
          case HANDLE -> Long.valueOf(handle);
        };
    if (!(kind == Kind.NONE && hasStreams(device)) && !ofPython(device, number).equals(this)) {
      throw new IllegalArgumentException(
          "stream: expected one that Python can name of %s but found %s".formatted(device, this));
    }
    return number;
  }

  /** The kind, or the handle in hexadecimal. */
  @Override
  public String toString() {
    return kind == Kind.HANDLE ? "stream 0x" + Long.toHexString(handle) : "stream " + kind;
  }
}
