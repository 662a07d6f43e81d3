package io.boxlite.junit;

import io.boxlite.Accelerator;
import io.boxlite.BoxOptions;
import io.boxlite.LiteBox;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Gives a test a box of its own: a {@link LiteBox}, started for one test method and closed after
 * it, however it ended.
 *
 * <p>It stands on a parameter of a test method or of a {@code @BeforeEach} or {@code @AfterEach}
 * method, or on an instance field, which is set before {@code @BeforeEach} methods run. Each
 * annotated parameter and field has a box of its own.
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
 * <p>It is also a meta-annotation: an annotation of one's own that carries it stands for a kind of
 * box.
 *
 * <p>The engine is opened once, with the first box, and closed after the last test. Its settings
 * ({@code boxlite.home}, {@code boxlite.accelerator}, {@code boxlite.qemu}) may also stand in
 * {@code junit-platform.properties}.
 *
 * <p>A declaration that cannot be met fails the test with a message that names it: an {@link
 * org.junit.jupiter.api.extension.ExtensionConfigurationException} for a field, a {@link
 * org.junit.jupiter.api.extension.ParameterResolutionException} for a parameter. What keeps a box
 * from starting is thrown as the engine throws it.
 */
@Documented
@Target({ElementType.ANNOTATION_TYPE, ElementType.FIELD, ElementType.PARAMETER})
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(BoxExtension.class)
public @interface Box {
  /**
   * The image: a name in the store or a source, as {@link BoxOptions.Builder#image(String)} takes
   * it; the built-in BusyBox image when empty.
   */
  String image() default "";

  /** Virtual processors, 1 to 64. */
  int cpus() default 1;

  /** The guest's memory in MiB, 128 to 1048576. */
  int memoryMib() default 512;

  /** How much can be written to the root file system, in MiB, 16 to 1048576. */
  int diskMib() default 1024;

  /** Environment variables for every command, each {@code "NAME=value"}, over the image's. */
  String[] env() default {};

  /** The working directory of commands that name none, absolute; the image's when empty. */
  String workingDir() default "";

  /**
   * The user of commands that name none: {@code name}, {@code uid} or {@code uid:gid}; the image's,
   * then root when empty.
   */
  String user() default "";

  /** The accelerator; {@link Accelerator#AUTO} leaves it to the settings. */
  Accelerator accelerator() default Accelerator.AUTO;
}
