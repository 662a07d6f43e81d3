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
 * Fetches the images that boxes will need and makes their templates, so that no test waits for
 * them: those that are configured, those of the configured checks, and those that @Box names in the
 * compiled test classes. Each is fetched once, however many modules name it. When Maven is offline,
 * nothing is fetched: an image that is not there is an error.
 */
@Mojo(
    name = "pull",
    defaultPhase = LifecyclePhase.PRE_INTEGRATION_TEST,
    requiresProject = false,
    threadSafe = true)
public final class PullMojo extends ChecksMojo {
  /** Images to fetch, besides those of checks and test classes: image elements. */
  @Parameter(property = "boxlite.maven.images")
  @Nullable List<String> images;

  /** Whether the images that @Box names in test classes are fetched. */
  @Parameter(property = "boxlite.maven.scanTestClasses", defaultValue = "true")
  boolean scanTestClasses;

  /** Where the compiled test classes are. */
  @Parameter(defaultValue = "${project.build.testOutputDirectory}")
  @Nullable File testClassesDirectory;

  @Component @Nullable ProjectDependenciesResolver resolver;

  /** Whether templates are made, which boxes start from in a fraction of the time. */
  @Parameter(property = "boxlite.maven.makeTemplates", defaultValue = "true")
  boolean makeTemplates;

  /**
   * Whether the methods that @Box names as prepareMethod are called, to make the templates of their
   * boxes. Their classes are loaded with the test class path; no other test class is loaded. If
   * false, the first test of such a class makes its template.
   */
  @Parameter(property = "boxlite.maven.callPrepareMethods", defaultValue = "true")
  boolean callPrepareMethods;

  /** Made by Maven, which sets the parameters. */
  public PullMojo() {}

  @Override
  void perform(List<Check> configured) throws MojoExecutionException {
    if (!isCalled()) {
      List<BoxOptions> boxes = new ArrayList<>(boxes(images, here()));
      configured.forEach(check -> boxes.add(check.box()));
      if (scanTestClasses && testClassesDirectory != null && project != null) {
        boxes.addAll(namedByTests(project, testClassesDirectory));
      }
      prepare(boxes, home);
      return;
    }
    // Maven calls it once, for all modules, as it can be called without any.
    for (MavenProject module : required(session, "session").getProjects()) {
      BoundConfiguration bound = BoundConfiguration.of(module, required(execution, "execution"));
      if (bound
          .text("skip")
          .map(this::evaluate)
          .map(String::strip)
          .filter("true"::equals)
          .isPresent()) {
        continue;
      }
      File basedir = module.getBasedir();
      List<BoxOptions> boxes = new ArrayList<>();
      if (module.equals(project)) {
        boxes.addAll(boxes(images, here()));
      }
      List<String> bounds = bound.elements("images").stream().map(this::evaluate).toList();
      boxes.addAll(boxes(bounds, basedir));
      for (PlexusConfiguration element : bound.all("checks")) {
        readChecks(element, basedir).forEach(check -> boxes.add(check.box()));
      }
      if (scanTestClasses && !bound.isFalse("scanTestClasses").orElse(false)) {
        boxes.addAll(namedByTests(module, new File(module.getBuild().getTestOutputDirectory())));
      }
      prepare(boxes, bound.text("home").map(text -> directory(basedir, text)).orElse(home));
    }
  }

  /** As Maven takes the path of a directory: from the module's own where it is relative. */
  private File directory(@Nullable File basedir, String text) {
    File named = new File(evaluate(text.strip()));
    return named.isAbsolute() || basedir == null ? named : new File(basedir, named.getPath());
  }

  private static List<BoxOptions> boxes(@Nullable List<String> images, @Nullable File directory) {
    List<BoxOptions> boxes = new ArrayList<>();
    for (String image : images == null ? List.<String>of() : images) {
      if (image == null || image.isBlank()) {
        throw new BadConfiguration("<images>: an <image> is empty; name one or take it out");
      }
      boxes.add(BoxOptions.image(in(directory, image)).build());
    }
    return boxes;
  }

