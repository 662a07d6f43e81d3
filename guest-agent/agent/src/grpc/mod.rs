//! gRPC over HTTP/2 as specified in "gRPC over HTTP2" (PROTOCOL-HTTP2.md of the gRPC project): status, framing, and the
//! response to a unary call.

mod chunk;
mod frame;
mod status;

pub use chunk::{Chunks, CHUNK_BYTES};
pub use frame::{prefix, Decoder, PREFIX_LENGTH};
pub use status::{Code, Status};

use bytes::{BufMut, Bytes, BytesMut};
use h2::server::SendResponse;
use h2::{RecvStream, SendStream};
use http::{HeaderMap, HeaderValue, Response};
use std::task::{Context, Poll};

/// The headers that start every response.
fn headers() -> Response<()> {
    let mut response = Response::new(());
    response.headers_mut().insert("content-type", HeaderValue::from_static("application/grpc"));
    response
}

/// Starts a response with messages.
pub fn begin(respond: &mut SendResponse<Bytes>) -> Result<SendStream<Bytes>, h2::Error> {
    respond.send_response(headers(), false)
}

/// Ends a response with messages.
pub fn end(stream: &mut SendStream<Bytes>, status: &Status) -> Result<(), h2::Error> {
    let mut trailers = HeaderMap::new();
    status.write_to(&mut trailers);
    stream.send_trailers(trailers)
}

/// Responds with a status only ("Trailers-Only").
pub fn refuse(respond: &mut SendResponse<Bytes>, status: &Status) -> Result<(), h2::Error> {
    let mut response = headers();
    status.write_to(response.headers_mut());
    respond.send_response(response, true).map(drop)
}

/// Encodes a message with its prefix.
pub fn framed(message: &impl prost::Message) -> Bytes {
    let length = message.encoded_len();
    let mut buffer = BytesMut::with_capacity(PREFIX_LENGTH + length);
    buffer.put_slice(&prefix(length));
    message.encode(&mut buffer).expect("the buffer has room for the message");
    buffer.freeze()
}

/// Responds to a unary call.
pub fn answer(respond: &mut SendResponse<Bytes>, message: &impl prost::Message) -> Result<SendStream<Bytes>, h2::Error> {
    let mut stream = begin(respond)?;
    stream.send_data(framed(message), false)?;
    end(&mut stream, &Status::OK)?;
    Ok(stream)
}

/// Waits until the host accepts more of the `bytes` to be sent. Returns `false` if it never will.
///
/// Data that was sent but is still buffered counts as used, so at most one piece is ever ahead of the host's window.
pub fn poll_room(cx: &mut Context<'_>, host: &mut SendStream<Bytes>, bytes: usize) -> Poll<bool> {
    host.reserve_capacity(bytes);
    while host.capacity() == 0 {
        match host.poll_capacity(cx) {
            Poll::Ready(Some(Ok(_))) => {}
            Poll::Ready(_) => return Poll::Ready(false),
            Poll::Pending => return Poll::Pending,
        }
    }
    Poll::Ready(true)
}

/// The request stream of a call, message by message.
pub struct Requests {
    stream: RecvStream,
    decoder: Decoder,
}

impl Requests {
    /// A message longer than `limit` bytes ends the stream with RESOURCE_EXHAUSTED.
    pub fn new(stream: RecvStream, limit: usize) -> Self {
        Requests { stream, decoder: Decoder::new(limit) }
    }

    /// Returns the next message, or `None` after the last. May be dropped and polled again at any time.
    ///
    /// Flow-control capacity is released as soon as data is read. To hold the peer back, stop polling.
    pub fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Bytes>, Status>> {
        loop {
            if let Some(message) = self.decoder.next()? {
                return Poll::Ready(Ok(Some(message)));
            }
            match self.stream.poll_data(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(None) => {
                    self.decoder.finish()?;
                    return Poll::Ready(Ok(None));
                }
                Poll::Ready(Some(Err(error))) => {
                    return Poll::Ready(Err(Status::new(Code::Cancelled, error.to_string())));
                }
                Poll::Ready(Some(Ok(data))) => {
                    let length = data.len();
                    self.decoder.push(data);
                    // Fails only when the stream is gone, which the next poll reports.
                    let _ = self.stream.flow_control().release_capacity(length);
                }
            }
        }
    }

    /// See [`Requests::poll_next`].
    pub async fn next(&mut self) -> Result<Option<Bytes>, Status> {
        crate::poll::poll_fn(|cx| self.poll_next(cx)).await
    }
}
