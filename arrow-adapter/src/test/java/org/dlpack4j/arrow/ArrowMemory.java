package org.dlpack4j.arrow;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** Gives each test an allocator, of which nothing may be left when the test ends. */
final class ArrowMemory implements BeforeEachCallback, AfterEachCallback, ParameterResolver {

  static final Duration PATIENCE = Duration.ofSeconds(20);

  private static final ExtensionContext.Namespace HERE =
      ExtensionContext.Namespace.create(ArrowMemory.class);

  @Override
  public void beforeEach(ExtensionContext context) {
    context.getStore(HERE).put("allocator", new RootAllocator());
  }

  @Override
  public void afterEach(ExtensionContext context) throws InterruptedException {
    BufferAllocator allocator = allocator(context);
    assertThat(ArrowExports.awaitReleased(allocator, PATIENCE))
        .as("outstanding: %s", ArrowExports.outstanding(allocator))
        .isTrue();
    assertThat(allocator.getAllocatedMemory()).as("left in the allocator").isZero();
    allocator.close();
  }

  private static BufferAllocator allocator(ExtensionContext context) {
    return context.getStore(HERE).get("allocator", BufferAllocator.class);
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == BufferAllocator.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return allocator(context);
  }
}
