package io.boxlite.maven;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.maven.execution.MavenSession;
import org.apache.maven.project.DefaultDependencyResolutionRequest;
import org.apache.maven.project.DependencyResolutionException;
import org.apache.maven.project.DependencyResolutionResult;
import org.apache.maven.project.MavenProject;
import org.apache.maven.project.ProjectDependenciesResolver;
import org.eclipse.aether.artifact.Artifact;
import org.eclipse.aether.graph.Dependency;

/**
 * The part of a project's test class path that exists. When Maven resolves the class path for a
 * goal and a dependency is missing, the build fails; this class also works with modules of the
 * reactor that were never built.
 */
final class TestClassPath {
  private final MavenSession session;
  private final MavenProject project;
  private final ProjectDependenciesResolver resolver;
  private final List<String> missing = new ArrayList<>();

  TestClassPath(MavenSession session, MavenProject project, ProjectDependenciesResolver resolver) {
    this.session = session;
    this.project = project;
    this.resolver = resolver;
  }

  /** Returns the directories of the project's own classes. */
  List<Path> own() {
    return outputs(project);
  }

  /** Returns the files of the dependencies. */
  List<Path> dependencies() {
    List<Path> found = new ArrayList<>();
    for (Dependency dependency : resolve().getDependencies()) {
      Artifact artifact = dependency.getArtifact();
      if (artifact.getFile() != null) {
        found.add(artifact.getFile().toPath());
      } else {
        Optional<MavenProject> module = module(artifact);
        module.ifPresent(built -> found.addAll(outputs(built)));
        if (module.isEmpty() || outputs(module.get()).isEmpty()) {
          missing.add(artifact.toString());
        }
      }
    }
    return found;
  }

  /** Returns the dependencies that {@link #dependencies()} did not find. */
  List<String> missing() {
    return List.copyOf(missing);
  }

  private DependencyResolutionResult resolve() {
    try {
      return resolver.resolve(
          new DefaultDependencyResolutionRequest(project, session.getRepositorySession()));
    } catch (DependencyResolutionException e) {
      return e.getResult(); // contains the dependencies that were found
    }
  }

  private Optional<MavenProject> module(Artifact artifact) {
    return session.getAllProjects().stream()
        .filter(
            module ->
                module.getGroupId().equals(artifact.getGroupId())
                    && module.getArtifactId().equals(artifact.getArtifactId())
                    && module.getVersion().equals(artifact.getBaseVersion()))
        .findFirst();
  }

  private static List<Path> outputs(MavenProject project) {
    List<Path> directories = new ArrayList<>();
    for (String directory :
        List.of(
            project.getBuild().getTestOutputDirectory(), project.getBuild().getOutputDirectory())) {
      if (directory != null && Files.isDirectory(Path.of(directory))) {
        directories.add(Path.of(directory));
      }
    }
    return directories;
  }
}
