package org.dlpack4j.doctor;

import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;

/**
 * Takes memory from sun.misc.Unsafe as Arrow does, in a process of its own: the JVM prints a
 * warning there, and this one's user has not asked for Arrow. By reflection, as javac warns of it
 * too.
 */
final class UnsafeProbe {

  static final String WORKS = "works";
  static final String FAULT = "fault";

  private UnsafeProbe() {}

  @SuppressWarnings("SystemOut") // The protocol.
  public static void main(String[] args) throws ReflectiveOperationException {
    Class<?> unsafe = Class.forName("sun.misc.Unsafe");
    Field field = unsafe.getDeclaredField("theUnsafe");
    field.setAccessible(true);
    Object theUnsafe = field.get(null);
    try {
      Object address = unsafe.getMethod("allocateMemory", long.class).invoke(theUnsafe, 8L);
      unsafe.getMethod("freeMemory", long.class).invoke(theUnsafe, address);
      System.out.println(WORKS + "\tyes");
    } catch (InvocationTargetException e) {
      System.out.println(FAULT + "\t" + e.getCause());
    }
  }
}
