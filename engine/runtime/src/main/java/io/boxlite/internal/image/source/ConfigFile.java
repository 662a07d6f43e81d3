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

  private static final Execution NOTHING = new Execution(null, null, null, null, null, null, null);

  /** The configuration of an image without one. */
  public static final ConfigFile EMPTY = new ConfigFile(null, null, NOTHING, null);

  /** Replaces a missing object {@code config} by an empty one. */
  public ConfigFile {
    config = Objects.requireNonNullElse(config, NOTHING);
  }

  /** The part of the configuration for running programs. */
  public record Execution(
      @JsonProperty("User") @Nullable String user,
      @JsonProperty("Env") @Nullable List<String> env,
      @JsonProperty("Entrypoint") @Nullable List<String> entrypoint,
      @JsonProperty("Cmd") @Nullable List<String> cmd,
      @JsonProperty("WorkingDir") @Nullable String workingDir,
      @JsonProperty("Volumes") @Nullable Map<String, Object> volumes,
      @JsonProperty("StopSignal") @Nullable String stopSignal) {

    /** Copies the lists, replacing nulls in them. */
    public Execution {
      env = Elements.texts(env);
      entrypoint = Elements.texts(entrypoint);
      cmd = Elements.texts(cmd);
    }
  }

  /** The digests of the decompressed layers, from the lowest up. */
  public record Rootfs(
      @Nullable String type, @JsonProperty("diff_ids") @Nullable List<String> diffIds) {

    /** Copies the list, replacing nulls in it. */
    public Rootfs {
      diffIds = Elements.texts(diffIds);
    }
  }

  /** Returns a configuration with the digests of layers only. */
  public static ConfigFile of(List<Digest> diffIds) {
    return new ConfigFile(
        Platform.BOX.architecture(),
        Platform.BOX.os(),
        NOTHING,
        new Rootfs("layers", diffIds.stream().map(Digest::toString).toList()));
  }

  /** Returns the digests of the decompressed layers, whose number is verified. */
  List<Digest> diffIds(int layers, String what) {
    List<String> texts = rootfs == null || rootfs.diffIds == null ? List.of() : rootfs.diffIds;
    if (texts.size() != layers) {
      throw new ImageIntegrityException(
          what
              + " has "
              + texts.size()
              + " entries in rootfs.diff_ids, but the manifest has "
              + layers
              + " layers");
    }
    List<Digest> diffIds = new ArrayList<>();
    for (String text : texts) {
      diffIds.add(Digest.parse(text, "rootfs.diff_ids of " + what));
    }
    return diffIds;
  }

  /** Rejects an image for another platform. An image without a platform is accepted. */
  void checkPlatform(String what) {
    Platform platform = new Platform(os, architecture, null);
    if (!platform.isForBoxes()) {
      throw new ImageNotFoundException(
          what + " is for " + platform + "; boxes run images for " + Platform.BOX);
    }
  }
}
