//! Bytes that a host sends to the agent: mutations of a valid connection, and floods of frames.
//!
//! The calls leave out Configure, which would change the clock of the machine that runs the tests.

use super::{assert_allocates_at_most, mutate, Random};
use crate::poll::poll_fn;
use crate::port::Port;
use crate::preface::PREFACE;
use crate::proto::{
    connect_request, exec_request, volume_request, ConnectRequest, ConnectStart, ExecRequest, ExecStart, GetFilesRequest,
    HelloRequest, NameAnswer, SignalRequest, UsageRequest, VolumeRequest, VolumeStart,
};
use crate::server::serve;
use crate::service::Guest;
use crate::{fuzz, grpc};
use bytes::Bytes;
use std::cell::Cell;
use std::future::Future;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

/// What a connection may cost: its windows, its streams, their headers, and the responses that wait to be sent.
const MAX_CONNECTION_BYTES: usize = 22 << 20;

/// Much longer than any connection lasts once the host has closed it.
const END_TIMEOUT: Duration = Duration::from_secs(30);

/// Runs a test with the agent's kind of runtime.
pub fn run<T>(test: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test)
}

/// Every call of a guest without a root, with its messages.
pub fn calls() -> Vec<(&'static str, Vec<Bytes>)> {
    let start = ExecStart { argv: vec!["true".to_owned()], wall_time_nanos: 1 << 30, ..Default::default() };
    let exec = |message| grpc::framed(&ExecRequest { message: Some(message) });
    let volume = |message| grpc::framed(&VolumeRequest { message: Some(message) });
    vec![
        ("Hello", vec![grpc::framed(&HelloRequest { protocol_version: 1 })]),
        (
            "Exec",
            vec![
                exec(exec_request::Message::Start(start.clone())),
                exec(exec_request::Message::Stdin(Bytes::from_static(b"input"))),
                exec(exec_request::Message::Signal(9)),
            ],
        ),
        ("StartMain", vec![grpc::framed(&start)]),
        ("FollowMain", vec![Bytes::from_static(&[0, 0, 0, 0, 0])]),
        ("Signal", vec![grpc::framed(&SignalRequest { pid: 7, signal: 9, cause: 3 })]),
        ("Usage", vec![grpc::framed(&UsageRequest { pid: 7 })]),
        ("PutFiles", vec![Bytes::from_static(&[0, 0, 0, 0, 0])]),
        ("GetFiles", vec![grpc::framed(&GetFilesRequest { path: "/etc".to_owned(), ..Default::default() })]),
        (
            "Resolve",
            vec![grpc::framed(&NameAnswer { id: 1, ..Default::default() })],
        ),
        // Not to a port: a mutated one could be of a server of the machine that runs the tests.
        (
            "Connect",
            vec![grpc::framed(&ConnectRequest {
                message: Some(connect_request::Message::Start(ConnectStart {
                    window_bytes: 1,
                    ..Default::default()
                })),
            })],
        ),
        (
            "Volume",
            vec![
                volume(volume_request::Message::Start(VolumeStart { path: "/data".to_owned(), ..Default::default() })),
                volume(volume_request::Message::Reply(Bytes::from_static(&[16; 16]))),
                volume(volume_request::Message::Barrier(1)),
            ],
        ),
        ("Detach", vec![Bytes::from_static(b"\0\0\0\0\x12\x0a\x100123456789abcdef")]),
        ("Shutdown", vec![Bytes::from_static(&[0, 0, 0, 0, 0])]),
    ]
}

pub fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let mut frame = (payload.len() as u32).to_be_bytes()[1..].to_vec();
    frame.extend_from_slice(&[kind, flags]);
    frame.extend_from_slice(&stream.to_be_bytes());
    frame.extend_from_slice(payload);
    frame
}

