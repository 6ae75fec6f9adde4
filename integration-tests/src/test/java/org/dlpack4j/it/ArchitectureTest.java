package org.dlpack4j.it;

import static com.tngtech.archunit.lang.conditions.ArchConditions.accessTargetWhere;
import static com.tngtech.archunit.lang.conditions.ArchConditions.be;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.GeneralCodingRules;
import java.util.Set;
import org.jspecify.annotations.NullMarked;

/** What holds for every module that users get, and the arrows between the modules. */
@AnalyzeClasses(packages = "org.dlpack4j", importOptions = ArchitectureTest.Product.class)
class ArchitectureTest {

  /** Everything but this module. */
  static final class Product implements ImportOption {
    @Override
    public boolean includes(Location location) {
      return !location.contains("integration-tests");
    }
  }

  /** The methods that the JDK calls restricted, and those that load libraries. */
  private static final Set<String> RESTRICTED =
      Set.of(
          "java.lang.foreign.MemorySegment.reinterpret",
          "java.lang.foreign.Linker.downcallHandle",
          "java.lang.foreign.Linker.upcallStub",
          "java.lang.foreign.SymbolLookup.libraryLookup",
          "java.lang.foreign.AddressLayout.withTargetLayout",
          "java.lang.ModuleLayer$Controller.enableNativeAccess",
          "java.lang.System.load",
          "java.lang.System.loadLibrary",
          "java.lang.Runtime.load",
          "java.lang.Runtime.loadLibrary");

  @ArchTest
  static final ArchRule theCoreKnowsNoOtherModule =
      noClasses()
          .that()
          .resideInAnyPackage(
              "org.dlpack4j",
              "org.dlpack4j.abi..",
              "org.dlpack4j.copying..",
              "org.dlpack4j.elements..",
              "org.dlpack4j.exchange..",
              "org.dlpack4j.exporting..",
              "org.dlpack4j.importing..",
              "org.dlpack4j.internal..",
              "org.dlpack4j.memory..",
              "org.dlpack4j.spi..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "org.dlpack4j.arrow..",
              "org.dlpack4j.cuda..",
              "org.dlpack4j.cudasim..",
              "org.dlpack4j.cudf..",
              "org.dlpack4j.py4j..",
              "org.dlpack4j.shim..");

  @ArchTest
  static final ArchRule adaptersDoNotKnowEachOther =
      noClasses()
          .that()
          .resideInAPackage("org.dlpack4j.py4j..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.dlpack4j.arrow..", "org.dlpack4j.shim..", "py4j..");

  @ArchTest
  static final ArchRule onlyCudfKnowsAnotherAdapter =
      noClasses()
          .that()
          .resideInAPackage("org.dlpack4j.cudf..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "org.dlpack4j.arrow..",
              "org.dlpack4j.cudasim..",
              "org.dlpack4j.internal..",
              "org.dlpack4j.py4j..",
              "org.dlpack4j.shim..");

  @ArchTest
  static final ArchRule cudaKnowsNoOtherAdapter =
      noClasses()
          .that()
          .resideInAPackage("org.dlpack4j.cuda..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "org.dlpack4j.arrow..",
              "org.dlpack4j.cudasim..",
              "org.dlpack4j.cudf..",
              "org.dlpack4j.py4j..",
              "org.dlpack4j.shim..");

  @ArchTest
  static final ArchRule whatComesOverASocketIsParsedByThatAlone =
      noClasses()
          .that()
          .resideInAPackage("org.dlpack4j.py4j.wire..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "org.dlpack4j.py4j", "org.dlpack4j.internal..", "org.dlpack4j.memory..");

  @ArchTest
  static final ArchRule theShimKnowsOnlyTheServiceOfTheCore =
      noClasses()
          .that()
          .resideInAPackage("org.dlpack4j.shim..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "org.dlpack4j",
              "org.dlpack4j.abi..",
              "org.dlpack4j.copying..",
              "org.dlpack4j.elements..",
              "org.dlpack4j.exchange..",
              "org.dlpack4j.exporting..",
              "org.dlpack4j.importing..",
              "org.dlpack4j.internal..",
              "org.dlpack4j.memory..");

  @ArchTest
  static final ArchRule restrictedCallsAreInternal =
      noClasses()
          .that()
          .resideOutsideOfPackage("..internal..")
          .should(
              accessTargetWhere(
                  DescribedPredicate.describe("it is restricted", ArchitectureTest::isRestricted)));

  @ArchTest
  static final ArchRule criticalCallsAreNeverMade =
      noClasses()
          .should(
              accessTargetWhere(
                  DescribedPredicate.describe(
                      "it is Linker.Option.critical",
                      access -> isTarget(access, "java.lang.foreign.Linker$Option.critical"))));

  private static boolean isRestricted(JavaAccess<?> access) {
    return RESTRICTED.stream().anyMatch(method -> isTarget(access, method));
  }

  private static boolean isTarget(JavaAccess<?> access, String method) {
    return method.equals(access.getTargetOwner().getFullName() + "." + access.getName());
  }

  @ArchTest
  static final ArchRule publicTypesSayWhatMayBeNull =
      classes()
          .that()
          .arePublic()
          .and()
          .areTopLevelClasses()
          .should(
              be(
                  DescribedPredicate.<JavaClass>describe(
                      "in a @NullMarked package",
                      type -> type.getPackage().isAnnotatedWith(NullMarked.class))));

  @ArchTest
  static final ArchRule nothingIsPrinted =
      GeneralCodingRules.NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS;
}
