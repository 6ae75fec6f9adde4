package org.dlpack4j.py4j;

import java.util.Optional;
import org.dlpack4j.TensorView;
import org.dlpack4j.device.DeviceRuntimes;
import org.dlpack4j.memory.SharedMemory;
import org.jspecify.annotations.Nullable;

/**
 * Where something is, in terms that mean something to a peer.
 *
 * @param segment the memory that it is in
 * @param offset bytes from the segment's start
 */
record PeerLocation(PeerSegment segment, long offset) {

  /** Where the bytes of a tensor begin, all of which are in one segment; null if there is none. */
  static @Nullable PeerLocation of(TensorView view) {
    if (view.layout().isEmpty()) {
      return null;
    }
    Reach reach = Reach.of(view);
    PeerLocation low = at(view, reach.low()).orElse(null);
    return low == null || low.segment.byteSize() - low.offset < reach.bytes() ? null : low;
  }

  /** Where the first element of a tensor is. */
  static PeerLocation ofFirst(TensorView view) {
    // In this process's addresses: an offset is negative for no tensor that is in a segment.
    return at(view, view.dataAddress()).orElseThrow();
  }

  private static Optional<PeerLocation> at(TensorView view, long address) {
    if (view.device().isHostAccessible()) {
      return SharedMemory.locate(address)
          .map(found -> new PeerLocation(new PeerSegment.OfFile(found.segment()), found.offset()));
    }
    return DeviceRuntimes.of(view.device())
        .share(view.device(), address)
        .map(share -> new PeerLocation(new PeerSegment.OfDevice(share), address - share.base()));
  }
}
