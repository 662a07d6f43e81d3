//! Makes directories that an image's configuration or a box's options name but the image may not have.

use crate::fd::{self, check, open_with};
use crate::mount_point;
use crate::text::{not_a_path, quoted};
use std::collections::VecDeque;
use std::ffi::CString;
use std::io;
use std::os::unix::io::{AsRawFd, OwnedFd};

/// The number of links that the kernel follows in one path.
const MAX_LINKS: usize = 40;

/// Makes a directory and its parents if they are missing, owned by root and with mode 0755. The path is resolved as the
/// box's own programs would: links are resolved inside the root, and the target of a dangling link is made, too. The
/// calling thread must be in the box's mount namespace.
pub fn make(path: &str) -> Result<(), String> {
    if let Some(why) = not_a_path(path) {
        return Err(format!("directory {} {why}", quoted(path)));
    }
    make_in(&mount_point::root()?, path)
        .map_err(|error| format!("cannot make directory \"{path}\" in the box: {}", reason(&error)))
}

fn reason(error: &io::Error) -> String {
    match error.raw_os_error() {
        Some(libc::ENOTDIR) => "something other than a directory is in the way".to_owned(),
        Some(libc::ELOOP) => "too many levels of symbolic links".to_owned(),
        _ => error.to_string(),
    }
}

fn make_in(root: &OwnedFd, path: &str) -> io::Result<()> {
    // The directories from the root to the current position, so that ".." needs no lookup.
    let mut reached: Vec<OwnedFd> = Vec::new();
    let mut names: VecDeque<Vec<u8>> = names(path.as_bytes()).collect();
    let mut links = 0;
    while let Some(name) = names.pop_front() {
        if name == b".." {
            reached.pop();
            continue;
        }
        let name = CString::new(name)?;
        let above = reached.last().unwrap_or(root);
        match enter(above, &name) {
            Ok(directory) => reached.push(directory),
            Err(error) if error.raw_os_error() == Some(libc::ENOTDIR) => {
                let target = link_target(above, &name)?;
                links += 1;
                if links > MAX_LINKS {
                    return Err(io::Error::from_raw_os_error(libc::ELOOP));
                }
                if target.starts_with(b"/") {
                    reached.clear();
                }
                for name in self::names(&target).collect::<Vec<_>>().into_iter().rev() {
                    names.push_front(name);
                }
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// The components of a path, without empty ones and ".".
fn names(path: &[u8]) -> impl Iterator<Item = Vec<u8>> + '_ {
    path.split(|&byte| byte == b'/').filter(|name| !name.is_empty() && *name != b".").map(<[u8]>::to_vec)
}

/// Opens a directory; makes it if nothing has this name. ENOTDIR if something else does, such as a link.
fn enter(above: &OwnedFd, name: &CString) -> io::Result<OwnedFd> {
    let flags = libc::O_PATH | libc::O_NOFOLLOW | libc::O_DIRECTORY;
    match fd::open_at(Some(above.as_raw_fd()), name, flags) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            // SAFETY: a NUL-terminated string that lives through the call.
            check(unsafe { libc::mkdirat(above.as_raw_fd(), name.as_ptr(), 0o755) })?;
            fd::open_at(Some(above.as_raw_fd()), name, flags)
        }
        opened => opened,
    }
}

/// Reads the target of a link. ENOTDIR if it is not a link.
fn link_target(above: &OwnedFd, name: &CString) -> io::Result<Vec<u8>> {
    let link = open_with(above.as_raw_fd(), name, libc::O_PATH | libc::O_NOFOLLOW, 0, 0)?;
    let mut target = vec![0; libc::PATH_MAX as usize];
    // SAFETY: the path is a NUL-terminated constant, and `target` has room for as many bytes as are said.
    let length = unsafe {
        libc::readlinkat(link.as_raw_fd(), b"\0".as_ptr().cast(), target.as_mut_ptr().cast(), target.len())
    };
    // With an empty path the call reads the descriptor itself, and ENOENT means that it is not a link.
    let length = usize::try_from(length).map_err(|_| io::Error::from_raw_os_error(libc::ENOTDIR))?;
    target.truncate(length);
    Ok(target)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzz;
    use crate::test_directory::TestDirectory;
    use std::fs;
    use std::os::unix::fs::{symlink, PermissionsExt};
    use std::path::Path;

    fn made(root: &Path, path: &str) -> io::Result<()> {
        make_in(&fs::File::open(root).unwrap().into(), path)
    }

    #[test]
    fn missing_directories_are_made_and_existing_ones_are_unchanged() {
        let root = TestDirectory::new("directories");
        fs::create_dir(root.join("there")).unwrap();
        fs::set_permissions(root.join("there"), fs::Permissions::from_mode(0o700)).unwrap();
        made(&root, "/there/a//./b/").unwrap();
        made(&root, "/there/a/b").unwrap();
        made(&root, "/").unwrap();
        made(&root, "/../../c/../d").unwrap();
        let mode = |path: &str| fs::metadata(root.join(path)).unwrap().permissions().mode() & 0o7777;
        assert_eq!((mode("there"), mode("there/a"), mode("there/a/b"), mode("d")), (0o700, 0o755, 0o755, 0o755));
        assert!(!root.parent().unwrap().join("d").exists());
    }

    #[test]
    fn links_are_resolved_in_the_root_and_their_targets_are_made() {
        let root = TestDirectory::new("directory-links");
        symlink("/data/app", root.join("app")).unwrap();
        symlink("../../../../outside", root.join("up")).unwrap();
        symlink("loop", root.join("loop")).unwrap();
        fs::write(root.join("file"), "").unwrap();
        made(&root, "/app/x").unwrap();
        made(&root, "/up/x").unwrap();
        assert!(root.join("data/app/x").is_dir());
        assert!(root.join("outside/x").is_dir());
        assert_eq!(made(&root, "/loop/x").unwrap_err().raw_os_error(), Some(libc::ELOOP));
        assert_eq!(made(&root, "/file/x").unwrap_err().raw_os_error(), Some(libc::ENOTDIR));
        assert_eq!(made(&root, "/file").unwrap_err().raw_os_error(), Some(libc::ENOTDIR));
    }

    #[test]
    fn a_path_must_be_absolute() {
        for path in ["", "a"] {
            assert_eq!(make(path).unwrap_err(), format!("directory \"{path}\" is not absolute"));
        }
        assert!(make("/a\0b").unwrap_err().ends_with("contains a NUL byte"));
        assert!(make(&"/a".repeat(2048)).unwrap_err().ends_with("is longer than 4095 bytes"));
    }

    #[test]
    fn directories_are_made_in_the_root_only() {
        const NAMES: [&str; 11] = ["a", "b", "c", "..", ".", "a/b", "/a", "../..", "/", "loop", "/../outside"];
        fuzz::run("directories_are_made_in_the_root", 60, |random| {
            let directory = TestDirectory::new("directory-fuzz");
            let root = directory.join("root");
            fs::create_dir(&root).unwrap();
            fs::create_dir(directory.join("outside")).unwrap();
            let path = |random: &mut fuzz::Random| {
                (0..=random.length(12)).map(|_| *random.pick(&NAMES)).collect::<Vec<_>>().join("/")
            };
            for name in ["a", "b", "c", "loop"] {
                if random.one_in(2) {
                    symlink(path(random), root.join(name)).unwrap();
                }
            }
            for _ in 0..4 {
                let _ = made(&root, &format!("/{}", path(random)));
            }
            let entries = |path: &Path| path.read_dir().unwrap().count();
            assert_eq!((entries(&directory), entries(&directory.join("outside"))), (2, 0));
        });
    }
}
