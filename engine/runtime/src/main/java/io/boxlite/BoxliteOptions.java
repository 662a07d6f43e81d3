package io.boxlite;

import io.boxlite.internal.check.Arguments;
import java.net.Authenticator;
import java.net.ProxySelector;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where the engine keeps its files and what it runs boxes with. Immutable.
 *
 * <p>What is not given here comes from the settings: the system property (such as {@code
 * boxlite.home}), then the environment variable of the same name ({@code BOXLITE_HOME}), then the
 * {@link Builder#fallbackSettings fallbacks}, then the default.
 */
public final class BoxliteOptions {
  private final @Nullable Path home;
  private final @Nullable Path qemu;
  private final @Nullable Accelerator accelerator;
  private final @Nullable PullPolicy pullPolicy;
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
    cacheLimitMib = builder.cacheLimitMib;
    memoryLimitMib = builder.memoryLimitMib;
    poolSize = builder.poolSize;
    proxySelector = builder.proxySelector;
    proxyAuthenticator = builder.proxyAuthenticator;
    fallbackSettings = builder.fallbackSettings;
  }

  /** Gives nothing here: everything comes from the settings. */
  public static BoxliteOptions defaults() {
    return builder().build();
  }

  /** Starts with nothing given. */
  public static Builder builder() {
    return new Builder();
  }

  /** The directory of images, templates and boxes; the settings' one when empty. */
  public Optional<Path> home() {
    return Optional.ofNullable(home);
  }

  /** The QEMU binary; the settings' one when empty. */
  public Optional<Path> qemu() {
    return Optional.ofNullable(qemu);
  }

  /** The accelerator of boxes that name none; the settings' one when empty. */
  public Optional<Accelerator> accelerator() {
    return Optional.ofNullable(accelerator);
  }

  /** When the images of boxes that do not say are fetched; as the settings say when empty. */
  public Optional<PullPolicy> pullPolicy() {
    return Optional.ofNullable(pullPolicy);
  }

  /**
   * What root images and templates together may take on the disk, in MiB; the settings' value when
   * empty.
   */
  public Optional<Integer> cacheLimitMib() {
    return Optional.ofNullable(cacheLimitMib);
  }

  /** What all boxes together may take of memory, in MiB; the settings' value when empty. */
  public Optional<Integer> memoryLimitMib() {
    return Optional.ofNullable(memoryLimitMib);
  }

  /** How many boxes are kept ready at most; the settings' number when empty. */
  public Optional<Integer> poolSize() {
    return Optional.ofNullable(poolSize);
  }

  /** Says by which proxies registries are reached; by those of this JVM when empty. */
  public Optional<ProxySelector> proxySelector() {
    return Optional.ofNullable(proxySelector);
  }

  /** Tells the proxies of {@link #proxySelector()} who asks, where they want to know. */
  public Optional<Authenticator> proxyAuthenticator() {
    return Optional.ofNullable(proxyAuthenticator);
  }

  /** Settings by key, such as {@code boxlite.home}, that any other place overrides. */
  public Map<String, String> fallbackSettings() {
    return fallbackSettings;
  }

  /**
   * Returns these options with the values in force: what they leave open is taken from the settings
   * and the defaults. {@link #home()}, {@link #accelerator()}, {@link #pullPolicy()}, {@link
   * #cacheLimitMib()} and {@link #poolSize()} are present in the result.
   *
   * @throws BoxliteException if a setting is invalid
   */
  public BoxliteOptions resolved() {
    return Engine.resolve(this);
  }

  /** Collects what {@link BoxliteOptions} holds. */
  public static final class Builder {
    private @Nullable Path home;
    private @Nullable Path qemu;
    private @Nullable Accelerator accelerator;
    private @Nullable PullPolicy pullPolicy;
    private @Nullable Integer cacheLimitMib;
    private @Nullable Integer memoryLimitMib;
    private @Nullable Integer poolSize;
    private @Nullable ProxySelector proxySelector;
    private @Nullable Authenticator proxyAuthenticator;
    private Map<String, String> fallbackSettings = Map.of();

    private Builder() {}

    /**
     * Sets the directory of images, templates and boxes. Many JVMs may share it. It is created when
     * missing, for this user alone.
     */
    public Builder home(Path home) {
      this.home = home;
      return this;
    }

    /** Sets the QEMU binary, a {@code qemu-system-x86_64}. */
    public Builder qemu(Path qemu) {
      this.qemu = qemu;
      return this;
    }

    /** Sets the accelerator of boxes that name none. */
    public Builder accelerator(Accelerator accelerator) {
      this.accelerator = accelerator;
      return this;
    }

    /** Sets when the images of boxes that do not say are fetched. */
    public Builder pullPolicy(PullPolicy pullPolicy) {
      this.pullPolicy = pullPolicy;
      return this;
    }

    /**
     * Sets what root images and templates together may take on the disk, in MiB, 0 or more; 10240
     * by default. When something was added, the least recently used are deleted until the rest is
     * within it; what a box uses stays. Setting {@code boxlite.cache.limit}.
     */
    public Builder cacheLimitMib(int cacheLimitMib) {
      this.cacheLimitMib = Arguments.inRange("cacheLimitMib", cacheLimitMib, 0, Integer.MAX_VALUE);
      return this;
    }

    /**
     * Sets what all boxes of the home directory together may take of memory, in MiB, those of other
     * JVMs included; a box that does not fit waits for its turn. By default it is the memory of the
     * machine, or of this process's control group where that is less, without an eighth that is
     * left to others. It may be more than the machine has. Setting {@code boxlite.memory.limit}.
     */
    public Builder memoryLimitMib(int memoryLimitMib) {
      this.memoryLimitMib =
          Arguments.inRange("memoryLimitMib", memoryLimitMib, 0, Integer.MAX_VALUE);
      return this;
    }

    /**
     * Sets how many boxes are kept ready at most, restored and paused, for the kinds of boxes in
     * use: 0 to 64, twice the processors but at most 8 by default; 0 keeps none. There are fewer
     * while the machine is short of memory.
     */
    public Builder poolSize(int poolSize) {
      this.poolSize = Arguments.inRange("poolSize", poolSize, 0, 64);
      return this;
    }

    /**
     * Sets by which proxies registries are reached, instead of those of this JVM; for a framework
     * with proxies of its own.
     *
     * @param selector gives one proxy of type HTTP, or none, for an address
     * @param authenticator is asked for user and password by a proxy of the selector that wants
     *     them; nothing of this JVM's own is told to those
     */
    public Builder proxies(ProxySelector selector, Authenticator authenticator) {
      proxySelector = selector;
      proxyAuthenticator = authenticator;
      return this;
    }

    /**
     * Sets settings that hold where neither these options nor a system property nor an environment
     * variable says otherwise; for a framework with a configuration file of its own.
     *
     * @param settings values by key, such as {@code boxlite.home}; keys that do not start with
     *     {@code boxlite.} are left alone, unknown ones that do are an error when the engine opens
     */
    public Builder fallbackSettings(Map<String, String> settings) {
      this.fallbackSettings = Map.copyOf(settings);
      return this;
    }

    /** Makes the options. */
    public BoxliteOptions build() {
      return new BoxliteOptions(this);
    }
  }
}
