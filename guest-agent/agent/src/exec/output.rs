//! Standard output and error: from the process to the host, as fast as the host takes them.

use crate::fd;
use crate::grpc::{poll_room, Chunks, CHUNK_BYTES};
use bytes::Bytes;
use h2::SendStream;
use std::io;
use std::os::unix::io::{AsRawFd, OwnedFd};
use std::task::{Context, Poll};
use tokio::io::unix::AsyncFd;

/// The fields `stdout` and `stderr` of `ExecResponse`.
const STDOUT: u8 = 2;
const STDERR: u8 = 3;

/// Both streams of one process tree.
pub struct Output {
    streams: [Stream; 2],
    last_served: usize,
}

/// The result of polling the output.
#[derive(Debug, PartialEq, Eq)]
pub enum Progress {
    /// More was written than the limit; the output up to the limit was sent.
    OverLimit,
    /// The host has ended the call.
    HostGone,
    /// Everything was sent. Returned only after the tree has ended.
    Drained,
}

impl Output {
    /// Output above the limit is discarded if `drop_excess` is set; otherwise it is reported as
    /// [`Progress::OverLimit`].
    pub fn new(
        stdout: Option<OwnedFd>,
        stderr: Option<OwnedFd>,
        limit: Option<u64>,
        drop_excess: bool,
    ) -> io::Result<Output> {
        let stdout = Stream::new(stdout, STDOUT, limit, drop_excess)?;
        let stderr = Stream::new(stderr, STDERR, limit, drop_excess)?;
        Ok(Output { streams: [stdout, stderr], last_served: 1 })
    }

    pub fn stdout_truncated(&self) -> bool {
        self.streams[0].truncated
    }

    pub fn stderr_truncated(&self) -> bool {
        self.streams[1].truncated
    }

    /// Whether a stream went over a limit that ends the tree, not one above which output is only discarded.
    pub fn exceeded(&self) -> bool {
        self.streams.iter().any(|stream| stream.truncated && !stream.drop_excess)
    }

    /// Limits the output to what has been written until now: the main process has ended, and others are left running.
    pub fn end_with_what_is_there(&mut self) {
        for stream in &mut self.streams {
            stream.unread = stream.file.as_ref().map(|file| fd::waiting(file.as_raw_fd()));
        }
    }

    /// Returns the streams that are still open, which processes left running may go on writing to.
    pub fn into_rest(self) -> impl Iterator<Item = AsyncFd<OwnedFd>> {
        self.streams.into_iter().filter_map(|stream| stream.stalled)
    }

    /// Sends output of the process as long as the host takes it. Returns when something else needs to be done.
    ///
    /// `tree_ended`: no process is left to write, so an empty pipe has reached its end even if somebody else still
    /// holds it open.
    pub fn poll_send(&mut self, cx: &mut Context<'_>, host: &mut SendStream<Bytes>, tree_ended: bool) -> Poll<Progress> {
        loop {
            if self.streams.iter().all(|stream| stream.file.is_none()) {
                return if tree_ended { Poll::Ready(Progress::Drained) } else { Poll::Pending };
            }
            match poll_room(cx, host, CHUNK_BYTES) {
                Poll::Ready(true) => {}
                Poll::Ready(false) => return Poll::Ready(Progress::HostGone),
                Poll::Pending => return Poll::Pending,
            }
            let first = 1 - self.last_served;
            let mut chunk = None;
            for index in [first, 1 - first] {
                if let Poll::Ready(read) = self.streams[index].poll_read(cx, tree_ended) {
                    self.last_served = index;
                    chunk = Some(read);
                    break;
                }
            }
            match chunk {
                None if tree_ended => {}
                None => return Poll::Pending,
                // Yield, so that a program that writes without end does not keep the agent from everything else.
                Some(Read { message: None, over_limit: false }) => {
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
                Some(Read { message, over_limit }) => {
                    if message.map_or(false, |message| host.send_data(message, false).is_err()) {
                        return Poll::Ready(Progress::HostGone);
                    }
                    if over_limit {
                        return Poll::Ready(Progress::OverLimit);
                    }
                }
            }
        }
    }
}

/// The result of one read.
struct Read {
    message: Option<Bytes>,
    over_limit: bool,
}

struct Stream {
    file: Option<AsyncFd<OwnedFd>>,
    // No longer read, but kept open: a write must block, not end the writer before it is killed or left running.
    stalled: Option<AsyncFd<OwnedFd>>,
    left: Option<u64>,
    // The number of bytes still to be read, if limited.
    unread: Option<usize>,
    truncated: bool,
    drop_excess: bool,
    chunks: Chunks,
}

impl Stream {
    fn new(file: Option<OwnedFd>, field: u8, limit: Option<u64>, drop_excess: bool) -> io::Result<Stream> {
        let file = file.map(AsyncFd::new).transpose()?;
        let (stalled, unread, chunks) = (None, None, Chunks::new(field));
        Ok(Stream { file, stalled, left: limit, unread, truncated: false, drop_excess, chunks })
    }

