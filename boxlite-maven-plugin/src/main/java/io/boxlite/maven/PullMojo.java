package io.boxlite.maven;

import io.boxlite.BoxOptions;
import io.boxlite.Boxlite;
import io.boxlite.BoxliteException;
import io.boxlite.ImageInfo;
import io.boxlite.PullListener;
import io.boxlite.PullPolicy;
import io.boxlite.PullProgress;
import io.boxlite.internal.host.settings.Settings;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
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
    Settings settings = Settings.resolve(options(directory));
    OnceAReactor once = new OnceAReactor(maven);
    try (Boxlite boxlite = Boxlite.open(options(directory))) {
      for (String image : images(boxes)) {
        attempt(
            "pull " + image,
            () ->
                once.run(
                    settings.home() + ": image " + image,
                    () -> pull(boxlite, image, settings.pullPolicy(), progress(maven))));
      }
      if (makeTemplates) {
        for (Map.Entry<String, BoxOptions> kind : kinds(boxes).entrySet()) {
          attempt(
              "make the template of " + kind.getKey(),
              () ->
                  once.run(
                      settings.home() + ": template " + kind.getKey(),
                      () -> makeTemplate(boxlite, kind)));
        }
      }
    }
  }

  private void pull(Boxlite boxlite, String image, PullPolicy policy, PullListener progress) {
    ImageInfo pulled = boxlite.images().pull(image, policy, progress);
    getLog()
        .info("image " + image + ": " + pulled.digest() + ", " + Quantity.size(pulled.sizeBytes()));
  }

  private void makeTemplate(Boxlite boxlite, Map.Entry<String, BoxOptions> kind) {
    long begin = System.nanoTime();
    BoxOptions pulled = kind.getValue().toBuilder().pullPolicy(PullPolicy.NEVER).build();
    boxlite.templates().make(pulled);
    Duration time = Duration.ofNanos(System.nanoTime() - begin);
    getLog().info("template of " + kind.getKey() + ": ready after " + Quantity.seconds(time));
  }

  private static Set<String> images(List<BoxOptions> boxes) {
    Set<String> names = new LinkedHashSet<>();
    boxes.forEach(box -> box.image().ifPresent(names::add));
    return names;
  }

  /** One of each kind that has a template of its own, by what it is called. */
  private static Map<String, BoxOptions> kinds(List<BoxOptions> boxes) {
    Map<String, BoxOptions> kinds = new LinkedHashMap<>();
    for (BoxOptions box : boxes) {
      String name =
          box.image().orElse("the built-in image")
              + ", "
              + box.cpus()
              + (box.cpus() == 1 ? " cpu, " : " cpus, ")
              + box.memoryMib()
              + " MiB memory, "
              + box.diskMib()
              + " MiB disk"
              + box.accelerator().map(accelerator -> ", " + accelerator).orElse("")
              + box.addressRandomization()
                  .map(random -> random ? ", random addresses" : ", the same addresses")
                  .orElse("");
      kinds.putIfAbsent(name, box);
    }
    return kinds;
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
      List<BoxOptions> boxes =
          annotations.in(classes.toPath()).stream()
              .map(declaration -> in(module.getBasedir(), declaration.options()))
              .toList();
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

  private String goal() {
    PluginDescriptor plugin =
        required(execution, "execution").getMojoDescriptor().getPluginDescriptor();
    return plugin.getGroupId() + ":" + plugin.getArtifactId() + ":" + plugin.getVersion() + ":pull";
  }
}
