package io.boxlite;

import java.util.List;

/**
 * The templates in a home directory: saved states that boxes start from, one for each kind of box;
 * obtained from {@link Boxlite#templates()}. A template is made when it is first needed. Make
 * templates ahead of time so that no test waits for one.
 *
 * <p>All methods are safe to call from any thread.
 */
public interface Templates {
  /**
   * Makes the template of boxes with these options, unless it exists. The name and the host name
   * make no difference to it, nor do environment, user and working directory if nothing is
   * prepared.
   *
   * @throws BoxliteException as {@link Boxlite#create}
   */
  void make(BoxOptions options);

  /** Returns all templates in the home directory, the most recently used first. */
  List<TemplateInfo> list();

  /**
   * Deletes the least recently used templates that no box runs from, until the rest take no more
   * than a number of bytes.
   *
   * @param maxBytes how many bytes may remain, 0 or more
   * @return how many bytes were freed
   */
  long prune(long maxBytes);
}
