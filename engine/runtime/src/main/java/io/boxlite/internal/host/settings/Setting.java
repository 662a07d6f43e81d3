package io.boxlite.internal.host.settings;

import java.util.Locale;

/** A key that a user may set, under one name everywhere. */
public enum Setting {
  HOME("boxlite.home"),
  ACCELERATOR("boxlite.accelerator"),
  QEMU("boxlite.qemu"),

  /** Read by the JUnit extension: what becomes of tests where no box can start. */
  UNAVAILABLE("boxlite.unavailable"),

  /** Read by the JUnit extension: whether a failed test's boxes leave something behind. */
  KEEP("boxlite.keep"),
  PULL_POLICY("boxlite.pull.policy"),
  REGISTRY_MIRRORS("boxlite.registry.mirrors"),
  REGISTRY_HTTP("boxlite.registry.http"),
  REGISTRY_INSECURE("boxlite.registry.insecure"),
  CACHE_LIMIT("boxlite.cache.limit"),
  MEMORY_LIMIT("boxlite.memory.limit"),
  POOL_SIZE("boxlite.pool.size"),
  START_TIMEOUT("boxlite.start.timeout");

  private final String key;

  Setting(String key) {
    this.key = key;
  }

  /** The system property, such as {@code boxlite.home}. */
  public String key() {
    return key;
  }

  /** The environment variable, such as {@code BOXLITE_HOME}. */
  public String variable() {
    return key.toUpperCase(Locale.ROOT).replace('.', '_');
  }
}
