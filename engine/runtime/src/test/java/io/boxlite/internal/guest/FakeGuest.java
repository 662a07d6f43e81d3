package io.boxlite.internal.guest;

import com.google.protobuf.ByteString;
import io.boxlite.internal.guest.proto.AgentGrpc;
import io.boxlite.internal.guest.proto.Cause;
import io.boxlite.internal.guest.proto.ConfigureRequest;
import io.boxlite.internal.guest.proto.ConfigureResponse;
import io.boxlite.internal.guest.proto.DetachRequest;
import io.boxlite.internal.guest.proto.DetachResponse;
import io.boxlite.internal.guest.proto.ExecExited;
import io.boxlite.internal.guest.proto.ExecRequest;
import io.boxlite.internal.guest.proto.ExecResponse;
import io.boxlite.internal.guest.proto.ExecStart;
import io.boxlite.internal.guest.proto.ExecStarted;
import io.boxlite.internal.guest.proto.FilePart;
import io.boxlite.internal.guest.proto.FollowMainRequest;
import io.boxlite.internal.guest.proto.GetFilesRequest;
import io.boxlite.internal.guest.proto.HelloRequest;
import io.boxlite.internal.guest.proto.HelloResponse;
import io.boxlite.internal.guest.proto.MainResponse;
import io.boxlite.internal.guest.proto.PutFilesRequest;
import io.boxlite.internal.guest.proto.PutFilesResponse;
import io.boxlite.internal.guest.proto.ShutdownRequest;
import io.boxlite.internal.guest.proto.ShutdownResponse;
import io.boxlite.internal.guest.proto.SignalRequest;
import io.boxlite.internal.guest.proto.SignalResponse;
import io.boxlite.internal.guest.proto.StdinEof;
import io.boxlite.internal.guest.proto.UsageRequest;
import io.boxlite.internal.guest.proto.UsageResponse;
import io.boxlite.internal.guest.proto.VolumeRequest;
import io.boxlite.internal.guest.proto.VolumeResponse;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.channel.ChannelOption;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.nio.NioIoHandler;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.grpc.stub.CallStreamObserver;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/** An agent on a Unix socket that behaves as a test wants, in particular as no real guest would. */
final class FakeGuest implements AutoCloseable {
  /** Responses of an execution; blocking calls are allowed. */
  interface Script extends BiConsumer<ExecRequest, CallStreamObserver<ExecResponse>> {}

  /** It logs a lot for each stream that a test ends early. Held to keep its level. */
  private static final Logger SERVER_LOG =
      Logger.getLogger("io.grpc.netty.shaded.io.grpc.netty.NettyServerHandler");

  static {
    SERVER_LOG.setLevel(Level.SEVERE);
  }

  private final Path socket;
  private final EventLoopGroup loops;
  private final Server server;
  private final Queue<Integer> signals = new ConcurrentLinkedQueue<>();
  private final Queue<Cause> causes = new ConcurrentLinkedQueue<>();
  private final Queue<ExecRequest> requests = new ConcurrentLinkedQueue<>();
  private final Queue<ConfigureRequest> configured = new ConcurrentLinkedQueue<>();
  private final Queue<String> tokens = new ConcurrentLinkedQueue<>();
  private final CountDownLatch halted = new CountDownLatch(1);
  private volatile @Nullable Supplier<UsageResponse> usage = UsageResponse::getDefaultInstance;
  private volatile Script script = (request, out) -> {};
  private volatile Function<GetFilesRequest, List<FilePart>> files = request -> List.of();
  private volatile Function<ServerCallStreamObserver<VolumeResponse>, StreamObserver<VolumeRequest>>
      volumes =
          out -> {
            throw new AssertionError("a volume was not expected");
          };
  private volatile Consumer<StreamObserver<MainResponse>> main = out -> {};
  private volatile @Nullable Status refusalOfMain;
  private volatile int protocolVersion = AgentClient.PROTOCOL_VERSION;
  private volatile boolean silent;
  private volatile boolean hasty;
  private volatile boolean deaf;
  private volatile boolean stuckClock;
  private volatile boolean cancelled;
  private volatile Duration slowness = Duration.ZERO;

