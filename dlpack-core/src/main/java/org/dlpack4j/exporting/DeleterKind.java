package org.dlpack4j.exporting;

/**
 * What the consumer's deleter call runs. Either way it only marks; Java releases the owner later.
 */
public enum DeleterKind {
  /**
   * C code of the module {@code native-shim}. It never enters the JVM: safe on any thread, under
   * any lock, in {@code atexit}, after {@code DestroyJavaVM}, in a critical section.
   */
  NATIVE,

  /**
   * A Java method behind an upcall stub. Safe while the JVM runs; a consumer that deletes while the
   * JVM exits, inside a critical downcall, or on a nearly full stack ends the process.
   */
  UPCALL
}
