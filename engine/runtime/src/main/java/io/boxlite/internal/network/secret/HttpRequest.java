package io.boxlite.internal.network.secret;

import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The head of a request that can be read in one way only (RFC 9112).
 *
 * @param head its lines
 * @param method such as GET
 * @param host the value of the field Host; empty if an HTTP/1.0 request has none
 * @param body finds the end of the body
 * @param upgrade whether it asks for another protocol
 */
record HttpRequest(HttpHead head, String method, String host, BodyReader body, boolean upgrade) {
  private static final Pattern LINE =
      Pattern.compile("([!#$%&'*+.^_`|~A-Za-z0-9-]{1,100}) ([^ ]+) HTTP/([0-9]\\.[0-9])");
  private static final Pattern ABSOLUTE =
      Pattern.compile("(?:http|https)://([^/?#]*)(?:[/?#].*)?", Pattern.CASE_INSENSITIVE);

  static HttpRequest of(HttpHead head) throws HttpViolation {
    Matcher line = LINE.matcher(head.startLine());
    if (!line.matches() || head.startLine().chars().anyMatch(c -> HttpHead.isControl((char) c))) {
      throw new HttpViolation("the first line is not that of a request");
    }
    String version = line.group(3);
    if (!version.startsWith("1.")) {
      throw new HttpViolation(505, "the request is of HTTP/" + version + ", not of HTTP/1.1");
    }
    boolean old = version.equals("1.0");
    String method = line.group(1);
    if (method.equals("CONNECT")) {
      throw new HttpViolation(
          405, "CONNECT is not possible on a connection on which secrets are put into requests");
    }
    String host = host(head, old);
    checkTarget(line.group(2), host);
    return new HttpRequest(
        head, method, host, body(head, old), !old && !head.values("upgrade").isEmpty());
  }

  private static String host(HttpHead head, boolean old) throws HttpViolation {
    List<String> hosts = head.values("host");
    if (hosts.size() > 1 || hosts.isEmpty() && !old) {
      throw new HttpViolation(
          "the request has " + (hosts.isEmpty() ? "no" : "more than one") + " field Host");
    }
    return hosts.isEmpty() ? "" : hosts.get(0);
  }

  /** Servers take the host from the target if it is there (RFC 9112, section 3.2.2). */
  private static void checkTarget(String target, String host) throws HttpViolation {
    if (target.startsWith("/") || target.equals("*")) {
      return;
    }
    Matcher absolute = ABSOLUTE.matcher(target);
    if (!absolute.matches()) {
      throw new HttpViolation("the target of the request is neither a path nor an http URL");
    }
    if (!absolute.group(1).equalsIgnoreCase(host)) {
      throw new HttpViolation("the target of the request and its field Host name different hosts");
    }
  }

  private static BodyReader body(HttpHead head, boolean old) throws HttpViolation {
    List<String> encodings = head.values("transfer-encoding");
    List<String> lengths = head.values("content-length");
    if (encodings.isEmpty()) {
      return BodyReader.ofLength(lengths.isEmpty() ? 0 : length(lengths));
    }
    if (!lengths.isEmpty()) {
      throw new HttpViolation("the request has both Content-Length and Transfer-Encoding");
    }
    if (old) {
      throw new HttpViolation("an HTTP/1.0 request has Transfer-Encoding");
    }
    if (encodings.size() > 1 || !encodings.get(0).toLowerCase(Locale.ROOT).equals("chunked")) {
      throw new HttpViolation(501, "the request has a Transfer-Encoding other than chunked");
    }
    return new ChunkedBody(false);
  }

  static long length(List<String> lengths) throws HttpViolation {
    if (lengths.size() > 1 || !lengths.get(0).matches("[0-9]{1,18}")) {
      throw new HttpViolation("the field Content-Length is not one number");
    }
    return Long.parseLong(lengths.get(0));
  }
}
