package org.dlpack4j.it.child;

import org.dlpack4j.it.ArrowStruct;
import org.dlpack4j.it.RudeConsumer;

/**
 * Gives Arrow's structs to C: the first argument says where it releases them, the second how this
 * program ends.
 */
public final class ArrowReleases {

  private static final int STORM = 4_000;
  private static final int STORM_THREADS = 4;

  private ArrowReleases() {}

  public static void main(String[] args) {
    switch (args[0]) {
      case "thread" -> releaseOnForeignThreads();
      case "destructor" -> releaseInThreadDestructors();
      case "hook" -> {
        ArrowStructs structs = ArrowStructs.ofEveryKind();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> releaseWhileExiting(structs)));
      }
      case "atexit" -> ArrowStructs.ofEveryKind().forEach(ArrowStruct::releaseAtExit);
      case "worker" -> {
        long[] arrays = ArrowStructs.ofArrays(2).addresses();
        ArrowStruct.ARRAY.workerReleasesAndIsJoinedAtExit(arrays[0], arrays[1]);
      }
      case "storm" ->
          ArrowStruct.ARRAY.storm(ArrowStructs.ofArrays(STORM).addresses(), STORM_THREADS);
      case "read" -> RudeConsumer.nextAtExit(ArrowStructs.ofEveryKind().first(ArrowStruct.STREAM));
      default -> throw new IllegalArgumentException(args[0]);
    }
    DeleteAtExit.end(args[1]);
  }

  private static void releaseOnForeignThreads() {
    ArrowStructs structs = ArrowStructs.ofEveryKind();
    structs.forEach(ArrowStruct::releaseOnNewThread);
    structs.expectEachReleasedOnce();
  }

  private static void releaseInThreadDestructors() {
    ArrowStructs structs = ArrowStructs.ofEveryKind();
    structs.forEach(ArrowStruct::releaseInThreadDestructor);
    structs.expectEachReleasedOnce();
  }

  /** What a shutdown hook throws does not reach the exit code. */
  private static void releaseWhileExiting(ArrowStructs structs) {
    try {
      structs.forEach(ArrowStruct::releaseOnNewThread);
      structs.expectEachReleasedOnce();
    } catch (Throwable e) {
      System.err.println(e);
      Runtime.getRuntime().halt(1);
    }
  }
}
