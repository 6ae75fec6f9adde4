package org.dlpack4j.memory;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.dlpack4j.Owner;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** One allocation in two hands, in a pool that all rounds share. */
public class AllocationStress {

  private static final SharedMemory POOL = SharedMemory.create();

  private AllocationStress() {}

  @JCStressTest
  @Description("A handle is closed while it becomes an owner.")
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "It became an owner.")
  @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "It was closed.")
  @Outcome(expect = FORBIDDEN, desc = "Both, or neither.")
  @State
  public static class CloseAndIntoOwner {
    private final SharedAllocation allocation = POOL.allocate(64);
    private final long address = allocation.address();

    @Actor
    public void holder() {
      allocation.close();
    }

    @Actor
    public void exporter(II_Result result) {
      try {
        Owner owner = allocation.intoOwner();
        result.r1 = 1;
        owner.release();
      } catch (IllegalStateException e) {
        result.r2 = SharedMemory.locate(address).isPresent() ? 1 : -1;
      }
    }
  }

  @JCStressTest
  @Description("Two threads allocate and write.")
  @Outcome(id = "1, 2", expect = ACCEPTABLE, desc = "Each finds what it wrote.")
  @Outcome(expect = FORBIDDEN, desc = "They have the same memory.")
  @State
  public static class AllocateAndAllocate {
    private final SharedAllocation[] allocations = new SharedAllocation[2];

    @Actor
    public void one() {
      allocations[0] = POOL.allocate(64);
      allocations[0].segment().fill((byte) 1);
    }

    @Actor
    public void other() {
      allocations[1] = POOL.allocate(64);
      allocations[1].segment().fill((byte) 2);
    }

    @Arbiter
    public void end(II_Result result) {
      result.r1 = allocations[0].segment().get(JAVA_BYTE, 63);
      result.r2 = allocations[1].segment().get(JAVA_BYTE, 63);
      allocations[0].close();
      allocations[1].close();
    }
  }
}
