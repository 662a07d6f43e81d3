package io.boxlite.junit;

import io.boxlite.LiteBox;

/** A box of tests, and what ran in it. */
record StartedBox(LiteBox box, BoxJournal journal) {}
