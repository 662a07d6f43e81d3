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
 * The JDK's HTTP clients, made when they are first needed: each has a thread. They trust whom this
 * JVM trusts.
 */
final class Clients {
  private final Duration timeout;
  private final Optional<ProxySelector> proxies;
  private @Nullable HttpClient verifying;
  private @Nullable HttpClient trusting;

  /**
   * Makes none yet.
   *
   * @param timeout for a connection to be made
   * @param proxies by way of whom; this JVM's when empty
   */
  Clients(Duration timeout, Optional<ProxySelector> proxies) {
    this.timeout = timeout;
    this.proxies = proxies;
  }

  /**
   * A client.
   *
   * @param insecure whether it trusts every certificate
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

  /** Each layer gets a connection of its own, which HTTP/2 would not give it. */
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
      context.init(null, new TrustManager[] {new Everybody()}, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has TLS", e);
    }
  }

  /** Only an extended trust manager is also asked whether the certificate is for the host. */
  private static final class Everybody extends X509ExtendedTrustManager {
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
