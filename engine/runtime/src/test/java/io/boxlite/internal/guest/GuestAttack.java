package io.boxlite.internal.guest;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.boxlite.BoxliteException;
import io.boxlite.FileAttributes;
import io.boxlite.fuzz.Fuzz;
import io.boxlite.internal.guest.proto.ConfigureRequest;
import io.boxlite.internal.guest.proto.Directory;
import io.boxlite.internal.guest.proto.DirectoryEnd;
import io.boxlite.internal.guest.proto.ExecStart;
import io.boxlite.internal.guest.proto.FileEntry;
import io.boxlite.internal.guest.proto.FilePart;
import io.boxlite.internal.guest.proto.Identity;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Attacks an {@link AgentClient} with mutations of a real conversation, which has all kinds of
 * calls.
 */
final class GuestAttack implements Fuzz.Attack {
  private static final Duration PATIENT = Duration.ofSeconds(60);

  /** Of each call to a hostile guest. Those that drop an answer would take longer otherwise. */
  private static final Duration IMPATIENT = Duration.ofMillis(400);

  private static final Logger log = LoggerFactory.getLogger(GuestAttack.class);
  private static final long LONG_SECONDS = 50;

  private final Path directory;
  private final List<GuestFrame> recorded;

  /** Records the conversation. */
  GuestAttack(Path directory) throws Exception {
    this.directory = directory;
    try (FakeGuest guest = wellBehaved(directory);
        Recorder recorder = new Recorder(directory.resolve("recorder.sock"), guest.link())) {
      try (AgentClient client = connect("recorded", recorder.link(), PATIENT)) {
        useAll(client, directory.resolve("recorded"), PATIENT);
      }
      recorded = recorder.frames();
    }
  }

  List<GuestFrame> recorded() {
    return recorded;
  }

  @Override
  public void run(long seed) throws Exception {
    Random random = new Random(seed);
    List<GuestFrame> frames = new GuestMutation(random).apply(recorded);
    HostileGuest.Ending[] endings = HostileGuest.Ending.values();
    run(seed, frames, endings[Math.max(0, random.nextInt(10) - 7)]);
  }

  /** Makes the calls to a guest that sends these frames. Returns how they failed, if so. */
  Optional<BoxliteException> run(long seed, List<GuestFrame> frames, HostileGuest.Ending ending)
      throws Exception {
    Path files = directory.resolve("files-" + seed);
    Path socket = directory.resolve(seed + ".sock");
    try (HostileGuest guest = new HostileGuest(socket, frames, ending);
        AgentClient client = connect("fuzz-" + seed, guest.link(), IMPATIENT)) {
      useAll(client, files, IMPATIENT);
      return Optional.empty();
    } catch (BoxliteException e) {
      assertThat(e.getMessage()).doesNotContain("\n\tat ").hasSizeLessThan(5000);
      log.debug("seed {}: {}", seed, e.getMessage());
      return Optional.of(e);
    } finally {
      delete(files);
    }
  }

  private static AgentClient connect(String box, GuestLink link, Duration silence) {
    return AgentClient.connect(box, link, () -> "", HostStalls.NONE, silence);
  }

