//! File descriptors: pipes, non-blocking reads and writes, small files.

use std::ffi::CStr;
use std::io;
use std::mem::MaybeUninit;
use std::os::unix::io::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::time::{Duration, Instant};

/// Turns the return value of a libc call into a result with `errno`.
pub fn check(result: libc::c_int) -> io::Result<libc::c_int> {
    if result < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(result)
    }
}

/// Like [`check`], for calls through `syscall(2)`.
pub fn check_long(result: libc::c_long) -> io::Result<libc::c_long> {
    if result < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(result)
    }
}

/// Like [`check`], for a call that returns a new descriptor.
pub fn check_fd(result: libc::c_int) -> io::Result<OwnedFd> {
    let fd = check(result)?;
    // SAFETY: the call just returned this descriptor, so nobody else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// Makes a pipe, (read end, write end), both closed on exec.
pub fn pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    let mut ends: [RawFd; 2] = [-1; 2];
    // SAFETY: `ends` has room for the two descriptors.
    check(unsafe { libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC) })?;
    // SAFETY: pipe2 succeeded and made both descriptors for us alone.
    Ok(unsafe { (OwnedFd::from_raw_fd(ends[0]), OwnedFd::from_raw_fd(ends[1])) })
}

/// Makes reads and writes through this open file description return `WouldBlock` instead of blocking.
pub fn set_nonblocking(fd: &OwnedFd) -> io::Result<()> {
    // SAFETY: F_SETFL takes an integer and touches no memory of ours.
    check(unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_SETFL, libc::O_NONBLOCK) }).map(drop)
}

/// Opens `path`, relative to `directory` if one is given. Always sets close-on-exec.
pub fn open_at(directory: Option<RawFd>, path: &CStr, flags: libc::c_int) -> io::Result<OwnedFd> {
    let directory = directory.unwrap_or(libc::AT_FDCWD);
    // SAFETY: `path` is a NUL-terminated string that lives through the call.
    check_fd(unsafe { libc::openat(directory, path.as_ptr(), flags | libc::O_CLOEXEC, 0o644) })
}

/// How long a file may be busy before that is reported as an error.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Calls openat2(2), never following magic links of /proc.
pub fn open_with(directory: RawFd, path: &CStr, flags: libc::c_int, mode: u32, resolve: u64) -> io::Result<OwnedFd> {
    // SAFETY: all-zero is a valid open_how.
    let mut how: libc::open_how = unsafe { std::mem::zeroed() };
    // With O_PATH nothing is opened that could become a controlling terminal, and the kernel rejects the flag.
    let no_terminal = if flags & libc::O_PATH == 0 { libc::O_NOCTTY } else { 0 };
    how.flags = (flags | libc::O_CLOEXEC | no_terminal) as u64;
    how.mode = if flags & libc::O_CREAT == 0 { 0 } else { mode.into() };
    how.resolve = resolve | libc::RESOLVE_NO_MAGICLINKS;
    let give_up = Instant::now() + BUSY_TIMEOUT;
    loop {
        let size = std::mem::size_of::<libc::open_how>();
        // SAFETY: a NUL-terminated string and a struct of this size, which live through the call.
        let result = unsafe { libc::syscall(libc::SYS_openat2, directory, path.as_ptr(), &how, size) };
        match check_fd(result as libc::c_int) {
            // Either something was renamed at this moment, so that the kernel cannot tell whether the path is still
            // beneath the directory; or a program holds a lease on the file, which the kernel breaks within a second.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock && Instant::now() < give_up => {
                std::thread::sleep(Duration::from_millis(1));
            }
            opened => return opened,
        }
    }
}

/// Reads once into memory that need not be initialised. Returns the number of bytes that were read and are initialised.
pub fn read_uninit(fd: RawFd, into: &mut [MaybeUninit<u8>]) -> io::Result<usize> {
    // SAFETY: the kernel writes at most `into.len()` bytes to memory that is ours.
    let n = unsafe { libc::read(fd, into.as_mut_ptr().cast(), into.len()) };
    usize::try_from(n).map_err(|_| io::Error::last_os_error())
}

