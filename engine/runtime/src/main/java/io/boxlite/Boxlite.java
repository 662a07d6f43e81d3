package io.boxlite;

import io.boxlite.internal.check.Arguments;
import java.util.List;
import java.util.Optional;

/**
 * Creates boxes and owns them: closing it ends them all.
 *
 * <pre>{@code
 * try (Boxlite boxlite = Boxlite.open();
 *     LiteBox box = boxlite.create(BoxOptions.image("python:slim").build())) {
 *   ExecResult hello = box.exec("python3", "-c", "print('hi')");
 * }
 * }</pre>
 *
 * <p>All methods are safe to call from any thread. Any number of instances may be open at once, in
 * one JVM or in many.
 *
 * <p>A test can implement this interface to do without virtual machines: only {@link #create},
 * {@link #list} and {@link #close} are abstract. A method that an implementation leaves out throws
 * {@link UnsupportedOperationException}.
 */
public interface Boxlite extends AutoCloseable {
  /**
   * Opens the engine on this machine with the settings: the system properties and environment
   * variables named in {@link BoxliteOptions}.
   *
   * @throws BoxliteException if a setting is invalid or the home directory cannot be used
   */
  static Boxlite open() {
    return open(BoxliteOptions.defaults());
  }

  /**
   * Opens the engine on this machine with options, which override the settings.
   *
   * @throws BoxliteException if a setting is invalid or the home directory cannot be used
   */
  static Boxlite open(BoxliteOptions options) {
    return Engine.open(options);
  }

  /**
   * Returns the keys of all settings, such as {@code boxlite.home}: the names of the system
   * properties that are read, and the keys that {@link BoxliteOptions.Builder#fallbackSettings}
   * accepts.
   */
  static List<String> settings() {
    return Engine.settings();
  }

  /**
   * Starts a box and returns when it accepts commands.
   *
   * <p>If this machine has too little free memory for it, the box waits until others have ended,
   * including those of other JVMs. Boxes are served in the order in which they asked, and wait no
   * longer than their {@linkplain BoxOptions#startTimeout() start timeout}.
   *
   * @param options the configuration of the box
   * @return the box, which the caller closes
   * @throws ImageNotFoundException if there is no such image
   * @throws ImagePullException if the image must be pulled and its registry cannot be reached,
   *     refuses, or fails
   * @throws ImageIntegrityException if the image is damaged
   * @throws HypervisorUnavailableException if QEMU or the requested accelerator is not available
   * @throws BoxStartException if the box does not start, or not in time, or if there is not enough
   *     memory for it, in which case the message says who holds the memory
   * @throws IllegalArgumentException if another box has the name
   * @throws IllegalStateException if this instance is closed
   */
  LiteBox create(BoxOptions options);

  /** Returns the open box of this instance that has this id or name. */
  default Optional<LiteBox> get(String idOrName) {
    return list().stream()
        .filter(box -> box.id().equals(idOrName) || box.name().filter(idOrName::equals).isPresent())
        .findFirst();
  }

  /** Returns all open boxes of this instance, the oldest first. */
  List<LiteBox> list();

  /**
   * Closes a box.
   *
   * @param idOrName its id or name
   * @param force whether to end it if it is running
   * @throws IllegalArgumentException if there is no such box
   * @throws IllegalStateException if it is running and {@code force} is false
   */
  default void remove(String idOrName, boolean force) {
    LiteBox box =
        get(idOrName)
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "idOrName is \""
                            + Arguments.shown(idOrName)
                            + "\"; no box has this id or name"));
    if (!force && box.info().state() == BoxState.RUNNING) {
      throw new IllegalStateException(box + " is running; stop it first, or remove it with force");
    }
    box.close();
  }

  /** Creates a network between boxes with a name of its own; see {@link #newNetwork(String)}. */
  default BoxNetwork newNetwork() {
    throw new UnsupportedOperationException(getClass().getName() + " has no newNetwork()");
  }

  /**
   * Creates a network between boxes. It ends when it is closed, and with this instance.
   *
   * @param name letters, digits, {@code _}, {@code .} and {@code -}; up to 128 characters
   * @throws IllegalArgumentException if the name is invalid, or another network has it
   * @throws IllegalStateException if this instance is closed
   */
  default BoxNetwork newNetwork(String name) {
    throw new UnsupportedOperationException(getClass().getName() + " has no newNetwork(String)");
  }

  /** Returns the images in the home directory. */
  default Images images() {
    throw new UnsupportedOperationException(getClass().getName() + " has no images()");
  }

  /** Returns the templates in the home directory: the saved states that boxes start from. */
  default Templates templates() {
    throw new UnsupportedOperationException(getClass().getName() + " has no templates()");
  }

  /** Returns the named volumes in the home directory. */
  default Volumes volumes() {
    throw new UnsupportedOperationException(getClass().getName() + " has no volumes()");
  }

  /**
   * Examines this machine and returns what it can do for boxes, and why. See {@link
   * HostInfo#inspect(BoxliteOptions)} for a machine on which no instance can be opened.
   */
  default HostInfo host() {
    throw new UnsupportedOperationException(getClass().getName() + " has no host()");
  }

  /**
   * Ends all boxes and releases everything this instance holds. Returns when nothing of it is left;
   * a second call has no effect.
   */
  @Override
  void close();
}
