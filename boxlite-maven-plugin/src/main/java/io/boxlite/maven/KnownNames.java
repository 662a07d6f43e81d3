package io.boxlite.maven;

import io.boxlite.text.EditDistance;
import java.util.Arrays;
import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.maven.execution.MavenSession;
import org.apache.maven.model.Plugin;
import org.apache.maven.model.PluginExecution;
import org.apache.maven.plugin.MojoExecution;
import org.apache.maven.plugin.descriptor.MojoDescriptor;
import org.apache.maven.plugin.descriptor.Parameter;
import org.apache.maven.plugin.descriptor.PluginDescriptor;
import org.apache.maven.project.MavenProject;
import org.codehaus.plexus.util.xml.Xpp3Dom;

/**
 * Refuses parameters and properties that the plugin does not have. Maven takes them out of the
 * configuration before a goal sees it: most versions without a word, the others with a warning.
 */
final class KnownNames {
  private static final String PROPERTIES = "boxlite.maven.";

  private final PluginDescriptor plugin;

  private KnownNames(PluginDescriptor plugin) {
    this.plugin = plugin;
  }

  static void require(MavenSession session, MavenProject project, MojoExecution execution) {
    PluginDescriptor descriptor = execution.getMojoDescriptor().getPluginDescriptor();
    KnownNames names = new KnownNames(descriptor);
    names.requireProperties(session);
    Plugin plugin =
        project
            .getBuild()
            .getPluginsAsMap()
            .get(Plugin.constructKey(descriptor.getGroupId(), descriptor.getArtifactId()));
    if (plugin == null) {
      return;
    }
    Set<String> shared = childNames(plugin.getConfiguration());
    names.requireParameters(shared, names.parameters(names.allButHelp()), "");
    PluginExecution own = plugin.getExecutionsAsMap().get(execution.getExecutionId());
    if (own != null) {
      Set<String> added = childNames(own.getConfiguration());
      added.removeAll(shared); // Maven has put these into each execution
      names.requireParameters(
          added,
          names.parameters(names.mojos(own.getGoals())),
          " of execution " + own.getId() + ", goals " + String.join(", ", own.getGoals()));
    }
  }

  private void requireProperties(MavenSession session) {
    Set<String> known =
        plugin.getMojos().stream()
            .flatMap(KnownNames::parametersOf)
            .map(Parameter::getExpression)
            .filter(expression -> expression != null && expression.startsWith("${" + PROPERTIES))
            .map(expression -> expression.substring(2, expression.length() - 1))
            .collect(Collectors.toCollection(TreeSet::new));
    for (String name : session.getUserProperties().stringPropertyNames()) {
      if (name.startsWith(PROPERTIES) && !known.contains(name)) {
        throw new BadConfiguration(
            "property " + name + " is not known" + suggestion(name, known, "", ""));
      }
    }
  }

  private void requireParameters(Set<String> names, Set<String> known, String where) {
    for (String name : names) {
      if (!known.contains(name)) {
        throw new BadConfiguration(
            "<"
                + name
                + "> is not a parameter of "
                + plugin.getArtifactId()
                + where
                + suggestion(name, known, "<", ">"));
      }
    }
  }

  private static String suggestion(
      String name, Collection<String> known, String open, String close) {
    return "; did you mean "
        + open
        + EditDistance.nearest(name, known)
        + close
        + "? Known are "
        + String.join(", ", known);
  }

  private Collection<MojoDescriptor> allButHelp() {
    return plugin.getMojos().stream().filter(mojo -> !mojo.getGoal().equals("help")).toList();
  }

  private Collection<MojoDescriptor> mojos(Collection<String> goals) {
    return plugin.getMojos().stream().filter(mojo -> goals.contains(mojo.getGoal())).toList();
  }

  private Set<String> parameters(Collection<MojoDescriptor> mojos) {
    Set<String> names = new TreeSet<>();
    mojos.stream()
        .flatMap(KnownNames::parametersOf)
        .filter(Parameter::isEditable)
        .forEach(
            parameter -> {
              names.add(parameter.getName());
              if (parameter.getAlias() != null) {
                names.add(parameter.getAlias());
              }
            });
    return names;
  }

  /** The raw list: Maven 3 has none with a type. */
  private static Stream<Parameter> parametersOf(MojoDescriptor mojo) {
    return mojo.getParameters() == null ? Stream.of() : mojo.getParameters().stream();
  }

  private static Set<String> childNames(Object configuration) {
    Set<String> names = new TreeSet<>();
    if (configuration instanceof Xpp3Dom dom) {
      Arrays.stream(dom.getChildren()).map(Xpp3Dom::getName).forEach(names::add);
    }
    return names;
  }
}
