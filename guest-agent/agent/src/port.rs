//! The virtio-serial port to the host, as a sequence of connections.
//!
//! The port differs from a socket in four ways. It stays open whatever the host does: while no host is connected, reads
//! return 0 and `poll` reports `POLLHUP` again and again. It has no connections, so bytes of the previous one may come
//! before those of the next. The kernel's notification that a host has connected or disconnected is separate from the
//! host's bytes, which may arrive first: in a restored clone, both wait for the guest to run. And each write is one
//! buffer in a small ring, so small writes are expensive.

use crate::fd::{self, check, check_fd};
use crate::preface::{position_of_preface, Frames, FRAME_HEADER_LENGTH, PREFACE};
use std::ffi::CString;
use std::fs;
use std::future::Future;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::io::{AsRawFd, OwnedFd, RawFd};
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Mutex;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tokio::io::unix::AsyncFd;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{sleep, Sleep};

/// The name that the engine gives the port.
pub const PORT_NAME: &str = "io.boxlite.agent";

/// The maximum that the driver takes in one write (`port_fops_write` in drivers/char/virtio_console.c).
const MAX_WRITE_BYTES: usize = 32 * 1024;

/// The longest header block that is accepted. The HTTP/2 library limits the size of the fields, but buffers each field
/// until it is complete, however long it is announced to be.
const MAX_HEADER_BLOCK_BYTES: usize = 64 * 1024;

/// How long a host that seems to have disconnected may in fact be the one that has just connected. On a busy machine,
/// the notification can come long after the first bytes.
const DOUBT: Duration = Duration::from_secs(30);

/// How long to wait for the port to appear. A guest without it is useless, so the agent, and with it the guest, then ends.
const FIND_TIMEOUT: Duration = Duration::from_secs(10);

/// The open port.
pub struct Port {
    file: OwnedFd,
    // The port is watched through an epoll instance of its own. The runtime would treat its permanent POLLHUP as the
    // end of the file.
    changes: AsyncFd<OwnedFd>,
    unread: Mutex<Vec<u8>>,
    /// The last connection ended with the preface of the next one, not with the kernel's notification of a disconnect.
    overtaken: AtomicBool,
}

