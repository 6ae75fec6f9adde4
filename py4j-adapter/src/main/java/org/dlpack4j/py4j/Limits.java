package org.dlpack4j.py4j;

import java.time.Duration;

/**
 * What peers that do not behave can cost.
 *
 * @param hello how long a connection may take to say who it is
 * @param send how long a peer may leave a reply unread
 * @param ticket how long a ticket is good for
 * @param rest how long no connection is accepted after there was no descriptor for one
 * @param unopened connections that have not said who they are; more are closed at once
 * @param tickets that were given out and not used; more end the oldest
 * @param leases that a peer may hold
 */
record Limits(
    Duration hello,
    Duration send,
    Duration ticket,
    Duration rest,
    int unopened,
    int tickets,
    int leases) {

  static final Limits DEFAULT =
      new Limits(
          Duration.ofSeconds(30),
          Duration.ofSeconds(30),
          Duration.ofSeconds(30),
          Duration.ofMillis(100),
          64,
          1024,
          1 << 20);
}
