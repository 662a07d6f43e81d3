package io.boxlite.internal.vm;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A host that speaks to a guest's agent in frames of HTTP/2 (RFC 9113): as little as a call needs,
 * and what no library would send. Frames are gathered until {@link #send()}.
 */
final class RawHost implements AutoCloseable {
  /** The client's connection preface and an empty SETTINGS frame (sections 3.4 and 6.5). */
  private static final byte[] PREFACE =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0".getBytes(StandardCharsets.US_ASCII);

  // Sections 6.1, 6.2 and 6.4, and 7 for the reason.
  private static final int DATA = 0;
  private static final int HEADERS = 1;
  private static final int RST_STREAM = 3;
  private static final int END_STREAM = 1;
  private static final int END_HEADERS = 4;
  private static final int CANCEL = 8;
  private static final int FRAME_HEADER_BYTES = 9;

  private final SocketChannel socket;
  private final InputStream answers;
  private final ByteArrayOutputStream unsent = new ByteArrayOutputStream();

  /** Uses the host's end of the agent's port. */
  RawHost(SocketChannel socket) {
    this.socket = socket;
    answers = Channels.newInputStream(socket);
    unsent.writeBytes(PREFACE);
  }

  /** Begins a call of the agent's, and goes on with {@link #message}. */
  RawHost call(int stream, String method) {
    frame(HEADERS, END_HEADERS, stream, headers("/boxlite.agent.v1.Agent/" + method));
    return this;
  }

  /** One message, as gRPC has it: not compressed, and its length. */
  RawHost message(int stream, byte[] message, boolean last) {
    ByteBuffer framed = ByteBuffer.allocate(5 + message.length);
    framed.put((byte) 0).putInt(message.length).put(message);
    frame(DATA, last ? END_STREAM : 0, stream, framed.array());
    return this;
  }

  /** A reset, and the stream's end behind it: more than section 5.1 allows. */
  RawHost resetAndEnd(int stream) {
    frame(RST_STREAM, 0, stream, ByteBuffer.allocate(4).putInt(CANCEL).array());
    frame(DATA, END_STREAM, stream, new byte[0]);
    return this;
  }

  void send() throws IOException {
    socket.write(ByteBuffer.wrap(unsent.toByteArray()));
    unsent.reset();
  }

  /** Reads frames up to the end of a stream; whether a message was among them. */
  boolean awaitEnd(int stream) throws IOException {
    boolean answered = false;
    while (true) {
      ByteBuffer header = ByteBuffer.wrap(answers.readNBytes(FRAME_HEADER_BYTES));
      if (header.capacity() < FRAME_HEADER_BYTES) {
        throw new IOException("the agent has closed the connection");
      }
      int lengthAndType = header.getInt();
      int flags = header.get();
      boolean ours = header.getInt() == stream;
      answers.skipNBytes(lengthAndType >>> 8);
      answered |= ours && (lengthAndType & 0xff) == DATA;
      if (ours && (lengthAndType & 0xff) == HEADERS && (flags & END_STREAM) != 0) {
        return answered;
      }
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }

  /** Literal fields that are not indexed (RFC 7541, section 6.2.2). */
  private static byte[] headers(String path) {
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    for (String field :
        List.of(
            ":method=POST",
            ":scheme=http",
            ":path=" + path,
            ":authority=localhost",
            "content-type=application/grpc",
            "te=trailers")) {
      block.write(0);
      for (String part : field.split("=", 2)) {
        block.write(part.length());
        block.writeBytes(part.getBytes(StandardCharsets.US_ASCII));
      }
    }
    return block.toByteArray();
  }

  private void frame(int type, int flags, int stream, byte[] payload) {
    ByteBuffer header = ByteBuffer.allocate(FRAME_HEADER_BYTES);
    header.putInt(payload.length << 8 | type).put((byte) flags).putInt(stream);
    unsent.writeBytes(header.array());
    unsent.writeBytes(payload);
  }
}
