package io.boxlite.internal.image.source;

import io.boxlite.BoxliteException;
import io.boxlite.ImageIntegrityException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * An archive of an OCI image layout, in the format of {@code podman save --format oci-archive}, Jib
 * and {@code skopeo copy … oci-archive:}.
 *
 * @param file the archive
 * @param name the name for messages
 */
public record OciArchive(Path file, String name) {
  /**
   * Finds an image for the platform of boxes.
   *
   * @param tag its name in the layout; null for the only image
   */
  public SourceImage find(@Nullable String tag) {
    try {
      ArchiveMembers members = ArchiveMembers.of(file, name);
      if (!members.has(LayoutReader.INDEX)) {
        throw new ImageIntegrityException(
            name
                + " has no index.json, so it is not an archive of an OCI image layout"
                + (members.has(DockerArchive.MANIFEST) ? "; use docker-archive:FILE" : ""));
      }
      return new LayoutReader(new Members(members, file), name).find(tag);
    } catch (IOException e) {
      throw new BoxliteException(name + " cannot be read: " + e, e);
    }
  }

  private record Members(ArchiveMembers members, Path file) implements LayoutContent {
    @Override
    public InputStream open(String path) throws IOException {
      ArchiveMembers.Region region = members.region(path);
      if (region == null) {
        throw new NoSuchFileException(path);
      }
      return region.open();
    }

    @Override
    public String describe(String path) {
      return "member " + path + " in " + file.toAbsolutePath();
    }
  }
}
