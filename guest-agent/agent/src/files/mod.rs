//! The calls `PutFiles` and `GetFiles`: copy files into the box and out of it.
//!
//! Each call has a thread of its own in the box's mount namespace, so it can reach nothing outside the box's root,
//! whatever links the box contains. The kernel opens a path of the box in one step (openat2); below it, every entry is
//! opened by its name alone.

#[cfg(test)]
mod fuzz;
mod get;
mod open;
mod put;

use crate::grpc::{self, Code, Requests, Status};
use crate::namespace::Namespace;
use crate::poll::poll_fn;
use crate::proto::{put_files_request, FilePart, GetFilesRequest, PutFilesRequest, PutFilesResponse};
use bytes::Bytes;
use h2::server::SendResponse;
use h2::RecvStream;
use prost::Message;
use std::sync::Arc;
use std::task::Context;
use tokio::sync::{mpsc, oneshot, Semaphore, SemaphorePermit};

/// The protocol's limit for data in one message, plus what surrounds the data.
const MAX_REQUEST_BYTES: usize = (1 << 20) + 1024;

/// The number of parts that wait between the connection and the thread.
const QUEUE: usize = 4;

/// The number of calls that run at once; others wait.
const MAX_THREADS: usize = 8;

/// Deeper trees are refused: each level costs a descriptor.
const MAX_DEPTH: usize = 200;

/// The files of one box.
pub struct Files {
    namespace: Namespace,
    threads: Semaphore,
}

/// What the thread has read, for the host.
type Parts = mpsc::Receiver<Result<Bytes, Status>>;

/// What the host has sent, for the thread.
enum Incoming {
    Part(FilePart),
    End,
}

impl Files {
    pub fn new(namespace: Namespace) -> Files {
        Files { namespace, threads: Semaphore::new(MAX_THREADS) }
    }

    async fn begin_get(&self, request: GetFilesRequest) -> Result<(Parts, SemaphorePermit<'_>), Status> {
        let permit = self.threads.acquire().await.map_err(|_| Status::new(Code::Internal, "semaphore closed"))?;
        let (sender, parts) = mpsc::channel(QUEUE);
        self.spawn(move || {
            let send = |part| sender.blocking_send(Ok(grpc::framed(&part))).is_ok();
            if let Err(status) = get::Walk::new(request.max_bytes, send).run(&request.path, request.file_only) {
                let _ = sender.blocking_send(Err(status));
            }
        })?;
        Ok((parts, permit))
    }

    /// Runs `work` on a new thread in the box's mount namespace.
    fn spawn(&self, work: impl FnOnce() + Send + 'static) -> Result<(), Status> {
        let failed = |message: String| Status::new(Code::ResourceExhausted, message);
        let namespace = self.namespace.try_clone().map_err(failed)?;
        let run = move || match namespace.enter() {
            Ok(()) => work(),
            // The caller notices that no result comes.
            Err(message) => eprintln!("boxlite-agent: {message}"),
        };
        let thread = std::thread::Builder::new().name("files".to_owned()).stack_size(256 * 1024).spawn(run);
        thread.map(drop).map_err(|error| failed(format!("cannot start a thread: {error}")))
    }
}

/// Serves `PutFiles`.
pub async fn put(files: Option<Arc<Files>>, body: RecvStream) -> Result<PutFilesResponse, Status> {
    let files = files.ok_or_else(no_root)?;
    let mut requests = Requests::new(body, MAX_REQUEST_BYTES);
    let start = match next(&mut requests).await? {
        Some(put_files_request::Message::Start(start)) => start,
        _ => return Err(Status::invalid("the first request of a PutFiles must be start")),
    };
    let _permit = files.threads.acquire().await;
    let (parts, queue) = mpsc::channel(QUEUE);
    let (answer, result) = oneshot::channel();
    files.spawn(move || {
        let _ = answer.send(put::put(&start, queue));
    })?;
    let sent = forward(&mut requests, &parts).await;
    drop(parts);
    let result = result.await.map_err(|_| Status::new(Code::Internal, "the thread for the files has ended"))?;
    // The thread's error comes first: it is the reason why it took no more parts.
    result.and(sent).map(|()| PutFilesResponse {})
}

/// Forwards parts until the last request, or until the thread takes no more.
async fn forward(requests: &mut Requests, parts: &mpsc::Sender<Incoming>) -> Result<(), Status> {
    loop {
        let part = match next(requests).await? {
            Some(put_files_request::Message::Part(part)) => Incoming::Part(part),
            Some(put_files_request::Message::Start(_)) => return Err(Status::invalid("start must be sent only once")),
            None => Incoming::End,
        };
        let last = matches!(part, Incoming::End);
        if parts.send(part).await.is_err() || last {
            return Ok(());
        }
    }
}

async fn next(requests: &mut Requests) -> Result<Option<put_files_request::Message>, Status> {
    match requests.next().await? {
        None => Ok(None),
        Some(bytes) => PutFilesRequest::decode(bytes)
            .map_err(|error| Status::invalid(format!("malformed PutFilesRequest: {error}")))?
            .message
            .map(Some)
            .ok_or_else(|| Status::invalid("a PutFilesRequest without a message")),
    }
}

