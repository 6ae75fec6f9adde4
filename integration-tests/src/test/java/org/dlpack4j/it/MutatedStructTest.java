package org.dlpack4j.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import org.dlpack4j.DataType;
import org.dlpack4j.abi.Flavour;
import org.dlpack4j.importing.ImportedTensor;
import org.dlpack4j.importing.TensorImporter;
import org.dlpack4j.it.child.MutatedStruct;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Producers that change what they have given away. */
@Tag("abuse-18")
class MutatedStructTest {

  @Test
  void oneSnapshotDecidesWhileTheStructChanges() {
    assertThat(ChildJvm.of(MutatedStruct.class).runsWell().output()).endsWith("survived\n");
  }

  @Test
  void whatChangesAfterTheAdoptionChangesNothing() {
    MemorySegment data = HostileProducer.mapOf((byte) 1, (byte) 2, (byte) 3, (byte) 4);
    HostileTensor tensor = HostileFields.of(Flavour.VERSIONED, data, DataType.INT8, 2, 2).make();
    ImportedTensor imported = TensorImporter.versioned().adopt(tensor.managed());

    long deleter = Flavour.VERSIONED.deleter();
    tensor.struct().asSlice(0, deleter).fill((byte) 0xDB);
    tensor.struct().asSlice(deleter).fill((byte) 0xDB);

    assertThat(imported.view().layout().shape()).containsExactly(2, 2);
    assertThat(imported.elements().toByteArray()).containsExactly(1, 2, 3, 4);
    assertThat(imported.isReadOnly()).isFalse();
    imported.close();
    assertThat(tensor.deletes()).isOne();
  }
}
