//! Standard input: from the host to the process, as fast as the process reads it.

use super::launch::set_terminal_size;
use super::plan::TerminalSize;
use super::terminal_end::TerminalEnd;
use crate::fd;
use bytes::{Buf, Bytes};
use std::collections::VecDeque;
use std::io;
use std::os::unix::io::{AsRawFd, OwnedFd};
use std::task::{Context, Poll};
use tokio::io::unix::AsyncFd;

/// Above this number of bytes that the process has not read yet, the agent reads no more from the host, and flow
/// control stops it.
const MAX_QUEUED_BYTES: usize = 64 * 1024;

pub struct Input {
    file: Option<AsyncFd<OwnedFd>>,
    /// Signals end of input to the programs of a terminal.
    terminal: Option<TerminalEnd>,
    queue: VecDeque<Bytes>,
    queued: usize,
    ended: bool,
}

impl Input {
    /// Without a file everything is discarded, as for a process that does not read.
    pub fn new(file: Option<OwnedFd>, terminal: Option<TerminalEnd>) -> io::Result<Input> {
        let file = file.map(AsyncFd::new).transpose()?;
        Ok(Input { file, terminal, queue: VecDeque::new(), queued: 0, ended: false })
    }

    pub fn push(&mut self, data: Bytes) {
        if self.file.is_some() && !self.ended && !data.is_empty() {
            self.queued += data.len();
            self.queue.push_back(data);
        }
    }

    /// Marks the end of input, after the data that was pushed.
    pub fn end(&mut self) {
        self.ended = true;
    }

    pub fn is_full(&self) -> bool {
        self.queued > MAX_QUEUED_BYTES
    }

    /// Discards the remaining input: nobody will read it.
    pub fn abandon(&mut self) {
        self.queue.clear();
        self.queued = 0;
        self.file = None;
    }

    pub fn resize(&self, size: TerminalSize) -> io::Result<()> {
        match &self.file {
            Some(file) if self.terminal.is_some() => set_terminal_size(file.as_raw_fd(), size),
            _ => Ok(()),
        }
    }

    /// Writes as much as the process takes. Ready when something was written or discarded.
    pub fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            let (file, data) = match (&self.file, self.queue.front_mut()) {
                (Some(file), Some(data)) => (file, data),
                (Some(_), None) if !self.ended => return Poll::Pending,
                (Some(file), None) => {
                    let end = match &mut self.terminal {
                        Some(terminal) => terminal.poll(cx, file.as_raw_fd()),
                        None => {
                            self.file = None;
                            Poll::Pending
                        }
                    };
                    match end {
                        Poll::Ready(character) => {
                            self.queued += 1;
                            self.queue.push_back(Bytes::copy_from_slice(&[character]));
                            continue;
                        }
                        Poll::Pending => return Poll::Pending,
                    }
                }
                (None, _) => return Poll::Pending,
            };
            let mut ready = match file.poll_write_ready(cx) {
                Poll::Ready(Ok(ready)) => ready,
                Poll::Ready(Err(_)) => return self.give_up(),
                Poll::Pending => return Poll::Pending,
            };
            match fd::write(file.as_raw_fd(), data) {
                Ok(n) => {
                    data.advance(n);
                    self.queued -= n;
                    if data.is_empty() {
                        self.queue.pop_front();
                    }
                    return Poll::Ready(());
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => ready.clear_ready(),
                // EPIPE: the process has closed its standard input, which it is free to do.
                Err(_) => return self.give_up(),
            }
        }
    }

    fn give_up(&mut self) -> Poll<()> {
        self.abandon();
        Poll::Ready(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::poll::poll_fn;

    fn run<T>(test: impl std::future::Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test)
    }

    fn input() -> (OwnedFd, Input) {
        let (theirs, ours) = fd::pipe().unwrap();
        fd::set_nonblocking(&ours).unwrap();
        (theirs, Input::new(Some(ours), None).unwrap())
    }

    async fn drain(input: &mut Input) {
        poll_fn(|cx| {
            while input.poll_write(cx).is_ready() {}
            Poll::Ready(())
        })
        .await;
    }

    #[test]
    fn the_end_comes_after_everything_pushed() {
        run(async {
            let (theirs, mut input) = input();
            input.push(Bytes::from_static(b"one "));
            input.push(Bytes::from_static(b"two"));
            input.end();
            input.push(Bytes::from_static(b"late"));
            while !input.queue.is_empty() {
                poll_fn(|cx| input.poll_write(cx)).await;
            }
            drain(&mut input).await;
            let mut got = [0; 20];
            assert_eq!(fd::read(theirs.as_raw_fd(), &mut got).unwrap(), 7);
            assert_eq!(&got[..7], b"one two");
            assert_eq!(fd::read(theirs.as_raw_fd(), &mut got).unwrap(), 0, "the pipe was closed");
        });
    }

    #[test]
    fn a_process_that_does_not_read_fills_the_queue() {
        run(async {
            let (_theirs, mut input) = input();
            assert!(!input.is_full());
            input.push(Bytes::from(vec![0; 256 * 1024]));
            poll_fn(|cx| input.poll_write(cx)).await;
            drain(&mut input).await;
            assert!(input.is_full());
        });
    }

    #[test]
    fn closing_standard_input_is_not_an_error() {
        run(async {
            let (theirs, mut input) = input();
            drop(theirs);
            input.push(Bytes::from(vec![0; 256 * 1024]));
            poll_fn(|cx| input.poll_write(cx)).await;
            assert!(!input.is_full());
        });
    }
}
