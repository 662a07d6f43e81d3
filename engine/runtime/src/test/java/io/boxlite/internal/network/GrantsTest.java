package io.boxlite.internal.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.boxlite.Network;
import io.boxlite.NetworkRule;
import io.boxlite.text.AddressText;
import java.net.InetAddress;
import java.util.List;
import org.junit.jupiter.api.Test;

class GrantsTest {
  private static final List<NetworkRule> RULES = Network.allow("a.example:443").rules();

  private final Grants grants = new Grants();

  private static InetAddress address(int number) {
    return AddressText.of(new byte[] {9, 1, (byte) (number >> 8), (byte) number});
  }

  @Test
  void thoseNeitherGivenNorUsedForTheLongestTimeEndIfThereAreTooMany() {
    for (int i = 0; i < Grants.MOST_ADDRESSES; i++) {
      grants.add(address(i), "a.example", RULES);
    }
    assertThat(grants.of(address(0)).rules()).as("used").isEqualTo(RULES);
    grants.add(address(1), "a.example", RULES); // given again
    for (int i = 0; i < 100; i++) {
      grants.add(address(Grants.MOST_ADDRESSES + i), "a.example", RULES);
    }
    assertThat(grants.of(address(0)).rules()).isEqualTo(RULES);
    assertThat(grants.of(address(1)).rules()).isEqualTo(RULES);
    for (int i = 2; i < 102; i++) {
      assertThat(grants.of(address(i))).isEqualTo(Grants.Grant.NONE);
    }
    assertThat(grants.of(address(102)).rules()).isEqualTo(RULES);
  }

  @Test
  void anAddressOfManyNamesKeepsAllRulesAndTheLatestNames() {
    grants.add(address(0), "first.example", RULES);
    for (int i = 0; i < 100; i++) {
      grants.add(address(0), i + ".example", Network.allow("b.example:80").rules());
    }
    grants.add(address(0), "98.example", List.of());
    assertThat(grants.of(address(0)).rules())
        .containsExactlyElementsOf(Network.allow("a.example:443", "b.example:80").rules());
    assertThat(grants.of(address(0)).names())
        .containsExactly("98.example", "99.example", "97.example", "96.example");
  }
}
