//! Fuzz tests: parts that a host sends in any order, and trees that programs of the box change while they are read.

use super::{get, put, Incoming, MAX_DEPTH};
use crate::fd;
use crate::fuzz::{self, assert_allocates_at_most, Random};
use crate::grpc::Status;
use crate::proto::{file_entry::Kind, file_part::Part, Directory, DirectoryEnd, FileEntry, FilePart, PutFilesStart};
use crate::test_directory::TestDirectory;
use std::ffi::CString;
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;
use tokio::sync::mpsc;

const SECRET: &[u8] = b"what no box may read or change";

/// Names of a few entries, so that later parts meet the results of earlier ones.
const NAMES: [&[u8]; 4] = [b"a", b"b", b"door", b"\xff\n"];

const BAD_NAMES: [&[u8]; 7] = [b"", b".", b"..", b"a/b", b"../outside", b"/", b"a\0b"];

const TARGETS: [&[u8]; 6] = [b"../outside", b"../outside/secret", b"../../outside/secret", b"a", b"door", b"."];

const BAD_TARGETS: [&[u8]; 3] = [b"", b"a\0b", &[b'a'; 5000]];

/// Runs a test in a root of its own, like the box's for the agent, if this user may change the root. The root contains
/// the directory "in", which is empty for each seed, and the directory "outside" with a secret.
fn run_in_root(name: &str, count: u64, mut test: impl FnMut(&mut Random, &Path) + Send + 'static) {
    let above = TestDirectory::new("files-fuzz");
    let root = above.join("root");
    fs::create_dir_all(root.join("outside")).unwrap();
    fs::write(root.join("outside/secret"), SECRET).unwrap();
    let mut entered: Option<PathBuf> = None;
    fuzz::run(name, count, move |random| {
        let root = entered.get_or_insert_with(|| if enter(&root) { "/".into() } else { root.clone() });
        let _ = fs::remove_dir_all(root.join("in"));
        fs::create_dir(root.join("in")).unwrap();
        test(random, &root.join("in"));
        assert_eq!(fs::read(root.join("outside/secret")).unwrap(), SECRET);
    });
    assert_eq!(above.read_dir().unwrap().count(), 1);
}

/// Changes the root of this thread and of those that it starts.
fn enter(root: &Path) -> bool {
    // SAFETY: takes no pointers.
    unsafe { libc::unshare(libc::CLONE_FS) == 0 && std::os::unix::fs::chroot(root).is_ok() }
}

fn parts(random: &mut Random) -> Vec<FilePart> {
    let count = random.below(30);
    let mut parts = Vec::new();
    let (mut depth, mut left) = (0, 0);
    for number in 0..count {
        // Mostly what fits, so that the parts get somewhere.
        let fits = !random.one_in(10);
        let name = match (number, fits) {
            (0, true) => Vec::new(),
            (_, true) => random.pick(&NAMES).to_vec(),
            (_, false) => random.pick(&BAD_NAMES).to_vec(),
        };
        let mode = if fits { 0o700 } else { random.number() as u32 };
        let entry = |kind| Some(Part::Entry(FileEntry { name, mode, kind: Some(kind) }));
        let part = match if fits && left > 0 { 4 } else { random.below(7) } {
            0 | 1 => {
                depth += 1;
                entry(Kind::Directory(Directory {}))
            }
            2 => {
                left = if fits { random.below(3000) } else { random.number() as usize };
                entry(Kind::FileSize(left as u64))
            }
            3 => entry(Kind::Link(if fits { *random.pick(&TARGETS) } else { *random.pick(&BAD_TARGETS) }.to_vec())),
            4 => {
                let length = if fits { left.min(1 + random.below(2000)) } else { random.below(2000) };
                left = left.saturating_sub(length);
                Some(Part::Data(vec![7; length]))
            }
            5 if fits && depth == 0 => None,
            5 => {
                depth -= usize::from(depth > 0);
                Some(Part::DirectoryEnd(DirectoryEnd {}))
            }
            _ if random.one_in(20) => None,
            _ => continue,
        };
        parts.push(FilePart { part });
    }
    if !random.one_in(4) {
        parts.extend((0..depth).map(|_| FilePart { part: Some(Part::DirectoryEnd(DirectoryEnd {})) }));
    }
    parts
}

fn write(path: &Path, keep_mode: bool, parts: &[FilePart]) -> Result<(), Status> {
    let (sender, queue) = mpsc::channel(parts.len() + 1);
    for part in parts {
        let _ = sender.try_send(Incoming::Part(part.clone()));
    }
    let _ = sender.try_send(Incoming::End);
    let path = path.to_str().unwrap().to_owned();
    put::put(&PutFilesStart { path, keep_mode, ..Default::default() }, queue)
}

