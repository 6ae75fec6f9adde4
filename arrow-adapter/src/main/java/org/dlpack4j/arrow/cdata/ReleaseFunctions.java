package org.dlpack4j.arrow.cdata;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.dlpack4j.internal.Memory.ALL;

import java.lang.System.Logger.Level;
import java.lang.invoke.MethodHandles;
import java.util.Map;
import java.util.Objects;
import org.dlpack4j.abi.Flavour;
import org.dlpack4j.arrow.cdata.CDataAbi.Array;
import org.dlpack4j.arrow.cdata.CDataAbi.Schema;
import org.dlpack4j.arrow.cdata.CDataAbi.StreamForm;
import org.dlpack4j.exporting.DeleterKind;
import org.dlpack4j.exporting.Exports;
import org.dlpack4j.internal.Memory;
import org.dlpack4j.internal.NativeCalls;
import org.dlpack4j.spi.NativeFunctions;

/**
 * The release callbacks of structs that we export. They obey the rules of deleters: in C where the
 * native shim is, else upcalls that do the same.
 *
 * @param array of an {@code ArrowArray}
 * @param schema of an {@code ArrowSchema}
 * @param stream of an {@code ArrowArrayStream}
 * @param deviceStream of an {@code ArrowDeviceArrayStream}
 */
record ReleaseFunctions(long array, long schema, long stream, long deviceStream) {

  /** Those that this JVM uses. */
  static final ReleaseFunctions USED =
      Exports.deleterKind() == DeleterKind.NATIVE ? nativeOnes() : upcalls();

  private static ReleaseFunctions nativeOnes() {
    NativeFunctions shim = NativeFunctions.provided();
    check(shim.abi());
    return new ReleaseFunctions(
        shim.releaseArray(),
        shim.releaseSchema(),
        shim.releaseStream(),
        shim.releaseDeviceStream());
  }

  /**
   * Compares with what a library was compiled with.
   *
   * @throws UnsatisfiedLinkError naming the first difference
   */
  static void check(Map<String, Long> found) {
    CDataAbi.facts()
        .forEach(
            (name, expected) -> {
              if (!Objects.equals(expected, found.get(name))) {
                throw new UnsatisfiedLinkError(
                    "native-shim: expected %s to be %d but found %s; use native-shim and"
                            .formatted(name, expected, found.get(name))
                        + " arrow-adapter of the same version");
              }
            });
  }

  private static ReleaseFunctions upcalls() {
    MethodHandles.Lookup here = MethodHandles.lookup();
    return new ReleaseFunctions(
        NativeCalls.stub(here, "releaseArray"),
        NativeCalls.stub(here, "releaseSchema"),
        NativeCalls.stub(here, "releaseStream"),
        NativeCalls.stub(here, "releaseDeviceStream"));
  }

  /** Calls a struct's own callback, whosever it is. */
  static void release(long struct, long releaseOffset) {
    NativeCalls.call(ALL.get(JAVA_LONG, struct + releaseOffset), struct);
  }

  /** Calls a struct's own callback unless that has been done, or the struct was moved away. */
  static void releaseIfHeld(long struct, long releaseOffset) {
    if (ALL.get(JAVA_LONG, struct + releaseOffset) != 0) {
      release(struct, releaseOffset);
    }
  }

  /** Called from C. */
  @SuppressWarnings("unused")
  private static void releaseArray(long array) {
    guarded(
        () -> {
          if (isHeld(array, Array.RELEASE)) {
            releaseParts(array, Array.N_CHILDREN, Array.CHILDREN, Array.DICTIONARY, Array.RELEASE);
            deleteKeeper(array, Array.RELEASE, Array.PRIVATE_DATA);
          }
        });
  }

  /** Called from C. */
  @SuppressWarnings("unused")
  private static void releaseSchema(long schema) {
    guarded(
        () -> {
          if (isHeld(schema, Schema.RELEASE)) {
            releaseParts(
                schema, Schema.N_CHILDREN, Schema.CHILDREN, Schema.DICTIONARY, Schema.RELEASE);
            long memory = ALL.get(JAVA_LONG, schema + Schema.PRIVATE_DATA);
            ALL.set(JAVA_LONG, schema + Schema.RELEASE, 0);
            Memory.free(memory);
          }
        });
  }

  /** Called from C. */
  @SuppressWarnings("unused")
  private static void releaseStream(long stream) {
    releaseStream(stream, StreamForm.PLAIN);
  }

  /** Called from C. */
  @SuppressWarnings("unused")
  private static void releaseDeviceStream(long stream) {
    releaseStream(stream, StreamForm.DEVICE);
  }

  private static void releaseStream(long stream, StreamForm form) {
    guarded(
        () -> {
          if (isHeld(stream, form.release())) {
            deleteKeeper(stream, form.release(), form.privateData());
          }
        });
  }

  private static boolean isHeld(long struct, long releaseOffset) {
    return struct != 0 && ALL.get(JAVA_LONG, struct + releaseOffset) != 0;
  }

  private static void releaseParts(
      long struct, long countOffset, long childrenOffset, long dictionaryOffset, long release) {
    long count = ALL.get(JAVA_LONG, struct + countOffset);
    long children = ALL.get(JAVA_LONG, struct + childrenOffset);
    for (long i = 0; i < count; i++) {
      releaseIfHeld(ALL.get(JAVA_LONG, children + i * ADDRESS.byteSize()), release);
    }
    long dictionary = ALL.get(JAVA_LONG, struct + dictionaryOffset);
    if (dictionary != 0) {
      releaseIfHeld(dictionary, release);
    }
  }

  /** The keeper comes last: it holds the memory that the children's structs lie in. */
  private static void deleteKeeper(long struct, long releaseOffset, long keeperOffset) {
    long keeper = ALL.get(JAVA_LONG, struct + keeperOffset);
    ALL.set(JAVA_LONG, struct + releaseOffset, 0);
    NativeCalls.call(ALL.get(JAVA_LONG, keeper + Flavour.VERSIONED.deleter()), keeper);
  }

  /** C cannot take an exception, such as that of a full stack. */
  private static void guarded(Runnable release) {
    try {
      release.run();
    } catch (Throwable e) {
      report(e);
    }
  }

  private static void report(Throwable thrown) {
    try {
      System.getLogger("org.dlpack4j")
          .log(Level.ERROR, "an Arrow struct's release failed; what it holds is kept", thrown);
    } catch (Throwable e) {
      // There is nobody left to tell, and the process must not end of it.
      return;
    }
  }
}
