//! Places to mount on in a root that an image has made: opened once, by name, and never through a link.
//!
//! An image may have anything under the names that every system has: a link, a file, a FIFO. What a mount goes onto is a
//! directory or an empty file all the same; what is in its way is replaced in the box, the image stays as it is.

use crate::fd::{self, check, open_with};
use std::ffi::CString;
use std::fs;
use std::io;
use std::os::unix::io::{AsRawFd, OwnedFd};

const NO_LINKS: u64 = libc::RESOLVE_BENEATH | libc::RESOLVE_NO_SYMLINKS;

/// Opens the root directory of the calling thread.
pub fn root() -> Result<OwnedFd, String> {
    let slash = CString::new("/").expect("a constant without NUL");
    fd::open_at(None, &slash, libc::O_PATH | libc::O_DIRECTORY).map_err(|error| format!("opening the box's root: {error}"))
}

/// Opens what has this name, which may be a path of several; the last may be a link, which is opened itself.
pub fn open(above: &OwnedFd, name: &str) -> io::Result<OwnedFd> {
    open_with(above.as_raw_fd(), &CString::new(name)?, libc::O_PATH | libc::O_NOFOLLOW, 0, NO_LINKS)
}

/// Opens the directory of this name. It is made when it is missing, and put in the place of anything else.
pub fn directory(above: &OwnedFd, name: &str, mode: u32) -> Result<OwnedFd, String> {
    let path = CString::new(name).map_err(|_| format!("\"{name}\" holds a NUL"))?;
    let flags = libc::O_PATH | libc::O_NOFOLLOW | libc::O_DIRECTORY;
    let open = || open_with(above.as_raw_fd(), &path, flags, 0, NO_LINKS);
    let make = || -> io::Result<OwnedFd> {
        // SAFETY: a NUL-terminated string that lives through both calls.
        check(unsafe { libc::mkdirat(above.as_raw_fd(), path.as_ptr(), mode) })?;
        // Whatever the umask says.
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
    .map_err(|error| format!("making the directory {name} in the box: {error}"))
}

/// Opens the regular file of this name. It is made, empty, when it is missing, and put in the place of anything else.
pub fn file(above: &OwnedFd, name: &str, mode: u32) -> Result<OwnedFd, String> {
    let make = || create(above, name, mode);
    let opened = match open(above, name) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => make(),
        Ok(found) if !is_kind(&found, libc::S_IFREG) => remove(above, name).and_then(|()| make()),
        opened => opened,
    };
    opened.map_err(|error| format!("making the file {name} in the box: {error}"))
}

/// Makes a new file and opens it.
pub fn create(above: &OwnedFd, name: &str, mode: u32) -> io::Result<OwnedFd> {
    open_with(above.as_raw_fd(), &CString::new(name)?, libc::O_RDWR | libc::O_CREAT | libc::O_EXCL, mode, NO_LINKS)
}

/// Whether a path leads to something of this kind (`S_IFDIR`, …) inside the root, links followed.
pub fn leads_to(root: &OwnedFd, path: &str, kind: libc::mode_t) -> bool {
    let opened = CString::new(path)
        .map_err(io::Error::from)
        .and_then(|path| open_with(root.as_raw_fd(), &path, libc::O_PATH, 0, libc::RESOLVE_IN_ROOT));
    opened.map_or(false, |found| is_kind(&found, kind))
}

/// Removes what has this name, a directory with all below it. /proc is mounted.
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

/// A path that leads to what is open, for calls that take nothing else. /proc is mounted.
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
    fn a_directory_is_taken_as_it_is_and_made_in_place_of_anything_else() {
        let directory = TestDirectory::new("place-directory");
        fs::create_dir(directory.join("real")).unwrap();
        fs::write(directory.join("real/kept"), "").unwrap();
        fs::write(directory.join("file"), "").unwrap();
        fifo(&directory.join("fifo"));
        symlink("real", directory.join("link")).unwrap();
        symlink("nowhere", directory.join("dangling")).unwrap();
        symlink("loop", directory.join("loop")).unwrap();
        let above = opened(&directory);
        for name in ["real", "file", "fifo", "link", "dangling", "loop", "missing"] {
            directory(&above, name, 0o1777).unwrap();
            let found = fs::symlink_metadata(directory.join(name)).unwrap();
            assert!(found.is_dir(), "{name}");
            assert_eq!(found.permissions().mode() & 0o7777 == 0o1777, name != "real", "{name}");
        }
        assert!(directory.join("real/kept").exists());
        assert!(!directory.join("nowhere").exists());
    }

    #[test]
    fn a_file_is_taken_as_it_is_and_made_in_place_of_anything_else() {
        let directory = TestDirectory::new("place-file");
        fs::write(directory.join("real"), "kept").unwrap();
        fs::create_dir_all(directory.join("directory/below/it")).unwrap();
        fifo(&directory.join("fifo"));
        symlink("real", directory.join("link")).unwrap();
        symlink("nowhere", directory.join("dangling")).unwrap();
        let above = opened(&directory);
        for name in ["real", "directory", "fifo", "link", "dangling", "missing"] {
            file(&above, name, 0o644).unwrap();
            assert!(fs::symlink_metadata(directory.join(name)).unwrap().is_file(), "{name}");
        }
        assert_eq!(fs::read_to_string(directory.join("real")).unwrap(), "kept");
        assert_eq!(fs::read_to_string(directory.join("link")).unwrap(), "");
        assert!(!directory.join("nowhere").exists());
    }

    #[test]
    fn a_path_of_several_names_goes_through_no_link() {
        let directory = TestDirectory::new("place-path");
        fs::create_dir(directory.join("real")).unwrap();
        fs::write(directory.join("real/file"), "").unwrap();
        symlink("real", directory.join("link")).unwrap();
        let above = opened(&directory);
        assert!(open(&above, "real/file").is_ok());
        assert_eq!(open(&above, "link/file").unwrap_err().raw_os_error(), Some(libc::ELOOP));
        assert_eq!(open(&above, "../x").unwrap_err().raw_os_error(), Some(libc::EXDEV));
    }

    #[test]
    fn a_path_is_asked_for_inside_the_root() {
        let directory = TestDirectory::new("place-leads");
        fs::create_dir(directory.join("real")).unwrap();
        symlink("/real", directory.join("link")).unwrap();
        symlink("/tmp/..", directory.join("dangling")).unwrap();
        let root = opened(&directory);
        assert!(leads_to(&root, "link", libc::S_IFDIR));
        assert!(!leads_to(&root, "link", libc::S_IFREG));
        assert!(!leads_to(&root, "dangling", libc::S_IFDIR));
    }
}
