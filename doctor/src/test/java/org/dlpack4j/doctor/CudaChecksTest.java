package org.dlpack4j.doctor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.dlpack4j.doctor.FakeHost.answer;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is made of the driver's answers. */
class CudaChecksTest {

  private final FakeHost host = new FakeHost();

  @Test
  void aDriverWithGpusIsWell() throws InterruptedException {
    assertThat(verdict("libcuda.so.1").state()).isEqualTo(State.OK);
    assertThat(verdict("driver").found()).isEqualTo("for CUDA up to 13.1");
    assertThat(verdict("GPUs").found()).isEqualTo("1: Fake GPU, GPU-0");
    assertThat(verdict("libnvrtc").found()).isEqualTo("libnvrtc.so.13");
  }

  @Test
  void noDriverIsTheLoadersReason() throws InterruptedException {
    host.cuda = answer(0, "library-fault\tlibcuda.so.1: cannot open shared object file");

    assertThat(verdict("libcuda.so.1").state()).isEqualTo(State.MISSING);
    assertThat(verdict("libcuda.so.1").found()).contains("cannot open shared object file");
    assertThat(verdict("driver").state()).isEqualTo(State.MISSING);
    assertThat(verdict("GPUs").fix()).startsWith("make the driver work first");
    assertThat(verdict("libnvrtc").state()).isEqualTo(State.NOT_NEEDED);
  }

  @Test
  void aDriverThatRefusesIsBroken() throws InterruptedException {
    host.cuda = answer(0, "version\t12080", "fault\tcuInit: CUDA_ERROR_NO_DEVICE");

    assertThat(verdict("libcuda.so.1").state()).isEqualTo(State.OK);
    assertThat(verdict("driver").state()).isEqualTo(State.BROKEN);
    assertThat(verdict("driver").found()).isEqualTo("cuInit: CUDA_ERROR_NO_DEVICE");
    assertThat(verdict("driver").fix()).contains("nvidia-smi");
    assertThat(host.verdict(Adapter.CUDF, "driver for cudf").state()).isEqualTo(State.MISSING);
  }

  @Test
  void aDriverThatCrashesOrHangsIsBroken() throws InterruptedException {
    host.cuda = answer(134, "version\t12080");
    assertThat(verdict("driver").state()).isEqualTo(State.BROKEN);
    assertThat(verdict("driver").found()).endsWith("ended with exit code 134");

    host.cuda = new Answer(137, true, List.of("version\t12080"));
    assertThat(verdict("driver").state()).isEqualTo(State.BROKEN);
    assertThat(verdict("driver").found()).endsWith("did not answer in time");
  }

  @Test
  void gpusMayBeHidden() throws InterruptedException {
    host.cuda = answer(0, "version\t13000");

    assertThat(verdict("GPUs").state()).isEqualTo(State.MISSING);
    assertThat(verdict("GPUs").fix()).contains("CUDA_VISIBLE_DEVICES");
  }

  @Test
  void whatTheDriverDoesWithAGpuIsSaidOneByOne() throws InterruptedException {
    assertThat(verdict("unified addresses").state()).isEqualTo(State.OK);
    assertThat(verdict("shared by handle").found()).isEqualTo("exported");

    host.trials =
        answer(0, "works-descriptor\texported", "fault-handle\tcuIpcGetMemHandle: refused");
    assertThat(verdict("shared by descriptor").state()).isEqualTo(State.OK);
    assertThat(verdict("shared by handle").state()).isEqualTo(State.DEGRADED);
    assertThat(verdict("shared by handle").found())
        .isEqualTo("cuIpcGetMemHandle: refused: other processes get copies of ordinary memory");
    assertThat(verdict("shared by handle").fix()).contains("allocateShared");
  }

  @Test
  void aDriverThatHangsWhereItIsUsedIsWellOtherwise() throws InterruptedException {
    host.trials = new Answer(137, true, List.of());
    assertThat(verdict("driver").state()).isEqualTo(State.OK);
    assertThat(verdict("pinned memory").found())
        .startsWith("the process that tried it did not answer in time: ");
  }

  @Test
  void withoutAGpuNothingIsTried() throws InterruptedException {
    host.cuda = answer(0, "version\t13000");
    assertThat(verdict("shared by descriptor").state()).isEqualTo(State.MISSING);
    assertThat(verdict("shared by descriptor").found()).isEqualTo("not tried without a GPU");
  }

  @ParameterizedTest
  @CsvSource({"13000, OK", "12090, MISSING", "0, MISSING"})
  void cudfNeedsANewDriver(int version, State state) throws InterruptedException {
    host.cuda = answer(0, "version\t" + version);

    assertThat(host.verdict(Adapter.CUDF, "driver for cudf").state()).isEqualTo(state);
  }

  private Verdict verdict(String check) throws InterruptedException {
    return host.verdict(Adapter.CUDA, check);
  }
}
