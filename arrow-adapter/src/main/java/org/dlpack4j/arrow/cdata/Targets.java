package org.dlpack4j.arrow.cdata;

import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.dictionary.DictionaryProvider.MapDictionaryProvider;
import org.apache.arrow.vector.types.pojo.DictionaryEncoding;
import org.apache.arrow.vector.util.SchemaChangeRuntimeException;
import org.dlpack4j.arrow.cdata.CDataViolation.Code;

/** The vectors that imports are loaded into: those of columns, and those of their dictionaries. */
final class Targets implements AutoCloseable {

  private final BufferAllocator allocator;
  private final List<FieldVector> vectors = new ArrayList<>();
  private final MapDictionaryProvider dictionaries = new MapDictionaryProvider();

  private Targets(BufferAllocator allocator) {
    this.allocator = allocator;
  }

  /** Empty vectors of some fields; nothing is left behind if this throws. */
  static Targets of(BufferAllocator allocator, List<SchemaNode> schemas) {
    Targets targets = new Targets(allocator);
    try {
      for (SchemaNode schema : schemas) {
        targets.vectors.add(targets.vector(schema));
        targets.addDictionaries(schema);
      }
      return targets;
    } catch (Throwable e) {
      targets.close();
      throw e;
    }
  }

  private void addDictionaries(SchemaNode schema) {
    schema.children().forEach(this::addDictionaries);
    SchemaNode dictionary = schema.dictionary();
    DictionaryEncoding encoding = schema.field().getDictionary();
    if (dictionary != null && encoding != null) {
      dictionaries.put(new Dictionary(vector(dictionary), encoding));
      addDictionaries(dictionary);
    }
  }

  /** Not every combination of types has a vector: a list of a fixed size holds no unions. */
  private FieldVector vector(SchemaNode schema) {
    try {
      return schema.field().createVector(allocator);
    } catch (SchemaChangeRuntimeException | IllegalArgumentException e) {
      Findings findings = new Findings();
      String found = schema.field() + ": " + e.getMessage();
      String expected = "a type that Arrow Java can make a vector of";
      findings.add(Code.UNKNOWN_FORMAT, schema.path(), "schema", found, expected);
      throw findings.refusal("schema of " + schema.path());
    }
  }

  List<FieldVector> vectors() {
    return vectors;
  }

  MapDictionaryProvider dictionaries() {
    return dictionaries;
  }

  @Override
  public void close() {
    vectors.forEach(FieldVector::close);
    dictionaries.close();
  }
}
