package io.boxlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SecretTest {
  private static final Secret KEY = Secret.of("API_KEY", "s3cret-value");

  @Test
  void doesNotShowItsValue() {
    Secret secret = KEY.forHosts("api.example.com", "*.Example.org.:8443");
    assertThat(secret).hasToString("API_KEY=*** -> api.example.com, *.example.org:8443");
    assertThat(BoxOptions.builder().secret(secret).build().toString()).doesNotContain("s3cret");
    assertThat(secret.placeholder()).startsWith("boxlite-secret-API_KEY-").doesNotContain("s3cret");
    assertThat(secret.value()).isEqualTo("s3cret-value");
    assertThatThrownBy(() -> Secret.of("A", "s3cret\n"))
        .hasMessage(
            "the value of secret A has a character at index 6 that no header can have; it must"
                + " consist of visible ASCII characters, with spaces between them, so remove the"
                + " line break");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " a", "a ", "a\tb", "a\rb", "a\u0000", "\u00e4", "\u007f"})
  void isAValueThatAHeaderCanHave(String value) {
    assertThatIllegalArgumentException().isThrownBy(() -> Secret.of("A", value));
    assertThatIllegalArgumentException().isThrownBy(() -> Secret.of("A", "x".repeat(8193)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "1A", "A-B", "A=B", "\u00c4"})
  void hasTheNameOfAnEnvironmentVariable(String name) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Secret.of(name, "value"))
        .withMessageContaining("secret name is \"" + name + "\"");
  }

  @Test
  void theValueMayBeInAVariableOrProperty() {
    Secret property = Secret.parse("A = property:secret.test -> host.boxlite.internal");
    assertThat(property)
        .isEqualTo(Secret.ofProperty("A", "secret.test").forHosts("host.boxlite.internal"));
    assertThatIllegalArgumentException()
        .isThrownBy(property::value)
        .withMessage(
            "secret A is to have the value of the system property secret.test, which is not set;"
                + " set it in the JVM that creates the box");
    System.setProperty("secret.test", "found");
    try {
      assertThat(property.value()).isEqualTo("found");
    } finally {
      System.clearProperty("secret.test");
    }
    assertThat(Secret.parse("PATH -> a.example").value()).isEqualTo(System.getenv("PATH"));
    assertThat(Secret.parse("A=env:PATH->a.example").value()).isEqualTo(System.getenv("PATH"));
    assertThat(Secret.parse("PATH -> a.example")).hasToString("PATH=env:PATH -> a.example");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          A                     | secrets entry "A" must be of the form "NAME -> HOST"
          A=topsecret           | secrets entry "A=..." must be of the form
          A=topsecret -> b.c    | secrets entry "A" has a source that is neither "env:VARIABLE" nor
          A ->                  | secret A has the host ""; write a name or an address
          A -> 10.0.0.1         | secret A has the host "10.0.0.1"; a secret is for hosts by name
          A -> 10.0.0.0/8       | a secret is for hosts by name, such as api.example.com, not by address
          A -> https://b.c/v1   | secret A has the host "https://b.c/v1"; a secret is for all paths of a host
          A -> b.c:0            | ports are from 1 to 65535
          A -> localhost        | for servers on this machine, write host.boxlite.internal
          A -> *                | secret A has the host "*"; for everything public
          A -> ftp://b.c        | a rule has no scheme and no path
          """)
  void refusesOtherTextWithoutShowingValues(String text, String message) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Secret.parse(text))
        .withMessageContaining(message)
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain("topsecret"));
  }

  @Test
  void isForItsHostsOverTlsOnly() {
    Secret secret = KEY.forHosts("api.example.com", "*.example.org:8443", "https://c.example:1");
    assertThat(secret.isFor("api.example.com", 443, true)).isTrue();
    assertThat(secret.isFor("api.example.com", 80, false)).isFalse();
    assertThat(secret.isFor("x.api.example.com", 443, true)).isFalse();
    assertThat(secret.isFor("a.b.example.org", 8443, true)).isTrue();
    assertThat(secret.isFor("a.example.org", 443, true)).isFalse();
    assertThat(secret.isFor("example.org", 8443, true)).isFalse();
    assertThat(secret.isFor("c.example", 1, true)).isTrue();
    Secret plain = KEY.forHosts("http://old.example:8080");
    assertThat(plain.isFor("old.example", 8080, false)).isTrue();
    assertThat(plain.isFor("old.example", 8080, true)).isFalse();
    assertThat(plain.hosts()).containsExactly("http://old.example:8080");
    Secret here = KEY.forHosts("host.boxlite.internal");
    assertThat(here.isFor("host.boxlite.internal", 1, true)).isTrue();
    assertThat(here.isFor("host.boxlite.internal", 1, false)).isTrue();
  }

  @Test
  void tellsWhichHostANetworkDoesNotAllow() {
    Secret secret = KEY.forHosts("api.example.com:443", "*.example.org");
    assertThat(secret.hostBeyond(Network.none())).contains("api.example.com:443");
    assertThat(secret.hostBeyond(Network.allow("api.example.com:80")))
        .contains("api.example.com:443");
    assertThat(secret.hostBeyond(Network.allow("api.example.com"))).contains("*.example.org");
    assertThat(secret.hostBeyond(Network.allow("10.0.0.0/8"))).isPresent();
    assertThat(secret.hostBeyond(Network.allow("*.example.com", "a.example.org"))).isEmpty();
    assertThat(secret.hostBeyond(Network.allow("*.example.com", "*.b.example.org"))).isEmpty();
    assertThat(secret.hostBeyond(Network.outbound())).isEmpty();
    Secret here = KEY.forHosts("host.boxlite.internal:8080");
    assertThat(here.hostBeyond(Network.outbound())).contains("host.boxlite.internal:8080");
    assertThat(here.hostBeyond(Network.allow("*.internal"))).isPresent();
    assertThat(here.hostBeyond(Network.allow("host.boxlite.internal"))).isEmpty();
  }

  @Test
  void aBoxHasEachNameOnceAndPlaceholdersThatAreToldApart() {
    Secret one = KEY.forHosts("a.example");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> BoxOptions.builder().secrets(one, one))
        .withMessage("secrets has two named API_KEY; remove one of them");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> BoxOptions.builder().secret(KEY))
        .withMessageContaining("secret API_KEY has no hosts");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                BoxOptions.builder()
                    .secret(one.placeholder("sk-12345"))
                    .secret(Secret.of("B", "b").forHosts("b").placeholder("sk-1234567")))
        .withMessageContaining("the placeholder of secret B contains that of API_KEY");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> BoxOptions.builder().env("API_KEY", "x").secret(one).build())
        .withMessageContaining("env sets API_KEY, which is also the name of a secret");
    assertThatIllegalArgumentException().isThrownBy(() -> one.placeholder("short"));
    assertThatIllegalArgumentException().isThrownBy(() -> one.placeholder("has a space"));
    assertThatIllegalArgumentException().isThrownBy(() -> one.inHeaders("a b"));
  }

  @Test
  void onlyTheVariableOfAMainCommandMakesADifferenceToATemplate() {
    BoxOptions plain = BoxOptions.builder().network(Network.outbound()).build();
    BoxOptions one = plain.toBuilder().secret(KEY.forHosts("a.example")).build();
    BoxOptions other =
        plain.toBuilder().secret(Secret.of("API_KEY", "other").forHosts("b.example")).build();
    assertThat(one.ofTemplate()).isEqualTo(plain.ofTemplate());
    assertThat(one).isNotEqualTo(other);
    BoxOptions served = one.toBuilder().startCommand().build();
    assertThat(served.ofTemplate())
        .isEqualTo(
            other.toBuilder().startCommand().build().ofTemplate().toBuilder()
                .network(served.network())
                .build())
        .isNotEqualTo(plain.toBuilder().startCommand().build().ofTemplate());
  }
}
