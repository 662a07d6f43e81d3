package io.boxlite.internal.host.seccomp;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** The names and numbers of the system calls of x86-64. */
final class SystemCalls {
  private static final SystemCalls X86_64 = read("x86-64.txt");

  private final Map<String, Integer> numbers = new HashMap<>();
  private final Map<Integer, String> names = new HashMap<>();

  private SystemCalls() {}

  static SystemCalls x8664() {
    return X86_64;
  }

  private static SystemCalls read(String resource) {
    SystemCalls calls = new SystemCalls();
    for (String line : ListFile.lines(resource)) {
      if (!line.startsWith("#")) {
        int space = line.indexOf(' ');
        String name = line.substring(0, space);
        int number = Integer.parseInt(line.substring(space + 1));
        calls.numbers.put(name, number);
        calls.names.put(number, name);
      }
    }
    return calls;
  }

  OptionalInt number(String name) {
    Integer number = numbers.get(name);
    return number == null ? OptionalInt.empty() : OptionalInt.of(number);
  }

  Optional<String> name(int number) {
    return Optional.ofNullable(names.get(number));
  }
}
