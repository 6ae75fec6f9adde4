package org.dlpack4j.table;

import java.util.List;
import java.util.Optional;
import org.dlpack4j.DataType;

/**
 * What a schema says of a column.
 *
 * @param name the column's
 * @param type what its values mean
 * @param storage the type of its data's elements; empty where there are only children
 * @param nullable whether rows may be null
 * @param children as the type asks for, in order
 */
public record Field(
    String name,
    LogicalType type,
    Optional<DataType> storage,
    boolean nullable,
    List<Field> children) {

  /**
   * Checks that the parts fit each other.
   *
   * @throws IllegalArgumentException if they do not
   */
  public Field {
    children = List.copyOf(children);
    if (storage.isPresent() != type.form().hasData() || !storage.map(type::accepts).orElse(true)) {
      throw new IllegalArgumentException(
          "field %s: expected a storage of %s but found %s"
              .formatted(name, type, storage.map(DataType::toString).orElse("none")));
    }
    if (nullable && !type.form().hasValidity()) {
      throw new IllegalArgumentException(
          "field %s: expected no nulls of its own of %s, but found it nullable; let its children be"
              .formatted(name, type));
    }
    if (!Columns.areNone(type, children)) {
      Columns.checkChildren("field " + name, type, children);
    }
  }

  /**
   * Numbers that are never null.
   *
   * @param name the column's
   * @param storage what they are
   * @return the field
   */
  public static Field number(String name, DataType storage) {
    return of(name, new LogicalType.Numeric(), storage);
  }

  /**
   * Ids of names, as uint32, that are never null.
   *
   * @param name the column's
   * @return the field
   */
  public static Field symbol(String name) {
    return of(name, new LogicalType.Symbol(), DataType.UINT32);
  }

  /**
   * UTF-8 that is never null.
   *
   * @param name the column's
   * @return the field
   */
  public static Field text(String name) {
    return of(name, new LogicalType.Text(), DataType.UINT8);
  }

  /**
   * Values with a tensor of their own, never null.
   *
   * @param name the column's
   * @param type what they mean
   * @param storage the type of the data's elements
   * @return the field
   * @throws IllegalArgumentException if the type cannot be stored so
   */
  public static Field of(String name, LogicalType type, DataType storage) {
    return new Field(name, type, Optional.of(storage), false, List.of());
  }

  /**
   * Lists that are never null.
   *
   * @param name the column's
   * @param element what they are of
   * @return the field
   */
  public static Field list(String name, Field element) {
    return new Field(name, new LogicalType.ListOf(), Optional.empty(), false, List.of(element));
  }

  /**
   * Structs that are never null.
   *
   * @param name the column's
   * @param members what each is made of
   * @return the field
   * @throws IllegalArgumentException if two members have one name
   */
  public static Field struct(String name, Field... members) {
    return new Field(name, new LogicalType.Struct(), Optional.empty(), false, List.of(members));
  }

  /**
   * The same, but rows may be null.
   *
   * @return the field
   */
  public Field orNull() {
    return new Field(name, type, storage, true, children);
  }

  /**
   * The same under another name.
   *
   * @param newName the name
   * @return the field
   */
  public Field withName(String newName) {
    return new Field(newName, type, storage, nullable, children);
  }

  /** Such as {@code src uint32 Symbol or null}. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(name);
    storage.ifPresent(stored -> text.append(' ').append(stored));
    if (!(type instanceof LogicalType.Numeric)) {
      text.append(' ').append(type);
    }
    if (!children.isEmpty()) {
      text.append(children);
    }
    return text.append(nullable ? " or null" : "").toString();
  }
}
