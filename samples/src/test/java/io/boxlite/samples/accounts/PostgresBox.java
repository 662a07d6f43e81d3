package io.boxlite.samples.accounts;

import io.boxlite.junit.Box;
import io.boxlite.samples.DebianImages;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * A box with PostgreSQL, the schema of the accounts and some test data. The database is created and
 * started once. Every box continues from there.
 */
@Target({ElementType.FIELD, ElementType.PARAMETER})
@Retention(RetentionPolicy.RUNTIME)
@Box(
    image = DebianImages.POSTGRES,
    user = "postgres",
    workingDir = "/srv/postgres",
    env = "PGHOST=127.0.0.1",
    files = {
      "classpath:io/boxlite/samples/accounts/accounts.sql -> /srv/",
      "classpath:io/boxlite/samples/accounts/test-accounts.sql -> /srv/"
    },
    prepare = {
      "initdb --auth=trust --no-sync data",
      "cat /srv/accounts.sql /srv/test-accounts.sql | postgres --single -j -D data postgres"
    },
    startCommand = {"postgres", "-D", "data", "-k", ""},
    waitFor = {"port:5432", "exec:psql -qc 'select * from account'"},
    ports = "5432")
@interface PostgresBox {}
