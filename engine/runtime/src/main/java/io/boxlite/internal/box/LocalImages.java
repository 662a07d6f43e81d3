package io.boxlite.internal.box;

import io.boxlite.ImageInfo;
import io.boxlite.Images;
import io.boxlite.PullListener;
import io.boxlite.PullPolicy;
import io.boxlite.internal.check.Arguments;
import io.boxlite.internal.image.ImageStore;
import java.util.List;

/** The images in the home directory of a {@link LocalBoxlite}. */
final class LocalImages implements Images {
  private final ImageStore store;

  LocalImages(ImageStore store) {
    this.store = store;
  }

  @Override
  public ImageInfo pull(String reference, PullPolicy policy, PullListener listener) {
    return store.pull(Arguments.notBlank("reference", reference), policy, listener);
  }

  @Override
  public List<String> list() {
    return store.list();
  }

  @Override
  public ImageInfo inspect(String reference) {
    return store.inspect(Arguments.notBlank("reference", reference));
  }

  @Override
  public void importImage(String source, String name) {
    store.importImage(Arguments.notBlank("source", source), Arguments.notBlank("name", name));
  }

  @Override
  public void remove(String name) {
    store.remove(Arguments.notBlank("name", name));
  }

  @Override
  public long prune(long maxBytes) {
    return store.prune(Arguments.inRange("maxBytes", maxBytes, 0, Long.MAX_VALUE));
  }
}
