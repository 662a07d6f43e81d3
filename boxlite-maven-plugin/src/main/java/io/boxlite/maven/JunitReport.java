package io.boxlite.maven;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;

/**
 * A report of a test suite in the XML format of Surefire, which CI servers read (Maven Surefire,
 * surefire-test-report.xsd).
 *
 * @param suite the suite's name, also used as the class name of its test cases
 * @param results the checks; each is a test case
 */
record JunitReport(String suite, List<CheckResult> results) {
  /** Returns the file of the report. */
  Path file(Path directory) {
    return directory.resolve("TEST-" + suite.replaceAll("[^A-Za-z0-9._-]", "_") + ".xml");
  }

  /** Writes the report, replacing an earlier one. */
  void write(Path directory) throws IOException {
    Files.createDirectories(directory);
    Path written = Files.createTempFile(directory, "report", ".tmp");
    try {
      try (OutputStream out = Files.newOutputStream(written)) {
        XMLStreamWriter xml = XMLOutputFactory.newFactory().createXMLStreamWriter(out, "UTF-8");
        xml.writeStartDocument("UTF-8", "1.0");
        suite(xml);
        xml.writeEndDocument();
        xml.close();
      } catch (XMLStreamException e) {
        throw new IOException("cannot write " + file(directory) + ": " + e.getMessage(), e);
      }
      Files.move(
          written,
          file(directory),
          StandardCopyOption.REPLACE_EXISTING,
          StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(written);
    }
  }

  private void suite(XMLStreamWriter xml) throws XMLStreamException {
    xml.writeStartElement("testsuite");
    attribute(xml, "name", suite);
    attribute(xml, "time", seconds(results.stream().mapToLong(CheckResult::totalMillis).sum()));
    attribute(xml, "tests", String.valueOf(results.size()));
    attribute(xml, "errors", count(CheckResult.Status.ERROR));
    attribute(xml, "skipped", "0");
    attribute(xml, "failures", count(CheckResult.Status.FAILED));
    long startedAt = results.stream().mapToLong(CheckResult::startedAt).min().orElse(0);
    attribute(
        xml,
        "timestamp",
        DateTimeFormatter.ISO_LOCAL_DATE_TIME.format(
            Instant.ofEpochMilli(startedAt / 1000 * 1000).atOffset(ZoneOffset.UTC)));
    properties(xml);
    for (CheckResult result : results) {
      testCase(xml, result);
    }
    xml.writeEndElement();
  }

  /** Writes what isolated each check; the format has no properties of test cases. */
  private void properties(XMLStreamWriter xml) throws XMLStreamException {
    xml.writeStartElement("properties");
    for (CheckResult result : results) {
      if (result.isolation() != null) {
        xml.writeEmptyElement("property");
        attribute(xml, "name", "boxlite.isolation." + result.name());
        attribute(xml, "value", result.isolation().summary());
      }
    }
    xml.writeEndElement();
  }

  private void testCase(XMLStreamWriter xml, CheckResult result) throws XMLStreamException {
    xml.writeStartElement("testcase");
    attribute(xml, "name", result.name());
    attribute(xml, "classname", suite);
    attribute(xml, "time", seconds(result.totalMillis()));
    if (!result.hasPassed()) {
      boolean failed = result.status() == CheckResult.Status.FAILED;
      xml.writeStartElement(failed ? "failure" : "error");
      attribute(xml, "message", String.join("; ", result.problems()));
      attribute(xml, "type", failed ? "UnexpectedEnd" : "NotRun");
      xml.writeCharacters(
          TextOutput.forXml(
              String.join("\n", result.problems())
                  + "\ncommand: "
                  + result.command()
                  + (result.run() == null ? "" : "\n" + result.run().describe())
                  + (result.isolation() == null
                      ? ""
                      : "\nisolation: " + result.isolation().summary())));
      xml.writeEndElement();
    }
    if (result.run() != null) {
      output(xml, "system-out", result.run().stdout());
      output(xml, "system-err", result.run().stderr());
    }
    xml.writeEndElement();
  }

  private static void output(XMLStreamWriter xml, String element, String text)
      throws XMLStreamException {
    if (!text.isEmpty()) {
      xml.writeStartElement(element);
      xml.writeCharacters(TextOutput.forXml(text));
      xml.writeEndElement();
    }
  }

  private static void attribute(XMLStreamWriter xml, String name, String value)
      throws XMLStreamException {
    xml.writeAttribute(name, TextOutput.forXml(value));
  }

  private String count(CheckResult.Status status) {
    return String.valueOf(results.stream().filter(result -> result.status() == status).count());
  }

  private static String seconds(long millis) {
    return String.format(Locale.ROOT, "%.3f", millis / 1e3);
  }
}
