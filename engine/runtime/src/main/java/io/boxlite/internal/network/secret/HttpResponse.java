package io.boxlite.internal.network.secret;

import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The head of a response.
 *
 * @param head its lines
 * @param status from 100 to 999
 * @param body finds the end of the body
 */
record HttpResponse(HttpHead head, int status, BodyReader body) {
  static final int SWITCHING_PROTOCOLS = 101;

  private static final Pattern LINE =
      Pattern.compile("HTTP/1\\.([0-9]) ([1-9][0-9]{2})(?: [^\\x00-\\x08\\x0a-\\x1f\\x7f]*)?");
  private static final int NO_CONTENT = 204;
  private static final int NOT_MODIFIED = 304;

  /** Reads a response to a request with this method. */
  static HttpResponse of(HttpHead head, String method) throws HttpViolation {
    Matcher line = LINE.matcher(head.startLine());
    if (!line.matches()) {
      throw new HttpViolation("the first line is not that of an HTTP/1.1 response");
    }
    int status = Integer.parseInt(line.group(2));
    return new HttpResponse(head, status, body(head, method, status, line.group(1).equals("0")));
  }

  /** RFC 9112, section 6.3. */
  private static BodyReader body(HttpHead head, String method, int status, boolean old)
      throws HttpViolation {
    if (method.equals("HEAD") || status < 200 || status == NO_CONTENT || status == NOT_MODIFIED) {
      return BodyReader.ofLength(0);
    }
    List<String> encodings = head.values("transfer-encoding");
    List<String> lengths = head.values("content-length").stream().distinct().toList();
    if (!encodings.isEmpty()) {
      if (!lengths.isEmpty()) {
        throw new HttpViolation("the response has both Content-Length and Transfer-Encoding");
      }
      String last = encodings.get(encodings.size() - 1).toLowerCase(Locale.ROOT);
      boolean chunked = last.equals("chunked") || last.matches(".*[, \t]chunked");
      return chunked && !old ? new ChunkedBody(true) : BodyReader.untilEnd();
    }
    return lengths.isEmpty()
        ? BodyReader.untilEnd()
        : BodyReader.ofLength(HttpRequest.length(lengths));
  }

  /** Returns whether another response to the same request follows. */
  boolean isInterim() {
    return status < 200 && status != SWITCHING_PROTOCOLS;
  }
}
