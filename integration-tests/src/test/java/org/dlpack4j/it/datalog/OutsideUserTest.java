package org.dlpack4j.it.datalog;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** That the engine has nothing of dlpack4j but what every user has. */
@AnalyzeClasses(packagesOf = Program.class)
class OutsideUserTest {

  @ArchTest
  static final ArchRule nobodyLooksInside =
      noClasses()
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "org.dlpack4j.internal..", "org.dlpack4j.spi..", "org.dlpack4j.shim..");

  @ArchTest
  static final ArchRule theEngineNeedsNeitherTheAbiNorForeignSoftware =
      noClasses()
          .that()
          .haveSimpleNameNotEndingWith("Test")
          .and()
          .doNotHaveSimpleName("ForeignFacts")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.dlpack4j.abi..", "org.dlpack4j.foreign..", "org.dlpack4j.it");
}