/// Reads once.
pub fn read(fd: RawFd, into: &mut [u8]) -> io::Result<usize> {
    // SAFETY: the kernel writes at most `into.len()` bytes to memory that is ours.
    let n = unsafe { libc::read(fd, into.as_mut_ptr().cast(), into.len()) };
    usize::try_from(n).map_err(|_| io::Error::last_os_error())
}

/// Reads once from the start of a file, whatever its position.
pub fn read_from_start(fd: RawFd, into: &mut [u8]) -> io::Result<usize> {
    // SAFETY: the kernel writes at most `into.len()` bytes to memory that is ours.
    let n = unsafe { libc::pread(fd, into.as_mut_ptr().cast(), into.len(), 0) };
    usize::try_from(n).map_err(|_| io::Error::last_os_error())
}

/// Returns the number of bytes that can be read from a pipe, a terminal or an inotify instance.
pub fn waiting(fd: RawFd) -> usize {
    let mut bytes: libc::c_int = 0;
    // SAFETY: the ioctl writes one int.
    unsafe { libc::ioctl(fd, libc::FIONREAD, &mut bytes) };
    usize::try_from(bytes).unwrap_or(0)
}

/// Writes once.
pub fn write(fd: RawFd, from: &[u8]) -> io::Result<usize> {
    // SAFETY: the kernel reads at most `from.len()` bytes of memory that is ours.
    let n = unsafe { libc::write(fd, from.as_ptr().cast(), from.len()) };
    usize::try_from(n).map_err(|_| io::Error::last_os_error())
}

/// Reads a regular file of at most `limit` bytes. A longer file is an error, and so is anything but a regular file (a
/// FIFO would block forever).
pub fn read_small_file(path: &CStr, limit: usize) -> io::Result<Vec<u8>> {
    let file = open_at(None, path, libc::O_RDONLY | libc::O_NONBLOCK | libc::O_NOCTTY)?;
    let mut stat = MaybeUninit::<libc::stat>::uninit();
    // SAFETY: `stat` has room for what fstat fills in.
    check(unsafe { libc::fstat(file.as_raw_fd(), stat.as_mut_ptr()) })?;
    // SAFETY: fstat succeeded, so it has filled in all of it.
    let stat = unsafe { stat.assume_init() };
    if stat.st_mode & libc::S_IFMT != libc::S_IFREG {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "not a regular file"));
    }
    let mut content = vec![0; (stat.st_size as usize).min(limit) + 1];
    let mut length = 0;
    loop {
        match read(file.as_raw_fd(), &mut content[length..])? {
            0 => break,
            n => length += n,
        }
        if length > limit {
            return Err(io::Error::new(io::ErrorKind::InvalidData, format!("longer than {limit} bytes")));
        }
        if length == content.len() {
            content.resize((length * 2).min(limit + 1), 0);
        }
    }
    content.truncate(length);
    Ok(content)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::CString;

    #[test]
    fn a_small_file_is_read_whole() {
        let directory = crate::test_directory::TestDirectory::new("small");
        let path = directory.join("file");
        std::fs::write(&path, vec![7u8; 5000]).unwrap();
        let name = CString::new(path.to_str().unwrap()).unwrap();
        assert_eq!(read_small_file(&name, 5000).unwrap(), vec![7u8; 5000]);
        assert_eq!(read_small_file(&name, 4999).unwrap_err().kind(), io::ErrorKind::InvalidData);
    }

    #[test]
    fn a_file_with_a_wrong_size_is_read_whole() {
        let name = CString::new("/proc/self/status").unwrap();
        let content = read_small_file(&name, 1 << 16).unwrap();
        assert!(content.starts_with(b"Name:"));
        assert!(content.ends_with(b"\n"));
    }

    #[test]
    fn only_regular_files_are_read() {
        let null = CString::new("/dev/null").unwrap();
        assert_eq!(read_small_file(&null, 10).unwrap_err().kind(), io::ErrorKind::InvalidData);
    }
}
