//! Mount points in a root that comes from an image: opened once, by name, and never through a link.
//!
//! An image may have anything under the usual names: a link, a file, a FIFO. A mount nevertheless needs a directory or
//! an empty file. Anything else is replaced in the box; the image stays unchanged.

use crate::fd::{self, check, open_with};
use std::ffi::CString;
use std::fs;
use std::io;
use std::os::unix::io::{AsRawFd, OwnedFd};

const NO_LINKS: u64 = libc::RESOLVE_BENEATH | libc::RESOLVE_NO_SYMLINKS;

// From linux/fs.h.
const FS_IOC_GETFLAGS: libc::c_ulong = 0x8008_6601;
const FS_IOC_SETFLAGS: libc::c_ulong = 0x4008_6602;
const FS_IMMUTABLE_FL: libc::c_int = 0x10;

/// Opens the root directory of the calling thread.
pub fn root() -> Result<OwnedFd, String> {
    let slash = CString::new("/").expect("a constant without NUL");
    fd::open_at(None, &slash, libc::O_PATH | libc::O_DIRECTORY)
        .map_err(|error| format!("cannot open the box's root: {error}"))
}

/// Opens a name or relative path. The last component may be a link, which is then opened itself.
pub fn open(above: &OwnedFd, name: &str) -> io::Result<OwnedFd> {
    open_with(above.as_raw_fd(), &CString::new(name)?, libc::O_PATH | libc::O_NOFOLLOW, 0, NO_LINKS)
}

/// Opens the directory of this name. Makes it if it is missing, and replaces anything else.
pub fn directory(above: &OwnedFd, name: &str, mode: u32) -> Result<OwnedFd, String> {
    let path = CString::new(name).map_err(|_| format!("\"{name}\" contains a NUL byte"))?;
    let flags = libc::O_PATH | libc::O_NOFOLLOW | libc::O_DIRECTORY;
    let open = || open_with(above.as_raw_fd(), &path, flags, 0, NO_LINKS);
    let make = || -> io::Result<OwnedFd> {
        // SAFETY: a NUL-terminated string that lives through both calls.
        check(unsafe { libc::mkdirat(above.as_raw_fd(), path.as_ptr(), mode) })?;
        // Set explicitly, because of the umask.
        check(unsafe { libc::fchmodat(above.as_raw_fd(), path.as_ptr(), mode, 0) })?;
        open()
    };
    match open() {
        Err(error) if error.raw_os_error() == Some(libc::ENOENT) => make(),
        Err(error) if matches!(error.raw_os_error(), Some(libc::ENOTDIR | libc::ELOOP)) => {
            remove(above, name).and_then(|()| make())
        }
        opened => opened,
    }
    .map_err(|error| format!("cannot make the directory {name} in the box: {error}"))
}

/// Opens the regular file of this name. Makes an empty one if it is missing, and replaces anything else.
pub fn file(above: &OwnedFd, name: &str, mode: u32) -> Result<OwnedFd, String> {
    let make = || create(above, name, mode);
    let opened = match open(above, name) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => make(),
        Ok(found) if !is_kind(&found, libc::S_IFREG) => remove(above, name).and_then(|()| make()),
        opened => opened,
    };
    opened.map_err(|error| format!("cannot make the file {name} in the box: {error}"))
}

/// Keeps the box from removing, replacing or renaming a directory. Whoever removes a mount point, which is possible from a
/// mount namespace without the mount, takes the mount away from all others. Comes before the mount.
pub fn pin(above: &OwnedFd, name: &str) -> Result<(), String> {
    pin_at(above, name).map_err(|error| format!("cannot make {name} immutable in the box: {error}"))
}

/// See [`pin`].
pub fn pin_at(above: &OwnedFd, name: &str) -> io::Result<()> {
    let flags = libc::O_RDONLY | libc::O_NOFOLLOW | libc::O_DIRECTORY;
    let place = fs::File::from(open_with(above.as_raw_fd(), &CString::new(name)?, flags, 0, NO_LINKS)?);
    match make_immutable(&place) {
        Err(error) if error.raw_os_error() == Some(libc::ENOTTY) => {
            // The image has no such attributes, but the box's upper layer has. This copies the place there.
            place.set_permissions(place.metadata()?.permissions())?;
            make_immutable(&place)
        }
        result => result,
    }
}

fn make_immutable(file: &fs::File) -> io::Result<()> {
    let mut flags: libc::c_int = 0;
    // SAFETY: the first ioctl writes an int, the second one reads it.
    unsafe {
        check(libc::ioctl(file.as_raw_fd(), FS_IOC_GETFLAGS, &mut flags))?;
        flags |= FS_IMMUTABLE_FL;
        check(libc::ioctl(file.as_raw_fd(), FS_IOC_SETFLAGS, &flags)).map(drop)
    }
}

/// Makes a new file and opens it.
pub fn create(above: &OwnedFd, name: &str, mode: u32) -> io::Result<OwnedFd> {
    open_with(above.as_raw_fd(), &CString::new(name)?, libc::O_RDWR | libc::O_CREAT | libc::O_EXCL, mode, NO_LINKS)
}

