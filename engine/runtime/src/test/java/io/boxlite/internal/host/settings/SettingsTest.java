package io.boxlite.internal.host.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.boxlite.Accelerator;
import io.boxlite.BoxliteException;
import io.boxlite.BoxliteOptions;
import io.boxlite.PullPolicy;
import io.boxlite.SecurityUnavailable;
import io.boxlite.internal.host.settings.RegistrySettings.Mirror;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsTest {
  private final Map<String, String> properties = new HashMap<>(Map.of("user.home", "/home/ann"));
  private final Map<String, String> environment = new HashMap<>();
  private final BoxliteOptions.Builder options = BoxliteOptions.builder();

  private Settings resolve() {
    return Settings.resolve(options.build(), properties, environment);
  }

  @Test
  void theDefaultHomeIsInTheUsersCacheDirectory() {
    assertThat(resolve().home()).isEqualTo(Path.of("/home/ann/.cache/boxlite"));
  }

  @Test
  void theDefaultHomeFollowsTheXdgCacheDirectory() {
    environment.put("XDG_CACHE_HOME", "/var/cache/ann");
    assertThat(resolve().home()).isEqualTo(Path.of("/var/cache/ann/boxlite"));
  }

  @Test
  void aRelativeXdgCacheDirectoryIsIgnored() {
    environment.put("XDG_CACHE_HOME", "cache");
    assertThat(resolve().home()).isEqualTo(Path.of("/home/ann/.cache/boxlite"));
  }

  @Test
  void aUserWithoutHomeDirectoryIsToldWhichVariableToSet() {
    properties.put("user.home", "?");
    assertThatThrownBy(this::resolve)
        .isInstanceOf(BoxliteException.class)
        .hasMessageContaining("\"?\"")
        .hasMessageContaining("BOXLITE_HOME");
  }

  @Test
  void optionsComeBeforePropertiesBeforeEnvironmentBeforeFallbacks() {
    options.fallbackSettings(Map.of("boxlite.home", "/fallback"));
    assertThat(resolve().home()).isEqualTo(Path.of("/fallback"));
    environment.put("BOXLITE_HOME", "/environment");
    assertThat(resolve().home()).isEqualTo(Path.of("/environment"));
    properties.put("boxlite.home", "/property");
    assertThat(resolve().home()).isEqualTo(Path.of("/property"));
    options.home(Path.of("/option"));
    assertThat(resolve().home()).isEqualTo(Path.of("/option"));
  }

  @Test
  void anEmptyValueCountsAsNotGiven() {
    properties.put("boxlite.home", " ");
    environment.put("BOXLITE_HOME", "/environment");
    assertThat(resolve().home()).isEqualTo(Path.of("/environment"));
  }

  @Test
  void aRelativePathIsTakenFromTheWorkingDirectory() {
    properties.put("boxlite.home", "target/boxes");
    properties.put("boxlite.qemu", "bin/qemu");
    assertThat(resolve().home()).isEqualTo(Path.of("target/boxes").toAbsolutePath());
    assertThat(resolve().qemu()).contains(Path.of("bin/qemu").toAbsolutePath());
  }

  @ParameterizedTest
  @CsvSource({"kvm,KVM", "TCG,TCG", "Auto,AUTO"})
  void theAcceleratorIsReadInAnyCase(String value, Accelerator accelerator) {
    environment.put("BOXLITE_ACCELERATOR", value);
    assertThat(resolve().accelerator()).isEqualTo(accelerator);
  }

  @Test
  void aBadAcceleratorIsToldWithItsPlaceItsValueAndWhatIsAllowed() {
    environment.put("BOXLITE_ACCELERATOR", "hax");
    assertThatThrownBy(this::resolve)
        .isInstanceOf(BoxliteException.class)
        .hasMessage(
            "environment variable BOXLITE_ACCELERATOR is \"hax\";"
                + " it must be one of auto, kvm, tcg");
  }

  @ParameterizedTest
  @CsvSource({"never,NEVER", "if-missing,IF_MISSING", "Always,ALWAYS"})
  void thePullPolicyIsReadInAnyCase(String value, PullPolicy policy) {
    properties.put("boxlite.pull.policy", value);
    assertThat(resolve().pullPolicy()).isEqualTo(policy);
    options.pullPolicy(PullPolicy.NEVER);
    assertThat(resolve().pullPolicy()).isEqualTo(PullPolicy.NEVER);
  }

  @Test
  void anImageIsPulledWhenItIsMissingUnlessToldOtherwise() {
    assertThat(resolve().pullPolicy()).isEqualTo(PullPolicy.IF_MISSING);
    properties.put("boxlite.pull.policy", "sometimes");
    assertThatThrownBy(this::resolve)
        .hasMessageContaining("it must be one of if_missing, always, never");
  }

  @ParameterizedTest
  @CsvSource({"warn,WARN", "FAIL,FAIL"})
  void whatMissingSecurityLeadsToIsReadInAnyCase(String value, SecurityUnavailable expected) {
    environment.put("BOXLITE_SECURITY_UNAVAILABLE", value);
    assertThat(resolve().securityUnavailable()).isEqualTo(expected);
    options.securityUnavailable(SecurityUnavailable.FAIL);
    assertThat(resolve().securityUnavailable()).isEqualTo(SecurityUnavailable.FAIL);
  }

  @Test
  void missingSecurityFailsTheStartUnlessToldOtherwise() {
    assertThat(resolve().securityUnavailable()).isEqualTo(SecurityUnavailable.FAIL);
    properties.put("boxlite.security.unavailable", "ignore");
    assertThatThrownBy(this::resolve)
        .isInstanceOf(BoxliteException.class)
        .hasMessage(
            "system property boxlite.security.unavailable is \"ignore\";"
                + " it must be one of fail, warn");
  }

  @Test
  void mirrorsAreReadInTheirOrder() {
    environment.put(
        "BOXLITE_REGISTRY_MIRRORS",
        "mirror.test, reg.test:5000=http://[::1]:80/a/b/ ,reg.test=https://other.test,");
    assertThat(resolve().registries().mirrors())
        .containsExactly(
            new Mirror("", "", "mirror.test", ""),
            new Mirror("reg.test:5000", "http", "[::1]:80", "/a/b"),
            new Mirror("reg.test", "https", "other.test", ""));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ftp://a",
        "a=b=c",
        "http://user@a",
        "a/../b",
        "a?b",
        "=a",
        "http://",
        "a:port",
        "a b"
      })
  void aMirrorThatIsNoneIsRefused(String mirror) {
    properties.put("boxlite.registry.mirrors", "good.test," + mirror);
    assertThatThrownBy(this::resolve)
        .isInstanceOf(BoxliteException.class)
        .hasMessageContaining("system property boxlite.registry.mirrors is \"good.test,")
        .hasMessageContaining("its part \"" + mirror + "\" is invalid");
  }

  @Test
  void registriesWithoutTlsOrWithoutATrustedCertificateAreHosts() {
    properties.put("boxlite.registry.http", "a.test:5000, b.test");
    properties.put("boxlite.registry.insecure", "c.test");
    assertThat(resolve().registries().http()).containsExactlyInAnyOrder("a.test:5000", "b.test");
    assertThat(resolve().registries().insecure()).containsExactly("c.test");
    properties.put("boxlite.registry.http", "http://a.test");
    assertThatThrownBy(this::resolve).hasMessageContaining("a registry is HOST or HOST:PORT");
  }

  @Test
  void aPathWithNulIsRefused() {
    properties.put("boxlite.qemu", "/usr\0bin");
    assertThatThrownBy(this::resolve)
        .isInstanceOf(BoxliteException.class)
        .hasMessageContaining("system property boxlite.qemu");
  }

  @Test
  void limitsAreWholeNumbersOfMib() {
    assertThat(resolve().cacheLimitMib()).isEqualTo(10240);
    assertThat(resolve().memoryLimitMib()).isEmpty();
    environment.put("BOXLITE_CACHE_LIMIT", " 0 ");
    properties.put("boxlite.memory.limit", "100000");
    assertThat(resolve().cacheLimitMib()).isZero();
    assertThat(resolve().memoryLimitMib()).contains(100000);
    options.memoryLimitMib(1000);
    assertThat(resolve().memoryLimitMib()).contains(1000);
  }

  @ParameterizedTest
  @ValueSource(strings = {"-1", "10G", "1.5", "4294967296"})
  void aLimitThatIsNoNumberOfMibIsRefused(String value) {
    properties.put("boxlite.cache.limit", value);
    assertThatThrownBy(this::resolve)
        .isInstanceOf(BoxliteException.class)
        .hasMessage(
            "system property boxlite.cache.limit is \""
                + value
                + "\"; it must be a whole number of MiB, 0 to 2147483647");
  }

  @Test
  void theTimeToStartIsAWholeNumberOfSeconds() {
    assertThat(resolve().startTimeout()).isEmpty();
    environment.put("BOXLITE_START_TIMEOUT", "180");
    assertThat(resolve().startTimeout()).contains(Duration.ofMinutes(3));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "3601", "60s"})
  void aTimeToStartThatCannotBeIsRefused(String value) {
    environment.put("BOXLITE_START_TIMEOUT", value);
    assertThatThrownBy(this::resolve)
        .isInstanceOf(BoxliteException.class)
        .hasMessage(
            "environment variable BOXLITE_START_TIMEOUT is \""
                + value
                + "\"; it must be a whole number of seconds, 1 to 3600");
  }

  @Test
  void anUnknownPropertyIsToldWithTheNearestKnownOne() {
    properties.put("boxlite.acelerator", "kvm");
    assertThatThrownBy(this::resolve)
        .isInstanceOf(BoxliteException.class)
        .hasMessageStartingWith(
            "system property boxlite.acelerator is unknown;"
                + " did you mean boxlite.accelerator? The known names are boxlite.accelerator,");
  }

  @Test
  void anUnknownVariableIsToldWithTheNearestKnownOne() {
    environment.put("BOXLITE_HOEM", "/tmp");
    assertThatThrownBy(this::resolve)
        .isInstanceOf(BoxliteException.class)
        .hasMessageContaining("BOXLITE_HOEM")
        .hasMessageContaining("did you mean BOXLITE_HOME?");
  }

  @Test
  void anUnknownFallbackIsRefusedAndAForeignOneLeftAlone() {
    options.fallbackSettings(Map.of("junit.jupiter.execution.parallel.enabled", "true"));
    assertThat(resolve().qemu()).isEmpty();
    options.fallbackSettings(Map.of("boxlite.qmeu", "/usr/bin/qemu"));
    assertThatThrownBy(this::resolve).hasMessageContaining("did you mean boxlite.qemu?");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"boxlite.setup", "boxlite.doctor.failIfUnavailable", "boxlite.bench.boots"})
  void propertiesOfTheBuildAreNotSettings(String property) {
    properties.put(property, "check");
    assertThat(resolve().accelerator()).isEqualTo(Accelerator.AUTO);
  }

  @Test
  void variablesOfTheBuildAreNotSettings() {
    environment.put("BOXLITE_BUILD_CACHE", "/cache");
    assertThat(resolve().accelerator()).isEqualTo(Accelerator.AUTO);
  }
}
