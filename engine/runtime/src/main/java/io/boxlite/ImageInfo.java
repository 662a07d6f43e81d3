package io.boxlite;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The content and the configuration of an image. Immutable, with value equality. */
public final class ImageInfo {
  private final String reference;
  private final String digest;
  private final List<String> layers;
  private final long sizeBytes;
  private final Map<String, String> environment;
  private final Optional<String> workingDir;
  private final Optional<String> user;
  private final List<String> entrypoint;
  private final List<String> cmd;

  private ImageInfo(Builder builder) {
    reference = builder.reference;
    digest = builder.digest;
    layers = builder.layers;
    sizeBytes = builder.sizeBytes;
    environment = builder.environment;
    workingDir = builder.workingDir;
    user = builder.user;
    entrypoint = builder.entrypoint;
    cmd = builder.cmd;
  }

  /** Returns a builder. */
  public static Builder builder(String reference, String digest) {
    return new Builder(reference, digest);
  }

  /** Returns the reference it was asked for by, names in full: {@code python:slim}. */
  public String reference() {
    return reference;
  }

  /**
   * Returns the digest, {@code sha256:…}, of its manifest; of its configuration for a {@code
   * docker-archive:}, of the file for a {@code rootfs:}.
   */
  public String digest() {
    return digest;
  }

  /**
   * Returns the digests of its layers as they are stored, the lowest first; those of the
   * decompressed layers for a {@code docker-archive:}.
   */
  public List<String> layers() {
    return layers;
  }

  /** Returns the size of all layers together as they are stored, in bytes. */
  public long sizeBytes() {
    return sizeBytes;
  }

  /** Returns the environment variables it sets, in the image's order. */
  public Map<String, String> environment() {
    return environment;
  }

  /** Returns the working directory of its programs, if it names one. */
  public Optional<String> workingDir() {
    return workingDir;
  }

  /**
   * Returns the user its programs run as, as the image writes it: {@code user}, {@code uid} or
   * {@code user:group}.
   */
  public Optional<String> user() {
    return user;
  }

  /** Returns the first words of the command; empty if there is no entry point. */
  public List<String> entrypoint() {
    return entrypoint;
  }

  /** Returns the default arguments, or the default command if there is no entry point. */
  public List<String> cmd() {
    return cmd;
  }

  /** Returns a builder that starts with these values. */
  public Builder toBuilder() {
    Builder builder = new Builder(reference, digest);
    builder.layers = layers;
    builder.sizeBytes = sizeBytes;
    builder.environment = environment;
    builder.workingDir = workingDir;
    builder.user = user;
    builder.entrypoint = entrypoint;
    builder.cmd = cmd;
    return builder;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof ImageInfo that && values().equals(that.values());
  }

  @Override
  public int hashCode() {
    return values().hashCode();
  }

  @Override
  public String toString() {
    return "ImageInfo["
        + "reference="
        + reference
        + ", digest="
        + digest
        + ", layers="
        + layers
        + ", sizeBytes="
        + sizeBytes
        + ", environment="
        + environment
        + ", workingDir="
        + workingDir.map(String::valueOf).orElse("none")
        + ", user="
        + user.map(String::valueOf).orElse("none")
        + ", entrypoint="
        + entrypoint
        + ", cmd="
        + cmd
        + "]";
  }

  private List<Object> values() {
    return List.of(
        reference, digest, layers, sizeBytes, environment, workingDir, user, entrypoint, cmd);
  }

  /** Collects the values of {@link ImageInfo}. */
  public static final class Builder {
    private String reference;
    private String digest;
    private List<String> layers = List.of();
    private long sizeBytes = 0;
    private Map<String, String> environment = Map.of();
    private Optional<String> workingDir = Optional.empty();
    private Optional<String> user = Optional.empty();
    private List<String> entrypoint = List.of();
    private List<String> cmd = List.of();

    private Builder(String reference, String digest) {
      this.reference = reference;
      this.digest = digest;
    }

    /** Sets the digests of its layers, the lowest first; none by default. */
    public Builder layers(List<String> layers) {
      this.layers = List.copyOf(layers);
      return this;
    }

    /** Sets the size of all layers in bytes; 0 by default. */
    public Builder sizeBytes(long sizeBytes) {
      this.sizeBytes = sizeBytes;
      return this;
    }

    /** Sets the environment variables; none by default. */
    public Builder environment(Map<String, String> environment) {
      this.environment = Collections.unmodifiableMap(new LinkedHashMap<>(environment));
      return this;
    }

    /** Sets the working directory; none by default. */
    public Builder workingDir(String workingDir) {
      this.workingDir = Optional.of(workingDir);
      return this;
    }

    /** Sets the user; none by default. */
    public Builder user(String user) {
      this.user = Optional.of(user);
      return this;
    }

    /** Sets the entry point; none by default. */
    public Builder entrypoint(List<String> entrypoint) {
      this.entrypoint = List.copyOf(entrypoint);
      return this;
    }

    /** Sets the default arguments; none by default. */
    public Builder cmd(List<String> cmd) {
      this.cmd = List.copyOf(cmd);
      return this;
    }

    /** Returns the {@link ImageInfo}. */
    public ImageInfo build() {
      return new ImageInfo(this);
    }
  }
}
