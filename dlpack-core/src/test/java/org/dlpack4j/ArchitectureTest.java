package org.dlpack4j;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;

/** The packages of this module. What holds for every module is tested in integration-tests. */
@AnalyzeClasses(packages = "org.dlpack4j", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

  private static final String OURS = "org.dlpack4j..";

  @ArchTest static final ArchRule internalDependsOnNothingOfOurs = dependsOnNothingElse("internal");

  @ArchTest static final ArchRule abiDependsOnNothingOfOurs = dependsOnNothingElse("abi");

  @ArchTest static final ArchRule spiDependsOnNothingOfOurs = dependsOnNothingElse("spi");

  private static ArchRule dependsOnNothingElse(String name) {
    String itself = "org.dlpack4j." + name + "..";
    return noClasses()
        .that()
        .resideInAPackage(itself)
        .should()
        .dependOnClassesThat(
            JavaClass.Predicates.resideInAPackage(OURS).and(resideOutsideOfPackage(itself)));
  }

  @ArchTest
  static final ArchRule theVocabularyKnowsNothingOfExporting =
      noClasses()
          .that()
          .resideInAPackage("org.dlpack4j")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.dlpack4j.exporting..", "org.dlpack4j.spi..");

  @ArchTest
  static final ArchRule packagesHaveNoCycles =
      slices()
          .assignedFrom(
              new SliceAssignment() {
                @Override
                public SliceIdentifier getIdentifierOf(JavaClass javaClass) {
                  return SliceIdentifier.of(javaClass.getPackageName());
                }

                @Override
                public String getDescription() {
                  return "packages";
                }
              })
          .should()
          .beFreeOfCycles();
}
