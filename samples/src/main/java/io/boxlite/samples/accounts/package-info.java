/** An application with a database, tested with a PostgreSQL server in a box. */
@NullMarked
package io.boxlite.samples.accounts;

import org.jspecify.annotations.NullMarked;
