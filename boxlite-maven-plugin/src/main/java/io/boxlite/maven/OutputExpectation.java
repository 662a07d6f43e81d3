package io.boxlite.maven;

import io.boxlite.text.VisibleText;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The expected content of an output stream.
 *
 * @param stream {@code stdout} or {@code stderr}
 * @param contains texts that the output must contain
 * @param matches regular expressions that must match the whole output, without a final line break
 * @param equals the text that the output must equal, apart from a final line break
 * @param equalsFile the file whose content the output must equal, byte for byte
 */
record OutputExpectation(
    String stream,
    List<String> contains,
    List<Pattern> matches,
    Optional<String> equals,
    Optional<Path> equalsFile) {
  static final List<String> FIELDS = List.of("contains", "matches", "equals", "equalsFile");

  static OutputExpectation read(ConfigNode node, Path basedir) {
    node.allow(FIELDS, "contains", "matches");
    if (node.child("equals").isPresent() && node.child("equalsFile").isPresent()) {
      throw node.problem("it has both <equals> and <equalsFile>; remove one");
    }
    return new OutputExpectation(
        node.name(),
        node.all("contains").stream().map(ConfigNode::text).toList(),
        node.all("matches").stream()
            .map(regex -> regex.parse(text -> Pattern.compile(text, Pattern.DOTALL)))
            .toList(),
        node.child("equals").map(ConfigNode::textOrEmpty),
        node.text("equalsFile").map(basedir::resolve));
  }

  /**
   * Returns a message for each difference from the expectation; empty if there is none.
   *
   * @throws IOException when the expected file cannot be read
   */
  List<String> problems(byte[] output) throws IOException {
    List<String> problems = new ArrayList<>();
    String text = new String(output, StandardCharsets.UTF_8);
    for (String wanted : contains) {
      if (!text.contains(wanted)) {
        problems.add(stream + " does not contain " + quoted(wanted) + but(text));
      }
    }
    String line = withoutLastLineBreak(text);
    for (Pattern pattern : matches) {
      if (!pattern.matcher(line).matches()) {
        problems.add(
            stream + " does not match \"" + VisibleText.of(pattern.pattern()) + "\"" + but(text));
      }
    }
    if (equals.isPresent() && !withoutLastLineBreak(equals.get()).equals(line)) {
      problems.add(stream + " is not " + quoted(equals.get()) + but(text));
    }
    if (equalsFile.isPresent()) {
      byte[] wanted = Files.readAllBytes(equalsFile.get());
      if (!Arrays.equals(wanted, output)) {
        problems.add(stream + " differs from " + equalsFile.get() + difference(wanted, text));
      }
    }
    return problems;
  }

  private static String but(String text) {
    return text.isEmpty() ? "; it is empty" : "; it is " + quoted(text);
  }

  private static String difference(byte[] wanted, String text) {
    List<String> expected = new String(wanted, StandardCharsets.UTF_8).lines().toList();
    List<String> actual = text.lines().toList();
    for (int i = 0; i < Math.max(expected.size(), actual.size()); i++) {
      String want = i < expected.size() ? quoted(expected.get(i)) : "the end";
      String have = i < actual.size() ? quoted(actual.get(i)) : "the end";
      if (!want.equals(have)) {
        return "; line " + (i + 1) + " is " + have + ", expected " + want;
      }
    }
    return "; only line breaks, or bytes that are not UTF-8 text, differ";
  }

  private static String withoutLastLineBreak(String text) {
    return text.endsWith("\r\n")
        ? text.substring(0, text.length() - 2)
        : text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
  }

  private static String quoted(String text) {
    return TextOutput.quoted(text);
  }
}
