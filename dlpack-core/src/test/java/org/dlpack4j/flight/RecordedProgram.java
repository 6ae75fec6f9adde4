package org.dlpack4j.flight;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;
import jdk.jfr.Recording;
import org.dlpack4j.Owner;
import org.dlpack4j.exporting.ExportedTensor;
import org.dlpack4j.exporting.Exports;
import org.dlpack4j.exporting.TensorExporter;

/** {@link Program} and a leak, recorded into the file that is the argument. */
final class RecordedProgram {

  private RecordedProgram() {}

  public static void main(String[] args) throws IOException, InterruptedException {
    try (Recording recording = new Recording()) {
      for (String periodic : FlightRecorderTest.PERIODIC) {
        recording.enable(periodic).with("period", "endChunk");
      }
      recording.start();
      Program.main(args);
      ExportedTensor held = TensorExporter.export(Program.view(), new Program.BlockingOwner());
      dropOne();
      while (Exports.statistics().leaks() == 0) {
        System.gc();
        LockSupport.parkNanos(1_000_000);
      }
      recording.dump(Path.of(args[0]));
      held.close();
    }
  }

  private static void dropOne() {
    String dropped = TensorExporter.export(Program.view(), Owner.nonBlocking(() -> {})).toString();
    Program.require(dropped.contains("held"), dropped);
  }
}
