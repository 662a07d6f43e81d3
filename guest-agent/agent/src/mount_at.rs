//! Mounts in a box at paths that the host names.
//!
//! The calling thread must be in the box's mount namespace.

use crate::fd::open_with;
use crate::mount::{Mount, NO_DEV, NO_SUID};
use crate::{directories, mount_point};
use std::ffi::CString;
use std::io;
use std::os::unix::io::{AsRawFd, OwnedFd};

/// Attaches a mount to a path of the box, over what is there. A missing directory is made. The path is resolved as
/// programs of the box would resolve it.
pub fn attach(mount: &Mount, path: &str) -> Result<(), String> {
    directories::make(path)?;
    let place = open_directory(path).map_err(|error| format!("cannot open \"{path}\" in the box: {error}"))?;
    pin(&place).map_err(|error| format!("cannot make \"{path}\" immutable in the box: {error}"))?;
    mount.attach(&place).map_err(|error| format!("{error} (at \"{path}\" in the box)"))
}

/// Mounts a file system in memory to which every user may write.
pub fn tmpfs(path: &str, bytes: u64) -> Result<(), String> {
    let size = format!("size={bytes}");
    attach(&Mount::new("tmpfs", &["mode=1777", &size], NO_SUID | NO_DEV)?, path)
}

fn open_directory(path: &str) -> io::Result<OwnedFd> {
    let root = mount_point::root().map_err(|message| io::Error::new(io::ErrorKind::Other, message))?;
    let flags = libc::O_PATH | libc::O_DIRECTORY;
    open_with(root.as_raw_fd(), &CString::new(path)?, flags, 0, libc::RESOLVE_IN_ROOT)
}

/// See [`mount_point::pin`]. A place on a file system without such attributes, such as another volume, stays as it is:
/// a program that takes this mount away harms only its own box.
fn pin(place: &OwnedFd) -> io::Result<()> {
    const NOT_PINNED: [libc::c_int; 3] = [libc::ENOTTY, libc::EOPNOTSUPP, libc::EROFS];
    match mount_point::pin_at(place, ".") {
        Err(error) if error.raw_os_error().map_or(false, |errno| NOT_PINNED.contains(&errno)) => Ok(()),
        result => result,
    }
}
