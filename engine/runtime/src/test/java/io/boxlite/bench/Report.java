package io.boxlite.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** The figures of one benchmark: printed as they come, written as JSON at the end. */
final class Report {
  private final Map<String, Object> figures = new LinkedHashMap<>();

  /** Adds a figure; a dot in the key opens an object. */
  @SuppressWarnings("unchecked") // objects in the map are made here
  void put(String key, Object value) {
    System.out.printf("%-22s %s%n", key, value);
    Map<String, Object> object = figures;
    String[] path = key.split("\\.");
    for (int i = 0; i < path.length - 1; i++) {
      object = (Map<String, Object>) object.computeIfAbsent(path[i], name -> new LinkedHashMap<>());
    }
    object.put(path[path.length - 1], value);
  }

  void write(Path file) throws IOException {
    Files.createDirectories(file.toAbsolutePath().getParent());
    new ObjectMapper()
        .enable(SerializationFeature.INDENT_OUTPUT)
        .writeValue(file.toFile(), figures);
    System.out.println("written to " + file);
  }
}
