package io.boxlite.samples.services;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.boxlite.Network;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A package registry, as the programs of this machine are configured to use it.
 *
 * @param url where it is, as a program in a box finds it
 * @param proxy what programs connect to instead; empty if they connect to the registry
 * @param reached the host and the port that a program connects to
 */
record Registry(URI url, Optional<URI> proxy, HostAndPort reached) {
  private static final String THIS_MACHINE = "host.boxlite.internal";

  /**
   * A host and a port of it.
   *
   * @param host a name or an address
   */
  record HostAndPort(String host, int port) {
    static HostAndPort of(URI url) {
      boolean secure = "https".equalsIgnoreCase(url.getScheme());
      return new HostAndPort(url.getHost(), url.getPort() > 0 ? url.getPort() : secure ? 443 : 80);
    }
  }

  /** Returns the registry that npm uses on this machine, or aborts the test. */
  static Registry ofNpm() {
    Optional<String> url = npmSetting("registry");
    assumeTrue(url.isPresent(), "npm has no registry on this machine: is npm installed?");
    Optional<String> proxy = npmSetting(url.get().startsWith("https:") ? "https-proxy" : "proxy");
    return of(url.get(), proxy);
  }

  private static Optional<String> npmSetting(String name) {
    try {
      Process npm =
          new ProcessBuilder("npm", "config", "get", name)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      npm.getOutputStream().close();
      String value = new String(npm.getInputStream().readAllBytes(), UTF_8).strip();
      boolean works = npm.waitFor(1, TimeUnit.MINUTES) && npm.exitValue() == 0;
      return Optional.of(value).filter(text -> works && text.startsWith("http"));
    } catch (IOException e) {
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while npm was running", e);
    }
  }

  /** Returns the repository that the Maven uses which runs this test, or aborts the test. */
  static Registry ofMaven() {
    Optional<String> url = mavenSetting("samples.maven.repository");
    assumeTrue(url.isPresent(), "Maven has not said which repository it uses: run this with Maven");
    Optional<String> proxy =
        mavenSetting("samples.maven.proxy.host")
            .map(host -> "http://" + host + ":" + System.getProperty("samples.maven.proxy.port"));
    return of(url.get(), proxy);
  }

  /** Maven leaves what it does not know as it is written in the POM. */
  private static Optional<String> mavenSetting(String name) {
    return Optional.ofNullable(System.getProperty(name))
        .filter(value -> !value.isBlank() && !value.startsWith("$"));
  }

  private static Registry of(String url, Optional<String> proxy) {
    URI reached = URI.create(proxy.orElse(url));
    HostAndPort server = HostAndPort.of(reached);
    if (!addresses(server).stream().allMatch(InetAddress::isLoopbackAddress)) {
      return new Registry(URI.create(url), proxy.map(URI::create), server);
    }
    // What listens on this machine's loopback address has another name in a box.
    URI inBox = URI.create(reached.toString().replace(server.host(), THIS_MACHINE));
    HostAndPort here = new HostAndPort(THIS_MACHINE, server.port());
    return proxy.isPresent()
        ? new Registry(URI.create(url), Optional.of(inBox), here)
        : new Registry(inBox, Optional.empty(), here);
  }

  private static List<InetAddress> addresses(HostAndPort server) {
    try {
      return List.of(InetAddress.getAllByName(server.host()));
    } catch (UnknownHostException e) {
      return abort("this machine does not know the registry's host: " + server.host());
    }
  }

  /**
   * Allows the registry and nothing else. Its addresses are allowed as well as its name, since a
   * name does not lead to private addresses.
   */
  Network network() {
    String port = ":" + reached.port();
    if (reached.host().equals(THIS_MACHINE)) {
      return Network.allow(THIS_MACHINE + port);
    }
    return Network.allow(
        Stream.concat(
                Stream.of(reached.host()),
                addresses(reached).stream()
                    .map(InetAddress::getHostAddress)
                    .map(address -> address.contains(":") ? "[" + address + "]" : address))
            .distinct()
            .map(host -> host + port)
            .toArray(String[]::new));
  }

  /** Aborts the test if this machine does not reach the registry itself. */
  Registry mustAnswer() {
    HostAndPort here =
        reached.host().equals(THIS_MACHINE)
            ? new HostAndPort("127.0.0.1", reached.port())
            : reached;
    List<IOException> failures = new ArrayList<>();
    for (InetAddress address : addresses(here)) {
      try (Socket socket = new Socket()) {
        socket.connect(new InetSocketAddress(address, here.port()), 10_000);
        return this;
      } catch (IOException e) {
        failures.add(e);
      }
    }
    return abort("this machine does not reach " + here + ": " + failures);
  }
}
