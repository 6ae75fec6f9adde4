package org.dlpack4j.doctor;

import java.util.List;
import java.util.Optional;

/**
 * What NVIDIA's driver says of itself.
 *
 * @param libraryFault why its library cannot be loaded
 * @param version such as 13000 for CUDA 13.0; 0 if it did not say
 * @param fault why it cannot be used although it is there
 * @param gpus name and UUID of each
 * @param compiler the library that compiles CUDA C at run time, by name
 */
record CudaFacts(
    Optional<String> libraryFault,
    int version,
    Optional<String> fault,
    List<String> gpus,
    Optional<String> compiler) {

  /** Reads what {@link CudaProbe} says. */
  static CudaFacts of(Answer answer) {
    Optional<String> crash = answer.failure().map(how -> "the process that asked it " + how);
    return new CudaFacts(
        answer.value(CudaProbe.LIBRARY_FAULT),
        answer.value(CudaProbe.VERSION).map(Integer::parseInt).orElse(0),
        crash.or(() -> answer.value(CudaProbe.FAULT)),
        answer.values(CudaProbe.GPU),
        answer.value(CudaProbe.COMPILER));
  }

  /** Such as 13.0. */
  String versionText() {
    return version / 1000 + "." + version % 1000 / 10;
  }
}
