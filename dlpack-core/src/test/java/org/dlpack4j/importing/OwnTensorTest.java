package org.dlpack4j.importing;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import org.dlpack4j.DataType;
import org.dlpack4j.Owner;
import org.dlpack4j.TensorLayout;
import org.dlpack4j.TensorView;
import org.dlpack4j.exporting.Exports;
import org.dlpack4j.exporting.TensorExporter;
import org.dlpack4j.exporting.WithExports;
import org.junit.jupiter.api.Test;

/** What we export we can import. */
@WithExports
class OwnTensorTest {

  @Test
  void comesBackAsItWentAndReleasesItsOwnerWhenClosed() throws InterruptedException {
    Arena arena = Arena.ofShared();
    MemorySegment memory = arena.allocateFrom(ValueLayout.JAVA_INT, 1, 2, 3, 4, 5, 6);
    Owner owner = Owner.closing(arena);
    TensorLayout layout = TensorLayout.contiguous(2, 3).transpose().slice(0, 2, -1, -1);
    TensorView view = TensorView.of(memory, DataType.INT32, layout);

    try (ImportedTensor tensor =
        TensorImporter.versioned().adopt(TensorExporter.export(view, owner).transferOut())) {
      assertThat(tensor.view().dataAddress()).isEqualTo(view.dataAddress());
      assertThat(tensor.elements().toIntArray()).containsExactly(3, 6, 2, 5, 1, 4);
      assertThat(tensor.firstElementOffset()).isEqualTo(8);
      assertThat(arena.scope().isAlive()).isTrue();
    }
    assertThat(Exports.awaitReleased(owner, Duration.ofSeconds(10))).isTrue();
    assertThat(arena.scope().isAlive()).isFalse();
  }
}
