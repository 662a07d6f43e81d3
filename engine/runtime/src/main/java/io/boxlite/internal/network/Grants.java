package io.boxlite.internal.network;

import io.boxlite.NetworkRule;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The addresses that a box was given for names. It may connect to them by the rules for the names.
 *
 * <p>A grant lasts as long as the box: a program may keep an address for as long as it runs, as
 * connection pools do. If there are too many, those end that were not given or used for the longest
 * time.
 */
final class Grants {
  static final int MOST_ADDRESSES = 4096;

  /** Many names share an address in content delivery networks. All of their rules count. */
  static final int MOST_NAMES = 4;

  /**
   * What a box may do with an address.
   *
   * @param names some names that it was given the address for, the latest first
   * @param rules the rules for all of these names
   */
  record Grant(List<String> names, List<NetworkRule> rules) {
    static final Grant NONE = new Grant(List.of(), List.of());

    private Grant and(String name, List<NetworkRule> more) {
      List<String> latest = new ArrayList<>(names);
      latest.remove(name);
      latest.add(0, name);
      Set<NetworkRule> all = new LinkedHashSet<>(rules);
      all.addAll(more);
      return new Grant(
          List.copyOf(latest.subList(0, Math.min(latest.size(), MOST_NAMES))), List.copyOf(all));
    }
  }

  private final Map<InetAddress, Grant> grants =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<InetAddress, Grant> eldest) {
          return size() > MOST_ADDRESSES;
        }
      };

  /** Adds an address of a name. */
  synchronized void add(InetAddress address, String name, List<NetworkRule> rules) {
    grants.put(address, of(address).and(name, rules));
  }

  /** Returns what the box may do with an address, and counts that as a use. */
  synchronized Grant of(InetAddress address) {
    return grants.getOrDefault(address, Grant.NONE);
  }
}
