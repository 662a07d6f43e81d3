//! Processes that were left running on purpose, when the main process of their tree had ended.

use super::tree::{Permit, Tree};
use crate::fd;
use std::io;
use std::os::unix::io::{AsRawFd, OwnedFd};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::unix::AsyncFd;

/// What is dropped of one stream at once, and the pause after it: one that writes without end costs the agent little.
const GULP_BYTES: usize = 64 * 1024;
const PAUSE: Duration = Duration::from_millis(10);

/// The trees that were left running. Each keeps its place among those that a guest takes.
#[derive(Default)]
pub struct LeftRunning {
    trees: Mutex<Vec<(Arc<Tree>, Permit)>>,
}

impl LeftRunning {
    pub fn add(&self, tree: Arc<Tree>, permit: Permit) {
        self.trees.lock().expect("no holder panics").push((tree, permit));
    }

    /// Forgets those that have ended meanwhile. Asked now and then: there is no telling when a tree ends that would not
    /// wake the guest when nothing happens.
    pub fn sweep(&self) {
        self.trees.lock().expect("no holder panics").retain(|(tree, _)| {
            let running = tree.cgroup.is_populated().unwrap_or(true);
            if !running {
                tree.cgroup.remove_or_say();
            }
            running
        });
    }
}

/// Reads a stream to its end and drops what it reads, so that who writes neither waits for ever nor gets SIGPIPE.
pub async fn drain(file: AsyncFd<OwnedFd>) {
    loop {
        let mut ready = match file.readable().await {
            Ok(ready) => ready,
            Err(_) => return,
        };
        match gulp(file.as_raw_fd()) {
            Ok(true) => {
                drop(ready);
                tokio::time::sleep(PAUSE).await;
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => ready.clear_ready(),
            // The end; or EIO, which is how a terminal says that nobody has it open any more.
            Ok(false) | Err(_) => return,
        }
    }
}

/// Whether there may be more.
fn gulp(file: i32) -> io::Result<bool> {
    let mut chunk = [0; 4096];
    let mut dropped = 0;
    while dropped < GULP_BYTES {
        match fd::read(file, &mut chunk)? {
            0 => return Ok(false),
            n => dropped += n,
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_dropped_until_its_end() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (ours, theirs) = fd::pipe().unwrap();
            fd::set_nonblocking(&ours).unwrap();
            let writer = std::thread::spawn(move || {
                let mut written = 0;
                while written < 300_000 {
                    written += fd::write(theirs.as_raw_fd(), &[0; 5000]).unwrap();
                }
            });
            drain(AsyncFd::new(ours).unwrap()).await;
            writer.join().unwrap();
        });
    }
}
