//! Passes the host's notifications on to the kernel.
//!
//! They can block in the kernel: they wait for programs that wait for replies. So they have a thread of their own.

use super::Device;
use crate::fd;
use bytes::Bytes;
use std::io;
use std::os::unix::io::AsRawFd;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;
use tokio::io::unix::AsyncFd;
use tokio::sync::mpsc;

/// The longest notification that something has changed: it may have a name. The others have data.
const MAX_INVALIDATION_BYTES: usize = 512;

/// The data that may wait for the thread.
const MAX_QUEUED_BYTES: usize = 2 << 20;

/// Returns whether this replies to no request: the field `unique` of `struct fuse_out_header` is 0.
pub fn is_notification(reply: &[u8]) -> bool {
    reply.get(8..16).map_or(false, |unique| unique == [0; 8])
}

/// What the thread passes on, in this order.
pub enum Notification {
    Message(Bytes),
    Barrier(u64),
}

/// The thread that gives notifications to the kernel. It ends when this is dropped.
pub struct Notifications {
    queue: std::sync::mpsc::Sender<Notification>,
    queued_bytes: Arc<AtomicUsize>,
}

impl Notifications {
    pub fn start(device: &AsyncFd<Device>) -> io::Result<(Notifications, mpsc::UnboundedReceiver<u64>)> {
        let (queue, waiting) = std::sync::mpsc::channel();
        let (sender, passed) = mpsc::unbounded_channel();
        let queued_bytes = Arc::new(AtomicUsize::new(0));
        let (device, bytes) = (device.get_ref().clone(), queued_bytes.clone());
        let pass_on = move || {
            for notification in waiting {
                match notification {
                    Notification::Message(message) => {
                        // Fails if the kernel has dropped what it is about.
                        let _ = fd::write(device.as_raw_fd(), &message);
                        bytes.fetch_sub(message.len(), Ordering::Relaxed);
                    }
                    Notification::Barrier(number) => drop(sender.send(number)),
                }
            }
        };
        std::thread::Builder::new().name("volume".to_owned()).stack_size(64 * 1024).spawn(pass_on)?;
        Ok((Notifications { queue, queued_bytes }, passed))
    }

    /// Queues a notification without waiting. Data that the kernel did not ask for is dropped if much of it waits.
    pub fn send(&self, notification: Notification) {
        if let Notification::Message(message) = &notification {
            let queued = self.queued_bytes.load(Ordering::Relaxed);
            if message.len() > MAX_INVALIDATION_BYTES && queued > MAX_QUEUED_BYTES {
                return;
            }
            self.queued_bytes.fetch_add(message.len(), Ordering::Relaxed);
        }
        let _ = self.queue.send(notification);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notification_is_what_replies_to_nothing() {
        let message = |unique: u64| [&[16, 0, 0, 0, 4, 0, 0, 0][..], &unique.to_le_bytes()].concat();
        assert!(is_notification(&message(0)));
        assert!(!is_notification(&message(1 << 40)));
        assert!(!is_notification(&[0; 15]));
    }
}
