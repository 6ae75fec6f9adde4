package org.dlpack4j.doctor;

import java.util.List;
import java.util.Optional;

/** What batches of Spark need. */
final class SparkChecks {

  private static final String COORDINATES = "org.apache.spark:spark-sql_2.13:4.2.0";

  static final List<Check> ALL =
      List.of(
          new Check("spark-sql", SparkChecks::spark),
          Jars.optional(
              "rapids-4-spark",
              "com/nvidia/spark/SQLPlugin.class",
              "com.nvidia:rapids-4-spark_2.13",
              "only for batches on GPUs"));

  private SparkChecks() {}

  private static Verdict spark(Host host) {
    Optional<Verdict> found =
        host.jarWith("org/apache/spark/sql/vectorized/ColumnarBatch.class")
            .map(jar -> Verdict.ok(String.valueOf(jar.getFileName())));
    return found.orElseGet(
        () ->
            host.variable("SPARK_HOME")
                .map(
                    home ->
                        Verdict.missing(
                            "not on the class path that was looked at; SPARK_HOME is " + home,
                            "look again with --class-path \"$SPARK_HOME/jars/*\""))
                .orElseGet(
                    () ->
                        Verdict.missing(
                            "not on the class path that was looked at",
                            "add " + COORDINATES + ", and look again with --class-path")));
  }
}
