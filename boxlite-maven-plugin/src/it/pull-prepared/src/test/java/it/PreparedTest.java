package it;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.boxlite.BoxOrigin;
import io.boxlite.Command;
import io.boxlite.LiteBox;
import io.boxlite.junit.Box;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Each test uses another kind of box, so it is the first one to start from that template. */
class PreparedTest {
  static List<Command> commands() {
    return List.of(Command.of("tee", "/made").stdin(Helper.TEXT));
  }

  @Test
  void startsFromATemplateWithAMethod(@Box(memoryMib = 192, prepareMethod = "commands") LiteBox box) {
    assertEquals("made by a helper\n", box.exec("cat", "/made").stdout());
    assertPrepared(box);
  }

  @Test
  void startsFromATemplateWithCommands(
      @Box(memoryMib = 192, prepare = "echo $WHO $(id -u) > /tmp/made", env = "WHO=me", user = "7")
          LiteBox box) {
    assertEquals("me 7\n", box.exec("cat", "/tmp/made").stdout());
    assertPrepared(box);
  }

  @Test
  void startsFromATemplateWithFiles(
      @Box(memoryMib = 192, files = {"classpath:greeting.txt -> /srv/", "pom.xml -> /srv/pom.xml"})
          LiteBox box) {
    assertEquals("a greeting\n", box.exec("cat", "/srv/greeting.txt").stdout());
    assertPrepared(box);
  }

  @Test
  void startsFromATemplateWithAWorkingDirectory(
      @Box(memoryMib = 192, workingDir = "/srv/here") LiteBox box) {
    assertPrepared(box);
  }

  private static void assertPrepared(LiteBox box) {
    assertEquals(BoxOrigin.TEMPLATE, box.info().origin());
  }
}
