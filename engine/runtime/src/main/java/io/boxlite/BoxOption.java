package io.boxlite;

import io.boxlite.internal.check.Arguments;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An option of a box: its name, type, default and range, and how it is read from text. Each option
 * is declared only here. {@link BoxOptions} holds the values, and everything that lets users set
 * options, such as {@code @Box}, reads them according to their declarations.
 *
 * @param <T> the type of the values, which are immutable
 */
public final class BoxOption<T> {
  private static final Map<String, BoxOption<?>> ALL = new LinkedHashMap<>();
  private static final Duration LONGEST_START = Duration.ofHours(1);

  /** RFC 1123, section 2.1: one label. */
  private static final Pattern HOSTNAME_LABEL =
      Pattern.compile("[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?");

  /** For a value of which a template depends only on whether there is one. */
  private static final String ANY = "any";

  private static final Pattern BOX_NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,127}");

  /** What an option affects. */
  public enum Effect {
    /** The template that the box starts from. */
    TEMPLATE,
    /**
     * The template if the box is prepared, by files, commands, a main command or waits; otherwise
     * only commands in it.
     */
    PREPARATION,
    /** Only the box itself. */
    BOX
  }

  /** See {@link BoxOptions.Builder#image(String)}. */
  public static final BoxOption<String> IMAGE =
      text("image", Effect.TEMPLATE, "The image: a name, or a source such as oci:DIR.")
          .check(image -> Arguments.notBlank("image", image))
          .declare();

  /** See {@link BoxOptions.Builder#cpus(int)}. */
  public static final BoxOption<Integer> CPUS =
      integer("cpus", 1, 1, 64, "The number of virtual processors.").declare();

  /** See {@link BoxOptions.Builder#memoryMib(int)}. */
  public static final BoxOption<Integer> MEMORY_MIB =
      integer("memoryMib", 512, 128, 1 << 20, "The guest's memory in MiB.").declare();

  /** See {@link BoxOptions.Builder#diskMib(int)}. */
  public static final BoxOption<Integer> DISK_MIB =
      integer("diskMib", 1024, 16, 1 << 20, "The capacity of the writable disk in MiB.").declare();

  /** See {@link BoxOptions.Builder#workingDir(String)}. */
  public static final BoxOption<String> WORKING_DIR =
      text("workingDir", Effect.TEMPLATE, "The working directory of commands, an absolute path.")
          .check(path -> Arguments.absolutePath("workingDir", path))
          .declare();

  /** See {@link BoxOptions.Builder#env(String, String)}. As text: {@code NAME=value} each. */
  public static final BoxOption<Map<String, String>> ENV =
      new Declaration<Map<String, String>>(
              "env", Map.class, Effect.PREPARATION, "Environment variables: NAME=value each.")
          .list((texts, context) -> OptionText.environment(texts))
          .byDefault(Map.of())
          .check(OptionText::environment)
          .declare();

  /** See {@link BoxOptions.Builder#user(String)}. */
  public static final BoxOption<String> USER =
      text("user", Effect.PREPARATION, "The user of commands: name, uid or uid:gid.")
          .check(user -> Arguments.notBlank("user", user))
          .declare();

  /** See {@link BoxOptions.Builder#hostname(String)}. */
  public static final BoxOption<String> HOSTNAME =
      text("hostname", Effect.BOX, "The guest's host name.")
          .check(
              OptionText.matching(
                  "hostname",
                  HOSTNAME_LABEL,
                  "1 to 63 letters, digits and inner hyphens (RFC 1123)"))
          .declare();

  /** See {@link BoxOptions.Builder#name(String)}. */
  public static final BoxOption<String> NAME =
      text("name", Effect.BOX, "A name to find the box by.")
          .check(
              OptionText.matching(
                  "name",
                  BOX_NAME,
                  "1 to 128 letters, digits, '_', '.' and '-', the first a letter or digit"))
          .declare();

  /** See {@link BoxOptions.Builder#files}. As text: {@code SOURCE -> TARGET} each. */
  public static final BoxOption<List<BoxFile>> FILES =
      new Declaration<List<BoxFile>>(
              "files", List.class, Effect.TEMPLATE, "Files of the box: SOURCE -> TARGET each.")
          .list((texts, context) -> texts.stream().map(t -> BoxFile.read(t, context)).toList())
          .byDefault(List.of())
          .check(List::copyOf)
          .declare();

  /** See {@link BoxOptions.Builder#prepare}. As text: for {@code sh -c}, 10 minutes each. */
  public static final BoxOption<List<Command>> PREPARE =
      new Declaration<List<Command>>(
              "prepare", List.class, Effect.TEMPLATE, "Shell commands that prepare the box.")
          .list((texts, context) -> texts.stream().map(OptionText::shellCommand).toList())
          .byDefault(List.of())
          .check(OptionText::preparing)
          .declare();

  /** See {@link BoxOptions.Builder#volumes}. As text: {@code SOURCE:PATH[:ro|:rw|:shared]} each. */
  public static final BoxOption<List<BoxVolume>> VOLUMES =
      new Declaration<List<BoxVolume>>(
              "volumes",
              List.class,
              Effect.BOX,
              "Directories and named volumes that the box has: SOURCE:PATH[:ro|:shared] each.")
          .list((texts, context) -> texts.stream().map(t -> BoxVolume.read(t, context)).toList())
          .byDefault(List.of())
          .check(OptionText::volumes)
          .declare();

  /** See {@link BoxOptions.Builder#tmpfs}. As text: {@code PATH:SIZE} each. */
  public static final BoxOption<Map<String, Integer>> TMPFS =
      new Declaration<Map<String, Integer>>(
              "tmpfs", Map.class, Effect.BOX, "File systems in memory: PATH:SIZE each.")
          .list((texts, context) -> OptionText.tmpfs(texts))
          .byDefault(Map.of())
          .check(OptionText::tmpfs)
          .declare();

  /** See {@link BoxOptions.Builder#startCommand()}. As text: see {@link StartCommand}. */
  public static final BoxOption<StartCommand> START_COMMAND =
      new Declaration<StartCommand>(
              "startCommand",
              StartCommand.class,
              Effect.TEMPLATE,
              "The main command: image, or a program and its arguments.")
          .list((texts, context) -> StartCommand.parse(texts))
          .declare();

  /** See {@link BoxOptions.Builder#waitFor(Wait...)}. As text: see {@link Wait}. */
  public static final BoxOption<List<Wait>> WAIT_FOR =
      new Declaration<List<Wait>>(
              "waitFor",
              List.class,
              Effect.TEMPLATE,
              "What makes the box ready: port:5432, http:8080/path, output:TEXT or exec:COMMAND"
                  + " each.")
          .list((texts, context) -> texts.stream().map(Wait::parse).toList())
          .byDefault(List.of())
          .check(List::copyOf)
          .declare();

  /** See {@link BoxOptions.Builder#network(Network)}. As text: see {@link Network}. */
  public static final BoxOption<Network> NETWORK =
      new Declaration<Network>(
              "network",
              Network.class,
              Effect.TEMPLATE,
              "What the box can reach, such as outbound.")
          .list((texts, context) -> Network.parse(texts.toArray(String[]::new)))
          .ofUnpreparedTemplate(Network::ofTemplate)
          .byDefault(Network.none())
          .declare();

  /** See {@link BoxOptions.Builder#secrets}. As text: see {@link Secret#parse}. */
  public static final BoxOption<List<Secret>> SECRETS =
      new Declaration<List<Secret>>(
              "secrets",
              List.class,
              Effect.PREPARATION, // the variables of a main command
              "Values that the box uses and never sees: NAME=env:VARIABLE -> HOST each.")
          .list((texts, context) -> texts.stream().map(Secret::parse).toList())
          .ofTemplate(secrets -> secrets.stream().map(Secret::ofTemplate).toList())
          .byDefault(List.of())
          .check(Secret::checked)
          .declare();

  /** See {@link BoxOptions.Builder#join}. */
  public static final BoxOption<String> JOIN =
      text("join", Effect.TEMPLATE, "The network between boxes that the box joins: its name.")
          .check(
              OptionText.matching(
                  "join",
                  BOX_NAME,
                  "1 to 128 letters, digits, '_', '.' and '-', the first a letter or digit"))
          .ofTemplate(name -> ANY)
          .declare();

  /** See {@link BoxOptions.Builder#join}. */
  public static final BoxOption<List<String>> ALIAS =
      new Declaration<List<String>>(
              "alias",
              List.class,
              Effect.BOX,
              "Names by which other boxes on the same network find the box.")
          .list((texts, context) -> List.copyOf(texts))
          .byDefault(List.of())
          .check(
              names ->
                  names.stream()
                      .map(
                          OptionText.matching(
                              "alias",
                              HOSTNAME_LABEL,
                              "1 to 63 letters, digits and inner hyphens (RFC 1123)"))
                      .map(OptionText::aliasThatIsAName)
                      .distinct()
                      .toList())
          .declare();

  /** See {@link BoxOptions.Builder#ports(int...)}. As text: {@code 8080} or {@code 18080:8080}. */
  public static final BoxOption<List<PublishedPort>> PORTS =
      new Declaration<List<PublishedPort>>(
              "ports",
              List.class,
              Effect.BOX,
              "TCP ports of the box that this machine can reach: 8080, or 18080:8080 each.")
          .list((texts, context) -> texts.stream().map(PublishedPort::parse).toList())
          .byDefault(List.of())
          .check(OptionText::ports)
          .declare();

  /** See {@link BoxOptions.Builder#security(SecurityOptions)}. As text: a preset, and changes. */
  public static final BoxOption<SecurityOptions> SECURITY =
      new Declaration<SecurityOptions>(
              "security",
              SecurityOptions.class,
              Effect.PREPARATION, // limits of the commands that prepare
              "How the box is confined: development, standard or maximum, and changes.")
          .list((texts, context) -> SecurityOptions.parse(texts.toArray(String[]::new)))
          .byDefault(SecurityOptions.standard())
          .check(SecurityOptions::checked)
          .declare();

  /** See {@link BoxOptions.Builder#pullPolicy(PullPolicy)}. */
  public static final BoxOption<PullPolicy> PULL_POLICY =
      constant("pullPolicy", PullPolicy.class, Effect.BOX, "When to pull the image.").declare();

  /** See {@link BoxOptions.Builder#accelerator(Accelerator)}. */
  public static final BoxOption<Accelerator> ACCELERATOR =
      constant(
              "accelerator",
              Accelerator.class,
              Effect.TEMPLATE,
              "How the guest's instructions are executed.")
          .unsetAttribute(Accelerator.AUTO.name())
          .declare();

  /** See {@link BoxOptions.Builder#addressRandomization(boolean)}. */
  public static final BoxOption<Boolean> ADDRESS_RANDOMIZATION =
      new Declaration<Boolean>(
              "addressRandomization",
              Boolean.class,
              Effect.TEMPLATE,
              "Whether programs run at random addresses (ASLR).")
          .parse(OptionText::bool, "it must be true or false")
          .unsetAttribute("false")
          .declare();

  /** See {@link BoxOptions.Builder#startTimeout(Duration)}. */
  public static final BoxOption<Duration> START_TIMEOUT =
      new Declaration<Duration>(
              "startTimeout",
              Duration.class,
              Effect.BOX,
              "How long the start may take, such as 30s.")
          .parse(text -> Optional.of(OptionText.duration("startTimeout", text)), "")
          .check(timeout -> Arguments.positive("startTimeout", timeout, LONGEST_START))
          .declare();

  private final String name;
  private final Class<?> type;
  private final Effect effect;
  private final String description;
  private final boolean list;
  private final @Nullable T defaultValue;
  private final String unsetAttribute;
  private final Reader<T> reader;
  private final UnaryOperator<T> check;
  private final UnaryOperator<T> ofTemplate;
  private final UnaryOperator<T> ofUnpreparedTemplate;

  private BoxOption(Declaration<T> declaration, Reader<T> reader) {
    name = declaration.name;
    type = declaration.type;
    effect = declaration.effect;
    description = declaration.description;
    list = declaration.list;
    defaultValue = declaration.defaultValue;
    unsetAttribute = declaration.unsetAttribute;
    check = declaration.check;
    ofTemplate = declaration.ofTemplate;
    ofUnpreparedTemplate = declaration.ofUnpreparedTemplate;
    this.reader = reader;
  }

  /** Returns all options, in the order of their declarations. */
  public static List<BoxOption<?>> all() {
    return List.copyOf(ALL.values());
  }

  /** Returns the option of this name, if there is one. */
  public static Optional<BoxOption<?>> named(String name) {
    return Optional.ofNullable(ALL.get(name));
  }

  /** Returns the name, which is also that of the setter in {@link BoxOptions.Builder}. */
  public String name() {
    return name;
  }

  /** Returns the raw type of the values. */
  public Class<?> type() {
    return type;
  }

  /** Returns what the option affects. */
  public Effect effect() {
    return effect;
  }

  /** Returns a description of one sentence. */
  public String description() {
    return description;
  }

  /** Returns whether the option is read from a list of texts instead of one text. */
  public boolean isList() {
    return list;
  }

  /**
   * Returns the value of boxes that do not set the option; empty if settings or the image determine
   * it.
   */
  public Optional<T> defaultValue() {
    return Optional.ofNullable(defaultValue);
  }

  /**
   * Reads a value.
   *
   * @param texts one text, or any number of texts for a {@linkplain #isList list}
   * @param context resolves the names of files
   * @throws IllegalArgumentException if the value is invalid; the message names the option
   */
  public T read(List<String> texts, OptionContext context) {
    return check.apply(reader.read(texts, context));
  }

  /**
   * Reads the value of an annotation's attribute. An attribute of an annotation always has a value,
   * so the empty text, the empty array, {@code AUTO} for {@link #ACCELERATOR} and {@code false} for
   * {@link #ADDRESS_RANDOMIZATION} mean that the option is not set.
   *
   * @param attribute a text, a number, a boolean, an enum constant, or an array or list of these
   * @return the value, if there is one
   * @throws IllegalArgumentException if the value is invalid; the message names the option
   */
  public Optional<T> readAttribute(Object attribute, OptionContext context) {
    List<String> texts =
        attribute instanceof Object[] array
            ? Arrays.stream(array).map(BoxOption::attributeText).toList()
            : attribute instanceof List<?> several
                ? several.stream().map(BoxOption::attributeText).toList()
                : List.of(attributeText(attribute));
    boolean unset =
        list ? texts.isEmpty() : texts.isEmpty() || texts.equals(List.of(unsetAttribute));
    return unset ? Optional.empty() : Optional.of(read(texts, context));
  }

  private static String attributeText(Object value) {
    return value instanceof Enum<?> constant ? constant.name() : value.toString();
  }

  /** Returns an immutable copy of a valid value, or throws an exception that names the option. */
  T check(T value) {
    return check.apply(value);
  }

  /**
   * Returns the part of a value that a template depends on.
   *
   * @param prepared whether files or commands prepare the box
   */
  @SuppressWarnings("unchecked") // options are set to values of their type
  Object ofTemplate(Object value, boolean prepared) {
    T part = ofTemplate.apply((T) value);
    return prepared ? part : ofUnpreparedTemplate.apply(part);
  }

  /** Returns the name. */
  @Override
  public String toString() {
    return name;
  }

  private interface Reader<T> {
    T read(List<String> texts, OptionContext context);
  }

  /** Collects the declaration of an option. */
  private static final class Declaration<T> {
    private final String name;
    private final Class<?> type;
    private final Effect effect;
    private final String description;
    private boolean list;
    private @Nullable T defaultValue;
    private String unsetAttribute = "";
    private @Nullable Reader<T> reader;
    private UnaryOperator<T> check = value -> value;
    private UnaryOperator<T> ofTemplate = value -> value;
    private UnaryOperator<T> ofUnpreparedTemplate = value -> value;

    Declaration(String name, Class<?> type, Effect effect, String description) {
      this.name = name;
      this.type = type;
      this.effect = effect;
      this.description = description;
    }

    Declaration<T> byDefault(T value) {
      defaultValue = value;
      return this;
    }

    Declaration<T> unsetAttribute(String text) {
      unsetAttribute = text;
      return this;
    }

    Declaration<T> check(UnaryOperator<T> check) {
      this.check = check;
      return this;
    }

    /** For an option of which a part affects only the box. */
    Declaration<T> ofTemplate(UnaryOperator<T> part) {
      ofTemplate = part;
      return this;
    }

    /** For an option of which a part affects only preparations. */
    Declaration<T> ofUnpreparedTemplate(UnaryOperator<T> part) {
      ofUnpreparedTemplate = part;
      return this;
    }

    Declaration<T> list(Reader<T> reader) {
      list = true;
      this.reader = reader;
      return this;
    }

    /** Reads one text. If the parser returns nothing, the message says what was expected. */
    Declaration<T> parse(Function<String, Optional<T>> parser, String expected) {
      reader =
          (texts, context) -> {
            if (texts.size() != 1) {
              throw new IllegalArgumentException(
                  name + " is " + texts + "; it takes one value, not " + texts.size());
            }
            String text = texts.get(0);
            return parser
                .apply(text)
                .orElseThrow(
                    () ->
                        new IllegalArgumentException(
                            name + " is \"" + Arguments.shown(text) + "\"; " + expected));
          };
      return this;
    }

    BoxOption<T> declare() {
      if (reader == null) {
        throw new IllegalStateException(name + " cannot be read");
      }
      BoxOption<T> option = new BoxOption<>(this, reader);
      ALL.put(name, option);
      return option;
    }
  }

  private static Declaration<String> text(String name, Effect effect, String description) {
    return new Declaration<String>(name, String.class, effect, description).parse(Optional::of, "");
  }

  private static Declaration<Integer> integer(
      String name, int defaultValue, int least, int most, String description) {
    return new Declaration<Integer>(name, Integer.class, Effect.TEMPLATE, description)
        .parse(OptionText::wholeNumber, "it must be a whole number")
        .byDefault(defaultValue)
        .check(value -> Arguments.inRange(name, value, least, most));
  }

  private static <E extends Enum<E>> Declaration<E> constant(
      String name, Class<E> type, Effect effect, String description) {
    List<E> constants = List.of(type.getEnumConstants());
    return new Declaration<E>(name, type, effect, description)
        .parse(
            text -> {
              String constant = text.toUpperCase(Locale.ROOT).replace('-', '_');
              return constants.stream().filter(one -> one.name().equals(constant)).findFirst();
            },
            "it must be one of " + constants);
  }
}
