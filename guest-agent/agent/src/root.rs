//! The box's root file system: an overlay of the read-only image and a scratch ext4 of the box's own.

use crate::fd::{self, check};
use std::ffi::CString;
use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::io::AsRawFd;
use std::path::Path;

/// Where the agent mounts the box's root. No process of the box ever sees this path.
pub const ROOT: &str = "/run/box/root";

const IMAGE: &str = "/run/box/image";
const SCRATCH: &str = "/run/box/scratch";

/// `_IOW('f', 16, __u64)` in the kernel's fs/ext4/ext4.h.
const EXT4_IOC_RESIZE_FS: libc::c_ulong = 0x4008_6610;

/// `_IOR(0x12, 114, size_t)` in linux/fs.h.
const BLKGETSIZE64: libc::c_ulong = 0x8008_1272;

/// The scratch disk dies with the box, so nothing prepares it for a crash. Nothing is initialized in the background
/// either: each clone would start with zeroing inode tables.
const SCRATCH_OPTIONS: &str = "nobarrier,noauto_da_alloc,discard,noinit_itable,no_prefetch_block_bitmaps";

/// Mounts the image, the scratch file system (grown to its device), and the overlay of both.
pub fn mount_root(image_device: &str, scratch_device: &str) -> Result<(), String> {
    for (field, device) in [("image_device", image_device), ("scratch_device", scratch_device)] {
        if !device.starts_with("/dev/") {
            return Err(format!("{field} \"{device}\" is not a device; give a path below /dev"));
        }
    }
    for directory in [IMAGE, SCRATCH, ROOT] {
        fs::create_dir_all(directory).map_err(|error| format!("cannot make {directory}: {error}"))?;
    }
    // Device nodes in an image must not work: they could lead to the raw disks and to the agent's port.
    mount(image_device, IMAGE, "erofs", libc::MS_RDONLY | libc::MS_NODEV, "")?;
    let result = mount_above(scratch_device);
    if result.is_err() {
        for directory in [SCRATCH, IMAGE] {
            unmount(directory);
        }
    }
    result
}

fn mount_above(scratch_device: &str) -> Result<(), String> {
    mount(scratch_device, SCRATCH, "ext4", libc::MS_NOATIME | libc::MS_NODEV, SCRATCH_OPTIONS)?;
    grow(scratch_device).map_err(|error| format!("cannot grow the ext4 on {scratch_device} to its device: {error}"))?;
    let upper = format!("{SCRATCH}/upper");
    let work = format!("{SCRATCH}/work");
    prepare_upper(&upper, &work).map_err(|error| format!("cannot prepare {scratch_device} for the overlay: {error}"))?;
    // volatile: the scratch disk ends with the box, so nobody needs the guarantees of fsync. redirect_dir and metacopy:
    // renaming a directory of the image, or changing the owner of its files, copies no data.
    let options = format!("lowerdir={IMAGE},upperdir={upper},workdir={work},volatile,redirect_dir=on,metacopy=on");
    mount("box", ROOT, "overlay", libc::MS_NODEV, &options)
}

/// The mode and owner of the upper directory are those of the box's root.
fn prepare_upper(upper: &str, work: &str) -> io::Result<()> {
    let image = fs::metadata(IMAGE)?;
    fs::create_dir_all(upper)?;
    fs::create_dir_all(work)?;
    fs::set_permissions(upper, fs::Permissions::from_mode(image.mode() & 0o7777))?;
    let path = CString::new(upper).expect("a path without NUL");
    // SAFETY: `path` is a NUL-terminated string that lives through the call.
    check(unsafe { libc::chown(path.as_ptr(), image.uid(), image.gid()) })?;
    // An overlay that was mounted volatile refuses its work directory until this marker is removed.
    match fs::remove_dir_all(Path::new(work).join("work/incompat")) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn grow(device: &str) -> io::Result<()> {
    let device = CString::new(device).expect("a device path without NUL");
    let device = fd::open_at(None, &device, libc::O_RDONLY)?;
    let mut bytes: u64 = 0;
    // SAFETY: the ioctl writes one u64.
    check(unsafe { libc::ioctl(device.as_raw_fd(), BLKGETSIZE64, &mut bytes) })?;

    let scratch = CString::new(SCRATCH).expect("a constant without NUL");
    let scratch = fd::open_at(None, &scratch, libc::O_RDONLY | libc::O_DIRECTORY)?;
    // SAFETY: all-zero is a valid statfs, which the call then fills in.
    let mut stat: libc::statfs = unsafe { std::mem::zeroed() };
    // SAFETY: `stat` lives through the call.
    check(unsafe { libc::fstatfs(scratch.as_raw_fd(), &mut stat) })?;
    let blocks: u64 = bytes / stat.f_bsize as u64;
    // SAFETY: the ioctl reads one u64.
    check(unsafe { libc::ioctl(scratch.as_raw_fd(), EXT4_IOC_RESIZE_FS, &blocks) }).map(drop)
}

/// Flushes everything and leaves the scratch file system clean.
pub fn flush() {
    let scratch = CString::new(SCRATCH).expect("a constant without NUL");
    // SAFETY: sync takes no arguments; the mount call gets NUL-terminated strings or null.
    unsafe {
        libc::sync();
        libc::mount(
            std::ptr::null(),
            scratch.as_ptr(),
            std::ptr::null(),
            libc::MS_REMOUNT | libc::MS_RDONLY,
            std::ptr::null(),
        );
    }
}

/// Calls mount(2). The error says what was to be mounted where.
pub fn mount(source: &str, target: &str, kind: &str, flags: libc::c_ulong, options: &str) -> Result<(), String> {
    let text = |value: &str| CString::new(value).map_err(|_| format!("\"{value}\" contains a NUL byte"));
    let (source_c, target_c, kind_c, options_c) = (text(source)?, text(target)?, text(kind)?, text(options)?);
    // SAFETY: four NUL-terminated strings that live through the call.
    let result = unsafe {
        libc::mount(source_c.as_ptr(), target_c.as_ptr(), kind_c.as_ptr(), flags, options_c.as_ptr().cast())
    };
    check(result).map(drop).map_err(|error| format!("cannot mount {kind} {source} on {target}: {error}"))
}

/// Detaches the mount at this path, even if it is in use. Returns whether there was one.
pub fn unmount(target: &str) -> bool {
    // SAFETY: a NUL-terminated string that lives through the call.
    CString::new(target).map_or(false, |target| unsafe { libc::umount2(target.as_ptr(), libc::MNT_DETACH) } == 0)
}
