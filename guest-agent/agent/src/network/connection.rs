//! Carries one TCP connection between a socket of the agent and a call of the host.

use crate::fd;
use crate::grpc::{self, poll_room, Chunks, Code, Requests, Status, CHUNK_BYTES};
use crate::poll::poll_fn;
use crate::proto::{connect_request, connect_response, ConnectRequest, ConnectResponse, EndOfStream};
use bytes::{Buf, Bytes};
use h2::SendStream;
use prost::Message;
use std::collections::VecDeque;
use std::io;
use std::os::unix::io::{AsRawFd, OwnedFd};
use std::task::{Context, Poll};
use tokio::io::unix::AsyncFd;

/// The field `data` of `ConnectResponse`.
const DATA: u8 = 3;

/// After so many steps, other connections get their turn.
const MAX_STEPS: usize = 16;

pub struct Connection {
    socket: AsyncFd<OwnedFd>,
    requests: Requests,
    host: SendStream<Bytes>,
    /// From the program: what the host takes, and whether the program has ended its direction.
    chunks: Chunks,
    allowed: usize,
    read_ended: bool,
    /// From the host: what the program has not taken yet.
    window: usize,
    queue: VecDeque<Bytes>,
    queued: usize,
    /// What the program has taken since the host was told.
    consumed: usize,
    end_announced: bool,
    write_ended: bool,
}

/// What a step has done.
enum Step {
    Done,
    Nothing,
    Failed(Status),
}

impl Connection {
    /// `allowed`: how much data the host takes for now. `window`: how much it may send.
    pub fn new(
        socket: OwnedFd,
        requests: Requests,
        host: SendStream<Bytes>,
        allowed: usize,
        window: usize,
    ) -> io::Result<Connection> {
        fd::set_nonblocking(&socket)?;
        Ok(Connection {
            socket: AsyncFd::new(socket)?,
            requests,
            host,
            chunks: Chunks::new(DATA),
            allowed,
            read_ended: false,
            window,
            queue: VecDeque::new(),
            queued: 0,
            consumed: 0,
            end_announced: false,
            write_ended: false,
        })
    }

    /// Carries data until both directions have ended, or one side breaks the connection.
    pub async fn run(mut self) {
        let status = poll_fn(|cx| self.poll_run(cx)).await;
        if status.code != Code::Ok {
            reset(&self.socket);
        }
        let _ = grpc::end(&mut self.host, &status);
    }

