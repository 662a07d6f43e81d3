//! Messages that a host sends in calls: whatever they contain, the call ends with a well-formed status, and the
//! connection still works.

use super::connection::{calls, run};
use super::{mutate, Random};
use crate::fuzz;
use crate::grpc;
use crate::proto::HelloRequest;
use crate::server::serve;
use crate::service::Guest;
use bytes::Bytes;
use h2::client::SendRequest;
use http::{HeaderMap, Request};
use std::sync::Arc;
use std::time::Duration;

const CALL_TIMEOUT: Duration = Duration::from_secs(30);

/// The body of a call: the messages of a valid one, changed.
fn body(random: &mut Random, messages: &[Bytes]) -> Vec<u8> {
    let mut body = Vec::new();
    for message in messages {
        let mut payload = message[grpc::PREFIX_LENGTH..].to_vec();
        if random.one_in(2) {
            mutate(random, &mut payload);
        }
        let mut prefix = grpc::prefix(payload.len());
        if random.one_in(6) {
            prefix[random.below(prefix.len())] = random.next() as u8;
        }
        body.extend_from_slice(&prefix);
        body.extend_from_slice(&payload);
        if random.one_in(8) {
            body.extend_from_slice(&random.bytes(20));
        }
    }
    body
}

fn request(path: &str) -> Request<()> {
    Request::post(path).header("content-type", "application/grpc").header("te", "trailers").body(()).unwrap()
}

/// Makes a call and returns its status.
async fn call(host: &mut SendRequest<Bytes>, path: &str, body: &[u8]) -> u16 {
    let (response, mut stream) = host.send_request(request(path), false).expect("the connection is open");
    // The agent may end the call before it has read everything.
    let _ = stream.send_data(Bytes::copy_from_slice(body), true);
    let response = response.await.expect("every call gets a response");
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "application/grpc");
    if response.headers().contains_key("grpc-status") {
        return status(response.headers());
    }
    let mut body = response.into_body();
    while let Some(data) = body.data().await {
        let length = data.expect("the response is not reset").len();
        body.flow_control().release_capacity(length).unwrap();
    }
    status(&body.trailers().await.expect("the response is not reset").expect("a response ends with trailers"))
}

/// Checks that the status is well-formed, as the gRPC specification defines it.
fn status(headers: &HeaderMap) -> u16 {
    let code: u16 = headers["grpc-status"].to_str().unwrap().parse().expect("a number");
    assert!(code <= 16, "{code}");
    if let Some(message) = headers.get("grpc-message") {
        let mut decoded = Vec::new();
        let mut encoded = message.as_bytes().iter();
        while let Some(&byte) = encoded.next() {
            assert!((0x20..=0x7e).contains(&byte), "{message:?}");
            if byte == b'%' {
                let mut digit = || char::from(*encoded.next().expect("two digits")).to_digit(16).expect("a digit");
                decoded.push((digit() * 16 + digit()) as u8);
            } else {
                decoded.push(byte);
            }
        }
        let text = String::from_utf8(decoded).expect("a message is text");
        assert!(code != 0 && !text.is_empty(), "{code} {text}");
    }
    code
}

#[test]
fn every_call_ends_with_a_well_formed_status() {
    let calls = calls();
    fuzz::run("every_call_ends", 100, move |random| {
        run(async {
            let guest = Arc::new(Guest::default());
            let (host, agent) = tokio::io::duplex(1 << 16);
            let served = tokio::spawn({
                let guest = guest.clone();
                async move { serve(agent, &guest).await }
            });
            let (mut host, connection) = h2::client::handshake(host).await.unwrap();
            let connection = tokio::spawn(connection);
            for _ in 0..random.below(8) {
                let (method, messages) = random.pick(&calls[..calls.len() - 1]);
                let path = match random.below(12) {
                    0 => format!("/boxlite.agent.v1.Agent/{}", "%C3%BC".repeat(random.length(1000))),
                    1 => "/".repeat(1 + random.length(100)),
                    _ => format!("/boxlite.agent.v1.Agent/{method}"),
                };
                let body = body(random, messages);
                tokio::time::timeout(CALL_TIMEOUT, call(&mut host, &path, &body)).await.expect("the call ends");
            }
            let hello = grpc::framed(&HelloRequest { protocol_version: 1 });
            assert_eq!(call(&mut host, "/boxlite.agent.v1.Agent/Hello", &hello).await, 0);
            drop(host);
            connection.await.unwrap().unwrap();
            served.await.unwrap();
        });
    });
}
