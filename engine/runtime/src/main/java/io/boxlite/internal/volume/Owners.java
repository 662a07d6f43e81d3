package io.boxlite.internal.volume;

import io.boxlite.internal.host.tree.FileStat;
import io.boxlite.internal.host.tree.HostError;
import io.boxlite.internal.host.tree.HostTree;
import java.nio.charset.StandardCharsets;

/**
 * Who owns the files of a volume in a guest. Files of this JVM's user belong to the box's default
 * user, and files of all others to nobody. A guest that gives a file to another of its users
 * changes an extended attribute of the file on the host, and never its owner there.
 */
final class Owners {
  /** Ends with NUL, as the system call takes it. */
  private static final byte[] ATTRIBUTE =
      "user.boxlite.owner\0".getBytes(StandardCharsets.US_ASCII);

  /** The user and group that stand for all that have no number in a namespace. */
  private static final Owner NOBODY = new Owner(65534, 65534);

  private final HostTree tree;
  private final int hostUser;
  private final Owner defaultOwner;

  /**
   * Creates the mapping of one volume.
   *
   * @param hostUser the user id of this JVM
   * @param defaultOwner the box's default user and its group
   */
  Owners(HostTree tree, int hostUser, Owner defaultOwner) {
    this.tree = tree;
    this.hostUser = hostUser;
    this.defaultOwner = defaultOwner;
  }

  /** Returns the owner of a located file. */
  Owner of(int located, FileStat stat) {
    boolean hasAttributes = stat.isRegular() || stat.isDirectory();
    return (hasAttributes ? Owner.parse(tree.attribute(located, ATTRIBUTE)) : Owner.parse(null))
        .orElseGet(() -> unmarked(stat));
  }

  private Owner unmarked(FileStat stat) {
    return stat.uid() == hostUser ? defaultOwner : NOBODY;
  }

  /** Returns whether a new file of this owner needs to be marked. */
  boolean needsMark(Owner owner) {
    return !owner.equals(defaultOwner);
  }

  /** Returns whether this JVM's user owns a file, and so may change its permissions. */
  boolean isOwn(FileStat stat) {
    return stat.uid() == hostUser;
  }

  /** Marks a located file as somebody's. The owner of a link makes no difference to anybody. */
  void mark(int located, FileStat stat, Owner owner) throws HostError {
    if (!stat.isRegular() && !stat.isDirectory()) {
      return;
    }
    if (owner.equals(unmarked(stat))) {
      tree.removeAttribute(located, ATTRIBUTE);
    } else {
      tree.setAttribute(located, ATTRIBUTE, owner.text());
    }
  }
}
