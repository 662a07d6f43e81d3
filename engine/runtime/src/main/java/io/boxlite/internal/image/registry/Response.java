package io.boxlite.internal.image.registry;

import com.fasterxml.jackson.databind.JsonNode;
import io.boxlite.BoxliteException;
import io.boxlite.ImagePullException;
import io.boxlite.internal.image.source.Document;
import io.boxlite.text.VisibleText;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP response, whose body has not been read yet.
 *
 * @param uri the address that sent it, after all redirects
 */
record Response(URI uri, int status, HttpHeaders headers, InputStream body)
    implements AutoCloseable {
  private static final int MAX_ERROR = 16 << 10;
  private static final int MAX_SHOWN = 300;

  @Nullable String header(String name) {
    return headers.firstValue(name).orElse(null);
  }

  /** Returns the declared length of the body in bytes; -1 if there is none. */
  long contentLength() {
    String value = header("Content-Length");
    return value != null && value.matches("[0-9]{1,18}") ? Long.parseLong(value) : -1;
  }

  /**
   * Returns the exception for an unexpected status.
   *
   * @throws RetryLater when the failure may be transient
   */
  ImagePullException failure(String what) throws RetryLater {
    String words = "HTTP status " + status + " of " + uri.getScheme() + "://" + authority();
    byte[] bytes = readBody();
    String text = errorText(bytes);
    String message = text.isEmpty() ? words : words + ": " + text;
    if (uri.getScheme().equals("http") && wantsTls(bytes)) {
      message += Http.tlsHint(uri);
    }
    switch (status) {
      case 408, 425, 429, 500, 502, 503, 504 -> throw new RetryLater(message, retryAfter());
      default -> {
        return new ImagePullException(what + " cannot be pulled: " + message);
      }
    }
  }

  String authority() {
    return uri.getPort() < 0 ? uri.getHost() : uri.getHost() + ":" + uri.getPort();
  }

  /** Parses {@code Retry-After}, seconds or a date (RFC 9110, section 10.2.3). */
  private @Nullable Duration retryAfter() {
    String value = header("Retry-After");
    if (value == null) {
      return null;
    }
    try {
      if (value.strip().matches("[0-9]{1,9}")) {
        return Duration.ofSeconds(Long.parseLong(value.strip()));
      }
      ZonedDateTime date = ZonedDateTime.parse(value, DateTimeFormatter.RFC_1123_DATE_TIME);
      Duration delay = Duration.between(ZonedDateTime.now(date.getZone()), date);
      return delay.isNegative() ? Duration.ZERO : delay;
    } catch (DateTimeParseException e) {
      return null;
    }
  }

  /** Returns whether this is the page of Go, nginx or Apache for plain HTTP on a TLS port. */
  private boolean wantsTls(byte[] page) {
    String text = new String(page, StandardCharsets.UTF_8).toLowerCase(Locale.ROOT);
    return status == 400
        && (text.contains("https server")
            || text.contains("https port")
            || text.contains("ssl-enabled"));
  }

  private byte[] readBody() {
    try {
      return body.readNBytes(MAX_ERROR);
    } catch (IOException e) {
      return new byte[0];
    }
  }

  /** Returns the message of the registry (OCI distribution specification 1.1, "Error Codes"). */
  String errorText() {
    return errorText(readBody());
  }

  private static String errorText(byte[] bytes) {
    try {
      JsonNode error =
          new Document("the error", bytes).parse(JsonNode.class).path("errors").path(0);
      String code = error.path("code").asText("");
      String message = error.path("message").asText("");
      return VisibleText.line(message.isEmpty() ? code : code + ", " + message, MAX_SHOWN);
    } catch (BoxliteException e) {
      return ""; // Proxies and the like respond with pages.
    }
  }

  @Override
  public void close() throws IOException {
    body.close();
  }
}
