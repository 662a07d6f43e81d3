package io.boxlite;

import static java.util.Objects.requireNonNull;

import io.boxlite.internal.host.FileTree;
import io.boxlite.internal.host.Home;
import io.boxlite.internal.vm.Leftovers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A {@link Boxlite} with a home directory of its own for the tests of a class, and without a pool.
 * The class fails if anything of its boxes is left after them. To be registered in a static field:
 *
 * <pre>{@code
 * @RegisterExtension static final TestBoxlite boxlite = new TestBoxlite();
 * }</pre>
 */
public final class TestBoxlite implements Boxlite, BeforeAllCallback, AfterAllCallback {
  private @Nullable Path home;
  private @Nullable Boxlite opened;

  @Override
  public void beforeAll(ExtensionContext context) throws IOException {
    home = Files.createTempDirectory("boxlite-home");
    opened = Boxlite.open(BoxliteOptions.builder().home(home).poolSize(0).build());
  }

  @Override
  public void afterAll(ExtensionContext context) throws IOException {
    try {
      close();
      Leftovers.assertNone(Home.open(home()));
      Leftovers.assertNothingOpen(home());
    } finally {
      FileTree.delete(home());
    }
  }

  /** Returns the home directory. */
  public Path home() {
    return requireNonNull(home, "the tests have not begun");
  }

  private Boxlite boxlite() {
    return requireNonNull(opened, "the tests have not begun");
  }

  @Override
  public LiteBox create(BoxOptions options) {
    return boxlite().create(options);
  }

  @Override
  public List<LiteBox> list() {
    return boxlite().list();
  }

  @Override
  public BoxNetwork newNetwork() {
    return boxlite().newNetwork();
  }

  @Override
  public BoxNetwork newNetwork(String name) {
    return boxlite().newNetwork(name);
  }

  @Override
  public Images images() {
    return boxlite().images();
  }

  @Override
  public Templates templates() {
    return boxlite().templates();
  }

  @Override
  public Volumes volumes() {
    return boxlite().volumes();
  }

  @Override
  public HostInfo host() {
    return boxlite().host();
  }

  @Override
  public void close() {
    boxlite().close();
  }
}
