//! Resource limits and usage of a box's processes: cgroup v2.
//!
//! All of them are below one cgroup with limits of memory and processes, so that the agent, which is outside, keeps the
//! resources it needs. Each execution has its own cgroup below that. It is used once, since its peak and counters
//! cannot be reset.

use crate::fd::{self, check};
use std::ffi::CString;
use std::fs::{self, File};
use std::io::{self, BufRead};
use std::os::unix::io::{AsRawFd, OwnedFd, RawFd};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Mutex;

/// Where the agent mounts the hierarchy.
pub const MOUNT_POINT: &str = "/sys/fs/cgroup";

const BOX: &str = "/sys/fs/cgroup/boxlite";

const CONTROLLERS: &str = "+memory +pids +cpu";

/// Enough for the maximum number of executions, and as many that are being removed.
const MAX_CGROUPS: usize = 1024;

/// The size up to which interface files are read. `memory.events` and `cpu.stat` are far smaller.
const MAX_FILE_BYTES: usize = 4096;

/// The size of a page on x86-64.
const PAGE_BYTES: u64 = 4096;

/// What a box may use of its guest's resources.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BoxLimits {
    pub memory_bytes: u64,
    pub processes: u64,
}

impl BoxLimits {
    /// Reserves a sixteenth of the memory, between 24 and 128 MiB, for kernel and agent. A process costs the kernel
    /// about 50 KiB that are not fully charged to any cgroup; hence one process for each 128 KiB.
    pub fn of_guest(memory_total_bytes: u64) -> BoxLimits {
        const MIB: u64 = 1 << 20;
        let reserve = (memory_total_bytes / 16).clamp(24 * MIB, 128 * MIB);
        BoxLimits {
            memory_bytes: memory_total_bytes.saturating_sub(reserve).max(8 * MIB),
            processes: (memory_total_bytes / (128 << 10)).clamp(512, 16384),
        }
    }

    /// The process limit of an execution without a limit of its own. It leaves room for another execution to start.
    pub fn processes_of_one(&self) -> u64 {
        self.processes / 4 * 3
    }
}

/// The cgroup of the whole box.
pub struct BoxCgroup {
    limits: BoxLimits,
    directory: OwnedFd,
    cpu_stat: OwnedFd,
    named: AtomicU64,
    spare: Mutex<Option<ExecCgroup>>,
}

impl BoxCgroup {
    /// Creates the box's cgroup. The hierarchy must be mounted.
    pub fn create(limits: BoxLimits) -> io::Result<BoxCgroup> {
        fs::write(format!("{MOUNT_POINT}/cgroup.subtree_control"), CONTROLLERS)?;
        match fs::create_dir(BOX) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        fs::write(format!("{BOX}/memory.max"), limits.memory_bytes.to_string())?;
        fs::write(format!("{BOX}/pids.max"), limits.processes.to_string())?;
        // Only the agent makes cgroups. Should a process of the box find a way to do so, this limits the damage: each
        // cgroup costs memory that no limit counts, and must be removed again.
        fs::write(format!("{BOX}/cgroup.max.depth"), "1")?;
        fs::write(format!("{BOX}/cgroup.max.descendants"), MAX_CGROUPS.to_string())?;
        fs::write(format!("{BOX}/cgroup.subtree_control"), CONTROLLERS)?;
        let path = CString::new(BOX).expect("a constant without NUL");
        let directory = fd::open_at(None, &path, libc::O_RDONLY | libc::O_DIRECTORY)?;
        let cpu_stat = open_file(directory.as_raw_fd(), "cpu.stat", libc::O_RDONLY)?;
        Ok(BoxCgroup { limits, directory, cpu_stat, named: AtomicU64::new(0), spare: Mutex::new(None) })
    }

    /// Returns a cgroup for one execution.
    pub fn take(&self) -> io::Result<ExecCgroup> {
        let spare = self.spare.lock().expect("no holder panics").take();
        match spare {
            Some(spare) => Ok(spare),
            None => self.make(),
        }
    }

