//! Standard input from a file of the box.
//!
//! Opened by the child, between its fork and its program: with the permissions of the user that the program runs as, but
//! with root's capabilities still where that is root. So a file of the kernel's own, which would tell such a reader more
//! than it tells the box, is refused, wherever a link leads. Nothing here waits: not for the other end of a FIFO, and not
//! for the holder of a lease.

use libc::{c_int, c_long};
use std::ffi::CStr;

/// What a file that is not a regular one is told by. openat2(2) itself has no use for it.
pub const NOT_REGULAR: c_int = libc::ENOTBLK;

/// File systems whose files are the kernel's, by the numbers of linux/magic.h: proc, sysfs, cgroup2.
const KERNEL_FILE_SYSTEMS: [c_long; 3] = [0x9fa0, 0x6265_6572, 0x6367_7270];

/// Puts the file in the place of descriptor 0; errno says what is wrong. Made of plain system calls, as the memory is not
/// the child's own.
pub fn replace_stdin(path: &CStr) -> Result<(), c_int> {
    // SAFETY: a NUL-terminated string and structs that live through the calls; all-zero is a valid value of each of them.
    unsafe {
        let mut how: libc::open_how = std::mem::zeroed();
        how.flags = (libc::O_RDONLY | libc::O_NONBLOCK | libc::O_NOCTTY) as u64;
        how.resolve = libc::RESOLVE_NO_MAGICLINKS;
        let size = std::mem::size_of::<libc::open_how>();
        // The lowest descriptor that is free is the file's. Another might be above the limit of open files.
        libc::close(0);
        let file = libc::syscall(libc::SYS_openat2, libc::AT_FDCWD, path.as_ptr(), &how, size) as c_int;
        if file < 0 {
            return Err(*libc::__errno_location());
        }
        let mut stat: libc::stat = std::mem::zeroed();
        let mut system: libc::statfs = std::mem::zeroed();
        if libc::fstat(file, &mut stat) < 0 || libc::fstatfs(file, &mut system) < 0 {
            return Err(*libc::__errno_location());
        }
        if stat.st_mode & libc::S_IFMT != libc::S_IFREG || KERNEL_FILE_SYSTEMS.contains(&system.f_type) {
            return Err(NOT_REGULAR);
        }
        // It was for the opening only.
        if libc::fcntl(file, libc::F_SETFL, 0) < 0 {
            return Err(*libc::__errno_location());
        }
    }
    Ok(())
}
