//! Processes that keep running in the background after the main process of their tree has ended, as requested.

use super::tree::{Permit, Tree};
use crate::fd;
use std::io;
use std::os::unix::io::{AsRawFd, OwnedFd};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::unix::AsyncFd;

/// The number of bytes to discard from one stream at once, and the pause after that. They keep a program that writes
/// without end cheap.
const DISCARD_BYTES: usize = 64 * 1024;
const PAUSE: Duration = Duration::from_millis(10);

/// The trees that run in the background. Each of them counts towards the number of trees that a guest allows.
#[derive(Default)]
pub struct BackgroundTrees {
    trees: Mutex<Vec<(Arc<Tree>, Permit)>>,
}

impl BackgroundTrees {
    pub fn add(&self, tree: Arc<Tree>, permit: Permit) {
        self.trees.lock().expect("no holder panics").push((tree, permit));
    }

    /// Removes the trees that have ended. Called from time to time: being notified of the end would wake an idle guest.
    pub fn sweep(&self) {
        self.trees.lock().expect("no holder panics").retain(|(tree, _)| {
            let running = tree.cgroup.is_populated().unwrap_or(true);
            if !running {
                tree.cgroup.remove_or_log();
            }
            running
        });
    }
}

/// Reads a stream to its end and discards the data, so that its writers neither block nor get SIGPIPE.
pub async fn drain(file: AsyncFd<OwnedFd>) {
    loop {
        let mut ready = match file.readable().await {
            Ok(ready) => ready,
            Err(_) => return,
        };
        match discard_some(file.as_raw_fd()) {
            Ok(true) => {
                drop(ready);
                tokio::time::sleep(PAUSE).await;
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => ready.clear_ready(),
            // End of file, or EIO, with which a terminal reports that no process has it open any more.
            Ok(false) | Err(_) => return,
        }
    }
}

/// Discards some data. Returns whether there may be more.
fn discard_some(file: i32) -> io::Result<bool> {
    let mut chunk = [0; 4096];
    let mut discarded = 0;
    while discarded < DISCARD_BYTES {
        match fd::read(file, &mut chunk)? {
            0 => return Ok(false),
            n => discarded += n,
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_discarded_to_its_end() {
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
