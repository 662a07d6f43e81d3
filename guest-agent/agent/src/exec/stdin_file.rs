//! Standard input from a file of the box.
//!
//! The child opens it between its fork and the start of its program, with the permissions of the program's user. If
//! that is root, it still has all of root's capabilities. Files of kernel file systems, which would tell such a reader
//! more than they tell the box, are therefore refused, wherever a link leads. Nothing here blocks: neither on the other
//! end of a FIFO nor on the holder of a lease.

use libc::{c_int, c_long};
use std::ffi::CStr;

/// The errno that reports a file that is not regular. openat2(2) itself does not return it.
pub const NOT_REGULAR: c_int = libc::ENOTBLK;

/// File systems of the kernel, by their magic numbers in linux/magic.h: proc, sysfs, cgroup2.
const KERNEL_FILE_SYSTEMS: [c_long; 3] = [0x9fa0, 0x6265_6572, 0x6367_7270];

/// Opens the file as descriptor 0. Returns errno on failure. Makes plain system calls only, since the child shares the
/// agent's memory.
pub fn replace_stdin(path: &CStr) -> Result<(), c_int> {
    // SAFETY: a NUL-terminated string and structs that live through the calls; all-zero is a valid value of each.
    unsafe {
        let mut how: libc::open_how = std::mem::zeroed();
        how.flags = (libc::O_RDONLY | libc::O_NONBLOCK | libc::O_NOCTTY) as u64;
        how.resolve = libc::RESOLVE_NO_MAGICLINKS;
        let size = std::mem::size_of::<libc::open_how>();
        // The file gets the lowest free descriptor, which is 0. Any other might be above the limit of open files.
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
        // The flag was needed for opening only.
        if libc::fcntl(file, libc::F_SETFL, 0) < 0 {
            return Err(*libc::__errno_location());
        }
    }
    Ok(())
}
