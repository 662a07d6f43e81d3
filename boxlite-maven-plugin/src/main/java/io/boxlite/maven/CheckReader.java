package io.boxlite.maven;

import io.boxlite.Accelerator;
import io.boxlite.BoxOptions;
import io.boxlite.Command;
import io.boxlite.FileAttributes;
import io.boxlite.OutputKeep;
import io.boxlite.internal.image.LocalSource;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Reads the parameter {@code checks}; docs/maven.md has all its elements. */
final class CheckReader {
  static final List<String> FIELDS =
      List.of(
          "name",
          "image",
          "command",
          "env",
          "workingDir",
          "user",
          "files",
          "stdin",
          "stdinFile",
          "box",
          "limits",
          "expect");
  static final List<String> BOX_FIELDS =
      List.of(
          "cpus", "memoryMib", "diskMib", "accelerator", "addressRandomization", "startTimeout");
  static final List<String> LIMIT_FIELDS =
      List.of(
          "timeout",
          "cpuTime",
          "memoryMib",
          "stackMib",
          "maxProcesses",
          "maxOpenFiles",
          "maxFileSizeMib",
          "maxOutput",
          "keepOutput");

  static final List<String> FILE_FIELDS = List.of("source", "target", "owner", "mode");

  private static final String UNLIMITED = "unlimited";

  private final Path basedir;

  /**
   * Reads checks.
   *
   * @param basedir what relative paths start from
   */
  CheckReader(Path basedir) {
    this.basedir = basedir;
  }

  List<Check> read(ConfigNode checks) {
    List<Check> read = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (ConfigNode element : checks.list("check")) {
      String ordinal = "<checks>, <check> " + (read.size() + 1);
      Check check = check(element.calledAs(ordinal));
      if (!names.add(check.name())) {
        throw new BadConfiguration(
            ordinal + ": another check is called \"" + check.name() + "\"; rename one");
      }
      read.add(check);
    }
    return List.copyOf(read);
  }

  private Check check(ConfigNode unnamed) {
    Optional<String> name = unnamed.text("name");
    ConfigNode node = name.map(n -> unnamed.calledAs("check \"" + n + "\"")).orElse(unnamed);
    node.allow(FIELDS);
    if (node.child("stdin").isPresent() && node.child("stdinFile").isPresent()) {
      throw node.problem("it has both <stdin> and <stdinFile>; keep one");
    }
    return new Check(
        name.orElseThrow(() -> node.problem("it has no <name>; give it one for the reports")),
        box(node),
        node.child("files").map(this::files).orElse(List.of()),
        command(node),
        node.text("stdinFile").map(basedir::resolve),
        new Expectations.Reader(basedir).read(node.child("expect")),
        fingerprint(node));
  }

  private BoxOptions box(ConfigNode node) {
    BoxOptions.Builder options = BoxOptions.builder();
    node.parse("image", image -> options.image(LocalSource.startingAt(basedir, image)));
    node.child("box")
        .ifPresent(
            box -> {
              box.allow(BOX_FIELDS);
              box.integer("cpus", options::cpus);
              box.integer("memoryMib", options::memoryMib);
              box.integer("diskMib", options::diskMib);
              box.constant("accelerator", Accelerator.class).ifPresent(options::accelerator);
              box.bool("addressRandomization", options::addressRandomization);
              box.duration("startTimeout", options::startTimeout);
            });
    return options.build();
  }

  private static Command command(ConfigNode node) {
    ConfigNode argv =
        node.child("command")
            .orElseThrow(() -> node.problem("it has no <command>; say what to run"));
    Command command =
        argv.isLeaf() ? argv.parse(script -> Command.of("sh", "-c", script)) : commandOf(argv);
    Optional<ConfigNode> env = node.child("env");
    if (env.isPresent()) {
      for (ConfigNode variable : env.get().entries()) {
        command = command.env(variable.name(), variable.textOrEmpty());
      }
    }
    Command named = command;
    command = node.parse("workingDir", named::workingDir).orElse(named);
    Command placed = command;
    command = node.parse("user", placed::user).orElse(placed);
    Optional<String> stdin = node.text("stdin");
    if (stdin.isPresent()) {
      command = command.stdin(stdin.get().endsWith("\n") ? stdin.get() : stdin.get() + "\n");
    }
    return node.child("limits").isPresent()
        ? limited(command, node.child("limits").get())
        : command;
  }

  private static Command commandOf(ConfigNode argv) {
    List<String> arguments = argv.list("arg").stream().map(ConfigNode::textOrEmpty).toList();
    try {
      return Command.of(arguments.toArray(String[]::new));
    } catch (IllegalArgumentException e) {
      throw argv.problem(String.valueOf(e.getMessage()));
    }
  }

  private static Command limited(Command command, ConfigNode limits) {
    limits.allow(LIMIT_FIELDS);
    Command c1 = limits.duration("timeout", command::timeout).orElse(command);
    Command c2 = limits.duration("cpuTime", c1::cpuTime).orElse(c1);
    Command c3 = limits.integer("memoryMib", c2::memoryMib).orElse(c2);
    Command c4 = stack(c3, limits);
    Command c5 = limits.integer("maxProcesses", c4::maxProcesses).orElse(c4);
    Command c6 = limits.integer("maxOpenFiles", c5::maxOpenFiles).orElse(c5);
    Command c7 = limits.integer("maxFileSizeMib", c6::maxFileSizeMib).orElse(c6);
    Command c8 = limits.bytes("maxOutput", c7::maxOutputBytes).orElse(c7);
    return limits.constant("keepOutput", OutputKeep.class).map(c8::keepOutput).orElse(c8);
  }

  private static Command stack(Command command, ConfigNode limits) {
    return limits.text("stackMib").filter(UNLIMITED::equalsIgnoreCase).isPresent()
        ? command.stackMib(Command.UNLIMITED_STACK)
        : limits.integer("stackMib", command::stackMib).orElse(command);
  }

  private List<FileCopy> files(ConfigNode node) {
    return node.list("file").stream().map(this::file).toList();
  }

  private FileCopy file(ConfigNode node) {
    node.allow(FILE_FIELDS);
    String source =
        node.text("source").orElseThrow(() -> node.problem("it has no <source>; name a file"));
    String target =
        node.parse("target", CheckReader::absolute)
            .orElseThrow(() -> node.problem("it has no <target>; name a path in the box"));
    FileAttributes unchanged = FileAttributes.unchanged();
    FileAttributes owned = node.parse("owner", unchanged::owner).orElse(unchanged);
    FileAttributes attributes = node.parse("mode", mode -> owned.mode(octal(mode))).orElse(owned);
    return new FileCopy(basedir.resolve(source), target, attributes);
  }

  private static int octal(String mode) {
    try {
      return Integer.parseInt(mode, 8);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("it must be octal digits, such as 0644", e);
    }
  }

  private static String absolute(String path) {
    if (!path.startsWith("/")) {
      throw new IllegalArgumentException("it must be an absolute path in the box");
    }
    return path;
  }

  private static String fingerprint(ConfigNode node) {
    try {
      byte[] text = node.canonical().getBytes(StandardCharsets.UTF_8);
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text), 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
