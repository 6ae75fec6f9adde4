package org.dlpack4j.gpucheck;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Runs a part; that its process crashes or hangs is a failed test. */
final class PartRun {

  private final Part part;
  private final Consumer<Message> listener;
  private final List<Message.Case> cases = new ArrayList<>();

  private PartRun(Part part, Consumer<Message> listener) {
    this.part = part;
    this.listener = listener;
  }

  static Outcome run(Part part, Consumer<Message> listener)
      throws IOException, InterruptedException {
    return new PartRun(part, listener).run();
  }

  private Outcome run() throws IOException, InterruptedException {
    if (part.lack().isPresent()) {
      heard(new Message.Case(Result.SKIPPED, part.name(), part.lack().get()));
      return new Outcome(part.name(), cases, List.of());
    }
    Child.Ending ending = Child.run(part.command(), part.timeout(), this::heard);
    Child.Ending judged = part.saysEnd() ? ending : ending.completed();
    judged.fault().ifPresent(fault -> heard(new Message.Case(Result.FAILED, part.name(), fault)));
    if (cases.isEmpty()) {
      heard(new Message.Case(Result.FAILED, part.name(), "expected tests but found none"));
    }
    boolean failed = cases.stream().anyMatch(each -> each.result() == Result.FAILED);
    return new Outcome(part.name(), cases, failed ? ending.tail() : List.of());
  }

  private void heard(Message message) {
    if (message instanceof Message.Case ended) {
      cases.add(ended);
    }
    listener.accept(message);
  }
}
