package io.boxlite;

import io.boxlite.internal.image.HostTool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * A certificate of a server and that of its authority, made with the JDK's keytool.
 *
 * @param authorityPem a file with the certificate of the authority
 * @param certificatePem a file with the certificate of the server
 * @param keyPem a file with the server's key
 * @param serving what the server has
 */
public record TestCertificate(
    X509Certificate authority,
    X509Certificate certificate,
    PrivateKey key,
    Path authorityPem,
    Path certificatePem,
    Path keyPem,
    SSLContext serving) {
  private static final String PASSWORD = "changeit";

  /**
   * Makes one that nobody trusts.
   *
   * @param parent where its files may be
   * @param name of the server, such as {@code ip:127.0.0.1} or {@code dns:one.example}
   */
  public static TestCertificate make(Path parent, String name)
      throws IOException, GeneralSecurityException {
    Path directory = Files.createTempDirectory(parent, "certificate");
    Path store = directory.resolve("store.p12");
    keytool(store, "authority", "-ext", "bc=ca:true");
    keytool(store, "server", "-signer", "authority", "-ext", "san=" + name);
    char[] password = PASSWORD.toCharArray();
    KeyStore keys = KeyStore.getInstance(store.toFile(), password);
    X509Certificate authority = (X509Certificate) keys.getCertificate("authority");
    X509Certificate certificate = (X509Certificate) keys.getCertificate("server");
    PrivateKey key = (PrivateKey) keys.getKey("server", password);
    keys.deleteEntry("authority"); // a server does not have its key
    KeyManagerFactory managers = KeyManagerFactory.getInstance("PKIX");
    managers.init(keys, password);
    SSLContext serving = SSLContext.getInstance("TLS");
    serving.init(managers.getKeyManagers(), null, null);
    return new TestCertificate(
        authority,
        certificate,
        key,
        pem(directory.resolve("authority.pem"), "CERTIFICATE", authority.getEncoded()),
        pem(directory.resolve("certificate.pem"), "CERTIFICATE", certificate.getEncoded()),
        pem(directory.resolve("key.pem"), "PRIVATE KEY", key.getEncoded()),
        serving);
  }

  private static void keytool(Path store, String alias, String... more) {
    List<Object> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool"));
    command.addAll(List.of("-genkeypair", "-keystore", store, "-storepass", PASSWORD));
    command.addAll(List.of("-alias", alias, "-keyalg", "RSA", "-dname", "CN=" + alias));
    command.addAll(List.of(more));
    HostTool.run(command.toArray());
  }

  private static Path pem(Path file, String type, byte[] bytes) throws IOException {
    String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes);
    return Files.writeString(
        file, "-----BEGIN %s-----%n%s%n-----END %1$s-----%n".formatted(type, text));
  }

  /** Trusts the authority and no other. */
  public SSLContext trusting() throws IOException, GeneralSecurityException {
    return trusting(authority);
  }

  /** Trusts an authority and no other. */
  public static SSLContext trusting(X509Certificate authority)
      throws IOException, GeneralSecurityException {
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("authority", authority);
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return context;
  }
}
