//! Waits until the kernel has released what an ended process tree held.

use super::{Executor, Tree};
use crate::cgroup::ExecCgroup;
use std::io;
use std::os::unix::io::OwnedFd;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long ended processes may stay visible. One that is traced from outside the tree stays as long as its tracer.
const EXIT_TIMEOUT: Duration = Duration::from_millis(200);

/// Memory that an ended tree still holds below this size is not worth waiting for.
const CLEANUP_THRESHOLD_BYTES: u64 = 4 << 20;

/// The kernel destroys network namespaces one after the other. Memory that is still held after this time may never be
/// released, for example the metadata of very many files in memory.
const CLEANUP_TIMEOUT: Duration = Duration::from_secs(5);

/// Makes the kernel release sockets that are nowhere but in each other's queues, with everything that they hold: memory,
/// open files and locks on them. It looks for such sockets when a socket of this kind is closed.
pub fn collect_sockets() {
    let mut ends = [-1; 2];
    // SAFETY: the kernel writes two descriptors, which are ours alone.
    unsafe {
        if libc::socketpair(libc::AF_UNIX, libc::SOCK_DGRAM | libc::SOCK_CLOEXEC, 0, ends.as_mut_ptr()) == 0 {
            libc::close(ends[0]);
            libc::close(ends[1]);
        }
    }
}

/// Waits until ended processes are gone, so that the next execution does not see them. That takes the kernel a moment.
/// A stray must be reaped by the agent, and a process with a live tracer outside the tree stays.
pub async fn await_removal(executor: &Executor, tree: &Tree) -> io::Result<()> {
    let give_up = Instant::now() + EXIT_TIMEOUT;
    while tree.cgroup.has_processes()? && Instant::now() < give_up {
        tree.leave_to(executor.spawner.children());
        executor.spawner.children().reap_strays();
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    Ok(())
}

/// Waits until the kernel has released the memory of an ended tree if it is a large amount, so that the next execution
/// can use it. Files stay.
pub async fn clean_up(executor: &Executor, cgroup: &ExecCgroup, ipc: Option<Arc<OwnedFd>>) -> io::Result<()> {
    // Reading the peak is cheap, and most trees never used that much.
    if cgroup.peak_memory_bytes()? < CLEANUP_THRESHOLD_BYTES || cgroup.memory_bytes()? < CLEANUP_THRESHOLD_BYTES {
        return Ok(());
    }
    if let Some(ipc) = ipc {
        let _ = executor.spawner.clear(ipc).await;
    }
    let give_up = Instant::now() + CLEANUP_TIMEOUT;
    let mut pause = Duration::from_millis(2);
    while cgroup.kernel_memory_bytes()? >= CLEANUP_THRESHOLD_BYTES && Instant::now() < give_up {
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_millis(50));
    }
    Ok(())
}
