package org.dlpack4j.gpucheck;

import java.util.List;

/**
 * A module whose tests run on a GPU, too; bin/lib/bundle.sh knows the same ones.
 *
 * @param name its folder in the repository, and the name of its tests' jar in the bundle
 * @param needsCudf whether its tests run with cuDF only
 */
record TestedModule(String name, boolean needsCudf) {

  static final List<TestedModule> ALL =
      List.of(new TestedModule("cuda-adapter", false), new TestedModule("cudf-adapter", true));
}
