package io.boxlite.internal.network.secret;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.google.protobuf.ByteString;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Passes HTTP/1.1 on, and puts secrets into the headers of requests.
 *
 * <p>Requests are read strictly. What could be read in two ways never reaches the server: it gets a
 * response that says what is wrong, and ends the connection.
 */
final class HttpStage implements Stage {
  /** More requests wait for a response to the first of them. */
  private static final int MAX_PIPELINED = 64;

  private static final int BAD_GATEWAY = 502;

  private final StageEnd guest;
  private final StageEnd host;
  private final Substitution substitution;
  private final SecretLog log;

  /** A request that has reached the server, at least in part, and has no complete response. */
  private record Pending(String method, boolean upgrade) {}

  private final Deque<Pending> pending = new ArrayDeque<>();
  private HeadReader requestHead = new HeadReader();
  private @Nullable BodyReader requestBody;
  private HeadReader responseHead = new HeadReader();
  private @Nullable BodyReader responseBody;

  /** Whether a request asked for another protocol, and the server has not answered. */
  private boolean upgrading;

  /** Whether the server has switched to another protocol. */
  private boolean passing;

  /** The last response, which the engine gives; the server is not asked any more. */
  private @Nullable ByteString refusal;

  private boolean refused;

  /** Whether the guest has sent a request. */
  private boolean asked;

  HttpStage(StageEnd guest, StageEnd host, Substitution substitution, SecretLog log) {
    this.guest = guest;
    this.host = host;
    this.substitution = substitution;
    this.log = log;
  }

  @Override
  public void proceed() {
    if (passing) {
      PassingStage.pass(guest, host);
      PassingStage.pass(host, guest);
      return;
    }
    boolean again;
    do {
      boolean requested = requests();
      boolean answered = responses();
      again = requested || answered;
    } while (again && !passing);
    if (again) {
      proceed();
    }
  }

  /** Passes requests on, and returns whether there was something to do. */
  private boolean requests() {
    if (refusal != null) {
      return refuseRequests();
    }
    boolean progress = false;
    try {
      while (mayAsk() && guest.available() > 0) {
        progress = true;
        if (requestBody == null) {
          guest.take(requestHead.read(guest.first()));
          if (requestHead.isComplete()) {
            begin(HttpRequest.of(requestHead.head()));
          }
        } else {
          body(requestBody);
        }
      }
    } catch (HttpViolation e) {
      String problem = String.valueOf(e.getMessage());
      log.problem("a request was refused: " + problem);
      asked = true;
      refuse(e.status(), problem);
      return true;
    }
    if (guest.isAtEnd() && !upgrading) {
      host.endOutput();
    }
    return progress;
  }

  /** Waits for a request before it is refused, since programs write before they read. */
  private boolean refuseRequests() {
    while (!asked && guest.available() > 0) {
      try {
        guest.take(requestHead.read(guest.first()));
        asked = requestHead.isComplete();
      } catch (HttpViolation e) {
        asked = true;
      }
    }
    guest.discard();
    refuseIfDue();
    if (guest.isAtEnd()) {
      guest.endOutput();
    }
    return false;
  }

  private boolean mayAsk() {
    return host.isReady() && !upgrading && pending.size() < MAX_PIPELINED;
  }

  private void begin(HttpRequest request) throws HttpViolation {
    asked = true;
    HttpHead head = substitution.of(request);
    requestHead = new HeadReader();
    pending.add(new Pending(request.method(), request.upgrade()));
    requestBody = request.body();
    host.send(head.encode());
    endRequestIfComplete(request.body());
  }

  private void body(BodyReader body) throws HttpViolation {
    host.send(guest.take((int) body.read(guest.first())));
    endRequestIfComplete(body);
  }

  private void endRequestIfComplete(BodyReader body) {
    if (body.isComplete()) {
      requestBody = null;
      Pending last = pending.peekLast();
      upgrading = last != null && last.upgrade();
    }
  }

  /** Passes responses on, and returns whether there was something to do. */
  private boolean responses() {
    boolean progress = false;
    try {
      while (!passing && guest.isReady() && host.available() > 0) {
        progress = true;
        if (responseBody == null) {
          host.take(responseHead.read(host.first()));
          if (responseHead.isComplete()) {
            begin(response(responseHead.head()));
          }
        } else {
          guest.send(host.take((int) responseBody.read(host.first())));
          endResponseIfComplete(responseBody);
        }
      }
    } catch (HttpViolation e) {
      log.problem("a response of the server was not passed on: " + e.getMessage());
      host.breakOff();
      broken(host);
      return false;
    }
    if (host.isAtEnd() && refusal == null) {
      guest.endOutput();
    } else if (host.isAtEnd()) {
      broken(host);
    }
    return progress;
  }

  private HttpResponse response(HttpHead head) throws HttpViolation {
    Pending first = pending.peek();
    return HttpResponse.of(head, first == null ? "GET" : first.method());
  }

  private void begin(HttpResponse response) throws HttpViolation {
    responseHead = new HeadReader();
    if (response.status() == HttpResponse.SWITCHING_PROTOCOLS) {
      if (!upgrading || pending.size() != 1) {
        throw new HttpViolation("it switches to a protocol that no request has asked for");
      }
      passing = true;
    }
    guest.send(substitution.masked(response.head()).encode());
    if (!response.isInterim() && !passing) {
      responseBody = response.body();
      endResponseIfComplete(response.body());
    }
  }

  private void endResponseIfComplete(BodyReader body) {
    if (body.isComplete()) {
      responseBody = null;
      pending.poll();
      if (pending.isEmpty()) {
        upgrading = false;
      }
      refuseIfDue();
    }
  }

  /** Gives a response to requests that the server cannot be asked. */
  void serverFailed(String problem) {
    log.problem(problem);
    if (refusal == null && responseBody == null && !responseHead.hasBegun()) {
      giveUpWaiting();
      refuse(BAD_GATEWAY, problem);
    }
  }

  /** The server gives no more responses. */
  private void giveUpWaiting() {
    if (!pending.isEmpty()) {
      pending.clear();
      requestBody = null;
    }
  }

  private void refuse(int status, String problem) {
    String text = "BoxLite: " + problem + "\n";
    refusal =
        ByteString.copyFrom(
            "HTTP/1.1 "
                + status
                + " Refused by BoxLite\r\nContent-Type: text/plain\r\nContent-Length: "
                + text.length()
                + "\r\nConnection: close\r\n\r\n"
                + text,
            ISO_8859_1);
    guest.discard();
    refuseIfDue();
  }

  /** Responses come in the order of the requests, so those of earlier ones come first. */
  private void refuseIfDue() {
    boolean partial = requestBody != null; // the request itself has reached the server in part
    boolean due = pending.size() <= (partial ? 1 : 0);
    boolean between = responseBody == null && !responseHead.hasBegun();
    if (refusal != null && !refused && asked && due && between) {
      refused = true;
      boolean answered = partial && pending.isEmpty();
      if (!answered) {
        guest.send(refusal);
      }
      guest.endOutput();
      host.breakOff();
    }
  }

  @Override
  public void broken(StageEnd end) {
    if (end == guest) {
      host.breakOff();
    } else if (passing || responseBody != null || responseHead.hasBegun()) {
      guest.breakOff();
    } else if (refusal != null) {
      giveUpWaiting();
      refuseIfDue();
    } else if (pending.isEmpty() && requestBody == null) {
      guest.endOutput();
    } else {
      guest.breakOff();
    }
  }
}
