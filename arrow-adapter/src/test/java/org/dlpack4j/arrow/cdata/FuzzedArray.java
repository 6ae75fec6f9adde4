package org.dlpack4j.arrow.cdata;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.dlpack4j.internal.Memory.ALL;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.dictionary.DictionaryProvider.MapDictionaryProvider;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.DictionaryEncoding;
import org.apache.arrow.vector.types.pojo.Field;
import org.dlpack4j.arrow.cdata.CDataAbi.Array;
import org.dlpack4j.arrow.cdata.CDataAbi.Schema;
import org.dlpack4j.internal.Memory;

/**
 * An array and its schema of a fuzzer's bytes: of any type, sound at first, then spoiled here and
 * there, but never so that it claims memory that is not there, as nobody could know.
 */
final class FuzzedArray implements AutoCloseable {

  private static final GuardedMemory MEMORY = new GuardedMemory();
  private static final MapDictionaryProvider DICTIONARIES = dictionaries();
  private static final long METADATA = Memory.reserve(FieldMetadata.MOST_BYTES + 4096, 4096);
  private static final long ENDLESS = endless();
  private static final long BEYOND_INT = 1L << 31;
  private static final long FAR = 1L << 62;
  private static final int MOST_SPOILS = 4;

  private static final long[] NO_POINTERS = {0, 1, 8, -8, Long.MIN_VALUE};

  private static final String[] FORMATS = {
    "",
    "n",
    "b",
    "c",
    "l",
    "g",
    "u",
    "U",
    "vu",
    "z",
    "w:3",
    "w:0",
    "w:-1",
    "w:99999999999",
    "d:5,2",
    "d:99,2",
    "d:0,0,256",
    "d:5,2,32",
    "tdD",
    "tts",
    "tsu:",
    "tsn:Nowhere",
    "tiM",
    "tin",
    "+l",
    "+L",
    "+vl",
    "+s",
    "+m",
    "+r",
    "+w:2",
    "+w:0",
    "+ud:0",
    "+us:0,1",
    "+us:",
    "+ud:127,0",
    "+ud:128",
    "ü",
    "+w:2147483647",
    "d:2147483647,-2147483648"
  };

  private final FuzzedDataProvider data;
  private final List<FuzzedNode> nodes = new ArrayList<>();
  private final List<Long> schemas = new ArrayList<>();
  private final Deque<long[]> undo = new ArrayDeque<>();
  private final long schema;
  private final FuzzedNode root;
  private final boolean mistaken;
  private boolean spoiled;

  FuzzedArray(FuzzedDataProvider data) {
    this.data = data;
    MEMORY.reset();
    Random random = new Random(data.consumeInt(0, 1 << 14));
    Field field = field(random);
    mistaken = data.consumeByte() > 110;
    FuzzedValues values = new FuzzedValues(data, random, MEMORY, mistaken);
    root = values.node(field, random.nextInt(12));
    schema = MEMORY.allocate(Schema.BYTES);
    CDataExporter.exportFieldInto(field, DICTIONARIES, schema);
    collect(root, schema);
    spoiled = values.isSpoiled();
    if (mistaken) {
      spoilFormat(data.pickValue(schemas));
    }
    for (int i = data.consumeInt(0, MOST_SPOILS) - 2; i > 0; i--) {
      if (data.consumeBoolean()) {
        spoilArray(data.pickValue(nodes));
      } else {
        spoilSchema(data.pickValue(schemas));
      }
    }
    FuzzedNode.releases();
  }

  private static MapDictionaryProvider dictionaries() {
    DictionaryEncoding encoding = new DictionaryEncoding(0, true, new ArrowType.Int(16, true));
    Field field = RandomFields.field("values", new ArrowType.Utf8());
    return new MapDictionaryProvider(
        new Dictionary(field.createVector(new RootAllocator()), encoding));
  }

  private static long endless() {
    long bytes = 1 << 18;
    long at = Memory.reserve(bytes, 8);
    ALL.asSlice(at, bytes).fill((byte) 'x');
    return at;
  }

  private static Field field(Random random) {
    Field any = RandomFields.random(random, "any", 2);
    return switch (random.nextInt(6)) {
      case 0 -> RandomFields.index("index", new ArrowType.Int(16, true), 0, true);
      case 1 ->
          RandomFields.field(
              "top",
              new ArrowType.Struct(),
              RandomFields.index("index", new ArrowType.Int(16, true), 0, true),
              any);
      case 2 -> RandomFields.field("top", new ArrowType.FixedSizeList(random.nextInt(3)), flat());
      default -> any;
    };
  }

  private static Field flat() {
    return RandomFields.field("item", new ArrowType.Int(32, true));
  }

  private void collect(FuzzedNode node, long struct) {
    nodes.add(node);
    schemas.add(struct);
    for (int i = 0; i < node.children().size(); i++) {
      collect(node.children().get(i), get(get(struct + Schema.CHILDREN) + 8L * i));
    }
    FuzzedNode dictionary = node.dictionary();
    if (dictionary != null) {
      collect(dictionary, get(struct + Schema.DICTIONARY));
    }
  }

  private static long get(long address) {
    return ALL.get(JAVA_LONG, address);
  }

  private void set(long address, long value) {
    spoiled |= get(address) != value;
    undo.push(new long[] {address, get(address)});
    ALL.set(JAVA_LONG, address, value);
  }

  private long pick(long... values) {
    return values[data.consumeInt(0, values.length - 1)];
  }

