package org.dlpack4j.arrow.cdata;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.dlpack4j.internal.Memory.ALL;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.dlpack4j.arrow.cdata.CDataAbi.Array;
import org.dlpack4j.arrow.cdata.CDataAbi.Schema;

/** Both structs of a sound export, to be spoiled, and made sound again. */
record HostileExport(long array, long schema, Arena arena) {

  private static final Pattern PLACE =
      Pattern.compile("(?:child(\\d)\\.)?(schema\\.)?(\\w+)(?:\\[(\\d)])?");

  /**
   * Assigns to members of the structs.
   *
   * @param assignments such as {@code length = -1; child0.schema.format = "u"; buffers[1] = {0,
   *     4}}: what is not a number is a pointer, to text, to ints, or to a struct ({@code array},
   *     {@code schema}, {@code child0.schema})
   */
  void spoil(String assignments) {
    for (String assignment : assignments.split("; ", -1)) {
      String[] sides = assignment.split(" = ", 2);
      ALL.set(JAVA_LONG, place(sides[0]), value(sides[1]));
    }
  }

  private long place(String path) {
    Matcher found = PLACE.matcher(path);
    if (!found.matches()) {
      throw new IllegalArgumentException(path);
    }
    HostileExport export = found.group(1) == null ? this : child(Integer.parseInt(found.group(1)));
    boolean ofSchema = found.group(2) != null;
    StructLayout layout = ofSchema ? CDataAbi.ARROW_SCHEMA : CDataAbi.ARROW_ARRAY;
    long member =
        (ofSchema ? export.schema : export.array) + layout.byteOffset(groupElement(found.group(3)));
    return found.group(4) == null ? member : get(member) + 8 * Long.parseLong(found.group(4));
  }

  private long value(String value) {
    return switch (value) {
      case "array" -> array;
      case "schema" -> schema;
      case "child0.schema" -> child(0).schema;
      default -> number(value);
    };
  }

  private long number(String value) {
    String inside = value.substring(1, Math.max(1, value.length() - 1));
    return switch (value.charAt(0)) {
      case '"' -> arena.allocateFrom(inside).address();
      case '{' -> {
        int[] numbers = Stream.of(inside.split(", ", -1)).mapToInt(Integer::parseInt).toArray();
        yield arena.allocateFrom(JAVA_INT, numbers).address();
      }
      default -> Long.parseLong(value);
    };
  }

  private HostileExport child(int index) {
    return new HostileExport(
        get(get(array + Array.CHILDREN) + 8L * index),
        get(get(schema + Schema.CHILDREN) + 8L * index),
        arena);
  }

  private static long get(long address) {
    return ALL.get(JAVA_LONG, address);
  }

  /** The structs of an export and of its children as they are, and the pointers between them. */
  record Copies(List<MemorySegment> places, List<byte[]> bytes) {
    static Copies of(HostileExport export) {
      List<MemorySegment> places = new ArrayList<>();
      add(export, places);
      return new Copies(places, places.stream().map(place -> place.toArray(JAVA_BYTE)).toList());
    }

    private static void add(HostileExport export, List<MemorySegment> places) {
      long buffers = get(export.array + Array.N_BUFFERS);
      long children = get(export.array + Array.N_CHILDREN);
      places.add(ALL.asSlice(export.array, Array.BYTES));
      places.add(ALL.asSlice(export.schema, Schema.BYTES));
      places.add(ALL.asSlice(get(export.array + Array.BUFFERS), 8 * buffers));
      places.add(ALL.asSlice(get(export.array + Array.CHILDREN), 8 * children));
      places.add(ALL.asSlice(get(export.schema + Schema.CHILDREN), 8 * children));
      for (int i = 0; i < children; i++) {
        add(export.child(i), places);
      }
    }

    void restore() {
      for (int i = 0; i < places.size(); i++) {
        places.get(i).copyFrom(MemorySegment.ofArray(bytes.get(i)));
      }
    }
  }
}
