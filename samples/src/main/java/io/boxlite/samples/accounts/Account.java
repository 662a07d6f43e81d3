package io.boxlite.samples.accounts;

/**
 * An account.
 *
 * @param owner whose it is; there is one account for each owner
 * @param cents the balance, never negative
 */
public record Account(String owner, long cents) {}
