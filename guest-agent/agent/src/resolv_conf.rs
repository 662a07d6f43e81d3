//! The file that names the agent as the box's DNS server.

use crate::identity_files::find_etc;
use crate::{mount_point, network};
use std::fs::File;
use std::io::{self, Write};

const NAME: &str = "resolv.conf";

/// Replaces the image's file in the box's root. The calling thread must be in the box's mount namespace.
pub fn write() -> Result<(), String> {
    let failed = |error: io::Error| format!("cannot write /etc/{NAME} in the box: {error}");
    let etc = find_etc(&mount_point::root()?).map_err(failed)?;
    // It may be a link to a file of a resolver that does not run in the box.
    match mount_point::remove(&etc, NAME) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    let mut file = File::from(mount_point::create(&etc, NAME, 0o644).map_err(failed)?);
    file.write_all(format!("nameserver {}\n", network::RESOLVER).as_bytes()).map_err(failed)
}
