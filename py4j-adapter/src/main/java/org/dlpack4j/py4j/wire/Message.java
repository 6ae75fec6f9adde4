package org.dlpack4j.py4j.wire;

import java.util.List;
import java.util.UUID;

/** What a peer may say. */
public sealed interface Message {

  /**
   * The first message.
   *
   * @param request the number of the answer
   * @param version of the protocol
   * @param token from the ticket
   * @param client what the peer calls itself
   */
  record Hello(int request, long version, Token token, String client) implements Message {}

  /**
   * Asks for an object.
   *
   * @param request the number of the answer
   * @param writable whether the peer wants to write to it
   * @param name of the object
   */
  record Fetch(int request, boolean writable, String name) implements Message {}

  /**
   * Gives leases back.
   *
   * @param leases their numbers
   */
  record Release(List<Long> leases) implements Message {

    /** Keeps a copy of the numbers. */
    public Release {
      leases = List.copyOf(leases);
    }
  }

  /**
   * Asks for memory to write to.
   *
   * @param request the number of the answer
   * @param bytes how much; unsigned
   */
  record Alloc(int request, long bytes) implements Message {}

  /**
   * Asks for memory of a device to write to.
   *
   * @param request the number of the answer
   * @param bytes how much; unsigned
   * @param device what it is called in every process
   */
  record AllocOn(int request, long bytes, UUID device) implements Message {}

  /**
   * Gives an object to everybody.
   *
   * @param request the number of the answer
   * @param allocation the memory that all of its tensors are in
   * @param name for the object
   * @param object what it is
   */
  record Publish(int request, long allocation, String name, WireObject object) implements Message {}

  /**
   * Says that the peer has unmapped a segment.
   *
   * @param segment its number
   */
  record Drop(long segment) implements Message {}

  /**
   * Asks for all names.
   *
   * @param request the number of the answer
   */
  record ListNames(int request) implements Message {}

  /**
   * Takes back an object that the peer has published.
   *
   * @param request the number of the answer
   * @param name of the object
   */
  record Remove(int request, String name) implements Message {}
}