/// Header fields, as literals that are not indexed (RFC 7541, section 6.2.2).
fn headers(method: &str) -> Vec<u8> {
    let path = format!("/boxlite.agent.v1.Agent/{method}");
    let fields = [
        (":method", "POST"),
        (":scheme", "http"),
        (":path", path.as_str()),
        (":authority", "localhost"),
        ("content-type", "application/grpc"),
        ("te", "trailers"),
    ];
    let mut block = Vec::new();
    for (name, value) in fields {
        block.push(0);
        for text in [name, value] {
            block.push(text.len() as u8);
            block.extend_from_slice(text.as_bytes());
        }
    }
    block
}

/// The frames of a host that makes all calls, in a random order.
fn session(random: &mut Random) -> Vec<Vec<u8>> {
    let mut frames = vec![frame(4, 0, 0, &[]), frame(4, 1, 0, &[]), frame(6, 0, 0, b"12345678")];
    let calls = calls();
    for number in 0..random.below(12) as u32 {
        let (method, messages) = random.pick(&calls);
        let stream = 2 * number + 1;
        let block = headers(method);
        if random.one_in(4) {
            let at = random.below(block.len());
            frames.push(frame(1, 0, stream, &block[..at]));
            frames.push(frame(9, 4, stream, &block[at..]));
        } else {
            frames.push(frame(1, 4, stream, &block));
        }
        for message in messages {
            frames.push(frame(0, 0, stream, message));
        }
        match random.below(8) {
            0 => frames.push(frame(3, 0, stream, &[0, 0, 0, 8])),
            1 => {}
            _ => frames.push(frame(0, 1, stream, &[])),
        }
        if random.one_in(3) {
            frames.push(frame(8, 0, *random.pick(&[0, stream]), &(random.number() as u32).to_be_bytes()));
        }
    }
    frames
}

fn hostile(random: &mut Random) -> Vec<u8> {
    let mut frames = session(random);
    for _ in 0..random.below(4) {
        let (from, to) = (random.below(frames.len()), random.below(frames.len()));
        match random.below(4) {
            0 => frames.swap(from, to),
            1 => frames[from] = frames[to].clone(),
            2 => drop(frames.remove(from)),
            _ => {
                let (kind, flags) = (random.below(12) as u8, random.next() as u8);
                frames.insert(to, frame(kind, flags, random.number() as u32 >> 1, &random.bytes(300)));
            }
        }
        if frames.is_empty() {
            break;
        }
    }
    let mut bytes = [PREFACE.to_vec(), frames.concat()].concat();
    if !random.one_in(4) {
        mutate(random, &mut bytes);
    }
    bytes
}

/// One frame, or a few, again and again.
fn flood(random: &mut Random) -> Vec<u8> {
    let block = headers("Hello");
    let reset = |stream| [frame(1, 4, stream, &headers("Exec")), frame(3, 0, stream, &[0, 0, 0, 8])].concat();
    let unit: Box<dyn Fn(u32) -> Vec<u8>> = match random.below(8) {
        0 => Box::new(|_| frame(6, 0, 0, &[0; 8])),
        1 => Box::new(|_| frame(4, 0, 0, &[0, 3, 0, 0, 0, 1])),
        2 => Box::new(move |number| reset(2 * number + 1)),
        3 => Box::new(|number| if number == 0 { frame(1, 0, 1, &[0]) } else { frame(9, 0, 1, &[0; 1000]) }),
        // A header whose value is announced with 2^27 bytes.
        4 => Box::new(|number| match number {
            0 => frame(1, 0, 1, &[0, 1, b'a', 0x7f, 0x81, 0xff, 0xff, 0x3f]),
            _ => frame(9, 0, 1, &[b'a'; 16_000]),
        }),
        5 => Box::new(|_| frame(8, 0, 0, &[0, 0, 0, 1])),
        6 => Box::new(|number| frame(2, 0, 2 * number + 1, &[0, 0, 0, 0, 9])),
        _ => Box::new(move |number| frame(1, 5, 2 * number + 1, &block)),
    };
    let mut bytes = [PREFACE.to_vec(), frame(4, 0, 0, &[])].concat();
    for number in 0..6_000 {
        if bytes.len() > 7 << 20 {
            break;
        }
        bytes.extend_from_slice(&unit(number));
    }
    bytes
}

