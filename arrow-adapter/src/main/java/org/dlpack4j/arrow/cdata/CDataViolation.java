package org.dlpack4j.arrow.cdata;

import java.io.Serializable;

/**
 * One reason not to import an array.
 *
 * @param code what is wrong
 * @param path the field of the schema, with the fields that it is in, such as {@code batch/price}
 * @param member the member of the C struct, such as {@code buffers[1]}
 * @param found what it holds
 * @param expected what would have been accepted
 */
public record CDataViolation(Code code, String path, String member, String found, String expected)
    implements Serializable {

  /** What can be wrong. */
  public enum Code {
    /** A pointer that must lead somewhere is NULL. */
    NULL_POINTER,
    /** A pointer to a struct or to pointers is not 8-aligned. */
    MISALIGNED_POINTER,
    /** A pointer cannot be one: it is in the first page, or in the kernel's half. */
    IMPOSSIBLE_POINTER,
    /** A struct was released or moved before. */
    RELEASED,
    /** A format that means nothing, or a type that Arrow Java has no vector of. */
    UNKNOWN_FORMAT,
    /** Metadata whose counts make no sense. */
    MALFORMED_METADATA,
    /** Two children have one name, which Arrow Java's vector cannot hold. */
    SAME_NAME,
    /** Not as many buffers or children as the type has. */
    WRONG_COUNT,
    /** A length or an offset below 0, or a null count below -1. */
    NEGATIVE,
    /** More than Arrow Java's vectors can hold, or than can lie in the address space. */
    TOO_LARGE,
    /** A child has fewer values than its parent needs of it. */
    TOO_SHORT,
    /** Offsets that run backwards. */
    MALFORMED_OFFSETS,
    /** Nulls where there can be none. */
    NULLS,
    /** Types in each other beyond any use. */
    TOO_DEEP,
    /** A dictionary without need, or none where one is needed. */
    DICTIONARY,
    /** Not a struct, where only that is a record batch. */
    NOT_A_STRUCT,
    /** Memory that is not main memory. */
    DEVICE,
  }

  /** One line for people. */
  @Override
  public String toString() {
    return path + ": " + member + ": expected " + expected + " but found " + found;
  }
}
