package io.boxlite.maven;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The results that the goal {@code run} records for the goal {@code verify}.
 *
 * @param version the version of the file format
 * @param checks the results, in the order in which the checks were run
 */
record CheckRecord(int version, List<CheckResult> checks) {
  private static final int VERSION = 1;
  private static final JsonMapper JSON =
      JsonMapper.builder().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();

  /** Returns a record without results. */
  static CheckRecord empty() {
    return new CheckRecord(VERSION, List.of());
  }

  /**
   * Reads a record from a file; returns an empty one if there is no such file.
   *
   * @throws IOException when the file cannot be read, or another version of the plugin wrote it;
   *     the message says what to do
   */
  static CheckRecord read(Path file) throws IOException {
    byte[] json;
    try {
      json = Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      return empty();
    }
    try {
      int version = JSON.readTree(json).path("version").asInt();
      if (version != VERSION) {
        throw new IOException(
            file
                + " has version "
                + version
                + ", not "
                + VERSION
                + "; another version of the plugin wrote it: delete it and run the build again");
      }
      return JSON.readValue(json, CheckRecord.class);
    } catch (JsonProcessingException e) {
      throw new IOException(
          file + " is damaged; delete it and run the build again: " + e.getOriginalMessage(), e);
    }
  }

  /** Returns this record with results added; they replace those of the same name. */
  CheckRecord with(List<CheckResult> results) {
    Map<String, CheckResult> byName = new LinkedHashMap<>();
    for (CheckResult result : checks) {
      byName.put(result.name(), result);
    }
    for (CheckResult result : results) {
      byName.remove(result.name());
      byName.put(result.name(), result);
    }
    return new CheckRecord(VERSION, List.copyOf(byName.values()));
  }

  /** Returns this record without the results of an execution, and without those of these checks. */
  CheckRecord without(String execution, List<Check> removed) {
    List<String> names = removed.stream().map(Check::name).toList();
    List<CheckResult> kept = new ArrayList<>(checks);
    kept.removeIf(result -> result.execution().equals(execution) || names.contains(result.name()));
    return new CheckRecord(VERSION, List.copyOf(kept));
  }

  /** Replaces the file atomically, so that readers find either the old or the new record. */
  void write(Path file) throws IOException {
    Path directory = file.toAbsolutePath().getParent();
    if (directory == null) {
      throw new IOException(file + " is a root directory; recordFile must be a file");
    }
    Files.createDirectories(directory);
    Path written = Files.createTempFile(directory, file.getFileName().toString(), ".tmp");
    try {
      Files.write(written, JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(this));
      Files.move(
          written, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(written);
    }
  }
}
