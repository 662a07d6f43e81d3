package io.boxlite.maven;

import io.boxlite.BoxOption;
import io.boxlite.BoxOptions;
import io.boxlite.Boxlite;
import io.boxlite.BoxliteException;
import io.boxlite.BoxliteOptions;
import io.boxlite.ImageInfo;
import io.boxlite.OptionContext;
import io.boxlite.PullListener;
import io.boxlite.PullPolicy;
import io.boxlite.PullProgress;
import io.boxlite.option.PrepareMethod;
import io.boxlite.text.DurationText;
import io.boxlite.text.SizeText;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.maven.execution.MavenSession;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugin.descriptor.PluginDescriptor;
import org.apache.maven.plugins.annotations.Component;
import org.apache.maven.plugins.annotations.LifecyclePhase;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;
import org.apache.maven.project.MavenProject;
import org.apache.maven.project.ProjectDependenciesResolver;
import org.codehaus.plexus.configuration.PlexusConfiguration;
import org.jspecify.annotations.Nullable;

/**
 * Downloads the images that boxes need and makes their templates, so that no test waits for them:
 * the configured images, the images of the configured checks, and those of @Box in the compiled
 * test classes. Each image is downloaded once, however many modules name it. When Maven is offline,
 * nothing is downloaded, and a missing image is an error.
 */
@Mojo(
    name = "pull",
    defaultPhase = LifecyclePhase.PRE_INTEGRATION_TEST,
    requiresProject = false,
    threadSafe = true)
public final class PullMojo extends ChecksMojo {
  /** Images to download in addition to those of checks and test classes, as image elements. */
  @Parameter(property = "boxlite.maven.images")
  @Nullable List<String> images;

  /** Whether to download the images that @Box names in test classes. */
  @Parameter(property = "boxlite.maven.scanTestClasses", defaultValue = "true")
  boolean scanTestClasses;

  /** The directory of the compiled test classes. */
  @Parameter(defaultValue = "${project.build.testOutputDirectory}")
  @Nullable File testClassesDirectory;

  @Component @Nullable ProjectDependenciesResolver resolver;

  /** Whether to make templates. A box starts from its template in a fraction of the boot time. */
  @Parameter(property = "boxlite.maven.makeTemplates", defaultValue = "true")
  boolean makeTemplates;

  /**
   * Whether to call the methods that @Box names as prepareMethod, to make the templates of their
   * boxes. Their classes are loaded from the test class path; no other test class is loaded. If
   * false, the first test that uses such a box makes the template.
   */
  @Parameter(property = "boxlite.maven.callPrepareMethods", defaultValue = "true")
  boolean callPrepareMethods;

  /** Called by Maven, which then sets the parameters. */
  public PullMojo() {}

  @Override
  void perform(List<Check> configured) throws MojoExecutionException {
    if (!isCalled()) {
      List<BoxOptions> boxes = new ArrayList<>(boxes(images, basedir()));
      configured.forEach(check -> boxes.add(check.box()));
      if (scanTestClasses && testClassesDirectory != null && project != null) {
        boxes.addAll(boxesOfTests(project, testClassesDirectory));
      }
      prepare(boxes, home);
      return;
    }
    // On the command line Maven runs the goal once, not per module: it does not require a project.
    for (MavenProject module : required(session, "session").getProjects()) {
      PomConfiguration pom = PomConfiguration.of(module, required(execution, "execution"));
      if (pom.text("skip")
          .map(this::evaluate)
          .map(String::strip)
          .filter("true"::equals)
          .isPresent()) {
        continue;
      }
      File basedir = module.getBasedir();
      List<BoxOptions> boxes = new ArrayList<>();
      if (module.equals(project)) {
        boxes.addAll(boxes(images, basedir()));
      }
      List<String> named = pom.elements("images").stream().map(this::evaluate).toList();
      boxes.addAll(boxes(named, basedir));
      for (PlexusConfiguration element : pom.all("checks")) {
        readChecks(element, basedir).forEach(check -> boxes.add(check.box()));
      }
      if (scanTestClasses && !pom.isFalse("scanTestClasses")) {
        boxes.addAll(boxesOfTests(module, new File(module.getBuild().getTestOutputDirectory())));
      }
      prepare(boxes, pom.text("home").map(text -> directory(basedir, text)).orElse(home));
    }
  }

