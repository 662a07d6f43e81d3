package io.boxlite.internal.network.secret;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;

/**
 * A certificate authority that one box trusts. Its key never leaves this JVM.
 *
 * <p>The JDK reads certificates but makes none, and this is all that is needed of them (RFC 5280);
 * a library for it would be larger than the engine.
 */
final class BoxAuthority {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final String CURVE = "secp256r1";
  private static final int MOST_SERVERS = 64;
  private static final int MOST_COMMON_NAME = 64;
  private static final int SERIAL_BITS = 127;
  private static final int KEY_ID_BYTES = 20;

  /** Clocks of guests may be late. */
  private static final Duration BEFORE = Duration.ofDays(1);

  private static final Duration LIFETIME = Duration.ofDays(365);

  private static final byte[] ECDSA_WITH_SHA256 = Der.sequence(Der.oid("1.2.840.10045.4.3.2"));
  private static final String ORGANIZATION = "2.5.4.10";
  private static final String COMMON_NAME = "2.5.4.3";
  private static final String SUBJECT_KEY_ID = "2.5.29.14";
  private static final String KEY_USAGE = "2.5.29.15";
  private static final String ALTERNATIVE_NAME = "2.5.29.17";
  private static final String BASIC_CONSTRAINTS = "2.5.29.19";
  private static final String AUTHORITY_KEY_ID = "2.5.29.35";
  private static final String EXTENDED_KEY_USAGE = "2.5.29.37";
  private static final String SERVER_AUTHENTICATION = "1.3.6.1.5.5.7.3.1";
  private static final int DNS_NAME = 2;

  private final KeyPair keys = newKeys();
  private final KeyPair serverKeys = newKeys();
  private final byte[] name = name("BoxLite box " + HexFormat.of().toHexDigits(RANDOM.nextInt()));
  private final X509Certificate certificate;

  /** Guarded by itself. */
  private final Map<String, SSLContext> servers =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, SSLContext> eldest) {
          return size() > MOST_SERVERS;
        }
      };

  BoxAuthority() {
    byte[] keyId = keyId(keys.getPublic());
    certificate =
        sign(
            keys.getPublic(),
            name,
            critical(BASIC_CONSTRAINTS, Der.sequence(Der.truth(), Der.integer(0))),
            critical(KEY_USAGE, Der.bits(1, (byte) 0b0000_0110)), // keyCertSign, cRLSign
            extension(SUBJECT_KEY_ID, Der.octets(keyId)));
  }

  /** Returns the certificate of the authority. */
  X509Certificate certificate() {
    return certificate;
  }

  /** Returns what a server of this name has, for connections from the box. */
  SSLContext server(String host) {
    synchronized (servers) {
      return servers.computeIfAbsent(host, this::newServer);
    }
  }

  private SSLContext newServer(String host) {
    X509Certificate server =
        sign(
            serverKeys.getPublic(),
            host.length() <= MOST_COMMON_NAME ? name(host) : name("server"),
            critical(KEY_USAGE, Der.bits(7, (byte) 0b1000_0000)), // digitalSignature
            extension(EXTENDED_KEY_USAGE, Der.sequence(Der.oid(SERVER_AUTHENTICATION))),
            extension(SUBJECT_KEY_ID, Der.octets(keyId(serverKeys.getPublic()))),
            extension(AUTHORITY_KEY_ID, Der.sequence(Der.implicit(0, keyId(keys.getPublic())))),
            extension(
                ALTERNATIVE_NAME, Der.sequence(Der.implicit(DNS_NAME, host.getBytes(US_ASCII)))));
    KeyManager key = new ServerKey(serverKeys.getPrivate(), server, certificate);
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(new KeyManager[] {key}, null, RANDOM);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JVM has no TLS", e);
    }
  }

  private X509Certificate sign(PublicKey key, byte[] subject, byte[]... extensions) {
    Instant now = Instant.now();
    byte[] content =
        Der.sequence(
            Der.explicit(0, Der.integer(2)), // version 3
            Der.integer(new BigInteger(SERIAL_BITS, RANDOM).setBit(SERIAL_BITS - 1)),
            ECDSA_WITH_SHA256,
            name,
            Der.sequence(Der.time(now.minus(BEFORE)), Der.time(now.plus(LIFETIME))),
            subject,
            key.getEncoded(), // a SubjectPublicKeyInfo already
            Der.explicit(3, Der.sequence(extensions)));
    try {
      Signature signature = Signature.getInstance("SHA256withECDSA");
      signature.initSign(keys.getPrivate());
      signature.update(content);
      byte[] signed = Der.sequence(content, ECDSA_WITH_SHA256, Der.bits(0, signature.sign()));
      return (X509Certificate)
          CertificateFactory.getInstance("X.509")
              .generateCertificate(new ByteArrayInputStream(signed));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JVM cannot sign a certificate", e);
    }
  }

  private static KeyPair newKeys() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec(CURVE), RANDOM);
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JVM has no keys of " + CURVE, e);
    }
  }

  /** RFC 7093, section 2, method 4. */
  private static byte[] keyId(PublicKey key) {
    try {
      return Arrays.copyOf(
          MessageDigest.getInstance("SHA-256").digest(key.getEncoded()), KEY_ID_BYTES);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JVM has no SHA-256", e);
    }
  }

  private static byte[] name(String commonName) {
    return Der.sequence(
        Der.set(Der.sequence(Der.oid(ORGANIZATION), Der.text("BoxLite"))),
        Der.set(Der.sequence(Der.oid(COMMON_NAME), Der.text(commonName))));
  }

  private static byte[] critical(String oid, byte[] value) {
    return Der.sequence(Der.oid(oid), Der.truth(), Der.octets(value));
  }

  private static byte[] extension(String oid, byte[] value) {
    return Der.sequence(Der.oid(oid), Der.octets(value));
  }
}
