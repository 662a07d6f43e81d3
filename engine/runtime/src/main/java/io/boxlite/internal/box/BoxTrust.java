package io.boxlite.internal.box;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.boxlite.BoxOptions;
import io.boxlite.BoxliteException;
import io.boxlite.FileAttributes;
import io.boxlite.internal.guest.BoxFiles;
import io.boxlite.internal.image.ImageConfig;
import io.boxlite.internal.network.secret.BoxSecrets;
import io.boxlite.internal.vm.StartedVm;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Makes the programs of a box with secrets trust the certificate authority of the box. It is done
 * after each start, so no template has an authority.
 */
final class BoxTrust {
  /** Where Debian, Alpine, Arch and Gentoo have the certificates that are trusted. */
  private static final String BUNDLE = "/etc/ssl/certs/ca-certificates.crt";

  /** Where others have them, in the order in which they are looked for. */
  private static final Set<String> OTHER_BUNDLES =
      new LinkedHashSet<>(
          java.util.List.of(
              "/etc/pki/tls/certs/ca-bundle.crt", // Fedora
              "/etc/ssl/ca-bundle.pem", // openSUSE
              "/etc/ssl/cert.pem")); // OpenSSL by default

  /** From here, update-ca-certificates takes more certificates on Debian and Alpine. */
  private static final String CERTIFICATE = "/usr/local/share/ca-certificates/boxlite.crt";

  private static final String OPENSSL = "SSL_CERT_FILE";
  private static final int MOST_BYTES = 16 << 20;

  private final Optional<BoxSecrets> secrets;
  private final Set<String> bundles = new LinkedHashSet<>();

  private BoxTrust(Optional<BoxSecrets> secrets, ImageConfig image) {
    this.secrets = secrets;
    String ofImage = image.environment().getOrDefault(OPENSSL, "");
    if (ofImage.startsWith("/")) {
      bundles.add(ofImage);
    }
    bundles.add(BUNDLE);
    bundles.addAll(OTHER_BUNDLES);
  }

  static BoxTrust of(Optional<BoxSecrets> secrets, ImageConfig image) {
    return new BoxTrust(secrets, image);
  }

  /** Returns the variables by which programs find the certificates; none without secrets. */
  static Map<String, String> environment(BoxOptions options) {
    Map<String, String> environment = new LinkedHashMap<>();
    if (!options.secrets().isEmpty()) {
      environment.put(OPENSSL, BUNDLE);
      environment.put("CURL_CA_BUNDLE", BUNDLE);
      environment.put("REQUESTS_CA_BUNDLE", BUNDLE);
      environment.put("GIT_SSL_CAINFO", BUNDLE);
      environment.put("NODE_EXTRA_CA_CERTS", CERTIFICATE); // besides those that Node.js has
    }
    return environment;
  }

  /**
   * Adds the authority to the certificates in a VM that has started, and returns it. Closes the VM
   * if that fails.
   *
   * @throws BoxliteException if they cannot be written
   */
  StartedVm install(StartedVm started) {
    if (secrets.isPresent()) {
      try {
        install(started.vm().agent().files(), secrets.get());
      } catch (RuntimeException | Error e) {
        started.vm().close();
        throw e;
      }
    }
    return started;
  }

  private void install(BoxFiles files, BoxSecrets secrets) {
    String certificate = secrets.certificate();
    write(files, CERTIFICATE, certificate);
    String found = "";
    for (String path : bundles) {
      String bundle = read(files, path);
      if (!bundle.isEmpty()) {
        found = found.isEmpty() ? bundle : found;
        if (!bundle.contains(certificate)) { // it may be a link to one that was changed already
          write(files, path, joined(bundle, certificate));
        }
      }
    }
    if (read(files, BUNDLE).isEmpty()) {
      // Programs with certificates of their own would have none if theirs were replaced by one.
      String all = found.isEmpty() ? secrets.trustedCertificates() : found;
      write(files, BUNDLE, all.contains(certificate) ? all : joined(all, certificate));
    }
  }

  private static String joined(String bundle, String certificate) {
    return bundle + (bundle.endsWith("\n") ? "" : "\n") + certificate;
  }

  private static void write(BoxFiles files, String path, String content) {
    files.write(path, content.getBytes(ISO_8859_1), FileAttributes.unchanged());
  }

  private static String read(BoxFiles files, String path) {
    try {
      return new String(files.read(path, MOST_BYTES), ISO_8859_1);
    } catch (io.boxlite.BoxLostException e) {
      throw e;
    } catch (BoxliteException e) {
      return ""; // there is none
    }
  }
}
