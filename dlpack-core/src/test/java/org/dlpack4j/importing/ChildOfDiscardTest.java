package org.dlpack4j.importing;

import org.dlpack4j.abi.Flavour;

/** Discards tensors whose other pointers lead nowhere: whoever follows one, dies of it. */
final class ChildOfDiscardTest {

  static final String SURVIVED = "survived";

  private ChildOfDiscardTest() {}

  @SuppressWarnings("SystemOut") // read by the parent
  public static void main(String[] args) {
    try (Pages pages = new Pages()) {
      for (Flavour flavour : Flavour.values()) {
        ForeignTensor tensor = ForeignTensor.of(flavour);
        tensor.shapePointer(pages.end()).stridesPointer(pages.end()).data(pages.end());
        tensor.importer().discard(tensor.pointer());
        if (tensor.deletions() != 1) {
          throw new AssertionError("deleted " + tensor.deletions() + " times");
        }
      }
    }
    System.out.println(SURVIVED);
  }
}