  private void spoilArray(FuzzedNode node) {
    long struct = node.struct();
    long length = node.length();
    boolean isView = node.layout().kind() == Layout.Kind.VIEW;
    switch (data.consumeInt(0, 9)) {
      case 0 ->
          set(
              struct + Array.LENGTH,
              pick(-1, Long.MIN_VALUE, Long.MAX_VALUE, BEYOND_INT - 1, BEYOND_INT, 0));
      case 1 ->
          set(struct + Array.OFFSET, pick(-1, Long.MIN_VALUE, Long.MAX_VALUE - length, FAR, 0));
      case 2 ->
          set(
              struct + Array.NULL_COUNT,
              pick(-1, -2, Long.MIN_VALUE, Long.MAX_VALUE, 0, 1, length, length + 1));
      case 3 ->
          set(
              struct + Array.N_BUFFERS,
              isView ? pick(-1, 0, 1, 2, 3, Long.MAX_VALUE) : pick(-1, 0, 1, 2, 3, 4, BEYOND_INT));
      case 4 -> set(struct + Array.N_CHILDREN, pick(-1, 0, 1, 2, 3, BEYOND_INT, Long.MAX_VALUE));
      case 5 -> set(struct + Array.BUFFERS, pick(0, 4097, 8, -8));
      case 6 -> set(struct + Array.CHILDREN, pick(0, 4097, 8, -8));
      case 7 -> set(struct + Array.DICTIONARY, pick(0, 4097, 8, -8, struct));
      case 8 -> set(struct + Array.RELEASE, 0);
      default -> spoilPointer(node);
    }
  }

  private void spoilPointer(FuzzedNode node) {
    int buffers = node.buffers();
    int count = buffers + node.children().size();
    if (count == 0) {
      return;
    }
    int index = data.consumeInt(0, count - 1);
    long address = index < buffers ? node.struct() + Array.BUFFERS : node.struct() + Array.CHILDREN;
    // Of a struct that has other pointers by now, this one cannot be found.
    if (undo.stream().noneMatch(change -> change[0] == address)) {
      long at = get(address) + 8L * (index < buffers ? index : index - buffers);
      set(at, pick(NO_POINTERS));
    }
  }

  private void spoilFormat(long struct) {
    String format = data.consumeBoolean() ? data.pickValue(FORMATS) : data.consumeAsciiString(8);
    set(struct + Schema.FORMAT, string(format));
  }

  private static long string(String text) {
    byte[] bytes = (text + '\0').getBytes(StandardCharsets.UTF_8);
    long at = MEMORY.allocate(bytes.length);
    for (int i = 0; i < bytes.length; i++) {
      ALL.set(ValueLayout.JAVA_BYTE, at + i, bytes[i]);
    }
    return at;
  }

  private void spoilSchema(long struct) {
    switch (data.consumeInt(0, 8)) {
      case 0 -> set(struct + Schema.FORMAT, pick(0, 8, -8, ENDLESS));
      case 1 -> set(struct + Schema.NAME, pick(0, 8, -8, ENDLESS, string(data.consumeString(5))));
      case 2 -> spoilMetadata(struct);
      case 3 -> set(struct + Schema.FLAGS, data.consumeLong());
      case 4 -> set(struct + Schema.N_CHILDREN, pick(-1, 0, BEYOND_INT, Long.MAX_VALUE));
      case 5 -> set(struct + Schema.CHILDREN, pick(0, 4097, 8, -8));
      case 6 -> set(struct + Schema.DICTIONARY, pick(0, 4097, 8, -8, struct, schema));
      case 7 -> set(struct + Schema.RELEASE, 0);
      default -> {
        long children = get(struct + Schema.CHILDREN);
        if (get(struct + Schema.N_CHILDREN) == 1 && StructAddress.isPossible(children)) {
          set(children, pick(0, 4097, 8, -8, struct, schema));
        }
      }
    }
  }

  private void spoilMetadata(long struct) {
    if (data.consumeBoolean()) {
      set(struct + Schema.METADATA, pick(0, 8, -8, ENDLESS));
      return;
    }
    for (int i = 0; i < 6; i++) {
      ALL.set(ValueLayout.JAVA_INT, METADATA + 4L * i, data.consumeInt(-1, 9));
    }
    ALL.set(ValueLayout.JAVA_INT, METADATA + 4L * data.consumeInt(0, 5), data.consumeInt());
    set(struct + Schema.METADATA, METADATA);
  }

  long array() {
    return root.struct();
  }

  long schema() {
    return schema;
  }

  /** Whether anything is wrong with it that may be found or not. */
  boolean isSpoiled() {
    return spoiled;
  }

  /** Whether its values are taken for what they are not, and may not be there. */
  boolean isMistaken() {
    return mistaken;
  }

  /** Whether nothing was released, and nothing of it moved. */
  boolean isTheCallers() {
    boolean arrayIsHeld = get(array() + Array.RELEASE) != 0;
    boolean schemaIsHeld = get(schema + Schema.RELEASE) != 0;
    return FuzzedNode.releases() == 0
        && (arrayIsHeld || isChanged(array() + Array.RELEASE))
        && (schemaIsHeld || isChanged(schema + Schema.RELEASE));
  }

  private boolean isChanged(long address) {
    return undo.stream().anyMatch(change -> change[0] == address);
  }

  /** Releases the schema if nobody has. */
  @Override
  public void close() {
    if (get(schema + Schema.RELEASE) != 0 || isChanged(schema + Schema.RELEASE)) {
      undo.forEach(change -> ALL.set(JAVA_LONG, change[0], change[1]));
      ReleaseFunctions.release(schema, Schema.RELEASE);
    }
  }
}
