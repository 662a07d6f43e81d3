//! Devices that the agent gives to executions, whatever the box has done to its own /dev.

use crate::fd::{self, check, open_at};
use crate::root::{mount, unmount};
use libc::{MS_BIND, MS_NOEXEC, MS_NOSUID, MS_RDONLY, MS_REMOUNT};
use std::ffi::CString;
use std::fs;
use std::io;
use std::os::unix::io::{AsRawFd, OwnedFd};

/// Where the agent's devices are mounted while they are made.
const PLACE: &str = "/run/devices";

/// A directory with /dev/null. No process of the box can reach it, or change it through a descriptor.
pub struct Null {
    directory: OwnedFd,
}

impl Null {
    /// Makes the device. The calling thread must still be in the agent's mount namespace.
    pub fn create() -> Result<Null, String> {
        fs::create_dir_all(PLACE).map_err(|error| format!("cannot make {PLACE}: {error}"))?;
        let flags = MS_NOSUID | MS_NOEXEC;
        mount("devices", PLACE, "tmpfs", flags, "mode=755,size=64k")?;
        let made = make().map_err(|error| format!("cannot make a device in {PLACE}: {error}"));
        let null = made.and_then(|directory| {
            // The device can be written to, but its owner and mode cannot be changed.
            mount("none", PLACE, "none", MS_REMOUNT | MS_BIND | MS_RDONLY | flags, "")?;
            Ok(Null { directory })
        });
        // The mount is kept by its descriptor and is its own root: links to the device read "/dev/null".
        unmount(PLACE);
        null
    }

    /// Opens the device again for each execution, so that executions share no flags.
    pub fn open(&self) -> io::Result<OwnedFd> {
        open_in(&self.directory, "null", libc::O_RDONLY)
    }
}

fn make() -> io::Result<OwnedFd> {
    let directory = format!("{PLACE}/dev");
    fs::create_dir(&directory)?;
    let path = CString::new(format!("{directory}/null"))?;
    // SAFETY: a NUL-terminated string that lives through both calls.
    check(unsafe {
        libc::mknod(path.as_ptr(), libc::S_IFCHR | 0o666, libc::makedev(1, 3));
        libc::chmod(path.as_ptr(), 0o666)
    })?;
    open_directory(&directory)
}

/// The box's terminals.
pub struct Terminals {
    directory: OwnedFd,
}

impl Terminals {
    /// Opens their directory, before any program can move it. The calling thread must be in the box's mount namespace.
    pub fn find() -> Result<Terminals, String> {
        let directory =
            open_directory("/dev/pts").map_err(|error| format!("cannot open /dev/pts of the box: {error}"))?;
        Ok(Terminals { directory })
    }

    /// Opens the agent's side of a new terminal, non-blocking.
    pub fn open(&self) -> io::Result<OwnedFd> {
        open_in(&self.directory, "ptmx", libc::O_RDWR | libc::O_NONBLOCK)
    }
}

fn open_directory(path: &str) -> io::Result<OwnedFd> {
    fd::open_at(None, &CString::new(path)?, libc::O_PATH | libc::O_DIRECTORY | libc::O_NOFOLLOW)
}

fn open_in(directory: &OwnedFd, name: &str, flags: libc::c_int) -> io::Result<OwnedFd> {
    let name = CString::new(name)?;
    open_at(Some(directory.as_raw_fd()), &name, flags | libc::O_NOCTTY | libc::O_NOFOLLOW)
}
