//! `GetFiles`: reads files of the box and sends them as parts.

use super::open::{failed, is_kind, open_at, stat, BoxPath};
use super::MAX_DEPTH;
use crate::fd;
use crate::grpc::{Code, Status};
use crate::proto::{file_entry::Kind, file_part::Part, Directory, DirectoryEnd, FileEntry, FilePart};
use std::ffi::{CStr, CString};
use std::io;
use std::os::unix::io::{AsRawFd, IntoRawFd, OwnedFd};

const CHUNK_BYTES: usize = 128 * 1024;

/// Walks through files and passes each part to `send`. The walk ends when `send` returns false.
pub struct Walk<S: FnMut(FilePart) -> bool> {
    bytes_left: u64,
    max_bytes: u64,
    send: S,
    /// The path of the current file, for messages.
    path: String,
}

/// A directory that is being read.
struct Level {
    entries: Entries,
    path_length: usize,
}

/// Why a walk ends early: the host wants no more, or an error.
enum Stop {
    Unwanted,
    Failed(Status),
}

impl From<Status> for Stop {
    fn from(status: Status) -> Stop {
        Stop::Failed(status)
    }
}

impl<S: FnMut(FilePart) -> bool> Walk<S> {
    pub fn new(max_bytes: u64, send: S) -> Self {
        Walk { bytes_left: max_bytes, max_bytes, send, path: String::new() }
    }

    /// The calling thread must be in the box's mount namespace.
    pub fn run(&mut self, path: &str, file_only: bool) -> Result<(), Status> {
        match self.walk(path, file_only) {
            Ok(()) | Err(Stop::Unwanted) => Ok(()),
            Err(Stop::Failed(status)) => Err(status),
        }
    }

    fn walk(&mut self, path: &str, file_only: bool) -> Result<(), Stop> {
        let path = BoxPath::new(path)?;
        self.path = path.as_str().trim_end_matches('/').to_owned();
        let failed = |error: io::Error| failed(path.as_str(), &error);
        let refused = |found: &libc::stat| {
            let what = if is_kind(found, libc::S_IFDIR) { "is a directory" } else { "not a regular file" };
            Stop::from(Status::new(Code::FailedPrecondition, format!("{}: {what}", path.as_str())))
        };
        // Without opening it: opening a device can fail or have side effects.
        let there = stat(&path.open(libc::O_PATH, 0).map_err(failed)?).map_err(failed)?;
        if !is_kind(&there, libc::S_IFREG) && !is_kind(&there, libc::S_IFDIR) {
            return Err(refused(&there));
        }
        let file = path.open(libc::O_RDONLY | libc::O_NONBLOCK, 0).map_err(failed)?;
        let found = stat(&file).map_err(failed)?;
        if is_kind(&found, libc::S_IFREG) {
            return self.file(Vec::new(), &file, &found);
        }
        if !is_kind(&found, libc::S_IFDIR) || file_only {
            return Err(refused(&found));
        }
        self.tree(file, &found)
    }

    fn tree(&mut self, top: OwnedFd, found: &libc::stat) -> Result<(), Stop> {
        let device = found.st_dev;
        let mut levels = vec![self.enter(Vec::new(), top, found)?];
        while let Some(level) = levels.last_mut() {
            self.path.truncate(level.path_length);
            let name = match level.entries.next().map_err(|error| failed(&self.path, &error))? {
                Some(name) => name,
                None => {
                    levels.pop();
                    self.send(Part::DirectoryEnd(DirectoryEnd {}))?;
                    continue;
                }
            };
            self.path.push('/');
            self.path.push_str(&name.to_string_lossy());
            let above = level.entries.descriptor();
            if let Some((directory, found)) = self.entry(above, &name, device)? {
                if levels.len() == MAX_DEPTH {
                    let message = format!("{}: more than {MAX_DEPTH} levels of directories", self.path);
                    return Err(Status::new(Code::FailedPrecondition, message).into());
                }
                levels.push(self.enter(name.into_bytes(), directory, &found)?);
            }
        }
        Ok(())
    }

    fn enter(&mut self, name: Vec<u8>, directory: OwnedFd, found: &libc::stat) -> Result<Level, Stop> {
        self.send(entry(name, found, Kind::Directory(Directory {})))?;
        let path_length = self.path.len();
        let entries = Entries::of(directory).map_err(|error| failed(&self.path, &error))?;
        Ok(Level { entries, path_length })
    }

