//! `PutFiles`: writes parts into files of the box.

use super::open::{failed, is_kind, open_at, stat, BoxPath, Owner};
use super::{Incoming, MAX_DEPTH};
use crate::fd::{self, check};
use crate::grpc::{Code, Status};
use crate::proto::{file_entry::Kind, file_part::Part, FileEntry, PutFilesStart};
use crate::user::Databases;
use std::ffi::{CStr, CString};
use std::io;
use std::os::unix::io::{AsRawFd, OwnedFd};
use tokio::sync::mpsc::Receiver;

/// Takes parts until the end. The calling thread must be in the box's mount namespace. On return, dropping the queue
/// tells the sender that no more parts are taken.
pub(super) fn put(start: &PutFilesStart, mut parts: Receiver<Incoming>) -> Result<(), Status> {
    let owner = owner(&start.owner)?;
    let top = BoxPath::new(&start.path)?.with_new_directories_of(owner);
    let mut path = top.as_str().trim_end_matches('/').to_owned();
    path.reserve(256);
    let mut writer = Writer { top, owner, keep_mode: start.keep_mode, begun: false, path, levels: Vec::new(), file: None };
    loop {
        match parts.blocking_recv() {
            Some(Incoming::Part(part)) => writer.take(part.part)?,
            Some(Incoming::End) => return writer.end(),
            // The call has ended early, so nobody receives this status.
            None => return Err(Status::new(Code::Cancelled, "the call ended early")),
        }
    }
}

/// With an empty `user`, new files belong to root, and existing ones keep their owner.
fn owner(user: &str) -> Result<Option<Owner>, Status> {
    if user.is_empty() {
        return Ok(None);
    }
    let account = Databases::default().resolve(user).map_err(Status::invalid)?;
    Ok(Some(Owner { uid: account.uid, gid: account.gid }))
}

struct Writer {
    top: BoxPath,
    owner: Option<Owner>,
    keep_mode: bool,
    begun: bool,
    /// The path of the innermost directory, or of the file in it, for messages.
    path: String,
    levels: Vec<Level>,
    file: Option<File>,
}

/// A directory that is being filled.
struct Level {
    directory: OwnedFd,
    path_length: usize,
}

/// A file that is being written.
struct File {
    file: OwnedFd,
    left: u64,
    size: u64,
}

impl Writer {
    fn take(&mut self, part: Option<Part>) -> Result<(), Status> {
        match part {
            Some(Part::Data(data)) => self.data(&data),
            Some(Part::Entry(entry)) => {
                self.end_file()?;
                if self.begun {
                    self.entry(entry)
                } else {
                    self.begun = true;
                    self.first(entry)
                }
            }
            Some(Part::DirectoryEnd(_)) => {
                self.end_file()?;
                self.levels.pop().map(drop).ok_or_else(|| Status::invalid("directory_end outside a directory"))?;
                self.path.truncate(self.levels.last().map_or(0, |level| level.path_length));
                Ok(())
            }
            None => Err(Status::invalid("a FilePart without a part")),
        }
    }

    fn end(mut self) -> Result<(), Status> {
        self.end_file()?;
        match (self.begun, self.levels.is_empty()) {
            (true, true) => Ok(()),
            (false, _) => Err(Status::invalid("the call ended before the first entry")),
            (_, false) => Err(Status::invalid("the call ended inside a directory")),
        }
    }

