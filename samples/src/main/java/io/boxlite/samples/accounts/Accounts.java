package io.boxlite.samples.accounts;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;

/** The accounts in a database, whose schema is {@code accounts.sql}. */
public final class Accounts {
  private static final String OPEN = "insert into account (owner, cents) values (?, ?)";
  private static final String FIND = "select owner, cents from account where owner = ?";
  private static final String LARGEST =
      "select owner, cents from account order by cents desc, owner limit ?";
  private static final String ADD = "update account set cents = cents + ? where owner = ?";

  private final DataSource database;

  public Accounts(DataSource database) {
    this.database = database;
  }

  /**
   * Opens an account.
   *
   * @throws SQLException if the owner has one already, or the balance is negative
   */
  public Account open(String owner, long cents) throws SQLException {
    try (Connection connection = database.getConnection();
        PreparedStatement insert = connection.prepareStatement(OPEN)) {
      insert.setString(1, owner);
      insert.setLong(2, cents);
      insert.executeUpdate();
    }
    return new Account(owner, cents);
  }

  /** Returns the account of an owner. */
  public Optional<Account> find(String owner) throws SQLException {
    try (Connection connection = database.getConnection();
        PreparedStatement query = connection.prepareStatement(FIND)) {
      query.setString(1, owner);
      return read(query).stream().findFirst();
    }
  }

  /** Returns the accounts with the largest balances, the largest first. */
  public List<Account> largest(int limit) throws SQLException {
    try (Connection connection = database.getConnection();
        PreparedStatement query = connection.prepareStatement(LARGEST)) {
      query.setInt(1, limit);
      return read(query);
    }
  }

  private static List<Account> read(PreparedStatement query) throws SQLException {
    List<Account> accounts = new ArrayList<>();
    try (ResultSet rows = query.executeQuery()) {
      while (rows.next()) {
        accounts.add(new Account(rows.getString("owner"), rows.getLong("cents")));
      }
    }
    return accounts;
  }

  /**
   * Moves an amount from one account to another, or does nothing.
   *
   * @param cents the amount, positive
   * @throws SQLException if one of the accounts does not exist, or the first has too little
   */
  public void transfer(String from, String to, long cents) throws SQLException {
    if (cents <= 0) {
      throw new IllegalArgumentException("the amount is " + cents + "; it must be positive");
    }
    try (Connection connection = database.getConnection()) {
      connection.setAutoCommit(false);
      try {
        // In the order of their names, so that two transfers never wait for each other.
        boolean fromIsFirst = from.compareTo(to) < 0;
        add(connection, fromIsFirst ? from : to, fromIsFirst ? -cents : cents);
        add(connection, fromIsFirst ? to : from, fromIsFirst ? cents : -cents);
        connection.commit();
      } catch (SQLException e) {
        connection.rollback();
        throw e;
      }
    }
  }

  private static void add(Connection connection, String owner, long cents) throws SQLException {
    try (PreparedStatement update = connection.prepareStatement(ADD)) {
      update.setLong(1, cents);
      update.setString(2, owner);
      if (update.executeUpdate() == 0) {
        throw new SQLException(owner + " has no account");
      }
    }
  }
}
