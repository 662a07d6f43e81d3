package io.boxlite.internal.host.seccomp;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The system calls that a process may make, one on each line with the reason:
 *
 * <pre>
 * read                             # files and sockets
 * openat  arg2 &amp; 0x400040 == 0     # files that exist
 * futex   arg1 == 1 and arg2 == 1  # wakes a thread
 * clone3  -&gt; ENOSYS                # is not executed, and fails with this error
 * </pre>
 *
 * <p>Several lines for one call are alternatives, of which the first that applies counts. A call
 * without a line that applies ends the process. Numbers are decimal or, with {@code 0x},
 * hexadecimal.
 */
final class AllowList {
  /** asm-generic/errno-base.h, asm-generic/errno.h. */
  private static final Map<String, Integer> ERRORS =
      Map.of("EPERM", 1, "EACCES", 13, "EINVAL", 22, "ENOSYS", 38);

  private static final Pattern LINE =
      Pattern.compile("(?<call>\\S+)(?<tests>\\s+.*?)??(\\s*->\\s*(?<errno>.*?))?");

  private static final Pattern TEST =
      Pattern.compile(
          "arg(?<argument>[0-5])(\\s*&\\s*(?<mask>\\w+))?\\s*(?<operator>[=!]=)\\s*(?<value>\\w+)");

  private final Map<Integer, List<Rule>> rules = new LinkedHashMap<>();

  private AllowList() {}

  /** Reads the lists in some of this package's resources, as if they were one. */
  static AllowList read(String... resources) {
    AllowList list = new AllowList();
    for (String resource : resources) {
      list.add(resource, ListFile.lines(resource));
    }
    return list;
  }

  /**
   * Parses a list.
   *
   * @param name its name in messages
   * @throws IllegalArgumentException when a line is not as described above
   */
  static AllowList parse(String name, List<String> lines) {
    AllowList list = new AllowList();
    list.add(name, lines);
    return list;
  }

  private void add(String name, List<String> lines) {
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).strip();
      if (line.isEmpty() || line.startsWith("#")) {
        continue;
      }
      try {
        add(rule(line));
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(
            name + ", line " + (i + 1) + ", \"" + line + "\": " + e.getMessage(), e);
      }
    }
  }

  private void add(Rule rule) {
    List<Rule> before = rules.computeIfAbsent(rule.number(), any -> new ArrayList<>());
    if (before.stream().anyMatch(other -> other.tests().isEmpty())) {
      throw new IllegalArgumentException(
          "never applies, since an earlier line applies to all calls; remove one of them");
    }
    before.add(rule);
  }

  private static Rule rule(String line) {
    int comment = line.indexOf('#');
    if (comment < 0 || line.substring(comment + 1).isBlank()) {
      throw new IllegalArgumentException("has no reason; write it at the end, after a #");
    }
    Matcher parts = LINE.matcher(line.substring(0, comment).strip());
    if (!parts.matches()) {
      throw new IllegalArgumentException("does not start with the name of a system call");
    }
    String call = parts.group("call");
    int number =
        SystemCalls.x8664()
            .number(call)
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "x86-64 has no system call \"" + call + "\"; names are as in syscalls(2)"));
    List<ArgumentTest> tests = new ArrayList<>();
    if (parts.group("tests") != null && !parts.group("tests").isBlank()) {
      for (String test : parts.group("tests").strip().split("\\s+and\\s+", -1)) {
        tests.add(test(test));
      }
    }
    String errno = parts.group("errno");
    return new Rule(number, List.copyOf(tests), errno == null ? 0 : error(errno));
  }

  private static ArgumentTest test(String text) {
    Matcher parts = TEST.matcher(text);
    if (!parts.matches()) {
      throw new IllegalArgumentException(
          "\""
              + text
              + "\" is not a condition; it must be \"argN == NUMBER\" or \"argN & NUMBER == NUMBER\""
              + " with N from 0 to 5, or have != instead of ==");
    }
    int mask = parts.group("mask") == null ? ArgumentTest.ALL_BITS : number(parts.group("mask"));
    int value = number(parts.group("value"));
    if ((value & ~mask) != 0) {
      throw new IllegalArgumentException(
          "\"" + text + "\" compares bits that the number after & removes");
    }
    int argument = Integer.parseInt(parts.group("argument"));
    return new ArgumentTest(argument, mask, value, parts.group("operator").equals("=="));
  }

  private static int number(String text) {
    try {
      return text.startsWith("0x")
          ? Integer.parseUnsignedInt(text.substring(2), 16)
          : Integer.parseUnsignedInt(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "\"" + text + "\" is not a number of 32 bits, such as 64 or 0x40", e);
    }
  }

  private static int error(String name) {
    Integer error = ERRORS.get(name);
    if (error == null) {
      throw new IllegalArgumentException(
          "\""
              + name
              + "\" is not an error that a filter returns; use one of "
              + ERRORS.keySet().stream().sorted().toList());
    }
    return error;
  }

  /** Returns the rules of each call, in the order of the list. */
  Collection<List<Rule>> rules() {
    return rules.values();
  }

  /** Returns the number of calls that are executed, if their arguments are as listed. */
  int executedCalls() {
    return (int)
        rules.values().stream()
            .filter(each -> each.stream().anyMatch(rule -> rule.errno() == 0))
            .count();
  }
}
