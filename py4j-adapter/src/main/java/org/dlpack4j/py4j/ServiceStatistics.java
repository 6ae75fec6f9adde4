package org.dlpack4j.py4j;

/**
 * How a service is doing. Counts are since it started unless they are of now.
 *
 * @param sessions the peers that there are now, and connections that have not said who they are
 * @param sessionsOpened peers that were let in
 * @param refusedConnections connections that were not: of another user, without a valid token, too
 *     slow, or too many
 * @param violations peers that broke the protocol and were dropped for it
 * @param names the objects that there are now
 * @param leases what peers hold now
 * @param grants leases that were granted
 * @param publications objects that were published by this JVM
 * @param peerPublications objects that were published by peers
 * @param copies tensors that were copied, as no other process could map them or as a peer could
 *     have changed them
 * @param copiedBytes how large these copies are
 * @param segmentsSent descriptors that were sent
 * @param pendingPackets what waits to be sent to peers that do not read, now
 */
public record ServiceStatistics(
    long sessions,
    long sessionsOpened,
    long refusedConnections,
    long violations,
    long names,
    long leases,
    long grants,
    long publications,
    long peerPublications,
    long copies,
    long copiedBytes,
    long segmentsSent,
    long pendingPackets) {}
