package org.dlpack4j.py4j;

import java.util.function.Supplier;
import org.dlpack4j.Device;
import org.dlpack4j.Owner;
import org.dlpack4j.device.DeviceShare;
import org.dlpack4j.memory.PeerAccess;
import org.dlpack4j.memory.SharedSegment;
import org.dlpack4j.py4j.wire.Replies.SegmentKind;

/** Memory as peers map it: each is told of it once, and forgets it once. */
sealed interface PeerSegment {

  /** A number that no other memory has as long as this is there. */
  long id();

  long byteSize();

  /** Where it is, as this process calls it. */
  Device device();

  SegmentKind kind();

  /** Whether peers may write to it. */
  boolean isWritable();

  /** What a peer needs beside a descriptor. */
  String extra();

  /**
   * Keeps the memory for a peer.
   *
   * @param reference one more on whatever is in the memory, if that is what keeps it
   */
  Hold hold(Supplier<Owner> reference);

  /** Keeps memory, and its descriptor. */
  interface Hold extends AutoCloseable {

    /** What is to be sent; negative if there is none. */
    int descriptor();

    @Override
    void close();
  }

  /**
   * A file in memory, which keeps itself.
   *
   * @param file the segment
   */
  record OfFile(SharedSegment file) implements PeerSegment {

    @Override
    public long id() {
      return file.id();
    }

    @Override
    public long byteSize() {
      return file.byteSize();
    }

    @Override
    public Device device() {
      return Device.CPU;
    }

    @Override
    public SegmentKind kind() {
      return SegmentKind.FILE;
    }

    @Override
    public boolean isWritable() {
      return file.peerAccess() == PeerAccess.WRITABLE;
    }

    @Override
    public String extra() {
      return "";
    }

    @Override
    public Hold hold(Supplier<Owner> reference) {
      SharedSegment.Hold hold = file.hold();
      return new Hold() {
        @Override
        public int descriptor() {
          return hold.segment().fd();
        }

        @Override
        public void close() {
          hold.close();
        }
      };
    }
  }

  /**
   * An allocation on a device, kept by what is in it. No driver keeps peers from writing: whether
   * they may is what the tensors in it say.
   *
   * @param share what its runtime says of it
   */
  record OfDevice(DeviceShare share) implements PeerSegment {

    /** Files have small numbers, devices addresses; so never the same. */
    @Override
    public long id() {
      return share.base() | Long.MIN_VALUE;
    }

    @Override
    public long byteSize() {
      return share.byteSize();
    }

    @Override
    public Device device() {
      return share.device();
    }

    @Override
    public SegmentKind kind() {
      return switch (share.kind()) {
        case DESCRIPTOR -> SegmentKind.CUDA_DESCRIPTOR;
        case HANDLE -> SegmentKind.CUDA_HANDLE;
      };
    }

    @Override
    public boolean isWritable() {
      return true;
    }

    @Override
    public String extra() {
      return "%s,%s,%s".formatted(share.uuid(), share.handle(), share.event());
    }

    @Override
    public Hold hold(Supplier<Owner> reference) {
      Owner owner = reference.get();
      return new Hold() {
        @Override
        public int descriptor() {
          return share.descriptor();
        }

        @Override
        public void close() {
          owner.release();
        }
      };
    }
  }
}
