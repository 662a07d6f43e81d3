//! The files from which programs read the guest's identity: machine id, host name, and the address of that name.
//!
//! Each is a file in memory, mounted over its place in the box's root, as in container runtimes. A clone gets new
//! content before its first program runs, and writing it must cost next to nothing: on the scratch disk it would take
//! half of a clone's start time. The files are written through open descriptors, since the box may move their
//! directory.

use crate::fd;
use crate::identity::Identity;
use crate::mount::Mount;
use crate::mount_point;
use std::ffi::CString;
use std::fs::File;
use std::io;
use std::io::{Seek, SeekFrom};
use std::net::Ipv4Addr;
use std::os::unix::fs::FileExt;
use std::os::unix::io::{AsRawFd, OwnedFd};

/// A larger hosts file is not changed.
const MAX_HOSTS_BYTES: u64 = 64 * 1024;

/// Name below /etc, and mode.
const FILES: [(&str, u32); 3] = [("machine-id", 0o444), ("hostname", 0o644), ("hosts", 0o644)];

/// The files of one box, and the host name that they contain.
pub struct IdentityFiles {
    machine_id: File,
    hostname: File,
    hosts: File,
    /// The host name and its address, as they were written.
    written: Option<(String, Ipv4Addr)>,
    address: Ipv4Addr,
}

/// The address of the host name in a guest without a network.
const NO_NETWORK: Ipv4Addr = Ipv4Addr::new(127, 0, 1, 1);

/// Mounts the files in the box's root.
pub fn mount_files(root: &OwnedFd, dev: &Mount) -> Result<(), String> {
    let etc = match find_etc(root) {
        Ok(etc) => etc,
        Err(_) => mount_point::directory(root, "etc", 0o755)?,
    };
    for (name, mode) in FILES {
        let failed = |error: io::Error| format!("cannot make {name} for the box: {error}");
        let source = format!(".{name}");
        let file = mount_point::create(dev.root(), &source, mode).map_err(failed)?;
        Mount::bind(&file)
            .and_then(|mount| mount.attach(&mount_point::file(&etc, name, mode)?))
            .map_err(|error| format!("cannot mount /etc/{name} in the box: {error}"))?;
        mount_point::remove(dev.root(), &source).map_err(failed)?;
    }
    // A program that looks for a name server must not block on a FIFO.
    if !mount_point::leads_to(root, "etc/resolv.conf", libc::S_IFREG) {
        mount_point::file(&etc, "resolv.conf", 0o644)?;
    }
    Ok(())
}

/// Opens /etc. If it is a link, its target is used if it is a directory in the root's own file system: it contains the
/// image's users.
pub fn find_etc(root: &OwnedFd) -> io::Result<OwnedFd> {
    let path = CString::new("etc").expect("a constant without NUL");
    let resolve = libc::RESOLVE_IN_ROOT | libc::RESOLVE_NO_XDEV;
    fd::open_with(root.as_raw_fd(), &path, libc::O_PATH | libc::O_DIRECTORY, 0, resolve)
}

impl IdentityFiles {
    /// Opens the files, before any program can move them. The calling thread must be in the box's mount namespace.
    pub fn open() -> Result<IdentityFiles, String> {
        let etc = find_etc(&mount_point::root()?).map_err(|error| format!("cannot open /etc in the box: {error}"))?;
        let open = |name: &str| {
            let path = CString::new(name).expect("a constant without NUL");
            let file = fd::open_with(etc.as_raw_fd(), &path, libc::O_RDWR, 0, libc::RESOLVE_NO_SYMLINKS);
            file.map(File::from).map_err(|error| format!("cannot open /etc/{name} in the box: {error}"))
        };
        Ok(IdentityFiles {
            machine_id: open("machine-id")?,
            hostname: open("hostname")?,
            hosts: open("hosts")?,
            written: None,
            address: NO_NETWORK,
        })
    }

    /// Writes an identity. Other lines that the box has added to its hosts file stay.
    pub fn write(&mut self, identity: &Identity) -> Result<(), String> {
        let hostname = &identity.hostname;
        let failed = |error: io::Error| format!("cannot write the box's identity: {error}");
        overwrite(&self.machine_id, &(hex(&identity.machine_id) + "\n")).map_err(failed)?;
        overwrite(&self.hostname, &(hostname.clone() + "\n")).map_err(failed)?;
        if let Some(hosts) = self.new_hosts(hostname).map_err(failed)? {
            overwrite(&self.hosts, &hosts).map_err(failed)?;
        }
        self.written = Some((hostname.clone(), self.address));
        Ok(())
    }

