package org.dlpack4j.it.child;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.dlpack4j.DataType;
import org.dlpack4j.Device;
import org.dlpack4j.TensorView;
import org.dlpack4j.abi.Flavour;
import org.dlpack4j.importing.ImportedTensor;
import org.dlpack4j.importing.Inspection;
import org.dlpack4j.importing.RefusedTensorException;
import org.dlpack4j.importing.ReusableTensor;
import org.dlpack4j.importing.TensorImporter;
import org.dlpack4j.it.HostileFields;
import org.dlpack4j.it.HostileProducer;
import org.dlpack4j.it.HostileTensor;

/**
 * Imports a tensor while a thread in C rewrites its struct and its shape. Any mixture of the
 * versions may be seen, but only one: good mixtures fit their memory, and an address or a size that
 * was read a second time would lead out of it.
 */
public final class MutatedStruct {

  /** The largest good mixture: 3 rows 16 apart, of 3 numbers 8 apart, of 8 bytes. */
  private static final long MOST_BYTES = (2 * 16 + 2 * 8 + 1) * 8;

  private static final MemorySegment DATA = HostileProducer.map(MOST_BYTES);
  private static final MemorySegment SHAPE = HostileProducer.map(2 * Long.BYTES);
  private static final MemorySegment STRIDES = HostileProducer.map(2 * Long.BYTES);
  private static final int ENOUGH = 2_000;

  private int adopted;
  private int refused;

  private MutatedStruct() {}

  public static void main(String[] args) {
    for (Flavour flavour : Flavour.values()) {
      MutatedStruct test = new MutatedStruct();
      test.importWhileChanging(flavour);
      System.out.println(flavour + ": adopted " + test.adopted + ", refused " + test.refused);
    }
    System.out.println("survived");
  }

  private void importWhileChanging(Flavour flavour) {
    HostileTensor tensor = plain(flavour).make();
    try (HostileProducer.Mutation _ = mutate(tensor, flavour);
        HostileProducer.Mutation _ = mutate(SHAPE, array(3, 2), array(-1, 1L << 62), array(1, 3));
        HostileProducer.Mutation _ = mutate(STRIDES, array(16, 1), array(1L << 61, 8))) {
      TensorImporter importer =
          flavour == Flavour.VERSIONED ? TensorImporter.versioned() : TensorImporter.legacy();
      while (adopted < ENOUGH || refused < ENOUGH) {
        look(importer.inspect(tensor.managed()));
        importOnce(importer, tensor);
        importOnce(importer.reusable(), tensor);
      }
    }
    Expect.equal("deletes", 0, tensor.deletes());
  }

  private static HostileFields plain(Flavour flavour) {
    return HostileFields.of(flavour, DATA, DataType.FLOAT64)
        .set("ndim", 2)
        .set("shape", SHAPE.address())
        .set("strides", STRIDES.address());
  }

  private static HostileProducer.Mutation mutate(HostileTensor tensor, Flavour flavour) {
    MemorySegment target = tensor.struct();
    return HostileProducer.mutate(
        target,
        plain(flavour).make().struct(),
        plain(flavour).set("ndim", 1).dataType(DataType.INT8).flags(1).make().struct(),
        plain(flavour).set("ndim", Integer.MAX_VALUE).set("major", 2).make().struct(),
        plain(flavour).set("ndim", 0).set("shape", 0).set("strides", 0).make().struct(),
        plain(flavour).set("data", 0).device(Device.cuda(1)).make().struct(),
        plain(flavour).set("byte_offset", -8).set("bits", 0).flags(-1).make().struct());
  }

  private static HostileProducer.Mutation mutate(MemorySegment target, MemorySegment... images) {
    return HostileProducer.mutate(target, images);
  }

  private static MemorySegment array(long... values) {
    return Arena.global().allocateFrom(JAVA_LONG, values);
  }

  private static void look(Inspection inspection) {
    String once = inspection.toString();
    Expect.that("expected one snapshot", once.equals(inspection.toString()));
  }

  private void importOnce(TensorImporter importer, HostileTensor tensor) {
    try {
      ImportedTensor imported = importer.adopt(tensor.managed());
      TensorView view = imported.view();
      Expect.atMost("bytes", MOST_BYTES, imported.segment().byteSize());
      Expect.that("expected a sane type", view.dataType().isKnown());
      Expect.that("expected main memory", view.device().isHostAccessible());
      Expect.equal("elements", view.layout().elementCount(), Reading.all(imported.elements()));
      imported.transferOut();
      adopted++;
    } catch (RefusedTensorException e) {
      Expect.that("expected reasons", !e.violations().isEmpty());
      refused++;
    }
  }

  private static void importOnce(ReusableTensor reusable, HostileTensor tensor) {
    try {
      reusable.adopt(tensor.address());
      Expect.that("expected a sane type", reusable.dataType().isKnown());
      Expect.atMost("elements", 9, Reading.all(reusable));
      Expect.equal("address", tensor.address(), reusable.transferOut());
    } catch (RefusedTensorException e) {
      Expect.that("expected reasons", !e.violations().isEmpty());
    }
  }
}
