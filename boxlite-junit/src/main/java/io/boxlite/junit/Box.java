package io.boxlite.junit;

import io.boxlite.Accelerator;
import io.boxlite.BoxOptions;
import io.boxlite.LiteBox;
import io.boxlite.PullPolicy;
import io.boxlite.junit.internal.BoxExtension;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Injects a box into a test: a {@link LiteBox} that is started for the test and closed after it,
 * whether the test passes or fails.
 *
 * <p>Put the annotation on a field, or on a parameter of a test method, a lifecycle method or the
 * constructor. It works in all kinds of test classes: nested classes, records, superclasses,
 * interfaces, parameterized and repeated tests, and test factories. Instance fields are set before
 * {@code @BeforeEach} methods run, static fields before {@code @BeforeAll} methods.
 *
 * <pre><code class="java">
 * class GreetingTest {
 *   &#64;Test
 *   void greets(@Box LiteBox box) {
 *     assertThat(box.exec("echo", "hello")).succeeded().hasStdout("hello\n");
 *   }
 * }
 * </code></pre>
 *
 * <p><b>Scope.</b> By default, each annotated parameter and instance field gets a new box for each
 * test, and a static field gets one box for its class. {@link #scope} changes that.
 *
 * <p><b>Parallel tests.</b> By default, tests that share a box use it one after the other: each
 * test waits until it holds the locks of all boxes that it shares. {@link #concurrent} changes
 * that.
 *
 * <p><b>Composed annotations.</b> An annotation that is itself annotated with {@code @Box} can be
 * used instead. Its attributes override those of {@code @Box} with the same name:
 *
 * <pre><code class="java">
 * &#64;Retention(RetentionPolicy.RUNTIME)
 * &#64;Box(image = "python:slim")
 * &#64;interface PythonBox {
 *   int memoryMib() default 256;
 * }
 *
 * &#64;Test
 * void runs(@PythonBox(memoryMib = 1024) LiteBox box) { ... }
 * </code></pre>
 *
 * <p><b>Settings.</b> The engine is opened when the first box of a launcher session is needed, and
 * closed with the session. Its settings, such as {@code boxlite.home}, can also be in {@code
 * junit-platform.properties}. An unknown setting there that begins with {@code boxlite.} is an
 * error.
 *
 * <p><b>Failures.</b> An invalid declaration fails the test with a message that names the field or
 * parameter: an {@link org.junit.jupiter.api.extension.ExtensionConfigurationException} for a
 * field, a {@link org.junit.jupiter.api.extension.ParameterResolutionException} for a parameter. If
 * a box cannot start, the exception of the engine is thrown; for a parameter, JUnit wraps it. The
 * failure of a test has a report on its boxes among its suppressed exceptions. The same report, in
 * full, is published as files of the test.
 */
@Documented
@Target({ElementType.ANNOTATION_TYPE, ElementType.FIELD, ElementType.PARAMETER})
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(BoxExtension.class)
public @interface Box {
  /**
   * The image: a name or a source, as in {@link BoxOptions.Builder#image(String)}. If empty, the
   * built-in BusyBox image. A relative path in a source is resolved against the module's directory
   * when Maven runs the tests, and otherwise against the JVM's working directory.
   */
  String image() default "";

  /** Virtual processors, 1 to 64. */
  int cpus() default 1;

  /** The guest's memory in MiB, 128 to 1048576. */
  int memoryMib() default 512;

  /** The limit on what can be written to the root file system, in MiB, 16 to 1048576. */
  int diskMib() default 1024;

  /**
   * Environment variables for all commands, each {@code "NAME=value"}. They override those of the
   * image.
   */
  String[] env() default {};

  /**
   * The default working directory of commands, an absolute path. If empty, the image's working
   * directory.
   */
  String workingDir() default "";

  /**
   * The default user of commands: {@code name}, {@code uid} or {@code uid:gid}. If empty, the
   * image's user, or root if the image has none. A name that the image does not know is an error,
   * unless the box is prepared ({@link #prepare}, {@link #prepareMethod}, {@link #files}), because
   * the preparation may add the user.
   */
  String user() default "";

  /** The accelerator. {@link Accelerator#AUTO} uses the one from the settings. */
  Accelerator accelerator() default Accelerator.AUTO;

  /**
   * Whether programs run at random addresses, as with {@link
   * BoxOptions.Builder#addressRandomization}. {@code false} means the default of the accelerator:
   * on with KVM, off under emulation.
   */
  boolean addressRandomization() default false;

  /**
   * What the box can reach: {@code "none"}, which is the default, or {@code "outbound"} and rules
   * such as {@code "pypi.example:443"}, in one text or several. See {@link io.boxlite.Network}.
   */
  String[] network() default {};

  /**
   * Values that programs in the box can send to certain hosts and never see, each {@code "NAME ->
   * HOST, HOST"} for the environment variable of that name in the JVM of the tests, or {@code
   * "NAME=env:VARIABLE -> HOST"} or {@code "NAME=property:KEY -> HOST"}. Commands have the
   * environment variable with a placeholder. The {@link #network} must allow the hosts. See {@link
   * io.boxlite.Secret}.
   */
  String[] secrets() default {};

  /**
   * The name of a network between boxes. Boxes that join the same one reach each other by their
   * {@link #alias aliases}, on all ports. It belongs to the test, or to its class if a shared box
   * that the test may use joins it as well, or to the session if such a box has that scope. It is
   * created for the first box that joins it.
   */
  String join() default "";

  /**
   * Names by which the other boxes on the network find this one: letters, digits and hyphens, at
   * most 63 characters each. An error without {@link #join}.
   */
  String[] alias() default {};

  /**
   * TCP ports of the box that the test can connect to, each {@code "8080"}, or {@code "18080:8080"}
   * for port 18080 of this machine. {@code box.network().address(8080)} is where.
   */
  String[] ports() default {};

  /**
   * How the box is confined, and limits of all its commands: {@code "development"}, {@code
   * "standard"} or {@code "maximum"}, and then changes, such as {@code "maximum,
   * maxOpenFiles=2048"}, in one text or several. The default is {@code "standard"}. See {@link
   * io.boxlite.SecurityOptions}.
   */
  String[] security() default {};

  /**
   * Files and directories to copy into the box before it is used, each {@code "SOURCE -> TARGET"}.
   * The source is {@code classpath:NAME} or a path on the host, resolved like that of an {@link
   * #image}. The target is an absolute path in the box; if it ends with a slash, it is a directory.
   * The content of a source directory is copied into the target, with symbolic links as links.
   * Everything belongs to root. Files that their owner may execute get mode 0755, other files 0644.
   * The image needs no shell for this.
   */
  String[] files() default {};

  /**
   * Volumes, which the box has mounted while it runs, each {@code "SOURCE:/PATH"}, with {@code
   * ":ro"} behind it if the box may only read, or {@code ":shared"} if several boxes change it at
   * the same time. A source with a slash, or that begins with a dot, is a directory on the host,
   * resolved like a path of an {@link #image}; any other is the name of a volume that outlives the
   * box. Volumes are not there during the preparation. See {@link BoxOptions.Builder#volumes}.
   */
  String[] volumes() default {};

  /** File systems in memory, each {@code "/PATH:SIZE"}, such as {@code "/scratch:64MiB"}. */
  String[] tmpfs() default {};

  /**
   * Commands that prepare the box, each run by {@code sh -c}. They run once, after the {@link
   * #files} were copied. The resulting state is saved, with all running processes, and every box
   * with the same attributes starts from it, in later runs as well. If a command does not exit with
   * 0 within 10 minutes, the test fails and shows its output.
   */
  String[] prepare() default {};

  /**
   * The name of a static method without parameters that returns more commands to prepare the box: a
   * {@link io.boxlite.Command}, or an array or a {@link java.util.Collection} of them. They run
   * after those of {@link #prepare}. The method is looked up in the class that declares the field
   * or parameter; {@code package.Type#method} names one of another class.
   */
  String prepareMethod() default "";

  /**
   * The main command of the box: {@code "image"} for the image's entrypoint and command, or a
   * program and its arguments, such as {@code {"nginx", "-g", "daemon off;"}}. It is started once,
   * after the commands that prepare the box, and continues in every box that starts from the saved
   * state. See {@link BoxOptions.Builder#startCommand(io.boxlite.Command)}.
   */
  String[] startCommand() default {};

  /**
   * What must hold before the box is used: {@code "port:5432"}, {@code "http:8080/health"} or
   * {@code "http:8080/health=200"}, {@code "output:TEXT"} of the {@link #startCommand}, or {@code
   * "exec:COMMAND"} for {@code sh -c}, each with a timeout such as {@code " within 2min"} behind it
   * if 60 s are not right. See {@link io.boxlite.Wait}.
   */
  String[] waitFor() default {};

  /**
   * The guest's host name: letters, digits and hyphens, at most 63 characters. If empty, the box's
   * id.
   */
  String hostname() default "";

  /** When to pull the image: at most one value. If there is none, the setting applies. */
  PullPolicy[] pullPolicy() default {};

  /**
   * The time limit for a start, such as {@code "90s"} or {@code "2min"}, at most an hour. It
   * applies once to the wait for memory, and once to the guest's start. If empty, the setting
   * applies.
   */
  String startTimeout() default "";

  /** The lifetime of the box, and the tests that share it. */
  BoxScope scope() default BoxScope.AUTO;

  /** Whether a shared box is reset between tests. An error for a box that is not shared. */
  BoxReset reset() default BoxReset.NEVER;

  /**
   * Whether tests that run in parallel may use the shared box at the same time. An error for a box
   * that is not shared, and for one that is reset.
   */
  boolean concurrent() default false;

  /** Distinguishes shared boxes whose other attributes are equal. */
  String name() default "";
}
