package io.boxlite.internal.image.registry;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.boxlite.TestCertificate;
import io.boxlite.internal.image.HostTool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The real registry server, of the Debian package {@code docker-registry}, on a loopback port. What
 * it logs tells what it was asked for.
 */
final class RegistryServer implements AutoCloseable {
  static final String USER = "ann";
  static final String PASSWORD = "secret";

  /** {@code htpasswd -nbB ann secret}, as bcrypt with the fewest rounds. */
  private static final String HTPASSWD =
      USER + ":$2b$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a\n";

  private static final Pattern LISTENING = Pattern.compile("listening on 127\\.0\\.0\\.1:([0-9]+)");
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private final Path log;
  private final Process process;
  private final List<String> skopeo = new ArrayList<>();
  private int port;

  private RegistryServer(Path directory, String http, String auth) throws IOException {
    Files.createDirectories(directory);
    Path config = directory.resolve("config.yml");
    Files.writeString(
        config,
        "version: 0.1\nlog:\n  accesslog:\n    disabled: false\nstorage:\n  filesystem:\n"
            + "    rootdirectory: "
            + directory.resolve("data")
            + "\nhttp:\n  addr: 127.0.0.1:0\n"
            + http
            + auth);
    log = directory.resolve("log");
    process =
        new ProcessBuilder("docker-registry", "serve", config.toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
  }

  /** A registry for everybody. */
  static RegistryServer open(Path directory) throws Exception {
    return new RegistryServer(directory, "", "").started();
  }

  /** A registry that wants {@link #USER} and {@link #PASSWORD}. */
  static RegistryServer withPassword(Path directory) throws Exception {
    Files.createDirectories(directory);
    Path passwords = Files.writeString(directory.resolve("htpasswd"), HTPASSWD);
    RegistryServer server =
        new RegistryServer(
            directory, "", "auth:\n  htpasswd:\n    realm: test\n    path: " + passwords + "\n");
    server.skopeo.addAll(List.of("--dest-creds", USER + ":" + PASSWORD));
    return server.started();
  }

  /** A registry that speaks TLS. */
  static RegistryServer withTls(Path directory, TestCertificate certificate) throws Exception {
    String tls =
        "  tls:\n    certificate: "
            + certificate.certificatePem()
            + "\n    key: "
            + certificate.keyPem()
            + "\n";
    return new RegistryServer(directory, tls, "").started();
  }

  /** A registry that wants tokens signed with a certificate's key. */
  static RegistryServer withTokens(Path directory, String realm, TestCertificate certificate)
      throws Exception {
    String auth =
        "auth:\n  token:\n    realm: "
            + realm
            + "\n    service: test-registry\n    issuer: test-issuer\n    rootcertbundle: "
            + certificate.certificatePem()
            + "\n";
    return new RegistryServer(directory, "", auth).started();
  }

  private RegistryServer started() throws Exception {
    long end = System.nanoTime() + TIMEOUT.toNanos();
    while (true) {
      Matcher listening = LISTENING.matcher(log());
      if (listening.find()) {
        port = Integer.parseInt(listening.group(1));
        return this;
      }
      if (!process.isAlive() || System.nanoTime() > end) {
        close();
        throw new IllegalStateException("the registry does not start:\n" + log());
      }
      TimeUnit.MILLISECONDS.sleep(5);
    }
  }

  /** Its host and port. */
  String host() {
    return "127.0.0.1:" + port;
  }

  /** Where its files are. */
  Path data() {
    return log.resolveSibling("data");
  }

  /** Pushes an image, in skopeo's words, under a name such as {@code a/b:c}. */
  void push(String source, String name, String... options) {
    List<Object> command = new ArrayList<>(List.of("skopeo", "copy", "-q"));
    command.addAll(skopeo);
    command.addAll(List.of(options));
    command.addAll(List.of("--dest-tls-verify=false", source, "docker://" + host() + "/" + name));
    HostTool.run(command.toArray());
  }

  /** What it has logged. */
  String log() throws IOException {
    return Files.exists(log) ? new String(Files.readAllBytes(log), UTF_8) : "";
  }

  /** How often it was asked for something. */
  long requests(String method, String path) throws IOException {
    String line = "\"" + method + " " + path;
    return log().lines().filter(text -> text.contains(line)).count();
  }

  @Override
  public void close() {
    process.destroyForcibly();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
