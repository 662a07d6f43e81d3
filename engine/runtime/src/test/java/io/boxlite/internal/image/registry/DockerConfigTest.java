package io.boxlite.internal.image.registry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.boxlite.internal.image.source.DefaultRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DockerConfigTest {
  @TempDir Path directory;

  private DockerConfig config(String json) throws IOException {
    return new DockerConfig(
        Files.writeString(directory.resolve("config.json"), json), directory.toString());
  }

  private static String auth(String userAndPassword) {
    return "{\"auth\":\""
        + Base64.getEncoder().encodeToString(userAndPassword.getBytes(UTF_8))
        + "\"}";
  }

  private void helper(String name, String script) throws IOException {
    Path file =
        Files.writeString(directory.resolve("docker-credential-" + name), "#!/bin/sh\n" + script);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
  }

  private static String user(Optional<Credentials> credentials) {
    return credentials.map(c -> c.user() + "/" + c.secret()).orElse("nobody");
  }

  @Test
  void isInTheUsersHomeOrWhereTheVariableSays() {
    assertThat(DockerConfig.ofUser(Map.of(), "/home/ann").file())
        .isEqualTo(Path.of("/home/ann/.docker/config.json"));
    assertThat(DockerConfig.ofUser(Map.of("DOCKER_CONFIG", "/etc/d"), "/home/ann").file())
        .isEqualTo(Path.of("/etc/d/config.json"));
  }

  @Test
  void hasNothingWhereThereIsNoFile() throws Exception {
    assertThat(new DockerConfig(directory.resolve("none"), "").find("reg.test").credentials())
        .isEmpty();
    assertThat(config("{}").find("reg.test").credentials()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "reg.test:5000",
        "https://reg.test:5000",
        "http://reg.test:5000/v1/",
        "https://reg.test:5000/v2/",
        "reg.test:5000/"
      })
  void findsARegistryHoweverItsKeyIsWritten(String key) throws Exception {
    DockerConfig config = config("{\"auths\":{\"" + key + "\":" + auth("ann:a:b") + "}}");
    assertThat(user(config.find("reg.test:5000").credentials())).isEqualTo("ann/a:b");
    assertThat(config.find("reg.test").credentials()).isEmpty();
    assertThat(config.find("evil-reg.test:5000").credentials()).isEmpty();
    assertThat(config.find(DefaultRegistry.NAME).credentials()).isEmpty();
  }

  @Test
  void findsTheDefaultRegistryUnderItsOldAddress() throws Exception {
    DockerConfig config =
        config("{\"auths\":{\"" + DefaultRegistry.CREDENTIALS + "\":" + auth("ann:x") + "}}");
    assertThat(user(config.find(DefaultRegistry.NAME).credentials())).isEqualTo("ann/x");
  }

  @Test
  void readsEveryFormOfAnEntry() throws Exception {
    DockerConfig config =
        config(
            "{\"auths\":{\"a.test\":{\"username\":\"u\",\"password\":\"p\"},"
                + "\"b.test\":{\"auth\":\"\",\"identitytoken\":\"t\"},"
                + "\"c.test\":{},\"d.test\":null,\"e.test\":"
                + auth("pad:ded\0\0")
                + "}}");
    assertThat(user(config.find("a.test").credentials())).isEqualTo("u/p");
    assertThat(config.find("b.test").credentials())
        .hasValueSatisfying(c -> assertThat(c.isIdentityToken()).isTrue());
    assertThat(config.find("c.test").credentials()).isEmpty();
    assertThat(config.find("d.test").credentials()).isEmpty();
    assertThat(user(config.find("e.test").credentials())).isEqualTo("pad/ded");
  }

  @Test
  void asksTheRegistrysOwnHelperBeforeTheStoreOfAll() throws Exception {
    helper(
        "own",
        "read address; echo \"{\\\"Username\\\":\\\"own\\\",\\\"Secret\\\":\\\"$1 $address\\\"}\"");
    helper("all", "echo '{\"Username\":\"<token>\",\"Secret\":\"all\"}'");
    DockerConfig config =
        config(
            "{\"credHelpers\":{\"own.test\":\"own\"},\"credsStore\":\"all\",\"auths\":{"
                + "\"own.test\":"
                + auth("file:x")
                + "}}");
    assertThat(user(config.find("own.test").credentials())).isEqualTo("own/get own.test");
    assertThat(user(config.find("other.test").credentials())).isEqualTo("/all");
    assertThat(config.find("other.test").credentials().orElseThrow().isIdentityToken()).isTrue();
  }

  @Test
  void takesTheFileWhereTheStoreKnowsNothing() throws Exception {
    helper("empty", "echo 'credentials not found in native keychain'; exit 1");
    DockerConfig config =
        config("{\"credsStore\":\"empty\",\"auths\":{\"reg.test\":" + auth("file:x") + "}}");
    assertThat(user(config.find("reg.test").credentials())).isEqualTo("file/x");
    assertThat(config.find("other.test").credentials()).isEmpty();
  }

  @Test
  void saysWhatIsWrongWithAHelper() throws Exception {
    helper("locked", "echo 'the keychain is locked'; exit 3");
    helper("garbled", "echo 'top secret'");
    assertProblem("{\"credsStore\":\"locked\"}", "exit code 3: the keychain is locked");
    assertProblem(
        "{\"credsStore\":\"garbled\"}",
        "docker-credential-garbled did not answer with JSON for reg.test");
    assertProblem("{\"credsStore\":\"missing\"}", "docker-credential-missing cannot be run");
    assertProblem("{\"credsStore\":\"../../bin/x\"}", "\"../../bin/x\" of Docker's configuration");
  }

  @Test
  void takesTheFileWhereTheHelperFails() throws Exception {
    CredentialLookup found =
        config("{\"credsStore\":\"missing\",\"auths\":{\"reg.test\":" + auth("file:x") + "}}")
            .find("reg.test");
    assertThat(user(found.credentials())).isEqualTo("file/x");
    assertThat(found.problemSuffix()).contains("docker-credential-missing cannot be run");
  }

  @Test
  void saysWhatIsWrongWithTheFileAndShowsNoSecret() throws Exception {
    assertProblem("top secret", "config.json is not valid: the JSON is malformed");
    assertProblem("{\"auths\":{\"reg.test\":secret}}", "config.json is not valid");
    assertProblem("", "config.json is empty");
    assertProblem(" \n", "config.json is empty");
    assertProblem(
        "{\"auths\":{\"reg.test\":{\"auth\":\"top secret\"}}}",
        "is not USER:PASSWORD in base64; run: docker login reg.test");
    assertProblem("{\"auths\":{\"reg.test\":" + auth("topsecret") + "}}", "is not USER:PASSWORD");
    Path occupied = Files.createDirectory(directory.resolve("directory"));
    assertThat(new DockerConfig(occupied, "").find("reg.test").problemSuffix())
        .isEqualTo(" (Docker's configuration " + occupied + " cannot be read: it is a directory)");
  }

  @Test
  void readsBase64InSeveralLinesAndNamesInAnotherCase() throws Exception {
    String base64 =
        Base64.getMimeEncoder(8, new byte[] {'\r', '\n'})
            .encodeToString("ann:abc def ghi".getBytes(UTF_8));
    String json =
        "{\"Auths\":{\"reg.test\":{\"Auth\":\"" + base64.replace("\r\n", "\\r\\n") + "\"}}}";
    assertThat(json).contains("\\r\\n");
    assertThat(user(config(json).find("reg.test").credentials())).isEqualTo("ann/abc def ghi");
  }

  private void assertProblem(String json, String message) throws Exception {
    CredentialLookup found = config(json).find("reg.test");
    assertThat(found.credentials()).isEmpty();
    assertThat(found.problem().orElse("none")).contains(message).doesNotContain("secret");
  }

  @Test
  void neverShowsASecretAsText() {
    assertThat(new Credentials("ann", "secret", "the file")).hasToString("user ann of the file");
    assertThat(new Credentials("", "secret", "f")).hasToString("the identity token of f");
  }
}
