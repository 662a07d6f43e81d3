package io.boxlite;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ImageSourceTest {
  @ParameterizedTest
  @CsvSource({
    "module, oci:img, oci:module/img",
    "module, oci:img:1.2, oci:module/img:1.2",
    "module, oci:., oci:module",
    "module, oci:.., oci:.",
    "module, docker-archive:target/x.tar, docker-archive:module/target/x.tar",
    "module, docker-archive:x.tar:team/x:1, docker-archive:module/x.tar:team/x:1",
    "module, oci-archive:x.tar, oci-archive:module/x.tar",
    "module, rootfs:../a:b.tar.gz, rootfs:a:b.tar.gz",
    "../other, oci:img, oci:../other/img",
    "., oci:img, oci:img",
    "module, oci:/img, oci:/img",
    "module, oci:, oci:",
    "module, rootfs:, rootfs:",
    "module, python:slim, python:slim",
    "module, localhost:5000/oci:1, localhost:5000/oci:1",
  })
  void startsRelativePathsAtTheDirectory(String directory, String reference, String expected) {
    assertThat(ImageSource.resolve(Path.of(directory), reference)).isEqualTo(expected);
    assertThat(ImageSource.resolve(Path.of(directory).toAbsolutePath(), reference))
        .isEqualTo(expected);
  }
}
