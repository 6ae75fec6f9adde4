package org.dlpack4j.arrow;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.compare.VectorEqualsVisitor;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.dictionary.DictionaryProvider.MapDictionaryProvider;
import org.apache.arrow.vector.types.pojo.DictionaryEncoding;
import org.apache.arrow.vector.types.pojo.Field;

/** The dictionaries of one import, which the provider gets with its success and not before. */
final class ImportedDictionaries {

  private final MapDictionaryProvider provider;
  private final Map<Long, Dictionary> found = new LinkedHashMap<>();

  /** Of columns that have a dictionary that another column has, too. */
  private final List<FieldVector> again = new ArrayList<>();

  ImportedDictionaries(MapDictionaryProvider provider) {
    this.provider = provider;
  }

  /** Takes the values over, whatever it throws. */
  void add(Field field, DictionaryEncoding encoding, FieldVector values) {
    Dictionary known = found.get(encoding.getId());
    if (known == null) {
      found.put(encoding.getId(), new Dictionary(values, encoding));
    } else {
      again.add(values);
    }
    if (provider.lookup(encoding.getId()) != null) {
      throw new RefusedVectorException(
          field,
          "expected a provider without a dictionary of id %d but found one; give one for each batch"
              .formatted(encoding.getId()));
    }
    if (known != null && !VectorEqualsVisitor.vectorEquals(known.getVector(), values)) {
      throw new RefusedVectorException(
          field,
          "expected the dictionary of id %d that another column has but found other values; give"
                  .formatted(encoding.getId())
              + " it an id of its own");
    }
  }

  /** Gives them to the provider, when all memory has its owner. */
  void keep() {
    again.forEach(FieldVector::close);
    found.values().forEach(provider::put);
  }

  void close() {
    again.forEach(FieldVector::close);
    found.values().forEach(dictionary -> dictionary.getVector().close());
  }
}
