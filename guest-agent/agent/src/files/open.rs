//! Opens paths of the box, and words the errors.

use crate::fd::{self, check};
use crate::grpc::{Code, Status};
use crate::text::{not_a_path, quoted};
use std::ffi::{CStr, CString};
use std::io;
use std::mem::MaybeUninit;
use std::os::unix::io::{AsRawFd, OwnedFd, RawFd};

pub use crate::fd::open_with as open_at;

/// The owner of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owner {
    pub uid: u32,
    pub gid: u32,
}

impl Owner {
    pub fn own(&self, file: &OwnedFd) -> io::Result<()> {
        // SAFETY: takes no pointers.
        check(unsafe { libc::fchown(file.as_raw_fd(), self.uid, self.gid) }).map(drop)
    }

    /// Changes the link itself, not its target.
    pub fn own_link(&self, directory: RawFd, name: &CStr) -> io::Result<()> {
        // SAFETY: `name` is a NUL-terminated string that lives through the call.
        let owned =
            unsafe { libc::fchownat(directory, name.as_ptr(), self.uid, self.gid, libc::AT_SYMLINK_NOFOLLOW) };
        check(owned).map(drop)
    }
}

/// An absolute path in the box.
pub struct BoxPath {
    text: String,
    root: OwnedFd,
    /// The owner of directories that have to be made.
    owner: Option<Owner>,
}

impl BoxPath {
    /// `path` must be absolute. The calling thread must be in the box's mount namespace.
    pub fn new(path: &str) -> Result<BoxPath, Status> {
        if let Some(why) = not_a_path(path) {
            return Err(Status::invalid(format!("path {} {why}", quoted(path))));
        }
        let slash = CString::new("/").expect("a constant without NUL");
        let root = fd::open_at(None, &slash, libc::O_RDONLY | libc::O_DIRECTORY)
            .map_err(|error| failed("/", &error))?;
        Ok(BoxPath { text: path.to_owned(), root, owner: None })
    }

    /// Returns the same path, for which missing directories are made with this owner.
    pub fn with_new_directories_of(self, owner: Option<Owner>) -> BoxPath {
        BoxPath { owner, ..self }
    }

    /// Opens the path, following links.
    pub fn open(&self, flags: libc::c_int, mode: u32) -> io::Result<OwnedFd> {
        self.open_prefix(&self.text, flags, mode)
    }

    /// Opens the directory at this path. Makes it and its parents if they are missing. Returns whether the directory
    /// was made.
    pub fn make_directories(&self) -> Result<(OwnedFd, bool), Status> {
        self.make_down_to(self.text.len())
    }

    /// Makes the missing parent directories.
    pub fn make_parents(&self) -> Result<(), Status> {
        let name = self.text.trim_end_matches('/').rfind('/').unwrap_or(0);
        self.make_down_to(name).map(drop)
    }

    fn make_down_to(&self, end: usize) -> Result<(OwnedFd, bool), Status> {
        let mut reached = (self.root.try_clone().map_err(|error| failed("/", &error))?, false);
        let path = &self.text[..end];
        let mut start = 0;
        while start < path.len() {
            let stop = path[start + 1..].find('/').map_or(path.len(), |next| start + 1 + next);
            let name = &path[start + 1..stop];
            if !name.is_empty() {
                let path = &path[..stop];
                reached = self.enter(&reached.0, name, path).map_err(|error| failed(path, &error))?;
            }
            start = stop;
        }
        Ok(reached)
    }

    fn enter(&self, above: &OwnedFd, name: &str, path: &str) -> io::Result<(OwnedFd, bool)> {
        let flags = libc::O_RDONLY | libc::O_DIRECTORY;
        match self.open_prefix(path, flags, 0) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let name = CString::new(name)?;
                // SAFETY: `name` is a NUL-terminated string that lives through the call.
                check(unsafe { libc::mkdirat(above.as_raw_fd(), name.as_ptr(), 0o755) })?;
                let made = self.open_prefix(path, flags, 0)?;
                self.owner.map_or(Ok(()), |owner| owner.own(&made))?;
                Ok((made, true))
            }
            opened => Ok((opened?, false)),
        }
    }

    fn open_prefix(&self, path: &str, flags: libc::c_int, mode: u32) -> io::Result<OwnedFd> {
        open_at(self.root.as_raw_fd(), &CString::new(path)?, flags, mode, libc::RESOLVE_IN_ROOT)
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }
}

pub fn stat(file: &OwnedFd) -> io::Result<libc::stat> {
    let mut stat = MaybeUninit::<libc::stat>::uninit();
    // SAFETY: `stat` has room for what fstat fills in.
    check(unsafe { libc::fstat(file.as_raw_fd(), stat.as_mut_ptr()) })?;
    // SAFETY: fstat succeeded, so it has filled in all of it.
    Ok(unsafe { stat.assume_init() })
}

pub fn is_kind(stat: &libc::stat, kind: libc::mode_t) -> bool {
    stat.st_mode & libc::S_IFMT == kind
}

/// Returns the status for a file error in the box, worded as programs do.
pub fn failed(path: &str, error: &io::Error) -> Status {
    let (code, why) = match error.raw_os_error() {
        Some(libc::ENOENT) => (Code::NotFound, "no such file or directory".to_owned()),
        Some(libc::ENOTDIR) => (Code::FailedPrecondition, "not a directory".to_owned()),
        Some(libc::EISDIR) => (Code::FailedPrecondition, "is a directory".to_owned()),
        Some(libc::ELOOP) => (Code::FailedPrecondition, "too many levels of symbolic links".to_owned()),
        Some(libc::ETXTBSY) => (Code::FailedPrecondition, "it is being executed".to_owned()),
        Some(libc::ENXIO) => (Code::FailedPrecondition, "not a regular file".to_owned()),
        Some(libc::EROFS) => (Code::FailedPrecondition, "read-only file system".to_owned()),
        Some(libc::ENAMETOOLONG) => (Code::InvalidArgument, "a name in the path is too long".to_owned()),
        Some(libc::ENOSPC | libc::EFBIG | libc::EDQUOT) => {
            (Code::ResourceExhausted, "no space left on the box's disk".to_owned())
        }
        _ => (Code::FailedPrecondition, error.to_string()),
    };
    Status::new(code, format!("{path}: {why}"))
}
