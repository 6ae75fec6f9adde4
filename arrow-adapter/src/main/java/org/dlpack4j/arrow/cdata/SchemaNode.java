package org.dlpack4j.arrow.cdata;

import java.util.List;
import org.apache.arrow.vector.types.pojo.Field;
import org.jspecify.annotations.Nullable;

/**
 * What an {@code ArrowSchema} says.
 *
 * @param path the field and those that it is in
 * @param field of the vector to be; of an index where there is a dictionary
 * @param layout how its values lie
 * @param children those of the field
 * @param dictionary what its indices mean
 * @param typeIds what the type ids of a sparse union become, by the foreign id; null for others
 */
@SuppressWarnings("ArrayRecordComponent") // Read by the loader only.
record SchemaNode(
    String path,
    Field field,
    Layout layout,
    List<SchemaNode> children,
    @Nullable SchemaNode dictionary,
    byte @Nullable [] typeIds) {}
