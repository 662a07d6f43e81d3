package io.boxlite.internal.network.secret;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.boxlite.internal.guest.StreamEnd;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/** The secrets of one box, and the certificate authority that it trusts. */
public final class BoxSecrets {
  private static final int PEM_LINE = 64;

  private final List<KnownSecret> secrets;

  /** Its keys are made while the box starts. */
  private final CompletableFuture<BoxAuthority> authority =
      CompletableFuture.supplyAsync(BoxAuthority::new);

  private final Supplier<ServerTrust> trust;
  private final Executor executor;

  BoxSecrets(List<KnownSecret> secrets, Supplier<ServerTrust> trust, Executor executor) {
    this.secrets = secrets;
    this.trust = trust;
    this.executor = executor;
  }

  /** Returns the certificate of the authority, in PEM. */
  public String certificate() {
    return pem(authority().certificate());
  }

  /** Returns the certificates that servers may have, in PEM. */
  public String trustedCertificates() {
    StringBuilder all = new StringBuilder();
    trust.get().certificates().forEach(certificate -> all.append(pem(certificate)));
    return all.toString();
  }

  static String pem(X509Certificate certificate) {
    try {
      return "-----BEGIN CERTIFICATE-----\n"
          + Base64.getMimeEncoder(PEM_LINE, "\n".getBytes(US_ASCII))
              .encodeToString(certificate.getEncoded())
          + "\n-----END CERTIFICATE-----\n";
    } catch (CertificateEncodingException e) {
      throw new IllegalStateException("a certificate that was decoded cannot be encoded", e);
    }
  }

  BoxAuthority authority() {
    return authority.join();
  }

  /**
   * Puts secrets into what goes to a host.
   *
   * @param host the connection to the host
   * @param thread serves the connection to the host; never blocked for long
   * @param names the names for which the box was given the address of the host
   * @param port of the host
   * @return the end for the guest: that of the host itself if no secret is for it
   */
  public StreamEnd between(
      StreamEnd host, Executor thread, List<String> names, int port, SecretLog log) {
    Destination destination = new Destination(names, port, false);
    boolean any =
        secrets.stream().anyMatch(s -> destination.has(s) || destination.overTls().has(s));
    return any
        ? new SecretConnection(secrets, destination, this::authority, trust, thread, executor, log)
            .between(host)
        : host;
  }
}