    /// Writes the first entry, which the path names. Links are followed.
    fn first(&mut self, entry: FileEntry) -> Result<(), Status> {
        if !entry.name.is_empty() {
            return Err(Status::invalid("the first entry must not have a name; the path is its name"));
        }
        match entry.kind {
            Some(Kind::Directory(_)) => {
                let (directory, made) = self.top.make_directories()?;
                self.push(directory, made.then_some(entry.mode))
            }
            Some(Kind::FileSize(size)) => {
                self.top.make_parents()?;
                let flags = libc::O_WRONLY | libc::O_NONBLOCK;
                let (file, made) = match self.top.open(flags, 0) {
                    Ok(file) => (file, false),
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {
                        (self.top.open(flags | libc::O_CREAT, 0o600).map_err(|error| self.failed(&error))?, true)
                    }
                    Err(error) => return Err(self.failed(&error)),
                };
                let found = stat(&file).map_err(|error| self.failed(&error))?;
                if !is_kind(&found, libc::S_IFREG) {
                    return Err(Status::new(Code::FailedPrecondition, format!("{}: not a regular file", self.path)));
                }
                self.give_owner(&file)?;
                if made || !self.keep_mode {
                    self.give_mode(&file, entry.mode)?;
                }
                self.begin_file(file, size)
            }
            Some(Kind::Link(_)) | None => Err(Status::invalid("the first entry must be a file or a directory")),
        }
    }

    /// Writes an entry of the innermost directory. Replaces what has that name, unless both are directories.
    fn entry(&mut self, entry: FileEntry) -> Result<(), Status> {
        let level = self.levels.last().ok_or_else(|| Status::invalid("entry outside a directory"))?;
        let name = checked(&entry.name)?;
        self.path.truncate(level.path_length);
        self.path.push('/');
        self.path.push_str(&name.to_string_lossy());
        let above = level.directory.as_raw_fd();
        let failed = |error: io::Error| failed(&self.path, &error);
        match entry.kind {
            Some(Kind::Directory(_)) => {
                if self.levels.len() == MAX_DEPTH {
                    let message = format!("{}: more than {MAX_DEPTH} levels of directories", self.path);
                    return Err(Status::new(Code::FailedPrecondition, message));
                }
                let made = make_directory(above, &name).map_err(failed)?;
                // A link to a directory is accepted, such as /lib in most images.
                let flags = libc::O_RDONLY | libc::O_DIRECTORY;
                let directory = open_at(above, &name, flags, 0, 0).map_err(failed)?;
                self.push(directory, made.then_some(entry.mode))
            }
            Some(Kind::FileSize(size)) => {
                let file = create(above, &name).map_err(failed)?;
                self.give_owner(&file)?;
                self.give_mode(&file, entry.mode)?;
                self.begin_file(file, size)
            }
            Some(Kind::Link(target)) => link(above, &name, target, self.owner).map_err(failed),
            None => Err(Status::invalid("entry without a kind")),
        }
    }

    /// A directory that existed before keeps its mode and its owner.
    fn push(&mut self, directory: OwnedFd, mode: Option<u32>) -> Result<(), Status> {
        if let Some(mode) = mode {
            self.give_owner(&directory)?;
            self.give_mode(&directory, mode)?;
        }
        self.levels.push(Level { directory, path_length: self.path.len() });
        Ok(())
    }

    fn begin_file(&mut self, file: OwnedFd, size: u64) -> Result<(), Status> {
        self.empty(&file, size).map_err(|error| self.failed(&error))?;
        self.file = Some(File { file, left: size, size });
        Ok(())
    }

    /// Reports a file that is too large for the disk at once, instead of filling the disk first.
    fn empty(&self, file: &OwnedFd, size: u64) -> io::Result<()> {
        // SAFETY: takes no pointers.
        check(unsafe { libc::ftruncate(file.as_raw_fd(), 0) })?;
        // SAFETY: all-zero is a valid statvfs, which the call then fills in.
        let mut room: libc::statvfs = unsafe { std::mem::zeroed() };
        // SAFETY: `room` lives through the call.
        check(unsafe { libc::fstatvfs(file.as_raw_fd(), &mut room) })?;
        if size > (room.f_bavail as u64).saturating_mul(room.f_frsize as u64) {
            return Err(io::Error::from_raw_os_error(libc::ENOSPC));
        }
        Ok(())
    }

