package org.dlpack4j.doctor;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Arrays;
import org.dlpack4j.DataType;
import org.dlpack4j.Owner;
import org.dlpack4j.TensorLayout;
import org.dlpack4j.TensorView;
import org.dlpack4j.abi.Flavour;
import org.dlpack4j.exporting.ExportedTensor;
import org.dlpack4j.exporting.Exports;
import org.dlpack4j.exporting.TensorExporter;
import org.dlpack4j.importing.ImportPolicy;
import org.dlpack4j.importing.ImportedTensor;
import org.dlpack4j.importing.RefusedTensorException;
import org.dlpack4j.importing.TensorImporter;

/** Tensors that go out and come back, on this JVM. */
final class RoundTrips {

  private static final Duration SOON = Duration.ofSeconds(1);
  private static final int[] ELEMENTS = {1, 2, 3, 4, 5, 6};
  private static final int[] BACKWARDS = {3, 6, 2, 5, 1, 4};

  /** Leads nowhere on any system: the first page is never mapped. */
  private static final long NOWHERE = 64;

  private static final String REPORT = "report it, with the output of bin/doctor --json";

  private RoundTrips() {}

  /** A tensor of ours, and what happens to its memory. */
  private record Trip(Arena arena, Owner owner, MemorySegment managed, Flavour flavour) {

    static Trip begin(Flavour flavour) {
      Arena arena = Arena.ofShared();
      Owner owner = Owner.closing(arena);
      TensorLayout layout = TensorLayout.contiguous(2, 3).transpose().slice(0, 2, -1, -1);
      TensorView view =
          TensorView.of(arena.allocateFrom(JAVA_INT, ELEMENTS), DataType.INT32, layout);
      ExportedTensor tensor =
          flavour == Flavour.VERSIONED
              ? TensorExporter.export(view, owner)
              : TensorExporter.exportLegacy(view, owner);
      return new Trip(arena, owner, tensor.transferOut(), flavour);
    }

    TensorImporter importer() {
      return flavour == Flavour.VERSIONED ? TensorImporter.versioned() : TensorImporter.legacy();
    }

    boolean isReleased() throws InterruptedException {
      return Exports.awaitReleased(owner, SOON) && !arena.scope().isAlive();
    }
  }

  /** Export, deleter, release. */
  static Verdict export() throws InterruptedException {
    for (Flavour flavour : Flavour.values()) {
      Trip trip = Trip.begin(flavour);
      if (!trip.arena().scope().isAlive()) {
        return Verdict.broken(flavour + ": released before the deleter was called", REPORT);
      }
      trip.importer().discard(trip.managed());
      if (!trip.isReleased()) {
        return Verdict.broken(flavour + ": the deleter was called, the owner is held", REPORT);
      }
    }
    return Verdict.ok("both flavours: deleter called, owner released");
  }

  /** Adopt, read, refuse, close. */
  static Verdict importing() throws InterruptedException {
    for (Flavour flavour : Flavour.values()) {
      Trip trip = Trip.begin(flavour);
      TensorImporter importer = trip.importer();
      try {
        importer.with(ImportPolicy.DEFAULT.onlyDataTypes(DataType.FLOAT32)).adopt(trip.managed());
        return Verdict.broken(flavour + ": int32 was adopted as float32", REPORT);
      } catch (RefusedTensorException refused) {
        // As it should be: the tensor is still ours to adopt.
      }
      try (ImportedTensor tensor = importer.adopt(trip.managed())) {
        int[] read = tensor.elements().toIntArray();
        if (!Arrays.equals(read, BACKWARDS)) {
          String found = "expected " + Arrays.toString(BACKWARDS) + " but read ";
          return Verdict.broken(flavour + ": " + found + Arrays.toString(read), REPORT);
        }
      }
      if (!trip.isReleased()) {
        return Verdict.broken(flavour + ": closed, yet the producer's owner is held", REPORT);
      }
    }
    return Verdict.ok("both flavours: refused by policy, adopted, read in place, deleted");
  }

  /** Whether the kernel looks at pointers for us. */
  static Verdict probing() {
    TensorImporter probed;
    try {
      probed = TensorImporter.versioned().with(ImportPolicy.PROBED);
    } catch (UnsupportedOperationException e) {
      return Verdict.degraded(
          "the system refuses process_vm_readv, so ImportPolicy.PROBED cannot be used",
          "allow the call: in a container, a seccomp profile with process_vm_readv");
    }
    if (probed.inspect(MemorySegment.ofAddress(NOWHERE)).violations().isEmpty()) {
      return Verdict.broken("a pointer that leads nowhere was not found out", REPORT);
    }
    return Verdict.ok("process_vm_readv works: ImportPolicy.PROBED can be used");
  }
}
