package org.dlpack4j.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import org.dlpack4j.doctor.internal.Attempt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What users bring along: Arrow, cuDF, ONNX Runtime, Py4J, Spark. */
class JarChecksTest {

  private final FakeHost host = new FakeHost();

  @ParameterizedTest
  @CsvSource({
    "ARROW, arrow-vector, org/apache/arrow/vector/FieldVector.class, org.apache.arrow:arrow-vector",
    "CUDF, cudf, ai/rapids/cudf/NativeDepsLoader.class, ai.rapids:cudf",
    "CUDF, libcudf.so, amd64/Linux/libcudf.so, ai.rapids:cudf",
    "ONNXRUNTIME, onnxruntime, ai/onnxruntime/OrtEnvironment.class, com.microsoft.onnxruntime:",
    "ONNXRUNTIME, libonnxruntime.so, ai/onnxruntime/native/linux-x64/libonnxruntime.so,"
        + " com.microsoft.onnxruntime:",
    "PY4J, py4j jar, py4j/GatewayServer.class, net.sf.py4j:py4j",
    "SPARK, spark-sql, org/apache/spark/sql/vectorized/ColumnarBatch.class, org.apache.spark:",
  })
  void aJarIsNamedIfItIsThereAndItsCoordinatesIfNot(
      Adapter adapter, String check, String resource, String coordinates)
      throws InterruptedException {
    Verdict lack = host.verdict(adapter, check);
    assertThat(lack.state()).isEqualTo(State.MISSING);
    assertThat(lack.fix()).startsWith("add " + coordinates);

    host.jars.put(resource, "/repository/the-1.2.3.jar");
    Verdict there = host.verdict(adapter, check);
    assertThat(there.state()).isEqualTo(State.OK);
    assertThat(there.found()).endsWith("the-1.2.3.jar");
  }

  @Test
  void eitherOfArrowsMemoriesWillDo() throws InterruptedException {
    assertThat(arrow("Arrow's memory").state()).isEqualTo(State.MISSING);
    host.jars.put("org/apache/arrow/memory/unsafe/UnsafeAllocationManager.class", "/unsafe.jar");
    assertThat(arrow("Arrow's memory")).isEqualTo(Verdict.ok("unsafe.jar"));
    host.jars.put("org/apache/arrow/memory/netty/NettyAllocationManager.class", "/netty.jar");
    assertThat(arrow("Arrow's memory")).isEqualTo(Verdict.ok("netty.jar"));
  }

  @Test
  void whatArrowAsksOfTheJvmIsToldWithItsFlags() throws InterruptedException {
    host.opensNio = false;
    host.unsafe = new Attempt(false, "java.lang.UnsupportedOperationException: denied");

    assertThat(arrow("java.nio").state()).isEqualTo(State.DEGRADED);
    assertThat(arrow("java.nio").fix())
        .isEqualTo("start Java with --add-opens=java.base/java.nio=ALL-UNNAMED");
    assertThat(arrow("sun.misc.Unsafe").state()).isEqualTo(State.MISSING);
    assertThat(arrow("sun.misc.Unsafe").found()).endsWith("denied");
    assertThat(arrow("sun.misc.Unsafe").fix())
        .isEqualTo("start Java with --sun-misc-unsafe-memory-access=allow");
  }

  @Test
  void anInstalledSparkThatWasNotLookedAtIsNamed() throws InterruptedException {
    host.variables.put("SPARK_HOME", "/opt/spark");
    Verdict verdict = host.verdict(Adapter.SPARK, "spark-sql");

    assertThat(verdict.found()).contains("SPARK_HOME is /opt/spark");
    assertThat(verdict.fix()).isEqualTo("look again with --class-path \"$SPARK_HOME/jars/*\"");
  }

  @Test
  void jarsForSomeUsersAreNotNeeded() throws InterruptedException {
    assertThat(arrow("arrow-c-data").state()).isEqualTo(State.NOT_NEEDED);
    assertThat(arrow("arrow-c-data").fix()).startsWith("add org.apache.arrow:arrow-c-data:");
  }

  private Verdict arrow(String check) throws InterruptedException {
    return host.verdict(Adapter.ARROW, check);
  }
}
