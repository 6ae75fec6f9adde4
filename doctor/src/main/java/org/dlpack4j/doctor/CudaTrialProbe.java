package org.dlpack4j.doctor;

import java.util.Map;
import java.util.TreeMap;
import org.dlpack4j.doctor.internal.Attempt;
import org.dlpack4j.doctor.internal.CudaDriver;
import org.dlpack4j.doctor.internal.CudaTrials;
import org.dlpack4j.doctor.internal.CudaTrials.Trial;

/**
 * Has NVIDIA's driver do with the first GPU what sharing needs, in a process of its own: it is
 * started, which takes longer than to ask what there is.
 */
final class CudaTrialProbe {

  static final String DESCRIPTOR = "descriptor";
  static final String HANDLE = "handle";
  static final String ADDRESSES = "addresses";
  static final String PINNED = "pinned";

  private static final String WORKS = "works-";
  private static final String FAULT = "fault-";

  private static final Map<String, Trial> TRIALS =
      new TreeMap<>(
          Map.of(
              DESCRIPTOR, CudaTrials::sharedByDescriptor,
              HANDLE, CudaTrials::sharedByHandle,
              ADDRESSES, CudaTrials::unifiedAddresses,
              PINNED, CudaTrials::pinned));

  private CudaTrialProbe() {}

  public static void main(String[] args) {
    try {
      CudaTrials trials = new CudaTrials(CudaDriver.open(), 0);
      TRIALS.forEach((what, trial) -> say(what, trials.of(trial)));
    } catch (UnsatisfiedLinkError | IllegalStateException e) {
      TRIALS
          .keySet()
          .forEach(what -> say(what, new Attempt(false, String.valueOf(e.getMessage()))));
    }
  }

  /** What came of one. */
  static Attempt read(Answer answer, String what) {
    return answer
        .value(WORKS + what)
        .map(found -> new Attempt(true, found))
        .or(() -> answer.value(FAULT + what).map(fault -> new Attempt(false, fault)))
        .orElseGet(
            () ->
                new Attempt(
                    false, "the process that tried it " + answer.failure().orElse("said nothing")));
  }

  @SuppressWarnings("SystemOut") // The protocol.
  private static void say(String what, Attempt attempt) {
    System.out.println((attempt.works() ? WORKS : FAULT) + what + "\t" + attempt.found());
  }
}
