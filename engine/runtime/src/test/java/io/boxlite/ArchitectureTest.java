package io.boxlite;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.lang.conditions.ArchConditions.dependOnClassesThat;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;

/** How the engine is built, as rules that the build holds. */
@AnalyzeClasses(packages = "io.boxlite", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  private static final DescribedPredicate<JavaClass> IMPLEMENTATION =
      resideInAPackage("io.boxlite.internal..")
          .and(DescribedPredicate.not(resideInAPackage("io.boxlite.internal.check")))
          .as("belong to the implementation");

  /** The interfaces of the API that the topmost layer implements, such as LiteBox. */
  private static final DescribedPredicate<JavaClass> ENTRY_POINT =
      resideInAPackage("io.boxlite")
          .and(
              DescribedPredicate.describe(
                  "are entry points",
                  type ->
                      type.isInterface()
                          && type.getAllSubclasses().stream()
                              .anyMatch(resideInAPackage("io.boxlite.internal.box"))));

  /** It comes with gRPC. */
  private static final DescribedPredicate<JavaClass> NETTY =
      resideInAPackage("io.grpc.netty.shaded.io.netty..");

  private static final DescribedPredicate<JavaClass> GENERATED =
      resideInAPackage("io.boxlite.internal.guest.proto");

  @ArchTest
  static final ArchRule layers =
      layeredArchitecture()
          .consideringOnlyDependenciesInLayers()
          .layer("host")
          .definedBy("io.boxlite.internal.host..")
          .layer("image")
          .definedBy("io.boxlite.internal.image..")
          .layer("network")
          .definedBy("io.boxlite.internal.network..")
          .layer("guest")
          .definedBy("io.boxlite.internal.guest..")
          .layer("vm")
          .definedBy("io.boxlite.internal.vm..")
          .layer("volume")
          .definedBy("io.boxlite.internal.volume..")
          .layer("box")
          .definedBy("io.boxlite.internal.box..")
          .whereLayer("box")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("vm")
          .mayOnlyBeAccessedByLayers("box")
          .whereLayer("volume")
          .mayOnlyBeAccessedByLayers("box")
          .whereLayer("guest")
          .mayOnlyBeAccessedByLayers("network", "vm", "volume", "box")
          .whereLayer("network")
          .mayOnlyBeAccessedByLayers("vm", "box")
          .whereLayer("image")
          .mayOnlyBeAccessedByLayers("guest", "vm", "box")
          .whereLayer("host")
          .mayOnlyBeAccessedByLayers("image", "network", "guest", "vm", "volume", "box");

  @ArchTest
  static final ArchRule layers_of_the_host =
      layeredArchitecture()
          .consideringOnlyDependenciesInLayers()
          .layer("settings")
          .definedBy("io.boxlite.internal.host.settings")
          .layer("system")
          .definedBy("io.boxlite.internal.host")
          .layer("cache")
          .definedBy("io.boxlite.internal.host.cache")
          .layer("memory")
          .definedBy("io.boxlite.internal.host.memory")
          .layer("cgroup")
          .definedBy("io.boxlite.internal.host.cgroup")
          .layer("hypervisor")
          .definedBy("io.boxlite.internal.host.hypervisor")
          .layer("seccomp")
          .definedBy("io.boxlite.internal.host.seccomp")
          .layer("jail")
          .definedBy("io.boxlite.internal.host.jail")
          .layer("tree")
          .definedBy("io.boxlite.internal.host.tree")
          .whereLayer("tree")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("cache")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("memory")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("hypervisor")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("cgroup")
          .mayOnlyBeAccessedByLayers("hypervisor")
          .whereLayer("jail")
          .mayOnlyBeAccessedByLayers("hypervisor")
          .whereLayer("system")
          .mayOnlyBeAccessedByLayers(
              "cache", "memory", "cgroup", "hypervisor", "seccomp", "jail", "tree")
          .whereLayer("settings")
          .mayOnlyBeAccessedByLayers("system", "cache", "memory", "cgroup", "hypervisor");

  @ArchTest
  static final ArchRule layers_of_the_machines =
      layeredArchitecture()
          .consideringOnlyDependenciesInLayers()
          .layer("seam")
          .definedBy("io.boxlite.internal.vm.machine")
          .layer("template")
          .definedBy("io.boxlite.internal.vm.template")
          .layer("qemu")
          .definedBy("io.boxlite.internal.vm.qemu")
          .layer("machines")
          .definedBy("io.boxlite.internal.vm")
          .whereLayer("machines")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("qemu")
          .mayOnlyBeAccessedByLayers("machines")
          .whereLayer("template")
          .mayOnlyBeAccessedByLayers("machines")
          .whereLayer("seam")
          .mayOnlyBeAccessedByLayers("template", "qemu", "machines");

  @ArchTest
  static final ArchRule only_the_chooser_names_a_hypervisor =
      noClasses()
          .that()
          .resideOutsideOfPackages(
              "io.boxlite.internal.vm.qemu", "io.boxlite.internal.host.hypervisor")
          .and()
          .doNotHaveFullyQualifiedName("io.boxlite.internal.vm.Hypervisors")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.boxlite.internal.vm.qemu")
          .orShould()
          .dependOnClassesThat()
          .haveSimpleName("QemuBinary");

  @ArchTest
  static final ArchRule the_api_knows_the_implementation_in_one_class_only =
      noClasses()
          .that(resideInAPackage("io.boxlite").and(DescribedPredicate.not(type(Engine.class))))
          .should(dependOnClassesThat(IMPLEMENTATION));

  @ArchTest
  static final ArchRule that_class_knows_the_topmost_layer_only =
      noClasses()
          .that(type(Engine.class))
          .should(
              dependOnClassesThat(
                  IMPLEMENTATION.and(
                      DescribedPredicate.not(resideInAPackage("io.boxlite.internal.box")))));

  @ArchTest
  static final ArchRule values_and_lower_layers_know_no_entry_points =
      noClasses()
          .that(
              resideInAPackage("io.boxlite..")
                  .and(DescribedPredicate.not(resideInAPackage("io.boxlite.internal.box")))
                  .and(DescribedPredicate.not(type(Engine.class)))
                  .and(DescribedPredicate.not(ENTRY_POINT)))
          .should(dependOnClassesThat(ENTRY_POINT));

  @ArchTest
  static final ArchRule checks_depend_on_nothing =
      noClasses()
          .that()
          .resideInAPackage("io.boxlite.internal.check")
          .should(
              dependOnClassesThat(
                  resideInAPackage("io.boxlite..")
                      .and(DescribedPredicate.not(resideInAPackage("io.boxlite.internal.check")))));

  @ArchTest
  static final ArchRule text_depends_on_the_jdk_alone =
      classes()
          .that()
          .resideInAPackage("io.boxlite.text")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage("io.boxlite.text", "java..", "org.jspecify.annotations");

  @ArchTest
  static final ArchRule packages_have_no_cycles =
      slices().matching("io.boxlite.internal.(**)").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule the_public_api_shows_no_internals =
      classes()
          .that(
              resideInAPackage("io.boxlite")
                  .and(DescribedPredicate.describe("are public", ArchitectureTest::isPublic)))
          .should(showOnlyTypesOf("io.boxlite", "java.."));

  @ArchTest
  static final ArchRule only_the_guest_layer_speaks_grpc =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.boxlite.internal.guest..")
          .should(
              dependOnClassesThat(resideInAPackage("io.grpc..").and(DescribedPredicate.not(NETTY))))
          .as("only the guest layer speaks gRPC");

  @ArchTest
  static final ArchRule only_connections_use_netty =
      noClasses()
          .that()
          .resideOutsideOfPackages("io.boxlite.internal.guest..", "io.boxlite.internal.network..")
          .should(dependOnClassesThat(NETTY));

  @ArchTest
  static final ArchRule only_the_host_layer_calls_the_c_library =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.boxlite.internal.host..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("com.sun.jna..");

  @ArchTest static final ArchRule nothing_prints = NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS;

  @ArchTest
  static final ArchRule nullness_is_marked =
      classes()
          .that(DescribedPredicate.not(GENERATED))
          .should(
              new ArchCondition<JavaClass>("be in a package marked @NullMarked") {
                @Override
                public void check(JavaClass type, ConditionEvents events) {
                  events.add(
                      new SimpleConditionEvent(
                          type,
                          type.getPackage().isAnnotatedWith(NullMarked.class),
                          type.getName() + " is in a package without @NullMarked"));
                }
              });

  private static boolean isPublic(JavaClass type) {
    return type.getModifiers().contains(JavaModifier.PUBLIC);
  }

  private static ArchCondition<JavaClass> showOnlyTypesOf(String... packages) {
    DescribedPredicate<JavaClass> allowed =
        resideInAnyPackage(packages)
            .or(DescribedPredicate.describe("primitive", JavaClass::isPrimitive));
    return new ArchCondition<>("show only types of " + String.join(", ", packages)) {
      @Override
      public void check(JavaClass type, ConditionEvents events) {
        for (JavaCodeUnit unit : type.getCodeUnits()) {
          if (unit.getModifiers().contains(JavaModifier.PUBLIC)
              || unit.getModifiers().contains(JavaModifier.PROTECTED)) {
            Stream.concat(unit.getRawParameterTypes().stream(), Stream.of(unit.getRawReturnType()))
                .filter(shown -> !allowed.test(shown.getBaseComponentType()))
                .forEach(
                    shown ->
                        events.add(
                            SimpleConditionEvent.violated(
                                unit, unit.getFullName() + " shows " + shown.getName())));
          }
        }
      }
    };
  }
}
