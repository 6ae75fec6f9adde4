package org.dlpack4j.shim;

import java.util.Map;
import org.dlpack4j.shim.internal.NativeLibrary;
import org.dlpack4j.spi.NativeFunctions;

/** The functions of libdlpack4j-shim. */
public final class ShimFunctions implements NativeFunctions {

  private final NativeLibrary library;

  /**
   * Loads the library.
   *
   * @throws UnsatisfiedLinkError if there is none for this platform or it cannot be loaded, with
   *     the reason and what to do
   */
  public ShimFunctions() {
    this.library = ShimLibrary.load();
  }

  @Override
  public long markLegacy() {
    return library.find("dlpack4j_mark_legacy");
  }

  @Override
  public long markVersioned() {
    return library.find("dlpack4j_mark_versioned");
  }

  @Override
  public long releaseLegacy() {
    return library.find("dlpack4j_release_legacy");
  }

  @Override
  public long releaseVersioned() {
    return library.find("dlpack4j_release_versioned");
  }

  @Override
  public long exchangeTable() {
    return library.find("dlpack4j_exchange_table");
  }

  @Override
  public long exchangeLive() {
    return library.find("dlpack4j_exchange_live");
  }

  @Override
  public long releaseArray() {
    return library.find("dlpack4j_release_array");
  }

  @Override
  public long releaseSchema() {
    return library.find("dlpack4j_release_schema");
  }

  @Override
  public long releaseStream() {
    return library.find("dlpack4j_release_stream");
  }

  @Override
  public long releaseDeviceStream() {
    return library.find("dlpack4j_release_device_stream");
  }

  @Override
  public Map<String, Long> abi() {
    return library.facts("dlpack4j_abi_probe");
  }

  @Override
  public String description() {
    return library.origin();
  }
}
