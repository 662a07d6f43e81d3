package io.boxlite.internal.host.jail;

import io.boxlite.BoxliteException;
import io.boxlite.internal.host.ChildProcess;
import io.boxlite.internal.host.ExecutablePath;
import io.boxlite.internal.host.PackageManager;
import io.boxlite.internal.host.Privileges;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Whether this machine lets this process make jails, found out by making one.
 *
 * @param jail makes the jails; empty when there can be none
 * @param problem why there can be none and what to do; empty when there can be
 */
public record JailSupport(Optional<Jail> jail, String problem) {
  private static final long TIMEOUT_SECONDS = 20;
  private static final long MAX_FILE_BYTES = 1 << 20;
  private static final List<Path> SYSTEM =
      List.of(Path.of("/usr"), Path.of("/bin"), Path.of("/lib"), Path.of("/lib64"));

  private static volatile @Nullable JailSupport known;

  /** Tries it once in a JVM that can make jails, and at each call in one that cannot. */
  public static JailSupport ofThisMachine() {
    JailSupport support = known;
    if (support == null || support.jail.isEmpty()) {
      support = find(Privileges.ofThisProcess());
      known = support;
    }
    return support;
  }

  private static JailSupport find(Privileges privileges) {
    Optional<Path> bwrap = ExecutablePath.find("bwrap");
    if (bwrap.isEmpty()) {
      return none(
          "the program bwrap is not on the search path; install it with: "
              + PackageManager.ofThisMachine().installBubblewrap());
    }
    if (privileges.isRoot() && !privileges.mayMount()) {
      return none(
          "this JVM runs as root, but without the capability CAP_SYS_ADMIN, so it cannot hand the"
              + " files of a box to an unprivileged user; run it as a user other than root, or add"
              + " the capability (docker run --cap-add SYS_ADMIN)");
    }
    Jail jail = new Jail(bwrap.get(), privileges);
    Optional<String> failure = tryOut(jail);
    return failure
        .map(said -> none(JailObstacle.ofThisMachine().explain(said)))
        .orElseGet(() -> new JailSupport(Optional.of(jail), ""));
  }

  private static JailSupport none(String problem) {
    return new JailSupport(Optional.empty(), problem);
  }

  /** Runs a program that does nothing; returns what bubblewrap said when that failed. */
  private static Optional<String> tryOut(Jail jail) {
    Path program = ExecutablePath.find("true").orElse(Path.of("/bin/true"));
    List<Bind> binds = new ArrayList<>();
    Stream.concat(SYSTEM.stream(), Stream.of(program.resolveSibling("")))
        .filter(Files::isDirectory)
        .distinct()
        .forEach(directory -> binds.add(Bind.readOnly(directory)));
    JailSpec spec =
        new JailSpec(
            "probe",
            List.of(program.toString()),
            Path.of("/"),
            Path.of("/dev/null"),
            binds,
            Map.of(),
            Optional.empty(),
            Optional.empty(),
            List.of(),
            MAX_FILE_BYTES);
    try (ChildProcess process = jail.start(spec)) {
      int code = process.onExit().get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
      return code == 0
          ? Optional.empty()
          : Optional.of(
              process.outputTail().isEmpty() ? "exit code " + code : process.outputTail());
    } catch (BoxliteException | ExecutionException e) {
      if (Thread.currentThread().isInterrupted()) {
        throw new BoxliteException("interrupted while trying out a jail", e);
      }
      return Optional.of(String.valueOf(e.getMessage()));
    } catch (TimeoutException e) {
      return Optional.of("it did not end within " + TIMEOUT_SECONDS + " s");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BoxliteException("interrupted while trying out a jail", e);
    }
  }
}
