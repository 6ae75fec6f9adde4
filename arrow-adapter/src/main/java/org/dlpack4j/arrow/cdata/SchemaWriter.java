package org.dlpack4j.arrow.cdata;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.dlpack4j.internal.Memory.ALL;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.dictionary.DictionaryProvider;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.DictionaryEncoding;
import org.apache.arrow.vector.types.pojo.Field;
import org.dlpack4j.arrow.cdata.CDataAbi.Schema;
import org.dlpack4j.internal.Memory;
import org.jspecify.annotations.Nullable;

/**
 * Writes {@code ArrowSchema} structs. What a struct points to is one piece of malloc's, so that its
 * release is free: pointers to the children, the children's structs, the dictionary's, the strings.
 */
final class SchemaWriter {

  private final DictionaryProvider dictionaries;

  SchemaWriter(DictionaryProvider dictionaries) {
    this.dictionaries = dictionaries;
  }

  /** Nothing is left behind, and nothing written, if this throws. */
  void write(Field field, long struct) {
    byte[] format = Formats.bytesOf(field.getType());
    byte[] name = terminated(field.getName() == null ? "" : field.getName());
    byte[] metadata = FieldMetadata.encode(field.getMetadata());
    List<Field> children = field.getChildren();
    Field dictionary = dictionaryField(field.getDictionary());
    long structs = children.size() * ADDRESS.byteSize();
    long dictionaryAt = structs + children.size() * Schema.BYTES;
    long strings = dictionaryAt + (dictionary == null ? 0 : Schema.BYTES);
    long memory = Memory.allocate(strings + format.length + name.length + metadata.length);
    if (strings != 0) {
      Memory.zero(memory, strings);
    }
    try {
      for (int i = 0; i < children.size(); i++) {
        long child = memory + structs + i * Schema.BYTES;
        ALL.set(JAVA_LONG, memory + i * ADDRESS.byteSize(), child);
        write(children.get(i), child);
      }
      if (dictionary != null) {
        write(dictionary, memory + dictionaryAt);
      }
    } catch (Throwable e) {
      for (long part = memory + structs; part < memory + strings; part += Schema.BYTES) {
        ReleaseFunctions.releaseIfHeld(part, Schema.RELEASE);
      }
      Memory.free(memory);
      throw e;
    }
    long at = memory + strings;
    set(struct, Schema.FORMAT, put(format, at));
    set(struct, Schema.NAME, put(name, at + format.length));
    long metadataAt = put(metadata, at + format.length + name.length);
    set(struct, Schema.METADATA, metadata.length == 0 ? 0 : metadataAt);
    set(struct, Schema.FLAGS, flags(field));
    set(struct, Schema.N_CHILDREN, children.size());
    set(struct, Schema.CHILDREN, children.isEmpty() ? 0 : memory);
    set(struct, Schema.DICTIONARY, dictionary == null ? 0 : memory + dictionaryAt);
    set(struct, Schema.PRIVATE_DATA, memory);
    set(struct, Schema.RELEASE, ReleaseFunctions.USED.schema());
  }

  private @Nullable Field dictionaryField(@Nullable DictionaryEncoding encoding) {
    return encoding == null
        ? null
        : ExportedFields.of(dictionary(dictionaries, encoding).getVector());
  }

  static Dictionary dictionary(DictionaryProvider dictionaries, DictionaryEncoding encoding) {
    Dictionary dictionary = dictionaries.lookup(encoding.getId());
    if (dictionary == null) {
      throw new IllegalArgumentException(
          "dictionary: expected one of id %d from the provider but found none; pass the provider"
                  .formatted(encoding.getId())
              + " that has it");
    }
    return dictionary;
  }

  private static long flags(Field field) {
    long flags = field.isNullable() ? CDataAbi.FLAG_NULLABLE : 0;
    DictionaryEncoding encoding = field.getDictionary();
    if (encoding != null && encoding.isOrdered()) {
      flags |= CDataAbi.FLAG_DICTIONARY_ORDERED;
    }
    if (field.getType() instanceof ArrowType.Map map && map.getKeysSorted()) {
      flags |= CDataAbi.FLAG_MAP_KEYS_SORTED;
    }
    return flags;
  }

  private static byte[] terminated(String text) {
    return (text + '\0').getBytes(UTF_8);
  }

  private static long put(byte[] bytes, long address) {
    MemorySegment.copy(bytes, 0, ALL, JAVA_BYTE, address, bytes.length);
    return address;
  }

  private static void set(long struct, long offset, long value) {
    ALL.set(JAVA_LONG, struct + offset, value);
  }
}
