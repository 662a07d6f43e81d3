package io.boxlite.internal.vm.template;

import io.boxlite.BoxliteException;
import io.boxlite.TemplateInfo;
import io.boxlite.internal.host.Home;
import io.boxlite.internal.host.SharedEntry;
import io.boxlite.internal.host.cache.CacheDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The templates of a home directory, shared by all its JVMs: {@code templates/KEY.template/}.
 *
 * <p>Each is a {@link SharedEntry}. A template is used only after it has been verified in this JVM,
 * and again when one of its files has changed.
 */
public final class TemplateStore {
  private static final Logger log = LoggerFactory.getLogger(TemplateStore.class);
  private static final String TEMPLATE = ".template";

  /** How long to wait for another JVM to make a template, which may include installing packages. */
  private static final Duration TIMEOUT = Duration.ofHours(1);

  private final Path directory;
  private final CacheDirectory cache;
  private final Runnable onAdded;
  private final Map<String, String> verified = new ConcurrentHashMap<>();

  /** Makes a template's files in an empty directory. */
  public interface Maker {
    void make(TemplateSpec spec, Path directory) throws IOException;
  }

  /**
   * Uses the templates of a home directory.
   *
   * @param onAdded runs after each template that was made
   */
  public TemplateStore(Home home, Runnable onAdded) {
    directory = home.templates();
    cache = cache(home);
    this.onAdded = onAdded;
  }

  /** Returns the cache of a home directory's templates. */
  public static CacheDirectory cache(Home home) {
    return new CacheDirectory(home.templates(), TEMPLATE);
  }

  /** Finds a template and holds it; empty when it does not exist or is damaged. */
  public Optional<Template> find(TemplateSpec spec) {
    return find(spec, false);
  }

  private Optional<Template> find(TemplateSpec spec, boolean fresh) {
    String key = spec.key();
    if (!Files.isDirectory(directory.resolve(key + TEMPLATE))) {
      return Optional.empty();
    }
    Template template = new Template(cache.hold(key + TEMPLATE), fresh);
    try {
      Optional<String> fault = fault(spec, key, template.directory());
      if (fault.isEmpty()) {
        return Optional.of(template);
      }
      log.warn("{} is damaged and will be made again: {}", template.directory(), fault.get());
    } catch (NoSuchFileException e) {
      log.debug("{} was pruned while it was opened", template.directory());
    } catch (IOException e) {
      log.warn("{} cannot be read and will be made again: {}", template.directory(), e.toString());
    } catch (RuntimeException | Error e) {
      template.close();
      throw e;
    }
    template.close();
    return Optional.empty();
  }

  /**
   * Finds a template and holds it, making it when there is none. Of concurrent callers, in any JVM,
   * one makes it and the others wait.
   *
   * @throws BoxliteException when it cannot be made; nothing of it is left
   */
  public Template findOrMake(TemplateSpec spec, Maker maker) {
    Optional<Template> found = find(spec);
    if (found.isPresent()) {
      return found.get();
    }
    String key = spec.key();
    try (SharedEntry entry = SharedEntry.lock(directory, key, TIMEOUT)) {
      found = find(spec, true);
      if (found.isEmpty()) {
        make(spec, key, maker, entry);
        found = find(spec, true);
      }
    } catch (IOException e) {
      throw new BoxliteException(
          "cannot make the template "
              + directory.resolve(key + TEMPLATE)
              + ": "
              + e.getMessage()
              + "; is the disk full?",
          e);
    }
    return found.orElseThrow(
        () ->
            new BoxliteException(
                "the template "
                    + directory.resolve(key + TEMPLATE)
                    + " is damaged although it was just made; see the log for the reason"));
  }

  /** Returns all templates, most recently used first. */
  public List<TemplateInfo> list() {
    List<TemplateInfo> templates = new ArrayList<>();
    for (CacheDirectory.Listed listed : cache.list()) {
      String name = String.valueOf(listed.path().getFileName());
      String key = name.substring(0, name.length() - TEMPLATE.length());
      try {
        TemplateDescription description = TemplateDescription.read(listed.path());
        templates.add(
            new TemplateInfo(key, description.madeFrom(), listed.bytes(), listed.lastUsed()));
      } catch (IOException e) {
        log.debug("{} cannot be read: it was deleted, or it is damaged", listed.path(), e);
      }
    }
    return templates;
  }

  /**
   * Deletes the least recently used templates until the rest is within a limit.
   *
   * @return the number of bytes freed
   */
  public long prune(long maxBytes) {
    return CacheDirectory.prune(maxBytes, List.of(cache));
  }

  /** Removes a template that the hypervisor refused, so that it is made again. */
  public void discard(Template template) {
    try {
      SharedEntry.delete(template.directory());
    } catch (NoSuchFileException e) {
      log.debug("{} was already deleted", template.directory());
    } catch (IOException e) {
      log.warn("cannot delete the template {}: {}", template.directory(), e.toString());
    }
  }

  /** Deletes the leftovers of JVMs that died. */
  public void deleteLeftovers() {
    SharedEntry.sweep(directory);
  }

  private void make(TemplateSpec spec, String key, Maker maker, SharedEntry entry)
      throws IOException {
    long start = System.nanoTime();
    Path made = directory.resolve(key + TEMPLATE);
    entry.make(
        made,
        unfinished -> {
          Files.createDirectory(unfinished);
          maker.make(spec, unfinished);
          TemplateDescription.of(spec, unfinished).write(unfinished);
        });
    verified.put(key, stamps(spec, made));
    onAdded.run();
    log.info("made the template {} in {} ms", made, (System.nanoTime() - start) / 1_000_000);
  }

  private Optional<String> fault(TemplateSpec spec, String key, Path made) throws IOException {
    String now = stamps(spec, made);
    if (now.equals(verified.get(key))) {
      return Optional.empty();
    }
    Optional<String> fault = TemplateDescription.read(made).fault(spec, made);
    if (fault.isEmpty()) {
      verified.put(key, now);
    }
    return fault;
  }

  /** Returns a text that changes when a file is written or replaced. */
  private static String stamps(TemplateSpec spec, Path made) throws IOException {
    List<String> names = new ArrayList<>(spec.files());
    names.add(Template.DESCRIPTION);
    StringBuilder stamps = new StringBuilder();
    for (String name : names) {
      stamps
          .append(Files.readAttributes(made.resolve(name), "unix:ino,size,lastModifiedTime"))
          .append('\n');
    }
    return stamps.toString();
  }
}
