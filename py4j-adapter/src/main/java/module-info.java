/**
 * Tensors for Python behind a Py4J gateway: {@code org.dlpack4j.py4j.TensorService} hands out
 * columns of this JVM, and takes arrays, without copying them.
 */
module org.dlpack4j.py4j {
  requires static jdk.jfr;
  requires transitive org.dlpack4j;
  requires static org.jspecify;

  exports org.dlpack4j.py4j;
}
