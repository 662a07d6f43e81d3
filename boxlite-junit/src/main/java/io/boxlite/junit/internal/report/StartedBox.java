package io.boxlite.junit.internal.report;

import io.boxlite.LiteBox;

/** A box of tests, and what ran in it. */
public record StartedBox(LiteBox box, BoxJournal journal) {}
