package io.boxlite.internal.image.layer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.boxlite.ImageIntegrityException;
import io.boxlite.internal.image.HostTool;
import io.boxlite.internal.image.erofs.ErofsReader;
import io.boxlite.internal.image.tar.TarBuilder;
import java.io.ByteArrayInputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RootTreeTest {
  @TempDir Path directory;

  @Test
  void makesTheDirectoriesThatAnArchiveLeavesOut() {
    try (ErofsReader image = merge(tar().file("a/b/c", "x"))) {
      assertThat(image.paths()).containsExactly("a/", "a/b/", "a/b/c");
      assertThat(image.get("a/b").permissions()).isEqualTo("755");
    }
  }

  @Test
  void leavesTheRootOpenToEverybodyWhateverTheArchiveSays() {
    for (String name : List.of("./", ".", "/", "../")) {
      try (ErofsReader image =
          merge(tar().owner(7, 8).member(name, '5', 0700, 0, "").file("a", "x"))) {
        assertThat(image.root().permissions()).isEqualTo("755");
        assertThat(image.root().uid).isZero();
        assertThat(image.root().gid).isZero();
        assertThat(image.paths()).containsExactly("a");
      }
    }
  }

  @Test
  void letsALaterLayerReplaceFiles() {
    try (ErofsReader image =
        merge(tar().file("a", "lower").file("b", "kept"), tar().file("./a", "upper"))) {
      assertThat(image.paths()).containsExactly("a", "b");
      assertThat(image.get("a").text()).isEqualTo("upper");
      assertThat(image.get("b").text()).isEqualTo("kept");
    }
  }

  @Test
  void takesTheLastOfSeveralMembersOfOneName() {
    try (ErofsReader image = merge(tar().file("a", "first").file("a", "second"))) {
      assertThat(image.get("a").text()).isEqualTo("second");
    }
  }

  @Test
  void mergesDirectoriesAndTakesTheUpperOnesAttributes() {
    try (ErofsReader image =
        merge(
            tar().directory("d").file("d/lower", "l"),
            tar().owner(5, 5).member("d/", '5', 0700, 0, "").file("d/upper", "u"))) {
      assertThat(image.paths()).containsExactly("d/", "d/lower", "d/upper");
      assertThat(image.get("d").permissions()).isEqualTo("700");
      assertThat(image.get("d").uid).isEqualTo(5);
    }
  }

  @Test
  void changesTypesBetweenLayers() {
    try (ErofsReader image =
        merge(
            tar().directory("dir").file("dir/x", "").file("file", "").symlink("link", "dir"),
            tar().file("dir", "now a file").directory("file").file("file/y", "").directory("link"),
            tar().symlink("file", "dir").member("dir", '6', 0600, 0, ""))) {
      assertThat(image.paths()).containsExactly("dir", "file -> dir", "link/");
      assertThat(image.get("dir").type()).isEqualTo('p');
    }
  }

  @Test
  void whitesOutFilesAndWholeTreesOfLowerLayers() {
    try (ErofsReader image =
        merge(
            tar().file("a", "").directory("d").file("d/x", "").file("d/y/z", "").file("keep", ""),
            tar().file(".wh.a", "").file(".wh.d", "").file(".wh.missing", ""))) {
      assertThat(image.paths()).containsExactly("keep");
    }
  }

  @Test
  void keepsWhatTheWhiteoutsOwnLayerHasWhereverItComes() {
    try (ErofsReader image =
        merge(
            tar().file("d/lower", "").file("e", "lower"),
            tar().file("d/upper", "").file("e", "upper").file(".wh.d", "").file(".wh.e", ""))) {
      assertThat(image.paths()).containsExactly("d/", "d/upper", "e");
      assertThat(image.get("e").text()).isEqualTo("upper");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void emptiesAnOpaqueDirectoryOfLowerContentOnly(boolean markerFirst) {
    TarBuilder upper = tar().directory("d");
    if (markerFirst) {
      upper.file("d/.wh..wh..opq", "").file("d/new", "").file("d/sub/new", "");
    } else {
      upper.file("d/new", "").file("d/sub/new", "").file("d/.wh..wh..opq", "");
    }
    try (ErofsReader image =
        merge(tar().file("d/old", "").file("d/sub/old", "").file("d/gone/x", ""), upper)) {
      assertThat(image.paths()).containsExactly("d/", "d/new", "d/sub/", "d/sub/new");
    }
  }

  @Test
  void dropsTheBookkeepingOfAufs() {
    try (ErofsReader image =
        merge(tar().file(".wh..wh.aufs", "").directory(".wh..wh.plnk").file("a", ""))) {
      assertThat(image.paths()).containsExactly("a");
    }
  }

  @Test
  void keepsWhiteoutNamesInAPlainRootFileSystem() {
    try (ErofsReader image = merge(false, tar().file(".wh.a", "x").file(".wh..wh..opq", "y"))) {
      assertThat(image.paths()).containsExactly(".wh..wh..opq", ".wh.a");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"d/.wh.", "d/.wh..", "d/.wh..."})
  void refusesWhiteoutsWithoutAName(String name) {
    assertCorrupt("whiteout without a name", tar().file("d/x", "").file(name, ""));
  }

  @Test
  void linksFilesWithinALayerAndToLowerLayers() {
    try (ErofsReader image =
        merge(
            tar().file("a", "content").hardLink("b", "a"),
            tar().hardLink("c", "./b").hardLink("d/e", "/a"))) {
      assertThat(image.get("a").links).isEqualTo(4);
      assertThat(image.get("d/e").text()).isEqualTo("content");
      assertThat(image.inodes()).isEqualTo(3);
    }
  }

  @Test
  void keepsALinkedFileWhenOneOfItsNamesIsReplaced() {
    try (ErofsReader image =
        merge(
            tar().file("a", "x".repeat(9000)).hardLink("b", "a"),
            tar().file("a", "y".repeat(9000)))) {
      assertThat(image.get("b").text()).isEqualTo("x".repeat(9000));
      assertThat(image.get("b").links).isOne();
      assertThat(image.get("a").text()).isEqualTo("y".repeat(9000));
    }
  }

  @Test
  void linksSymbolicLinksThemselves() {
    try (ErofsReader image = merge(tar().symlink("s", "nowhere").hardLink("t", "s"))) {
      assertThat(image.paths()).containsExactly("s -> nowhere", "t -> nowhere");
      assertThat(image.get("t").links).isEqualTo(2);
    }
  }

  @Test
  void takesALinkToItselfForNoChange() {
    try (ErofsReader image = merge(tar().file("a", "x").hardLink("a", "a"))) {
      assertThat(image.get("a").text()).isEqualTo("x");
      assertThat(image.get("a").links).isOne();
    }
  }

  @Test
  void refusesLinksToNothingAndToDirectories() {
    assertCorrupt("link to \"missing\", which does not", tar().hardLink("a", "missing"));
    assertCorrupt("link to \"no/where\", which does not", tar().hardLink("a", "no/where"));
    assertCorrupt("which is a directory", tar().directory("d").hardLink("a", "d"));
    assertCorrupt("to the root directory", tar().hardLink("a", "/"));
    assertCorrupt("which does not exist", tar().file("d/x", "").hardLink("d", "d/x"));
  }

  @Test
  void keepsHostileNamesInsideTheImage() {
    try (ErofsReader image =
        merge(
            tar()
                .file("../../../outside", "1")
                .file("/absolute", "2")
                .file("a/../../b", "3")
                .file("x/./y//z", "4")
                .hardLink("link", "../../../../outside"))) {
      assertThat(image.paths())
          .containsExactly("absolute", "b", "link", "outside", "x/", "x/y/", "x/y/z");
      assertThat(image.get("link").text()).isEqualTo("1");
    }
  }

  @Test
  void followsLinksOnTheWayInsideTheImageOnly() {
    try (ErofsReader image =
        merge(
            tar()
                .directory("usr/lib")
                .symlink("lib", "usr/lib")
                .symlink("etc", "/configuration")
                .symlink("up", "../../../../usr"),
            tar().file("lib/a", "1").file("etc/passwd", "2").file("up/b", "3"))) {
      assertThat(image.paths())
          .containsExactly(
              "configuration/",
              "configuration/passwd",
              "etc -> /configuration",
              "lib -> usr/lib",
              "up -> ../../../../usr",
              "usr/",
              "usr/b",
              "usr/lib/",
              "usr/lib/a");
    }
  }

  @Test
  void replacesALinkInTheLastPlaceInsteadOfFollowingIt() {
    try (ErofsReader image =
        merge(tar().file("target", "kept").symlink("l", "target"), tar().file("l", "new"))) {
      assertThat(image.get("target").text()).isEqualTo("kept");
      assertThat(image.get("l").text()).isEqualTo("new");
    }
  }

  @Test
  void refusesLinksThatGoInACircleAndFilesOnTheWay() {
    assertCorrupt("form a loop", tar().symlink("a", "b").symlink("b", "a").file("a/x", ""));
    assertCorrupt("\"f\", in its path, is not a directory", tar().file("f", "").file("f/x", ""));
  }

  @Test
  void refusesNamesAndPathsThatLinuxCannotHave() {
    assertThat(merge(tar().pax("path", "n".repeat(255)).file("x", "")).paths()).hasSize(1);
    assertCorrupt("256 bytes; Linux allows 255", tar().pax("path", "n".repeat(256)).file("x", ""));
    assertCorrupt(
        "5000 bytes; Linux allows 4095", tar().pax("path", "d/".repeat(2500)).file("x", ""));
    assertCorrupt("target has 0 bytes", tar().symlink("s", ""));
    assertCorrupt(
        "target has 4096 bytes", tar().pax("linkpath", "t".repeat(4096)).symlink("s", "x"));
  }

  @Test
  void takesPathsAsDeepAsLinuxAllows() {
    String deep = "d/".repeat(2000);
    try (ErofsReader image =
        merge(tar().pax("path", deep + "f").file("x", "deep"), tar().file(".wh.d", ""))) {
      assertThat(image.paths()).isEmpty();
    }
  }

  @Test
  void refusesDepthThatIsBuiltUpThroughLinks() {
    String deep = "d/".repeat(1500);
    assertCorrupt(
        "more than 2047 nested directories",
        tar()
            .pax("path", deep)
            .directory("x")
            .pax("linkpath", deep)
            .symlink("s", "x")
            .pax("path", "s/" + deep)
            .directory("x"));
  }

  @Test
  void passesOverMembersWithoutAName() {
    try (ErofsReader image =
        merge(
            tar()
                .member("", '0', 0644, 3, "")
                .data("abc".getBytes(UTF_8))
                .member("", '5', 0700, 0, "")
                .member(".", '2', 0777, 0, "x")
                .file("a", "x"))) {
      assertThat(image.paths()).containsExactly("a");
    }
  }

  @Test
  void refusesDevicesAndOwnersOutOfRange() {
    byte[] device = tar().header("dev", '3', 0600, 0, "");
    TarBuilder.number(device, 329, 8, 4096);
    assertCorrupt("device 4096:0", tar().raw(TarBuilder.checked(device)));
    assertCorrupt("owner 4294967296", tar().pax("uid", "4294967296").file("x", ""));
  }

  @Test
  void dropsAttributesThatWouldSteerTheGuestsOverlay() {
    try (ErofsReader image =
        merge(
            tar()
                .pax("SCHILY.xattr.trusted.overlay.opaque", "y")
                .pax("SCHILY.xattr.user.kept", "yes")
                .directory("d"))) {
      assertThat(image.get("d").xattrs).containsOnlyKeys("user.kept");
    }
  }

  @Test
  void countsEntriesUpToTheLimit() {
    TarBuilder tar = tar().file("a", "").file("b", "").file("c/d", "");
    Limits limits = new Limits(3, 1 << 20, 10, 0);
    assertThatExceptionOfType(ImageIntegrityException.class)
        .isThrownBy(() -> write(List.of(tar.build()), true, limits))
        .withMessageContaining("more than 3 entries");
  }

  @Test
  void refusesALayerThatIsTooLargeOnceDecompressed() {
    TarBuilder tar = tar().file("a", new byte[2 << 20]);
    assertThatExceptionOfType(ImageIntegrityException.class)
        .isThrownBy(() -> write(List.of(tar.build()), true, new Limits(10, 1 << 20, 10, 0)))
        .withMessageContaining("layer 1 cannot be used: ")
        .withMessageContaining("more than 1048576 bytes when decompressed");
  }

  private static TarBuilder tar() {
    return new TarBuilder();
  }

  private ErofsReader merge(TarBuilder... layers) {
    return merge(true, layers);
  }

  private ErofsReader merge(boolean whiteouts, TarBuilder... layers) {
    List<byte[]> archives = new ArrayList<>();
    for (TarBuilder layer : layers) {
      archives.add(layer.build());
    }
    return new ErofsReader(write(archives, whiteouts, Limits.DEFAULT));
  }

  private Path write(List<byte[]> archives, boolean whiteouts, Limits limits) {
    Path file = directory.resolve("image.erofs");
    List<Layer> layers = new ArrayList<>();
    for (byte[] archive : archives) {
      String name = "layer " + (layers.size() + 1);
      layers.add(
          new Layer(name, archive.length, null, null, () -> new ByteArrayInputStream(archive)));
    }
    LayerMerge.write(layers, whiteouts, limits, file, new byte[16]);
    HostTool.run("fsck.erofs", file);
    try (ErofsReader image = new ErofsReader(file)) {
      // Counts names and links on the way.
      image.tree();
    }
    return file;
  }

  private void assertCorrupt(String message, TarBuilder... layers) {
    assertThatExceptionOfType(ImageIntegrityException.class)
        .isThrownBy(() -> merge(layers).close())
        .withMessageContaining(message);
  }
}
