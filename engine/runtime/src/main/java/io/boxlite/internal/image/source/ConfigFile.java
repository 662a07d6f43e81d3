package io.boxlite.internal.image.source;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.boxlite.ImageIntegrityException;
import io.boxlite.ImageNotFoundException;
import io.boxlite.internal.image.layer.Digest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** An image's configuration (OCI image specification 1.1, config.md). */
public record ConfigFile(
    @Nullable String architecture, @Nullable String os, Execution config, @Nullable Rootfs rootfs) {

  private static final Execution NOTHING = new Execution(null, null, null, null, null, null);

  /** The configuration of what has none. */
  public static final ConfigFile EMPTY = new ConfigFile(null, null, NOTHING, null);

  /** Takes the object {@code config} as empty where the document leaves it out. */
  public ConfigFile {
    config = Objects.requireNonNullElse(config, NOTHING);
  }

  /** How to run programs of the image. */
  public record Execution(
      @JsonProperty("User") @Nullable String user,
      @JsonProperty("Env") @Nullable List<String> env,
      @JsonProperty("Entrypoint") @Nullable List<String> entrypoint,
      @JsonProperty("Cmd") @Nullable List<String> cmd,
      @JsonProperty("WorkingDir") @Nullable String workingDir,
      @JsonProperty("Volumes") @Nullable Map<String, Object> volumes) {

    /** Takes copies, and no lists with nulls in them. */
    public Execution {
      env = Elements.texts(env);
      entrypoint = Elements.texts(entrypoint);
      cmd = Elements.texts(cmd);
    }
  }

  /** The digests of the layers once decompressed, from the lowest up. */
  public record Rootfs(
      @Nullable String type, @JsonProperty("diff_ids") @Nullable List<String> diffIds) {

    /** Takes a copy, and no list with nulls in it. */
    public Rootfs {
      diffIds = Elements.texts(diffIds);
    }
  }

  /** A configuration that says no more than what the layers are. */
  public static ConfigFile of(List<Digest> diffIds) {
    return new ConfigFile(
        Platform.BOX.architecture(),
        Platform.BOX.os(),
        NOTHING,
        new Rootfs("layers", diffIds.stream().map(Digest::toString).toList()));
  }

  /** The layers' digests, which must be as many as there are layers. */
  List<Digest> diffIds(int layers, String what) {
    List<String> texts = rootfs == null || rootfs.diffIds == null ? List.of() : rootfs.diffIds;
    if (texts.size() != layers) {
      throw new ImageIntegrityException(
          what
              + " has "
              + texts.size()
              + " entries in rootfs.diff_ids, the manifest has "
              + layers
              + " layers");
    }
    List<Digest> diffIds = new ArrayList<>();
    for (String text : texts) {
      diffIds.add(Digest.parse(text, "rootfs.diff_ids of " + what));
    }
    return diffIds;
  }

  /** Refuses an image of another platform; one that does not say is taken. */
  void checkPlatform(String what) {
    Platform platform = new Platform(os, architecture, null);
    if (!platform.isForBoxes()) {
      throw new ImageNotFoundException(
          what + " is for " + platform + "; boxes run images for " + Platform.BOX);
    }
  }
}
