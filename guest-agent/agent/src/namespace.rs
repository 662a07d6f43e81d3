//! The namespaces of a box: what its processes can see.
//!
//! All processes of a box share one mount namespace and one PID namespace, like those started by `docker exec`:
//! executions see each other's files, processes and local servers, and nothing of the agent. The namespaces are held by
//! their init, a fork of the agent that does nothing. It ignores SIGCHLD, so the kernel reaps every orphan by itself.
//!
//! The init keeps all capabilities, which no process of the box has. This, and not being dumpable, keeps root in the
//! box from tracing it.

use crate::fd::{self, check, check_fd, check_long};
use crate::identity_files;
use crate::mount::{Mount, NO_DEV, NO_EXEC, NO_SUID, READ_ONLY};
use crate::mount_point;
use crate::root::{mount, unmount, ROOT};
use std::ffi::CString;
use std::fs;
use std::io;
use std::os::unix::io::{AsRawFd, OwnedFd, RawFd};

/// The namespaces of a box, held by their init.
pub struct Namespace {
    init: OwnedFd,
}

/// The device nodes of a box: name, major, minor (Documentation/admin-guide/devices.txt in the kernel's source).
const DEVICES: [(&str, u32, u32); 6] =
    [("null", 1, 3), ("zero", 1, 5), ("full", 1, 7), ("random", 1, 8), ("urandom", 1, 9), ("tty", 5, 0)];

/// The attributes of mounts that only provide information.
const NOTHING: u64 = NO_SUID | NO_DEV | NO_EXEC;

/// Root in a box may use this kernel, not control it. Names below /proc; a name that this kernel does not have is
/// skipped. 1 is the init: whoever has its user id may write to its `oom_score_adj`, and the OOM killer would end the box.
const READ_ONLY_IN_PROC: [&str; 6] = ["sys", "sysrq-trigger", "irq", "bus", "fs", "1"];
const HIDDEN_IN_PROC: [&str; 7] =
    ["kcore", "keys", "timer_list", "sched_debug", "kpagecount", "kpageflags", "kpagecgroup"];

/// A user id that no user has. It is the init's saved one.
const NOBODY_ELSE: libc::uid_t = libc::uid_t::MAX - 1;

impl Namespace {
    /// Creates the namespaces around the mounted root. The calling process must have one thread only.
    pub fn create() -> Result<Namespace, String> {
        let (answer, question) = fd::pipe().map_err(|error| format!("cannot make a pipe to the box's init: {error}"))?;
        let mut pidfd: RawFd = -1;
        let flags = libc::CLONE_NEWPID | libc::CLONE_NEWNS | libc::CLONE_PIDFD | libc::SIGCHLD;
        // SAFETY: without CLONE_VM and a stack this is a fork; `pidfd` has room for the descriptor. With one thread
        // only, the child may go on with everything the parent could do.
        let pid = check_long(unsafe {
            libc::syscall(libc::SYS_clone, flags as libc::c_long, 0, &mut pidfd as *mut RawFd, 0, 0)
        })
        .map_err(|error| format!("cannot fork the box's init: {error}"))?;
        if pid == 0 {
            be_init(question);
        }
        drop(question);
        let init = check_fd(pidfd).map_err(|error| format!("cannot use the pidfd of the box's init: {error}"))?;
        let mut message = [0; 1024];
        match fd::read(answer.as_raw_fd(), &mut message) {
            Ok(n) if &message[..n] == READY => Ok(Namespace { init }),
            Ok(n) => Err(format!("the box's init failed: {}", String::from_utf8_lossy(&message[..n]))),
            Err(error) => Err(format!("cannot read from the box's init: {error}")),
        }
    }

    /// Moves the calling thread, and only it, into the namespaces. It then sees the box's files, and the processes that
    /// it forks belong to the box.
    pub fn enter(&self) -> Result<(), String> {
        // SAFETY: takes no pointers. Afterwards this thread has a root and a working directory of its own.
        check(unsafe { libc::unshare(libc::CLONE_FS) }).map_err(|error| format!("cannot unshare the root: {error}"))?;
        // SAFETY: takes no pointers.
        check(unsafe { libc::setns(self.init.as_raw_fd(), libc::CLONE_NEWNS | libc::CLONE_NEWPID) })
            .map(drop)
            .map_err(|error| format!("cannot enter the box's namespaces: {error}"))
    }

