package org.dlpack4j.arrow.cdata;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.dlpack4j.internal.Memory.ALL;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.arrow.vector.dictionary.DictionaryProvider;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.ArrowType.ExtensionType;
import org.apache.arrow.vector.types.pojo.DictionaryEncoding;
import org.apache.arrow.vector.types.pojo.ExtensionTypeRegistry;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.dlpack4j.arrow.cdata.CDataAbi.Schema;
import org.dlpack4j.arrow.cdata.CDataViolation.Code;
import org.dlpack4j.internal.CStrings;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code ArrowSchema} structs, each member once. Nothing is taken over. A method that returns
 * null has said why.
 */
final class SchemaReader {

  private static final int MOST_LEVELS = 64;

  /** Of one schema: pointers that go in circles end here. */
  private static final int MOST_FIELDS = 1 << 20;

  private final Findings findings;
  private final Set<Long> dictionaryIds;
  private final boolean isBatch;
  private int fields;

  /**
   * Begins a schema.
   *
   * @param isBatch whether the top is a batch, whose columns may have the same name
   */
  SchemaReader(Findings findings, DictionaryProvider dictionaries, boolean isBatch) {
    this.findings = findings;
    this.isBatch = isBatch;
    this.dictionaryIds = new HashSet<>(dictionaries.getDictionaryIds());
  }

  /**
   * Reads a field or a batch's schema.
   *
   * @param top what to call it in messages
   */
  @Nullable SchemaNode read(long struct, String top) {
    return read(struct, new Place("", top, -1), 0);
  }

  /**
   * Where a struct is that may have no name.
   *
   * @param index among its parent's children; of no child if below 0
   */
  private record Place(String parent, String unnamed, int index) {
    /** Made only for structs without a name, as a batch may have many with one. */
    String path() {
      String own = index < 0 ? unnamed : "[" + index + "]";
      return parent.isEmpty() ? own : parent + "/" + own;
    }
  }

  private @Nullable SchemaNode read(long struct, Place place, int level) {
    if (!StructAddress.isPossible(struct) || !StructAddress.isAligned(struct)) {
      findings.checkPointer(struct, place.path(), "schema", "an ArrowSchema");
      return null;
    }
    if (++fields > MOST_FIELDS || level == MOST_LEVELS) {
      String most = "at most " + MOST_LEVELS + " levels and " + MOST_FIELDS + " fields";
      findings.add(Code.TOO_DEEP, place.path(), "schema.children", "more", most);
      return null;
    }
    if (at(struct, Schema.RELEASE) == 0) {
      findings.add(Code.RELEASED, place.path(), "schema.release", "NULL", "one not yet released");
      return null;
    }
    long nameAddress = at(struct, Schema.NAME);
    if (!isText(nameAddress)) {
      refuseText(nameAddress, place.path(), "name");
      return null;
    }
    String name = CStrings.read(nameAddress);
    boolean named = level != 0 && !name.isEmpty();
    String path = named ? place.parent() + "/" + name : place.path();
    return read(struct, path, name, level, at(struct, Schema.FLAGS));
  }

  private @Nullable SchemaNode read(long struct, String path, String name, int level, long flags) {
    ArrowType type = type(struct, path, flags);
    Map<String, String> metadata = metadata(struct, path);
    List<SchemaNode> children = type == null ? null : children(struct, path, level, type);
    if (type == null || metadata == null || children == null) {
      return null;
    }
    boolean nullable = (flags & CDataAbi.FLAG_NULLABLE) != 0;
    long dictionaryStruct = at(struct, Schema.DICTIONARY);
    if (dictionaryStruct != 0) {
      DictionaryEncoding encoding = encoding(type, path, flags);
      SchemaNode dictionary = read(dictionaryStruct, new Place(path, "dictionary", -1), level + 1);
      if (encoding == null || dictionary == null) {
        return null;
      }
      Field field = new Field(name, new FieldType(nullable, type, encoding, metadata), List.of());
      return new SchemaNode(path, field, Layout.of(type), children, dictionary, null);
    }
    ArrowType whole = extended(type, metadata, path);
    SchemaNodes nodes = new SchemaNodes(findings, path, isBatch && level == 0);
    return whole == null ? null : nodes.of(name, nullable, whole, metadata, children);
  }

  private static boolean isText(long address) {
    return address == 0 || StructAddress.isPossible(address);
  }

