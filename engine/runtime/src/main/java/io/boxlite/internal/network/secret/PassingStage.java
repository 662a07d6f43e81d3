package io.boxlite.internal.network.secret;

/** Passes everything on as it is. */
final class PassingStage implements Stage {
  private static final int MOST = 64 << 10;

  private final StageEnd guest;
  private final StageEnd host;

  PassingStage(StageEnd guest, StageEnd host) {
    this.guest = guest;
    this.host = host;
  }

  @Override
  public void proceed() {
    pass(guest, host);
    pass(host, guest);
  }

  static void pass(StageEnd from, StageEnd to) {
    while (to.isReady() && from.available() > 0) {
      to.send(from.take(MOST));
    }
    if (from.isAtEnd()) {
      to.endOutput();
    }
  }

  @Override
  public void broken(StageEnd end) {
    (end == guest ? host : guest).breakOff();
  }
}