/// Serves `GetFiles`.
pub async fn get(
    files: Option<Arc<Files>>,
    request: Result<GetFilesRequest, Status>,
    mut respond: SendResponse<Bytes>,
) -> Result<(), h2::Error> {
    let begun = match (&files, request) {
        (None, _) => Err(no_root()),
        (_, Err(status)) => Err(status),
        (Some(files), Ok(request)) => files.begin_get(request).await,
    };
    let (mut parts, _permit) = match begun {
        Ok(begun) => begun,
        Err(status) => return grpc::refuse(&mut respond, &status),
    };
    let mut host = grpc::begin(&mut respond)?;
    let mut status = Status::OK;
    while let Some(part) = parts.recv().await {
        match part {
            Ok(bytes) => {
                let room = |cx: &mut Context<'_>| grpc::poll_room(cx, &mut host, bytes.len());
                if !poll_fn(room).await {
                    break;
                }
                host.send_data(bytes, false)?;
            }
            Err(refused) => status = refused,
        }
    }
    // If the host has ended the call, wait for the thread only.
    parts.close();
    while parts.recv().await.is_some() {}
    grpc::end(&mut host, &status)
}

fn no_root() -> Status {
    Status::new(Code::FailedPrecondition, "the guest has no root file system yet; call Configure first")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::{file_entry::Kind, file_part::Part, Directory, DirectoryEnd, FileEntry, PutFilesStart};
    use crate::test_directory::TestDirectory;
    use std::fs;
    use std::os::unix::fs::{symlink, PermissionsExt};
    use std::path::PathBuf;

    fn walked(path: &std::path::Path, max_bytes: u64) -> Result<Vec<FilePart>, Status> {
        let mut parts = Vec::new();
        get::Walk::new(max_bytes, |part| {
            parts.push(part);
            true
        })
        .run(path.to_str().unwrap(), false)?;
        Ok(parts)
    }

    fn written(path: &std::path::Path, parts: Vec<FilePart>) -> Result<(), Status> {
        let (sender, queue) = mpsc::channel(parts.len() + 1);
        for part in parts {
            let _ = sender.try_send(Incoming::Part(part));
        }
        let _ = sender.try_send(Incoming::End);
        let start = PutFilesStart { path: path.to_str().unwrap().to_owned(), ..Default::default() };
        put::put(&start, queue)
    }

    fn part(part: Part) -> FilePart {
        FilePart { part: Some(part) }
    }

    fn entry(name: &str, kind: Kind) -> FilePart {
        part(Part::Entry(FileEntry { name: name.into(), mode: 0o644, kind: Some(kind) }))
    }

    fn directory(name: &str) -> FilePart {
        entry(name, Kind::Directory(Directory {}))
    }

    #[test]
    fn what_is_walked_can_be_written() {
        let temporary = TestDirectory::new("walk");
        let tree = temporary.join("tree");
        fs::create_dir_all(tree.join("sub")).unwrap();
        fs::write(tree.join("sub/file"), vec![7; 300_000]).unwrap();
        fs::set_permissions(tree.join("sub"), fs::Permissions::from_mode(0o751)).unwrap();
        symlink("/no/where", tree.join("link")).unwrap();
        let copy = temporary.join("new/copy");
        written(&copy, walked(&tree, 300_000).unwrap()).unwrap();
        assert_eq!(fs::read(copy.join("sub/file")).unwrap(), vec![7; 300_000]);
        assert_eq!(fs::metadata(copy.join("sub")).unwrap().permissions().mode() & 0o7777, 0o751);
        assert_eq!(fs::read_link(copy.join("link")).unwrap(), PathBuf::from("/no/where"));
        assert_eq!(walked(&tree, 299_999).unwrap_err().code, Code::ResourceExhausted);
    }

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        let temporary = TestDirectory::new("names");
        for name in ["", ".", "..", "a/b", "/etc", "a\0b"] {
            let status = written(&temporary, vec![directory(""), directory(name)]).unwrap_err();
            assert_eq!(status.code, Code::InvalidArgument, "{name}");
        }
        assert!(written(&temporary, vec![directory(""), directory(&"x".repeat(256))]).is_err());
        assert_eq!(temporary.read_dir().unwrap().count(), 0);
    }

    #[test]
    fn a_file_is_never_written_through_a_link_below_the_first_entry() {
        let temporary = TestDirectory::new("through");
        fs::write(temporary.join("outside"), "untouched").unwrap();
        let parts = vec![
            directory(""),
            entry("door", Kind::Link(b"../outside".to_vec())),
            entry("door", Kind::FileSize(1)),
            part(Part::Data(b"x".to_vec())),
            part(Part::DirectoryEnd(DirectoryEnd {})),
        ];
        written(&temporary.join("in"), parts).unwrap();
        assert_eq!(fs::read(temporary.join("outside")).unwrap(), b"untouched");
        assert_eq!(fs::read(temporary.join("in/door")).unwrap(), b"x");
    }

    #[test]
    fn more_or_less_data_than_announced_is_refused() {
        let temporary = TestDirectory::new("announced");
        let file = |size| vec![entry("", Kind::FileSize(size)), part(Part::Data(b"xx".to_vec()))];
        assert!(written(&temporary.join("a"), file(1)).unwrap_err().message.contains("more data"));
        assert!(written(&temporary.join("a"), file(3)).unwrap_err().message.contains("less data"));
        assert!(written(&temporary.join("a"), file(2)).is_ok());
        assert!(written(&temporary.join("a"), vec![directory("")]).is_err(), "it is a file");
        assert!(written(&temporary, file(2)).unwrap_err().message.ends_with("is a directory"));
    }
}
