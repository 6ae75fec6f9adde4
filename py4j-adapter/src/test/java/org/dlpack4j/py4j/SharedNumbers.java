package org.dlpack4j.py4j;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import org.dlpack4j.DataType;
import org.dlpack4j.TensorView;
import org.dlpack4j.memory.SharedAllocation;
import org.dlpack4j.memory.SharedMemory;

/** Numbers in shared memory, with an owner that counts. */
record SharedNumbers(TensorView view, CountingOwner owner, MemorySegment memory) {

  /** 0, 1, 2 and so on, as int64. */
  static SharedNumbers of(SharedMemory pool, int count) {
    SharedAllocation allocation = pool.allocate((long) count * Long.BYTES);
    MemorySegment memory = allocation.segment();
    for (int i = 0; i < count; i++) {
      memory.setAtIndex(JAVA_LONG, i, i);
    }
    TensorView view = TensorView.of(memory, DataType.INT64, count);
    return new SharedNumbers(view, new CountingOwner(allocation.intoOwner()), memory);
  }
}
