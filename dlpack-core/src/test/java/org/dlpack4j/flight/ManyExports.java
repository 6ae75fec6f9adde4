package org.dlpack4j.flight;

import java.io.IOException;
import java.nio.file.Path;
import jdk.jfr.Recording;
import org.dlpack4j.Owner;
import org.dlpack4j.TensorView;
import org.dlpack4j.exporting.TensorExporter;
import org.dlpack4j.importing.ReusableTensor;
import org.dlpack4j.importing.TensorImporter;

/** So many tensors exported, imported and deleted, recorded into the file that is the argument. */
final class ManyExports {

  static final int COUNT = 300_000;

  private ManyExports() {}

  public static void main(String[] args) throws IOException {
    TensorView view = Program.view();
    Owner owner = Owner.nonBlocking(() -> {});
    ReusableTensor tensor = TensorImporter.versioned().reusable();
    try (Recording recording = new Recording()) {
      recording.start();
      for (int i = 0; i < COUNT; i++) {
        tensor.adopt(TensorExporter.export(view, owner).transferOutAddress());
        tensor.close();
      }
      recording.dump(Path.of(args[0]));
    }
  }
}
