package org.dlpack4j.it;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import org.dlpack4j.abi.Flavour;

/** A managed tensor of the hostile producer, and what its consumer did with it. */
public final class HostileTensor {

  private static final long RECORD_BYTES = 6 * Long.BYTES;
  private static final long MANAGED = 0;
  private static final long DELETES = 8;
  private static final long MEMORY = 16;
  private static final long MEMORY_BYTES = 24;
  private static final long THEN_CALL = 32;
  private static final VarHandle LONG = JAVA_LONG.varHandle();

  private final MemorySegment record;
  private final Flavour flavour;

  @SuppressWarnings("restricted") // The producer never frees a record.
  HostileTensor(MemorySegment record, Flavour flavour) {
    this.record = record.reinterpret(RECORD_BYTES);
    this.flavour = flavour;
  }

  /** The deleter makes this memory, which is of {@link HostileProducer#map}, fault. */
  public HostileTensor owning(MemorySegment memory) {
    record.set(JAVA_LONG, MEMORY, memory.address());
    record.set(JAVA_LONG, MEMORY_BYTES, memory.byteSize());
    return this;
  }

  /** The deleter calls Java last. What the action throws ends the process. */
  public HostileTensor calling(Runnable action) {
    record.set(JAVA_LONG, THEN_CALL, HostileProducer.stub(action, Arena.global()).address());
    return this;
  }

  /** The pointer to give to a consumer. */
  public MemorySegment managed() {
    return MemorySegment.ofAddress(address());
  }

  /** The same as a number. */
  public long address() {
    return record.get(JAVA_LONG, MANAGED);
  }

  /** The struct itself, to be changed by its producer. */
  @SuppressWarnings("restricted") // Structs are never freed; closed ones fault, as they should.
  public MemorySegment struct() {
    return managed().reinterpret(flavour.layout().byteSize());
  }

  public Flavour flavour() {
    return flavour;
  }

  /** How often the deleter was called. */
  public long deletes() {
    return (long) LONG.getVolatile(record, DELETES);
  }

  /** What a caller does who still owns the tensor. */
  public void delete() {
    RudeConsumer.delete(address(), flavour);
  }
}