    fn data(&mut self, mut data: &[u8]) -> Result<(), Status> {
        let file = self.file.as_mut().ok_or_else(|| Status::invalid("data without a file"))?;
        file.left = file.left.checked_sub(data.len() as u64).ok_or_else(|| {
            Status::invalid(format!("{}: more data than the announced {} bytes", self.path, file.size))
        })?;
        while !data.is_empty() {
            let n = fd::write(file.file.as_raw_fd(), data).map_err(|error| failed(&self.path, &error))?;
            data = &data[n..];
        }
        Ok(())
    }

    fn end_file(&mut self) -> Result<(), Status> {
        match self.file.take() {
            Some(File { left, size, .. }) if left > 0 => {
                let message = format!("{}: less data than the announced {size} bytes", self.path);
                Err(Status::invalid(message))
            }
            _ => Ok(()),
        }
    }

    /// Must be called before the mode is set: changing the owner clears set-user-ID bits.
    fn give_owner(&self, file: &OwnedFd) -> Result<(), Status> {
        self.owner.map_or(Ok(()), |owner| owner.own(file)).map_err(|error| self.failed(&error))
    }

    fn give_mode(&self, file: &OwnedFd, mode: u32) -> Result<(), Status> {
        if mode & !0o7777 != 0 {
            return Err(Status::invalid(format!("mode is {mode:o}; give permission bits only")));
        }
        // SAFETY: takes no pointers.
        check(unsafe { libc::fchmod(file.as_raw_fd(), mode) }).map(drop).map_err(|error| self.failed(&error))
    }

    fn failed(&self, error: &io::Error) -> Status {
        failed(self.top_or_path(), error)
    }

    fn top_or_path(&self) -> &str {
        if self.path.is_empty() {
            "/"
        } else {
            &self.path
        }
    }
}

/// Validates a name: it must be a single component other than "." and "..".
fn checked(name: &[u8]) -> Result<CString, Status> {
    let whole = !matches!(name, b"" | b"." | b"..") && !name.contains(&b'/') && name.len() <= 255;
    match CString::new(name) {
        Ok(name) if whole => Ok(name),
        _ => {
            let name = String::from_utf8_lossy(name).escape_default().to_string();
            Err(Status::invalid(format!("name \"{name}\" is not a valid file name")))
        }
    }
}

/// Returns whether the directory was made.
fn make_directory(above: i32, name: &CStr) -> io::Result<bool> {
    // SAFETY: `name` is a NUL-terminated string that lives through the call.
    match check(unsafe { libc::mkdirat(above, name.as_ptr(), 0o700) }) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}

fn create(above: i32, name: &CStr) -> io::Result<OwnedFd> {
    let flags = libc::O_WRONLY | libc::O_CREAT | libc::O_EXCL | libc::O_NOFOLLOW;
    match open_at(above, name, flags, 0o600, 0) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => match remove(above, name) {
            // Something is mounted there, as on /etc/hosts.
            Err(error) if error.raw_os_error() == Some(libc::EBUSY) => {
                open_at(above, name, libc::O_WRONLY | libc::O_NOFOLLOW | libc::O_NONBLOCK, 0, 0)
            }
            Err(error) => Err(error),
            Ok(()) => open_at(above, name, flags, 0o600, 0),
        },
        created => created,
    }
}

fn link(above: i32, name: &CStr, target: Vec<u8>, owner: Option<Owner>) -> io::Result<()> {
    let target = CString::new(target)?;
    // SAFETY: two NUL-terminated strings that live through the call.
    let make = || check(unsafe { libc::symlinkat(target.as_ptr(), above, name.as_ptr()) }).map(drop);
    match make() {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            remove(above, name)?;
            make()
        }
        made => made,
    }?;
    owner.map_or(Ok(()), |owner| owner.own_link(above, name))
}

fn remove(above: i32, name: &CStr) -> io::Result<()> {
    // SAFETY: `name` is a NUL-terminated string that lives through the call.
    check(unsafe { libc::unlinkat(above, name.as_ptr(), 0) }).map(drop)
}
