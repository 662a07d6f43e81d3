//! What PID 1 of a machine owes it before anything else runs.

use crate::fd::{self, check, check_fd};
use crate::root::mount;
use libc::{MS_NODEV, MS_NOEXEC, MS_NOSUID};
use std::ffi::CString;
use std::fs;
use std::io;
use std::os::unix::io::AsRawFd;

/// Kernel settings, below /proc/sys, without which no box must run.
const REQUIRED: [(&str, &str); 2] = [
    // Never a program, which the kernel would run with all that the agent may do.
    ("kernel/core_pattern", "core"),
    // In a namespace of its own a box could mount the hierarchy of control groups, and write its own limits through it.
    // It can make user namespaces, and in them all others; this limit counts in all of them, and only the agent has the
    // capability to change it.
    ("user/max_cgroup_namespaces", "0"),
];

/// More of them. Those that this kernel was built without are skipped.
const SETTINGS: [(&str, &str); 10] = [
    // The kernel's log is the host's business.
    ("kernel/dmesg_restrict", "1"),
    // An allocation that fails in one box's process must never end the guest.
    ("vm/panic_on_oom", "0"),
    ("kernel/panic_on_oops", "1"),
    // A program that asks for more than the machine has is told when it uses it, as one that asks for less: by its
    // cgroup. Otherwise the kernel refuses the one request and not the other, and the verdicts differ.
    ("vm/overcommit_memory", "1"),
    // As container runtimes set them: servers on port 80 and ping without capabilities.
    ("net/ipv4/ip_unprivileged_port_start", "0"),
    ("net/ipv4/ping_group_range", "0 2147483647"),
    // The cgroup bounds the box; this bound is derived from memory and would hit the agent as well.
    ("kernel/threads-max", "32768"),
    ("fs/file-max", "1048576"),
    // Each costs memory that no cgroup is charged for, and time to take it down. A sandbox needs one.
    ("user/max_net_namespaces", "128"),
    // Whoever opens a file that a program holds by a lease waits for so many seconds, the agent's threads included.
    ("fs/lease-break-time", "1"),
];

/// Mounts what the agent needs, takes the console, and protects this process.
pub fn set_up() -> Result<(), String> {
    for directory in ["/proc", "/sys", "/dev", "/run"] {
        match fs::create_dir(directory) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                return Err(format!("making {directory}: {error}"));
            }
            _ => {}
        }
    }
    let nothing = MS_NOSUID | MS_NODEV | MS_NOEXEC;
    // The kernel mounts it by itself where it is told to (CONFIG_DEVTMPFS_MOUNT); once more does no harm.
    mount("dev", "/dev", "devtmpfs", MS_NOSUID | MS_NOEXEC, "mode=755")?;
    take_console().map_err(|error| format!("taking the console: {error}"))?;
    mount("proc", "/proc", "proc", nothing, "")?;
    mount("sysfs", "/sys", "sysfs", nothing, "")?;
    // nsdelegate: should there be a cgroup namespace after all, nothing in it changes the limits of its own root.
    mount("cgroup2", "/sys/fs/cgroup", "cgroup2", nothing, "nsdelegate")?;
    for (name, value) in REQUIRED {
        fs::write(format!("/proc/sys/{name}"), value).map_err(|error| format!("setting {name} to {value}: {error}"))?;
    }
    for (name, value) in SETTINGS {
        let _ = fs::write(format!("/proc/sys/{name}"), value);
    }
    protect();
    loopback_up().map_err(|error| format!("bringing the loopback interface up: {error}"))
}

/// Standard streams on the console: a kernel without a node for it starts init without any.
fn take_console() -> io::Result<()> {
    let open = |path: &str| {
        let path = CString::new(path).expect("a constant without NUL");
        fd::open_at(None, &path, libc::O_RDWR | libc::O_NOCTTY)
    };
    let console = open("/dev/console").or_else(|_| open("/dev/null"))?;
    for stream in 0..=2 {
        // SAFETY: both are descriptor numbers; dup3 refuses equal ones, which then is what we want but for the flag.
        unsafe {
            if console.as_raw_fd() == stream {
                libc::fcntl(stream, libc::F_SETFD, 0);
            } else {
                libc::dup3(console.as_raw_fd(), stream, 0);
            }
        }
    }
    if console.as_raw_fd() <= 2 {
        // It became a standard stream, which is never closed.
        std::mem::forget(console);
    }
    Ok(())
}

/// Keeps the agent itself out of reach and running.
fn protect() {
    // SAFETY: these take no pointers but the limits, which live through the calls.
    unsafe {
        // A forked child shares the agent's memory until it executes its program, under the eyes of the box. Nobody
        // without CAP_SYS_PTRACE, so nobody in the box, may then look into it.
        libc::prctl(libc::PR_SET_DUMPABLE, 0, 0, 0, 0);
        // Thousands of busy processes must not keep the agent from ending them.
        libc::setpriority(libc::PRIO_PROCESS, 0, -20);
        // Limits that every process of the box inherits. Descriptors of the agent itself need the higher one.
        let limits = [
            (libc::RLIMIT_CORE, 0),
            (libc::RLIMIT_NPROC, libc::RLIM_INFINITY),
            (libc::RLIMIT_NOFILE, 1 << 20),
        ];
        for (resource, value) in limits {
            libc::setrlimit(resource, &libc::rlimit { rlim_cur: value, rlim_max: value });
        }
        // Writing to a pipe nobody reads is an error to handle, not a signal. As PID 1 the agent gets none either way,
        // and the default is what its children shall inherit.
        libc::signal(libc::SIGPIPE, libc::SIG_DFL);
    }
}

fn loopback_up() -> io::Result<()> {
    // SAFETY: takes no pointers.
    let socket = check_fd(unsafe { libc::socket(libc::AF_INET, libc::SOCK_DGRAM | libc::SOCK_CLOEXEC, 0) })?;
    // SAFETY: all-zero is a valid ifreq.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    request.ifr_name[0] = b'l' as libc::c_char;
    request.ifr_name[1] = b'o' as libc::c_char;
    request.ifr_ifru.ifru_flags = (libc::IFF_UP | libc::IFF_RUNNING) as libc::c_short;
    // SAFETY: `request` is an ifreq that lives through the call.
    check(unsafe { libc::ioctl(socket.as_raw_fd(), libc::SIOCSIFFLAGS as _, &request) }).map(drop)
}

/// Memory of the machine.
pub fn memory_total_bytes() -> u64 {
    // SAFETY: all-zero is a valid sysinfo, which the call then fills in.
    let mut info: libc::sysinfo = unsafe { std::mem::zeroed() };
    // SAFETY: `info` lives through the call.
    unsafe { libc::sysinfo(&mut info) };
    (info.totalram as u64).saturating_mul(u64::from(info.mem_unit))
}

/// Processors that run.
pub fn processors() -> u64 {
    // SAFETY: takes no pointers.
    u64::try_from(unsafe { libc::sysconf(libc::_SC_NPROCESSORS_ONLN) }).unwrap_or(1).max(1)
}