    /// Sends an entry. A directory that has to be entered is returned instead.
    fn entry(&mut self, above: i32, name: &CStr, device: u64) -> Result<Option<(OwnedFd, libc::stat)>, Stop> {
        // Without opening it: devices are left out, and opening one can fail or have side effects.
        let kind = match open_at(above, name, libc::O_PATH | libc::O_NOFOLLOW, 0, 0).and_then(|file| stat(&file)) {
            Ok(found) => found.st_mode & libc::S_IFMT,
            // It was removed meanwhile.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(&self.path, &error).into()),
        };
        match kind {
            libc::S_IFLNK => return self.link(above, name).map(|()| None),
            libc::S_IFREG | libc::S_IFDIR => {}
            _ => return Ok(None),
        }
        let flags = libc::O_RDONLY | libc::O_NONBLOCK | libc::O_NOFOLLOW;
        let bytes = name.to_bytes().to_vec();
        let file = match open_at(above, name, flags, 0, 0) {
            Ok(file) => file,
            Err(error) => {
                return match error.raw_os_error() {
                    // It was removed or replaced meanwhile.
                    Some(libc::ENOENT | libc::ELOOP | libc::ENXIO | libc::ENODEV) => Ok(None),
                    _ => Err(failed(&self.path, &error).into()),
                };
            }
        };
        let found = stat(&file).map_err(|error| failed(&self.path, &error))?;
        if is_kind(&found, libc::S_IFREG) {
            self.file(bytes, &file, &found)?;
        } else if is_kind(&found, libc::S_IFDIR) {
            if found.st_dev == device {
                return Ok(Some((file, found)));
            }
            self.send(entry(bytes, &found, Kind::Directory(Directory {})))?;
            self.send(Part::DirectoryEnd(DirectoryEnd {}))?;
        }
        Ok(None)
    }

    fn file(&mut self, name: Vec<u8>, file: &OwnedFd, found: &libc::stat) -> Result<(), Stop> {
        let size = found.st_size as u64;
        if size > self.bytes_left {
            return Err(self.too_much());
        }
        self.send(entry(name, found, Kind::FileSize(size)))?;
        // A file that grows meanwhile is read up to its original size. A file in /proc has size 0 and is read to its
        // end.
        let mut left = if size == 0 { u64::MAX } else { size };
        while left > 0 {
            let mut data = vec![0; CHUNK_BYTES.min(usize::try_from(left).unwrap_or(CHUNK_BYTES))];
            let n = fd::read(file.as_raw_fd(), &mut data).map_err(|error| failed(&self.path, &error))?;
            if n == 0 {
                break;
            }
            if n as u64 > self.bytes_left {
                return Err(self.too_much());
            }
            self.bytes_left -= n as u64;
            left -= n as u64;
            data.truncate(n);
            self.send(Part::Data(data))?;
        }
        Ok(())
    }

    fn link(&mut self, above: i32, name: &CStr) -> Result<(), Stop> {
        let mut target = vec![0; libc::PATH_MAX as usize];
        // SAFETY: a NUL-terminated string that lives through the call, and a buffer of the length that is said.
        let n = unsafe { libc::readlinkat(above, name.as_ptr(), target.as_mut_ptr().cast(), target.len()) };
        if n < 0 {
            let error = io::Error::last_os_error();
            return match error.raw_os_error() {
                // It was replaced meanwhile.
                Some(libc::ENOENT | libc::EINVAL) => Ok(()),
                _ => Err(failed(&self.path, &error).into()),
            };
        }
        target.truncate(n as usize);
        let kind = Some(Kind::Link(target));
        self.send(Part::Entry(FileEntry { name: name.to_bytes().to_vec(), mode: 0o777, kind }))
    }

    fn too_much(&self) -> Stop {
        let max = self.max_bytes;
        let message = format!("{}: the files have more than {max} bytes including this one", self.path);
        Status::new(Code::ResourceExhausted, message).into()
    }

    fn send(&mut self, part: Part) -> Result<(), Stop> {
        if (self.send)(FilePart { part: Some(part) }) {
            Ok(())
        } else {
            Err(Stop::Unwanted)
        }
    }
}

fn entry(name: Vec<u8>, found: &libc::stat, kind: Kind) -> Part {
    Part::Entry(FileEntry { name, mode: found.st_mode & 0o7777, kind: Some(kind) })
}

/// The entries of a directory.
struct Entries {
    stream: *mut libc::DIR,
}

impl Entries {
    fn of(directory: OwnedFd) -> io::Result<Entries> {
        let directory = directory.into_raw_fd();
        // SAFETY: takes a descriptor of ours over.
        let stream = unsafe { libc::fdopendir(directory) };
        if stream.is_null() {
            let error = io::Error::last_os_error();
            // SAFETY: fdopendir failed, so the descriptor is still ours.
            unsafe { libc::close(directory) };
            return Err(error);
        }
        Ok(Entries { stream })
    }

    fn descriptor(&self) -> i32 {
        // SAFETY: the stream is open.
        unsafe { libc::dirfd(self.stream) }
    }

    /// Returns the next name except "." and "..".
    fn next(&mut self) -> io::Result<Option<CString>> {
        loop {
            // SAFETY: the thread's own errno; the stream is open, and the entry is used before the next call.
            let name = unsafe {
                *libc::__errno_location() = 0;
                let entry = libc::readdir64(self.stream);
                if entry.is_null() {
                    let error = io::Error::last_os_error();
                    return if error.raw_os_error() == Some(0) { Ok(None) } else { Err(error) };
                }
                CStr::from_ptr((*entry).d_name.as_ptr())
            };
            if !matches!(name.to_bytes(), b"." | b"..") {
                return Ok(Some(name.to_owned()));
            }
        }
    }
}

impl Drop for Entries {
    fn drop(&mut self) {
        // SAFETY: the stream is open and not used again.
        unsafe { libc::closedir(self.stream) };
    }
}
