package org.dlpack4j.arrow.cdata;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.StructLayout;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The structs of Arrow's C interfaces as memory layouts, with Arrow's own names for fields. */
public final class CDataAbi {

  /** {@code struct ArrowSchema}. */
  public static final StructLayout ARROW_SCHEMA =
      MemoryLayout.structLayout(
              ADDRESS.withName("format"),
              ADDRESS.withName("name"),
              ADDRESS.withName("metadata"),
              JAVA_LONG.withName("flags"),
              JAVA_LONG.withName("n_children"),
              ADDRESS.withName("children"),
              ADDRESS.withName("dictionary"),
              ADDRESS.withName("release"),
              ADDRESS.withName("private_data"))
          .withName("ArrowSchema");

  /** {@code struct ArrowArray}. */
  public static final StructLayout ARROW_ARRAY =
      MemoryLayout.structLayout(
              JAVA_LONG.withName("length"),
              JAVA_LONG.withName("null_count"),
              JAVA_LONG.withName("offset"),
              JAVA_LONG.withName("n_buffers"),
              JAVA_LONG.withName("n_children"),
              ADDRESS.withName("buffers"),
              ADDRESS.withName("children"),
              ADDRESS.withName("dictionary"),
              ADDRESS.withName("release"),
              ADDRESS.withName("private_data"))
          .withName("ArrowArray");

  /** {@code struct ArrowDeviceArray}. */
  public static final StructLayout ARROW_DEVICE_ARRAY =
      MemoryLayout.structLayout(
              ARROW_ARRAY.withName("array"),
              JAVA_LONG.withName("device_id"),
              JAVA_INT.withName("device_type"),
              MemoryLayout.paddingLayout(Integer.BYTES),
              ADDRESS.withName("sync_event"),
              MemoryLayout.sequenceLayout(3, JAVA_LONG).withName("reserved"))
          .withName("ArrowDeviceArray");

  /** {@code struct ArrowArrayStream}. */
  public static final StructLayout ARROW_ARRAY_STREAM =
      MemoryLayout.structLayout(
              ADDRESS.withName("get_schema"),
              ADDRESS.withName("get_next"),
              ADDRESS.withName("get_last_error"),
              ADDRESS.withName("release"),
              ADDRESS.withName("private_data"))
          .withName("ArrowArrayStream");

  /** {@code struct ArrowDeviceArrayStream}. */
  public static final StructLayout ARROW_DEVICE_ARRAY_STREAM =
      MemoryLayout.structLayout(
              JAVA_INT.withName("device_type"),
              MemoryLayout.paddingLayout(Integer.BYTES),
              ADDRESS.withName("get_schema"),
              ADDRESS.withName("get_next"),
              ADDRESS.withName("get_last_error"),
              ADDRESS.withName("release"),
              ADDRESS.withName("private_data"))
          .withName("ArrowDeviceArrayStream");

  /** {@code ARROW_FLAG_DICTIONARY_ORDERED}: the order of the dictionary means something. */
  public static final long FLAG_DICTIONARY_ORDERED = 1;

  /** {@code ARROW_FLAG_NULLABLE}. */
  public static final long FLAG_NULLABLE = 2;

  /** {@code ARROW_FLAG_MAP_KEYS_SORTED}: the keys of each map are sorted. */
  public static final long FLAG_MAP_KEYS_SORTED = 4;

  /** The {@code device_id} of main memory. */
  static final long CPU_DEVICE_ID = -1;

  private CDataAbi() {}

  /**
   * Every size and offset, under the names {@code sizeof ArrowArray} and {@code ArrowArray.length}:
   * what a C compiler must agree with.
   *
   * @return name to bytes
   */
  public static Map<String, Long> facts() {
    Map<String, Long> facts = new LinkedHashMap<>();
    for (StructLayout struct :
        List.of(
            ARROW_SCHEMA,
            ARROW_ARRAY,
            ARROW_DEVICE_ARRAY,
            ARROW_ARRAY_STREAM,
            ARROW_DEVICE_ARRAY_STREAM)) {
      String name = struct.name().orElseThrow();
      facts.put("sizeof " + name, struct.byteSize());
      for (MemoryLayout member : struct.memberLayouts()) {
        member.name().ifPresent(field -> facts.put(name + "." + field, offset(struct, field)));
      }
    }
    return facts;
  }

  private static long offset(StructLayout struct, String field) {
    return struct.byteOffset(groupElement(field));
  }

