package io.boxlite;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.luben.zstd.Zstd;
import com.sun.jna.Native;
import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.Logger;

/** The engine as its users get it: one jar whose insides get in nobody's way. */
@Timeout(180)
class EngineJarIT {
  private static final String GUEST_MANIFEST = "io/boxlite/guest/linux-x86_64/manifest.properties";
  private static final Path JAR = Path.of(System.getProperty("engine.jar"));

  @Test
  void hasNoClassOutsideItsOwnPackage() throws IOException {
    try (JarFile jar = new JarFile(JAR.toFile())) {
      List<String> strangers =
          jar.stream()
              .filter(entry -> !entry.isDirectory())
              .map(JarEntry::getName)
              .filter(name -> !name.startsWith("io/boxlite/") && !name.startsWith("META-INF/"))
              .toList();
      assertThat(strangers).isEmpty();
      assertThat(jar.getEntry("io/boxlite/shaded/io/grpc/ManagedChannel.class")).isNotNull();
    }
  }

  @Test
  void offersNoServiceButItsOwn() throws IOException {
    try (JarFile jar = new JarFile(JAR.toFile())) {
      List<JarEntry> services =
          jar.stream()
              .filter(entry -> entry.getName().startsWith("META-INF/services/"))
              .filter(entry -> !entry.isDirectory())
              .toList();
      assertThat(services)
          .extracting(entry -> entry.getName().substring("META-INF/services/".length()))
          .contains(
              "io.boxlite.shaded.io.grpc.LoadBalancerProvider",
              "io.boxlite.shaded.io.grpc.NameResolverProvider")
          .allMatch(name -> name.startsWith("io.boxlite.shaded."));
      for (JarEntry service : services) {
        assertThat(read(jar, service).lines().filter(line -> !line.isBlank()))
            .allMatch(provider -> jar.getEntry(provider.replace('.', '/') + ".class") != null);
      }
    }
  }

  @Test
  void keepsTheLicencesOfWhatIsInIt() throws IOException {
    try (JarFile jar = new JarFile(JAR.toFile())) {
      assertThat(read(jar, jar.getJarEntry("META-INF/LICENSE"))).contains("Apache License");
      assertThat(read(jar, jar.getJarEntry("META-INF/NOTICE"))).contains("Jackson", "Netty");
    }
  }

  @Test
  void runsABoxWithNothingButItsDeclaredDependencies() throws Exception {
    URL[] classPath = {
      JAR.toUri().toURL(),
      guestJar(),
      jarOf(Native.class),
      jarOf(Zstd.class),
      jarOf(Logger.class),
      jarOf(NullMarked.class),
    };
    ClassLoader platform = ClassLoader.getPlatformClassLoader();
    try (URLClassLoader loader = new URLClassLoader(classPath, platform)) {
      Class<?> type = loader.loadClass("io.boxlite.Boxlite");
      Class<?> optionsType = loader.loadClass("io.boxlite.BoxOptions");
      Object builder = optionsType.getMethod("builder").invoke(null);
      Object options = builder.getClass().getMethod("build").invoke(builder);
      try (AutoCloseable boxlite = (AutoCloseable) type.getMethod("open").invoke(null)) {
        Object box = type.getMethod("create", optionsType).invoke(boxlite, options);
        Object result =
            box.getClass()
                .getMethod("exec", String[].class)
                .invoke(box, (Object) new String[] {"echo", "shaded"});
        assertThat(result.getClass().getMethod("stdout").invoke(result)).isEqualTo("shaded\n");
        assertThat(type.getClassLoader()).isSameAs(loader);
      }
    }
  }

  private static URL jarOf(Class<?> type) {
    return type.getProtectionDomain().getCodeSource().getLocation();
  }

  /** The jar or directory on this test's class path that has the guest. */
  private static URL guestJar() throws IOException {
    URL manifest = EngineJarIT.class.getClassLoader().getResource(GUEST_MANIFEST);
    assertThat(manifest).isNotNull();
    if (manifest.openConnection() instanceof JarURLConnection inJar) {
      return inJar.getJarFileURL();
    }
    return new URL(manifest, upFrom(GUEST_MANIFEST));
  }

  private static String upFrom(String path) {
    return "../".repeat((int) path.chars().filter(c -> c == '/').count());
  }

  private static String read(JarFile jar, JarEntry entry) throws IOException {
    try (InputStream in = jar.getInputStream(entry)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
