package org.dlpack4j.it.datalog;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The words and signs of a program, one after the other. */
final class Tokens {

  private static final Pattern TOKEN =
      Pattern.compile(
          "(?<name>[A-Za-z_]\\w*)|(?<number>-?\\d+)|:-|!=|<=|>=|[<>=!(),.:]|(?<blank>\\s+|%[^\\n"
              + "]*)");

  private static final String END = "the end";

  private record Token(String text, int line, boolean isName, boolean isNumber) {}

  private final List<Token> tokens = new ArrayList<>();
  private int next;

  /**
   * Takes a text apart.
   *
   * @throws IllegalArgumentException if something in it is no token
   */
  Tokens(String text) {
    Matcher matcher = TOKEN.matcher(text);
    int line = 1;
    for (int at = 0; at < text.length(); at = matcher.end()) {
      if (!matcher.find(at) || matcher.start() != at) {
        throw wrong(line, "a word, a number or a sign", text.substring(at, at + 1));
      }
      if (matcher.group("blank") == null) {
        boolean isName = matcher.group("name") != null;
        tokens.add(new Token(matcher.group(), line, isName, matcher.group("number") != null));
      }
      line += (int) matcher.group().chars().filter(c -> c == '\n').count();
    }
    tokens.add(new Token(END, line, false, false));
  }

  boolean atEnd() {
    return next == tokens.size() - 1;
  }

  boolean atNumber() {
    return tokens.get(next).isNumber();
  }

  /** Whether the token after the next one is such. */
  boolean isFollowedBy(String text) {
    return next + 1 < tokens.size() && tokens.get(next + 1).text().equals(text);
  }

  boolean isFollowedByName() {
    return next + 1 < tokens.size() && tokens.get(next + 1).isName();
  }

  /** The next token, whatever it is, without going past it. */
  String peek() {
    return tokens.get(next).text();
  }

  /** Goes past the next token if it is such. */
  boolean skip(String text) {
    boolean found = peek().equals(text) && !atEnd();
    next += found ? 1 : 0;
    return found;
  }

  void expect(String text) {
    if (!skip(text)) {
      throw wrong(text);
    }
  }

  String name(String what) {
    if (!tokens.get(next).isName()) {
      throw wrong(what);
    }
    return tokens.get(next++).text();
  }

  long number() {
    try {
      return Long.parseLong(tokens.get(next++).text());
    } catch (NumberFormatException e) {
      next--;
      throw wrong("a number of 64 bits");
    }
  }

  IllegalArgumentException wrong(String expected) {
    return wrong(tokens.get(next).line(), expected, peek());
  }

  private static IllegalArgumentException wrong(int line, String expected, String found) {
    return new IllegalArgumentException(
        "line %d: expected %s but found %s".formatted(line, expected, found));
  }
}