impl Port {
    /// Waits for the port to appear and opens it.
    pub fn find(name: &str) -> io::Result<Port> {
        let deadline = Instant::now() + FIND_TIMEOUT;
        loop {
            if let Some(device) = device_of(name)? {
                let path = CString::new(device.as_os_str().as_bytes()).expect("a device path without NUL");
                return Port::over(fd::open_at(None, &path, libc::O_RDWR | libc::O_NONBLOCK)?);
            }
            if Instant::now() > deadline {
                let message = format!("no virtio-serial port named {name} appeared within {FIND_TIMEOUT:?}");
                return Err(io::Error::new(io::ErrorKind::NotFound, message));
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    pub(crate) fn over(file: OwnedFd) -> io::Result<Port> {
        // SAFETY: takes no pointers.
        let epoll = check_fd(unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) })?;
        let mut event = libc::epoll_event { events: (libc::EPOLLIN | libc::EPOLLOUT | libc::EPOLLET) as u32, u64: 0 };
        // SAFETY: `event` lives through the call; both descriptors are open.
        check(unsafe { libc::epoll_ctl(epoll.as_raw_fd(), libc::EPOLL_CTL_ADD, file.as_raw_fd(), &mut event) })?;
        Ok(Port { file, changes: AsyncFd::new(epoll)?, unread: Mutex::new(Vec::new()), overtaken: AtomicBool::new(false) })
    }

    /// Waits for the host to start a connection; bytes before its preface are discarded. `alone` is called each time
    /// the kernel reports that no host is connected.
    pub async fn accept(&self, mut alone: impl FnMut()) -> io::Result<Connection<'_>> {
        let mut unread = std::mem::take(&mut *self.lock_unread());
        let mut chunk = [0; 4096];
        loop {
            if let Some(start) = position_of_preface(&unread) {
                unread.drain(..start);
                *self.lock_unread() = unread;
                let overtaken = self.overtaken.swap(false, Ordering::Relaxed);
                return Ok(Connection {
                    port: self,
                    frames: Frames::default(),
                    unsent: Vec::new(),
                    overtaken,
                    certain: !overtaken && !self.host_is_gone(),
                    waited: false,
                    doubt: None,
                    ended: false,
                });
            }
            let stale = unread.len().saturating_sub(PREFACE.len() - 1);
            unread.drain(..stale);
            match fd::read(self.file.as_raw_fd(), &mut chunk) {
                Ok(0) => {
                    alone();
                    crate::poll::poll_fn(|cx| self.poll_change(cx)).await?;
                }
                Ok(n) => unread.extend_from_slice(&chunk[..n]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    crate::poll::poll_fn(|cx| self.poll_change(cx)).await?;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Ready when the state has changed since the last time: retry what would have blocked.
    fn poll_change(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.changes.poll_read_ready(cx) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Ready(Ok(mut guard)) => {
                let mut event = libc::epoll_event { events: 0, u64: 0 };
                // SAFETY: `event` has room for the one event asked for.
                check(unsafe { libc::epoll_wait(self.changes.as_raw_fd(), &mut event, 1, 0) })?;
                guard.clear_ready();
                Poll::Ready(Ok(()))
            }
        }
    }

    fn host_is_gone(&self) -> bool {
        let mut poll = libc::pollfd { fd: self.file.as_raw_fd(), events: libc::POLLOUT, revents: 0 };
        // SAFETY: one pollfd, which lives through the call.
        unsafe { libc::poll(&mut poll, 1, 0) };
        poll.revents & libc::POLLHUP != 0
    }

    fn lock_unread(&self) -> std::sync::MutexGuard<'_, Vec<u8>> {
        self.unread.lock().expect("no holder panics")
    }
}

impl AsRawFd for Port {
    fn as_raw_fd(&self) -> RawFd {
        self.file.as_raw_fd()
    }
}

/// Returns the device of the port with this name.
fn device_of(name: &str) -> io::Result<Option<PathBuf>> {
    let ports = match fs::read_dir("/sys/class/virtio-ports") {
        Ok(ports) => ports,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    for port in ports {
        let port = port?;
        let found = fs::read_to_string(port.path().join("name")).unwrap_or_default();
        let device = PathBuf::from("/dev").join(port.file_name());
        if found.trim_end() == name && device.exists() {
            return Ok(Some(device));
        }
    }
    Ok(None)
}

/// One connection of the host. It ends (reads return nothing) when the host disconnects or starts another one.
pub struct Connection<'a> {
    port: &'a Port,
    frames: Frames,
    unsent: Vec<u8>,
    /// The kernel may not yet have reported that the host before this one disconnected.
    overtaken: bool,
    /// The kernel has reported that this host connected: a later disconnect is this host's.
    certain: bool,
    /// The agent has waited for this host. What is read afterwards is a response, and the kernel has had time to
    /// report.
    waited: bool,
    doubt: Option<Pin<Box<Sleep>>>,
    ended: bool,
}

impl Connection<'_> {
    /// Looks for the preface of the next connection in what was just read. The preface and everything after it is kept
    /// for that connection.
    fn take(&mut self, bytes: &[u8], buffer: &mut ReadBuf<'_>) -> io::Result<()> {
        match self.frames.find_preface(bytes) {
            None if self.frames.header_block() > MAX_HEADER_BLOCK_BYTES => {
                self.ended = true;
                let message = format!("the host sent a header block of more than {MAX_HEADER_BLOCK_BYTES} bytes");
                return Err(io::Error::new(io::ErrorKind::InvalidData, message));
            }
            None => buffer.put_slice(bytes),
            Some(end) => {
                self.ended = true;
                self.port.overtaken.store(true, Ordering::Relaxed);
                buffer.put_slice(&bytes[..end.saturating_sub(FRAME_HEADER_LENGTH)]);
                let mut unread = self.port.lock_unread();
                let rest = [&PREFACE[..FRAME_HEADER_LENGTH], &bytes[end..]].concat();
                unread.splice(..0, rest);
            }
        }
        Ok(())
    }

    /// Called when the kernel reports that no host is connected. Ready when that ends the connection, or when to retry.
    fn poll_absence(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.certain {
            if !self.port.host_is_gone() {
                self.certain = true;
                self.doubt = None;
                return Poll::Ready(Ok(()));
            }
            let doubt = self.doubt.get_or_insert_with(|| Box::pin(sleep(DOUBT)));
            if doubt.as_mut().poll(cx).is_pending() {
                return self.port.poll_change(cx);
            }
        }
        self.ended = true;
        Poll::Ready(Ok(()))
    }

    fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut sent = 0;
        let result = loop {
            if sent == self.unsent.len() {
                break Poll::Ready(Ok(()));
            }
            if self.ended {
                break Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
            }
            let end = self.unsent.len().min(sent + MAX_WRITE_BYTES);
            match fd::write(self.port.as_raw_fd(), &self.unsent[sent..end]) {
                Ok(n) => {
                    sent += n;
                    // Only with a connected host can anything be written.
                    self.certain |= !self.overtaken;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    let gone = self.port.host_is_gone();
                    match if gone { self.poll_absence(cx) } else { self.port.poll_change(cx) } {
                        Poll::Ready(Ok(())) => continue,
                        Poll::Ready(Err(error)) => break Poll::Ready(Err(error)),
                        Poll::Pending => break Poll::Pending,
                    }
                }
                Err(error) => break Poll::Ready(Err(error)),
            }
        };
        self.unsent.drain(..sent);
        result
    }
}

