package org.dlpack4j.it;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import org.dlpack4j.DataType;
import org.dlpack4j.abi.Flavour;
import org.dlpack4j.elements.TensorElements;
import org.dlpack4j.importing.ImportedTensor;
import org.dlpack4j.importing.ReusableTensor;
import org.dlpack4j.importing.TensorImporter;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Imported tensors that the wrong thread uses, or that native code uses when they are closed. */
class ImportedThreadsTest {

  private final HostileTensor tensor =
      HostileFields.of(
              Flavour.VERSIONED, HostileProducer.mapOf((byte) 1, (byte) 2), DataType.INT8, 2)
          .makeGuarded();

  @Tag("abuse-12")
  @Tag("abuse-14")
  @Test
  void aConfinedTensorStaysWithItsThread() throws Exception {
    ImportedTensor imported = TensorImporter.versioned().adopt(tensor.managed());
    TensorElements elements = imported.elements();
    MemorySegment segment = imported.segment();
    for (Callable<Object> use :
        List.<Callable<Object>>of(
            () -> {
              imported.close();
              return "closed";
            },
            imported::transferOut,
            imported::intoOwner,
            imported::view,
            imported::segment,
            imported::elements,
            () -> elements.getLong(0),
            elements::toByteArray,
            () -> segment.get(JAVA_BYTE, 0))) {
      assertThat(thrownElsewhere(use)).isInstanceOf(WrongThreadException.class);
      assertThat(tensor.deletes()).isZero();
    }
    assertThat(elements.getLong(1)).isEqualTo(2);
    imported.close();
    assertThat(tensor.deletes()).isOne();
    assertThat(thrownElsewhere(imported::transferOut)).isInstanceOf(WrongThreadException.class);
  }

  @Tag("abuse-12")
  @Tag("abuse-14")
  @Test
  void aReusableTensorStaysWithItsThread() throws Exception {
    ReusableTensor reusable = TensorImporter.versioned().reusable();
    reusable.adopt(tensor.address());
    for (Callable<Object> use :
        List.<Callable<Object>>of(
            () -> {
              reusable.close();
              return "closed";
            },
            reusable::transferOut,
            reusable::ndim,
            () -> reusable.getLong(0),
            () -> {
              reusable.adopt(tensor.address());
              return "adopted";
            })) {
      assertThat(thrownElsewhere(use))
          .isInstanceOf(WrongThreadException.class)
          .hasMessageContaining("which adopted it");
    }
    assertThat(reusable.isHeld()).isTrue();
    reusable.close();
    assertThat(tensor.deletes()).isOne();
  }

  private static Throwable thrownElsewhere(Callable<Object> use) throws InterruptedException {
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                use.call();
              } catch (Throwable e) {
                thrown.set(e);
              }
            });
    thread.start();
    thread.join();
    return thrown.get();
  }

  @Tag("abuse-14")
  @ParameterizedTest
  @EnumSource(
      value = ImportWay.class,
      names = {"CONFINED", "SHARED"})
  void aTensorThatNativeCodeIsUsingStaysHeld(ImportWay way) {
    ImportedTensor imported = way.adopt(TensorImporter.versioned(), tensor).imported();
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    HostileProducer.use(
        imported.segment(),
        () -> {
          try {
            imported.close();
          } catch (IllegalStateException e) {
            thrown.set(e);
          }
        });
    assertThat(thrown.get()).hasMessageContaining("acquired");
    assertThat(tensor.deletes()).isZero();
    assertThat(imported.elements().getLong(0)).isOne();
    imported.close();
    assertThat(tensor.deletes()).isOne();
  }
}
