package org.dlpack4j.py4j;

import org.dlpack4j.exporting.ExportedTable;
import org.dlpack4j.exporting.ExportedTensor;
import org.dlpack4j.exporting.TableExporter;
import org.dlpack4j.exporting.TensorExporter;
import org.dlpack4j.table.Table;

/** What this JVM fetches of what has a name: an export, which has a reference. Any thread. */
final class Fetches {

  private final Catalogue catalogue;

  Fetches(Catalogue catalogue) {
    this.catalogue = catalogue;
  }

  /**
   * A table, or a column as a table of one.
   *
   * @throws IllegalArgumentException if nothing has the name, or a tensor has it
   */
  ExportedTable table(String name) {
    Publication publication = retained(name);
    return switch (publication.object()) {
      case PublishedObject.OfTable found -> export(found.table(), publication);
      case PublishedObject.OfColumn found -> export(Table.of(found.column()), publication);
      case PublishedObject.OfTensor _ -> throw another(publication, "a table", "fetchTensor");
    };
  }

  private static ExportedTable export(Table table, Publication publication) {
    try {
      return TableExporter.export(table, publication.asOwner());
    } catch (Throwable e) {
      publication.release();
      throw e;
    }
  }

  /**
   * A tensor.
   *
   * @throws IllegalArgumentException if nothing has the name, or a table or a column has it
   */
  ExportedTensor tensor(String name) {
    Publication publication = retained(name);
    if (!(publication.object() instanceof PublishedObject.OfTensor tensor)) {
      throw another(publication, "a tensor", "fetch");
    }
    try {
      return TensorExporter.export(tensor.view(), publication.asOwner());
    } catch (Throwable e) {
      publication.release();
      throw e;
    }
  }

  private Publication retained(String name) {
    Publication publication = catalogue.retained(name);
    if (publication == null) {
      throw new IllegalArgumentException(
          "name: expected one of %s but found %s".formatted(catalogue.names(), name));
    }
    return publication;
  }

  private static IllegalArgumentException another(
      Publication publication, String expected, String method) {
    publication.release();
    return new IllegalArgumentException(
        "name: expected that of %s but found %s; use %s".formatted(expected, publication, method));
  }
}