  FakeGuest(Path directory) throws IOException {
    socket = directory.resolve("agent.sock");
    loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    server =
        NettyServerBuilder.forAddress(UnixDomainSocketAddress.of(socket))
            .bossEventLoopGroup(loops)
            .workerEventLoopGroup(loops)
            .withChildOption(ChannelOption.SO_KEEPALIVE, null)
            .channelType(NioServerDomainSocketChannel.class)
            .maxInboundMessageSize(8 << 20)
            // An agent accepts any number of pings.
            .permitKeepAliveTime(1, TimeUnit.NANOSECONDS)
            .permitKeepAliveWithoutCalls(true)
            .addService(new Service())
            .build()
            .start();
  }

  /** Connects a client to this guest. */
  GuestLink link() {
    return () -> SocketChannel.open(UnixDomainSocketAddress.of(socket));
  }

  FakeGuest onExec(Script script) {
    this.script = script;
    return this;
  }

  /** Sends these parts for a GetFiles call, and never ends a call for which there are none. */
  FakeGuest onGetFiles(Function<GetFilesRequest, List<FilePart>> files) {
    this.files = files;
    return this;
  }

  /** Serves Volume calls with this. */
  FakeGuest onVolume(
      Function<ServerCallStreamObserver<VolumeResponse>, StreamObserver<VolumeRequest>> volumes) {
    this.volumes = volumes;
    return this;
  }

  /** Responds to those who follow the main command. */
  FakeGuest onFollowMain(Consumer<StreamObserver<MainResponse>> main) {
    this.main = main;
    return this;
  }

  /** Does not start a main command. */
  FakeGuest refusingMain(Status refusal) {
    refusalOfMain = refusal;
    return this;
  }

  FakeGuest speakingVersion(int version) {
    protocolVersion = version;
    return this;
  }

  /** The stream of an execution is read only up to its start. */
  FakeGuest neverReadingInput() {
    deaf = true;
    return this;
  }

  /** Reports that files are complete when it has received their path. */
  FakeGuest answeringBeforeTheFiles() {
    hasty = true;
    return this;
  }

  FakeGuest silent() {
    silent = true;
    return this;
  }

  /** Its clock loses this much when it is set for the first time. */
  FakeGuest losingTime(Duration slowness) {
    this.slowness = slowness;
    return this;
  }

  /** Never completes a correction of its clock. */
  FakeGuest withAStuckClock() {
    stuckClock = true;
    return this;
  }

  Queue<ConfigureRequest> configured() {
    return configured;
  }

  Queue<String> tokens() {
    return tokens;
  }

  Queue<Integer> signals() {
    return signals;
  }

  /** The requests of all Signal calls. */
  Queue<Cause> causes() {
    return causes;
  }

  /** Returns this for every Usage call; with null, never. */
  FakeGuest onUsage(@Nullable Supplier<UsageResponse> usage) {
    this.usage = usage;
    return this;
  }

  Queue<ExecRequest> requests() {
    return requests;
  }

  boolean sawCancel() {
    return cancelled;
  }

