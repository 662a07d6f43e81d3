//! What the processes of a box can see.
//!
//! All of them share one mount and one PID namespace, as those that `docker exec` starts do: executions see each other's
//! files, processes and local servers, and nothing of the agent. The namespace is held by its init, a fork of the agent
//! that does nothing: it ignores SIGCHLD, and so the kernel reaps every orphan by itself.
//!
//! The init keeps all capabilities, which no process of the box has. That, and not being dumpable, keeps root in the
//! box from tracing it.

use crate::fd::{self, check, check_fd, check_long, open_at};
use crate::identity_files;
use crate::root::{mount, unmount, ROOT};
use libc::{MS_BIND, MS_NODEV, MS_NOEXEC, MS_NOSUID, MS_RDONLY, MS_REMOUNT};
use std::ffi::CString;
use std::fs;
use std::os::unix::fs::{symlink, PermissionsExt};
use std::os::unix::io::{AsRawFd, OwnedFd, RawFd};

/// The namespaces of a box, held by their init.
pub struct Namespace {
    init: OwnedFd,
}

/// The device nodes of a box: name, major, minor (Documentation/admin-guide/devices.txt of the kernel).
const DEVICES: [(&str, u32, u32); 6] =
    [("null", 1, 3), ("zero", 1, 5), ("full", 1, 7), ("random", 1, 8), ("urandom", 1, 9), ("tty", 5, 0)];

/// Root in a box is a user of this kernel, not its master.
const READ_ONLY: [&str; 5] = ["/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus", "/proc/fs"];
const HIDDEN: [&str; 5] =
    ["/proc/kcore", "/proc/keys", "/proc/timer_list", "/proc/sched_debug", "/proc/kpagecount"];

impl Namespace {
    /// Makes the namespaces around the mounted root. The caller is the only thread of its process.
    pub fn create() -> Result<Namespace, String> {
        let (answer, question) = fd::pipe().map_err(|error| format!("a pipe to the box's init: {error}"))?;
        let mut pidfd: RawFd = -1;
        let flags = libc::CLONE_NEWPID | libc::CLONE_NEWNS | libc::CLONE_PIDFD | libc::SIGCHLD;
        // SAFETY: without CLONE_VM and a stack this is a fork; `pidfd` has room for the descriptor. With one thread
        // only, the child may go on with everything the parent could do.
        let pid = check_long(unsafe {
            libc::syscall(libc::SYS_clone, flags as libc::c_long, 0, &mut pidfd as *mut RawFd, 0, 0)
        })
        .map_err(|error| format!("forking the box's init: {error}"))?;
        if pid == 0 {
            be_init(question);
        }
        drop(question);
        let init = check_fd(pidfd).map_err(|error| format!("the box's init: {error}"))?;
        let mut message = [0; 1024];
        match fd::read(answer.as_raw_fd(), &mut message) {
            Ok(n) if &message[..n] == READY => Ok(Namespace { init }),
            Ok(n) => Err(format!("in the box's init: {}", String::from_utf8_lossy(&message[..n]))),
            Err(error) => Err(format!("hearing from the box's init: {error}")),
        }
    }

    /// Brings the calling thread, and only it, into the namespaces: its files are the box's, and so are the processes
    /// that it forks.
    pub fn enter(&self) -> Result<(), String> {
        // SAFETY: takes no pointers. Afterwards this thread has a root and a working directory of its own.
        check(unsafe { libc::unshare(libc::CLONE_FS) }).map_err(|error| format!("unsharing the root: {error}"))?;
        // SAFETY: takes no pointers.
        check(unsafe { libc::setns(self.init.as_raw_fd(), libc::CLONE_NEWNS | libc::CLONE_NEWPID) })
            .map(drop)
            .map_err(|error| format!("entering the box's namespaces: {error}"))
    }

    /// A second hold on the same namespaces.
    pub fn try_clone(&self) -> Result<Namespace, String> {
        let init = self.init.try_clone().map_err(|error| format!("the box's init: {error}"))?;
        Ok(Namespace { init })
    }