impl Drop for Connection<'_> {
    /// Discards what was received and not read, up to the preface of the next connection. Otherwise that connection
    /// would start with the bytes of this one.
    fn drop(&mut self) {
        if self.port.overtaken.load(Ordering::Relaxed) {
            return;
        }
        let mut unread = self.port.lock_unread();
        match self.frames.find_preface(&unread) {
            Some(end) => drop(unread.splice(..end, PREFACE[..FRAME_HEADER_LENGTH].iter().copied())),
            None => *unread = self.frames.incomplete_header().to_vec(),
        }
    }
}

impl AsyncRead for Connection<'_> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.ended || buffer.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        let waiting = {
            let mut unread = this.port.lock_unread();
            let n = unread.len().min(buffer.remaining());
            unread.drain(..n).collect::<Vec<u8>>()
        };
        if !waiting.is_empty() {
            return Poll::Ready(this.take(&waiting, buffer));
        }
        let mut chunk = [0; 16 * 1024];
        let room = buffer.remaining().min(chunk.len());
        loop {
            match fd::read(this.port.as_raw_fd(), &mut chunk[..room]) {
                Ok(0) => match this.poll_absence(cx) {
                    Poll::Ready(Ok(())) if this.ended => return Poll::Ready(Ok(())),
                    Poll::Ready(Ok(())) => {}
                    Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                    Poll::Pending => return Poll::Pending,
                },
                Ok(n) => {
                    this.certain |= this.waited;
                    return Poll::Ready(this.take(&chunk[..n], buffer));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => match this.port.poll_change(cx) {
                    Poll::Ready(Ok(())) => {}
                    Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                    Poll::Pending => {
                        this.waited = true;
                        return Poll::Pending;
                    }
                },
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}

impl AsyncWrite for Connection<'_> {
    /// Collects small pieces (a frame's header and payload are written separately) until they fill a buffer of the
    /// port.
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.unsent.len() >= MAX_WRITE_BYTES {
            match self.poll_send(cx) {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending if self.unsent.len() >= MAX_WRITE_BYTES => return Poll::Pending,
                Poll::Pending => {}
            }
        }
        let n = bytes.len().min(MAX_WRITE_BYTES - self.unsent.len());
        self.unsent.extend_from_slice(&bytes[..n]);
        Poll::Ready(Ok(n))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_send(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_flush(cx)
    }
}

#[cfg(test)]
mod tests;
