/**
 * Deleters and the exchange table in C, found by the core through {@link java.util.ServiceLoader}.
 * Nothing to call.
 */
module org.dlpack4j.shim {
  requires org.dlpack4j;
  requires static org.jspecify;

  provides org.dlpack4j.spi.NativeFunctions with
      org.dlpack4j.shim.ShimFunctions;
}
