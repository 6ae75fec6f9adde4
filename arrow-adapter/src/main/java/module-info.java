/** Apache Arrow for {@code org.dlpack4j}: vectors as tensors and tensors as vectors. */
module org.dlpack4j.arrow {
  requires transitive org.apache.arrow.memory.core;
  requires transitive org.apache.arrow.vector;
  requires transitive org.dlpack4j;
  requires static org.jspecify;

  exports org.dlpack4j.arrow;
  exports org.dlpack4j.arrow.cdata;
}
