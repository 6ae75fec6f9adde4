package org.dlpack4j.arrow.cdata;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.dlpack4j.internal.Memory.ALL;

import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.dlpack4j.DataType;
import org.dlpack4j.Device;
import org.dlpack4j.TensorLayout;
import org.dlpack4j.TensorView;
import org.dlpack4j.arrow.BufferOwner;
import org.dlpack4j.arrow.cdata.CDataAbi.Array;
import org.dlpack4j.exporting.ExportedTensor;
import org.dlpack4j.exporting.Exports;
import org.dlpack4j.exporting.TensorExporter;
import org.dlpack4j.internal.Memory;
import org.jspecify.annotations.Nullable;

/**
 * Writes {@code ArrowArray} structs. Each has a keeper, an exported tensor of its own, as a
 * consumer may move children away and release them later than their parent; a keeper's owner holds
 * the vector's buffers, and the memory that the struct points to.
 */
final class ArrayWriter {

  private final List<ExportedTensor> keepers = new ArrayList<>();

  private ArrayWriter() {}

  /** Nothing is held, and the struct not touched, if this throws. */
  static void write(VectorNode node, long struct) {
    ArrayWriter writer = new ArrayWriter();
    Part root;
    try {
      root = writer.prepare(node);
    } catch (Throwable e) {
      writer.keepers.forEach(ExportedTensor::close);
      Exports.releasePending();
      throw e;
    }
    root.write(struct);
  }

  /** Everything that can fail. */
  private Part prepare(VectorNode node) {
    List<Part> children = new ArrayList<>(node.children().size());
    for (VectorNode child : node.children()) {
      children.add(prepare(child));
    }
    VectorNode dictionaryNode = node.dictionary();
    Part dictionary = dictionaryNode == null ? null : prepare(dictionaryNode);
    Part part = new Part(node, children, dictionary);
    part.keep(keepers);
    return part;
  }

  /** One struct to be. */
  private static final class Part {
    private final VectorNode node;
    private final List<Part> children;
    private final @Nullable Part dictionary;
    private final int bufferCount;
    private long memory;
    private @Nullable ExportedTensor keeper;

    Part(VectorNode node, List<Part> children, @Nullable Part dictionary) {
      this.node = node;
      this.children = children;
      this.dictionary = dictionary;
      this.bufferCount = node.buffers().length + (node.viewedBytes() == null ? 0 : 1);
    }

    /** Takes memory and references, which the keeper gives back. */
    void keep(List<ExportedTensor> keepers) {
      memory = Memory.allocate(Math.max(sizesOffset() + sizesBytes(), Long.BYTES));
      KeptNode owner;
      try {
        owner = new KeptNode(BufferOwner.retaining(node.name(), node.held()), memory);
      } catch (Throwable e) {
        Memory.free(memory);
        throw e;
      }
      try {
        keeper = TensorExporter.export(tensor(), owner);
      } catch (Throwable e) {
        owner.release();
        throw e;
      }
      keepers.add(keeper);
    }

    /** What the keeper says it is: the largest buffer, so that counts of exports mean something. */
    private TensorView tensor() {
      long address = memory;
      long bytes = Long.BYTES;
      for (ArrowBuf buffer : node.held()) {
        if (buffer.capacity() > bytes) {
          address = buffer.memoryAddress();
          bytes = buffer.capacity();
        }
      }
      return new TensorView(
          address, DataType.UINT8, Device.CPU, TensorLayout.contiguous(bytes), true, false);
    }

    private long childrenOffset() {
      return bufferCount * ADDRESS.byteSize();
    }

    private long structsOffset() {
      return childrenOffset() + children.size() * ADDRESS.byteSize();
    }

    private long dictionaryOffset() {
      return structsOffset() + children.size() * Array.BYTES;
    }

    private long sizesOffset() {
      return dictionaryOffset() + (dictionary == null ? 0 : Array.BYTES);
    }

    private long sizesBytes() {
      long[] viewed = node.viewedBytes();
      return viewed == null ? 0 : (long) viewed.length * Long.BYTES;
    }

    void write(long struct) {
      writeBuffers();
      for (int i = 0; i < children.size(); i++) {
        long child = memory + structsOffset() + i * Array.BYTES;
        set(memory + childrenOffset(), i * ADDRESS.byteSize(), child);
        children.get(i).write(child);
      }
      if (dictionary != null) {
        dictionary.write(memory + dictionaryOffset());
      }
      set(struct, Array.LENGTH, node.length());
      set(struct, Array.NULL_COUNT, node.nullCount());
      set(struct, Array.OFFSET, 0);
      set(struct, Array.N_BUFFERS, bufferCount);
      set(struct, Array.N_CHILDREN, children.size());
      set(struct, Array.BUFFERS, bufferCount == 0 ? 0 : memory);
      set(struct, Array.CHILDREN, children.isEmpty() ? 0 : memory + childrenOffset());
      set(struct, Array.DICTIONARY, dictionary == null ? 0 : memory + dictionaryOffset());
      set(struct, Array.PRIVATE_DATA, keptBy().transferOutAddress());
      set(struct, Array.RELEASE, ReleaseFunctions.USED.array());
    }

    private void writeBuffers() {
      long[] buffers = node.buffers();
      for (int i = 0; i < buffers.length; i++) {
        set(memory, i * ADDRESS.byteSize(), buffers[i]);
      }
      long[] viewed = node.viewedBytes();
      if (viewed != null) {
        long sizes = memory + sizesOffset();
        set(
            memory,
            buffers.length * ADDRESS.byteSize(),
            viewed.length == 0 ? VectorNode.ZEROS : sizes);
        for (int i = 0; i < viewed.length; i++) {
          set(sizes, (long) i * Long.BYTES, viewed[i]);
        }
      }
    }

    private ExportedTensor keptBy() {
      if (keeper == null) {
        throw new IllegalStateException("array: expected its keeper but found it was not prepared");
      }
      return keeper;
    }
  }

  private static void set(long address, long offset, long value) {
    ALL.set(JAVA_LONG, address + offset, value);
  }
}
