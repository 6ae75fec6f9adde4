package org.dlpack4j.internal;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * What a person calls an owner. Taken from its class and never from the owner, which may have been
 * released by the time that somebody asks.
 */
public final class OwnerKind {

  private static final String LAMBDA = "$$Lambda";

  private OwnerKind() {}

  /** The name of all owners of a class; what they wrap is added to it. */
  @Retention(RetentionPolicy.RUNTIME)
  @Target(ElementType.TYPE)
  public @interface Named {
    /**
     * The name.
     *
     * @return a word or two
     */
    String value();
  }

  /** An owner that is not much without another object; that must never change. */
  public interface Wrapping {
    /**
     * What a person wants to hear of.
     *
     * @return another owner, or an action
     */
    Object wrapped();
  }

  /**
   * The kind of an owner.
   *
   * @param owner an owner, or an action that is one
   * @return such as {@code arena}, {@code shared native}, {@code lambda in Plugin}
   */
  public static String of(Object owner) {
    if (owner instanceof Wrapping wrapping) {
      Named named = owner.getClass().getAnnotation(Named.class);
      String kind = of(wrapping.wrapped());
      return named == null ? kind : named.value() + " " + kind;
    }
    return of(owner.getClass());
  }

  /**
   * The kind of all owners of a class that wraps nothing.
   *
   * @param type the class
   * @return what it is named, or its name without the package
   */
  public static String of(Class<?> type) {
    Named named = type.getAnnotation(Named.class);
    if (named != null) {
      return named.value();
    }
    String name = type.getName();
    int lambda = name.indexOf(LAMBDA);
    String simple = name.substring(name.lastIndexOf('.') + 1);
    return lambda < 0
        ? simple
        : "lambda in " + name.substring(name.lastIndexOf('.', lambda) + 1, lambda);
  }
}
