package org.dlpack4j.it.datalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.dlpack4j.exporting.ExportedTable;
import org.dlpack4j.foreign.Libtorch;
import org.dlpack4j.importing.ImportedTable;
import org.dlpack4j.importing.TableImporter;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** libtorch at both ends: its tensors are the facts, and it works on the results. */
class LibtorchFactsTest {

  private static final Program PROGRAM =
      Program.parse(
          """
          relation edge(src: number, dst: number).
          relation tc(src: number, dst: number).
          tc(x, y) :- edge(x, y).
          tc(x, z) :- tc(x, y), edge(y, z).
          """);

  private static Libtorch libtorch;

  @BeforeAll
  static void loadLibtorch() throws IOException {
    Optional<Libtorch> found = Libtorch.loadFromClassPath(Path.of("target/libtorch"));
    assumeTrue(found.isPresent(), "libtorch's natives are published for x86-64 Linux only");
    libtorch = found.get();
  }

  @Test
  void theColumnsOfAMatrixBecomeAClosureWhichLibtorchSums() {
    int nodes = 50; // on a line: 0 reaches 1 to 49, 1 reaches 2 to 49, and so on
    try (Libtorch.Tensor made = line(nodes);
        ImportedTable edges =
            TableImporter.versioned()
                .adopt(
                    PROGRAM.schema("edge"),
                    column(made, nodes - 1, 0),
                    column(made, nodes - 1, 1));
        Database database = PROGRAM.evaluate(Map.of("edge", edges))) {
      assertThat(edges.column("dst").data().view().dataAddress())
          .isEqualTo(made.dataPointer() + Long.BYTES);
      ExportedTable closure = database.export("tc");
      long address = closure.table().column("dst").data().dataAddress();
      assertThat(closure.table().rows()).isEqualTo(nodes * (nodes - 1) / 2);

      long[] managed = closure.transferOutAddresses();
      try (Libtorch.Tensor src = libtorch.fromDlpackVersioned(managed[0]);
          Libtorch.Tensor dst = libtorch.fromDlpackVersioned(managed[1])) {
        assertThat(dst.dataPointer()).isEqualTo(address);
        assertThat(src.sum()).isEqualTo(sumOfSources(nodes));
        // What goes from i to j goes from n - 1 - j to n - 1 - i on the line turned round.
        assertThat(src.sum() + dst.sum()).isEqualTo((nodes - 1.0) * nodes * (nodes - 1) / 2);
      }
    }
  }

  private static double sumOfSources(int nodes) {
    double sum = 0;
    for (int from = 0; from < nodes; from++) {
      sum += (double) from * (nodes - 1 - from);
    }
    return sum;
  }

  /** Pairs of a node and the next one, row by row. */
  private static Libtorch.Tensor line(int nodes) {
    long[] shape = {nodes - 1L, 2};
    Libtorch.Tensor tensor = libtorch.empty("int64", shape, new long[] {2, 1});
    long[] pairs = new long[2 * (nodes - 1)];
    for (int i = 0; i < pairs.length; i++) {
      pairs[i] = (i + 1L) / 2;
    }
    MemorySegment.ofAddress(tensor.dataPointer())
        .reinterpret((long) pairs.length * Long.BYTES)
        .copyFrom(MemorySegment.ofArray(pairs));
    return tensor;
  }

  /** A column of a matrix as a tensor of its own, which keeps the matrix alive. */
  private static MemorySegment column(Libtorch.Tensor matrix, int rows, int column) {
    try (Libtorch.Tensor view = matrix.view(new long[] {rows}, new long[] {2}, column)) {
      return MemorySegment.ofAddress(libtorch.toDlpackVersioned(view));
    }
  }
}
