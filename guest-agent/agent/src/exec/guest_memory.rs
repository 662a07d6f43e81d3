//! Detects that not only the box but the guest ran out of memory.
//!
//! The kernel charges most of what it allocates for a program to the program's cgroup, but not all: not the rings of
//! packet sockets, the queues of netlink sockets, or the extended attributes of files in memory, for example. A program
//! that makes it allocate more than the guest has is killed within its own limit and within the box's. If it was the
//! only one, it is to blame.

use crate::cgroup::{BoxCgroup, MemoryEvents};
use crate::fd;
use crate::init::memory_total_bytes;
use std::ffi::CString;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// The kernel closes some sockets only after a grace period, and removes namespaces one after the other.
const RELEASE_TIMEOUT: Duration = Duration::from_secs(2);

const MAX_MEMINFO_BYTES: usize = 8192;

/// The memory that is charged to no cgroup.
pub struct GuestMemory {
    /// More than this is not the kernel's usual share.
    most_uncharged: u64,
    /// How often the box had run out of memory when this was last looked at.
    box_ooms: AtomicU64,
}

impl GuestMemory {
    /// Takes what is in use now as the kernel's usual share.
    pub fn new(cgroup: &BoxCgroup) -> GuestMemory {
        let reserve = memory_total_bytes().saturating_sub(cgroup.limits().memory_bytes);
        // If it cannot be read, no tree is ever to blame.
        let most_uncharged = uncharged_bytes(cgroup).map_or(0, |usual| usual + reserve / 2);
        GuestMemory { most_uncharged, box_ooms: AtomicU64::new(0) }
    }

    /// Returns whether a tree that has ended, and beside which there was no other, was killed because the guest had no
    /// memory left.
    pub async fn ran_out(&self, cgroup: &BoxCgroup, events: MemoryEvents) -> bool {
        if events.oom_kill == 0 {
            return false;
        }
        let of_box = match cgroup.ooms() {
            Ok(ooms) => self.box_ooms.swap(ooms, Ordering::Relaxed) != ooms,
            Err(_) => true,
        };
        events.oom == 0 && !of_box && self.is_released(cgroup).await
    }

    /// Returns whether the memory is available again, which may take the kernel a moment. What is still in use after that
    /// is not the ended tree's.
    async fn is_released(&self, cgroup: &BoxCgroup) -> bool {
        let give_up = Instant::now() + RELEASE_TIMEOUT;
        loop {
            match uncharged_bytes(cgroup) {
                Ok(bytes) if bytes <= self.most_uncharged => return true,
                Ok(_) if Instant::now() < give_up => sleep(Duration::from_millis(10)).await,
                _ => return false,
            }
        }
    }
}

fn uncharged_bytes(cgroup: &BoxCgroup) -> io::Result<u64> {
    let path = CString::new("/proc/meminfo").expect("a constant without NUL");
    let meminfo = fd::read_small_file(&path, MAX_MEMINFO_BYTES)?;
    let available = available_bytes(&String::from_utf8_lossy(&meminfo))
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "no MemAvailable"))?;
    Ok(memory_total_bytes().saturating_sub(available).saturating_sub(cgroup.pinned_memory_bytes()?))
}

/// The field `MemAvailable` of /proc/meminfo, proc(5).
fn available_bytes(meminfo: &str) -> Option<u64> {
    let field = meminfo.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    Some(field.trim().strip_suffix(" kB")?.parse::<u64>().ok()? << 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_available_memory_is_read_in_kib() {
        assert_eq!(available_bytes("MemFree:  7 kB\nMemAvailable:     128940 kB\n"), Some(128940 << 10));
        assert_eq!(available_bytes("MemFree: 7 kB\n"), None);
    }
}
