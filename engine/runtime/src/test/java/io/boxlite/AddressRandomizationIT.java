package io.boxlite;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(180)
class AddressRandomizationIT {
  /** The default image's shell is a static program, so its stack and heap are what can move. */
  private static final String[] ADDRESSES = {"grep", "-E", "stack|heap", "/proc/self/maps"};

  @TempDir private static Path home;

  @Test
  void programsAreAtOtherAddressesEachTimeWhenItIsOnAndAtTheSameWhenItIsOff() {
    BoxOptions.Builder options = BoxOptions.builder().memoryMib(256);
    try (Boxlite boxlite = Boxlite.open(BoxliteOptions.builder().home(home).poolSize(0).build())) {
      try (LiteBox random = boxlite.create(options.addressRandomization(true).build())) {
        assertThat(addresses(random)).isNotEqualTo(addresses(random));
        assertThat(random.readFile("/proc/sys/kernel/randomize_va_space"))
            .asString()
            .isEqualTo("2\n");
      }
      try (LiteBox same = boxlite.create(options.addressRandomization(false).build())) {
        assertThat(same.info().origin()).isEqualTo(BoxOrigin.COLD_BOOT);
        assertThat(addresses(same)).isEqualTo(addresses(same));
      }
    }
  }

  private static String addresses(LiteBox box) {
    ExecResult maps = box.exec(ADDRESSES);
    assertThat(maps.stdout()).contains("[stack]");
    return maps.stdout();
  }
}
