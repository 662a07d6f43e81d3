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
 * Rejects parameters and properties that the plugin does not have. Maven removes unknown parameters
 * before a goal sees them: most versions silently, the others with a warning.
 */
final class ConfigurationValidator {
  private static final String PROPERTIES = "boxlite.maven.";

  private final PluginDescriptor plugin;

  private ConfigurationValidator(PluginDescriptor plugin) {
    this.plugin = plugin;
  }

  static void validate(MavenSession session, MavenProject project, MojoExecution execution) {
    PluginDescriptor descriptor = execution.getMojoDescriptor().getPluginDescriptor();
    ConfigurationValidator validator = new ConfigurationValidator(descriptor);
    validator.validateProperties(session);
    Plugin plugin =
        project
            .getBuild()
            .getPluginsAsMap()
            .get(Plugin.constructKey(descriptor.getGroupId(), descriptor.getArtifactId()));
    if (plugin == null) {
      return;
    }
    Set<String> shared = childNames(plugin.getConfiguration());
    validator.validateParameters(shared, validator.parameters(validator.allButHelp()), "");
    PluginExecution own = plugin.getExecutionsAsMap().get(execution.getExecutionId());
    if (own != null) {
      Set<String> added = childNames(own.getConfiguration());
      added.removeAll(shared); // Maven merges these into each execution
      validator.validateParameters(
          added,
          validator.parameters(validator.mojos(own.getGoals())),
          " of execution " + own.getId() + ", goals " + String.join(", ", own.getGoals()));
    }
  }

  private void validateProperties(MavenSession session) {
    Set<String> known =
        plugin.getMojos().stream()
            .flatMap(ConfigurationValidator::parametersOf)
            .map(Parameter::getExpression)
            .filter(expression -> expression != null && expression.startsWith("${" + PROPERTIES))
            .map(expression -> expression.substring(2, expression.length() - 1))
            .collect(Collectors.toCollection(TreeSet::new));
    for (String name : session.getUserProperties().stringPropertyNames()) {
      if (name.startsWith(PROPERTIES) && !known.contains(name)) {
        throw new InvalidConfigurationException(
            "unknown property " + name + suggestion(name, known, "", ""));
      }
    }
  }

  private void validateParameters(Set<String> names, Set<String> known, String where) {
    for (String name : names) {
      if (!known.contains(name)) {
        throw new InvalidConfigurationException(
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
        + "? Valid names: "
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
        .flatMap(ConfigurationValidator::parametersOf)
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

  /** Converts the list of parameters, which is a raw type in Maven 3. */
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