    /// Creates the cgroup of the next execution in advance, which takes almost a millisecond under emulation.
    pub fn prepare(&self) {
        let mut spare = self.spare.lock().expect("no holder panics");
        if spare.is_none() {
            *spare = self.make().ok();
        }
    }

    fn make(&self) -> io::Result<ExecCgroup> {
        let number = self.named.fetch_add(1, Ordering::Relaxed);
        let name = CString::new(format!("exec{number}")).expect("a name without NUL");
        // SAFETY: `name` is a NUL-terminated string that lives through the call.
        check(unsafe { libc::mkdirat(self.directory.as_raw_fd(), name.as_ptr(), 0o755) })?;
        let parent = self.directory.as_raw_fd();
        let directory = fd::open_at(Some(parent), &name, libc::O_RDONLY | libc::O_DIRECTORY)?;
        let open = |file| open_file(directory.as_raw_fd(), file, libc::O_RDONLY);
        let (events, cpu_stat, memory_peak) = (open("cgroup.events")?, open("cpu.stat")?, open("memory.peak")?);
        let pids = open("pids.current")?;
        let cgroup = ExecCgroup { parent, name, directory, events, pids, cpu_stat, memory_peak };
        cgroup.write("memory.oom.group", "1")?;
        cgroup.write("pids.max", &self.limits.processes_of_one().to_string())?;
        Ok(cgroup)
    }

    /// CPU time of everything in this guest except the kernel's own threads.
    pub fn guest_cpu_nanos(&self) -> io::Result<u64> {
        let mut agent = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        // SAFETY: `agent` lives through the call.
        check(unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut agent) })?;
        let agent_nanos = agent.tv_sec as u64 * 1_000_000_000 + agent.tv_nsec as u64;
        Ok(cpu_time(&self.cpu_stat)?.total_nanos.saturating_add(agent_nanos))
    }

    pub fn limits(&self) -> BoxLimits {
        self.limits
    }

    /// How often the memory of the box ran out, as opposed to the limit of one execution or the memory of the guest.
    pub fn ooms(&self) -> io::Result<u64> {
        let events = content(&open_file(self.directory.as_raw_fd(), "memory.events.local", libc::O_RDONLY)?)?;
        Ok(value(&events, "oom").unwrap_or(0))
    }

    /// The memory that is charged to the box now and that the kernel would not release under memory pressure.
    pub fn pinned_memory_bytes(&self) -> io::Result<u64> {
        let stat = content(&open_file(self.directory.as_raw_fd(), "memory.stat", libc::O_RDONLY)?)?;
        let bytes = |key| value(&stat, key).unwrap_or(0);
        let pinned = bytes("anon") + bytes("shmem") + bytes("kernel");
        Ok(pinned.saturating_sub(bytes("slab_reclaimable")))
    }

    /// Kills every process of the box except its init.
    pub fn kill_all(&self) -> io::Result<()> {
        write_file(self.directory.as_raw_fd(), "cgroup.kill", "1")
    }
}

/// CPU time of a process tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CpuTime {
    pub total_nanos: u64,
    pub user_nanos: u64,
    pub system_nanos: u64,
}

/// Memory events of a process tree, from the kernel's `memory.events`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MemoryEvents {
    /// The tree reached its own limit, and memory had to be reclaimed from it.
    pub max: u64,
    /// The tree reached its own limit, and nothing could be reclaimed from it.
    pub oom: u64,
    /// Processes of the tree that the kernel's OOM killer killed, because of the tree's limit or the box's.
    pub oom_kill: u64,
}

/// What a process tree had to read again, from the kernel's `memory.stat`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Paging {
    /// Pages of files that were evicted and needed again.
    pub refaulted: u64,
    /// Those of them that were evicted while in use.
    pub restored: u64,
    /// Accesses to mapped memory, including the program's own text, that had to wait for a disk.
    pub major_faults: u64,
    /// The pages of files that are in memory now.
    pub cached: u64,
}

