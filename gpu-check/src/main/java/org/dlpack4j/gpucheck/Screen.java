package org.dlpack4j.gpucheck;

import java.io.PrintWriter;

/** What a person sees while it runs. */
final class Screen {

  private final PrintWriter out;
  private final PrintWriter progress;

  Screen(PrintWriter out, PrintWriter progress) {
    this.out = out;
    this.progress = progress;
  }

  void heading(String text) {
    out.println(text);
    out.flush();
  }

  void detail(String text) {
    out.println("  " + text);
    out.flush();
  }

  void show(Message message) {
    switch (message) {
      case Message.Fact fact ->
          detail(
              "%-18s %-7s  %s"
                  .formatted(fact.name(), fact.works() ? "works" : "missing", fact.text()));
      case Message.Case ended -> detail(text(ended));
      case Message.Progress step -> {
        progress.println("  ... " + step.text());
        progress.flush();
      }
      case Message.End _ -> {} // Seen by the next heading.
    }
  }

  private static String text(Message.Case ended) {
    String reason = ended.reason().isEmpty() ? "" : ": " + ended.reason();
    return "%-7s  %s%s".formatted(ended.result().word(), ended.name(), reason);
  }
}
