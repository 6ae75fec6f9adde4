package org.dlpack4j.doctor;

import java.util.List;

/** What values of ONNX Runtime need: its jar, with its libraries inside. */
final class OnnxruntimeChecks {

  private static final String COORDINATES = "com.microsoft.onnxruntime:onnxruntime:1.29.0";

  static final List<Check> ALL =
      List.of(
          Jars.required("onnxruntime", "ai/onnxruntime/OrtEnvironment.class", COORDINATES),
          new Check("libonnxruntime.so", OnnxruntimeChecks::natives));

  private OnnxruntimeChecks() {}

  private static Verdict natives(Host host) {
    String platform = host.property("os.arch").equals("amd64") ? "linux-x64" : "linux-aarch64";
    String resource = "ai/onnxruntime/native/" + platform + "/libonnxruntime.so";
    return host.jarWith(resource)
        .map(jar -> Verdict.ok("in " + jar.getFileName()))
        .orElseGet(
            () ->
                Verdict.missing(
                    "no " + resource + " on the class path that was looked at",
                    "add " + COORDINATES + ", and look again with --class-path"));
  }
}
