package io.boxlite.samples.services;

import static io.boxlite.junit.BoxAssertions.assertThat;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.boxlite.Command;
import io.boxlite.ExecResult;
import io.boxlite.LiteBox;
import io.boxlite.junit.Box;
import io.boxlite.samples.DebianImages;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A Git server and two developers, each in a box, on one network. */
@Tag("long")
@Timeout(180)
class GitIT {
  private static final String URL = "http://git:8080/git/project.git";

  @Box(
      image = DebianImages.GIT,
      user = "git",
      workingDir = "/srv/git",
      files = "classpath:io/boxlite/samples/services/lighttpd.conf -> /etc/",
      prepare = {
        "git init --quiet --bare --initial-branch=main project.git",
        "git -C project.git config http.receivepack true"
      },
      startCommand = {"lighttpd", "-D", "-f", "/etc/lighttpd.conf"},
      waitFor = "http:8080/git/project.git/info/refs?service=git-upload-pack",
      join = "code",
      alias = "git")
  LiteBox server;

  @Box(image = DebianImages.GIT, user = "git", workingDir = "/srv/git", join = "code")
  LiteBox ann;

  @Box(image = DebianImages.GIT, user = "git", workingDir = "/srv/git", join = "code")
  LiteBox bob;

  @BeforeAll
  static void provideTheImage() {
    DebianImages.provide(DebianImages.GIT);
  }

  private static ExecResult git(LiteBox box, String... arguments) {
    List<String> identity = List.of("git", "-c", "user.name=A", "-c", "user.email=a@example.org");
    return box.exec(
        Command.of(Stream.concat(identity.stream(), Stream.of(arguments)).toArray(String[]::new))
            .workingDir("/srv/git/project")
            .timeout(Duration.ofSeconds(60)));
  }

  private static void clone(LiteBox box) {
    assertThat(box.exec("git", "clone", "--quiet", URL)).succeeded();
  }

  private static void commit(LiteBox box, String file, String content) {
    box.writeFile("/srv/git/project/" + file, content.getBytes(UTF_8));
    assertThat(git(box, "add", file)).succeeded();
    assertThat(git(box, "commit", "--quiet", "-m", "Add " + file)).succeeded();
  }

  @Test
  void whatOneDeveloperPushesTheOtherOneGets() {
    clone(ann);
    commit(ann, "one.txt", "one\n");
    assertThat(git(ann, "push", "origin", "HEAD:main")).succeeded();

    clone(bob);
    assertThat(bob.exec("cat", "project/one.txt")).hasStdout("one\n");

    commit(bob, "two.txt", "two\n");
    assertThat(git(bob, "push", "origin", "HEAD:main")).succeeded();
    assertThat(git(ann, "pull", "--quiet", "origin", "main")).succeeded();
    assertThat(ann.exec("cat", "project/two.txt")).hasStdout("two\n");
    assertThat(server.exec("git", "-C", "project.git", "log", "--format=%s", "main"))
        .hasStdout("Add two.txt\nAdd one.txt\n");
  }

  @Test
  void aPushThatWouldLoseACommitIsRejected() {
    clone(ann);
    clone(bob);
    commit(ann, "one.txt", "one\n");
    assertThat(git(ann, "push", "origin", "HEAD:main")).succeeded();
    commit(bob, "one.txt", "another\n");
    assertThat(git(bob, "push", "origin", "HEAD:main")).exitedWith(1).stderr().contains("rejected");
  }

  /** More than Git sends in one piece: the request is chunked. */
  @Test
  void aLargeFile() {
    clone(ann);
    assertThat(
            ann.exec("sh", "-c", "dd if=/dev/urandom of=project/large bs=1M count=8 2>/dev/null"))
        .succeeded();
    assertThat(git(ann, "add", "large")).succeeded();
    assertThat(git(ann, "commit", "--quiet", "-m", "Add large")).succeeded();
    assertThat(git(ann, "push", "origin", "HEAD:main")).succeeded();

    clone(bob);
    String sum = ann.exec("sha256sum", "project/large").stdout();
    assertThat(bob.exec("sha256sum", "project/large")).hasStdout(sum);
    assertThat(ann.network().log().describe()).contains("ALLOWED resolve git");
  }
}