/// The cgroup of one execution. The files that are read in every execution are opened when the cgroup is created in
/// advance: opening one takes longer than reading it.
pub struct ExecCgroup {
    // Borrowed from the box's cgroup, which is never dropped.
    parent: RawFd,
    name: CString,
    directory: OwnedFd,
    events: OwnedFd,
    pids: OwnedFd,
    cpu_stat: OwnedFd,
    memory_peak: OwnedFd,
}

impl ExecCgroup {
    /// Limits the memory, and protects as much from reclaim when others need memory: their file pages are reclaimed
    /// first.
    pub fn limit_memory(&self, bytes: u64) -> io::Result<()> {
        self.write("memory.max", &bytes.to_string())?;
        self.write("memory.low", &bytes.to_string())?;
        match self.write("memory.swap.max", "0") {
            // A kernel without swap does not have this file, and there is nothing to limit.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            result => result,
        }
    }

    pub fn limit_processes(&self, count: u64) -> io::Result<()> {
        self.write("pids.max", &count.to_string())
    }

    /// Kills every process in the cgroup, including those that are just being forked.
    pub fn kill(&self) -> io::Result<()> {
        self.write("cgroup.kill", "1")
    }

    /// Returns whether any process in it is still running.
    pub fn is_populated(&self) -> io::Result<bool> {
        Ok(value(&content(&self.events)?, "populated").unwrap_or(0) != 0)
    }

    /// Returns whether the cgroup still has any process, including ended ones that were not reaped yet.
    pub fn has_processes(&self) -> io::Result<bool> {
        Ok(content(&self.pids)?.trim() != "0")
    }

    /// Returns the first threads that have not ended, at most `most`.
    pub fn threads(&self, most: usize) -> io::Result<Vec<libc::pid_t>> {
        let file = File::from(open_file(self.directory.as_raw_fd(), "cgroup.threads", libc::O_RDONLY)?);
        let lines = io::BufReader::new(file).lines().take(most);
        Ok(lines.filter_map(|line| line.ok()?.parse().ok()).collect())
    }

    pub fn cpu_time(&self) -> io::Result<CpuTime> {
        cpu_time(&self.cpu_stat)
    }

    pub fn peak_memory_bytes(&self) -> io::Result<u64> {
        Ok(content(&self.memory_peak)?.trim().parse().unwrap_or(0))
    }

    pub fn memory_events(&self) -> io::Result<MemoryEvents> {
        let events = content(&open_file(self.directory.as_raw_fd(), "memory.events", libc::O_RDONLY)?)?;
        let count = |key| value(&events, key).unwrap_or(0);
        Ok(MemoryEvents { max: count("max"), oom: count("oom"), oom_kill: count("oom_kill") })
    }

    pub fn paging(&self) -> io::Result<Paging> {
        let stat = content(&open_file(self.directory.as_raw_fd(), "memory.stat", libc::O_RDONLY)?)?;
        let count = |key| value(&stat, key).unwrap_or(0);
        Ok(Paging {
            refaulted: count("workingset_refault_file"),
            restored: count("workingset_restore_file"),
            major_faults: count("pgmajfault"),
            cached: count("file") / PAGE_BYTES,
        })
    }

    /// The memory that is charged to it now, including file pages.
    pub fn memory_bytes(&self) -> io::Result<u64> {
        let current = open_file(self.directory.as_raw_fd(), "memory.current", libc::O_RDONLY)?;
        Ok(content(&current)?.trim().parse().unwrap_or(0))
    }

    /// The kernel memory charged to it, except what the kernel would release under memory pressure.
    pub fn kernel_memory_bytes(&self) -> io::Result<u64> {
        let stat = content(&open_file(self.directory.as_raw_fd(), "memory.stat", libc::O_RDONLY)?)?;
        let bytes = |key| value(&stat, key).unwrap_or(0);
        Ok(bytes("kernel").saturating_sub(bytes("slab_reclaimable")))
    }

