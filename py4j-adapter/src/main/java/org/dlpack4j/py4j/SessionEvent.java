package org.dlpack4j.py4j;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** A peer, from its first to its last message. */
@Name("dlpack4j.Session")
@Label("Peer Session")
@Category("dlpack4j")
@Description("A peer was connected; recorded when it is no longer")
@StackTrace(false)
final class SessionEvent extends Event {

  @Label("Session")
  long session;

  @Label("Process")
  @Description("The peer's process id")
  int pid;

  @Label("Client")
  @Description("What the peer calls itself")
  String client = "";

  @Label("End")
  @Description("Why it ended")
  String end = "";

  @Label("Leases")
  @Description("What it held at the end, and has given back by that")
  int leases;

  static SessionEvent begun(long session, int pid, String client) {
    SessionEvent event = new SessionEvent();
    event.session = session;
    event.pid = pid;
    event.client = client;
    event.begin();
    return event;
  }

  void end(String why, int held) {
    end = why;
    leases = held;
    commit();
  }
}
