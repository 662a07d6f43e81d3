package it;

import io.boxlite.junit.Box;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;

/** A box of this project's own kind. */
@Box(memoryMib = 192)
@Retention(RetentionPolicy.RUNTIME)
@interface SmallBox {}
