package io.boxlite.internal.host.seccomp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How lists of system calls are read, and what is said about wrong ones. */
class AllowListTest {
  private static AllowList parse(String... lines) {
    return AllowList.parse("a list", List.of(lines));
  }

  @Test
  void readsCallsConditionsAndErrors() {
    AllowList list =
        parse(
            "# a comment, then an empty line",
            "",
            "read # files",
            "  openat   arg2 & 0x40 == 0 # opens",
            "fcntl arg1 == 4#sets flags",
            "socket arg0 != 2 and arg1 & 15 == 1 # local",
            "fcntl -> EINVAL # the rest",
            "clone3 -> ENOSYS # cannot be checked");
    assertThat(list.rules())
        .containsExactly(
            List.of(new Rule(0, List.of(), 0)),
            List.of(new Rule(257, List.of(new ArgumentTest(2, 0x40, 0, true)), 0)),
            List.of(
                new Rule(72, List.of(new ArgumentTest(1, -1, 4, true)), 0),
                new Rule(72, List.of(), 22)),
            List.of(
                new Rule(
                    41,
                    List.of(new ArgumentTest(0, -1, 2, false), new ArgumentTest(1, 15, 1, true)),
                    0)),
            List.of(new Rule(435, List.of(), 38)));
    assertThat(list.executedCalls()).isEqualTo(4);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '|',
      value = {
        "read;has no reason",
        "read #  ;has no reason",
        "raed # a reason;x86-64 has no system call \"raed\"",
        "-> EPERM # a reason;x86-64 has no system call \"->\"",
        "read arg6 == 1 # a reason;\"arg6 == 1\" is not a condition",
        "read arg1 = 1 # a reason;\"arg1 = 1\" is not a condition",
        "read arg1 # a reason;\"arg1\" is not a condition",
        "read 12 # a reason;\"12\" is not a condition",
        "read arg1 == 1 and # a reason;is not a condition",
        "read arg1 == 1 or arg1 == 2 # a reason;is not a condition",
        "read arg1 == x # a reason;\"x\" is not a number of 32 bits",
        "read arg1 == 0x1ffffffff # a reason;\"0x1ffffffff\" is not a number of 32 bits",
        "read arg1 & 0x40 == 1 # a reason;compares bits that the number after & removes",
        "read -> ESRCH # a reason;\"ESRCH\" is not an error that a filter returns; use one of"
            + " [EACCES, EINVAL, ENOSYS, EPERM]",
        "read -> # a reason;\"\" is not an error",
      })
  void saysWhatIsWrongWithLine(String line, String message) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> parse("write # output", line))
        .withMessageStartingWith("a list, line 2, \"" + line.strip() + "\": ")
        .withMessageContaining(message);
  }

  @Test
  void rejectsLineThatNeverApplies() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> parse("fcntl # all", "fcntl arg1 == 3 # one"))
        .withMessageContaining("never applies, since an earlier line applies to all calls");
  }
}
