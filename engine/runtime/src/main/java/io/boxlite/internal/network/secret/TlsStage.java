package io.boxlite.internal.network.secret;

import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/** One side of a TLS connection, between what is encrypted and what is not. */
final class TlsStage implements Stage {
  private static final int MAX_PLAIN_BYTES = 16 << 10; // RFC 8446, section 5.1
  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  // RFC 8446, sections 5.1 and 6.
  private static final byte ALERT = 21;
  private static final int ALERT_RECORD_BYTES = 7;
  private static final Map<Integer, String> ALERTS =
      Map.of(
          42, "bad_certificate",
          43, "unsupported_certificate",
          46, "certificate_unknown",
          48, "unknown_ca",
          120, "no_application_protocol");

  private final StageEnd encrypted;
  private final StageEnd plain;
  private final boolean client;
  private final SerialTasks tasks;
  private final Executor executor;
  private final Consumer<Exception> onFailure;

  /** Set once it has started. */
  private @Nullable SSLEngine made;

  /** What has come of a record. */
  private ByteBuffer received = ByteBuffer.allocate(0);

  private @Nullable ByteBuffer sending;
  private boolean computing = true;
  private boolean failed;
  private boolean handshaken;

  /**
   * Creates the stage, which does nothing until it starts.
   *
   * @param client whether the far side of the encrypted end is a server
   * @param executor runs computations that take long
   * @param onFailure is told why there was no handshake; called by the tasks
   */
  TlsStage(
      StageEnd encrypted,
      StageEnd plain,
      boolean client,
      SerialTasks tasks,
      Executor executor,
      Consumer<Exception> onFailure) {
    this.encrypted = encrypted;
    this.plain = plain;
    this.client = client;
    this.tasks = tasks;
    this.executor = executor;
    this.onFailure = onFailure;
  }

  /**
   * Starts.
   *
   * @param maker makes what encrypts and decrypts; called by the executor
   */
  void start(Supplier<SSLEngine> maker) {
    compute(
        () -> {
          SSLEngine engine = maker.get();
          engine.setUseClientMode(client);
          SSLParameters parameters = engine.getSSLParameters();
          parameters.setApplicationProtocols(new String[] {"http/1.1"});
          if (client) {
            parameters.setEndpointIdentificationAlgorithm("HTTPS"); // checks the server's name
          }
          engine.setSSLParameters(parameters);
          return engine;
        });
  }

  /** Computes something in a thread that may take its time, and then goes on. */
  private void compute(Supplier<SSLEngine> computation) {
    computing = true;
    try {
      executor.execute(
          () -> {
            try {
              SSLEngine engine = computation.get();
              tasks.run(() -> computed(engine));
            } catch (RuntimeException e) {
              tasks.run(() -> fail(e));
            }
          });
    } catch (RejectedExecutionException e) {
      fail(e); // this engine is being closed
    }
  }

  private void computed(SSLEngine engine) {
    made = engine;
    computing = false;
    proceed();
  }

  @Override
  public void proceed() {
    SSLEngine engine = made;
    if (failed || computing || engine == null) {
      return;
    }
    try {
      boolean again;
      do {
        again = step(engine);
      } while (again && !computing);
    } catch (SSLException e) {
      fail(e);
    }
  }

  /** Does one thing, and returns whether there may be more to do. */
  private boolean step(SSLEngine engine) throws SSLException {
    HandshakeStatus status = engine.getHandshakeStatus();
    switch (status) {
      case NEED_TASK -> {
        compute(
            () -> {
              for (Runnable task; (task = engine.getDelegatedTask()) != null; ) {
                task.run();
              }
              return engine;
            });
        return true;
      }
      case NEED_WRAP -> {
        return wrap(engine, NOTHING);
      }
      case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> {
        return unwrap(engine);
      }
      case FINISHED, NOT_HANDSHAKING -> {
        boolean progress = plain.isReady() && !encrypted.isFlooded() && unwrap(engine);
        return encrypted.isReady() && send(engine) || progress;
      }
    }
    throw new IllegalStateException(status.name());
  }

