package org.dlpack4j.doctor.internal;

/**
 * Something that was really tried.
 *
 * @param works whether it did what it should
 * @param found what happened, for people
 */
public record Attempt(boolean works, String found) {

  static Attempt worked(String found) {
    return new Attempt(true, found);
  }

  static Attempt failed(String found) {
    return new Attempt(false, found);
  }
}
