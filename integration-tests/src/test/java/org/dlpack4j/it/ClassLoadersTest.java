package org.dlpack4j.it;

import static org.assertj.core.api.Assertions.assertThat;

import org.dlpack4j.exporting.DeleterKind;
import org.dlpack4j.it.child.ClassLoaders;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Several copies of the library in one JVM, as in application servers and Spark. */
@Tag("abuse-25")
class ClassLoadersTest {

  @ParameterizedTest
  @EnumSource(DeleterKind.class)
  void everyClassLoaderHasACopyThatWorks(DeleterKind deleter) {
    ChildProcess child = ChildJvm.of(deleter, ClassLoaders.class).runsWell();
    assertThat(child.output().lines()).hasSize(8).allMatch(line -> line.startsWith(deleter + ":"));
  }
}
