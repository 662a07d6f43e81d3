package io.boxlite.internal.network.secret;

import io.boxlite.Secret;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** What the boxes of an engine share for their secrets. */
public final class SecretService implements AutoCloseable {
  private static final int THREADS = 4;
  private static final int IDLE_SECONDS = 10;

  private final Optional<Path> trustedCertificates;
  private final AtomicInteger threads = new AtomicInteger();
  private final ExecutorService executor;

  /** Guarded by this. */
  private @Nullable ServerTrust trust;

  private boolean checked; // guarded by this

  /**
   * Creates the service.
   *
   * @param trustedCertificates a PEM file with certificates that servers may have, besides those
   *     that this JVM trusts
   */
  public SecretService(Optional<Path> trustedCertificates) {
    this.trustedCertificates = trustedCertificates;
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            THREADS,
            THREADS,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            this::thread);
    pool.allowCoreThreadTimeOut(true);
    executor = pool;
  }

  private Thread thread(Runnable task) {
    Thread thread = new Thread(task, "boxlite-tls-" + threads.incrementAndGet());
    thread.setDaemon(true);
    return thread;
  }

  /**
   * Makes what a box with secrets needs.
   *
   * @param secrets at least one
   * @throws IllegalArgumentException if the value of one cannot be found
   * @throws io.boxlite.BoxliteException if the trusted certificates cannot be read
   */
  public BoxSecrets box(List<Secret> secrets) {
    List<KnownSecret> known = secrets.stream().map(KnownSecret::of).toList();
    checkTrusted();
    Future<?> unused = executor.submit(this::trust); // takes a while the first time
    return new BoxSecrets(known, this::trust, executor);
  }

  /** Lets a box fail, and not only its first connection. */
  private synchronized void checkTrusted() {
    if (!checked && trustedCertificates.isPresent()) {
      List<X509Certificate> unused = ServerTrust.read(trustedCertificates.get());
    }
    checked = true;
  }

  private synchronized ServerTrust trust() {
    if (trust == null) {
      trust = ServerTrust.of(trustedCertificates);
    }
    return trust;
  }

  /** Ends what is being computed for connections. */
  @Override
  public void close() {
    executor.shutdownNow();
    try {
      boolean unused = executor.awaitTermination(IDLE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
