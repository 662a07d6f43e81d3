package io.boxlite.samples.accounts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.boxlite.LiteBox;
import io.boxlite.samples.DebianImages;
import java.net.InetSocketAddress;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

/** Each test has a PostgreSQL server of its own, which it may break. */
class AccountsIT {
  private static final String CHECK_VIOLATION = "23514";
  private static final String UNIQUE_VIOLATION = "23505";

  private final LiteBox postgres;
  private final PGSimpleDataSource database = new PGSimpleDataSource();
  private final Accounts accounts = new Accounts(database);

  AccountsIT(@PostgresBox LiteBox postgres) {
    this.postgres = postgres;
    InetSocketAddress address = postgres.network().address(5432);
    database.setServerNames(new String[] {address.getHostString()});
    database.setPortNumbers(new int[] {address.getPort()});
    database.setUser("postgres");
    database.setConnectTimeout(10); // seconds
  }

  @BeforeAll
  static void provideTheImage() {
    DebianImages.provide(DebianImages.POSTGRES);
  }

  @Test
  void findsAccounts() throws SQLException {
    assertThat(accounts.find("ann")).contains(new Account("ann", 10_000));
    assertThat(accounts.find("dora")).isEmpty();
    assertThat(accounts.largest(2))
        .containsExactly(new Account("ann", 10_000), new Account("bob", 500));
  }

  @Test
  void opensAnAccountForEachOwnerOnce() throws SQLException {
    Account dora = accounts.open("dora", 700);

    assertThat(accounts.find("dora")).contains(dora);
    assertThatExceptionOfType(SQLException.class)
        .isThrownBy(() -> accounts.open("dora", 1))
        .satisfies(e -> assertThat(e.getSQLState()).isEqualTo(UNIQUE_VIOLATION));
  }

  @Test
  void transfersAnAmount() throws SQLException {
    accounts.transfer("ann", "bob", 2_500);

    assertThat(accounts.find("ann")).contains(new Account("ann", 7_500));
    assertThat(accounts.find("bob")).contains(new Account("bob", 3_000));
  }

  @Test
  void transfersAllOrNothing() throws SQLException {
    List<Account> before = accounts.largest(10);

    assertThatExceptionOfType(SQLException.class)
        .isThrownBy(() -> accounts.transfer("bob", "ann", 501))
        .satisfies(e -> assertThat(e.getSQLState()).isEqualTo(CHECK_VIOLATION));
    assertThatExceptionOfType(SQLException.class)
        .isThrownBy(() -> accounts.transfer("ann", "nobody", 1))
        .withMessage("nobody has no account");

    assertThat(accounts.largest(10)).isEqualTo(before);
    assertThat(postgres.mainCommand().orElseThrow().stderr())
        .as("the server's log")
        .contains("violates check constraint \"balance_is_not_negative\"");
  }

  @Test
  void losesNothingInTransfersAtTheSameTime() throws Exception {
    List<Callable<Void>> transfers = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      boolean back = i % 2 == 1;
      transfers.add(
          () -> {
            accounts.transfer(back ? "bob" : "ann", back ? "ann" : "bob", back ? 10 : 20);
            return null;
          });
    }
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      for (Future<Void> transfer : threads.invokeAll(transfers)) {
        transfer.get();
      }
    } finally {
      threads.shutdown();
    }

    assertThat(accounts.largest(2))
        .containsExactly(new Account("ann", 9_900), new Account("bob", 600));
  }

  @RepeatedTest(2)
  void mayBreakItsServer() throws SQLException {
    assertThat(accounts.largest(10)).hasSize(3);

    try (Connection connection = database.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("drop table account");
    }
    postgres.mainCommand().orElseThrow().kill();
  }
}
