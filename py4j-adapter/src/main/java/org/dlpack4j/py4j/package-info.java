/**
 * What this JVM and a Python process show each other: {@link org.dlpack4j.py4j.TensorService}
 * publishes objects under names, {@link org.dlpack4j.py4j.Lease} is what a peer holds of one.
 */
@NullMarked
package org.dlpack4j.py4j;

import org.jspecify.annotations.NullMarked;
