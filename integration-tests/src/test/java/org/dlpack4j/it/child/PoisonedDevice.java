package org.dlpack4j.it.child;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import org.dlpack4j.DataType;
import org.dlpack4j.Device;
import org.dlpack4j.Owner;
import org.dlpack4j.TensorView;
import org.dlpack4j.abi.Flavour;
import org.dlpack4j.exporting.Exports;
import org.dlpack4j.exporting.TensorExporter;
import org.dlpack4j.importing.ImportPolicy;
import org.dlpack4j.importing.ImportedTensor;
import org.dlpack4j.importing.ReusableTensor;
import org.dlpack4j.importing.TensorImporter;
import org.dlpack4j.it.HostileFields;
import org.dlpack4j.it.HostileProducer;
import org.dlpack4j.it.HostileTensor;
import org.dlpack4j.it.ImportWay;

/**
 * Does everything that can be done with a tensor of device memory whose address faults when the CPU
 * touches it.
 */
public final class PoisonedDevice {

  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Device[] DEVICES = {
    Device.cuda(3),
    new Device(Device.Type.ROCM, 0),
    new Device(Device.Type.ONE_API, 1),
    new Device(Device.Type.OPENCL, 0),
    new Device(Device.Type.METAL, 0),
    new Device(99, -1)
  };

  private final TensorImporter importer;
  private final HostileFields fields;

  private PoisonedDevice(Flavour flavour, Device device, ImportPolicy policy) {
    MemorySegment memory = HostileProducer.map(4 * 8);
    HostileProducer.forbidAccess(memory);
    fields = HostileFields.of(flavour, memory, DataType.FLOAT64, 2, 2).device(device);
    TensorImporter plain =
        flavour == Flavour.VERSIONED ? TensorImporter.versioned() : TensorImporter.legacy();
    importer = plain.with(policy);
  }

  public static void main(String[] args) throws InterruptedException {
    for (Flavour flavour : Flavour.values()) {
      for (Device device : DEVICES) {
        new PoisonedDevice(flavour, device, ImportPolicy.DEFAULT.anyDevice()).use();
        new PoisonedDevice(flavour, device, ImportPolicy.PROBED.onlyDevices(device)).use();
      }
    }
    System.out.println("survived");
  }

  private void use() throws InterruptedException {
    for (ImportWay way : ImportWay.values()) {
      lookAndClose(way);
    }
    transferOut();
    exportAgain();
  }

  private void lookAndClose(ImportWay way) {
    HostileTensor tensor = fields.make();
    try (ImportWay.Held held = way.adopt(importer, tensor)) {
      if (held.tensor() instanceof ReusableTensor reusable) {
        Expect.equal("address", fields.get("data"), reusable.dataAddress());
        expectRefused(() -> reusable.getDouble(0, 0));
        Expect.that("expected text", !reusable.toString().isEmpty());
      } else {
        look(held.imported());
      }
    }
    Expect.equal("deletes", 1, tensor.deletes());
  }

  private void look(ImportedTensor tensor) {
    TensorView view = tensor.view();
    Expect.equal("address", fields.get("data"), view.dataAddress());
    Expect.equal("elements", 4, view.layout().elementCount());
    expectRefused(tensor::segment);
    expectRefused(tensor::elements);
    Expect.that("expected text", !tensor.toString().isEmpty() && !view.toString().isEmpty());
  }

  private static void expectRefused(Runnable read) {
    try {
      read.run();
    } catch (UnsupportedOperationException | IllegalArgumentException e) {
      return;
    }
    throw new IllegalStateException("expected no way to read device memory");
  }

  private void transferOut() {
    HostileTensor tensor = fields.make();
    MemorySegment out = importer.adopt(tensor.managed()).transferOut();
    Expect.equal("address", tensor.address(), out.address());
    importer.adopt(out).close();
    Expect.equal("deletes", 1, tensor.deletes());
  }

  private void exportAgain() throws InterruptedException {
    HostileTensor tensor = fields.make();
    ImportedTensor imported = importer.shared().adopt(tensor.managed());
    TensorView view = imported.view();
    Owner owner = imported.intoOwner();
    MemorySegment exported = TensorExporter.export(view, owner).transferOut();

    ImportPolicy anyDevice = ImportPolicy.DEFAULT.anyDevice();
    ImportedTensor back = TensorImporter.versioned().with(anyDevice).adopt(exported);
    look(back);
    Expect.equal("device", view.device().type(), back.view().device().type());
    Expect.equal("deletes", 0, tensor.deletes());
    back.close();
    Expect.that("expected a release", Exports.awaitReleased(owner, PATIENCE));
    Expect.equal("deletes", 1, tensor.deletes());
  }
}
