package io.boxlite.maven;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.maven.model.Plugin;
import org.apache.maven.model.PluginExecution;
import org.apache.maven.plugin.MojoExecution;
import org.apache.maven.project.MavenProject;
import org.codehaus.plexus.configuration.PlexusConfiguration;
import org.codehaus.plexus.configuration.xml.XmlPlexusConfiguration;
import org.codehaus.plexus.util.xml.Xpp3Dom;

/**
 * The configuration of this plugin in a module's POM, including its executions. Maven does not pass
 * the configuration of an execution to a goal that is called on the command line.
 *
 * @param configurations those of the plugin and of the executions whose goals need images
 */
record PomConfiguration(List<Xpp3Dom> configurations) {
  private static final List<String> GOALS = List.of("pull", "run");

  static PomConfiguration of(MavenProject module, MojoExecution called) {
    Plugin plugin = module.getPlugin(called.getPlugin().getKey());
    List<Object> found = new ArrayList<>();
    if (plugin != null) {
      found.add(plugin.getConfiguration());
      for (PluginExecution execution : plugin.getExecutions()) {
        if (GOALS.stream().anyMatch(execution.getGoals()::contains)) {
          found.add(execution.getConfiguration());
        }
      }
    }
    return new PomConfiguration(
        found.stream().filter(Xpp3Dom.class::isInstance).map(Xpp3Dom.class::cast).toList());
  }

  /** Returns the texts of the items in all lists of this name. */
  List<String> elements(String list) {
    return children(list)
        .flatMap(element -> Arrays.stream(element.getChildren()))
        .map(element -> Objects.requireNonNullElse(element.getValue(), ""))
        .toList();
  }

  /** Returns the elements of this name. */
  List<PlexusConfiguration> all(String name) {
    return children(name).<PlexusConfiguration>map(XmlPlexusConfiguration::new).toList();
  }

  /** Returns the text of the first element of this name. */
  Optional<String> text(String name) {
    return children(name).map(Xpp3Dom::getValue).filter(Objects::nonNull).findFirst();
  }

  /** Whether there is an element of this name, and the first one is {@code false}. */
  boolean isFalse(String name) {
    return text(name).map(String::strip).filter("false"::equals).isPresent();
  }

  private Stream<Xpp3Dom> children(String name) {
    return configurations.stream()
        .map(configuration -> configuration.getChild(name))
        .filter(Objects::nonNull);
  }
}