/// A port and its host's end.
fn port() -> (Port, UnixStream) {
    let (agent, host) = std::os::unix::net::UnixStream::pair().unwrap();
    agent.set_nonblocking(true).unwrap();
    host.set_nonblocking(true).unwrap();
    (Port::over(agent.into()).unwrap(), UnixStream::from_std(host).unwrap())
}

/// Sends the bytes, and reads what the agent answers if `reading`. Then disconnects.
async fn send(mut host: UnixStream, pieces: Vec<Vec<u8>>, reading: bool) {
    write(&mut host, pieces, reading).await;
    // A socket with unread bytes would report an error at its other end when it is closed, which a port does not.
    let mut answers = [0; 4096];
    while matches!(host.try_read(&mut answers), Ok(1..)) {}
}

async fn write(host: &mut UnixStream, pieces: Vec<Vec<u8>>, reading: bool) {
    let (mut from_agent, mut to_agent) = host.split();
    let mut answers = [0; 4096];
    for piece in pieces {
        let mut rest = &piece[..];
        while !rest.is_empty() {
            tokio::select! {
                written = to_agent.write(rest) => rest = &rest[written.expect("the port stays open")..],
                read = from_agent.read(&mut answers), if reading => assert!(read.unwrap() > 0),
                // The agent may wait for this host to read.
                () = tokio::time::sleep(Duration::from_millis(20)), if !reading => return,
            }
        }
    }
}

/// Serves the port until its host is gone. Returns the number of connections.
async fn serve_all(port: &Port, guest: &Arc<Guest>) -> usize {
    let gone = Cell::new(false);
    for number in 0.. {
        let accept = port.accept(|| gone.set(true));
        tokio::pin!(accept);
        let accepted = poll_fn(|cx| match accept.as_mut().poll(cx) {
            Poll::Ready(connection) => Poll::Ready(Some(connection.unwrap())),
            Poll::Pending if gone.get() => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        });
        match accepted.await {
            Some(connection) => drop(serve(connection, guest).await),
            None => return number,
        }
    }
    unreachable!()
}

/// Serves a host that sends these bytes and disconnects, and checks that nothing of its calls remains. Returns the
/// number of connections that the agent has seen in the bytes.
fn survives(pieces: Vec<Vec<u8>>, reading: bool) -> usize {
    assert_allocates_at_most(MAX_CONNECTION_BYTES, || {
        run(async {
            let guest = Arc::new(Guest::default());
            let (port, host) = port();
            let ended = async { tokio::join!(serve_all(&port, &guest), send(host, pieces, reading)).0 };
            let connections = tokio::time::timeout(END_TIMEOUT, ended).await.expect("the port is served to its end");
            for _ in 0..10_000 {
                if Arc::strong_count(&guest) == 1 {
                    return connections;
                }
                tokio::task::yield_now().await;
            }
            panic!("a call goes on after the end of its connection");
        })
    })
}

#[test]
fn mutated_connections_end_and_leave_nothing() {
    fuzz::run("mutated_connections", 2000, |random| {
        let bytes = hostile(random);
        let pieces = random.pieces(&bytes, 1 << 16).into_iter().map(<[u8]>::to_vec).collect();
        survives(pieces, !random.one_in(8));
    });
}

#[test]
fn floods_of_frames_cost_a_bounded_amount_of_memory() {
    fuzz::run("floods_of_frames", 10, |random| {
        survives(vec![flood(random)], random.one_in(2));
    });
}

/// Several hosts that connect one after the other while the guest does not run look like one stream of bytes.
#[test]
fn every_connection_of_a_stream_is_found() {
    fuzz::run("every_connection", 100, |random| {
        let count = 1 + random.below(4);
        let mut bytes = random.bytes(100);
        for _ in 0..count {
            bytes.extend_from_slice(PREFACE);
            bytes.extend(session(random).concat());
        }
        let pieces = random.pieces(&bytes, 1 << 16).into_iter().map(<[u8]>::to_vec).collect();
        assert_eq!(survives(pieces, true), count);
    });
}
