package org.dlpack4j.cuda;

import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.dlpack4j.DataType;
import org.dlpack4j.Device;
import org.dlpack4j.Owner;
import org.dlpack4j.TensorLayout;
import org.dlpack4j.TensorView;
import org.dlpack4j.cuda.internal.DriverLibrary;
import org.dlpack4j.device.DeviceShare;
import org.dlpack4j.internal.OwnerKind;
import org.jspecify.annotations.Nullable;

/**
 * Memory from CUDA's driver: of a device, managed by the driver, or pinned in main memory. An owner
 * for one export, or for several by {@link #shared}; not exported, it is the caller's to close.
 *
 * <p>It is freed when the work that was queued before it was let go is done, see {@link
 * ReleasePolicy#EVENTS}. Any thread.
 */
public final class CudaMemory implements Owner, AutoCloseable {

  /** Memory of devices that is there, by address: what may be shared with other processes. */
  private static final ConcurrentSkipListMap<Long, CudaMemory> ON_DEVICES =
      new ConcurrentSkipListMap<>(Long::compareUnsigned);

  private final int ordinal;
  private final Device device;
  private final long address;
  private final long byteSize;
  private final MemorySource source;
  private final Users users;
  private final AtomicBoolean exported = new AtomicBoolean();
  private final AtomicBoolean released = new AtomicBoolean();

  /** Made when it is first needed; guarded by this. */
  private @Nullable Sharing sharing;

  private CudaMemory(int ordinal, Device device, long byteSize, MemorySource source) {
    this.ordinal = ordinal;
    this.device = device;
    this.address = source.allocate(ordinal, byteSize);
    this.byteSize = byteSize;
    this.source = source;
    this.users = new Users(Context.of(ordinal), device.type() != Device.Type.CUDA);
  }

  private static CudaMemory onDevice(int ordinal, long byteSize, MemorySource source) {
    CudaMemory memory = new CudaMemory(ordinal, Device.cuda(ordinal), byteSize, source);
    ON_DEVICES.put(memory.address, memory);
    return memory;
  }

  /**
   * Allocates memory of a device.
   *
   * @param ordinal of the device
   * @param byteSize how much; at least 1
   * @return the memory, to be closed or exported by the caller
   * @throws CudaException if there is not so much
   * @throws UnsupportedOperationException if there is no CUDA
   */
  public static CudaMemory allocate(int ordinal, long byteSize) {
    return onDevice(ordinal, byteSize, MemorySource.DEVICE);
  }

  /**
   * Allocates memory of a device that other processes can have, by a file's descriptor. It takes
   * whole pages of the device's, 2 MiB as a rule.
   *
   * @param ordinal of the device
   * @param byteSize how much; at least 1
   * @return the memory, to be closed or exported by the caller
   * @throws CudaException if there is not so much, or the driver shares none
   * @throws UnsupportedOperationException if there is no CUDA
   */
  public static CudaMemory allocateShared(int ordinal, long byteSize) {
    return onDevice(ordinal, byteSize, MemorySource.SHARED);
  }

  /**
   * Allocates memory that host and devices see at the same address.
   *
   * @param ordinal of the device that works with it
   * @param byteSize how much; at least 1
   * @return the memory, to be closed or exported by the caller
   * @throws CudaException if there is not so much
   * @throws UnsupportedOperationException if there is no CUDA
   */
  public static CudaMemory allocateManaged(int ordinal, long byteSize) {
    Device device = Device.of(Device.Type.CUDA_MANAGED, 0);
    return new CudaMemory(ordinal, device, byteSize, MemorySource.MANAGED);
  }

  /**
   * Allocates main memory that all devices reach.
   *
   * @param byteSize how much; at least 1
   * @return the memory, to be closed or exported by the caller
   * @throws CudaException if there is not so much
   * @throws UnsupportedOperationException if there is no CUDA
   */
  public static CudaMemory allocatePinned(long byteSize) {
    Device device = Device.of(Device.Type.CUDA_HOST, 0);
    return new CudaMemory(0, device, byteSize, MemorySource.PINNED);
  }

  /** The memory of ours on a device that an address is in; empty if it is in none. */
  static Optional<CudaMemory> at(long address) {
    Map.Entry<Long, CudaMemory> below = ON_DEVICES.floorEntry(address);
    return below != null && address - below.getKey() < below.getValue().byteSize
        ? Optional.of(below.getValue())
        : Optional.empty();
  }

