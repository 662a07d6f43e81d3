package io.boxlite.junit;

import io.boxlite.junit.internal.EnabledIfBoxliteCondition;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Skips a test or a test class on a machine that cannot start boxes. The reason, with the command
 * that fixes it, is reported for the skipped test and printed to standard error once in a run.
 *
 * <p>Without this annotation a test with a box fails on such a machine, unless the setting {@code
 * boxlite.unavailable} is {@code skip}. With {@code boxlite.unavailable=fail} the annotation has no
 * effect. Use that setting in CI, so that tests cannot be skipped unnoticed.
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
@ExtendWith(EnabledIfBoxliteCondition.class)
public @interface EnabledIfBoxlite {}
