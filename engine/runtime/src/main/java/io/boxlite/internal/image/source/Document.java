package io.boxlite.internal.image.source;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.boxlite.ImageIntegrityException;
import io.boxlite.internal.image.layer.Digest;
import io.boxlite.internal.image.layer.VerifyingStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A JSON document of an image.
 *
 * @param what the document and its source, for messages
 * @param bytes the bytes as stored, which digests refer to
 */
@SuppressWarnings("ArrayRecordComponent")
public record Document(String what, byte[] bytes) {
  /**
   * The OCI distribution specification 1.1 requires registries to support 4 MiB; real documents
   * have kilobytes.
   */
  private static final int MAX_BYTES = 8 << 20;

  private static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_PROPERTIES)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.ACCEPT_SINGLE_VALUE_AS_ARRAY)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(SerializationFeature.INDENT_OUTPUT)
          .defaultPropertyInclusion(
              JsonInclude.Value.construct(JsonInclude.Include.NON_NULL, JsonInclude.Include.ALWAYS))
          .build();

  /** Reads a document to its end and closes the stream. */
  public static Document read(InputStream in, String what, long size, @Nullable Digest digest)
      throws IOException {
    if (size > MAX_BYTES) {
      throw tooLarge(what, size);
    }
    try (VerifyingStream verified = new VerifyingStream(in, what, size, digest)) {
      byte[] bytes = verified.readNBytes(MAX_BYTES + 1);
      if (bytes.length > MAX_BYTES) {
        throw tooLarge(what, bytes.length);
      }
      return new Document(what, bytes);
    }
  }

  private static ImageIntegrityException tooLarge(String what, long size) {
    return new ImageIntegrityException(
        what + " has " + size + " bytes; a JSON document of an image has at most " + MAX_BYTES);
  }

  /** Returns a value as a document. */
  public static Document of(String what, Object value) {
    try {
      return new Document(what, MAPPER.writeValueAsBytes(value));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("cannot write " + what, e);
    }
  }

  /**
   * Parses the document as leniently as Go's decoder, which image tools use: the case of names does
   * not matter, malformed UTF-8 is replaced, and a single text is accepted as a list. Unknown
   * fields are ignored.
   */
  public <T> T parse(Class<T> type) {
    try {
      T value = MAPPER.readValue(new String(bytes, StandardCharsets.UTF_8), type);
      if (value == null) {
        throw new ImageIntegrityException(what + " is null; it must be a JSON object");
      }
      return value;
    } catch (JsonProcessingException e) {
      throw new ImageIntegrityException(what + " is not valid: " + reason(e), e);
    }
  }

  /** Returns the reason in our words, since the parser's message may contain a secret. */
  private String reason(JsonProcessingException e) {
    String start =
        new String(bytes, 0, Math.min(bytes.length, 512), StandardCharsets.UTF_8).strip();
    if (start.isEmpty()) {
      return "it is empty";
    }
    if (start.startsWith("<")) {
      return "it is HTML or XML, possibly the page of a proxy or a login";
    }
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof JsonParseException syntax) {
        JsonLocation at = syntax.getLocation();
        return (cause instanceof JsonEOFException
                ? "the JSON is truncated"
                : "the JSON is malformed")
            + (at == null ? "" : ", at line " + at.getLineNr() + ", column " + at.getColumnNr());
      }
    }
    return e instanceof JsonMappingException mapping && !mapping.getPath().isEmpty()
        ? "its field " + path(mapping) + " has a value of the wrong type"
        : "the JSON has the wrong type";
  }

  private static String path(JsonMappingException e) {
    StringBuilder path = new StringBuilder();
    for (JsonMappingException.Reference step : e.getPath()) {
      if (step.getFieldName() == null) {
        path.append('[').append(step.getIndex()).append(']');
      } else {
        path.append(path.isEmpty() ? "" : ".").append(step.getFieldName());
      }
    }
    return path.toString();
  }

  /** Returns the digest of the bytes. */
  public Digest digest() {
    return Digest.of(bytes);
  }
}
