package org.dlpack4j.cudf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import ai.rapids.cudf.MemoryCleaner;
import ai.rapids.cudf.NativeDepsLoader;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.dlpack4j.cuda.Gpu;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * cuDF's own natives, over the driver of {@link Gpu}. After each test, cuDF's leak tracking knows
 * of no column that is open, and nothing is held of others.
 */
final class CudfNatives implements BeforeAllCallback, BeforeEachCallback, AfterEachCallback {

  private final Gpu gpu = new Gpu();

  @Override
  public void beforeAll(ExtensionContext context) {
    gpu.beforeAll(context);
    NativeDepsLoader.loadNativeDeps();
    assertThat(NativeDepsLoader.libraryLoaded()).isTrue();
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    gpu.beforeEach(context);
  }

  @Override
  public void afterEach(ExtensionContext context) throws Exception {
    gpu.afterEach(context);
    assertThat(openColumns()).as("columns that nobody has closed").isEmpty();
    CudfStatistics statistics = CudfMemory.statistics();
    assertThat(statistics.adoptedBytes()).isZero();
    assertThat(statistics.unspillableBytes()).isZero();
  }

  /** What cuDF's own leak tracking has, as it would be reported if it were collected. */
  static List<Object> openColumns() {
    try {
      Field all = MemoryCleaner.class.getDeclaredField("all");
      all.setAccessible(true);
      List<Object> open = new ArrayList<>();
      for (Object reference : ((Map<?, ?>) all.get(null)).values()) {
        Field cleaner = reference.getClass().getDeclaredField("cleaner");
        cleaner.setAccessible(true);
        Object state = cleaner.get(reference);
        if (state.getClass().getName().endsWith("ColumnVector$OffHeapState")) {
          open.add(state);
        }
      }
      return open;
    } catch (ReflectiveOperationException e) {
      return fail("cuDF's leak tracking is not where it was", e);
    }
  }
}
