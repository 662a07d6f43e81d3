//! Folders for tests: each new, whatever an earlier run has left, and whoever else runs as this very process number.

use std::ffi::CString;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

/// Makes a folder that the test deletes.
pub fn test_folder(name: &str) -> PathBuf {
    let template = std::env::temp_dir().join(format!("boxlite-agent-{name}-XXXXXX"));
    let path = CString::new(template.into_os_string().into_vec()).unwrap().into_raw();
    // SAFETY: mkdtemp(3) changes the last six bytes of a string that is this function's own.
    let (made, path) = unsafe { (!libc::mkdtemp(path).is_null(), CString::from_raw(path)) };
    assert!(made, "{path:?}: {}", std::io::Error::last_os_error());
    PathBuf::from(std::ffi::OsString::from_vec(path.into_bytes()))
}
