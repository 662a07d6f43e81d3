//! The file that names the agent as the box's DNS server.

use crate::identity_files::find_etc;
use crate::mount::Mount;
use crate::{mount_point, network};
use std::fs::File;
use std::io::Write;

const NAME: &str = "resolv.conf";

/// Mounts the file in the box's root, over the image's. The calling thread must be in the box's mount namespace.
pub fn mount() -> Result<(), String> {
    let root = mount_point::root()?;
    let failed = |error: std::io::Error| format!("cannot make /etc/{NAME} for the box: {error}");
    let etc = find_etc(&root).map_err(failed)?;
    let memory = Mount::new("tmpfs", &["mode=755", "size=64k"], 0)?;
    let file = mount_point::create(memory.root(), NAME, 0o644).map_err(failed)?;
    let content = format!("nameserver {}\noptions edns0\n", network::RESOLVER);
    File::from(file.try_clone().map_err(failed)?).write_all(content.as_bytes()).map_err(failed)?;
    Mount::bind(&file)
        .and_then(|mount| mount.attach(&mount_point::file(&etc, NAME, 0o644)?))
        .map_err(|error| format!("cannot mount /etc/{NAME} in the box: {error}"))
}
