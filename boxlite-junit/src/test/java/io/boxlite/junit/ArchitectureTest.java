package io.boxlite.junit;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import io.boxlite.junit.internal.BoxExtension;
import io.boxlite.junit.internal.EnabledIfBoxliteCondition;

/**
 * The layers of this module.
 *
 * <p>One dependency points upwards, and has to: an annotation that registers its extension names
 * the extension's class, which in turn reads the annotation. JUnit and Testcontainers keep both in
 * one package for that reason. Here {@link Box} and {@link EnabledIfBoxlite} may name their
 * extensions in {@code @ExtendWith}, and nothing else of the API may know an internal class. So the
 * extension stays out of the package that users see.
 */
@AnalyzeClasses(packages = "io.boxlite.junit", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  private static final DescribedPredicate<JavaClass> REGISTERED_EXTENSION =
      JavaClass.Predicates.belongToAnyOf(BoxExtension.class, EnabledIfBoxliteCondition.class);

  private static final SliceAssignment PACKAGES =
      new SliceAssignment() {
        @Override
        public SliceIdentifier getIdentifierOf(JavaClass type) {
          return type.getPackageName().startsWith("io.boxlite.junit")
              ? SliceIdentifier.of(type.getPackageName())
              : SliceIdentifier.ignore();
        }

        @Override
        public String getDescription() {
          return "packages of this module";
        }
      };

  @ArchTest
  static final ArchRule layers =
      layeredArchitecture()
          .consideringOnlyDependenciesInLayers()
          .layer("extension")
          .definedBy("io.boxlite.junit.internal")
          .layer("sharing")
          .definedBy("io.boxlite.junit.internal.sharing")
          .layer("declaration")
          .definedBy("io.boxlite.junit.internal.declaration")
          .layer("API")
          .definedBy("io.boxlite.junit")
          .layer("assertions")
          .definedBy("io.boxlite.junit.assertions")
          .layer("report")
          .definedBy("io.boxlite.junit.internal.report")
          .whereLayer("extension")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("sharing")
          .mayOnlyBeAccessedByLayers("extension")
          .whereLayer("declaration")
          .mayOnlyBeAccessedByLayers("extension", "sharing")
          .whereLayer("API")
          .mayOnlyBeAccessedByLayers("extension", "sharing", "declaration")
          .whereLayer("assertions")
          .mayOnlyBeAccessedByLayers("API")
          .whereLayer("report")
          .mayOnlyBeAccessedByLayers("extension", "sharing", "assertions")
          .ignoreDependency(Box.class, BoxExtension.class)
          .ignoreDependency(EnabledIfBoxlite.class, EnabledIfBoxliteCondition.class);

  @ArchTest
  static final ArchRule packages_have_no_cycles =
      slices()
          .assignedFrom(PACKAGES)
          .should()
          .beFreeOfCycles()
          .ignoreDependency(resideInAPackage("io.boxlite.junit"), REGISTERED_EXTENSION);

  @ArchTest
  static final ArchRule internals_of_the_engine_are_not_used =
      noClasses().should().dependOnClassesThat().resideInAPackage("io.boxlite.internal..");

  @ArchTest
  static final ArchRule public_classes_are_api_or_internal =
      classes()
          .that()
          .arePublic()
          .should()
          .resideInAnyPackage(
              "io.boxlite.junit", "io.boxlite.junit.assertions", "io.boxlite.junit.internal..");
}
