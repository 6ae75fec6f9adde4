/** A CUDA driver without a GPU, for tests. */
module org.dlpack4j.cudasim {
  requires static org.jspecify;

  exports org.dlpack4j.cudasim;
}
