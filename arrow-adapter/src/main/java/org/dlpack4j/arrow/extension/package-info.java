/**
 * Extension types of Arrow for what tensors have and Arrow's own types lack: tensors in the rows of
 * a column, bools of a byte each, and bfloat16. To read them, and not their storage, from files,
 * streams and Arrow's C interfaces, call {@link ExtensionTypes#register} first.
 */
@NullMarked
package org.dlpack4j.arrow.extension;

import org.jspecify.annotations.NullMarked;
