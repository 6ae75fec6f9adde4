package org.dlpack4j.arrow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.memory.util.AssertionUtil;
import org.apache.arrow.vector.IntVector;
import org.dlpack4j.exporting.Exports;
import org.dlpack4j.importing.TensorImporter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Allocators and what consumers have of them. Run twice, with assertions and without: Arrow checks
 * its allocators with them only.
 */
class ArrowExportsTest {

  private static final Duration AT_ONCE = Duration.ofMillis(1);
  private static final boolean ASSERTIONS =
      !"false".equals(System.getProperty("org.dlpack4j.arrow.assertions"));

  private static final Logger LOGGER = Logger.getLogger("org.dlpack4j");

  private final BufferAllocator root = new RootAllocator();
  private final BufferAllocator allocator = root.newChildAllocator("prices", 0, Long.MAX_VALUE);

  /** Of releases that failed; what else is said is not looked at. */
  private final List<LogRecord> log = new CopyOnWriteArrayList<>();

  private final Handler handler =
      new Handler() {
        @Override
        public void publish(LogRecord message) {
          if (message.getThrown() != null) {
            log.add(message);
          }
        }

        @Override
        public void flush() {
          // Nothing is held back.
        }

        @Override
        public void close() {
          // Nothing is open.
        }
      };

  @BeforeEach
  void listen() {
    LOGGER.addHandler(handler);
    LOGGER.setUseParentHandlers(false);
  }

  @AfterEach
  void listenNoMore() {
    LOGGER.setUseParentHandlers(true);
    LOGGER.removeHandler(handler);
  }

  /** A consumer's, of a vector that is closed already. */
  private static MemorySegment tensor(BufferAllocator allocator, String name) {
    try (IntVector vector = new IntVector(name, allocator)) {
      vector.allocateNew(100);
      for (int i = 0; i < 100; i++) {
        vector.set(i, i);
      }
      vector.setValueCount(100);
      return ArrowExporter.versioned().export(vector).transferOut();
    }
  }

  private static void delete(MemorySegment managed) {
    TensorImporter.versioned().discard(managed);
  }

  @Test
  void assertionsAreAsTheBuildSays() {
    assertThat(AssertionUtil.isAssertionsEnabled()).isEqualTo(ASSERTIONS);
  }

  @Test
  void whatConsumersHaveIsNamedUntilTheyDeleteIt() throws InterruptedException {
    MemorySegment bid = tensor(allocator, "bid");
    MemorySegment ask = tensor(allocator, "ask");
    MemorySegment other = tensor(root, "other");
    assertThat(ArrowExports.outstanding(allocator)).containsExactlyInAnyOrder("bid", "ask");
    assertThat(ArrowExports.outstanding(root)).containsExactlyInAnyOrder("bid", "ask", "other");
    assertThat(ArrowExports.awaitReleased(allocator, AT_ONCE)).isFalse();

    delete(bid);
    delete(ask);
    assertThat(ArrowExports.awaitReleased(allocator, ArrowMemory.PATIENCE)).isTrue();
    assertThat(ArrowExports.awaitReleased(root, AT_ONCE)).isFalse();
    assertThat(allocator.getAllocatedMemory()).isZero();
    delete(other);
    ArrowExports.close(allocator, ArrowMemory.PATIENCE);
    ArrowExports.close(root, ArrowMemory.PATIENCE);
  }

  @Test
  void anAllocatorStaysOpenWhileConsumersHaveItsMemory() throws InterruptedException {
    MemorySegment bid = tensor(allocator, "bid");
    assertThatIllegalStateException()
        .isThrownBy(() -> ArrowExports.close(allocator, AT_ONCE))
        .withMessage(
            "allocator prices: expected no exports but found [bid] after PT0.001S; have their"
                + " consumers delete them");
    allocator.buffer(8).close();

    delete(bid);
    ArrowExports.close(allocator, ArrowMemory.PATIENCE);
    ArrowExports.close(root, AT_ONCE);
    assertThat(log).isEmpty();
  }

  @Test
  void aThreadThatIsInterruptedLeavesTheAllocatorOpen() throws InterruptedException {
    MemorySegment bid = tensor(allocator, "bid");
    Thread.currentThread().interrupt();
    assertThatExceptionOfType(InterruptedException.class)
        .isThrownBy(() -> ArrowExports.close(allocator, ArrowMemory.PATIENCE));
    allocator.buffer(8).close();
    delete(bid);
    ArrowExports.close(allocator, ArrowMemory.PATIENCE);
    ArrowExports.close(root, AT_ONCE);
  }

  @Test
  void theExportsOfAnAllocatorThatWasClosedAllTheSameAreNamed() throws InterruptedException {
    MemorySegment bid = tensor(allocator, "bid");
    assertThatIllegalStateException().isThrownBy(allocator::close);

    assertThat(ArrowExports.outstanding(allocator)).containsExactly("bid");
    assertThat(ArrowExports.outstanding(root)).containsExactly("bid");
    assertThatIllegalStateException()
        .isThrownBy(() -> ArrowExports.close(allocator, AT_ONCE))
        .withMessageContaining("allocator prices: expected no exports but found [bid]");

    long failures = Exports.statistics().releaseFailures();
    delete(bid);
    assertThat(ArrowExports.awaitReleased(allocator, ArrowMemory.PATIENCE))
        .as("the consumer is done, whatever Arrow says")
        .isTrue();
    if (ASSERTIONS) {
      assertThat(Exports.statistics().releaseFailures()).isEqualTo(failures + 1);
      LogRecord warning = log.getFirst();
      assertThat(warning.getMessage()).contains("owner threw", "bid");
      assertThat(warning.getThrown())
          .hasMessage(
              "export of bid: expected allocator prices to be open until the export's end but found"
                  + " that it takes no memory back; close it by ArrowExports.close, which waits")
          .cause()
          .hasMessageContaining("allocator is closed");
    } else {
      assertThat(Exports.statistics().releaseFailures()).isEqualTo(failures);
      assertThat(allocator.getAllocatedMemory()).as("given back all the same").isZero();
      assertThat(log).isEmpty();
    }
  }
}
