package io.boxlite.internal.host.settings;

import java.util.Locale;

/** A setting, which has the same name in every place where it can be set. */
public enum Setting {
  HOME("boxlite.home"),
  ACCELERATOR("boxlite.accelerator"),
  QEMU("boxlite.qemu"),

  /** Used by the JUnit extension: what happens to tests when no box can start. */
  UNAVAILABLE("boxlite.unavailable"),

  /** Used by the JUnit extension: whether files of a failed test's boxes are kept. */
  KEEP("boxlite.keep"),
  PULL_POLICY("boxlite.pull.policy"),
  SECURITY_UNAVAILABLE("boxlite.security.unavailable"),
  REGISTRY_MIRRORS("boxlite.registry.mirrors"),
  REGISTRY_HTTP("boxlite.registry.http"),
  REGISTRY_INSECURE("boxlite.registry.insecure"),
  CACHE_LIMIT("boxlite.cache.limit"),
  MEMORY_LIMIT("boxlite.memory.limit"),
  POOL_SIZE("boxlite.pool.size"),
  START_TIMEOUT("boxlite.start.timeout"),

  /** Certificates that servers of secrets may have, besides those that this JVM trusts. */
  TRUSTED_CERTIFICATES("boxlite.trusted.certificates");

  private final String key;

  Setting(String key) {
    this.key = key;
  }

  /** Returns the name of the system property, such as {@code boxlite.home}. */
  public String key() {
    return key;
  }

  /** Returns the name of the environment variable, such as {@code BOXLITE_HOME}. */
  public String variable() {
    return key.toUpperCase(Locale.ROOT).replace('.', '_');
  }
}
