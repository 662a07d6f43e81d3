package io.boxlite.internal.guest;

import static org.assertj.core.api.Assertions.assertThat;

import io.boxlite.BoxLostException;
import io.boxlite.BoxliteException;
import io.grpc.Status;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Error;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Exception;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Which failed calls lose the box, and which are refusals of a well-behaved agent. */
class CallFailureTest extends WithFakeGuest {
  static Object[][] violations() {
    return new Object[][] {
      {
        Status.INTERNAL.withDescription("headers not received before payload"),
        "violated gRPC: headers not received before payload"
      },
      {
        Status.RESOURCE_EXHAUSTED.withDescription("gRPC message exceeds maximum size 9: 10"),
        "violated gRPC: gRPC message exceeds maximum size 9: 10"
      },
      {
        Status.UNIMPLEMENTED.withDescription("HTTP status code 404\ninvalid content-type: null"),
        "violated gRPC: HTTP status code 404 invalid content-type: null"
      },
      {
        Status.CANCELLED
            .withDescription("Failed to read message.")
            .withCause(
                Status.INTERNAL
                    .withDescription("Invalid protobuf byte sequence")
                    .asRuntimeException()),
        "violated gRPC: Invalid protobuf byte sequence"
      },
      {
        Status.INTERNAL
            .withDescription("http2 exception")
            .withCause(Http2Exception.connectionError(Http2Error.PROTOCOL_ERROR, "bad frame")),
        "violated HTTP/2: bad frame"
      },
    };
  }

  @ParameterizedTest
  @MethodSource("violations")
  void losesTheBoxOfAGuestThatViolatesGrpc(Status status, String why) {
    assertThat(CallFailure.of(client, "the call", status, status.asException()))
        .isInstanceOf(BoxLostException.class)
        .hasMessageContaining("box b1 was lost: its guest " + why);
    assertThat(client.loss()).isPresent();
  }

  static Status[] refusals() {
    return new Status[] {
      Status.INTERNAL.withDescription("cannot start \"x\""),
      Status.UNIMPLEMENTED.withDescription("no such call"),
      Status.RESOURCE_EXHAUSTED.withDescription("the disk is full"),
      Status.NOT_FOUND.withDescription("No value received"), // begins with a name that a user chose
      Status.UNKNOWN,
    };
  }

  @ParameterizedTest
  @MethodSource("refusals")
  void keepsTheBoxOfAGuestThatRefuses(Status status) {
    assertThat(CallFailure.of(client, "the call", status, status.asException()))
        .isExactlyInstanceOf(BoxliteException.class)
        .hasMessageStartingWith("the call: " + status.getCode());
    assertThat(client.loss()).isEmpty();
  }

  @Test
  void callsWithoutAConnectionAreLost() {
    Status status = Status.UNAVAILABLE.withDescription("gone");
    assertThat(CallFailure.of(client, "the call", status, status.asException()))
        .isInstanceOf(BoxLostException.class)
        .hasMessageContaining("there is no connection: gone");
    assertThat(client.loss()).isEmpty();
  }
}
