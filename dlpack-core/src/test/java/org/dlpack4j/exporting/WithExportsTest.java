package org.dlpack4j.exporting;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.Set;
import org.dlpack4j.exchange.ExchangeApi;
import org.junit.jupiter.api.parallel.ResourceLock;

/** A test that exports without saying so fails another one, once in a thousand runs. */
@AnalyzeClasses(packages = "org.dlpack4j", importOptions = ImportOption.OnlyIncludeTests.class)
class WithExportsTest {

  private static final Set<String> EXPORTERS =
      Set.of(
          TensorExporter.class.getName(),
          TableExporter.class.getName(),
          Exports.class.getName(),
          ExchangeApi.class.getName(),
          GlobalExports.class.getName());

  private static final DescribedPredicate<JavaClass> EXPORTING_TESTS =
      describe(
          "are tests that export",
          type ->
              outermost(type).getSimpleName().endsWith("Test")
                  && type.getMethodCallsFromSelf().stream()
                      .anyMatch(call -> EXPORTERS.contains(call.getTargetOwner().getName())));

  @ArchTest
  static final ArchRule everyTestThatExportsLocksTheExports =
      classes()
          .that(EXPORTING_TESTS)
          .should(
              new ArchCondition<>("have @WithExports, or lock the exports alone") {
                @Override
                public void check(JavaClass type, ConditionEvents events) {
                  JavaClass test = outermost(type);
                  events.add(
                      new SimpleConditionEvent(
                          test,
                          test.isAnnotatedWith(WithExports.class)
                              || test.isAnnotatedWith(
                                  describe(
                                      "the lock",
                                      a ->
                                          a.getRawType().isEquivalentTo(ResourceLock.class)
                                              && GlobalExports.LOCK.equals(
                                                  a.get("value").orElse("")))),
                          test.getFullName()));
                }
              });

  private static JavaClass outermost(JavaClass type) {
    return type.getEnclosingClass().map(WithExportsTest::outermost).orElse(type);
  }
}
