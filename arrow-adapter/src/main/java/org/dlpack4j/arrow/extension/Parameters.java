package org.dlpack4j.arrow.extension;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.apache.arrow.vector.extension.InvalidExtensionMetadataException;
import org.apache.arrow.vector.types.pojo.ArrowType;

/** Parameters of extension types, as their metadata has them. */
final class Parameters {

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private Parameters() {}

  static void requireNone(String name, ArrowType expected, ArrowType found, String parameters) {
    requireStorage(name, expected, found);
    if (!parameters.isEmpty()) {
      throw refusal(name, "no parameters", "'" + parameters + "'");
    }
  }

  static void requireStorage(String name, ArrowType expected, ArrowType found) {
    if (!found.equals(expected)) {
      throw refusal(name, "storage of " + expected, found);
    }
  }

  static String ofTensor(FixedShapeTensorType type) {
    ObjectNode object = JSON.createObjectNode();
    object.set("shape", JSON.valueToTree(type.shape()));
    if (!type.dimNames().isEmpty()) {
      object.set("dim_names", JSON.valueToTree(type.dimNames()));
    }
    if (type.isPermuted()) {
      object.set("permutation", JSON.valueToTree(type.permutation()));
    }
    return object.toString();
  }

  static FixedShapeTensorType tensor(String parameters) {
    JsonNode object = parsed(FixedShapeTensorType.NAME, parameters);
    if (!object.isObject() || !object.has("shape")) {
      throw refusal(FixedShapeTensorType.NAME, "an object with a shape", "'" + parameters + "'");
    }
    List<Integer> shape = integers(object, "shape");
    List<String> dimNames = new ArrayList<>();
    for (JsonNode name : array(object, "dim_names", JsonNode::isTextual, "names")) {
      dimNames.add(name.textValue());
    }
    List<Integer> permutation =
        object.hasNonNull("permutation")
            ? integers(object, "permutation")
            : IntStream.range(0, shape.size()).boxed().toList();
    try {
      return new FixedShapeTensorType(shape, dimNames, permutation);
    } catch (IllegalArgumentException e) {
      throw new InvalidExtensionMetadataException(
          FixedShapeTensorType.NAME + ": " + e.getMessage(), e);
    }
  }

  private static JsonNode parsed(String name, String parameters) {
    try {
      return JSON.readTree(parameters);
    } catch (JsonProcessingException e) {
      throw new InvalidExtensionMetadataException(
          "%s: expected JSON but found '%s': %s"
              .formatted(name, parameters, e.getOriginalMessage()),
          e);
    }
  }

  private static List<Integer> integers(JsonNode object, String key) {
    Predicate<JsonNode> isInt = node -> node.isIntegralNumber() && node.canConvertToInt();
    List<Integer> values = new ArrayList<>();
    for (JsonNode node : array(object, key, isInt, "integers of 32 bits")) {
      values.add(node.intValue());
    }
    return values;
  }

  /** Nothing where there is no such key, or null. */
  private static Iterable<JsonNode> array(
      JsonNode object, String key, Predicate<JsonNode> isElement, String what) {
    if (!object.hasNonNull(key) && !key.equals("shape")) {
      return List.of();
    }
    JsonNode found = object.get(key);
    boolean fits = found.isArray();
    for (JsonNode element : found) {
      fits &= isElement.test(element);
    }
    if (!fits) {
      throw refusal(FixedShapeTensorType.NAME + ": " + key, "an array of " + what, found);
    }
    return found;
  }

  private static InvalidExtensionMetadataException refusal(
      String where, String expected, Object found) {
    return new InvalidExtensionMetadataException(
        "%s: expected %s but found %s".formatted(where, expected, found));
  }
}