  private static FakeGuest wellBehaved(Path directory) throws IOException {
    FilePart file = part(FileEntry.newBuilder().setMode(0644).setFileSize(5));
    FilePart data = FilePart.newBuilder().setData(ByteString.copyFromUtf8("hello")).build();
    FilePart end = FilePart.newBuilder().setDirectoryEnd(DirectoryEnd.getDefaultInstance()).build();
    List<FilePart> tree =
        List.of(
            part(directory("")),
            part(directory("d")),
            part(FileEntry.newBuilder().setName(name("f")).setMode(0600).setFileSize(5)),
            data,
            end,
            part(FileEntry.newBuilder().setName(name("l")).setLink(name("d/f"))),
            end);
    return new FakeGuest(directory)
        .losingTime(Duration.ofSeconds(1))
        .onGetFiles(request -> request.getFileOnly() ? List.of(file, data) : tree)
        .onFollowMain(
            out -> {
              List.of(
                      GuestMainTest.started(7),
                      GuestMainTest.dropped(100, 0),
                      GuestMainTest.stdout("kept\n"),
                      GuestMainTest.caughtUp(false),
                      GuestMainTest.stderr("error\n"),
                      GuestMainTest.exited(0))
                  .forEach(out::onNext);
              out.onCompleted();
            })
        .onExec(
            (request, out) -> {
              if (request.hasStart()) {
                out.onNext(FakeGuest.started());
                out.onNext(FakeGuest.stdout("output\n"));
                out.onNext(FakeGuest.stderr("error\n"));
                out.onNext(FakeGuest.stdout("more output\n"));
              } else if (request.hasStdinEof()) {
                out.onNext(FakeGuest.exited(0));
              }
            });
  }

  private static FileEntry.Builder directory(String name) {
    return FileEntry.newBuilder()
        .setName(name(name))
        .setMode(0755)
        .setDirectory(Directory.getDefaultInstance());
  }

  private static ByteString name(String name) {
    return ByteString.copyFromUtf8(name);
  }

  private static FilePart part(FileEntry.Builder entry) {
    return FilePart.newBuilder().setEntry(entry).build();
  }

  /** A call that may be idle for any time is ended by the host. */
  private static void useMain(AgentClient client, Duration timeout) throws Exception {
    ExecStart start = ExecStart.newBuilder().addArgv("main").build();
    try {
      GuestMain.start(client, start);
    } catch (IllegalArgumentException e) {
      throw new BoxliteException("refused", e);
    }
    try (GuestMain main = GuestMain.follow(client, start)) {
      main.onEnd().get(timeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      log.debug("the guest does not tell how its main command ended", e);
    }
  }

  /** Makes all kinds of calls, one after the other. */
  private static void useAll(AgentClient client, Path files, Duration timeout) throws Exception {
    client.hello(timeout);
    client.configure(
        ConfigureRequest.newBuilder()
            .setIdentity(Identity.newBuilder().setHostname("name"))
            .build(),
        timeout);
    client.makeDirectories(List.of("/d"), timeout);
    run(client, timeout, exec -> {});
    run(
        client,
        timeout,
        exec -> {
          exec.usage();
          exec.signal(15);
        });
    useMain(client, timeout);
    client.files().read("/f", 1 << 16);
    client.files().copyOut("/d", files, 1 << 16);
    client.files().write("/f", new byte[10_000], FileAttributes.unchanged());
    client.shutdown(timeout);
  }

  private static void run(AgentClient client, Duration timeout, Consumer<GuestExec> running)
      throws Exception {
    ExecStart start =
        ExecStart.newBuilder()
            .addArgv("true")
            .setStdinOpen(true)
            .setWallTimeNanos(timeout.toNanos())
            .setMaxOutputBytes(1 << 16)
            .build();
    try (GuestExec exec = client.exec(start)) {
      exec.onStart().get(LONG_SECONDS, TimeUnit.SECONDS);
      running.accept(exec);
      useStreams(exec);
      GuestExit exit = exec.onEnd().get(LONG_SECONDS, TimeUnit.SECONDS);
      if (exit.loss().isPresent()) {
        throw exit.loss().get().exception();
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IllegalArgumentException refused) {
        throw new BoxliteException("refused", refused);
      }
      throw (Exception) e.getCause();
    }
  }

  private static void useStreams(GuestExec exec) {
    try (OutputStream stdin = exec.stdin()) {
      stdin.write("input".getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      // It has ended early.
    }
    for (GuestOutput output : List.of(exec.stdout(), exec.stderr())) {
      try {
        output.readAllBytes();
      } catch (IOException e) {
        // It ends early with the box.
      }
    }
  }

  private static void delete(Path tree) throws IOException {
    if (Files.exists(tree)) {
      try (Stream<Path> all = Files.walk(tree)) {
        for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(each);
        }
      }
    }
  }
}
