package org.dlpack4j.exporting;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.dlpack4j.abi.DlpackAbi;

/** What Java and C must agree on, and the check that they do. */
final class SlabAbi {

  private SlabAbi() {}

  static Map<String, Long> facts() {
    Map<String, Long> facts = new LinkedHashMap<>(DlpackAbi.facts());
    facts.put("slab bytes", SlabHeader.SLAB_BYTES);
    facts.put("block bytes", Block.BYTES);
    facts.put("free shift", (long) SlabHeader.FREE_SHIFT);
    facts.put("slab.state", SlabHeader.STATE);
    facts.put("slab.doorbell", SlabHeader.DOORBELL);
    facts.put("slab.lane", SlabHeader.LANE);
    facts.put("slab.double_deletes", SlabHeader.DOUBLE_DELETES);
    facts.put("block.release", Block.RELEASE);
    facts.put("block.context", Block.CONTEXT);
    return facts;
  }

  /**
   * Compares with what a library was compiled with.
   *
   * @throws UnsatisfiedLinkError naming the first difference
   */
  static void check(Map<String, Long> found) {
    facts()
        .forEach(
            (name, expected) -> {
              if (!Objects.equals(expected, found.get(name))) {
                throw new UnsatisfiedLinkError(
                    "native-shim: expected "
                        + name
                        + " to be "
                        + expected
                        + " but found "
                        + found.get(name)
                        + "; use native-shim and dlpack-core of the same version");
              }
            });
  }
}