    /// Changes the address of the host name.
    pub fn set_address(&mut self, address: Ipv4Addr) -> Result<(), String> {
        self.address = address;
        let hostname = match &self.written {
            Some((hostname, written)) if *written != address => hostname.clone(),
            _ => return Ok(()),
        };
        let failed = |error: io::Error| format!("cannot write /etc/hosts: {error}");
        if let Some(hosts) = self.new_hosts(&hostname).map_err(failed)? {
            overwrite(&self.hosts, &hosts).map_err(failed)?;
        }
        self.written = Some((hostname, address));
        Ok(())
    }

    /// Returns the new content of the hosts file, if it changes.
    fn new_hosts(&self, hostname: &str) -> io::Result<Option<String>> {
        let ours = own_address(hostname, self.address);
        let former = match &self.written {
            None => return Ok(Some(format!("127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n{ours}"))),
            Some((former, address)) => own_address(former, *address),
        };
        let length = length(&self.hosts)?;
        if length > MAX_HOSTS_BYTES {
            return Ok(None);
        }
        let mut known = vec![0; length as usize];
        let read = self.hosts.read_at(&mut known, 0)?;
        known.truncate(read);
        let known = match String::from_utf8(known) {
            Ok(known) => known,
            Err(_) => return Ok(None),
        };
        Ok(Some(known.replacen(&former, &ours, 1)).filter(|hosts| *hosts != known))
    }
}

fn own_address(hostname: &str, address: Ipv4Addr) -> String {
    format!("{address}\t{hostname}\n")
}

fn overwrite(file: &File, content: &str) -> io::Result<()> {
    file.write_all_at(content.as_bytes(), 0)?;
    // Usually the length is the same as before, and nothing has to be cut off.
    if length(file)? != content.len() as u64 {
        file.set_len(content.len() as u64)?;
    }
    Ok(())
}

/// Uses a seek: a stat does more work in the kernel, all of which an emulator has to translate first.
fn length(mut file: &File) -> io::Result<u64> {
    file.seek(SeekFrom::End(0))
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_directory::TestDirectory;
    use std::fs;

    fn files(directory: &std::path::Path) -> IdentityFiles {
        let open = |name: &str| {
            let mut options = fs::OpenOptions::new();
            options.read(true).write(true).create(true).open(directory.join(name)).unwrap()
        };
        let (machine_id, hostname, hosts) = (open("machine-id"), open("hostname"), open("hosts"));
        IdentityFiles { machine_id, hostname, hosts, written: None, address: NO_NETWORK }
    }

    fn identity(hostname: &str) -> Identity {
        Identity { entropy: vec![1; 32], unix_time_nanos: 1, hostname: hostname.to_owned(), machine_id: [7; 16] }
    }

    #[test]
    fn an_identity_replaces_the_one_before_and_nothing_else() {
        let directory = TestDirectory::new("identity");
        let mut files = files(&directory);
        files.write(&identity("a-long-host-name")).unwrap();
        fs::write(directory.join("hosts"), fs::read_to_string(directory.join("hosts")).unwrap() + "192.0.2.7 added\n")
            .unwrap();
        files.write(&identity("short")).unwrap();
        assert_eq!(fs::read_to_string(directory.join("hostname")).unwrap(), "short\n");
        assert_eq!(fs::read_to_string(directory.join("machine-id")).unwrap(), "07".repeat(16) + "\n");
        assert_eq!(
            fs::read_to_string(directory.join("hosts")).unwrap(),
            "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n127.0.1.1\tshort\n192.0.2.7 added\n"
        );
    }

    #[test]
    fn a_hosts_file_that_is_not_text_or_too_large_is_unchanged() {
        let directory = TestDirectory::new("hosts");
        let mut files = files(&directory);
        files.write(&identity("one")).unwrap();
        for content in [vec![0xff; 10], vec![b'x'; 70_000]] {
            fs::write(directory.join("hosts"), &content).unwrap();
            files.write(&identity("two")).unwrap();
            assert_eq!(fs::read(directory.join("hosts")).unwrap(), content);
        }
    }
}
