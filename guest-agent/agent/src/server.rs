//! Serves one connection of the host: HTTP/2 with prior knowledge, one stream per call.

use crate::exec;
use crate::files;
use crate::grpc::{self, Code, Requests, Status};
use crate::network;
use crate::service::Guest;
use crate::volume;
use bytes::Bytes;
use h2::server::SendResponse;
use h2::RecvStream;
use http::{Method, Request};
use prost::Message;
use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc;

/// What the host may send on one stream before the agent has processed it. Only standard input is large.
const STREAM_WINDOW_BYTES: u32 = 256 * 1024;
const CONNECTION_WINDOW_BYTES: u32 = 2 << 20;

/// The limit of data of all streams together that waits for the port.
const MAX_SEND_BUFFER_BYTES: usize = 512 * 1024;

/// Most of them are connections of the box's programs. Each costs some 6 KiB.
const MAX_STREAMS: u32 = 2560;
const MAX_HEADER_BYTES: u32 = 16 * 1024;
const MAX_UNARY_BYTES: usize = 64 * 1024;

/// How long to wait for the host to receive the response to Shutdown and disconnect.
const LEAVE_TIMEOUT: Duration = Duration::from_millis(300);

/// How a connection ended.
#[derive(Debug, PartialEq, Eq)]
pub enum End {
    /// The host has disconnected or violated the protocol. Its executions are being killed.
    Closed,
    /// The host has disconnected after a Detach with this token. All its executions have ended.
    Detached(String),
    /// The host has requested the end of the guest.
    Shutdown,
}

/// Serves calls until the connection ends.
pub async fn serve<T: AsyncRead + AsyncWrite + Unpin>(io: T, guest: &Arc<Guest>) -> End {
    let mut builder = h2::server::Builder::new();
    builder
        .initial_window_size(STREAM_WINDOW_BYTES)
        .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
        .max_concurrent_streams(MAX_STREAMS)
        .max_header_list_size(MAX_HEADER_BYTES)
        .max_send_buffer_size(MAX_SEND_BUFFER_BYTES);
    let mut connection = match builder.handshake::<_, Bytes>(io).await {
        Ok(connection) => connection,
        Err(_) => return End::Closed,
    };
    // Each call holds a sender while it runs.
    let (running, mut all_ended) = mpsc::channel::<Infallible>(1);
    loop {
        let call = tokio::select! {
            // Even if the host disconnects as soon as it has its response, the guest must end.
            biased;
            () = guest.leaving.notified() => {
                leave(connection).await;
                return End::Shutdown;
            }
            call = connection.accept() => call,
        };
        match call {
            Some(Ok((request, respond))) => {
                let (guest, running) = (guest.clone(), running.clone());
                tokio::spawn(async move {
                    route(guest, request, respond).await;
                    drop(running);
                });
            }
            Some(Err(error)) => {
                // That the host is gone is not worth a message.
                if error.get_io().map_or(true, |error| error.kind() == io::ErrorKind::InvalidData) {
                    eprintln!("boxlite-agent: the host violated HTTP/2: {error}");
                }
                break;
            }
            None => break,
        }
    }
    match guest.take_detach_token() {
        None => End::Closed,
        Some(token) => {
            // This tells the calls that the host is gone.
            drop(connection);
            drop(running);
            let _ = all_ended.recv().await;
            End::Detached(token)
        }
    }
}

/// Sends the last response and waits for the host to disconnect.
async fn leave<T: AsyncRead + AsyncWrite + Unpin>(mut connection: h2::server::Connection<T, Bytes>) {
    connection.graceful_shutdown();
    // A broken connection returns its error each time; it must not be polled again.
    let end = async { while let Some(Ok(_)) = connection.accept().await {} };
    let _ = tokio::time::timeout(LEAVE_TIMEOUT, end).await;
}

async fn route(guest: Arc<Guest>, request: Request<RecvStream>, mut respond: SendResponse<Bytes>) {
    let (head, body) = request.into_parts();
    let method = match head.uri.path().strip_prefix("/boxlite.agent.v1.Agent/") {
        Some(method) if head.method == Method::POST => method,
        _ => "",
    };
    // On an error the call is gone, and nobody waits for its response.
    let _ = match method {
        "Exec" => {
            exec::exec(guest.executor(), body, respond).await;
            return;
        }
        "StartMain" => {
            let result = exec::main_command::start(guest.executor(), body).await;
            reply(&mut respond, result)
        }
        "FollowMain" => match read::<crate::proto::FollowMainRequest>(body).await {
            Ok(_) => return exec::main_command::follow(guest.executor(), respond).await,
            Err(status) => grpc::refuse(&mut respond, &status),
        },
        "Resolve" => return network::resolve(guest.network(), body, respond).await,
        "Connect" => return network::connect(body, respond).await,
        "Hello" => reply(&mut respond, read(body).await.and_then(|request| guest.hello(&request))),
        "Configure" => {
            let result = match read(body).await {
                Ok(request) => guest.configure(request).await,
                Err(status) => Err(status),
            };
            reply(&mut respond, result)
        }
        "Signal" => reply(&mut respond, read(body).await.and_then(|request| guest.signal(&request))),
        "Usage" => reply(&mut respond, read(body).await.and_then(|request| guest.usage(&request))),
        "PutFiles" => {
            let result = files::put(guest.files(), body).await;
            reply(&mut respond, result)
        }
        "GetFiles" => files::get(guest.files(), read(body).await, respond).await,
        "Volume" => volume::serve(guest.executor(), body, respond).await,
        "Detach" => reply(&mut respond, read(body).await.and_then(|request| guest.detach(request))),
        "Shutdown" => {
            let result = read::<crate::proto::ShutdownRequest>(body).await.and_then(|_| guest.shutdown());
            reply(&mut respond, result)
        }
        _ => {
            let status = Status::new(Code::Unimplemented, format!("unknown method \"{}\"", head.uri.path()));
            grpc::refuse(&mut respond, &status)
        }
    };
}

/// Reads the one message of a unary call.
async fn read<M: Message + Default>(body: RecvStream) -> Result<M, Status> {
    let mut requests = Requests::new(body, MAX_UNARY_BYTES);
    let message = requests.next().await?.ok_or_else(|| Status::invalid("the call has no message"))?;
    if requests.next().await?.is_some() {
        return Err(Status::invalid("the call has more than one message"));
    }
    M::decode(message).map_err(|error| Status::invalid(format!("malformed message: {error}")))
}

fn reply<M: Message>(respond: &mut SendResponse<Bytes>, result: Result<M, Status>) -> Result<(), h2::Error> {
    match result {
        Ok(message) => grpc::answer(respond, &message).map(drop),
        Err(status) => grpc::refuse(respond, &status),
    }
}
