/** cuDF for {@code org.dlpack4j}: columns and tables of GPUs. */
module org.dlpack4j.cudf {
  requires static transitive cudf;
  requires transitive org.dlpack4j.cuda;
  requires static org.jspecify;

  exports org.dlpack4j.cudf;
}