  /** What other processes need to have it; empty if the driver does not share it. */
  synchronized Optional<Sharing> sharing() {
    if (sharing == null) {
      DeviceShare.Kind kind =
          source == MemorySource.SHARED ? DeviceShare.Kind.DESCRIPTOR : DeviceShare.Kind.HANDLE;
      sharing = Sharing.of(ordinal, address, kind).orElse(null);
    }
    return Optional.ofNullable(sharing);
  }

  /**
   * The device whose work uses the memory.
   *
   * @return its ordinal; 0 for pinned memory
   */
  public int ordinal() {
    return ordinal;
  }

  /**
   * What DLPack calls the memory.
   *
   * @return {@code kDLCUDA}, {@code kDLCUDAManaged} or {@code kDLCUDAHost}
   */
  public Device device() {
    return device;
  }

  /**
   * Where it begins.
   *
   * @return the address, on the device
   */
  public long address() {
    return address;
  }

  /**
   * How large it is.
   *
   * @return as asked for
   */
  public long byteSize() {
    return byteSize;
  }

  /**
   * The memory as the host sees it, for as long as it is neither closed nor exported and released:
   * nobody checks that.
   *
   * @return the bytes
   * @throws UnsupportedOperationException if the host does not see it; copy it
   */
  public MemorySegment segment() {
    if (!device.isHostAccessible()) {
      throw new UnsupportedOperationException(
          "segment: expected memory that the host sees but found %s; copy it by CudaCopies"
              .formatted(this));
    }
    return DriverLibrary.hostMemory(address, byteSize);
  }

  /**
   * A row-major tensor over the start of the memory.
   *
   * @param dataType what an element is
   * @param shape the size of every dimension
   * @return the view
   * @throws IllegalArgumentException if the memory is too small
   */
  public TensorView view(DataType dataType, long... shape) {
    TensorView view =
        new TensorView(address, dataType, device, TensorLayout.contiguous(shape), false, false);
    Ranges.requireWithin(view, address, byteSize);
    return view;
  }

  /**
   * Lets the memory go.
   *
   * @throws IllegalStateException if an export has it, or it was let go before
   */
  @Override
  public void close() {
    beginExport();
    release();
  }

  /** Taken by an export, or by {@link #close}: once. */
  @Override
  public void beginExport() {
    if (!exported.compareAndSet(false, true)) {
      throw new IllegalStateException(
          ("memory: expected it to be held but found %s closed or exported; export several tensors"
                  + " over shared()")
              .formatted(this));
    }
  }

  @Override
  public void release() {
    requireHeld();
    CudaReleases.GATE.add(users, ReleasePolicy.EVENTS, this::free);
  }

  private void requireHeld() {
    if (!released.compareAndSet(false, true)) {
      throw new IllegalStateException("memory: expected it to be held but found it released");
    }
  }

  /** False if somebody has reset its device, which has freed it. */
  boolean isThere() {
    try (var _ = users.home().enter()) {
      return true;
    } catch (CudaException e) {
      return false;
    }
  }

  private void free() {
    ON_DEVICES.remove(address, this);
    synchronized (this) {
      if (sharing != null) {
        sharing.end();
      }
    }
    source.free(address);
  }

  /**
   * This as the owner of one export, which says itself what has to be done before.
   *
   * @param isFreshCopy whether it is a copy that nobody else has
   */
  Owner releasing(ReleasePolicy policy, boolean isFreshCopy) {
    return new GatedOwner(users, policy, new Ungated(this, isFreshCopy));
  }

  /** Freed at once, as its release has passed the gate. */
  @OwnerKind.Named("CUDA")
  private record Ungated(CudaMemory memory, boolean isFreshCopy) implements Owner {
    @Override
    public void beginExport() {
      memory.beginExport();
    }

    @Override
    public void release() {
      memory.requireHeld();
      memory.free();
    }
  }

  /** The release itself is done later, by another thread. */
  @Override
  public Release mode() {
    return Release.NON_BLOCKING;
  }

  /** The device, the size and the address. */
  @Override
  public String toString() {
    return "%d bytes of %s at 0x%x".formatted(byteSize, device, address);
  }
}
