package io.boxlite.internal.vm.qemu;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * An event that QEMU reports without being asked.
 *
 * @param name such as {@code SHUTDOWN}
 * @param data the event's members; an empty object when it has none
 */
record QmpEvent(String name, JsonNode data) {}
