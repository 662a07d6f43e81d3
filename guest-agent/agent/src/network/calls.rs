//! The calls `Resolve` and `Connect`.

use super::connection::Connection;
use super::dial;
use super::{Network, MAX_QUERIES};
use crate::grpc::{self, poll_room, Code, Requests, Status};
use crate::poll::poll_fn;
use crate::proto::{
    connect_request, connect_response, ConnectFailed, ConnectRequest, ConnectResponse, ConnectStart, Connected, NameAnswer,
    NameQuery,
};
use bytes::Bytes;
use h2::server::SendResponse;
use h2::{RecvStream, SendStream};
use prost::Message;
use std::io;
use std::os::unix::io::OwnedFd;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;
use std::task::Poll;
use tokio::sync::mpsc;

const MAX_ANSWER_BYTES: usize = 64 * 1024;

/// The protocol's limit for data in one message, plus what surrounds the data.
const MAX_REQUEST_BYTES: usize = (1 << 20) + 1024;

/// The memory for data of the host that programs have not read, of all connections together.
const BUDGET_BYTES: usize = 16 << 20;
const MIN_WINDOW_BYTES: usize = 16 * 1024;
const MAX_WINDOW_BYTES: usize = 256 * 1024;

fn no_network() -> Status {
    Status::new(Code::FailedPrecondition, "the guest has no network; call Configure with one first")
}

/// Passes queries to the host and takes its answers, until the host ends the call.
pub async fn resolve(network: Option<Arc<Network>>, body: RecvStream, mut respond: SendResponse<Bytes>) {
    let began = network.ok_or_else(no_network).and_then(|network| begin(&network).map(|queue| (network, queue)));
    let (network, mut queries) = match began {
        Ok(began) => began,
        Err(status) => return drop(grpc::refuse(&mut respond, &status)),
    };
    if let Ok(mut host) = grpc::begin(&mut respond) {
        let status = exchange(&network, &mut queries, Requests::new(body, MAX_ANSWER_BYTES), &mut host).await;
        let _ = grpc::end(&mut host, &status);
    }
    *network.queries.lock().expect("no holder panics") = None;
}

/// Opens the way for queries.
fn begin(network: &Network) -> Result<mpsc::Receiver<NameQuery>, Status> {
    let mut current = network.queries.lock().expect("no holder panics");
    if current.as_ref().map_or(false, |queries| !queries.is_closed()) {
        return Err(Status::new(Code::FailedPrecondition, "another Resolve call is running"));
    }
    let (sender, receiver) = mpsc::channel(MAX_QUERIES);
    *current = Some(sender);
    Ok(receiver)
}

async fn exchange(
    network: &Network,
    queries: &mut mpsc::Receiver<NameQuery>,
    mut answers: Requests,
    host: &mut SendStream<Bytes>,
) -> Status {
    poll_fn(|cx| loop {
        match answers.poll_next(cx) {
            Poll::Ready(Ok(Some(message))) => {
                match NameAnswer::decode(message) {
                    Ok(answer) => network.answer(answer),
                    Err(error) => {
                        return Poll::Ready(Status::invalid(format!("malformed NameAnswer: {error}")));
                    }
                }
                continue;
            }
            Poll::Ready(Ok(None)) => return Poll::Ready(Status::OK),
            Poll::Ready(Err(status)) => return Poll::Ready(status),
            Poll::Pending => {}
        }
        match poll_room(cx, host, 1) {
            Poll::Ready(true) => {}
            Poll::Ready(false) => return Poll::Ready(Status::new(Code::Cancelled, "the host has ended the call")),
            Poll::Pending => return Poll::Pending,
        }
        match queries.poll_recv(cx) {
            Poll::Ready(Some(query)) => {
                if let Err(error) = host.send_data(grpc::framed(&query), false) {
                    return Poll::Ready(Status::new(Code::Cancelled, error.to_string()));
                }
            }
            Poll::Ready(None) | Poll::Pending => return Poll::Pending,
        }
    })
    .await
}

/// Carries one connection.
pub async fn connect(body: RecvStream, mut respond: SendResponse<Bytes>) {
    let mut requests = Requests::new(body, MAX_REQUEST_BYTES);
    let (socket, allowed) = match open(&mut requests).await {
        Ok(opened) => opened,
        Err(status) => return drop(grpc::refuse(&mut respond, &status)),
    };
    // On an error the call is gone.
    if let Ok(host) = grpc::begin(&mut respond) {
        let _ = carry(socket, allowed, requests, host).await;
    }
}

/// Returns the connection, or why there is none, and how much data the host takes.
async fn open(requests: &mut Requests) -> Result<(io::Result<OwnedFd>, usize), Status> {
    let start = start(requests).await?;
    let port = u16::try_from(start.port).ok().filter(|port| *port > 0);
    let port = port.ok_or_else(|| Status::invalid(format!("start.port is {}; give 1 to 65535", start.port)))?;
    Ok((dial::connect(port).await, start.window_bytes as usize))
}

async fn start(requests: &mut Requests) -> Result<ConnectStart, Status> {
    let first = requests.next().await?.ok_or_else(|| Status::invalid("the call ended before its start message"))?;
    match ConnectRequest::decode(first).map(|request| request.message) {
        Ok(Some(connect_request::Message::Start(start))) if start.window_bytes > 0 => Ok(start),
        Ok(Some(connect_request::Message::Start(_))) => Err(Status::invalid("window_bytes is 0; give at least 1")),
        Ok(_) => Err(Status::invalid("the first request of a Connect must be start")),
        Err(error) => Err(Status::invalid(format!("malformed ConnectRequest: {error}"))),
    }
}

async fn carry(
    socket: io::Result<OwnedFd>,
    allowed: usize,
    requests: Requests,
    mut host: SendStream<Bytes>,
) -> Result<(), h2::Error> {
    let open = Open::count();
    let window = open.window_bytes();
    let send = |host: &mut SendStream<Bytes>, message| {
        host.send_data(grpc::framed(&ConnectResponse { message: Some(message) }), false)
    };
    match socket {
        Ok(socket) => {
            let connected = Connected { window_bytes: window as u32 };
            send(&mut host, connect_response::Message::Connected(connected))?;
            match Connection::new(socket, requests, host, allowed, window) {
                Ok(connection) => connection.run().await,
                Err(error) => eprintln!("boxlite-agent: cannot carry a connection: {error}"),
            }
            Ok(())
        }
        Err(error) => {
            let errno = error.raw_os_error().unwrap_or(libc::EIO) as u32;
            send(&mut host, connect_response::Message::Failed(ConnectFailed { errno }))?;
            grpc::end(&mut host, &Status::OK)
        }
    }
}

/// Counts the connections that are open.
struct Open {
    number: usize,
}

static OPEN: AtomicUsize = AtomicUsize::new(0);

impl Open {
    fn count() -> Open {
        Open { number: OPEN.fetch_add(1, Ordering::Relaxed) + 1 }
    }

    /// The more connections there are, the less data of the host may wait in each.
    fn window_bytes(&self) -> usize {
        (BUDGET_BYTES / self.number).clamp(MIN_WINDOW_BYTES, MAX_WINDOW_BYTES)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        OPEN.fetch_sub(1, Ordering::Relaxed);
    }
}
