package io.boxlite.internal.vm;

import io.boxlite.Wait;
import io.boxlite.internal.guest.AgentClient;
import io.boxlite.internal.guest.StreamEnd;
import io.boxlite.internal.network.StreamPipe;
import io.boxlite.text.VisibleText;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Whether a GET request is answered with a certain status. */
record HttpProbe(Wait.Http condition, AgentClient agent) implements Probe {
  /** A server that accepts a connection before it is ready to answer may drop the request. */
  private static final Duration MAX_ANSWER = Duration.ofSeconds(5);

  private static final Duration MAX_REST = Duration.ofMillis(200);
  private static final int MAX_REST_BYTES = 64 << 10;
  private static final int MAX_STATUS_LINE = 200;

  /** RFC 9112, section 4. */
  private static final Pattern STATUS_LINE = Pattern.compile("HTTP/1\\.[01] (\\d{3})( .*)?");

  @Override
  public Optional<String> ask(Duration most) throws InterruptedException {
    PortProbe.Dialed dialed = PortProbe.dial(agent, condition.port(), most);
    if (dialed.stream().isEmpty()) {
      return dialed.refusal();
    }
    Duration limit = most.compareTo(MAX_ANSWER) < 0 ? most : MAX_ANSWER;
    try (StreamPipe connection = new StreamPipe()) {
      StreamEnd.couple(dialed.stream().get(), connection);
      CompletableFuture<Void> timer = closeAfter(limit, connection);
      try {
        connection.output().write(request().getBytes(StandardCharsets.US_ASCII));
        Optional<String> answer = judge(statusLine(connection.input()));
        skipRest(connection);
        return answer;
      } finally {
        timer.cancel(false);
      }
    } catch (IOException e) {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      return Optional.of("no answer: " + e.getMessage());
    }
  }

  private static CompletableFuture<Void> closeAfter(Duration limit, StreamPipe connection) {
    return CompletableFuture.runAsync(
        connection::close,
        CompletableFuture.delayedExecutor(limit.toNanos(), TimeUnit.NANOSECONDS));
  }

  /** Lets the server send its whole answer if it is short: servers log a broken connection. */
  private static void skipRest(StreamPipe connection) {
    CompletableFuture<Void> timer = closeAfter(MAX_REST, connection);
    try {
      connection.input().readNBytes(MAX_REST_BYTES);
    } catch (IOException e) {
      // The status is known.
    } finally {
      timer.cancel(false);
    }
  }

  private String request() {
    return "GET "
        + condition.path()
        + " HTTP/1.1\r\nHost: localhost:"
        + condition.port()
        + "\r\nUser-Agent: boxlite\r\nAccept: */*\r\nConnection: close\r\n\r\n";
  }

  private static String statusLine(InputStream answer) throws IOException {
    StringBuilder line = new StringBuilder();
    int next = answer.read();
    while (next >= 0 && next != '\n' && line.length() < MAX_STATUS_LINE) {
      line.append((char) next);
      next = answer.read();
    }
    return line.toString().stripTrailing();
  }

  /** Returns empty if the status counts. */
  private Optional<String> judge(String line) {
    Matcher matcher = STATUS_LINE.matcher(line);
    if (!matcher.matches()) {
      return Optional.of(
          line.isEmpty()
              ? "an empty answer"
              : "no HTTP: " + VisibleText.quoted(line, MAX_STATUS_LINE));
    }
    int status = Integer.parseInt(matcher.group(1));
    return status >= condition.leastStatus() && status <= condition.mostStatus()
        ? Optional.empty()
        : Optional.of("status " + status);
  }
}