    fn poll_run(&mut self, cx: &mut Context<'_>) -> Poll<Status> {
        for _ in 0..MAX_STEPS {
            let mut idle = true;
            for step in [Self::take_request, Self::write, Self::read] {
                match step(self, cx) {
                    Step::Done => idle = false,
                    Step::Nothing => {}
                    Step::Failed(status) => return Poll::Ready(status),
                }
            }
            if self.read_ended && self.write_ended {
                return Poll::Ready(Status::OK);
            }
            if idle {
                return Poll::Pending;
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    fn take_request(&mut self, cx: &mut Context<'_>) -> Step {
        let message = match self.requests.poll_next(cx) {
            Poll::Pending => return Step::Nothing,
            Poll::Ready(Ok(Some(message))) => message,
            // The host ends its side after `eof`; that is no news.
            Poll::Ready(Ok(None)) if self.end_announced => return Step::Nothing,
            Poll::Ready(Ok(None)) => return Step::Failed(Status::new(Code::Aborted, "the host has ended the call")),
            Poll::Ready(Err(status)) => return Step::Failed(status),
        };
        let message = match ConnectRequest::decode(message) {
            Ok(request) => request.message,
            Err(error) => return Step::Failed(Status::invalid(format!("malformed ConnectRequest: {error}"))),
        };
        match message {
            Some(connect_request::Message::Data(data)) if !self.end_announced => {
                self.queued += data.len();
                if self.queued + self.consumed > self.window {
                    let message = format!("{} bytes were sent, the window is {}", self.queued, self.window);
                    return Step::Failed(Status::new(Code::ResourceExhausted, message));
                }
                self.queue.push_back(data);
            }
            Some(connect_request::Message::Eof(_)) => self.end_announced = true,
            Some(connect_request::Message::Consumed(bytes)) => {
                self.allowed = self.allowed.saturating_add(bytes as usize);
            }
            _ => return Step::Failed(Status::invalid("start comes once, and no data after eof")),
        }
        Step::Done
    }

    fn write(&mut self, cx: &mut Context<'_>) -> Step {
        let data = match self.queue.front_mut() {
            Some(data) => data,
            None if self.end_announced && !self.write_ended => {
                // SAFETY: takes no pointers. If the program has reset the connection, reading reports it.
                unsafe { libc::shutdown(self.socket.as_raw_fd(), libc::SHUT_WR) };
                self.write_ended = true;
                return Step::Done;
            }
            None => return Step::Nothing,
        };
        let mut ready = match self.socket.poll_write_ready(cx) {
            Poll::Ready(Ok(ready)) => ready,
            Poll::Ready(Err(error)) => return broken(&error),
            Poll::Pending => return Step::Nothing,
        };
        match fd::write(self.socket.as_raw_fd(), data) {
            Ok(n) => {
                data.advance(n);
                self.queued -= n;
                self.consumed += n;
                if data.is_empty() {
                    self.queue.pop_front();
                }
                self.report_consumed()
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                ready.clear_ready();
                // Polls once more, so that this task is woken.
                Step::Done
            }
            Err(error) => broken(&error),
        }
    }

    /// Tells the host in time, but not for each piece.
    fn report_consumed(&mut self) -> Step {
        if self.consumed < self.window / 2 || self.end_announced {
            return Step::Done;
        }
        let consumed = connect_response::Message::Consumed(std::mem::take(&mut self.consumed) as u32);
        self.send(consumed)
    }

    fn read(&mut self, cx: &mut Context<'_>) -> Step {
        if self.read_ended || self.allowed == 0 {
            return Step::Nothing;
        }
        let wanted = self.allowed.min(CHUNK_BYTES);
        match poll_room(cx, &mut self.host, wanted) {
            Poll::Ready(true) => {}
            Poll::Ready(false) => return Step::Failed(Status::new(Code::Cancelled, "the host has ended the call")),
            Poll::Pending => return Step::Nothing,
        }
        let mut ready = match self.socket.poll_read_ready(cx) {
            Poll::Ready(Ok(ready)) => ready,
            Poll::Ready(Err(error)) => return broken(&error),
            Poll::Pending => return Step::Nothing,
        };
        match self.chunks.read(self.socket.as_raw_fd(), wanted) {
            Ok(0) => {
                self.read_ended = true;
                self.send(connect_response::Message::Eof(EndOfStream {}))
            }
            Ok(n) => {
                self.allowed -= n;
                let message = self.chunks.take(n, n);
                self.sent(message)
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                ready.clear_ready();
                Step::Done
            }
            Err(error) => broken(&error),
        }
    }

    fn send(&mut self, message: connect_response::Message) -> Step {
        self.sent(grpc::framed(&ConnectResponse { message: Some(message) }))
    }

    fn sent(&mut self, message: Bytes) -> Step {
        match self.host.send_data(message, false) {
            Ok(()) => Step::Done,
            Err(error) => Step::Failed(Status::new(Code::Cancelled, error.to_string())),
        }
    }
}

fn broken(error: &io::Error) -> Step {
    Step::Failed(Status::new(Code::Aborted, format!("the connection was broken in the guest: {error}")))
}

/// Makes the program see a reset when the socket is closed.
pub fn reset(socket: &impl AsRawFd) {
    let now = libc::linger { l_onoff: 1, l_linger: 0 };
    let _ = super::socket::set_option(socket, libc::SOL_SOCKET, libc::SO_LINGER, &now);
}
