package io.boxlite.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EditDistanceTest {
  @ParameterizedTest
  @CsvSource({"'','',0", "'',abc,3", "abc,'',3", "kitten,sitting,3", "home,hoem,2", "qemu,qemu,0"})
  void countsInsertionsDeletionsAndSubstitutions(String from, String to, int edits) {
    assertThat(EditDistance.between(from, to)).isEqualTo(edits);
  }

  @Test
  void theNearestHasTheFewestEdits() {
    assertThat(EditDistance.nearest("qmeu", List.of("home", "qemu", "accelerator")))
        .isEqualTo("qemu");
  }
}