  /** Resolves a path as Maven does: a relative one starts from the module's directory. */
  private File directory(@Nullable File basedir, String text) {
    File named = new File(evaluate(text.strip()));
    return named.isAbsolute() || basedir == null ? named : new File(basedir, named.getPath());
  }

  private static List<BoxOptions> boxes(@Nullable List<String> images, @Nullable File directory) {
    List<BoxOptions> boxes = new ArrayList<>();
    for (String image : images == null ? List.<String>of() : images) {
      if (image == null || image.isBlank()) {
        throw new InvalidConfigurationException(
            "<images>: an <image> is empty; name an image or remove the element");
      }
      boxes.add(BoxOptions.image(in(directory, image)).build());
    }
    return boxes;
  }

  private void prepare(List<BoxOptions> boxes, @Nullable File directory)
      throws MojoExecutionException {
    if (boxes.isEmpty()) {
      getLog().info("nothing to pull: no images are configured, and no test class uses @Box");
      return;
    }
    MavenSession maven = required(session, "session");
    BoxliteOptions options = options(directory).resolved();
    Path directoryInUse = options.home().orElseThrow();
    PullPolicy policy = options.pullPolicy().orElseThrow();
    OncePerBuild once = new OncePerBuild(maven);
    try (Boxlite boxlite = Boxlite.open(options)) {
      for (String image : images(boxes)) {
        attempt(
            "pull " + image,
            () ->
                once.run(
                    directoryInUse + ": image " + image,
                    () -> pull(boxlite, image, policy, progress(maven))));
      }
      if (makeTemplates) {
        for (BoxOptions kind : kinds(boxes)) {
          attempt(
              "make the template of " + describe(kind),
              () -> makeTemplate(boxlite, kind, directoryInUse, once));
        }
      }
    }
  }

  /**
   * Makes the template of a kind of box. Where something prepares the box, its text does not
   * identify the kind; the engine then finds the template that another module has made.
   */
  private void makeTemplate(Boxlite boxlite, BoxOptions kind, Path directory, OncePerBuild once) {
    boolean prepared =
        !kind.files().isEmpty()
            || !kind.prepare().isEmpty()
            || kind.startCommand().isPresent()
            || !kind.waitFor().isEmpty();
    if (!prepared) {
      once.run(directory + ": template " + kind, () -> makeTemplate(boxlite, kind));
    } else {
      makeTemplate(boxlite, kind);
    }
  }

  private void pull(Boxlite boxlite, String image, PullPolicy policy, PullListener progress) {
    ImageInfo pulled = boxlite.images().pull(image, policy, progress);
    getLog()
        .info(
            "image " + image + ": " + pulled.digest() + ", " + SizeText.format(pulled.sizeBytes()));
  }

  private void makeTemplate(Boxlite boxlite, BoxOptions kind) {
    long begin = System.nanoTime();
    boxlite.templates().make(kind.toBuilder().pullPolicy(PullPolicy.NEVER).build());
    Duration time = Duration.ofNanos(System.nanoTime() - begin);
    getLog().info("template of " + describe(kind) + ": ready after " + DurationText.format(time));
  }

  private static Set<String> images(List<BoxOptions> boxes) {
    Set<String> names = new LinkedHashSet<>();
    boxes.forEach(box -> box.image().ifPresent(names::add));
    return names;
  }

  /** Returns one box for each template. */
  private static Set<BoxOptions> kinds(List<BoxOptions> boxes) {
    return boxes.stream()
        .map(BoxOptions::ofTemplate)
        .collect(Collectors.toCollection(LinkedHashSet::new));
  }

  private static String describe(BoxOptions box) {
    return box.image().orElse("the built-in image")
        + ", "
        + box.cpus()
        + (box.cpus() == 1 ? " cpu, " : " cpus, ")
        + box.memoryMib()
        + " MiB memory, "
        + box.diskMib()
        + " MiB disk"
        + box.accelerator().map(accelerator -> ", " + accelerator).orElse("")
        + box.addressRandomization()
            .map(on -> on ? ", address randomization" : ", no address randomization")
            .orElse("")
        + box.workingDir().map(path -> ", working directory " + path).orElse("")
        + counted(box.files().size(), "file")
        + counted(box.prepare().size(), "command")
        + box.startCommand().map(command -> ", main command " + command).orElse("")
        + counted(box.waitFor().size(), "wait");
  }

