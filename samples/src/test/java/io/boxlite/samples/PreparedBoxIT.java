package io.boxlite.samples;

import static io.boxlite.junit.BoxAssertions.assertThat;

import io.boxlite.LiteBox;
import io.boxlite.junit.Box;
import io.boxlite.junit.BoxReset;
import io.boxlite.junit.BoxSoftAssertions;
import io.boxlite.junit.EnabledIfBoxlite;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One box for all tests of a class: prepared once, and reset before each test. */
@EnabledIfBoxlite
class PreparedBoxIT {
  @Box(
      memoryMib = 256,
      files = "classpath:io/boxlite/samples/fruit.txt -> /srv/",
      prepare = "sort -u /srv/fruit.txt > /srv/sorted.txt",
      reset = BoxReset.EACH_TEST)
  static LiteBox box;

  @ParameterizedTest
  @CsvSource({"1, apple", "2, fig", "3, pear"})
  void findsThePreparedFile(int line, String fruit) {
    assertThat(box.exec("sed", "-n", line + "p", "/srv/sorted.txt")).hasStdout(fruit + "\n");
  }

  @Test
  void mayDeleteThePreparedFiles() {
    assertThat(box.exec("rm", "-r", "/srv")).succeeded();
    assertThat(box).isRunning().executing("ls", "/srv").as("the deleted directory").exitedWith(1);
  }

  @Test
  void reportsAllFailuresTogether() {
    BoxSoftAssertions softly = new BoxSoftAssertions();
    softly.assertThat(box.exec("wc", "-l", "/srv/sorted.txt")).succeeded().stdout().startsWith("3");
    softly.assertThat(box.exec("cat", "/srv/fruit.txt")).stdout().contains("fig");
    softly.assertAll();
  }
}
