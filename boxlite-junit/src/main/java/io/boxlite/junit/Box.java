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
 * Gives a test a box: a {@link LiteBox}, started for it and closed when it is over, however it
 * ended.
 *
 * <p>It stands on a field, or on a parameter of a test method, of a lifecycle method or of the
 * constructor, in test classes of every kind: nested ones, records, superclasses, interfaces,
 * parameterized and repeated tests, test factories. Fields are set before {@code @BeforeEach}
 * methods run, static ones before {@code @BeforeAll} methods.
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
 * <p><b>Scope.</b> Each annotated parameter and instance field has a box of its own for each test;
 * a static field has one for its class. {@link #scope} says otherwise.
 *
 * <p><b>Parallel tests.</b> Tests that share a box use it one after the other: each waits until it
 * has all its shared boxes for itself. {@link #concurrent} says otherwise.
 *
 * <p><b>Composed annotations.</b> An annotation that carries this one stands for a kind of box. An
 * attribute of it with the name of one here takes precedence:
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
 * <p><b>Settings.</b> The engine is opened with the first box of a launcher session and closed with
 * the session. Its settings, such as {@code boxlite.home}, may also stand in {@code
 * junit-platform.properties}; an unknown name there that begins with {@code boxlite.} is an error.
 *
 * <p><b>Failures.</b> A declaration that cannot be met fails the test with a message that names it:
 * an {@link org.junit.jupiter.api.extension.ExtensionConfigurationException} for a field, a {@link
 * org.junit.jupiter.api.extension.ParameterResolutionException} for a parameter. What keeps a box
 * from starting is thrown as the engine throws it, for a parameter as the cause of what JUnit makes
 * of it. A test that fails has, among the suppressed exceptions of its failure and among the files
 * of its report, what its boxes know.
 */
@Documented
@Target({ElementType.ANNOTATION_TYPE, ElementType.FIELD, ElementType.PARAMETER})
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(BoxExtension.class)
public @interface Box {
  /**
   * The image: a name in the store or a source, as {@link BoxOptions.Builder#image(String)} takes
   * it; the built-in BusyBox image when empty. A relative path of a source starts at the module's
   * directory when Maven runs the tests, otherwise at the JVM's working directory.
   */
  String image() default "";

  /** Virtual processors, 1 to 64. */
  int cpus() default 1;

  /** The guest's memory in MiB, 128 to 1048576. */
  int memoryMib() default 512;

  /** The capacity for writes to the root file system, in MiB, 16 to 1048576. */
  int diskMib() default 1024;

  /** Environment variables for every command, each {@code "NAME=value"}, over the image's. */
  String[] env() default {};

  /** The working directory of commands that name none, absolute; the image's when empty. */
  String workingDir() default "";

  /**
   * The user of commands that name none: {@code name}, {@code uid} or {@code uid:gid}; the image's,
   * then root when empty. A name that the image does not have is an error, unless the box is
   * prepared ({@link #prepare}, {@link #prepareMethod}, {@link #files}), which may add it.
   */
  String user() default "";

  /** The accelerator; {@link Accelerator#AUTO} leaves it to the settings. */
  Accelerator accelerator() default Accelerator.AUTO;

  /**
   * Whether programs run at random addresses, as with {@link
   * BoxOptions.Builder#addressRandomization}. {@code false} leaves it to the accelerator: on with
   * KVM, off under emulation.
   */
  boolean addressRandomization() default false;

  /**
   * What the box can reach: nothing, {@code "none"}, which is also the default. Boxes have no
   * network yet.
   */
  String[] network() default {};

  /**
   * Files and directories that are in the box when it starts, each {@code "SOURCE -> TARGET"}. The
   * source is a path on the host, resolved as that of an {@link #image}, or {@code classpath:NAME};
   * the target is an absolute path in the box, of a directory when it ends with a slash. The
   * content of a directory goes into the target; symbolic links in it stay links. Everything
   * belongs to root; a file that its owner may execute has mode 0755, other files have mode 0644.
   * The image needs no shell.
   */
  String[] files() default {};

  /**
   * Commands, each for {@code sh -c}, that run once in the first box of the kind, after its {@link
   * #files} are there. The state that they leave is saved, running processes included, and every
   * box of the kind starts from it, in later runs as well. One that does not exit with 0 within 10
   * minutes fails the test, with its output.
   */
  String[] prepare() default {};

  /**
   * The name of a static method without parameters that gives more commands to prepare the box,
   * which run after those of {@link #prepare}: a {@link io.boxlite.Command}, an array or a {@link
   * java.util.Collection} of them. It is one of the class that has the field or parameter, or
   * {@code package.Type#method}.
   */
  String prepareMethod() default "";

  /** The guest's host name: letters, digits and hyphens, at most 63; the box's id when empty. */
  String hostname() default "";

  /** When to pull the image: at most one value; if there is none, the setting applies. */
  PullPolicy[] pullPolicy() default {};

  /**
   * How long the box may wait for memory, and then its guest may take until it is ready, such as
   * {@code "90s"} or {@code "2min"}, at most an hour; as the settings say when empty.
   */
  String startTimeout() default "";

  /** How long the box lives, and who shares it. */
  BoxScope scope() default BoxScope.AUTO;

  /** What a shared box has of the tests before; an error for a box that belongs to one test. */
  BoxReset reset() default BoxReset.NEVER;

  /**
   * Whether tests that share the box may use it at the same time, as far as they run at the same
   * time; an error for a box that belongs to one test, and for one that is reset.
   */
  boolean concurrent() default false;

  /** Tells shared boxes apart that are equal in all else. */
  String name() default "";
}
