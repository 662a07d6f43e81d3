//! Resolves users: the image's own passwd(5) and group(5), read without any name service.

use crate::fd::read_small_file;
use std::ffi::CString;

/// Root, in the guest as everywhere.
pub const ROOT: u32 = 0;

/// Credentials of a process, and its home directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub uid: u32,
    pub gid: u32,
    pub supplementary: Vec<u32>,
    pub home: String,
}

/// Larger databases are not read, since they are searched for every process that is started.
const MAX_DATABASE_BYTES: usize = 1 << 20;

/// The kernel's limit (NGROUPS_MAX).
const MAX_GROUPS: usize = 65536;

/// The user databases of a box, as they were last readable. A program of the box may have removed them since, or
/// replaced them with something unreadable.
#[derive(Default)]
pub struct Databases {
    passwd: Vec<u8>,
    group: Vec<u8>,
}

impl Databases {
    /// Reads the databases in the calling thread's root, if possible. A missing database is empty at first: images for
    /// a single program often have none.
    pub fn read(&mut self) {
        read_into(&mut self.passwd, "/etc/passwd");
        read_into(&mut self.group, "/etc/group");
    }

    /// Reads the databases and resolves `user`.
    ///
    /// The forms are those of an image's config: empty (root), `name`, `uid`, and either with `:group` or `:gid`. A
    /// number need not exist in the databases, a name must. With an explicit group there are no supplementary groups.
    pub fn resolve(&mut self, user: &str) -> Result<Account, String> {
        self.read();
        resolve_in(user, &self.passwd, &self.group)
    }
}

fn read_into(database: &mut Vec<u8>, path: &str) {
    let path = CString::new(path).expect("a path without NUL");
    if let Ok(content) = read_small_file(&path, MAX_DATABASE_BYTES) {
        *database = content;
    }
}

fn resolve_in(spec: &str, passwd: &[u8], group: &[u8]) -> Result<Account, String> {
    let (user, explicit_group) = match spec.split_once(':') {
        Some((user, group)) => (user, Some(group)),
        None => (spec, None),
    };
    let user = if user.is_empty() { "0" } else { user };
    let number = parse_id(user);
    let entry = entries(passwd).filter_map(PasswdEntry::parse).find(|entry| entry.name == user.as_bytes());
    let entry = entry.or_else(|| {
        let uid = number?;
        entries(passwd).filter_map(PasswdEntry::parse).find(|entry| entry.uid == uid)
    });
    let mut account = match (&entry, number) {
        (Some(entry), _) => Account { uid: entry.uid, gid: entry.gid, supplementary: Vec::new(), home: entry.home() },
        (None, Some(uid)) => Account { uid, gid: 0, supplementary: Vec::new(), home: "/".to_owned() },
        (None, None) => return Err(format!("user \"{spec}\": no user \"{user}\" in the box's /etc/passwd")),
    };
    match explicit_group {
        None | Some("") => {
            if let Some(entry) = entry {
                account.supplementary = memberships(group, entry.name);
            }
        }
        Some(name) => {
            account.gid = group_id(group, name)
                .ok_or_else(|| format!("user \"{spec}\": no group \"{name}\" in the box's /etc/group"))?;
        }
    }
    Ok(account)
}

/// Returns whether the home can be passed to a program as a path.
fn is_path(home: &str) -> bool {
    !home.is_empty() && home.len() < libc::PATH_MAX as usize && !home.contains('\0')
}

struct PasswdEntry<'a> {
    name: &'a [u8],
    uid: u32,
    gid: u32,
    home: &'a [u8],
}

impl<'a> PasswdEntry<'a> {
    /// Parses name:password:uid:gid:comment:home:shell. A malformed line is skipped, as in libc.
    fn parse(line: &'a [u8]) -> Option<Self> {
        let mut fields = line.split(|&byte| byte == b':');
        let name = fields.next().filter(|name| !name.is_empty())?;
        let uid = parse_id(std::str::from_utf8(fields.nth(1)?).ok()?)?;
        let gid = parse_id(std::str::from_utf8(fields.next()?).ok()?)?;
        let home = fields.nth(1).unwrap_or(b"");
        Some(PasswdEntry { name, uid, gid, home })
    }

    fn home(&self) -> String {
        match std::str::from_utf8(self.home) {
            Ok(home) if is_path(home) => home.to_owned(),
            _ => "/".to_owned(),
        }
    }
}

/// Returns (name, gid, members) of a line name:password:gid:member,member.
fn parse_group(line: &[u8]) -> Option<(&[u8], u32, &[u8])> {
    let mut fields = line.split(|&byte| byte == b':');
    let name = fields.next().filter(|name| !name.is_empty())?;
    let gid = parse_id(std::str::from_utf8(fields.nth(1)?).ok()?)?;
    Some((name, gid, fields.next().unwrap_or(b"")))
}

fn group_id(database: &[u8], name: &str) -> Option<u32> {
    let named = entries(database).filter_map(parse_group).find(|(group, _, _)| *group == name.as_bytes());
    named.map(|(_, gid, _)| gid).or_else(|| parse_id(name))
}

fn memberships(database: &[u8], user: &[u8]) -> Vec<u32> {
    let mut groups: Vec<u32> = entries(database)
        .filter_map(parse_group)
        .filter(|(_, _, members)| members.split(|&byte| byte == b',').any(|member| member == user))
        .map(|(_, gid, _)| gid)
        .take(MAX_GROUPS)
        .collect();
    groups.sort_unstable();
    groups.dedup();
    groups
}

fn entries(database: &[u8]) -> impl Iterator<Item = &[u8]> {
    database.split(|&byte| byte == b'\n').filter(|line| !line.starts_with(b"#"))
}

