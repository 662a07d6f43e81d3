package io.boxlite.internal.image.registry;

import java.net.ProxySelector;
import java.net.Socket;
import java.net.http.HttpClient;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * The HTTP clients of the JDK, created when they are first needed, because each has a thread. They
 * use the trust store of this JVM.
 */
final class HttpClients {
  private final Duration timeout;
  private final Optional<ProxySelector> proxies;
  private @Nullable HttpClient verifying;
  private @Nullable HttpClient trusting;

  /**
   * Creates no client yet.
   *
   * @param timeout the timeout for connecting
   * @param proxies the proxies to use; this JVM's when empty
   */
  HttpClients(Duration timeout, Optional<ProxySelector> proxies) {
    this.timeout = timeout;
    this.proxies = proxies;
  }

  /**
   * Returns a client.
   *
   * @param insecure whether the client trusts every certificate
   */
  synchronized HttpClient of(boolean insecure) {
    if (insecure) {
      if (trusting == null) {
        trusting = builder().sslContext(trustingContext()).build();
      }
      return trusting;
    }
    if (verifying == null) {
      verifying = builder().build();
    }
    return verifying;
  }

  /** Uses HTTP/1.1, with a separate connection for each layer. */
  private HttpClient.Builder builder() {
    HttpClient.Builder builder =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(timeout);
    proxies.ifPresent(builder::proxy);
    return builder;
  }

  private static SSLContext trustingContext() {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[] {new TrustAll()}, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has TLS", e);
    }
  }

  /**
   * Trusts every certificate. It is an extended trust manager, so that the host is not verified
   * either.
   */
  private static final class TrustAll extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
