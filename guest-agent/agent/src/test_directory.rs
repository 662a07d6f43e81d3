//! Directories for tests. Each is new, whatever an earlier run left behind, and whichever processes have had the same
//! pid.

use std::ffi::{CString, OsString};
use std::ops::Deref;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

/// A directory that is deleted with its contents when it goes out of scope, also when the test fails.
pub struct TestDirectory(PathBuf);

impl TestDirectory {
    pub fn new(name: &str) -> TestDirectory {
        let template = std::env::temp_dir().join(format!("boxlite-agent-{name}-XXXXXX"));
        let path = CString::new(template.into_os_string().into_vec()).unwrap().into_raw();
        // SAFETY: mkdtemp(3) changes the last six bytes of a string that is this function's own.
        let (made, path) = unsafe { (!libc::mkdtemp(path).is_null(), CString::from_raw(path)) };
        assert!(made, "{path:?}: {}", std::io::Error::last_os_error());
        TestDirectory(OsString::from_vec(path.into_bytes()).into())
    }
}

impl Deref for TestDirectory {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.0
    }
}

impl Drop for TestDirectory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
