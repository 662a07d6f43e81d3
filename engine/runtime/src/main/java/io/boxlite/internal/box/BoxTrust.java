package io.boxlite.internal.box;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.boxlite.BoxLostException;
import io.boxlite.BoxOptions;
import io.boxlite.BoxliteException;
import io.boxlite.FileAttributes;
import io.boxlite.internal.guest.BoxFiles;
import io.boxlite.internal.network.secret.BoxSecrets;
import io.boxlite.internal.vm.StartedVm;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
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
  private static final List<String> OTHER_BUNDLES =
      List.of(
          "/etc/pki/tls/certs/ca-bundle.crt", // Fedora
          "/etc/ssl/ca-bundle.pem", // openSUSE
          "/etc/ssl/cert.pem"); // OpenSSL by default

  /** From here, update-ca-certificates takes more certificates on Debian and Alpine. */
  private static final String CERTIFICATE = "/usr/local/share/ca-certificates/boxlite.crt";

  private static final String OPENSSL = "SSL_CERT_FILE";
  private static final int MOST_BYTES = 16 << 20;

  /** What the boxes of an engine have that start from the same template. */
  static final class Known {
    private static final int MOST = 16;

    /** The certificates of each template, by the files in which they are. */
    private final Map<String, Map<String, String>> bundles =
        Collections.synchronizedMap(
            new LinkedHashMap<>(16, 0.75f, true) {
              private static final long serialVersionUID = 1L;

              @Override
              protected boolean removeEldestEntry(Map.Entry<String, Map<String, String>> eldest) {
                return size() > MOST;
              }
            });
  }

  private final Optional<BoxSecrets> secrets;
  private final BoxOptions options;
  private final BoxPlan plan;
  private final Known known;

  /**
   * Creates what a box needs.
   *
   * @param secrets those of the box, if it has some
   */
  BoxTrust(Optional<BoxSecrets> secrets, BoxOptions options, BoxPlan plan, Known known) {
    this.secrets = secrets;
    this.options = options;
    this.plan = plan;
    this.known = known;
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
    // What is mounted in the box may have other files than the template.
    boolean likeOthers = options.volumes().isEmpty() && options.tmpfs().isEmpty();
    Map<String, String> bundles = likeOthers ? known.bundles.get(plan.template().key()) : null;
    if (bundles != null) {
      bundles.forEach((path, bundle) -> write(files, path, joined(bundle, certificate)));
      return;
    }
    Map<String, String> found = find(files, certificate);
    if (!found.containsKey(BUNDLE) && read(files, BUNDLE).isEmpty()) {
      // Programs with certificates of their own would have none if theirs were replaced by one.
      String all = found.values().stream().findFirst().orElseGet(secrets::trustedCertificates);
      write(files, BUNDLE, joined(all, certificate));
      found.put(BUNDLE, all);
    }
    if (likeOthers) {
      known.bundles.put(plan.template().key(), found);
    }
  }

  /** Adds the certificate to all bundles, and returns what they had before. */
  private Map<String, String> find(BoxFiles files, String certificate) {
    Map<String, String> found = new LinkedHashMap<>();
    for (String path : paths()) {
      String bundle = read(files, path);
      // It may be a link to one that has the certificate by now.
      if (!bundle.isEmpty() && !bundle.contains(certificate)) {
        write(files, path, joined(bundle, certificate));
        found.put(path, bundle);
      }
    }
    return found;
  }

  private Set<String> paths() {
    Set<String> paths = new LinkedHashSet<>();
    String ofImage = plan.image().config().environment().getOrDefault(OPENSSL, "");
    if (ofImage.startsWith("/")) {
      paths.add(ofImage);
    }
    paths.add(BUNDLE);
    paths.addAll(OTHER_BUNDLES);
    return paths;
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
    } catch (BoxLostException e) {
      throw e;
    } catch (BoxliteException e) {
      return ""; // there is none
    }
  }
}
