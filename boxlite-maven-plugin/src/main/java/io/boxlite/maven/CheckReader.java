package io.boxlite.maven;

import io.boxlite.BoxOption;
import io.boxlite.BoxOptions;
import io.boxlite.Command;
import io.boxlite.FileAttributes;
import io.boxlite.ImageSource;
import io.boxlite.OptionContext;
import io.boxlite.OutputKeep;
import io.boxlite.text.Sha256;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Reads the parameter {@code checks}; docs/maven.md describes its elements. */
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

  /** The options of a box that the element {@code box} does not have, with the reason. */
  static final Map<String, String> NOT_IN_BOX =
      Map.of(
          BoxOption.IMAGE.name(), "an element of <check>",
          BoxOption.ENV.name(), "an element of <check>, for its command",
          BoxOption.WORKING_DIR.name(), "an element of <check>, for its command",
          BoxOption.USER.name(), "an element of <check>, for its command",
          BoxOption.FILES.name(), "an element of <check>, with owners and modes",
          BoxOption.NAME.name(), "the box of a check is never looked up by name",
          BoxOption.PORTS.name(), "nothing connects to the box of a check while its command runs",
          BoxOption.JOIN.name(), "each check has a box of its own, which no other box can reach",
          BoxOption.ALIAS.name(), "each check has a box of its own, which no other box can reach");

  private static final Set<String> NO_NETWORKING =
      Set.of(BoxOption.PORTS.name(), BoxOption.JOIN.name(), BoxOption.ALIAS.name());

  static final List<String> BOX_FIELDS =
      BoxOption.all().stream()
          .map(BoxOption::name)
          .filter(name -> !NOT_IN_BOX.containsKey(name))
          .toList();

  private static final Map<String, Limit> LIMITS = new LinkedHashMap<>();

  static {
    LIMITS.put("timeout", (limits, c) -> limits.duration("timeout", c::timeout));
    LIMITS.put("cpuTime", (limits, c) -> limits.duration("cpuTime", c::cpuTime));
    LIMITS.put("memoryMib", (limits, c) -> limits.integer("memoryMib", c::memoryMib));
    LIMITS.put("stackMib", CheckReader::stack);
    LIMITS.put("maxProcesses", (limits, c) -> limits.integer("maxProcesses", c::maxProcesses));
    LIMITS.put("maxOpenFiles", (limits, c) -> limits.integer("maxOpenFiles", c::maxOpenFiles));
    LIMITS.put(
        "maxFileSizeMib", (limits, c) -> limits.integer("maxFileSizeMib", c::maxFileSizeMib));
    LIMITS.put("maxOutput", (limits, c) -> limits.bytes("maxOutput", c::maxOutputBytes));
    LIMITS.put(
        "keepOutput",
        (limits, c) -> limits.constant("keepOutput", OutputKeep.class).map(c::keepOutput));
  }

  static final List<String> LIMIT_FIELDS = List.copyOf(LIMITS.keySet());

  static final List<String> FILE_FIELDS = List.of("source", "target", "owner", "mode");

  private static final String UNLIMITED = "unlimited";

  private final Path basedir;

  /**
   * Creates a reader.
   *
   * @param basedir the directory from which relative paths start
   */
  CheckReader(Path basedir) {
    this.basedir = basedir;
  }

  List<Check> read(ConfigNode checks) {
    List<Check> read = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (ConfigNode element : checks.list("check")) {
      String ordinal = "<checks>, <check> " + (read.size() + 1);
      Check check = check(element.describedAs(ordinal));
      if (!names.add(check.name())) {
        throw new InvalidConfigurationException(
            ordinal + ": another check has the name \"" + check.name() + "\"; rename one of them");
      }
      read.add(check);
    }
    return List.copyOf(read);
  }

  private Check check(ConfigNode unnamed) {
    Optional<String> name = unnamed.text("name");
    ConfigNode node = name.map(n -> unnamed.describedAs("check \"" + n + "\"")).orElse(unnamed);
    node.allow(FIELDS);
    if (node.child("stdin").isPresent() && node.child("stdinFile").isPresent()) {
      throw node.problem("it has both <stdin> and <stdinFile>; remove one");
    }
    return new Check(
        name.orElseThrow(
            () -> node.problem("it has no <name>; add one, which identifies it in reports")),
        box(node),
        node.child("files").map(this::files).orElse(List.of()),
        command(node),
        node.text("stdinFile").map(basedir::resolve),
        new Expectations.Reader(basedir).read(node.child("expect")),
        fingerprint(node));
  }

  private BoxOptions box(ConfigNode node) {
    BoxOptions.Builder options = BoxOptions.builder();
    node.parse("image", image -> options.image(ImageSource.resolve(basedir, image)));
    node.child("box")
        .ifPresent(
            box -> {
              rejectNetworking(box);
              box.allow(BOX_FIELDS);
              box.children().forEach(element -> option(element, options));
            });
    return options.build();
  }

  /** Options that exist, and could be expected here, deserve more than a list of the others. */
  private static void rejectNetworking(ConfigNode box) {
    for (ConfigNode element : box.children()) {
      if (NO_NETWORKING.contains(element.name())) {
        throw box.problem(
            "<"
                + element.name()
                + "> has no use in a check: "
                + NOT_IN_BOX.get(element.name())
                + "; remove it, or write a test with @Box");
      }
    }
  }

  private void option(ConfigNode element, BoxOptions.Builder options) {
    BoxOption<?> option = BoxOption.named(element.name()).orElseThrow();
    OptionContext context = OptionContext.of(basedir);
    if (element.isLeaf() || !option.isList()) {
      element.parse(text -> options.read(option, List.of(text), context));
      return;
    }
    List<String> texts = element.children().stream().map(ConfigNode::text).toList();
    try {
      options.read(option, texts, context);
    } catch (IllegalArgumentException e) {
      throw element.problem(String.valueOf(e.getMessage()));
    }
  }

  private static Command command(ConfigNode node) {
    ConfigNode argv =
        node.child("command")
            .orElseThrow(() -> node.problem("it has no <command>; add the command to run"));
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
    Command limited = command;
    for (Limit limit : LIMITS.values()) {
      limited = limit.read(limits, limited).orElse(limited);
    }
    return limited;
  }

  private static Optional<Command> stack(ConfigNode limits, Command command) {
    return limits.text("stackMib").filter(UNLIMITED::equalsIgnoreCase).isPresent()
        ? Optional.of(command.stackMib(Command.UNLIMITED_STACK))
        : limits.integer("stackMib", command::stackMib);
  }

  /** Reads a limit of a command. */
  private interface Limit {
    /** Returns the command with the limit; empty if the limit is not configured. */
    Optional<Command> read(ConfigNode limits, Command command);
  }

  private List<FileCopy> files(ConfigNode node) {
    return node.list("file").stream().map(this::file).toList();
  }

  private FileCopy file(ConfigNode node) {
    node.allow(FILE_FIELDS);
    String source =
        node.text("source")
            .orElseThrow(
                () -> node.problem("it has no <source>; add the path of a file or directory"));
    String target =
        node.parse("target", CheckReader::absolute)
            .orElseThrow(() -> node.problem("it has no <target>; add an absolute path in the box"));
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
    return Sha256.hex(node.canonical()).substring(0, 16);
  }
}
