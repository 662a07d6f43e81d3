package io.boxlite.internal.box;

import io.boxlite.BoxVolume;
import io.boxlite.VolumeInfo;
import io.boxlite.VolumeMode;
import io.boxlite.Volumes;
import io.boxlite.internal.volume.NamedVolumes;
import java.util.List;

/** The named volumes in the home directory of a {@link LocalBoxlite}. */
final class LocalVolumes implements Volumes {
  private final NamedVolumes volumes;

  LocalVolumes(NamedVolumes volumes) {
    this.volumes = volumes;
  }

  @Override
  public VolumeInfo create(String name) {
    return volumes.create(valid(name));
  }

  @Override
  public List<VolumeInfo> list() {
    return volumes.list();
  }

  @Override
  public void remove(String name) {
    volumes.remove(valid(name));
  }

  /** Returns a name that is safe as that of a directory. */
  private static String valid(String name) {
    return BoxVolume.named(name, "/any", VolumeMode.READ_ONLY).name().orElseThrow();
  }
}
