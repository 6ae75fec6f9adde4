package org.dlpack4j.exporting;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.dlpack4j.Owner;
import org.dlpack4j.SharedOwner;
import org.dlpack4j.exporting.StressSlab.CountedOwner;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/** References that come and go. */
public class SharedOwnerStress {

  @JCStressTest
  @Description("One thread adds a reference while the last one goes.")
  @Outcome(id = "1, 0, 1", expect = ACCEPTABLE, desc = "Added in time, and released after it.")
  @Outcome(id = "-1, 0, 1", expect = ACCEPTABLE, desc = "Too late, and refused.")
  @Outcome(expect = FORBIDDEN, desc = "A released owner came to life, or went twice, or never.")
  @State
  public static class RetainAndLastRelease {
    private final CountedOwner owner = new CountedOwner();
    private final SharedOwner shared = owner.shared();

    @Actor
    public void holder() {
      shared.close();
    }

    @Actor
    public void exporter(III_Result result) {
      try {
        Owner reference = shared.retain();
        result.r1 = 1;
        result.r2 = owner.releases.get();
        reference.release();
      } catch (IllegalStateException e) {
        result.r1 = -1;
      }
    }

    @Arbiter
    public void end(III_Result result) {
      result.r3 = owner.releases.get();
    }
  }

  @JCStressTest
  @Description("Two threads give back the last two references.")
  @Outcome(id = "1, 0, 0", expect = ACCEPTABLE, desc = "Released once.")
  @Outcome(expect = FORBIDDEN, desc = "Released twice, or never.")
  @State
  public static class ReleaseAndRelease {
    private final CountedOwner owner = new CountedOwner();
    private final SharedOwner shared = owner.shared();
    private final Owner reference = shared.retain();

    @Actor
    public void holder() {
      shared.close();
    }

    @Actor
    public void reaper() {
      reference.release();
    }

    @Arbiter
    public void end(III_Result result) {
      result.r1 = owner.releases.get();
      result.r2 = shared.referenceCount();
    }
  }
}
