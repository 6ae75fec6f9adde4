package org.dlpack4j.cudf;

import static org.assertj.core.api.Assertions.assertThat;

import ai.rapids.cudf.RmmArenaMemoryResource;
import ai.rapids.cudf.RmmCudaAsyncMemoryResource;
import ai.rapids.cudf.RmmCudaMemoryResource;
import ai.rapids.cudf.RmmDeviceMemoryResource;
import ai.rapids.cudf.RmmLimitingResourceAdaptor;
import ai.rapids.cudf.RmmManagedMemoryResource;
import ai.rapids.cudf.RmmPoolMemoryResource;
import ai.rapids.cudf.RmmTrackingResourceAdaptor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarFile;
import org.dlpack4j.cuda.Gpu;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** How RMM allocates is told by the classes of its resources. */
@ExtendWith(CudfNatives.class)
class RmmModeTest {

  /** A resource that cuDF's next release adds, drops or renames is to be looked at here. */
  @Test
  void theResourcesOfCudfAreThoseThatAreKnown() throws IOException {
    assertThat(resourcesInTheJar())
        .containsExactlyInAnyOrder(
            "RmmDeviceMemoryResource",
            "RmmCudaMemoryResource",
            "RmmCudaAsyncMemoryResource",
            "RmmManagedMemoryResource",
            "RmmPoolMemoryResource",
            "RmmArenaMemoryResource",
            "RmmWrappingDeviceMemoryResource",
            "RmmEventHandlerResourceAdaptor",
            "RmmLimitingResourceAdaptor",
            "RmmLoggingResourceAdaptor",
            "RmmTrackingResourceAdaptor");
  }

  private static List<String> resourcesInTheJar() throws IOException {
    String own =
        RmmDeviceMemoryResource.class.getProtectionDomain().getCodeSource().getLocation().getPath();
    List<String> found = new ArrayList<>();
    try (JarFile jar = new JarFile(own)) {
      for (var entry : jar.stream().toList()) {
        String name = entry.getName().replace('/', '.').replaceFirst("\\.class$", "");
        if (name.startsWith("ai.rapids.cudf.Rmm") && isResource(name)) {
          found.add(name.substring("ai.rapids.cudf.".length()));
        }
      }
    }
    return found;
  }

  private static boolean isResource(String name) {
    try {
      Class<?> type = Class.forName(name, false, RmmModeTest.class.getClassLoader());
      return RmmDeviceMemoryResource.class.isAssignableFrom(type);
    } catch (ClassNotFoundException e) {
      throw new AssertionError(name, e);
    }
  }

  @Test
  void everyResourceHasItsMode() {
    assertThat(RmmMode.of(null)).isEqualTo(RmmMode.NONE);
    assertMode(RmmMode.CUDA, new RmmCudaMemoryResource());
    assertMode(RmmMode.MANAGED, new RmmManagedMemoryResource());
    assertMode(RmmMode.POOL, new RmmPoolMemoryResource<>(new RmmCudaMemoryResource(), 0, 256));
    assertMode(RmmMode.OTHER, new Unknown());
  }

  @Test
  void theDriversPoolAndArenasHaveTheirs() {
    Gpu.requireReal("expected a GPU, as cuDF asks it for its memory, but found none");
    assertMode(RmmMode.ASYNC, new RmmCudaAsyncMemoryResource(1 << 20, 1 << 20));
    assertMode(
        RmmMode.POOL, new RmmArenaMemoryResource<>(new RmmCudaMemoryResource(), 1 << 20, false));
  }

  @Test
  void adaptorsAreLookedThrough() {
    var limited = new RmmLimitingResourceAdaptor<>(new RmmManagedMemoryResource(), 256, 256);
    assertMode(RmmMode.MANAGED, new RmmTrackingResourceAdaptor<>(limited, 256));
  }

  /** No other process maps managed memory, which a pool of it does not change. */
  @Test
  void aPoolOfManagedMemoryIsManaged() {
    assertMode(
        RmmMode.MANAGED, new RmmPoolMemoryResource<>(new RmmManagedMemoryResource(), 0, 256));
  }

  private static void assertMode(RmmMode mode, RmmDeviceMemoryResource resource) {
    try (resource) {
      assertThat(RmmMode.of(resource)).isEqualTo(mode);
    }
  }

  /** What a program brings itself. */
  private record Unknown() implements RmmDeviceMemoryResource {

    @Override
    public long getHandle() {
      return 0;
    }

    @Override
    public void close() {}
  }
}
