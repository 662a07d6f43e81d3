package io.boxlite.internal.guest;

import io.boxlite.internal.guest.proto.ConfigureRequest;
import io.boxlite.internal.guest.proto.ExecRequest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** An agent whose programs all end at once with exit code 0, for tests above the guest layer. */
public final class HonestGuest implements AutoCloseable {
  private final FakeGuest guest;

  /** Listens on {@code agent.sock} in a directory. */
  public HonestGuest(Path directory) throws IOException {
    guest =
        new FakeGuest(directory)
            .onExec(
                (request, out) -> {
                  if (request.hasStart()) {
                    out.onNext(FakeGuest.started());
                    out.onNext(FakeGuest.exited(0));
                  }
                });
  }

  /** Connects a client to this guest. */
  public GuestLink link() {
    return guest.link();
  }

  /** What it was configured with, in this order. */
  public List<ConfigureRequest> configured() {
    return List.copyOf(guest.configured());
  }

  /** The command lines of the programs that it was asked to run. */
  public List<List<String>> programs() {
    return guest.requests().stream()
        .filter(ExecRequest::hasStart)
        .map(request -> List.copyOf(request.getStart().getArgvList()))
        .toList();
  }

  @Override
  public void close() {
    guest.close();
  }
}
