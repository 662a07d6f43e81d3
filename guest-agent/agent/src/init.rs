//! Initialization that PID 1 must do before anything else runs.

use crate::fd::{self, check, check_fd};
use crate::root::mount;
use libc::{MS_NODEV, MS_NOEXEC, MS_NOSUID};
use std::ffi::CString;
use std::fs;
use std::io;
use std::os::unix::io::AsRawFd;

/// Kernel settings below /proc/sys without which no box may run.
const REQUIRED: [(&str, &str); 2] = [
    // Never a pipe to a program, which the kernel would run with all of the agent's privileges.
    ("kernel/core_pattern", "core"),
    // In a cgroup namespace of its own, a box could mount the cgroup hierarchy and change its own limits. It can create
    // user namespaces, and in them all other kinds. This limit applies to all of them, and only the agent has the
    // capability to change it.
    ("user/max_cgroup_namespaces", "0"),
];

/// Settings that are skipped if this kernel was built without them.
const SETTINGS: [(&str, &str); 10] = [
    // The kernel's log is for the host only.
    ("kernel/dmesg_restrict", "1"),
    // A failed allocation of a box's process must never end the guest.
    ("vm/panic_on_oom", "0"),
    ("kernel/panic_on_oops", "1"),
    // A program that allocates more memory than the machine has fails when it uses the memory, at its cgroup's limit,
    // like one that allocates less. Otherwise the kernel would refuse only the larger request, and the verdicts would
    // differ.
    ("vm/overcommit_memory", "1"),
    // As container runtimes do: servers on port 80, and ping, need no capabilities.
    ("net/ipv4/ip_unprivileged_port_start", "0"),
    ("net/ipv4/ping_group_range", "0 2147483647"),
    // The box is limited by its cgroup. The defaults depend on the memory size and would also limit the agent.
    ("kernel/threads-max", "32768"),
    ("fs/file-max", "1048576"),
    // Each namespace costs memory that is charged to no cgroup, and time to destroy. A sandbox needs one.
    ("user/max_net_namespaces", "128"),
    // Seconds. Opening a file on which a program holds a lease blocks for this long, also in the agent's threads.
    ("fs/lease-break-time", "1"),
];

/// Mounts what the agent needs, opens the console, and protects this process.
pub fn set_up() -> Result<(), String> {
    for directory in ["/proc", "/sys", "/dev", "/run"] {
        match fs::create_dir(directory) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                return Err(format!("cannot make {directory}: {error}"));
            }
            _ => {}
        }
    }
    let nothing = MS_NOSUID | MS_NODEV | MS_NOEXEC;
    // With CONFIG_DEVTMPFS_MOUNT, the kernel mounts it by itself; a second mount is harmless.
    mount("dev", "/dev", "devtmpfs", MS_NOSUID | MS_NOEXEC, "mode=755")?;
    take_console().map_err(|error| format!("cannot open the console: {error}"))?;
    mount("proc", "/proc", "proc", nothing, "")?;
    mount("sysfs", "/sys", "sysfs", nothing, "")?;
    // nsdelegate: should there be a cgroup namespace after all, nothing in it can change the limits of its root.
    mount("cgroup2", "/sys/fs/cgroup", "cgroup2", nothing, "nsdelegate")?;
    for (name, value) in REQUIRED {
        fs::write(format!("/proc/sys/{name}"), value)
            .map_err(|error| format!("cannot set {name} to {value}: {error}"))?;
    }
    for (name, value) in SETTINGS {
        let _ = fs::write(format!("/proc/sys/{name}"), value);
    }
    protect();
    loopback_up().map_err(|error| format!("cannot bring up the loopback interface: {error}"))
}

/// Opens the console as the standard streams: a kernel without a device node for it starts init without any.
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

/// Protects the agent from being traced, starved and limited.
fn protect() {
    // SAFETY: these take no pointers but the limits, which live through the calls.
    unsafe {
        // A forked child shares the agent's memory until it executes its program, and the box can see the child.
        // Without CAP_SYS_PTRACE, which no process of the box has, nobody can then read that memory.
        libc::prctl(libc::PR_SET_DUMPABLE, 0, 0, 0, 0);
        // Thousands of busy processes must not keep the agent from killing them.
        libc::setpriority(libc::PRIO_PROCESS, 0, -20);
        // Limits that every process of the box inherits. The agent itself needs the high limit of descriptors.
        let limits = [
            (libc::RLIMIT_CORE, 0),
            (libc::RLIMIT_NPROC, libc::RLIM_INFINITY),
            (libc::RLIMIT_NOFILE, 1 << 20),
        ];
        for (resource, value) in limits {
            libc::setrlimit(resource, &libc::rlimit { rlim_cur: value, rlim_max: value });
        }
        // Writing to a closed pipe is an error to handle, not a signal. As PID 1 the agent does not get the signal in
        // any case, and its children must inherit the default.
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

/// The machine's total memory.
pub fn memory_total_bytes() -> u64 {
    // SAFETY: all-zero is a valid sysinfo, which the call then fills in.
    let mut info: libc::sysinfo = unsafe { std::mem::zeroed() };
    // SAFETY: `info` lives through the call.
    unsafe { libc::sysinfo(&mut info) };
    (info.totalram as u64).saturating_mul(u64::from(info.mem_unit))
}

/// The number of processors online.
pub fn processors() -> u64 {
    // SAFETY: takes no pointers.
    u64::try_from(unsafe { libc::sysconf(libc::_SC_NPROCESSORS_ONLN) }).unwrap_or(1).max(1)
}
