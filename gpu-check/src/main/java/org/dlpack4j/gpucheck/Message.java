package org.dlpack4j.gpucheck;

import java.util.Optional;

/** What a part tells the command, a line each; whatever else a part prints is its own. */
sealed interface Message {

  /** Beginning of each line, as programs of others print on the same stream. */
  String MARK = "gpu-check\t";

  /** The message as a line, without its end. */
  String line();

  /** Something that a machine has or lacks. */
  record Fact(String name, boolean works, String text) implements Message {
    @Override
    public String line() {
      return MARK + "fact\t" + name + "\t" + (works ? "works" : "missing") + "\t" + oneLine(text);
    }
  }

  /** A test that has ended. */
  record Case(Result result, String name, String reason) implements Message {
    @Override
    public String line() {
      return MARK + "case\t" + result.word() + "\t" + oneLine(name) + "\t" + oneLine(reason);
    }
  }

  /** What is being done, for whoever waits. */
  record Progress(String text) implements Message {
    @Override
    public String line() {
      return MARK + "progress\t" + oneLine(text);
    }
  }

  /** The part has done all that it wanted to. */
  record End() implements Message {
    @Override
    public String line() {
      return MARK + "end";
    }
  }

  /** Reads a line; empty if it is no message. */
  static Optional<Message> parse(String line) {
    if (line.startsWith("bench ")) {
      return Optional.of(comparison(line));
    } else if (!line.startsWith(MARK)) {
      return Optional.empty();
    }
    String[] words = line.substring(MARK.length()).split("\t", 4);
    return switch (words[0]) {
      case "fact" -> Optional.of(new Fact(words[1], words[2].equals("works"), words[3]));
      case "case" -> Optional.of(new Case(Result.of(words[1]), words[2], words[3]));
      case "progress" -> Optional.of(new Progress(words[1]));
      case "end" -> Optional.of(new End());
      default -> Optional.empty();
    };
  }

  /** A line of bin/bench's, whose numbers are the reason for nothing but worth to be seen. */
  private static Case comparison(String line) {
    String name = line.replaceFirst("bench name=(\\S+) peer=(\\S+) .*", "$1 beside $2");
    String rest = line.replaceFirst("bench name=\\S+ peer=\\S+ ", "");
    if (rest.startsWith("skipped=")) {
      return new Case(Result.SKIPPED, name, rest.substring("skipped=".length()));
    }
    return new Case(rest.startsWith("failed=") ? Result.FAILED : Result.PASSED, name, rest);
  }

  private static String oneLine(String text) {
    return text.strip().replaceAll("\\s+", " ");
  }
}
