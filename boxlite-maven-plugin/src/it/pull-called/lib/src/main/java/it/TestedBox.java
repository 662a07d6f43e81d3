package it;

import io.boxlite.junit.Box;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;

/** A box of this project's own kind. */
@Box(image = "rootfs:tested.tar")
@Retention(RetentionPolicy.RUNTIME)
public @interface TestedBox {}
