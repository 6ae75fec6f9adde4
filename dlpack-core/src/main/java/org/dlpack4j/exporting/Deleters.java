package org.dlpack4j.exporting;

import java.lang.System.Logger.Level;
import java.lang.invoke.MethodHandles;
import java.util.Locale;
import org.dlpack4j.abi.Flavour;
import org.dlpack4j.internal.NativeCalls;
import org.dlpack4j.spi.NativeFunctions;

/**
 * The functions that consumers call.
 *
 * @param markLegacy marks a legacy tensor
 * @param markVersioned marks a versioned tensor
 * @param releaseLegacy releases the native owner of a legacy tensor, 0 if there is no C for it
 * @param releaseVersioned releases the native owner of a versioned tensor, 0 if there is no C for
 *     it
 * @param kind what they are made of
 * @param description why, for people
 */
record Deleters(
    long markLegacy,
    long markVersioned,
    long releaseLegacy,
    long releaseVersioned,
    DeleterKind kind,
    String description) {

  static final String PROPERTY = "org.dlpack4j.deleter";

  boolean releaseNatively() {
    return releaseVersioned != 0;
  }

  long of(Flavour flavour, Lane lane) {
    if (lane == Lane.NATIVE) {
      return flavour == Flavour.VERSIONED ? releaseVersioned : releaseLegacy;
    }
    return flavour == Flavour.VERSIONED ? markVersioned : markLegacy;
  }

  /**
   * The deleters that the system property asks for: {@code native}, {@code upcall}, or {@code
   * auto}, which is native where it can be had.
   *
   * @throws UnsatisfiedLinkError if native ones are asked for and cannot be had
   */
  static Deleters configured() {
    String choice = System.getProperty(PROPERTY, "auto").toLowerCase(Locale.ROOT);
    return switch (choice) {
      case "native" -> nativeOnes();
      case "upcall" -> upcalls("chosen by -D" + PROPERTY + "=upcall");
      case "auto" -> nativeIfPossible();
      default ->
          throw new IllegalArgumentException(
              "-D" + PROPERTY + ": expected auto, native or upcall but found " + choice);
    };
  }

  private static Deleters nativeIfPossible() {
    try {
      return nativeOnes();
    } catch (UnsatisfiedLinkError e) {
      System.getLogger("org.dlpack4j")
          .log(Level.INFO, "exports use upcall stubs as deleters: {0}", e.getMessage());
      return upcalls(String.valueOf(e.getMessage()));
    }
  }

  private static Deleters nativeOnes() {
    NativeFunctions shim = NativeFunctions.provided();
    SlabAbi.check(shim.abi());
    return new Deleters(
        shim.markLegacy(),
        shim.markVersioned(),
        shim.releaseLegacy(),
        shim.releaseVersioned(),
        DeleterKind.NATIVE,
        shim.description());
  }

  private static Deleters upcalls(String why) {
    // One function serves both flavours: a block is found by its address, whatever struct it holds.
    long mark = NativeCalls.stub(MethodHandles.lookup(), "mark");
    return new Deleters(mark, mark, 0, 0, DeleterKind.UPCALL, why);
  }

  /** Called from C. */
  @SuppressWarnings("unused")
  private static void mark(long block) {
    if (block != 0) {
      SlabHeader.mark(block);
    }
  }
}
