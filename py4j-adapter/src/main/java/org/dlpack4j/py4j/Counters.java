package org.dlpack4j.py4j;

import java.util.concurrent.atomic.LongAdder;

/** What a service counts. */
final class Counters {
  final LongAdder sessionsOpened = new LongAdder();
  final LongAdder refusedConnections = new LongAdder();
  final LongAdder violations = new LongAdder();
  final LongAdder grants = new LongAdder();
  final LongAdder publications = new LongAdder();
  final LongAdder peerPublications = new LongAdder();
  final LongAdder copies = new LongAdder();
  final LongAdder copiedBytes = new LongAdder();
  final LongAdder segmentsSent = new LongAdder();

  /** Changed by the poll thread alone. */
  final LongAdder pendingPackets = new LongAdder();

  /** All of them, beside what there is now. */
  ServiceStatistics statistics(long sessions, long names, long leases) {
    return new ServiceStatistics(
        sessions,
        sessionsOpened.sum(),
        refusedConnections.sum(),
        violations.sum(),
        names,
        leases,
        grants.sum(),
        publications.sum(),
        peerPublications.sum(),
        copies.sum(),
        copiedBytes.sum(),
        segmentsSent.sum(),
        pendingPackets.sum());
  }
}
