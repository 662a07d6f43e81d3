package io.boxlite.junit;

import io.boxlite.BoxOptions;
import io.boxlite.Boxlite;
import io.boxlite.BoxliteOptions;
import io.boxlite.LiteBox;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.Store;

/**
 * Starts boxes and leaves their end to JUnit: a box lies in the store of its test method, the
 * engine in the store of the whole run, and each is closed with its store.
 *
 * <p>JUnit closes values of a store that are {@code AutoCloseable} from 5.13 on; 5.12 knows {@link
 * Store.CloseableResource} alone, and 6 still has it, so the values here are both.
 */
final class TestBoxes {
  private static final Namespace NAMESPACE = Namespace.create(TestBoxes.class);
  private static final List<String> SETTINGS =
      List.of("boxlite.home", "boxlite.accelerator", "boxlite.qemu");

  private TestBoxes() {}

  /** Starts a box that is closed at the end of the context. */
  static LiteBox start(ExtensionContext context, BoxOptions options) {
    LiteBox box = engine(context).boxlite.create(options);
    context.getStore(NAMESPACE).put(box.id(), new OpenBox(box));
    return box;
  }

  @SuppressWarnings("deprecation") // its successor computeIfAbsent came with JUnit 6
  private static Engine engine(ExtensionContext context) {
    return Objects.requireNonNull(
        context
            .getRoot()
            .getStore(NAMESPACE)
            .getOrComputeIfAbsent(
                Engine.class, key -> new Engine(Boxlite.open(options(context))), Engine.class));
  }

  private static BoxliteOptions options(ExtensionContext context) {
    Map<String, String> settings = new HashMap<>();
    for (String key : SETTINGS) {
      context.getConfigurationParameter(key).ifPresent(value -> settings.put(key, value));
    }
    return BoxliteOptions.builder().fallbackSettings(settings).build();
  }

  @SuppressWarnings("deprecation")
  private record Engine(Boxlite boxlite) implements Store.CloseableResource, AutoCloseable {
    @Override
    public void close() {
      boxlite.close();
    }
  }

  @SuppressWarnings("deprecation")
  private record OpenBox(LiteBox box) implements Store.CloseableResource, AutoCloseable {
    @Override
    public void close() {
      box.close();
    }
  }
}
