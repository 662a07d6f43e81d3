package io.boxlite.samples.services;

import io.boxlite.LiteBox;
import java.io.ByteArrayOutputStream;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.Base64;
import java.util.Collections;

/** The authorities that this machine's Java trusts, for programs in boxes. */
final class HostCertificates {
  private static final char[] PASSWORD = "changeit".toCharArray(); // the JDK's own

  private HostCertificates() {}

  /** Writes them into a box, as a file of certificates in PEM. */
  static void writePem(LiteBox box, String path) {
    StringBuilder pem = new StringBuilder();
    Base64.Encoder base64 = Base64.getMimeEncoder(64, new byte[] {'\n'});
    try {
      KeyStore trusted = trusted();
      for (String alias : Collections.list(trusted.aliases())) {
        Certificate certificate = trusted.getCertificate(alias);
        if (certificate != null) {
          pem.append("-----BEGIN CERTIFICATE-----\n")
              .append(base64.encodeToString(certificate.getEncoded()))
              .append("\n-----END CERTIFICATE-----\n");
        }
      }
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the certificates of this JDK cannot be read", e);
    }
    box.writeFile(path, pem.toString().getBytes(StandardCharsets.US_ASCII));
  }

  /** Writes them into a box, as a key store of Java. */
  static void writeKeyStore(LiteBox box, String path) {
    ByteArrayOutputStream store = new ByteArrayOutputStream();
    try {
      trusted().store(store, PASSWORD);
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("the certificates of this JDK cannot be written", e);
    }
    box.writeFile(path, store.toByteArray());
  }

  private static KeyStore trusted() {
    String own = Path.of(System.getProperty("java.home"), "lib", "security", "cacerts").toString();
    String file = System.getProperty("javax.net.ssl.trustStore", own);
    try (InputStream in = new FileInputStream(file)) {
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(in, null);
      return store;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(file + " cannot be read", e);
    }
  }
}
