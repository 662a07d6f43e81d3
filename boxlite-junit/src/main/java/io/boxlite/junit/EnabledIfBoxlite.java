package io.boxlite.junit;

import io.boxlite.junit.internal.BoxliteCondition;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Skips a test or a test class on a machine where no box can start. The reason is told, with the
 * command that mends it: as the reason of the skipped test and, once a run, on standard error.
 *
 * <p>Without it a test with a box fails there, unless {@code boxlite.unavailable=skip} is set. With
 * {@code boxlite.unavailable=fail} it is of no effect, so that a machine that is meant to have
 * boxes cannot lose its tests unseen.
 *
 * <pre><code class="java">
 * &#64;EnabledIfBoxlite
 * class SubmissionTest {
 *   &#64;Test
 *   void runs(@Box LiteBox box) { ... }
 * }
 * </code></pre>
 */
@Documented
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(BoxliteCondition.class)
public @interface EnabledIfBoxlite {}
