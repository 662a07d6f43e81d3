package io.boxlite.internal.host.jail;

import static org.assertj.core.api.Assertions.assertThat;

import io.boxlite.internal.host.Privileges;
import org.junit.jupiter.api.Test;

class JailUserTest {
  private static final Privileges ROOT = new Privileges(0, 0, -1);

  @Test
  void rootsBoxesHaveUsersOfTheirOwn() {
    long one = JailUser.of("0a1b2c3d4e5f", ROOT);
    assertThat(one).isPositive().isEqualTo(JailUser.of("0a1b2c3d4e5f", ROOT));
    assertThat(one).isNotEqualTo(ROOT.uid());
  }

  @Test
  void otherUsersStayWhoTheyAre() {
    assertThat(JailUser.of("0a1b2c3d4e5f", new Privileges(1000, 1000, 0))).isEqualTo(1000);
  }
}
