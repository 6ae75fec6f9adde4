package org.dlpack4j.it.child;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import org.dlpack4j.DataType;
import org.dlpack4j.abi.Flavour;
import org.dlpack4j.importing.ImportPolicy;
import org.dlpack4j.importing.ImportedTensor;
import org.dlpack4j.importing.RefusedTensorException;
import org.dlpack4j.importing.TensorImporter;
import org.dlpack4j.it.HostileFields;
import org.dlpack4j.it.HostileProducer;
import org.dlpack4j.it.HostileTensor;

/** Good tensors of which a single bit is wrong, each bit of the struct in turn. */
final class BitFlips {

  private static final MemorySegment DATA = HostileProducer.map(4096);

  private BitFlips() {}

  static void all() {
    for (Flavour flavour : Flavour.values()) {
      HostileTensor tensor = HostileFields.of(flavour, DATA, DataType.FLOAT32, 8, 2, 64).make();
      MemorySegment struct = tensor.struct();
      for (long bit = 0; bit < struct.byteSize() * Byte.SIZE; bit++) {
        flip(struct, bit);
        importFlipped(flavour, tensor);
        flip(struct, bit);
      }
      Expect.equal("deletes", 0, tensor.deletes());
      tensor.delete();
      Expect.equal("deletes", 1, tensor.deletes());
    }
  }

  private static void flip(MemorySegment struct, long bit) {
    byte old = struct.get(JAVA_BYTE, bit / Byte.SIZE);
    struct.set(JAVA_BYTE, bit / Byte.SIZE, (byte) (old ^ 1 << bit % Byte.SIZE));
  }

  /** Given away again and not closed: the deleter may be the pointer that is wrong. */
  private static void importFlipped(Flavour flavour, HostileTensor tensor) {
    TensorImporter importer =
        flavour == Flavour.VERSIONED ? TensorImporter.versioned() : TensorImporter.legacy();
    try {
      ImportedTensor imported =
          importer
              .with(ImportPolicy.PROBED.anyDataType().anyDevice().onlyFlags(-1))
              .adopt(tensor.managed());
      Expect.that("expected text", !imported.view().toString().isEmpty());
      imported.transferOut();
    } catch (RefusedTensorException e) {
      Expect.that("expected reasons", !e.violations().isEmpty());
    }
  }
}