  private void prepare(List<BoxOptions> boxes, @Nullable File directory)
      throws MojoExecutionException {
    if (boxes.isEmpty()) {
      getLog().info("nothing to pull: no image is configured, and no test class has @Box");
      return;
    }
    MavenSession maven = required(session, "session");
    BoxliteOptions options = options(directory).resolved();
    Path directoryInUse = options.home().orElseThrow();
    PullPolicy policy = options.pullPolicy().orElseThrow();
    OnceAReactor once = new OnceAReactor(maven);
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
              "make the template of " + described(kind),
              () -> makeTemplate(boxlite, kind, directoryInUse, once));
        }
      }
    }
  }

  /** Files and commands have no short name; the engine makes their template once. */
  private void makeTemplate(Boxlite boxlite, BoxOptions kind, Path directory, OnceAReactor once) {
    if (kind.files().isEmpty() && kind.prepare().isEmpty()) {
      once.run(directory + ": template " + kind, () -> makeTemplate(boxlite, kind));
    } else {
      makeTemplate(boxlite, kind);
    }
  }

  private void pull(Boxlite boxlite, String image, PullPolicy policy, PullListener progress) {
    ImageInfo pulled = boxlite.images().pull(image, policy, progress);
    getLog()
        .info("image " + image + ": " + pulled.digest() + ", " + Quantity.size(pulled.sizeBytes()));
  }

  private void makeTemplate(Boxlite boxlite, BoxOptions kind) {
    long begin = System.nanoTime();
    boxlite.templates().make(kind.toBuilder().pullPolicy(PullPolicy.NEVER).build());
    Duration time = Duration.ofNanos(System.nanoTime() - begin);
    getLog().info("template of " + described(kind) + ": ready after " + Quantity.seconds(time));
  }

  private static Set<String> images(List<BoxOptions> boxes) {
    Set<String> names = new LinkedHashSet<>();
    boxes.forEach(box -> box.image().ifPresent(names::add));
    return names;
  }

  /** One of each kind that has a template of its own. */
  private static Set<BoxOptions> kinds(List<BoxOptions> boxes) {
    return boxes.stream()
        .map(BoxOptions::ofTemplate)
        .collect(Collectors.toCollection(LinkedHashSet::new));
  }

  private static String described(BoxOptions box) {
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
            .map(random -> random ? ", random addresses" : ", fixed addresses")
            .orElse("")
        + box.workingDir().map(path -> ", working directory " + path).orElse("")
        + counted(box.files().size(), "file")
        + counted(box.prepare().size(), "command");
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
      throw new MojoExecutionException("cannot " + what + ": " + told(e), e);
    }
  }

  private List<BoxOptions> namedByTests(MavenProject module, File classes)
      throws MojoExecutionException {
    if (!classes.isDirectory()) {
      if (module.getTestCompileSourceRoots().stream().anyMatch(root -> new File(root).exists())) {
        getLog()
            .warn(
                "the test classes of "
                    + module.getArtifactId()
                    + " are not compiled, so images that @Box names there are not pulled; run the"
                    + " goal after test-compile: mvn test-compile "
                    + goal());
      }
      return List.of();
    }
    TestClassPath classPath =
        new TestClassPath(required(session, "session"), module, required(resolver, "resolver"));
    Supplier<List<Path>> files =
        () -> Stream.of(classPath.own(), classPath.dependencies()).flatMap(List::stream).toList();
    try (BoxAnnotations annotations =
        new BoxAnnotations(files, warning -> getLog().warn(warning))) {
      List<BoxOptions> boxes = new ArrayList<>();
      for (BoxAnnotations.Declaration declaration : annotations.in(classes.toPath())) {
        boxes.add(in(module.getBasedir(), options(declaration, module, annotations)));
      }
      if (!annotations.unknown().isEmpty() && !classPath.missing().isEmpty()) {
        getLog()
            .warn(
                "cannot see whether "
                    + annotations.unknown()
                    + " carry @Box, whose images would be pulled: there is no "
                    + String.join(", no ", classPath.missing())
                    + "; build the modules first, or install what is missing");
      }
      return boxes;
    } catch (IOException e) {
      throw new MojoExecutionException("cannot look for @Box in test classes: " + e, e);
    }
  }

  private BoxOptions options(
      BoxAnnotations.Declaration declaration, MavenProject module, BoxAnnotations annotations)
      throws IOException {
    OptionContext context = OptionContext.of(module.getBasedir().toPath());
    BoxOptions options;
    if (declaration.values().containsKey(BoxOption.FILES.name())) {
      try {
        options = declaration.options(context.classPath(annotations.files()));
      } catch (BadConfiguration e) {
        options = declaration.withoutFiles().options(context); // which says what else is wrong
        getLog().warn(e.getMessage() + "; the first test makes the template of this box");
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
      getLog().info(method.get() + " is not called; the first test makes the template of its box");
      return options;
    }
    return declaration.prepared(method.get(), options, annotations.files());
  }

  private String goal() {
    PluginDescriptor plugin =
        required(execution, "execution").getMojoDescriptor().getPluginDescriptor();
    return plugin.getGroupId() + ":" + plugin.getArtifactId() + ":" + plugin.getVersion() + ":pull";
  }
}
