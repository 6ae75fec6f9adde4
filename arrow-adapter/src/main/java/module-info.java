/** Apache Arrow for {@code org.dlpack4j}: vectors as tensors and tensors as vectors. */
module org.dlpack4j.arrow {
  requires com.fasterxml.jackson.core;
  requires com.fasterxml.jackson.databind;
  requires transitive org.apache.arrow.memory.core;
  requires transitive org.apache.arrow.vector;
  requires transitive org.dlpack4j;
  requires static org.jspecify;

  exports org.dlpack4j.arrow;
  exports org.dlpack4j.arrow.cdata;
  exports org.dlpack4j.arrow.extension;
}
