package io.boxlite.internal.image.registry;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.boxlite.BoxliteException;
import io.boxlite.internal.image.source.Document;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A program that stores credentials (docker-credential-helpers, "Development"): {@code
 * docker-credential-NAME get} reads a registry's address and prints JSON.
 *
 * @param name the name without the prefix
 * @param programs the directories to search for it, as in {@code PATH}
 */
record CredentialHelper(String name, String programs) {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*");
  private static final int MAX_OUTPUT = 1 << 20;
  private static final long TIMEOUT_SECONDS = 60;

  /** The message of a helper without credentials for an address (credentials/error.go). */
  private static final String NOT_FOUND = "credentials not found";

  /** The user name that marks an identity token. */
  private static final String TOKEN = "<token>";

  private record Answer(
      @JsonProperty("Username") @Nullable String user,
      @JsonProperty("Secret") @Nullable String secret) {}

  /** Returns the credentials for an address; empty when the helper has none. */
  Optional<Credentials> get(String address) throws CredentialsException, InterruptedException {
    if (!NAME.matcher(name).matches()) {
      throw new CredentialsException(
          "the credential helper \""
              + name
              + "\" of Docker's configuration is not a valid program name; it must match "
              + NAME);
    }
    String program = "docker-credential-" + name;
    try {
      return run(find(program), address);
    } catch (IOException | ExecutionException e) {
      throw new CredentialsException(
          "the credential helper "
              + program
              + " cannot be run: "
              + e.getMessage()
              + "; install it, or remove it from Docker's configuration");
    }
  }

  private String find(String program) throws IOException {
    return Stream.of(programs.split(File.pathSeparator, -1))
        .filter(directory -> directory.startsWith("/"))
        .map(directory -> Path.of(directory, program))
        .filter(Files::isExecutable)
        .findFirst()
        .orElseThrow(() -> new IOException("there is no such program in " + programs))
        .toString();
  }

  private static Optional<Credentials> run(String program, String address)
      throws CredentialsException, IOException, InterruptedException, ExecutionException {
    Process process =
        new ProcessBuilder(program, "get").redirectError(ProcessBuilder.Redirect.DISCARD).start();
    try {
      try (OutputStream in = process.getOutputStream()) {
        in.write(address.getBytes(StandardCharsets.UTF_8));
      } catch (IOException e) {
        // It may end without reading its input; its output then says why.
      }
      CompletableFuture<byte[]> output =
          CompletableFuture.supplyAsync(() -> read(process.getInputStream()));
      byte[] bytes = output.get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
      if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
        throw new TimeoutException();
      }
      return credentials(program, address, process.exitValue(), bytes);
    } catch (TimeoutException e) {
      throw new CredentialsException(
          "the credential helper "
              + program
              + " did not answer for "
              + address
              + " within "
              + TIMEOUT_SECONDS
              + " s; does it wait to be unlocked?");
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }

  private static byte[] read(InputStream in) {
    try (in) {
      return in.readNBytes(MAX_OUTPUT);
    } catch (IOException e) {
      return new byte[0];
    }
  }

  private static Optional<Credentials> credentials(
      String program, String address, int exitCode, byte[] output) throws CredentialsException {
    String text = new String(output, StandardCharsets.UTF_8).strip();
    if (exitCode != 0) {
      if (text.startsWith(NOT_FOUND)) {
        return Optional.empty();
      }
      throw new CredentialsException(
          "the credential helper "
              + program
              + " failed for "
              + address
              + " with exit code "
              + exitCode
              + ": "
              + text.substring(0, Math.min(text.length(), 300)));
    }
    Answer answer;
    try {
      answer = new Document("the answer of " + program, output).parse(Answer.class);
    } catch (BoxliteException e) {
      // Without the parser's message, which could contain a secret.
      throw new CredentialsException(
          "the credential helper " + program + " did not answer with JSON for " + address);
    }
    if (answer.secret == null || answer.secret.isEmpty()) {
      return Optional.empty();
    }
    String user = answer.user == null || answer.user.equals(TOKEN) ? "" : answer.user;
    return Optional.of(new Credentials(user, answer.secret, program));
  }
}