  /** Offsets in an {@code ArrowSchema}. */
  static final class Schema {
    static final long BYTES = ARROW_SCHEMA.byteSize();
    static final long FORMAT = offset(ARROW_SCHEMA, "format");
    static final long NAME = offset(ARROW_SCHEMA, "name");
    static final long METADATA = offset(ARROW_SCHEMA, "metadata");
    static final long FLAGS = offset(ARROW_SCHEMA, "flags");
    static final long N_CHILDREN = offset(ARROW_SCHEMA, "n_children");
    static final long CHILDREN = offset(ARROW_SCHEMA, "children");
    static final long DICTIONARY = offset(ARROW_SCHEMA, "dictionary");
    static final long RELEASE = offset(ARROW_SCHEMA, "release");
    static final long PRIVATE_DATA = offset(ARROW_SCHEMA, "private_data");

    private Schema() {}
  }

  /** Offsets in an {@code ArrowArray}. */
  static final class Array {
    static final long BYTES = ARROW_ARRAY.byteSize();
    static final long LENGTH = offset(ARROW_ARRAY, "length");
    static final long NULL_COUNT = offset(ARROW_ARRAY, "null_count");
    static final long OFFSET = offset(ARROW_ARRAY, "offset");
    static final long N_BUFFERS = offset(ARROW_ARRAY, "n_buffers");
    static final long N_CHILDREN = offset(ARROW_ARRAY, "n_children");
    static final long BUFFERS = offset(ARROW_ARRAY, "buffers");
    static final long CHILDREN = offset(ARROW_ARRAY, "children");
    static final long DICTIONARY = offset(ARROW_ARRAY, "dictionary");
    static final long RELEASE = offset(ARROW_ARRAY, "release");
    static final long PRIVATE_DATA = offset(ARROW_ARRAY, "private_data");

    private Array() {}
  }

  /** Offsets in an {@code ArrowDeviceArray}, which begins with its array. */
  static final class DeviceArray {
    static final long BYTES = ARROW_DEVICE_ARRAY.byteSize();
    static final long DEVICE_ID = offset(ARROW_DEVICE_ARRAY, "device_id");
    static final long DEVICE_TYPE = offset(ARROW_DEVICE_ARRAY, "device_type");
    static final long SYNC_EVENT = offset(ARROW_DEVICE_ARRAY, "sync_event");

    private DeviceArray() {}
  }

  /** Offsets in an {@code ArrowArrayStream}. */
  static final class Stream {
    static final long BYTES = ARROW_ARRAY_STREAM.byteSize();
    static final long GET_SCHEMA = offset(ARROW_ARRAY_STREAM, "get_schema");
    static final long GET_NEXT = offset(ARROW_ARRAY_STREAM, "get_next");
    static final long GET_LAST_ERROR = offset(ARROW_ARRAY_STREAM, "get_last_error");
    static final long RELEASE = offset(ARROW_ARRAY_STREAM, "release");
    static final long PRIVATE_DATA = offset(ARROW_ARRAY_STREAM, "private_data");

    private Stream() {}
  }

  /** Offsets in an {@code ArrowDeviceArrayStream}. */
  static final class DeviceStream {
    static final long DEVICE_TYPE = offset(ARROW_DEVICE_ARRAY_STREAM, "device_type");

    private DeviceStream() {}
  }

  /**
   * The two kinds of streams. After its device, the one is what the other is.
   *
   * @param shift how far behind those of an {@code ArrowArrayStream} the functions are
   * @param bytes of the stream's struct
   * @param arrayBytes of a batch's struct
   */
  record StreamForm(long shift, long bytes, long arrayBytes) {
    static final StreamForm PLAIN = new StreamForm(0, Stream.BYTES, Array.BYTES);
    static final StreamForm DEVICE =
        new StreamForm(
            offset(ARROW_DEVICE_ARRAY_STREAM, "get_schema"),
            ARROW_DEVICE_ARRAY_STREAM.byteSize(),
            DeviceArray.BYTES);

    boolean hasDevice() {
      return shift != 0;
    }

    long getSchema() {
      return shift + Stream.GET_SCHEMA;
    }

    long getNext() {
      return shift + Stream.GET_NEXT;
    }

    long getLastError() {
      return shift + Stream.GET_LAST_ERROR;
    }

    long release() {
      return shift + Stream.RELEASE;
    }

    long privateData() {
      return shift + Stream.PRIVATE_DATA;
    }
  }
}
