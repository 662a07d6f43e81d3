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
 * The configuration of this plugin in a module, for calls from the command line, to which Maven
 * passes no configuration of an execution.
 *
 * @param configurations of the plugin, and of the executions whose goals need images
 */
record BoundConfiguration(List<Xpp3Dom> configurations) {
  private static final List<String> GOALS = List.of("pull", "run");

  static BoundConfiguration of(MavenProject module, MojoExecution called) {
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
    return new BoundConfiguration(
        found.stream().filter(Xpp3Dom.class::isInstance).map(Xpp3Dom.class::cast).toList());
  }

  /** The texts in the lists of this name. */
  List<String> elements(String list) {
    return children(list)
        .flatMap(element -> Arrays.stream(element.getChildren()))
        .map(element -> Objects.requireNonNullElse(element.getValue(), ""))
        .toList();
  }

  /** The elements of this name. */
  List<PlexusConfiguration> all(String name) {
    return children(name).<PlexusConfiguration>map(XmlPlexusConfiguration::new).toList();
  }

  /** The text of the first element of this name. */
  Optional<String> text(String name) {
    return children(name).map(Xpp3Dom::getValue).filter(Objects::nonNull).findFirst();
  }

  /** Whether the first element of this name says so, if there is one. */
  Optional<Boolean> isFalse(String name) {
    return text(name).map(text -> text.strip().equals("false"));
  }

  private Stream<Xpp3Dom> children(String name) {
    return configurations.stream()
        .map(configuration -> configuration.getChild(name))
        .filter(Objects::nonNull);
  }
}
