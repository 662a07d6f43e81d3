package io.boxlite.maven;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Loads the test classes of a project. The classes of the Java platform and of the engine are
 * shared with the plugin, so that both see the same {@code Command}; all others come from the test
 * class path.
 */
final class TestClassLoader extends URLClassLoader {
  private static final String ENGINE = "io.boxlite.";
  private static final String JUNIT = "io.boxlite.junit.";

  private TestClassLoader(URL[] classPath) {
    super(classPath, new Shared());
  }

  static TestClassLoader of(List<Path> classPath) throws IOException {
    List<URL> urls = new ArrayList<>();
    for (Path entry : classPath) {
      urls.add(entry.toUri().toURL());
    }
    return new TestClassLoader(urls.toArray(URL[]::new));
  }

  private static final class Shared extends ClassLoader {
    Shared() {
      super(ClassLoader.getPlatformClassLoader());
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
      if (name.startsWith(ENGINE) && !name.startsWith(JUNIT)) {
        return Class.forName(name, false, TestClassLoader.class.getClassLoader());
      }
      throw new ClassNotFoundException(name);
    }
  }
}
