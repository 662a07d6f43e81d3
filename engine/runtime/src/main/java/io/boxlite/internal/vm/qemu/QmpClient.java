package io.boxlite.internal.vm.qemu;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.boxlite.internal.host.Deadline;
import io.boxlite.text.VisibleText;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A session with QEMU's monitor (QEMU Machine Protocol, docs/interop/qmp-spec.txt).
 *
 * <p>Any number of threads may issue commands at once; answers find their command by its id. Events
 * are delivered one after the other on the session's own thread, so a listener must not wait for a
 * command of the same session.
 */
final class QmpClient implements QemuSocket.Receiver, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(QmpClient.class);
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final String COMMAND_MODE = "qmp_capabilities";

  /** The maximum number of characters of QEMU's text in a message. */
  private static final int MAX_REASON = 500;

  /** The maximum length of a line. QEMU's longest answer, {@code query-qmp-schema}, has 250 KiB. */
  private static final int MAX_LINE = 1 << 20;

  /** The maximum length of the greeting, which is kept. QEMU's has about 200 bytes. */
  private static final int MAX_GREETING = 16 << 10;

  /** The buffer for lines that is kept between two of them. */
  private static final int LINE_BUFFER = 4 << 10;

  /** The maximum number of malformed messages. An intact QEMU sends none. */
  private static final int MAX_STRAYS = 100;

  private final Consumer<QmpEvent> listener;
  private final String name;
  private final QemuSocket socket;
  private ByteArrayOutputStream line = new ByteArrayOutputStream(LINE_BUFFER);
  private final CompletableFuture<JsonNode> greeting = new CompletableFuture<>();
  private final Map<String, Pending> pending = new ConcurrentHashMap<>();
  private final AtomicLong lastId = new AtomicLong();
  private int strays; // used by the socket's thread only
  private volatile @Nullable String ended;

  private record Pending(String command, CompletableFuture<JsonNode> answer) {}

  /**
   * Listens for QEMU; {@link #negotiate} or {@link #begin} must come before any other command.
   *
   * @param path a path that fits a socket's address
   * @param box the box's id
   * @param listener receives each event
   */
  QmpClient(Path path, String box, Consumer<QmpEvent> listener) throws IOException {
    this.listener = listener;
    name = "boxlite-" + box + "-qmp";
    socket = QemuSocket.listen(path, name, this);
  }

  /**
   * Waits for QEMU's greeting, which it sends when all sockets are in place, and enters command
   * mode.
   *
   * @return the {@code QMP} member of the greeting, which holds version and capabilities
   */
  JsonNode negotiate(Duration timeout) throws QmpException, InterruptedException {
    Deadline deadline = Deadline.in(timeout);
    CompletableFuture<JsonNode> commandMode = begin(timeout);
    await(COMMAND_MODE, commandMode, deadline.left());
    return greeting.join();
  }

  /**
   * Waits for QEMU's greeting and requests command mode, without waiting for the answer. Commands
   * may follow at once, since QEMU executes them in order.
   */
  CompletableFuture<JsonNode> begin(Duration timeout) throws QmpException, InterruptedException {
    await("the greeting", greeting, timeout);
    return send(COMMAND_MODE, Map.of());
  }

  /** Runs a command without arguments and waits for its answer. */
  JsonNode execute(String command, Duration timeout) throws QmpException, InterruptedException {
    return execute(command, Map.of(), timeout);
  }

  /**
   * Runs a command and waits for its answer.
   *
   * @param arguments by name; values are what Jackson can write
   * @return the {@code return} member
   * @throws QmpException when QEMU refuses it, the session ends, or there is no answer in time
   */
  JsonNode execute(String command, Map<String, ?> arguments, Duration timeout)
      throws QmpException, InterruptedException {
    return await(command, send(command, arguments), timeout);
  }

  /** Runs a command; the future fails with a {@link QmpException}. */
  CompletableFuture<JsonNode> send(String command, Map<String, ?> arguments) {
    String id = Long.toString(lastId.incrementAndGet());
    ObjectNode message = JSON.createObjectNode().put("execute", command).put("id", id);
    if (!arguments.isEmpty()) {
      message.set("arguments", JSON.valueToTree(arguments));
    }
    CompletableFuture<JsonNode> answer = new CompletableFuture<>();
    answer.whenComplete((value, failure) -> pending.remove(id));
    pending.put(id, new Pending(command, answer));
    // After the put: the session's end either sees this command or is seen here.
    String over = ended;
    if (over != null) {
      answer.completeExceptionally(QmpException.noAnswer(command, over, null));
      return answer;
    }
    try {
      socket.send((message + "\n").getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      answer.completeExceptionally(QmpException.noAnswer(command, String.valueOf(e), e));
    }
    return answer;
  }

  /** Runs a command without waiting, and reports only a failure. */
  void order(String command, Map<String, ?> arguments, Consumer<String> onRefusal) {
    send(command, arguments)
        .whenComplete(
            (answer, failure) -> {
              if (failure != null) {
                onRefusal.accept(String.valueOf(failure.getMessage()));
              }
            });
  }

  /** Ends the session; commands without an answer fail. */
  @Override
  public void close() {
    ended("the session was closed");
    socket.close();
  }

  /** Processes the remaining events of a QEMU that has ended. */
  void drain() {
    socket.drain();
  }

  private static JsonNode await(String what, CompletableFuture<JsonNode> answer, Duration timeout)
      throws QmpException, InterruptedException {
    try {
      return answer.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      // Forgets the command, so that its late answer is dropped.
      answer.cancel(false);
      throw QmpException.noAnswer(what, "waited " + timeout.toMillis() + " ms", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof QmpException refused) {
        throw refused;
      }
      throw QmpException.noAnswer(what, String.valueOf(e.getCause()), e.getCause());
    }
  }

  @Override
  public void received(ByteBuffer bytes) {
    while (bytes.hasRemaining()) {
      byte octet = bytes.get();
      if (octet == '\n') {
        byte[] whole = line.toByteArray();
        clearLine();
        if (!take(whole) && ++strays > MAX_STRAYS) {
          end("QEMU sent " + strays + " lines that are not QMP messages");
          return;
        }
      } else if (line.size() < MAX_LINE) {
        line.write(octet);
      } else {
        end("QEMU sent a line of more than " + MAX_LINE + " bytes");
        return;
      }
    }
  }

  /** Ends the session with a monitor that violates the protocol. */
  private void end(String why) {
    log.warn("{}: {}; ending the session", name, why);
    ended(why);
    clearLine();
    socket.close();
  }

  private void clearLine() {
    if (line.size() > LINE_BUFFER) {
      line = new ByteArrayOutputStream(LINE_BUFFER); // a reset would keep the memory
    } else {
      line.reset();
    }
  }

  /** Processes a line; returns false when it is not a QMP message. */
  private boolean take(byte[] line) {
    JsonNode message;
    try {
      message = JSON.readTree(line);
    } catch (IOException e) {
      return stray(line.length + " bytes that are not JSON");
    }
    if (message.has("event")) {
      JsonNode data = message.path("data");
      deliver(
          new QmpEvent(
              message.path("event").asText(),
              data.isObject() ? data : JsonNodeFactory.instance.objectNode()));
    } else if (message.has("return") || message.has("error")) {
      answer(message);
    } else if (message.has("QMP") && line.length <= MAX_GREETING) {
      greeting.complete(message.path("QMP"));
    } else {
      return stray("a message of an unknown kind");
    }
    return true;
  }

  /** Ignores a line; only the first one is logged. */
  private boolean stray(String what) {
    if (strays == 0) {
      log.warn("{}: ignoring {} from QEMU", name, what);
    }
    return false;
  }

  private void answer(JsonNode message) {
    Pending asked = pending.get(message.path("id").asText());
    if (asked == null) {
      log.debug("{}: ignoring an answer to a command that has timed out", name);
    } else if (message.has("return")) {
      asked.answer.complete(message.path("return"));
    } else {
      JsonNode error = message.path("error");
      asked.answer.completeExceptionally(
          QmpException.refused(asked.command, text(error.path("class")), text(error.path("desc"))));
    }
  }

  /** Returns text from QEMU, which is not trusted, in a form that is safe to print. */
  static String text(JsonNode value) {
    return VisibleText.line(value.asText(), MAX_REASON);
  }

  private void deliver(QmpEvent event) {
    try {
      listener.accept(event);
    } catch (RuntimeException e) {
      log.warn("{}: the listener failed on {}", name, event, e);
    }
  }

  @Override
  public void ended(String why) {
    if (ended == null) {
      ended = why;
    }
    greeting.completeExceptionally(QmpException.noAnswer("the greeting", why, null));
    for (Pending asked : pending.values()) {
      asked.answer.completeExceptionally(QmpException.noAnswer(asked.command, why, null));
    }
  }
}
