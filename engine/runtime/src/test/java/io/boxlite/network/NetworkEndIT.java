package io.boxlite.network;

import static io.boxlite.network.NetworkPrograms.small;

import io.boxlite.BoxNetwork;
import io.boxlite.Boxlite;
import io.boxlite.BoxliteOptions;
import io.boxlite.Command;
import io.boxlite.LiteBox;
import io.boxlite.Network;
import io.boxlite.internal.host.Home;
import io.boxlite.internal.vm.Leftovers;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * An engine leaves nothing behind: not the threads that look up names, and not those of sockets.
 */
@Timeout(120)
class NetworkEndIT {
  private final Home home =
      Home.open(
          Path.of(
              System.getProperty(
                  "boxlite.home", System.getenv().getOrDefault("BOXLITE_HOME", ""))));

  @Test
  void anEngineThatHasUsedItsNetworkLeavesNothing() {
    try (Boxlite boxlite = Boxlite.open(BoxliteOptions.builder().poolSize(0).build());
        BoxNetwork network = boxlite.newNetwork();
        LiteBox box =
            boxlite.create(
                small()
                    .network(Network.allow("localhost.localdomain", "host.boxlite.internal"))
                    .ports(80)
                    .join(network, "one")
                    .build())) {
      box.exec(Command.of("nslookup", "localhost.localdomain"));
      box.exec(Command.of("nc", "-w", "2", "host.boxlite.internal", "1"));
    }
    Leftovers.assertNone(home);
  }
}
