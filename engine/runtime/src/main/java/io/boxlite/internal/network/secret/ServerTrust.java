package io.boxlite.internal.network.secret;

import io.boxlite.BoxliteException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Which servers are trusted with secrets: those that this JVM trusts, and more.
 *
 * @param certificates the authorities
 * @param context for connections to servers; has no certificate of a client
 */
record ServerTrust(List<X509Certificate> certificates, SSLContext context) {
  /**
   * Reads the authorities.
   *
   * @param more a PEM file with more of them
   * @throws BoxliteException if the file cannot be read
   */
  static ServerTrust of(Optional<Path> more) {
    List<X509Certificate> added = more.map(ServerTrust::read).orElse(List.of());
    try {
      List<X509Certificate> all = new ArrayList<>(ofThisJvm());
      all.addAll(added);
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      for (int i = 0; i < all.size(); i++) {
        store.setCertificateEntry("authority-" + i, all.get(i));
      }
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, managers(store), null);
      return new ServerTrust(List.copyOf(all), context);
    } catch (GeneralSecurityException | IOException e) {
      throw new BoxliteException("the certificates that this JVM trusts cannot be read", e);
    }
  }

  private static List<X509Certificate> ofThisJvm() throws GeneralSecurityException {
    return Stream.of(managers(null))
        .flatMap(
            manager ->
                manager instanceof X509TrustManager trust
                    ? Arrays.stream(trust.getAcceptedIssuers())
                    : Stream.empty())
        .toList();
  }

  /** Without a store, it is the JVM's, which the property javax.net.ssl.trustStore may name. */
  private static TrustManager[] managers(@Nullable KeyStore store) throws GeneralSecurityException {
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    return factory.getTrustManagers();
  }

  /**
   * Reads a PEM file.
   *
   * @throws BoxliteException if there is none, or it has no certificate
   */
  static List<X509Certificate> read(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      Collection<? extends Certificate> read =
          CertificateFactory.getInstance("X.509").generateCertificates(in);
      if (read.isEmpty()) {
        throw new BoxliteException(problem(file) + " it has no certificate");
      }
      return read.stream().map(X509Certificate.class::cast).toList();
    } catch (IOException | CertificateException e) {
      throw new BoxliteException(problem(file) + " " + e, e);
    }
  }

  private static String problem(Path file) {
    return "boxlite.trusted.certificates is "
        + file
        + ", which cannot be used; it must be a file of certificates in PEM:";
  }
}