/// Walks the tree, checks the order and the names of its parts, and returns them.
fn walk(path: &Path) -> Result<Vec<FilePart>, Status> {
    const MAX_BYTES: u64 = 1 << 20;
    let mut parts = Vec::new();
    let walked = get::Walk::new(MAX_BYTES, |part| {
        parts.push(part);
        true
    })
    .run(path.to_str().unwrap(), false);
    let (mut depth, mut bytes, mut in_file) = (0, 0, false);
    for (number, part) in parts.iter().enumerate() {
        match part.part.as_ref().expect("every part has a kind") {
            Part::Entry(FileEntry { name, mode, kind }) => {
                assert!(number == 0 || depth > 0);
                assert_eq!(name.is_empty(), number == 0);
                assert!(!name.contains(&b'/') && !matches!(&name[..], b"." | b"..") && name.len() <= 255);
                assert!(*mode <= 0o7777);
                in_file = matches!(kind, Some(Kind::FileSize(_)));
                depth += usize::from(matches!(kind, Some(Kind::Directory(_))));
                assert!(depth <= MAX_DEPTH + 1);
            }
            Part::Data(data) => {
                assert!(in_file && !data.is_empty());
                assert!(data != SECRET || !path.ends_with("in"), "a link was followed");
                bytes += data.len() as u64;
            }
            Part::DirectoryEnd(_) => depth -= 1,
        }
    }
    assert!(bytes <= MAX_BYTES);
    assert!(walked.is_err() || depth == 0);
    walked.map(|()| parts)
}

#[test]
fn parts_in_any_order_are_written_or_refused() {
    run_in_root("parts_in_any_order", 150, |random, inside| {
        for _ in 0..3 {
            let parts = parts(random);
            let _ = assert_allocates_at_most(2 << 20, || write(inside, random.one_in(2), &parts));
        }
        let _ = assert_allocates_at_most(8 << 20, || walk(inside));
    });
}

#[test]
fn what_was_written_is_walked_and_can_be_written_again() {
    run_in_root("what_was_written", 40, |random, inside| {
        while write(inside, false, &parts(random)).is_err() {}
        let walked = walk(inside).unwrap();
        let copy = inside.join("copy");
        write(&copy, false, &walked).unwrap();
        let sorted = |mut parts: Vec<FilePart>| {
            parts.sort_by_key(|part| format!("{part:?}"));
            parts
        };
        assert_eq!(sorted(walk(&copy).unwrap()), sorted(walked));
    });
}

/// Paths of the box that lead anywhere. Only in a root of the test's own.
#[test]
fn any_path_is_written_or_refused_in_the_root() {
    run_in_root("any_path", 150, |random, inside| {
        let path = match inside.to_str() {
            Some("/in") => (0..random.length(8)).map(|_| format!("/{}", random.text(300))).collect::<String>(),
            _ => inside.join("x").to_str().unwrap().to_owned(),
        };
        for parts in [parts(random), parts(random)] {
            if !path.contains("outside") {
                let _ = assert_allocates_at_most(2 << 20, || write(Path::new(&path), false, &parts));
            }
        }
        let _ = walk(Path::new(&path));
        // A path may be a link to the secret, and is followed.
        fs::write(inside.join("../outside/secret"), SECRET).unwrap();
    });
}

/// Makes a file, and never follows a link.
fn create(path: &Path) -> io::Result<()> {
    fs::OpenOptions::new().write(true).create_new(true).open(path)?.write_all(b"harmless")
}

/// A program of the box that replaces entries by others as fast as it can: mostly a file by a link, and back.
fn replace_until(stop: &AtomicBool, inside: &Path, random: &mut Random) {
    let name = |path: PathBuf| CString::new(path.to_str().unwrap()).unwrap();
    let (file, link) = (name(inside.join("file")), name(inside.join("link")));
    while !stop.load(Ordering::Relaxed) {
        let _ = create(&inside.join("file"));
        let _ = symlink("../outside/secret", inside.join("link"));
        for _ in 0..random.below(500) {
            // SAFETY: NUL-terminated strings that live through the call.
            unsafe {
                let here = libc::AT_FDCWD;
                libc::renameat2(here, file.as_ptr(), here, link.as_ptr(), libc::RENAME_EXCHANGE);
            }
        }
        let entry = inside.join(*random.pick(&["a", "b", "a/b", "b/a", "door", "file", "link"]));
        let _ = match random.below(7) {
            0 => fs::remove_file(&entry),
            1 => fs::remove_dir_all(&entry),
            2 => fs::create_dir_all(entry.join("sub")),
            3 => create(&entry),
            4 => symlink(*random.pick(&["../outside", "../outside/secret", "../../outside", "door"]), &entry),
            5 => fs::rename(&entry, inside.join("b")),
            _ => {
                let name = name(entry);
                // SAFETY: a NUL-terminated string that lives through the call.
                fd::check(unsafe { libc::mkfifo(name.as_ptr(), 0o600) }).map(drop)
            }
        };
    }
}

#[test]
fn a_tree_that_changes_meanwhile_leads_nowhere_else() {
    run_in_root("a_tree_that_changes", 2, |random, inside| {
        let stop = Arc::new(AtomicBool::new(false));
        let (stopped, entries, seed) = (stop.clone(), inside.to_owned(), random.next());
        let program = std::thread::spawn(move || replace_until(&stopped, &entries, &mut Random::new(seed)));
        for _ in 0..100 {
            let _ = walk(inside);
            let _ = write(inside, false, &parts(random));
        }
        stop.store(true, Ordering::Relaxed);
        program.join().unwrap();
    });
}
