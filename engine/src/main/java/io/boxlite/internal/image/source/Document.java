package io.boxlite.internal.image.source;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.boxlite.ImageIntegrityException;
import io.boxlite.internal.image.layer.Digest;
import io.boxlite.internal.image.layer.VerifyingStream;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/**
 * A JSON document of an image.
 *
 * @param what which one, and where it is, for messages
 * @param bytes as stored: digests are of these
 */
@SuppressWarnings("ArrayRecordComponent")
public record Document(String what, byte[] bytes) {
  /** OCI distribution specification 1.1 asks registries for 4 MiB; real ones have kilobytes. */
  private static final int MAX_BYTES = 8 << 20;

  private static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(SerializationFeature.INDENT_OUTPUT)
          .defaultPropertyInclusion(
              JsonInclude.Value.construct(JsonInclude.Include.NON_NULL, JsonInclude.Include.ALWAYS))
          .build();

  /** Reads a document to its end, and closes the stream. */
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

  /** Writes a value as a document. */
  public static Document of(String what, Object value) {
    try {
      return new Document(what, MAPPER.writeValueAsBytes(value));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("cannot write " + what, e);
    }
  }

  /** Reads the document as a value; fields that the type does not have are passed over. */
  public <T> T parse(Class<T> type) {
    try {
      T value = MAPPER.readValue(bytes, type);
      if (value == null) {
        throw new ImageIntegrityException(what + " is null; it must be a JSON object");
      }
      return value;
    } catch (IOException e) {
      String message = e instanceof JsonProcessingException j ? j.getOriginalMessage() : "" + e;
      throw new ImageIntegrityException(what + " is not the JSON it should be: " + message, e);
    }
  }

  /** The digest of the bytes. */
  public Digest digest() {
    return Digest.of(bytes);
  }
}