    /// Returns another handle to the same namespaces.
    pub fn try_clone(&self) -> Result<Namespace, String> {
        let init = self.init.try_clone().map_err(|error| format!("cannot use the pidfd of the box's init: {error}"))?;
        Ok(Namespace { init })
    }

    /// The init's pidfd. It is readable when the init has ended, and with it all processes of the box.
    pub fn init(&self) -> &OwnedFd {
        &self.init
    }
}

const READY: &[u8] = b"ready";

fn be_init(parent: OwnedFd) -> ! {
    let result = set_up();
    let answer = match &result {
        Ok(()) => READY,
        Err(message) => message.as_bytes(),
    };
    // SAFETY: no pointers but a NUL-terminated constant. Nothing of the agent's is used any more once its descriptors
    // are closed, and this process ends or waits forever.
    unsafe {
        libc::signal(libc::SIGCHLD, libc::SIG_IGN);
        libc::prctl(libc::PR_SET_NAME, b"box-init\0".as_ptr());
        let _ = fd::write(parent.as_raw_fd(), answer);
        libc::syscall(libc::SYS_close_range, 0, libc::c_uint::MAX, 0);
        if result.is_err() {
            libc::_exit(1);
        }
        loop {
            libc::pause();
        }
    }
}

fn set_up() -> Result<(), String> {
    // The OOM killer may kill every process of the box except its init.
    fs::write("/proc/self/oom_score_adj", "-1000").map_err(|error| format!("cannot set oom_score_adj: {error}"))?;
    enter_root()?;
    let root = mount_point::root()?;
    let proc = Mount::new("proc", &[], NOTHING)?;
    attach(&proc, &root, "proc")?;
    let sys = Mount::new("sysfs", &[], NOTHING | READ_ONLY)?;
    attach(&sys, &root, "sys")?;
    show_cgroups(&sys)?;
    let dev = make_devices(&root)?;
    mask(&proc, &dev)?;
    // A link to a directory elsewhere in the box is good enough.
    if !mount_point::leads_to(&root, "tmp", libc::S_IFDIR) {
        mount_point::directory(&root, "tmp", 0o1777)?;
    }
    identity_files::mount_files(&root, &dev)?;
    // Root in the box could otherwise change the limits of this process: prlimit(2) compares all three user ids.
    // SAFETY: takes no pointers.
    check(unsafe { libc::setresuid(libc::uid_t::MAX, libc::uid_t::MAX, NOBODY_ELSE) })
        .map(drop)
        .map_err(|error| format!("cannot set the saved user id: {error}"))
}

/// Attaches a mount to a directory, which it makes if there is none. No program can take the mount away.
fn attach(mount: &Mount, above: &OwnedFd, name: &str) -> Result<(), String> {
    let place = mount_point::directory(above, name, 0o755)?;
    mount_point::pin(above, name)?;
    mount.attach(&place)
}

/// Shows the cgroups read-only, since language runtimes read their limits below /sys/fs/cgroup. A read-only mount is
/// not enough to keep the box from changing them: clone3(2) forks into any cgroup whose directory the caller has open
/// (CLONE_INTO_CGROUP) and checks only the permissions of a file in it, which root has. What the box can open is
/// therefore an overlay, whose directories are not cgroups. The cgroup2 mount below it cannot be reached; it is there
/// for the list of mounts, in which runtimes look for it.
fn show_cgroups(sys: &Mount) -> Result<(), String> {
    let place =
        mount_point::open(sys.root(), "fs/cgroup").map_err(|error| format!("cannot open /sys/fs/cgroup: {error}"))?;
    // Each mount sets the options of the hierarchy again.
    let cgroups = Mount::new("cgroup2", &["nsdelegate"], NOTHING | READ_ONLY)?;
    cgroups.attach(&place)?;
    // An overlay without an upper directory needs two lower ones. The directory that is mounted over is always empty.
    let layers = format!("lowerdir={}:{}", mount_point::path_of(cgroups.root()), mount_point::path_of(&place));
    let view = Mount::new("overlay", &[&layers], NOTHING | READ_ONLY)?;
    view.attach(cgroups.root())
}