  private static String counted(int count, String thing) {
    return count == 0 ? "" : ", " + count + " " + thing + (count == 1 ? "" : "s");
  }

  private PullListener progress(MavenSession maven) {
    boolean alone = maven.getRequest().getDegreeOfConcurrency() <= 1;
    return alone && maven.getRequest().isInteractiveMode() && PullProgress.isTerminal()
        ? PullProgress.bar(System.out)
        : PullProgress.lines(line -> getLog().info(line));
  }

  private void attempt(String what, Runnable action) throws MojoExecutionException {
    try {
      action.run();
    } catch (BoxliteException | IllegalArgumentException e) {
      throw new MojoExecutionException("cannot " + what + ": " + message(e), e);
    }
  }

  private List<BoxOptions> boxesOfTests(MavenProject module, File classes)
      throws MojoExecutionException {
    if (!classes.isDirectory()) {
      if (module.getTestCompileSourceRoots().stream().anyMatch(root -> new File(root).exists())) {
        getLog()
            .warn(
                "the test classes of "
                    + module.getArtifactId()
                    + " are not compiled, so the images of their @Box are not pulled; run the goal"
                    + " after test-compile: mvn test-compile "
                    + goal());
      }
      return List.of();
    }
    TestClassPath classPath =
        new TestClassPath(required(session, "session"), module, required(resolver, "resolver"));
    Supplier<List<Path>> files =
        () -> Stream.of(classPath.own(), classPath.dependencies()).flatMap(List::stream).toList();
    try (BoxAnnotationScanner scanner =
        new BoxAnnotationScanner(files, warning -> getLog().warn(warning))) {
      List<BoxOptions> boxes = new ArrayList<>();
      for (BoxAnnotationScanner.Declaration declaration : scanner.scan(classes.toPath())) {
        boxes.add(in(module.getBasedir(), options(declaration, module, scanner)));
      }
      if (!scanner.unknown().isEmpty() && !classPath.missing().isEmpty()) {
        getLog()
            .warn(
                "cannot tell whether the annotations "
                    + scanner.unknown()
                    + " carry @Box, because the test class path of "
                    + module.getArtifactId()
                    + " lacks "
                    + String.join(", ", classPath.missing())
                    + "; their images are not pulled. Build these modules first, or install them");
      }
      return boxes;
    } catch (IOException e) {
      throw new MojoExecutionException("cannot scan the test classes for @Box: " + e, e);
    }
  }

  private BoxOptions options(
      BoxAnnotationScanner.Declaration declaration,
      MavenProject module,
      BoxAnnotationScanner scanner)
      throws IOException {
    OptionContext context = OptionContext.of(module.getBasedir().toPath());
    BoxOptions options;
    if (declaration.values().containsKey(BoxOption.FILES.name())) {
      try {
        options = declaration.options(context.classPath(scanner.loader()));
      } catch (InvalidConfigurationException e) {
        options = declaration.withoutFiles().options(context); // any other error fails the goal
        getLog().warn(e.getMessage() + "; the first test that uses this box makes its template");
        return options;
      }
    } else {
      options = declaration.options(context);
    }
    Optional<PrepareMethod> method = makeTemplates ? declaration.prepareMethod() : Optional.empty();
    if (method.isEmpty()) {
      return options;
    }
    if (!callPrepareMethods) {
      getLog()
          .info(
              "prepareMethod "
                  + method.get()
                  + " is not called (callPrepareMethods is false); the first test that uses its box"
                  + " makes the template");
      return options;
    }
    return declaration.prepared(method.get(), options, scanner.loader());
  }

  private String goal() {
    PluginDescriptor plugin =
        required(execution, "execution").getMojoDescriptor().getPluginDescriptor();
    return plugin.getGroupId() + ":" + plugin.getArtifactId() + ":" + plugin.getVersion() + ":pull";
  }
}
