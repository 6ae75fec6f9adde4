package org.dlpack4j.doctor;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;

/** The doctor knows of the others what users know, and calls into C in one package. */
@AnalyzeClasses(
    packages = "org.dlpack4j.doctor",
    importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

  @ArchTest
  static final ArchRule onlyPublicPackagesAreUsed =
      noClasses()
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.dlpack4j.internal..", "org.dlpack4j.shim..");

  /** Without one of these nothing can be linked. */
  @ArchTest
  static final ArchRule nativeCallsAreInternal =
      noClasses()
          .that()
          .resideOutsideOfPackage("org.dlpack4j.doctor.internal")
          .should()
          .dependOnClassesThat()
          .areAssignableTo(FunctionDescriptor.class)
          .orShould()
          .callMethod(MemorySegment.class, "reinterpret", long.class);

  @ArchTest
  static final ArchRule nativeCallsKnowNothingOfTheChecks =
      noClasses()
          .that()
          .resideInAPackage("org.dlpack4j.doctor.internal")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.dlpack4j.doctor");
}
