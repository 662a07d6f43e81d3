package io.boxlite;

import io.boxlite.internal.check.Arguments;
import java.net.Authenticator;
import java.net.ProxySelector;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The configuration of the engine. Immutable.
 *
 * <p>A value that is not set here comes from the settings: the system property (such as {@code
 * boxlite.home}), then the environment variable of the same name ({@code BOXLITE_HOME}), then the
 * {@linkplain Builder#fallbackSettings fallbacks}, then the default.
 */
public final class BoxliteOptions {
  private final @Nullable Path home;
  private final @Nullable Path qemu;
  private final @Nullable Accelerator accelerator;
  private final @Nullable PullPolicy pullPolicy;
  private final @Nullable SecurityUnavailable securityUnavailable;
  private final @Nullable Integer cacheLimitMib;
  private final @Nullable Integer memoryLimitMib;
  private final @Nullable Integer poolSize;
  private final @Nullable ProxySelector proxySelector;
  private final @Nullable Authenticator proxyAuthenticator;
  private final Map<String, String> fallbackSettings;

  private BoxliteOptions(Builder builder) {
    home = builder.home;
    qemu = builder.qemu;
    accelerator = builder.accelerator;
    pullPolicy = builder.pullPolicy;
    securityUnavailable = builder.securityUnavailable;
    cacheLimitMib = builder.cacheLimitMib;
    memoryLimitMib = builder.memoryLimitMib;
    poolSize = builder.poolSize;
    proxySelector = builder.proxySelector;
    proxyAuthenticator = builder.proxyAuthenticator;
    fallbackSettings = builder.fallbackSettings;
  }

  /** Returns options in which nothing is set: every value comes from the settings. */
  public static BoxliteOptions defaults() {
    return builder().build();
  }

  /** Returns a builder in which nothing is set. */
  public static Builder builder() {
    return new Builder();
  }

  /** Returns the directory of images, templates and boxes; if empty, the setting applies. */
  public Optional<Path> home() {
    return Optional.ofNullable(home);
  }

  /** Returns the QEMU binary; if empty, the setting applies. */
  public Optional<Path> qemu() {
    return Optional.ofNullable(qemu);
  }

  /** Returns the default accelerator of boxes; if empty, the setting applies. */
  public Optional<Accelerator> accelerator() {
    return Optional.ofNullable(accelerator);
  }

  /** Returns the default pull policy of boxes; if empty, the setting applies. */
  public Optional<PullPolicy> pullPolicy() {
    return Optional.ofNullable(pullPolicy);
  }

  /**
   * Returns what happens when this machine lacks what the security options of a box ask for; if
   * empty, the setting applies.
   */
  public Optional<SecurityUnavailable> securityUnavailable() {
    return Optional.ofNullable(securityUnavailable);
  }

  /**
   * Returns the limit of root images and templates together on the disk, in MiB; if empty, the
   * setting applies.
   */
  public Optional<Integer> cacheLimitMib() {
    return Optional.ofNullable(cacheLimitMib);
  }

  /**
   * Returns the limit of the memory of all boxes together, in MiB; if empty, the setting applies.
   */
  public Optional<Integer> memoryLimitMib() {
    return Optional.ofNullable(memoryLimitMib);
  }

  /** Returns the maximum number of boxes that are kept ready; if empty, the setting applies. */
  public Optional<Integer> poolSize() {
    return Optional.ofNullable(poolSize);
  }

  /** Returns the selector of proxies for registries; if empty, the proxies of this JVM are used. */
  public Optional<ProxySelector> proxySelector() {
    return Optional.ofNullable(proxySelector);
  }

  /** Returns the credentials for the proxies of {@link #proxySelector()}. */
  public Optional<Authenticator> proxyAuthenticator() {
    return Optional.ofNullable(proxyAuthenticator);
  }

  /** Returns the settings of the lowest precedence, by key, such as {@code boxlite.home}. */
  public Map<String, String> fallbackSettings() {
    return fallbackSettings;
  }

  /**
   * Returns these options with the effective values: what is not set is taken from the settings and
   * the defaults. {@link #home()}, {@link #accelerator()}, {@link #pullPolicy()}, {@link
   * #securityUnavailable()}, {@link #cacheLimitMib()} and {@link #poolSize()} are present in the
   * result.
   *
   * @throws BoxliteException if a setting is invalid
   */
  public BoxliteOptions resolved() {
    return Engine.resolve(this);
  }

  /** Collects the values of {@link BoxliteOptions}. */
  public static final class Builder {
    private @Nullable Path home;
    private @Nullable Path qemu;
    private @Nullable Accelerator accelerator;
    private @Nullable PullPolicy pullPolicy;
    private @Nullable SecurityUnavailable securityUnavailable;
    private @Nullable Integer cacheLimitMib;
    private @Nullable Integer memoryLimitMib;
    private @Nullable Integer poolSize;
    private @Nullable ProxySelector proxySelector;
    private @Nullable Authenticator proxyAuthenticator;
    private Map<String, String> fallbackSettings = Map.of();

    private Builder() {}

    /**
     * Sets the directory of images, templates and boxes. Several JVMs may share it. If it is
     * missing, it is created, accessible to this user only.
     */
    public Builder home(Path home) {
      this.home = home;
      return this;
    }

    /** Sets the QEMU binary, {@code qemu-system-x86_64}. */
    public Builder qemu(Path qemu) {
      this.qemu = qemu;
      return this;
    }

    /** Sets the default accelerator of boxes. */
    public Builder accelerator(Accelerator accelerator) {
      this.accelerator = accelerator;
      return this;
    }

    /** Sets the default pull policy of boxes. */
    public Builder pullPolicy(PullPolicy pullPolicy) {
      this.pullPolicy = pullPolicy;
      return this;
    }

    /**
     * Sets what happens when this machine lacks what the {@link SecurityOptions} of a box ask for;
     * {@link SecurityUnavailable#FAIL} by default. Setting {@code boxlite.security.unavailable}.
     */
    public Builder securityUnavailable(SecurityUnavailable securityUnavailable) {
      this.securityUnavailable = securityUnavailable;
      return this;
    }

    /**
     * Sets the limit of root images and templates together on the disk, in MiB, 0 or more; 10240 by
     * default. When one was added, the least recently used ones are deleted until the rest is
     * within the limit, except those that a box uses. Setting {@code boxlite.cache.limit}.
     */
    public Builder cacheLimitMib(int cacheLimitMib) {
      this.cacheLimitMib = Arguments.inRange("cacheLimitMib", cacheLimitMib, 0, Integer.MAX_VALUE);
      return this;
    }

    /**
     * Sets the limit of the memory of all boxes of the home directory together, in MiB, including
     * those of other JVMs. A box that does not fit waits for its turn. The default is the memory of
     * the machine, or of this process's cgroup if that is less, minus one eighth, left for other
     * processes. The limit may exceed the memory of the machine. Setting {@code
     * boxlite.memory.limit}.
     */
    public Builder memoryLimitMib(int memoryLimitMib) {
      this.memoryLimitMib =
          Arguments.inRange("memoryLimitMib", memoryLimitMib, 0, Integer.MAX_VALUE);
      return this;
    }

    /**
     * Sets the maximum number of boxes that are kept ready, restored and paused, for the kinds of
     * boxes in use: 0 to 64; by default twice the number of processors, at most 8. 0 turns the pool
     * off. Fewer are kept while the machine is short of memory.
     */
    public Builder poolSize(int poolSize) {
      this.poolSize = Arguments.inRange("poolSize", poolSize, 0, 64);
      return this;
    }

    /**
     * Sets the proxies for registries, in place of those of this JVM. For frameworks that configure
     * proxies themselves.
     *
     * @param selector returns one proxy of type HTTP, or none, for an address
     * @param authenticator returns user and password if a proxy of the selector requires them;
     *     credentials of this JVM are never sent to these proxies
     */
    public Builder proxies(ProxySelector selector, Authenticator authenticator) {
      proxySelector = selector;
      proxyAuthenticator = authenticator;
      return this;
    }

    /**
     * Sets settings that apply unless these options, a system property or an environment variable
     * override them. For frameworks that have a configuration file of their own.
     *
     * @param settings values by key, such as {@code boxlite.home}; keys that do not start with
     *     {@code boxlite.} are ignored; an unknown key that does is an error when the engine is
     *     opened
     */
    public Builder fallbackSettings(Map<String, String> settings) {
      this.fallbackSettings = Map.copyOf(settings);
      return this;
    }

    /** Returns the options. */
    public BoxliteOptions build() {
      return new BoxliteOptions(this);
    }
  }
}
