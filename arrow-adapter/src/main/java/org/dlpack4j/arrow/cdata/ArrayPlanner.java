package org.dlpack4j.arrow.cdata;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static org.dlpack4j.internal.Memory.ALL;

import java.util.ArrayList;
import java.util.List;
import org.dlpack4j.arrow.cdata.CDataViolation.Code;
import org.dlpack4j.arrow.cdata.Layout.Kind;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code ArrowArray} structs and decides what vectors are made of. Of the data it looks at
 * the first and the last offset and at some run ends, never at all of it. A method that returns
 * null has said why.
 *
 * <p>Arrow Java's vectors begin with their first value, so that an array's offset becomes another
 * start of each buffer; of bits, if that is within a byte, a copy.
 */
final class ArrayPlanner {

  private final Findings findings;

  ArrayPlanner(Findings findings) {
    this.findings = findings;
  }

  /** All of an array. */
  @Nullable ArrayPlan plan(SchemaNode schema, long struct) {
    ArrayStruct array = ArrayStruct.read(struct, schema, findings);
    return array == null ? null : plan(schema, array, 0, array.length());
  }

  /** Some of an array's values. */
  private @Nullable ArrayPlan plan(SchemaNode schema, long struct, long from, long count) {
    ArrayStruct array = ArrayStruct.read(struct, schema, findings);
    if (array == null) {
      return null;
    }
    if (from > array.length() || count > array.length() - from) {
      String expected = "%d or more, as its parent needs".formatted(from + count);
      findings.add(Code.TOO_SHORT, schema.path(), "length", array.length(), expected);
      return null;
    }
    return plan(schema, array, from, count);
  }

  private @Nullable ArrayPlan plan(SchemaNode schema, ArrayStruct array, long from, long count) {
    // An offset of a longer buffer's end plus one must be an int, too.
    if (count >= Integer.MAX_VALUE) {
      String expected = "less than 2^31 - 1, as Arrow Java counts values with an int";
      findings.add(Code.TOO_LARGE, schema.path(), "length", count, expected);
      return null;
    }
    Window window = new Window(schema, array, array.offset() + from, (int) count);
    ArrayPlan dictionary = dictionary(schema, array);
    if (dictionary == null && (schema.dictionary() != null || array.dictionary() != 0)) {
      return null;
    }
    if (schema.layout().kind() == Kind.RUN_END) {
      return planRuns(window);
    }
    BufferPlanner planner = new BufferPlanner(findings, window);
    List<Piece> pieces = planner.pieces();
    List<ArrayPlan> children = children(window, planner.lastOffset());
    return pieces == null || children == null
        ? null
        : new ArrayPlan(schema, window.count(), window.nullCount(), pieces, children, dictionary);
  }

  private @Nullable ArrayPlan dictionary(SchemaNode schema, ArrayStruct array) {
    SchemaNode dictionary = schema.dictionary();
    if (dictionary == null) {
      if (array.dictionary() != 0) {
        String found = Findings.hex(array.dictionary());
        findings.add(Code.DICTIONARY, schema.path(), "dictionary", found, "NULL, as its type says");
      }
      return null;
    }
    return plan(dictionary, array.dictionary());
  }

  private @Nullable List<ArrayPlan> children(Window window, long lastOffset) {
    List<SchemaNode> schemas = window.schema().children();
    if (schemas.isEmpty()) {
      return List.of();
    }
    List<ArrayPlan> plans = new ArrayList<>(schemas.size());
    for (int i = 0; i < schemas.size(); i++) {
      ArrayPlan plan = child(window, schemas.get(i), window.array().children()[i], lastOffset);
      if (plan != null) {
        plans.add(plan);
      }
    }
    return plans.size() == schemas.size() ? plans : null;
  }

  private @Nullable ArrayPlan child(Window window, SchemaNode child, long struct, long lastOffset) {
    Layout layout = window.schema().layout();
    return switch (layout.kind()) {
      case STRUCT, SPARSE_UNION -> plan(child, struct, window.start(), window.count());
      case FIXED_LIST -> {
        // Below 2^63: both are, and a list's size is below 2^31.
        if (window.start() + window.count() > Long.MAX_VALUE / Math.max(layout.width(), 1)) {
          String path = window.schema().path();
          findings.add(Code.TOO_LARGE, path, "offset", window.start(), "its lists within 2^63");
          yield null;
        }
        yield plan(
            child, struct, window.start() * layout.width(), (long) window.count() * layout.width());
      }
      case LIST -> planListed(child, struct, lastOffset);
      default -> plan(child, struct);
    };
  }

  /** The last offset is within the child, which a vector has from its first value on. */
  private @Nullable ArrayPlan planListed(SchemaNode child, long struct, long lastOffset) {
    ArrayPlan plan = plan(child, struct);
    if (plan != null && lastOffset > plan.length()) {
      String expected = "%d or more, as the last offset of its list is".formatted(lastOffset);
      findings.add(Code.TOO_SHORT, child.path(), "length", plan.length(), expected);
      return null;
    }
    return plan;
  }

  /** Runs that begin before the window are cut, and those after it are left out. */
  private @Nullable ArrayPlan planRuns(Window window) {
    SchemaNode schema = window.schema();
    SchemaNode endsSchema = schema.children().getFirst();
    SchemaNode valuesSchema = schema.children().getLast();
    ArrayStruct ends = ArrayStruct.read(window.array().children()[0], endsSchema, findings);
    if (ends == null) {
      return null;
    }
    Runs runs = new Runs(ends, endsSchema.layout().width());
    if (!runs.check(window, endsSchema.path(), findings)) {
      return null;
    }
    // Without values the ends may be nowhere.
    boolean isEmpty = window.count() == 0;
    int first = isEmpty ? 0 : runs.find(window.start());
    int count = isEmpty ? 0 : runs.find(window.start() + window.count() - 1) - first + 1;
    List<Piece> pieces = runs.pieces(window, first, count);
    ArrayPlan endsPlan = new ArrayPlan(endsSchema, count, 0, pieces, List.of(), null);
    ArrayPlan values = plan(valuesSchema, window.array().children()[1], first, count);
    return values == null
        ? null
        : new ArrayPlan(schema, window.count(), 0, List.of(), List.of(endsPlan, values), null);
  }

  /**
   * The part of an array that a vector is to have.
   *
   * @param start the first value's index in the buffers
   */
  record Window(SchemaNode schema, ArrayStruct array, long start, int count) {

    String path() {
      return schema.path();
    }

    long buffer(int index) {
      return array.buffers()[index];
    }

    int nullCount() {
      boolean whole = count == array.length();
      long known = array.nullCount();
      return known == 0 || whole ? (int) known : -1;
    }

    /** One of the offsets in the second buffer. */
    long offset(int index) {
      long at = start + index;
      return schema.layout().width() == Long.BYTES
          ? ALL.get(JAVA_LONG_UNALIGNED, buffer(1) + at * Long.BYTES)
          : ALL.get(JAVA_INT_UNALIGNED, buffer(1) + at * Integer.BYTES);
    }
  }
}