/// Returns whether a path leads to something of this kind (`S_IFDIR`, …) inside the root, following links.
pub fn leads_to(root: &OwnedFd, path: &str, kind: libc::mode_t) -> bool {
    let opened = CString::new(path)
        .map_err(io::Error::from)
        .and_then(|path| open_with(root.as_raw_fd(), &path, libc::O_PATH, 0, libc::RESOLVE_IN_ROOT));
    opened.map_or(false, |found| is_kind(&found, kind))
}

/// Removes a name, including the content of a directory. /proc must be mounted.
pub fn remove(above: &OwnedFd, name: &str) -> io::Result<()> {
    let path = CString::new(name)?;
    // SAFETY: a NUL-terminated string that lives through the call.
    match check(unsafe { libc::unlinkat(above.as_raw_fd(), path.as_ptr(), 0) }) {
        Err(error) if error.raw_os_error() == Some(libc::EISDIR) => {
            fs::remove_dir_all(format!("{}/{name}", path_of(above)))
        }
        result => result.map(drop),
    }
}

/// Returns a path to an open file, for calls that take only paths. /proc must be mounted.
pub fn path_of(open: &OwnedFd) -> String {
    format!("/proc/self/fd/{}", open.as_raw_fd())
}

fn is_kind(file: &OwnedFd, kind: libc::mode_t) -> bool {
    // SAFETY: all-zero is a valid stat, which the call then fills in.
    let mut stat: libc::stat = unsafe { std::mem::zeroed() };
    // SAFETY: `stat` lives through the call.
    check(unsafe { libc::fstat(file.as_raw_fd(), &mut stat) }).is_ok() && stat.st_mode & libc::S_IFMT == kind
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_directory::TestDirectory;
    use std::os::unix::fs::{symlink, PermissionsExt};
    use std::path::Path;

    fn opened(path: &Path) -> OwnedFd {
        fs::File::open(path).unwrap().into()
    }

    fn fifo(path: &Path) {
        let path = CString::new(path.to_str().unwrap()).unwrap();
        // SAFETY: a NUL-terminated string that lives through the call.
        check(unsafe { libc::mkfifo(path.as_ptr(), 0o600) }).unwrap();
    }

    #[test]
    fn a_directory_is_kept_and_anything_else_is_replaced() {
        let temporary = TestDirectory::new("place-directory");
        fs::create_dir(temporary.join("real")).unwrap();
        fs::write(temporary.join("real/kept"), "").unwrap();
        fs::write(temporary.join("file"), "").unwrap();
        fifo(&temporary.join("fifo"));
        symlink("real", temporary.join("link")).unwrap();
        symlink("nowhere", temporary.join("dangling")).unwrap();
        symlink("loop", temporary.join("loop")).unwrap();
        let above = opened(&temporary);
        for name in ["real", "file", "fifo", "link", "dangling", "loop", "missing"] {
            directory(&above, name, 0o1777).unwrap();
            let found = fs::symlink_metadata(temporary.join(name)).unwrap();
            assert!(found.is_dir(), "{name}");
            assert_eq!(found.permissions().mode() & 0o7777 == 0o1777, name != "real", "{name}");
        }
        assert!(temporary.join("real/kept").exists());
        assert!(!temporary.join("nowhere").exists());
    }

    #[test]
    fn a_file_is_kept_and_anything_else_is_replaced() {
        let temporary = TestDirectory::new("place-file");
        fs::write(temporary.join("real"), "kept").unwrap();
        fs::create_dir_all(temporary.join("directory/below/it")).unwrap();
        fifo(&temporary.join("fifo"));
        symlink("real", temporary.join("link")).unwrap();
        symlink("nowhere", temporary.join("dangling")).unwrap();
        let above = opened(&temporary);
        for name in ["real", "directory", "fifo", "link", "dangling", "missing"] {
            file(&above, name, 0o644).unwrap();
            assert!(fs::symlink_metadata(temporary.join(name)).unwrap().is_file(), "{name}");
        }
        assert_eq!(fs::read_to_string(temporary.join("real")).unwrap(), "kept");
        assert_eq!(fs::read_to_string(temporary.join("link")).unwrap(), "");
        assert!(!temporary.join("nowhere").exists());
    }

    #[test]
    fn a_path_of_several_names_goes_through_no_link() {
        let temporary = TestDirectory::new("place-path");
        fs::create_dir(temporary.join("real")).unwrap();
        fs::write(temporary.join("real/file"), "").unwrap();
        symlink("real", temporary.join("link")).unwrap();
        let above = opened(&temporary);
        assert!(open(&above, "real/file").is_ok());
        assert_eq!(open(&above, "link/file").unwrap_err().raw_os_error(), Some(libc::ELOOP));
        assert_eq!(open(&above, "../x").unwrap_err().raw_os_error(), Some(libc::EXDEV));
    }

    #[test]
    fn a_path_is_resolved_inside_the_root() {
        let temporary = TestDirectory::new("place-leads");
        fs::create_dir(temporary.join("real")).unwrap();
        symlink("/real", temporary.join("link")).unwrap();
        symlink("/tmp/..", temporary.join("dangling")).unwrap();
        let root = opened(&temporary);
        assert!(leads_to(&root, "link", libc::S_IFDIR));
        assert!(!leads_to(&root, "link", libc::S_IFREG));
        assert!(!leads_to(&root, "dangling", libc::S_IFDIR));
    }
}