    fn poll_read(&mut self, cx: &mut Context<'_>, tree_ended: bool) -> Poll<Read> {
        loop {
            if self.unread == Some(0) {
                self.stalled = self.stalled.take().or(self.file.take());
            }
            let file = match &self.file {
                Some(file) => file,
                None => return Poll::Pending,
            };
            let ready = match file.poll_read_ready(cx) {
                Poll::Ready(Ok(ready)) => Some(ready),
                Poll::Pending if tree_ended => None,
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Err(_)) => {
                    self.file = None;
                    return Poll::Pending;
                }
            };
            let result = self.chunks.read(file.as_raw_fd(), CHUNK_BYTES);
            match (result, ready) {
                (Ok(n), _) if n > 0 => return Poll::Ready(self.take(n)),
                (Err(error), Some(mut ready)) if error.kind() == io::ErrorKind::WouldBlock && !tree_ended => {
                    ready.clear_ready();
                }
                // End of file, or EIO, with which a terminal reports that no process has it open any more.
                _ if self.unread.is_some() => self.unread = Some(0),
                _ => {
                    self.file = None;
                    return Poll::Pending;
                }
            }
        }
    }

    /// Makes a message of the `n` bytes that were read, or of as many as the limit allows.
    fn take(&mut self, n: usize) -> Read {
        let n = self.unread.map_or(n, |unread| n.min(unread));
        self.unread = self.unread.map(|unread| unread - n);
        let kept = self.left.map_or(n, |left| n.min(usize::try_from(left).unwrap_or(usize::MAX)));
        self.truncated |= kept < n;
        let over_limit = kept < n && !self.drop_excess;
        if let Some(left) = &mut self.left {
            *left -= kept as u64;
        }
        if over_limit {
            self.stalled = self.file.take();
        }
        let message = self.chunks.take(n, kept);
        Read { message: (kept > 0).then(|| message), over_limit }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grpc::PREFIX_LENGTH;
    use crate::proto::{exec_response::Message, ExecResponse};
    use prost::Message as _;

    #[test]
    fn exactly_the_limit_is_kept() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            for (written, kept, over) in [(4, 4, false), (5, 5, false), (6, 5, true)] {
                let (ours, theirs) = fd::pipe().unwrap();
                fd::set_nonblocking(&ours).unwrap();
                let mut stream = Stream::new(Some(ours), STDOUT, Some(5), false).unwrap();
                fd::write(theirs.as_raw_fd(), &b"abcdef"[..written]).unwrap();
                let read = crate::poll::poll_fn(|cx| stream.poll_read(cx, false)).await;
                let message = ExecResponse::decode(&read.message.unwrap()[PREFIX_LENGTH..]).unwrap().message.unwrap();
                assert_eq!(message, Message::Stdout(b"abcdef"[..kept].to_vec()));
                assert_eq!((read.over_limit, stream.truncated), (over, over));
            }
        });
    }

    #[test]
    fn what_is_above_the_limit_can_be_dropped() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (ours, theirs) = fd::pipe().unwrap();
            fd::set_nonblocking(&ours).unwrap();
            let mut output = Output::new(Some(ours), None, Some(5), true).unwrap();
            for (written, kept) in [(b"abc", Some(&b"abc"[..])), (b"def", Some(b"de")), (b"ghi", None)] {
                fd::write(theirs.as_raw_fd(), written).unwrap();
                let read = crate::poll::poll_fn(|cx| output.streams[0].poll_read(cx, false)).await;
                let data = read.message.map(|message| message[PREFIX_LENGTH + 2..].to_vec());
                assert_eq!((data.as_deref(), read.over_limit), (kept, false));
            }
            assert!(output.stdout_truncated());
            assert!(!output.exceeded());
        });
    }

    #[test]
    fn of_a_tree_left_running_only_earlier_output_is_sent() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (ours, theirs) = fd::pipe().unwrap();
            fd::set_nonblocking(&ours).unwrap();
            let mut output = Output::new(Some(ours), None, None, false).unwrap();
            fd::write(theirs.as_raw_fd(), b"before").unwrap();
            output.end_with_what_is_there();
            fd::write(theirs.as_raw_fd(), b"after").unwrap();
            let stream = &mut output.streams[0];
            let read = crate::poll::poll_fn(|cx| stream.poll_read(cx, true)).await;
            assert!(read.message.unwrap().ends_with(b"before"));
            crate::poll::poll_fn(|cx| {
                assert!(stream.poll_read(cx, true).is_pending());
                Poll::Ready(())
            })
            .await;
            assert!(stream.file.is_none());
            assert_eq!(output.into_rest().count(), 1);
            assert!(fd::write(theirs.as_raw_fd(), b"later").is_err(), "all ends were dropped");
        });
    }

    #[test]
    fn a_pipe_held_open_by_others_ends_with_the_tree() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (ours, theirs) = fd::pipe().unwrap();
            fd::set_nonblocking(&ours).unwrap();
            let mut stream = Stream::new(Some(ours), STDOUT, None, false).unwrap();
            fd::write(theirs.as_raw_fd(), b"last words").unwrap();
            let read = crate::poll::poll_fn(|cx| stream.poll_read(cx, true)).await;
            assert!(read.message.unwrap().ends_with(b"last words"));
            crate::poll::poll_fn(|cx| {
                assert!(stream.poll_read(cx, true).is_pending());
                Poll::Ready(())
            })
            .await;
            assert!(stream.file.is_none());
        });
    }
}