  private void refuseText(long address, String path, String member) {
    String found = Findings.hex(address);
    findings.add(Code.IMPOSSIBLE_POINTER, path, member, found, "the address of a string");
  }

  private @Nullable ArrowType type(long struct, String path, long flags) {
    long address = at(struct, Schema.FORMAT);
    if (address == 0) {
      findings.add(Code.NULL_POINTER, path, "format", "NULL", "the address of a string");
      return null;
    }
    if (!isText(address)) {
      refuseText(address, path, "format");
      return null;
    }
    ArrowType known = Formats.ofOneLetter(address);
    if (known != null) {
      return known;
    }
    String format = CStrings.read(address);
    try {
      return Formats.parse(format, (flags & CDataAbi.FLAG_MAP_KEYS_SORTED) != 0);
    } catch (IllegalArgumentException e) {
      String expected = String.valueOf(e.getMessage());
      findings.add(Code.UNKNOWN_FORMAT, path, "format", "'" + format + "'", expected);
      return null;
    }
  }

  private @Nullable Map<String, String> metadata(long struct, String path) {
    long address = at(struct, Schema.METADATA);
    if (address != 0 && !StructAddress.isPossible(address)) {
      String found = Findings.hex(address);
      findings.add(Code.IMPOSSIBLE_POINTER, path, "metadata", found, "an address or NULL");
      return null;
    }
    try {
      return FieldMetadata.decode(address);
    } catch (IllegalArgumentException e) {
      String found = "what is at " + Findings.hex(address);
      String expected = String.valueOf(e.getMessage());
      findings.add(Code.MALFORMED_METADATA, path, "metadata", found, expected);
      return null;
    }
  }

  private @Nullable List<SchemaNode> children(long struct, String path, int level, ArrowType type) {
    long count = at(struct, Schema.N_CHILDREN);
    int expected =
        type instanceof ArrowType.Union union
            ? union.getTypeIds().length
            : Layout.of(type).kind().children;
    if (expected >= 0 ? count != expected : count < 0 || count > MOST_FIELDS) {
      String needed = expected >= 0 ? expected + ", as its type has" : "0 to " + MOST_FIELDS;
      findings.add(Code.WRONG_COUNT, path, "schema.n_children", count, needed);
      return null;
    }
    long pointers = at(struct, Schema.CHILDREN);
    if (count != 0 && !findings.checkPointer(pointers, path, "schema.children", "pointers")) {
      return null;
    }
    if (count == 0) {
      return List.of();
    }
    List<SchemaNode> children = new ArrayList<>();
    for (int i = 0; i < count && fields <= MOST_FIELDS; i++) {
      long child = at(pointers, i * ADDRESS.byteSize());
      SchemaNode node = read(child, new Place(path, "", i), level + 1);
      if (node != null) {
        children.add(node);
      }
    }
    return children.size() == count ? children : null;
  }

  private @Nullable DictionaryEncoding encoding(ArrowType type, String path, long flags) {
    if (!(type instanceof ArrowType.Int indices)) {
      findings.add(Code.DICTIONARY, path, "dictionary", "one of " + type, "indices of integers");
      return null;
    }
    long id = dictionaryIds.size();
    while (!dictionaryIds.add(id)) {
      id++;
    }
    boolean ordered = (flags & CDataAbi.FLAG_DICTIONARY_ORDERED) != 0;
    return new DictionaryEncoding(id, ordered, indices);
  }

  /** The extension type that this JVM has registered, if the metadata names one. */
  private @Nullable ArrowType extended(
      ArrowType storage, Map<String, String> metadata, String path) {
    String name = metadata.get(ExtensionType.EXTENSION_METADATA_KEY_NAME);
    ExtensionType known = name == null ? null : ExtensionTypeRegistry.lookup(name);
    if (known == null) {
      return storage;
    }
    String parameters = metadata.getOrDefault(ExtensionType.EXTENSION_METADATA_KEY_METADATA, "");
    try {
      ArrowType type = known.deserialize(storage, parameters);
      return Layout.of(type).equals(Layout.of(storage)) ? type : storage;
    } catch (RuntimeException e) {
      // Whatever a type of somebody's throws at what it does not know.
      String found = "'%s' for %s: %s".formatted(parameters, storage, e.getMessage());
      String expected = "what the extension type " + name + " can read";
      findings.add(Code.MALFORMED_METADATA, path, "metadata", found, expected);
      return null;
    }
  }

  private static long at(long address, long offset) {
    return ALL.get(JAVA_LONG, address + offset);
  }
}
