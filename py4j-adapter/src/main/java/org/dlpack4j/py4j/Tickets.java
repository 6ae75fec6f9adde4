package org.dlpack4j.py4j;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.dlpack4j.py4j.wire.Token;

/** The tickets that were given out and not used. Each is good for one peer, and not for long. */
final class Tickets {

  private static final SecureRandom RANDOM = new SecureRandom();

  private final Limits limits;

  /** With the time of their end, the oldest first. */
  private final Map<Token, Long> ends = new LinkedHashMap<>();

  Tickets(Limits limits) {
    this.limits = limits;
  }

  /** A name for a socket, that nobody can guess. */
  static String randomName() {
    return "dlpack4j-" + Token.random(RANDOM).hex();
  }

  /** A new ticket for a socket. */
  synchronized String issue(String socket) {
    Iterator<Map.Entry<Token, Long>> oldest = ends.entrySet().iterator();
    while (oldest.hasNext()
        && (hasEnded(oldest.next().getValue()) || ends.size() >= limits.tickets())) {
      oldest.remove();
    }
    Token token = Token.random(RANDOM);
    ends.put(token, System.nanoTime() + limits.ticket().toNanos());
    long pid = ProcessHandle.current().pid();
    return "dlpack4j:1:%s:%s:%d:%s".formatted(socket, token.hex(), pid, home());
  }

  /** Uses a ticket up, if it is one. */
  synchronized boolean redeem(Token token) {
    Long end = ends.remove(token);
    return end != null && !hasEnded(end);
  }

  synchronized int count() {
    return ends.size();
  }

  private static boolean hasEnded(long end) {
    return System.nanoTime() - end >= 0;
  }

  /** Where sockets and processes mean what they mean here: machine, and both namespaces. */
  static String home() {
    return "%s/%s/%s".formatted(bootId(), namespace("pid"), namespace("net"));
  }

  private static String bootId() {
    try {
      return Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
    } catch (IOException e) {
      return ""; // a system without it: then nobody compares
    }
  }

  private static String namespace(String kind) {
    try {
      String link = Files.readSymbolicLink(Path.of("/proc/self/ns/" + kind)).toString();
      return link.replaceAll("\\D", "");
    } catch (IOException e) {
      return ""; // likewise
    }
  }
}
