package io.boxlite.internal.image.registry;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.boxlite.internal.image.layer.Digest;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A server that answers with exactly the bytes it is told to, which no real registry would send.
 * What it is told nothing about does not exist.
 */
final class HostileRegistry implements AutoCloseable {
  /**
   * A request as it came; its body and its whole target are under those names among the headers.
   */
  record Request(String method, String path, Map<String, String> headers) {
    Optional<String> header(String name) {
      return Optional.ofNullable(headers.get(name.toLowerCase(Locale.ROOT)));
    }
  }

  /** Answers a request, or breaks off. */
  interface Answer {
    void write(Request request, OutputStream out) throws IOException, InterruptedException;
  }

  private final ServerSocket server;
  private final Map<String, Answer> answers = new ConcurrentHashMap<>();
  private final List<Request> requests = new CopyOnWriteArrayList<>();
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();

  HostileRegistry() throws IOException {
    server = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
    Thread acceptor = new Thread(this::accept, "hostile-registry");
    acceptor.setDaemon(true);
    acceptor.start();
  }

  String host() {
    return "127.0.0.1:" + server.getLocalPort();
  }

  String uri(String path) {
    return "http://" + host() + path;
  }

  /** Answers what begins with a path; the longest path that fits decides. */
  HostileRegistry on(String path, Answer answer) {
    answers.put(path, answer);
    return this;
  }

  /** Serves a blob of the repository {@code app} as a real registry would. */
  String blob(byte[] bytes) {
    String digest = Digest.of(bytes).toString();
    on("/v2/app/blobs/" + digest, (request, out) -> ranged(request, out, bytes));
    return digest;
  }

  /** Serves a document under its digest and, unless empty, under a tag. */
  String manifest(String tag, String mediaType, byte[] bytes) {
    String digest = Digest.of(bytes).toString();
    Answer answer = (request, out) -> reply(out, 200, "Content-Type: " + mediaType, bytes);
    on("/v2/app/manifests/" + digest, answer);
    if (!tag.isEmpty()) {
      on("/v2/app/manifests/" + tag, answer);
    }
    return digest;
  }

  static void ranged(Request request, OutputStream out, byte[] bytes) throws IOException {
    Optional<String> range = request.header("Range");
    if (range.isEmpty()) {
      reply(out, 200, "Accept-Ranges: bytes", bytes);
      return;
    }
    int from = Integer.parseInt(range.get().replaceAll("bytes=([0-9]+)-", "$1"));
    byte[] rest = Arrays.copyOfRange(bytes, from, bytes.length);
    reply(
        out,
        206,
        "Content-Range: bytes " + from + "-" + (bytes.length - 1) + "/" + bytes.length,
        rest);
  }

  /** Writes an answer with its true length. */
  static void reply(OutputStream out, int status, String header, byte[] body) throws IOException {
    head(out, status, header, "Content-Length: " + body.length);
    out.write(body);
    out.flush();
  }

  /** Writes the start of an answer. */
  static void head(OutputStream out, int status, String... headers) throws IOException {
    StringBuilder head = new StringBuilder("HTTP/1.1 " + status + " Whatever\r\n");
    for (String header : headers) {
      if (!header.isEmpty()) {
        head.append(header).append("\r\n");
      }
    }
    out.write(head.append("Connection: close\r\n\r\n").toString().getBytes(ISO_8859_1));
    out.flush();
  }

  /** All requests for what begins with a path. */
  List<Request> requests(String path) {
    return requests.stream().filter(request -> request.path().startsWith(path)).toList();
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket socket = server.accept();
        sockets.add(socket);
        Thread thread = new Thread(() -> serve(socket), "hostile-registry-connection");
        thread.setDaemon(true);
        thread.start();
      } catch (IOException e) {
        return; // Closed.
      }
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      Request request = read(socket);
      requests.add(request);
      OutputStream out = socket.getOutputStream();
      answers.entrySet().stream()
          .filter(entry -> request.path().startsWith(entry.getKey()))
          .max(Map.Entry.comparingByKey(Comparator.comparingInt(String::length)))
          .map(Map.Entry::getValue)
          .orElse((r, o) -> reply(o, 404, "", new byte[0]))
          .write(request, out);
    } catch (IOException e) {
      // The client has had enough.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      sockets.remove(socket);
    }
  }

  private static Request read(Socket socket) throws IOException {
    BufferedReader in =
        new BufferedReader(new InputStreamReader(socket.getInputStream(), ISO_8859_1));
    String[] first = String.valueOf(in.readLine()).split(" ", 3);
    Map<String, String> headers = new TreeMap<>();
    List<String> lines = new ArrayList<>();
    for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
      lines.add(line);
    }
    for (String line : lines) {
      int colon = line.indexOf(':');
      headers.put(
          line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
    }
    int length = Integer.parseInt(headers.getOrDefault("content-length", "0"));
    StringBuilder body = new StringBuilder();
    while (body.length() < length) {
      body.append((char) in.read());
    }
    headers.put("body", body.toString());
    String target = first.length > 1 ? first[1] : "";
    headers.put("target", target);
    return new Request(first[0], target.replaceFirst("^http://[^/]*", ""), headers);
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (Socket socket : sockets) {
      socket.close();
    }
  }
}
