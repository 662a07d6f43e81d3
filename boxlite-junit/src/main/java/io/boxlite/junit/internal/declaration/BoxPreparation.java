package io.boxlite.junit.internal.declaration;

import io.boxlite.Command;
import io.boxlite.junit.Box;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;

/**
 * The commands that bring a box into the state that it starts from: first its files, then what
 * {@link Box#prepare} says, then what {@link Box#prepareMethod} gives.
 *
 * @param box what is asked for
 * @param declaring the class that asks, in which names are looked up
 */
record BoxPreparation(Box box, Class<?> declaring) {
  private static final Duration LONGEST = Duration.ofMinutes(10); // a package manager at work
  private static final String ARROW = "->";
  private static final String CLASS_PATH = "classpath:";
  private static final String EXECUTABLE = "755";
  private static final String PLAIN = "644";

  /** Writes standard input to the file $1 with the mode $2. */
  private static final String WRITE =
      "mkdir -p \"$(dirname \"$1\")\" && cat > \"$1\" && chmod \"$2\" \"$1\"";

  static BoxPreparation of(Box box, Member member) {
    return new BoxPreparation(box, member.getDeclaringClass());
  }

  /**
   * The commands, in order.
   *
   * @throws IllegalArgumentException when a file or the method cannot be had; the message says why
   */
  List<Command> commands() {
    List<Command> commands = new ArrayList<>();
    for (String entry : box.files()) {
      addFiles(entry, commands);
    }
    for (String line : box.prepare()) {
      commands.add(Command.of("sh", "-c", line).timeout(LONGEST));
    }
    if (!box.prepareMethod().isEmpty()) {
      commands.addAll(fromMethod());
    }
    return commands;
  }

  /** The method with its class, so that the same name in two classes is not the same box. */
  String methodName() {
    String name = box.prepareMethod();
    return name.isEmpty() || name.contains("#") ? name : declaring.getName() + "#" + name;
  }

  private void addFiles(String entry, List<Command> commands) {
    int arrow = entry.lastIndexOf(ARROW);
    String source = arrow < 0 ? "" : entry.substring(0, arrow).strip();
    String target = arrow < 0 ? "" : entry.substring(arrow + ARROW.length()).strip();
    if (source.isEmpty() || !target.startsWith("/")) {
      throw new IllegalArgumentException(
          "files entry \""
              + entry
              + "\" must be of the form \"SOURCE -> TARGET\", the target an absolute path in the"
              + " box");
    }
    try {
      if (source.startsWith(CLASS_PATH)) {
        addResource(entry, source.substring(CLASS_PATH.length()), target, commands);
      } else {
        addPath(entry, TestDirectory.resolve(source), target, commands);
      }
    } catch (IOException | InvalidPathException e) {
      throw new IllegalArgumentException(
          "files entry \"" + entry + "\" cannot be read: " + e.getMessage(), e);
    }
  }

  private void addResource(String entry, String name, String target, List<Command> commands)
      throws IOException {
    ClassLoader loader = declaring.getClassLoader();
    URL resource = loader.getResource(name.startsWith("/") ? name.substring(1) : name);
    if (resource == null) {
      throw new IllegalArgumentException(
          "files entry \"" + entry + "\" names no resource on the class path");
    }
    if (resource.getProtocol().equals("file")) {
      try {
        addPath(entry, Path.of(resource.toURI()), target, commands);
      } catch (URISyntaxException e) {
        throw new IOException("not a path: " + resource, e);
      }
      return;
    }
    try (var in = resource.openStream()) {
      commands.add(write(in.readAllBytes(), file(target, Path.of(name)), PLAIN));
    }
  }

  private void addPath(String entry, Path source, String target, List<Command> commands)
      throws IOException {
    if (Files.isRegularFile(source)) {
      commands.add(write(source, file(target, source)));
      return;
    }
    if (!Files.isDirectory(source)) {
      throw new IllegalArgumentException(
          "files entry \""
              + entry
              + "\" names no file or directory: there is no "
              + source.toAbsolutePath());
    }
    String root = target.endsWith("/") ? target : target + "/";
    try (Stream<Path> files = Files.walk(source)) {
      for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
        commands.add(write(file, root + source.relativize(file)));
      }
    }
  }

  /** A target that ends with a slash is a directory. */
  private static String file(String target, Path source) {
    return target.endsWith("/") ? target + source.getFileName() : target;
  }

  private static Command write(Path source, String target) throws IOException {
    return write(
        Files.readAllBytes(source), target, Files.isExecutable(source) ? EXECUTABLE : PLAIN);
  }

  private static Command write(byte[] content, String target, String mode) {
    return Command.of("sh", "-c", WRITE, "sh", target, mode)
        .user("0")
        .workingDir("/")
        .stdin(content)
        .timeout(LONGEST);
  }

  private List<Command> fromMethod() {
    Method method = method();
    Object given;
    try {
      method.setAccessible(true);
      given = method.invoke(null);
    } catch (InvocationTargetException e) {
      throw new IllegalArgumentException(
          "prepareMethod " + methodName() + " failed: " + e.getCause(), e.getCause());
    } catch (ReflectiveOperationException | RuntimeException e) {
      throw new IllegalArgumentException(
          "prepareMethod " + methodName() + " cannot be called: " + e.getMessage(), e);
    }
    Collection<?> commands =
        given instanceof Command command
            ? List.of(command)
            : given instanceof Command[] several
                ? Arrays.asList(several)
                : given instanceof Collection<?> collection ? collection : Arrays.asList(given);
    if (!commands.stream().allMatch(command -> command instanceof Command)) {
      throw new IllegalArgumentException(
          "prepareMethod "
              + methodName()
              + " must give a Command, an array or a Collection of them, but gave "
              + given);
    }
    return commands.stream().map(Command.class::cast).toList();
  }

  private Method method() {
    String name = methodName();
    int hash = name.indexOf('#');
    try {
      Class<?> owner = Class.forName(name.substring(0, hash), true, declaring.getClassLoader());
      Method method = owner.getDeclaredMethod(name.substring(hash + 1));
      if (Modifier.isStatic(method.getModifiers())) {
        return method;
      }
    } catch (ClassNotFoundException | NoSuchMethodException e) {
      // said below
    }
    throw new IllegalArgumentException(
        "prepareMethod is \""
            + box.prepareMethod()
            + "\"; there must be a static method "
            + name
            + " without parameters");
  }
}