/// Parses a user or group id. 2^32 - 1 is not an id: to the kernel it means "leave unchanged".
fn parse_id(text: &str) -> Option<u32> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok().filter(|&id| id != u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzz;
    use crate::test_directory::TestDirectory;

    const PASSWD: &[u8] = b"root:x:0:0:root:/root:/bin/sh\n# none\nbroken\n\nbob:x:1000:100:Bob,,,:/home/bob:/bin/sh\n1234:x:7:8::/odd:\nnohome:x:9:9:::\n";
    const GROUP: &[u8] = b"root:x:0:\nusers:x:100:\nwheel:x:10:root,bob\naudio:x:29:alice,bob\nvideo:x:44:bobby\n77:x:5:\n";

    fn account(uid: u32, gid: u32, supplementary: &[u32], home: &str) -> Account {
        Account { uid, gid, supplementary: supplementary.to_vec(), home: home.to_owned() }
    }

    fn resolved(spec: &str) -> Account {
        resolve_in(spec, PASSWD, GROUP).unwrap()
    }

    #[test]
    fn no_user_means_root() {
        assert_eq!(resolved(""), account(0, 0, &[10], "/root"));
        assert_eq!(resolve_in("", b"", b"").unwrap(), account(0, 0, &[], "/"));
    }

    #[test]
    fn a_name_brings_its_groups_and_home() {
        assert_eq!(resolved("bob"), account(1000, 100, &[10, 29], "/home/bob"));
        assert_eq!(resolved("nohome"), account(9, 9, &[], "/"));
    }

    #[test]
    fn an_unusable_home_is_replaced_by_the_root() {
        for home in ["/a\0b".to_owned(), "/x".repeat(3000)] {
            let passwd = format!("eve:x:1:2::{home}:\n");
            assert_eq!(resolve_in("eve", passwd.as_bytes(), b"").unwrap(), account(1, 2, &[], "/"));
        }
    }

    #[test]
    fn an_unreadable_database_keeps_its_last_content() {
        let directory = TestDirectory::new("databases");
        let path = directory.join("passwd");
        let name = path.to_str().unwrap();
        let mut database = Vec::new();
        read_into(&mut database, name);
        assert_eq!(database, b"");
        std::fs::write(&path, PASSWD).unwrap();
        read_into(&mut database, name);
        assert_eq!(database, PASSWD);
        std::fs::write(&path, vec![b'x'; 5 << 20]).unwrap();
        read_into(&mut database, name);
        assert_eq!(database, PASSWD, "too long");
        std::fs::remove_file(&path).unwrap();
        read_into(&mut database, name);
        assert_eq!(database, PASSWD, "missing");
        std::os::unix::fs::symlink("/dev/zero", &path).unwrap();
        read_into(&mut database, name);
        assert_eq!(database, PASSWD, "a device");
        std::fs::remove_file(&path).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
        read_into(&mut database, name);
        assert_eq!(database, PASSWD, "a FIFO");
    }

    #[test]
    fn a_known_number_is_the_same_as_its_name() {
        assert_eq!(resolved("1000"), resolved("bob"));
    }

    #[test]
    fn an_unknown_number_is_taken_as_it_is() {
        assert_eq!(resolved("4242"), account(4242, 0, &[], "/"));
        assert_eq!(resolved("4242:4343"), account(4242, 4343, &[], "/"));
    }

    #[test]
    fn a_name_of_digits_wins_over_the_number() {
        assert_eq!(resolved("1234"), account(7, 8, &[], "/odd"));
        assert_eq!(resolved("bob:77"), account(1000, 5, &[], "/home/bob"));
    }

    #[test]
    fn an_explicit_group_replaces_all_others() {
        assert_eq!(resolved("bob:video"), account(1000, 44, &[], "/home/bob"));
        assert_eq!(resolved("bob:55"), account(1000, 55, &[], "/home/bob"));
        assert_eq!(resolved(":users"), account(0, 100, &[], "/root"));
        assert_eq!(resolved("bob:"), resolved("bob"));
    }

    #[test]
    fn an_unknown_name_is_an_error_that_names_it() {
        let error = resolve_in("eve", PASSWD, GROUP).unwrap_err();
        assert_eq!(error, "user \"eve\": no user \"eve\" in the box's /etc/passwd");
        let error = resolve_in("bob:crew", PASSWD, GROUP).unwrap_err();
        assert_eq!(error, "user \"bob:crew\": no group \"crew\" in the box's /etc/group");
    }

    #[test]
    fn numbers_out_of_range_are_not_ids() {
        for spec in ["4294967295", "4294967296", "-1", "+1", " 1", "0x0"] {
            assert!(resolve_in(spec, PASSWD, GROUP).is_err(), "{spec}");
        }
        assert_eq!(resolved("4294967294").uid, 4294967294);
    }

    #[test]
    fn any_database_resolves_to_a_usable_account_or_an_error() {
        fuzz::run("any_database", 500, |random| {
            let (mut passwd, mut group) = (PASSWD.to_vec(), GROUP.to_vec());
            fuzz::mutate(random, &mut passwd);
            fuzz::mutate(random, &mut group);
            let names = ["bob", "0", "1000", "root", "nohome", "bob:wheel", ":", "bob:", "4242:77"];
            let spec = if random.one_in(3) { random.text(40) } else { (*random.pick(&names)).to_owned() };
            let resolved = fuzz::assert_allocates_at_most(1 << 20, || resolve_in(&spec, &passwd, &group));
            if let Ok(account) = resolved {
                assert!(account.uid != u32::MAX && account.gid != u32::MAX, "{account:?}");
                assert!(is_path(&account.home), "{account:?}");
                assert!(account.supplementary.windows(2).all(|pair| pair[0] < pair[1]), "{account:?}");
            }
        });
    }
}