  /**
   * Halts like a kernel: nothing is read or written any more, including pings. Ends with {@link
   * #close}.
   */
  void halt() {
    loops.execute(
        () -> {
          try {
            halted.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
  }

  /** Dies like a killed QEMU: the connection ends without notice. */
  void die() {
    server.shutdownNow();
  }

  @Override
  public void close() {
    halted.countDown();
    server.shutdownNow();
    loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly(5, TimeUnit.SECONDS);
  }

  static ExecResponse started() {
    return ExecResponse.newBuilder().setStarted(ExecStarted.newBuilder().setPid(7)).build();
  }

  static ExecResponse stdout(int bytes) {
    return ExecResponse.newBuilder().setStdout(ByteString.copyFrom(new byte[bytes])).build();
  }

  static ExecResponse stdout(String text) {
    return ExecResponse.newBuilder().setStdout(ByteString.copyFromUtf8(text)).build();
  }

  static ExecResponse stderr(String text) {
    return ExecResponse.newBuilder().setStderr(ByteString.copyFromUtf8(text)).build();
  }

  static ExecResponse exited(int code) {
    return exited(ExecExited.newBuilder().setCause(Cause.CAUSE_EXITED).setExitCode(code));
  }

  static ExecResponse exited(ExecExited.Builder exited) {
    return ExecResponse.newBuilder().setExited(exited).build();
  }

  private final class Service extends AgentGrpc.AgentImplBase {
    @Override
    public void hello(HelloRequest request, StreamObserver<HelloResponse> out) {
      if (silent) {
        return;
      }
      out.onNext(
          HelloResponse.newBuilder()
              .setProtocolVersion(protocolVersion)
              .setAgentVersion("9.9")
              .setKernelRelease("6.1.0")
              .setMemoryTotalBytes(1 << 29)
              .setUptimeNanos(1_500_000_000)
              .build());
      out.onCompleted();
    }

    @Override
    public void configure(ConfigureRequest request, StreamObserver<ConfigureResponse> out) {
      configured.add(request);
      if (stuckClock && request.getClockStepNanos() != 0) {
        return;
      }
      long nanos = request.getIdentity().getUnixTimeNanos();
      Duration slow = configured.size() == 1 ? slowness : Duration.ZERO;
      out.onNext(ConfigureResponse.newBuilder().setUnixTimeNanos(nanos - slow.toNanos()).build());
      out.onCompleted();
    }

    @Override
    public void detach(DetachRequest request, StreamObserver<DetachResponse> out) {
      tokens.add(request.getToken());
      out.onNext(DetachResponse.getDefaultInstance());
      out.onCompleted();
    }

    @Override
    public void signal(SignalRequest request, StreamObserver<SignalResponse> out) {
      signals.add(request.getSignal());
      causes.add(request.getCause());
      out.onNext(SignalResponse.getDefaultInstance());
      out.onCompleted();
    }

    @Override
    public void startMain(ExecStart request, StreamObserver<ExecStarted> out) {
      if (refusalOfMain != null) {
        out.onError(refusalOfMain.asRuntimeException());
        return;
      }
      requests.add(ExecRequest.newBuilder().setStart(request).build());
      out.onNext(ExecStarted.newBuilder().setPid(7).build());
      out.onCompleted();
    }

    @Override
    public void followMain(FollowMainRequest request, StreamObserver<MainResponse> out) {
      ((ServerCallStreamObserver<MainResponse>) out).setOnCancelHandler(() -> cancelled = true);
      main.accept(out);
    }

    @Override
    public void usage(UsageRequest request, StreamObserver<UsageResponse> out) {
      Supplier<UsageResponse> known = usage;
      if (known != null) {
        out.onNext(known.get());
        out.onCompleted();
      }
    }

    @Override
    public void shutdown(ShutdownRequest request, StreamObserver<ShutdownResponse> out) {
      out.onNext(ShutdownResponse.getDefaultInstance());
      out.onCompleted();
    }

    @Override
    public void getFiles(GetFilesRequest request, StreamObserver<FilePart> out) {
      List<FilePart> parts = files.apply(request);
      parts.forEach(out::onNext);
      if (!parts.isEmpty()) {
        out.onCompleted();
      }
    }

    @Override
    public StreamObserver<VolumeRequest> volume(StreamObserver<VolumeResponse> out) {
      return volumes.apply((ServerCallStreamObserver<VolumeResponse>) out);
    }

    @Override
    public StreamObserver<PutFilesRequest> putFiles(StreamObserver<PutFilesResponse> out) {
      return new StreamObserver<>() {
        @Override
        public void onNext(PutFilesRequest request) {
          if (hasty && request.hasStart()) {
            end();
          }
        }

        @Override
        public void onError(Throwable failure) {}

        @Override
        public void onCompleted() {
          if (!hasty) {
            end();
          }
        }

        private void end() {
          out.onNext(PutFilesResponse.getDefaultInstance());
          out.onCompleted();
        }
      };
    }

    @Override
    public StreamObserver<ExecRequest> exec(StreamObserver<ExecResponse> out) {
      ServerCallStreamObserver<ExecResponse> call = (ServerCallStreamObserver<ExecResponse>) out;
      call.setOnCancelHandler(() -> cancelled = true);
      if (deaf) {
        call.disableAutoRequest();
        call.request(1);
      }
      ExecAnswers answers = new ExecAnswers(call);
      return new StreamObserver<>() {
        @Override
        public void onNext(ExecRequest request) {
          requests.add(request);
          take(request);
        }

        @Override
        public void onError(Throwable failure) {}

        @Override
        public void onCompleted() {
          take(ExecRequest.newBuilder().setStdinEof(StdinEof.getDefaultInstance()).build());
        }

        private void take(ExecRequest request) {
          if (!answers.isEnded()) {
            script.accept(request, answers);
            answers.endAfterExit();
          }
        }
      };
    }
  }
}
