package org.dlpack4j.doctor;

import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The numbers that a version begins with: of {@code 6.18.44-fc} they are 6, 18 and 44. */
record Version(List<Integer> numbers) {

  private static final Pattern NUMBERS = Pattern.compile("\\d{1,9}(\\.\\d{1,9})*");

  /** The version of a text; without numbers at its start it is older than any other. */
  static Version of(String text) {
    Matcher matcher = NUMBERS.matcher(text);
    if (!matcher.lookingAt()) {
      return new Version(List.of());
    }
    return new Version(
        Arrays.stream(matcher.group().split("\\.", -1)).map(Integer::valueOf).toList());
  }

  boolean isAtLeast(String other) {
    Version least = of(other);
    int length = Math.max(numbers.size(), least.numbers.size());
    for (int i = 0; i < length; i++) {
      if (number(i) != least.number(i)) {
        return number(i) > least.number(i);
      }
    }
    return true;
  }

  private int number(int position) {
    return position < numbers.size() ? numbers.get(position) : 0;
  }

  @Override
  public String toString() {
    return numbers.stream().map(String::valueOf).collect(Collectors.joining("."));
  }
}