    /// Removes the cgroup. All its processes must have ended, and it must have no children.
    pub fn remove(&self) -> io::Result<()> {
        // SAFETY: `name` is a NUL-terminated string, and the parent's descriptor is never closed.
        check(unsafe { libc::unlinkat(self.parent, self.name.as_ptr(), libc::AT_REMOVEDIR) }).map(drop)
    }

    /// Removes the cgroup. A failure is logged on the console; it costs no more than a directory.
    pub fn remove_or_log(&self) {
        if let Err(error) = self.remove() {
            eprintln!("boxlite-agent: cannot remove a cgroup: {error}");
        }
    }

    fn write(&self, file: &str, content: &str) -> io::Result<()> {
        write_file(self.directory.as_raw_fd(), file, content)
    }

}

impl AsRawFd for ExecCgroup {
    fn as_raw_fd(&self) -> RawFd {
        self.directory.as_raw_fd()
    }
}

fn write_file(directory: RawFd, file: &str, content: &str) -> io::Result<()> {
    open_file(directory, file, libc::O_WRONLY)
        .and_then(|file| fd::write(file.as_raw_fd(), content.as_bytes()))
        .map(drop)
        .map_err(|error| io::Error::new(error.kind(), format!("cannot write {content} to {file}: {error}")))
}

fn open_file(directory: RawFd, file: &str, flags: libc::c_int) -> io::Result<OwnedFd> {
    let name = CString::new(file).expect("a constant without NUL");
    fd::open_at(Some(directory), &name, flags)
}

fn cpu_time(cpu_stat: &OwnedFd) -> io::Result<CpuTime> {
    let stat = content(cpu_stat)?;
    let nanos = |key| value(&stat, key).unwrap_or(0).saturating_mul(1000);
    Ok(CpuTime {
        total_nanos: nanos("usage_usec"),
        user_nanos: nanos("user_usec"),
        system_nanos: nanos("system_usec"),
    })
}

/// Reads the current content of an open file.
fn content(file: &OwnedFd) -> io::Result<String> {
    let mut buffer = [0; MAX_FILE_BYTES];
    let length = fd::read_from_start(file.as_raw_fd(), &mut buffer)?;
    Ok(String::from_utf8_lossy(&buffer[..length]).into_owned())
}

/// Returns the value of a key in a file of lines "key value" ("flat keyed" in the kernel's cgroup-v2.rst).
fn value(file: &str, key: &str) -> Option<u64> {
    file.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(' ')?.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzz;

    #[test]
    fn values_are_found_by_their_whole_key() {
        let events = "low 1\noom 2\noom_kill 3\noom_group_kill 4\n";
        assert_eq!(value(events, "oom"), Some(2));
        assert_eq!(value(events, "oom_kill"), Some(3));
        assert_eq!(value(events, "oom_k"), None);
        assert_eq!(value("", "oom"), None);
        assert_eq!(value("oom many\n", "oom"), None);
    }

    #[test]
    fn the_agent_keeps_a_reserve_in_guests_of_any_size() {
        const MIB: u64 = 1 << 20;
        for total in [64, 128, 512, 4096, 65536] {
            let limits = BoxLimits::of_guest(total * MIB);
            let reserve = total - limits.memory_bytes / MIB;
            assert!((24..=128).contains(&reserve), "{total} MiB keep {reserve}");
            assert!((512..=16384).contains(&limits.processes));
            assert!(limits.processes_of_one() < limits.processes);
        }
    }

    #[test]
    fn a_guest_too_small_for_the_reserve_still_has_a_limit() {
        assert_eq!(BoxLimits::of_guest(1 << 20).memory_bytes, 8 << 20);
    }

    #[test]
    fn any_interface_file_is_read() {
        fuzz::run("any_interface_file", 300, |random| {
            let mut file = b"usage_usec 12\nuser_usec 10\nsystem_usec 2\noom_kill 18446744073709551615\n".to_vec();
            fuzz::mutate(random, &mut file);
            let text = String::from_utf8_lossy(&file);
            for key in ["usage_usec", "user_usec", "oom_kill", "oom", ""] {
                let _ = value(&text, key);
            }
        });
    }
}
