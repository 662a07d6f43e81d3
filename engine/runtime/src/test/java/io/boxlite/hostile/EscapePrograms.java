package io.boxlite.hostile;

import static io.boxlite.hostile.HostileProgram.c;
import static io.boxlite.hostile.HostileProgram.hostile;
import static io.boxlite.hostile.HostileProgram.sh;

import java.util.List;
import java.util.stream.Stream;

/** Programs that try to control the kernel, its devices and its settings, or to leave the box. */
final class EscapePrograms {
  private EscapePrograms() {}

  static List<HostileProgram> all() {
    return Stream.of(
            attempts("system calls for the owner of the kernel", "kernel"),
            attempts("raw devices", "devices"),
            attempts("settings of the kernel", "settings"),
            attempts("mounts", "mounts"),
            attempts("climbing out of the root directory", "roots"),
            attempts("file handles, and file systems as a whole", "files"),
            attempts("leaving the control group, or changing its limits", "groups"),
            inNamespaces("taking the root directory away", "pivot"),
            inNamespaces("removing the mount points of the box", "mountpoints"),
            forLaterPrograms())
        .flatMap(programs -> programs)
        .toList();
  }

  /** As root and as another user, each also as root of namespaces of its own. */
  private static Stream<HostileProgram> attempts(String what, String how) {
    return Stream.concat(byEach(hostile(what, c("escaping", how))), inNamespaces(what, how));
  }

  private static Stream<HostileProgram> inNamespaces(String what, String how) {
    return byEach(hostile(what + " in its namespaces", c("escaping", "namespaces", how)));
  }

  private static Stream<HostileProgram> byEach(HostileProgram program) {
    return Stream.of(program.achievesNothing(), program.achievesNothing().as("nobody"));
  }

  /** Root may leave such files: the disk is its own. They last until the box is reset. */
  private static Stream<HostileProgram> forLaterPrograms() {
    String library = "a library for all later programs";
    return Stream.of(
        hostile(library, sh("echo /tmp/evil.so > /etc/ld.so.preload; echo evil > /tmp/evil.so"))
            .exits(0)
            .leaves("/etc/ld.so.preload", "/tmp/evil.so"),
        hostile(library, sh("echo /tmp/evil.so > /etc/ld.so.preload"))
            .exits(1)
            .complains("Permission denied")
            .as("nobody"),
        hostile(
                "a setuid program with a personality",
                sh(
                    "cp /hostile/escaping /tmp/setuid; chmod 4755 /tmp/setuid;"
                        + " exec /hostile/escaping /tmp/setuid"))
            .achievesNothing()
            .leaves("/tmp/setuid"));
  }
}
