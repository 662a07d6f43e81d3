package io.boxlite.internal.network;

import io.boxlite.internal.host.AddressFamily;

/**
 * What is looked up.
 *
 * @param name a canonical name
 * @param family the addresses that are wanted
 */
record Question(String name, AddressFamily family) {
  Question ofOtherFamily() {
    return new Question(name, family.other());
  }
}
