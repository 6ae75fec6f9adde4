package org.dlpack4j.exporting;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.parallel.ResourceAccessMode;
import org.junit.jupiter.api.parallel.ResourceLock;

/**
 * On a test that exports, and so may not run beside one that asserts on the process's exports. The
 * latter locks {@link GlobalExports#LOCK} alone.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
@ResourceLock(value = GlobalExports.LOCK, mode = ResourceAccessMode.READ)
public @interface WithExports {}