    /// The init's pidfd: readable when it has ended, and all processes of the box with it.
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
    // are closed, and this process ends or waits for ever.
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
    // The OOM killer may take every process of the box, but not the one that holds it.
    fs::write("/proc/self/oom_score_adj", "-1000").map_err(|error| format!("setting oom_score_adj: {error}"))?;
    enter_root()?;
    let nothing = MS_NOSUID | MS_NODEV | MS_NOEXEC;
    mount_new("proc", "/proc", "proc", nothing, "")?;
    mount_new("sysfs", "/sys", "sysfs", nothing | MS_RDONLY, "")?;
    // Runtimes read their limits here. Changing them is not for the box.
    mount("cgroup2", "/sys/fs/cgroup", "cgroup2", nothing, "nsdelegate")?;
    remount_read_only("/sys/fs/cgroup", nothing)?;
    make_devices()?;
    for path in READ_ONLY {
        if fs::symlink_metadata(path).is_ok() {
            mount(path, path, "none", MS_BIND | libc::MS_REC, "")?;
            remount_read_only(path, nothing)?;
        }
    }
    for path in HIDDEN {
        if fs::symlink_metadata(path).is_ok() {
            mount("/dev/null", path, "none", MS_BIND, "")?;
        }
    }
    make_directory("/tmp", 0o1777)?;
    identity_files::mount_files()
}

fn remount_read_only(path: &str, flags: libc::c_ulong) -> Result<(), String> {
    mount("none", path, "none", MS_REMOUNT | MS_BIND | MS_RDONLY | flags, "")
}

/// Puts the box's root in the place of the initramfs. That one cannot be pivoted away (it has no parent mount), so the
/// box's root is moved over it, and what the agent has mounted elsewhere is taken down in this namespace.
fn enter_root() -> Result<(), String> {
    mount("none", "/", "none", libc::MS_REC | libc::MS_PRIVATE, "")?;
    std::env::set_current_dir(ROOT).map_err(|error| format!("entering {ROOT}: {error}"))?;
    for path in ["/run/box/scratch", "/run/box/image", "/sys/fs/cgroup", "/sys", "/proc", "/dev"] {
        unmount(path);
    }
    mount(".", "/", "none", libc::MS_MOVE, "")?;
    std::os::unix::fs::chroot(".").map_err(|error| format!("changing the root: {error}"))?;
    std::env::set_current_dir("/").map_err(|error| format!("entering the root: {error}"))
}

fn make_devices() -> Result<(), String> {
    mount_new("dev", "/dev", "tmpfs", MS_NOSUID | MS_NOEXEC, "mode=755,size=1m")?;
    for (name, major, minor) in DEVICES {
        let path = CString::new(format!("/dev/{name}")).expect("a constant without NUL");
        // SAFETY: a NUL-terminated string that lives through both calls.
        check(unsafe {
            libc::mknod(path.as_ptr(), libc::S_IFCHR | 0o666, libc::makedev(major, minor));
            libc::chmod(path.as_ptr(), 0o666)
        })
        .map_err(|error| format!("making /dev/{name}: {error}"))?;
    }
    // 5 is the group tty of every distribution; it may write to terminals that are not its own, as wall(1) does.
    mount_new("devpts", "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=666,mode=620,gid=5")?;
    mount_new("shm", "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777")?;
    // POSIX message queues are an option of the kernel.
    let _ = mount_new("mqueue", "/dev/mqueue", "mqueue", MS_NOSUID | MS_NODEV | MS_NOEXEC, "");
    let links = [
        ("pts/ptmx", "/dev/ptmx"),
        ("/proc/self/fd", "/dev/fd"),
        ("/proc/self/fd/0", "/dev/stdin"),
        ("/proc/self/fd/1", "/dev/stdout"),
        ("/proc/self/fd/2", "/dev/stderr"),
    ];
    for (to, from) in links {
        symlink(to, from).map_err(|error| format!("linking {from} to {to}: {error}"))?;
    }
    Ok(())
}

fn mount_new(source: &str, target: &str, kind: &str, flags: libc::c_ulong, options: &str) -> Result<(), String> {
    make_directory(target, 0o755)?;
    mount(source, target, kind, flags, options)
}

/// Makes a directory that the image may have already, in whatever form it likes.
fn make_directory(path: &str, mode: u32) -> Result<(), String> {
    if fs::metadata(path).map_or(false, |found| found.is_dir()) {
        return Ok(());
    }
    let made = fs::create_dir(path).and_then(|()| fs::set_permissions(path, fs::Permissions::from_mode(mode)));
    made.map_err(|error| format!("making {path} in the box: {error}"))
}

/// Opens a device of the box from a thread that has entered it.
pub fn open_device(path: &str, flags: libc::c_int) -> std::io::Result<OwnedFd> {
    let path = CString::new(path).expect("a constant without NUL");
    open_at(None, &path, flags | libc::O_NOCTTY)
}
