package io.boxlite.internal.vm.template;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.boxlite.internal.host.SparseFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The description file of a template.
 *
 * @param madeFrom {@link TemplateSpec#ingredients()}
 * @param files the size and checksum of each file, by name
 */
record TemplateDescription(Map<String, String> madeFrom, Map<String, Contents> files) {
  private static final ObjectMapper JSON =
      new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

  /**
   * The size and checksum of a file.
   *
   * @param bytes its size
   * @param checksum the result of {@link SparseFile#checksum}
   */
  record Contents(long bytes, long checksum) {
    static Contents of(Path file) throws IOException {
      return new Contents(Files.size(file), SparseFile.checksum(file));
    }
  }

  /** Describes the files in a directory, which must be complete. */
  static TemplateDescription of(TemplateSpec spec, Path directory) throws IOException {
    Map<String, Contents> files = new TreeMap<>();
    for (String name : spec.files()) {
      files.put(name, Contents.of(directory.resolve(name)));
    }
    return new TemplateDescription(spec.ingredients(), files);
  }

  static TemplateDescription read(Path directory) throws IOException {
    return JSON.readValue(
        directory.resolve(Template.DESCRIPTION).toFile(), TemplateDescription.class);
  }

  void write(Path directory) throws IOException {
    try {
      Files.write(
          directory.resolve(Template.DESCRIPTION),
          JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(this));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("the description cannot be written as JSON", e);
    }
  }

  /**
   * Returns what is wrong with the files in a directory; empty if nothing is.
   *
   * @param expected the specification of the template
   */
  Optional<String> fault(TemplateSpec expected, Path directory) throws IOException {
    if (!expected.ingredients().equals(madeFrom)) {
      return Optional.of("it was made from " + madeFrom);
    }
    for (String name : expected.files()) {
      Contents described = files.get(name);
      if (described == null) {
        return Optional.of("its description lacks " + name);
      }
      try {
        Contents actual = Contents.of(directory.resolve(name));
        if (!actual.equals(described)) {
          return Optional.of(name + " is " + actual + ", expected " + described);
        }
      } catch (NoSuchFileException e) {
        return Optional.of(name + " is missing");
      }
    }
    return Optional.empty();
  }
}