  /** Decrypts a record, if all of it has come. */
  private boolean unwrap(SSLEngine engine) throws SSLException {
    if (engine.isInboundDone()) {
      encrypted.discard();
      return false;
    }
    ByteBuffer decrypted = ByteBuffer.allocate(engine.getSession().getApplicationBufferSize());
    Optional<String> alert = alert();
    SSLEngineResult result;
    try {
      result = engine.unwrap(received, decrypted);
    } catch (SSLException e) {
      throw alert.isPresent() ? new SSLException(alert.get(), e) : e;
    }
    if (result.getHandshakeStatus() == HandshakeStatus.FINISHED) {
      handshaken = true;
    }
    switch (result.getStatus()) {
      case BUFFER_UNDERFLOW -> {
        return receive(engine);
      }
      case CLOSED -> plain.endOutput();
      case OK -> plain.send(ByteString.copyFrom(decrypted.flip()));
      case BUFFER_OVERFLOW ->
          throw new SSLException("a record is larger than the largest that TLS has");
    }
    if (!received.hasRemaining()) {
      received = NOTHING; // a connection may be idle for long
    }
    return true;
  }

  /**
   * Returns what an alert says that is not encrypted. In a handshake of TLS 1.3, OpenSSL sends it
   * when the engine expects it encrypted, and then complains of the record.
   */
  private Optional<String> alert() {
    int at = received.position();
    if (received.remaining() < ALERT_RECORD_BYTES
        || received.get(at) != ALERT
        || received.getShort(at + 3) != 2) {
      return Optional.empty();
    }
    int description = received.get(at + ALERT_RECORD_BYTES - 1) & 0xff;
    return Optional.of("alert " + ALERTS.getOrDefault(description, String.valueOf(description)));
  }

  /** Adds what has come to the record that is not complete. */
  private boolean receive(SSLEngine engine) throws SSLException {
    if (encrypted.available() > 0) {
      ByteString data = encrypted.take(engine.getSession().getPacketBufferSize());
      ByteBuffer joined = ByteBuffer.allocate(received.remaining() + data.size());
      joined.put(received);
      data.copyTo(joined);
      received = joined.flip();
      return true;
    }
    if (encrypted.isAtEnd()) {
      throw new SSLException(handshaken ? "it was cut off" : "the handshake was cut off");
    }
    return false;
  }

  /** Encrypts what waits, and ends if nothing more comes. */
  private boolean send(SSLEngine engine) throws SSLException {
    if (engine.isOutboundDone()) {
      encrypted.endOutput();
      plain.discard();
      return false;
    }
    if (sending == null && plain.available() > 0) {
      sending = plain.take(MAX_PLAIN_BYTES).asReadOnlyByteBuffer();
    }
    if (sending != null) {
      boolean progress = wrap(engine, sending);
      if (!sending.hasRemaining()) {
        sending = null;
      }
      return progress;
    }
    if (plain.isAtEnd()) {
      engine.closeOutbound();
      wrap(engine, NOTHING);
      return true;
    }
    return false;
  }

  private boolean wrap(SSLEngine engine, ByteBuffer data) throws SSLException {
    ByteBuffer record = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
    SSLEngineResult result = engine.wrap(data, record);
    encrypted.send(ByteString.copyFrom(record.flip()));
    if (result.getHandshakeStatus() == HandshakeStatus.FINISHED) {
      handshaken = true;
    }
    return result.getStatus() == SSLEngineResult.Status.OK
        || result.getStatus() == SSLEngineResult.Status.CLOSED && result.bytesProduced() > 0;
  }

  private void fail(Exception problem) {
    if (failed) {
      return;
    }
    failed = true;
    SSLEngine engine = made;
    try {
      boolean more = true; // to tell the other side why
      while (engine != null && more && engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP) {
        more = wrap(engine, NOTHING);
      }
    } catch (SSLException e) {
      problem.addSuppressed(e);
    }
    if (client) {
      encrypted.breakOff(); // a server may never end the connection
    } else {
      encrypted.endOutput();
      encrypted.discard();
    }
    if (!handshaken) {
      onFailure.accept(problem);
    }
    plain.breakOff();
  }

  @Override
  public void broken(StageEnd end) {
    if (failed) {
      return;
    }
    failed = true;
    if (end == encrypted) {
      if (!handshaken) {
        onFailure.accept(new SSLException("the connection was broken during the handshake"));
      }
      plain.breakOff();
    } else {
      encrypted.breakOff();
    }
  }
}
