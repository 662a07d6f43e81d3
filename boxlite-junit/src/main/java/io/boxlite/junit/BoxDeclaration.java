package io.boxlite.junit;

import io.boxlite.Accelerator;
import io.boxlite.BoxOptions;
import io.boxlite.LiteBox;
import java.util.HashSet;
import java.util.Set;

/**
 * A place that asks for a box.
 *
 * @param box what it asks for
 * @param place where it stands, for messages, such as "field `box` in class a.B"
 * @param type what is declared there
 */
record BoxDeclaration(Box box, String place, Class<?> type) {

  /**
   * Makes the engine's options of it.
   *
   * @throws IllegalArgumentException when the declaration cannot be met; the message names it
   */
  BoxOptions options() {
    if (type != LiteBox.class) {
      throw new IllegalArgumentException(
          "@Box " + place + " must be of type LiteBox but is " + type.getSimpleName());
    }
    try {
      return readOptions();
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("@Box " + place + ": " + e.getMessage(), e);
    }
  }

  private BoxOptions readOptions() {
    BoxOptions.Builder options =
        BoxOptions.builder().cpus(box.cpus()).memoryMib(box.memoryMib()).diskMib(box.diskMib());
    if (!box.image().isEmpty()) {
      options.image(box.image());
    }
    if (!box.workingDir().isEmpty()) {
      options.workingDir(box.workingDir());
    }
    if (!box.user().isEmpty()) {
      options.user(box.user());
    }
    if (box.accelerator() != Accelerator.AUTO) {
      options.accelerator(box.accelerator());
    }
    readEnvironment(options);
    return options.build();
  }

  private void readEnvironment(BoxOptions.Builder options) {
    Set<String> names = new HashSet<>();
    for (String entry : box.env()) {
      int equals = entry.indexOf('=');
      if (equals < 1) {
        throw new IllegalArgumentException(
            "env entry \"" + entry + "\" must be of the form \"NAME=value\"");
      }
      String name = entry.substring(0, equals);
      if (!names.add(name)) {
        throw new IllegalArgumentException("env sets " + name + " twice; keep one of them");
      }
      options.env(name, entry.substring(equals + 1));
    }
  }
}
