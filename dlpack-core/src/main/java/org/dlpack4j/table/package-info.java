/**
 * Tables: named columns of equal length, each made of the tensors that its type needs. Everything
 * here describes and owns nothing, as a {@link org.dlpack4j.TensorView} does; {@link
 * org.dlpack4j.importing.TableImporter} and {@link org.dlpack4j.exporting.TableExporter} take and
 * give.
 */
@NullMarked
package org.dlpack4j.table;

import org.jspecify.annotations.NullMarked;
