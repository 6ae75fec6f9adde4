package org.dlpack4j.it;

import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import org.dlpack4j.arrow.cdata.CDataAbi;

/** Arrow's structs, and how librude-consumer releases them. */
public enum ArrowStruct {
  ARRAY(2, CDataAbi.ARROW_ARRAY),
  SCHEMA(3, CDataAbi.ARROW_SCHEMA),
  STREAM(4, CDataAbi.ARROW_ARRAY_STREAM),
  DEVICE_STREAM(5, CDataAbi.ARROW_DEVICE_ARRAY_STREAM);

  /** A managed_kind of managed.h. */
  private final int kind;

  private final long bytes;

  ArrowStruct(int kind, MemoryLayout layout) {
    this.kind = kind;
    this.bytes = layout.byteSize();
  }

  /** Room for one, for good. */
  public long allocate() {
    return Arena.global().allocate(bytes, Long.BYTES).address();
  }

  public void releaseOnNewThread(long struct) {
    RudeConsumer.deleteOnNewThread(struct, kind);
  }

  public void releaseInThreadDestructor(long struct) {
    RudeConsumer.deleteInThreadDestructor(struct, kind);
  }

  public void releaseAtExit(long struct) {
    RudeConsumer.deleteAtExit(struct, kind);
  }

  public void workerReleasesAndIsJoinedAtExit(long first, long second) {
    RudeConsumer.workerDeletesAndIsJoinedAtExit(first, second, kind);
  }

  public void storm(long[] structs, int threads) {
    RudeConsumer.storm(structs, kind, threads);
  }
}
