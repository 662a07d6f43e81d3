package io.boxlite.internal.image.registry;

import io.boxlite.internal.image.HostTool;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.Base64;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** A certificate for 127.0.0.1 that nobody trusts, made with the JDK's keytool. */
record TestCertificate(
    X509Certificate certificate, PrivateKey key, Path certificatePem, Path keyPem) {
  private static final String SECRET = "changeit";

  static TestCertificate make(Path directory) throws Exception {
    Path store = directory.resolve("certificate.p12");
    HostTool.run(
        Path.of(System.getProperty("java.home"), "bin", "keytool"),
        "-genkeypair",
        "-keystore",
        store,
        "-storepass",
        SECRET,
        "-alias",
        "test",
        "-keyalg",
        "RSA",
        "-dname",
        "CN=test",
        "-ext",
        "SAN=ip:127.0.0.1");
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, SECRET.toCharArray());
    }
    X509Certificate certificate = (X509Certificate) keys.getCertificate("test");
    PrivateKey key = (PrivateKey) keys.getKey("test", SECRET.toCharArray());
    return new TestCertificate(
        certificate,
        key,
        pem(directory.resolve("certificate.pem"), "CERTIFICATE", certificate.getEncoded()),
        pem(directory.resolve("key.pem"), "PRIVATE KEY", key.getEncoded()));
  }

  private static Path pem(Path file, String type, byte[] bytes) throws Exception {
    return Files.writeString(
        file,
        "-----BEGIN "
            + type
            + "-----\n"
            + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes)
            + "\n-----END "
            + type
            + "-----\n");
  }

  /** Trusts this certificate and no other. */
  SSLContext trusting() throws Exception {
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("test", certificate);
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return context;
  }
}
