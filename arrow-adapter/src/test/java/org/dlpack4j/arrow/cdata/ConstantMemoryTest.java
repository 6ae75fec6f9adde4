package org.dlpack4j.arrow.cdata;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.dlpack4j.internal.Memory;
import org.junit.jupiter.api.Test;

/** The ones and zeros that all imports share. */
class ConstantMemoryTest {

  @Test
  void onesAreOnesToTheLastByte() {
    for (long bytes : new long[] {1, 100, 64 << 10, (64 << 10) + 1, 3 << 20}) {
      long address = ConstantMemory.ones(bytes);
      assertThat(Memory.ALL.asSlice(address, bytes).toArray(JAVA_BYTE)).containsOnly(0xFF);
    }
  }

  @Test
  void onesThatWereGivenStayWhereTheyAre() {
    long few = ConstantMemory.ones(10);
    long many = ConstantMemory.ones(9 << 20);
    assertThat(Memory.ALL.get(JAVA_LONG, few)).isEqualTo(-1);
    assertThat(ConstantMemory.isOnes(few)).isTrue();
    assertThat(ConstantMemory.isOnes(many + (9 << 20) - 1)).isTrue();
    assertThat(ConstantMemory.ones(10)).isEqualTo(many);
    assertThat(ConstantMemory.isOnes(ConstantMemory.ZEROS)).isFalse();
  }

  @Test
  void noOnesAreStillAtAnAddress() {
    assertThat(ConstantMemory.ones(0)).isNotZero();
  }

  @Test
  void zerosAreZeros() {
    assertThat(Memory.ALL.asSlice(ConstantMemory.ZEROS, 64).toArray(JAVA_BYTE)).containsOnly(0);
  }

  @Test
  void onesCannotBeWritten() throws IOException {
    long address = ConstantMemory.ones(1);
    List<String> maps = Files.readAllLines(Path.of("/proc/self/maps"));
    assertThat(maps)
        .filteredOn(line -> line.startsWith(Long.toHexString(address) + "-"))
        .singleElement()
        .asString()
        .contains(" r--s ");
  }
}