/// Hides or write-protects what /proc lets root see or change of the whole machine. A box must not start without this.
/// It is also needed because a user namespace may mount a new proc only if every proc that it sees is uncovered.
fn mask(proc: &Mount, dev: &Mount) -> Result<(), String> {
    let null = mount_point::open(dev.root(), "null").map_err(|error| format!("cannot open /dev/null: {error}"))?;
    let cover = |name: &str, hide: bool| {
        let place = match mount_point::open(proc.root(), name) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            opened => opened.map_err(|error| error.to_string())?,
        };
        let mount = Mount::bind(if hide { &null } else { &place })?;
        mount.add_attributes(if hide { READ_ONLY } else { NOTHING | READ_ONLY })?;
        mount.attach(&place)
    };
    let names = READ_ONLY_IN_PROC.iter().map(|name| (name, false)).chain(HIDDEN_IN_PROC.iter().map(|name| (name, true)));
    for (name, hide) in names {
        cover(name, hide).map_err(|error| format!("cannot mask /proc/{name} in the box: {error}"))?;
    }
    Ok(())
}

/// Replaces the initramfs with the box's root. The initramfs has no parent mount and cannot be pivoted away, so the
/// box's root is moved over it, and the agent's other mounts are removed in this namespace.
fn enter_root() -> Result<(), String> {
    mount("none", "/", "none", libc::MS_REC | libc::MS_PRIVATE, "")?;
    std::env::set_current_dir(ROOT).map_err(|error| format!("cannot enter {ROOT}: {error}"))?;
    for path in ["/run/box/scratch", "/run/box/image", "/sys/fs/cgroup", "/sys", "/proc", "/dev"] {
        // The kernel may have mounted one before the agent did.
        while unmount(path) {}
    }
    mount(".", "/", "none", libc::MS_MOVE, "")?;
    std::os::unix::fs::chroot(".").map_err(|error| format!("cannot change the root: {error}"))?;
    std::env::set_current_dir("/").map_err(|error| format!("cannot enter the root: {error}"))
}

fn make_devices(root: &OwnedFd) -> Result<Mount, String> {
    let dev = Mount::new("tmpfs", &["mode=755", "size=1m"], NO_SUID | NO_EXEC)?;
    attach(&dev, root, "dev")?;
    let directory = dev.root().as_raw_fd();
    for (name, major, minor) in DEVICES {
        let path = CString::new(name).expect("a constant without NUL");
        // SAFETY: a NUL-terminated string that lives through both calls.
        check(unsafe {
            match libc::mknodat(directory, path.as_ptr(), libc::S_IFCHR | 0o666, libc::makedev(major, minor)) {
                0 => libc::fchmodat(directory, path.as_ptr(), 0o666, 0),
                failed => failed,
            }
        })
        .map_err(|error| format!("cannot make /dev/{name}: {error}"))?;
    }
    let mount = |kind: &str, name: &str, options: &[&str], attributes: u64| {
        attach(&Mount::new(kind, options, attributes)?, dev.root(), name)
    };
    // 5 is the group tty in every distribution. The group may write to other users' terminals, as wall(1) does.
    mount("devpts", "pts", &["ptmxmode=666", "mode=620", "gid=5"], NO_SUID | NO_EXEC)?;
    mount("tmpfs", "shm", &["mode=1777"], NO_SUID | NO_DEV)?;
    let links = [
        ("pts/ptmx", "ptmx"),
        ("/proc/self/fd", "fd"),
        ("/proc/self/fd/0", "stdin"),
        ("/proc/self/fd/1", "stdout"),
        ("/proc/self/fd/2", "stderr"),
    ];
    for (to, from) in links {
        let text = |text: &str| CString::new(text).expect("a constant without NUL");
        // SAFETY: NUL-terminated strings that live through the call.
        check(unsafe { libc::symlinkat(text(to).as_ptr(), directory, text(from).as_ptr()) })
            .map_err(|error| format!("cannot link /dev/{from} to {to}: {error}"))?;
    }
    Ok(dev)
}
