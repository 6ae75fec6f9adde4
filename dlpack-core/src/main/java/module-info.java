/**
 * DLPack for the JVM: tensors over memory that both sides see, without a copy.
 *
 * <p>{@code org.dlpack4j} holds the values and what keeps memory alive, {@code
 * org.dlpack4j.exporting} gives tensors away, {@code org.dlpack4j.importing} takes them from other
 * libraries, {@code org.dlpack4j.exchange} does both by DLPack's table of C functions, {@code
 * org.dlpack4j.elements} reads and writes their elements, {@code org.dlpack4j.copying} copies them,
 * {@code org.dlpack4j.table} makes tables of them, {@code org.dlpack4j.memory} has memory that
 * other processes can map, {@code org.dlpack4j.device} puts work on devices in order, {@code
 * org.dlpack4j.abi} knows the C structs.
 */
@SuppressWarnings("module") // The adapters are compiled later.
module org.dlpack4j {
  requires static jdk.jfr;
  requires static org.jspecify;

  exports org.dlpack4j;
  exports org.dlpack4j.abi;
  exports org.dlpack4j.copying;
  exports org.dlpack4j.device;
  exports org.dlpack4j.elements;
  exports org.dlpack4j.exchange;
  exports org.dlpack4j.exporting;
  exports org.dlpack4j.importing;
  exports org.dlpack4j.internal to
      org.dlpack4j.arrow,
      org.dlpack4j.cuda,
      org.dlpack4j.py4j;
  exports org.dlpack4j.memory;
  exports org.dlpack4j.spi;
  exports org.dlpack4j.table;

  uses org.dlpack4j.device.DeviceRuntime;
  uses org.dlpack4j.spi.NativeFunctions;
}
