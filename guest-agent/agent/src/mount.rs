//! Mounts by descriptor: what is mounted, and where, are open files. A path could lead elsewhere by the time it is
//! used, and in an image it may do so from the start.

use crate::fd::{check_fd, check_long, read};
use std::ffi::CString;
use std::io;
use std::os::unix::io::{AsRawFd, OwnedFd, RawFd};

/// Attributes of a mount (MOUNT_ATTR_* of linux/mount.h).
pub const READ_ONLY: u64 = 0x1;
pub const NO_SUID: u64 = 0x2;
pub const NO_DEV: u64 = 0x4;
pub const NO_EXEC: u64 = 0x8;

// From linux/mount.h.
const FSOPEN_CLOEXEC: libc::c_uint = 1;
const FSCONFIG_SET_FLAG: libc::c_uint = 0;
const FSCONFIG_SET_STRING: libc::c_uint = 1;
const FSCONFIG_CMD_CREATE: libc::c_uint = 6;
const FSMOUNT_CLOEXEC: libc::c_uint = 1;
const OPEN_TREE_CLONE: libc::c_uint = 1;
const MOVE_MOUNT_F_EMPTY_PATH: libc::c_uint = 0x04;
const MOVE_MOUNT_T_EMPTY_PATH: libc::c_uint = 0x40;

/// `struct mount_attr` of linux/mount.h.
#[repr(C)]
struct MountAttributes {
    set: u64,
    clear: u64,
    propagation: u64,
    user_namespace: u64,
}

/// A mount, held by its root. A mount that was not attached ends with this value.
pub struct Mount(OwnedFd);

impl Mount {
    /// Mounts a file system. Options are `name=value`, or a name alone.
    pub fn new(kind: &str, options: &[&str], attributes: u64) -> Result<Mount, String> {
        let context = open_context(kind).map_err(|error| format!("cannot open the file system {kind}: {error}"))?;
        let failed = |error: io::Error| format!("cannot mount {kind}: {error}{}", kernel_message(&context));
        // The source that lists of mounts show.
        configure(&context, FSCONFIG_SET_STRING, Some("source"), Some(kind)).map_err(failed)?;
        for option in options {
            let set = match option.split_once('=') {
                Some((name, value)) => configure(&context, FSCONFIG_SET_STRING, Some(name), Some(value)),
                None => configure(&context, FSCONFIG_SET_FLAG, Some(option), None),
            };
            set.map_err(|error| format!("cannot set {option} of {kind}: {error}{}", kernel_message(&context)))?;
        }
        configure(&context, FSCONFIG_CMD_CREATE, None, None).map_err(failed)?;
        // SAFETY: takes integers only.
        let made = unsafe {
            libc::syscall(libc::SYS_fsmount, context.as_raw_fd(), FSMOUNT_CLOEXEC, attributes as libc::c_uint)
        };
        check_fd(made as libc::c_int).map(Mount).map_err(failed)
    }

    /// Mounts an open file or directory a second time (a bind mount).
    pub fn bind(place: &OwnedFd) -> Result<Mount, String> {
        let flags = OPEN_TREE_CLONE | libc::O_CLOEXEC as libc::c_uint | libc::AT_EMPTY_PATH as libc::c_uint;
        // SAFETY: the path is a NUL-terminated constant.
        let made = unsafe { libc::syscall(libc::SYS_open_tree, place.as_raw_fd(), EMPTY.as_ptr(), flags) };
        check_fd(made as libc::c_int).map(Mount).map_err(|error| format!("cannot bind-mount: {error}"))
    }

    /// Adds attributes to the mount.
    pub fn add_attributes(&self, attributes: u64) -> Result<(), String> {
        let attributes = MountAttributes { set: attributes, clear: 0, propagation: 0, user_namespace: 0 };
        // SAFETY: the path is a NUL-terminated constant; the kernel reads exactly the given size of `attributes`.
        check_long(unsafe {
            libc::syscall(
                libc::SYS_mount_setattr,
                self.0.as_raw_fd(),
                EMPTY.as_ptr(),
                libc::AT_EMPTY_PATH,
                &attributes,
                std::mem::size_of::<MountAttributes>(),
            )
        })
        .map(drop)
        .map_err(|error| format!("cannot set the attributes of a mount: {error}"))
    }

    /// Attaches the mount to a mount point, over anything that is mounted there.
    pub fn attach(&self, place: &OwnedFd) -> Result<(), String> {
        // SAFETY: both paths are NUL-terminated constants.
        check_long(unsafe {
            libc::syscall(
                libc::SYS_move_mount,
                self.0.as_raw_fd(),
                EMPTY.as_ptr(),
                place.as_raw_fd(),
                EMPTY.as_ptr(),
                MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH,
            )
        })
        .map(drop)
        .map_err(|error| format!("cannot attach a mount: {error}"))
    }

    /// The root of this mount, whatever is mounted on the same place later.
    pub fn root(&self) -> &OwnedFd {
        &self.0
    }
}

const EMPTY: &[u8] = b"\0";

fn open_context(kind: &str) -> io::Result<OwnedFd> {
    let kind = CString::new(kind)?;
    // SAFETY: a NUL-terminated string that lives through the call.
    check_fd(unsafe { libc::syscall(libc::SYS_fsopen, kind.as_ptr(), FSOPEN_CLOEXEC) } as libc::c_int)
}

fn configure(context: &OwnedFd, command: libc::c_uint, name: Option<&str>, value: Option<&str>) -> io::Result<()> {
    let text = |text: Option<&str>| text.map(CString::new).transpose();
    let (name, value) = (text(name)?, text(value)?);
    let pointer = |text: &Option<CString>| text.as_ref().map_or(std::ptr::null(), |text| text.as_ptr());
    // SAFETY: NUL-terminated strings that live through the call, or null.
    check_long(unsafe {
        libc::syscall(libc::SYS_fsconfig, context.as_raw_fd(), command, pointer(&name), pointer(&value), 0)
    })
    .map(drop)
}

/// Returns the kernel's explanation of a context's failure, if any.
fn kernel_message(context: &OwnedFd) -> String {
    let mut message = [0; 256];
    match read(context.as_raw_fd() as RawFd, &mut message) {
        Ok(length) => format!(" ({})", String::from_utf8_lossy(&message[..length]).trim()),
        Err(_) => String::new(),
    }
}
