//! The call `Volume`: a directory of the host, mounted in the box.
//!
//! The mount is a FUSE file system whose server is the host. This only moves messages between the kernel, which has
//! them at `/dev/fuse`, and the host. It never looks into them, so everything is decided by the host.
//!
//! The agent must not touch a file of a volume in the thread that serves the host: the kernel would wait for a reply
//! that only this thread can bring. Notifications of the host can block in the kernel for the same reason: they wait for
//! programs that wait for replies. So a thread of their own passes them on.

mod notifications;

use crate::exec::Executor;
use crate::fd::{self, check};
use crate::grpc::{self, Code, Requests, Status};
use crate::mount::{Mount, NO_DEV, NO_SUID, READ_ONLY};
use crate::mount_at;
use crate::poll::poll_fn;
use crate::proto::{volume_request, volume_response, VolumeAttached, VolumeRequest, VolumeResponse, VolumeStart};
use crate::root;
use crate::text::{not_a_path, quoted};
use crate::user::Databases;
use bytes::{BufMut, Bytes, BytesMut};
use h2::server::SendResponse;
use h2::{RecvStream, SendStream};
use notifications::{is_notification, Notification, Notifications};
use prost::Message;
use std::ffi::CString;
use std::fs;
use std::io;
use std::os::unix::io::{AsRawFd, OwnedFd, RawFd};
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::io::unix::AsyncFd;
use tokio::sync::mpsc;

/// The protocol's limit for one reply, plus the field around it.
const MAX_REPLY_BYTES: usize = (1 << 20) + 1024;

/// The longest request that the kernel makes: the host limits the data of a write to less than this. The kernel refuses
/// to write into a shorter buffer.
const MAX_KERNEL_REQUEST_BYTES: usize = 1 << 20;

/// The number of messages after which other work of the agent has its turn.
const TURN: u32 = 16;

/// How far ahead the kernel reads a file, if the host allows as much. Its default, 128 KiB, makes many small requests.
const READ_AHEAD_KIB: u32 = 1024;

/// Where the kernel shows FUSE mounts, by their device numbers.
const CONNECTIONS: &str = "/sys/fs/fuse/connections";

/// The tag of `VolumeResponse.request`: field 2, of bytes.
const REQUEST_TAG: u8 = 2 << 3 | 2;

/// Serves one call. The mount fails all programs that use it when this returns.
pub async fn serve(
    executor: Option<Arc<Executor>>,
    body: RecvStream,
    mut respond: SendResponse<Bytes>,
) -> Result<(), h2::Error> {
    let mut requests = Requests::new(body, MAX_REPLY_BYTES);
    let (volume, attached) = match attach(executor, &mut requests).await {
        Ok(attached) => attached,
        Err(status) => return grpc::refuse(&mut respond, &status),
    };
    let mut host = grpc::begin(&mut respond)?;
    let first = VolumeResponse { message: Some(volume_response::Message::Attached(attached)) };
    host.send_data(grpc::framed(&first), false)?;
    let status = match Notifications::start(&volume.device) {
        Ok((notifications, mut passed)) => tokio::select! {
            status = take_replies(&mut requests, &volume.device, notifications) => status,
            status = send_requests(&volume.device, &mut passed, &mut host) => status,
        },
        Err(error) => Status::new(Code::ResourceExhausted, format!("cannot start a thread: {error}")),
    };
    drop(volume);
    grpc::end(&mut host, &status)
}

/// An open `/dev/fuse`, which belongs to one mount.
#[derive(Clone)]
pub struct Device(Arc<OwnedFd>);

impl AsRawFd for Device {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_raw_fd()
    }
}

/// A mounted volume.
struct Volume {
    device: AsyncFd<Device>,
    id: Option<DeviceId>,
}

impl Drop for Volume {
    /// Fails all programs that wait. Closing the device would not, while a notification waits for one of them.
    fn drop(&mut self) {
        if let Some(id) = &self.id {
            // Mounted by the first volume that ends.
            let _ = root::mount("fusectl", CONNECTIONS, "fusectl", 0, "");
            let _ = fs::write(format!("{CONNECTIONS}/{}/abort", id.minor), "1");
        }
    }
}

/// The device number of a mount.
struct DeviceId {
    major: u32,
    minor: u32,
}

/// Mounts the volume that the first request describes.
async fn attach(
    executor: Option<Arc<Executor>>,
    requests: &mut Requests,
) -> Result<(Volume, VolumeAttached), Status> {
    let failed = |message: String| Status::new(Code::FailedPrecondition, message);
    let start = match next(requests).await? {
        Some(volume_request::Message::Start(start)) => start,
        _ => return Err(Status::invalid("the first request of a Volume must be start")),
    };
    if let Some(why) = not_a_path(&start.path) {
        return Err(Status::invalid(format!("path {} {why}", quoted(&start.path))));
    }
    let executor =
        executor.ok_or_else(|| failed("the guest has no root file system yet; call Configure first".to_owned()))?;
    let device = open_device().map_err(|error| failed(format!("cannot open /dev/fuse: {error}")))?;
    let number = device.as_raw_fd();
    let (attached, id) = executor.spawner.run(move |_| mount(&start, number)).await??;
    if let Some(id) = &id {
        // Without it, reading is only slower.
        let path = format!("/sys/class/bdi/{}:{}/read_ahead_kb", id.major, id.minor);
        let _ = fs::write(path, READ_AHEAD_KIB.to_string());
    }
    let device = AsyncFd::new(Device(Arc::new(device))).map_err(|error| failed(format!("cannot watch /dev/fuse: {error}")))?;
    Ok((Volume { device, id }, attached))
}

fn open_device() -> io::Result<OwnedFd> {
    let path = CString::new("/dev/fuse").expect("a constant without NUL");
    fd::open_at(None, &path, libc::O_RDWR | libc::O_NONBLOCK)
}

/// Runs in the box's mount namespace. Returns the device number of the mount as well.
fn mount(start: &VolumeStart, device: RawFd) -> Result<(VolumeAttached, Option<DeviceId>), Status> {
    let failed = |message: String| Status::new(Code::FailedPrecondition, message);
    let account = Databases::default().resolve(&start.owner).map_err(Status::invalid)?;
    let device = format!("fd={device}");
    // Every user of the box may use the volume, within the permissions that its files show.
    let options = [&device[..], "rootmode=40000", "user_id=0", "group_id=0", "allow_other", "default_permissions"];
    let attributes = NO_SUID | NO_DEV | if start.read_only { READ_ONLY } else { 0 };
    let mount = Mount::new("fuse", &options, attributes).map_err(failed)?;
    mount_at::attach(&mount, &start.path).map_err(failed)?;
    Ok((VolumeAttached { uid: account.uid, gid: account.gid }, device_number(mount.root())))
}

/// The device number of a mount, without asking its server, who does not answer yet.
fn device_number(root: &OwnedFd) -> Option<DeviceId> {
    // SAFETY: all-zero is a valid statx, which the call then fills in.
    let mut stat: libc::statx = unsafe { std::mem::zeroed() };
    let flags = libc::AT_EMPTY_PATH | libc::AT_STATX_DONT_SYNC;
    // SAFETY: a NUL-terminated constant, and `stat` lives through the call.
    let found = unsafe { libc::statx(root.as_raw_fd(), b"\0".as_ptr().cast(), flags, 0, &mut stat) };
    check(found).ok().map(|_| DeviceId { major: stat.stx_dev_major, minor: stat.stx_dev_minor })
}

/// Sends the kernel's requests to the host, at the pace at which it takes them, until the mount is gone.
async fn send_requests(
    device: &AsyncFd<Device>,
    passed: &mut mpsc::UnboundedReceiver<u64>,
    host: &mut SendStream<Bytes>,
) -> Status {
    let mut buffer = vec![0; MAX_KERNEL_REQUEST_BYTES];
    let mut sent = 0;
    loop {
        let next = |cx: &mut Context<'_>| match passed.poll_recv(cx) {
            Poll::Ready(Some(barrier)) => Poll::Ready(Ok(passed_message(barrier))),
            _ => poll_request(cx, device, &mut buffer),
        };
        let message = match poll_fn(next).await {
            Ok(message) => message,
            Err(error) if error.raw_os_error() == Some(libc::ENODEV) => return Status::OK,
            Err(error) => return Status::new(Code::Internal, format!("cannot read from /dev/fuse: {error}")),
        };
        let room = |cx: &mut Context<'_>| grpc::poll_room(cx, host, message.len());
        if !poll_fn(room).await || host.send_data(message, false).is_err() {
            return Status::new(Code::Cancelled, "the host has ended the call");
        }
        sent += 1;
        if sent % TURN == 0 {
            tokio::task::yield_now().await;
        }
    }
}

fn passed_message(barrier: u64) -> Bytes {
    grpc::framed(&VolumeResponse { message: Some(volume_response::Message::Passed(barrier)) })
}

/// Returns the next request, framed.
fn poll_request(
    cx: &mut Context<'_>,
    device: &AsyncFd<Device>,
    buffer: &mut [u8],
) -> Poll<io::Result<Bytes>> {
    loop {
        let mut ready = match device.poll_read_ready(cx) {
            Poll::Ready(Ok(ready)) => ready,
            Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
            Poll::Pending => return Poll::Pending,
        };
        match fd::read(device.as_raw_fd(), buffer) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => ready.clear_ready(),
            // The request was interrupted before it was read.
            Err(error) if matches!(error.raw_os_error(), Some(libc::ENOENT | libc::EINTR)) => {}
            result => return Poll::Ready(result.map(|length| framed(&buffer[..length]))),
        }
    }
}

/// Frames a `VolumeResponse` with a request of the kernel.
fn framed(request: &[u8]) -> Bytes {
    let length = request.len();
    let field = 1 + prost::length_delimiter_len(length) + length;
    let mut buffer = BytesMut::with_capacity(grpc::PREFIX_LENGTH + field);
    buffer.put_slice(&grpc::prefix(field));
    buffer.put_u8(REQUEST_TAG);
    prost::encode_length_delimiter(length, &mut buffer).expect("the buffer has room for the length");
    buffer.put_slice(request);
    buffer.freeze()
}

/// Gives the host's replies to the kernel, until the host ends the call.
async fn take_replies(
    requests: &mut Requests,
    device: &AsyncFd<Device>,
    notifications: Notifications,
) -> Status {
    let mut taken = 0;
    loop {
        match next(requests).await {
            Ok(Some(volume_request::Message::Reply(reply))) if is_notification(&reply) => {
                notifications.send(Notification::Message(reply));
            }
            Ok(Some(volume_request::Message::Reply(reply))) => match fd::write(device.as_raw_fd(), &reply) {
                Err(error) if error.raw_os_error() == Some(libc::ENODEV) => return Status::OK,
                // The program that made the request was killed. Of a malformed reply, the kernel fails the request.
                _ => {}
            },
            Ok(Some(volume_request::Message::Barrier(number))) => {
                notifications.send(Notification::Barrier(number));
            }
            Ok(Some(volume_request::Message::Start(_))) => return Status::invalid("start must be sent only once"),
            Ok(None) => return Status::OK,
            Err(status) => return status,
        }
        taken += 1;
        if taken % TURN == 0 {
            tokio::task::yield_now().await;
        }
    }
}

async fn next(requests: &mut Requests) -> Result<Option<volume_request::Message>, Status> {
    match requests.next().await? {
        None => Ok(None),
        Some(bytes) => VolumeRequest::decode(bytes)
            .map_err(|error| Status::invalid(format!("malformed VolumeRequest: {error}")))?
            .message
            .map(Some)
            .ok_or_else(|| Status::invalid("a VolumeRequest without a message")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_of_the_kernel_is_framed_as_the_protocol_says() {
        for length in [0, 1, 127, 128, 16384, MAX_KERNEL_REQUEST_BYTES] {
            let request = vec![7; length];
            let framed = framed(&request);
            assert_eq!(framed[..grpc::PREFIX_LENGTH], grpc::prefix(framed.len() - grpc::PREFIX_LENGTH));
            let decoded = VolumeResponse::decode(&framed[grpc::PREFIX_LENGTH..]).unwrap();
            assert_eq!(decoded.message, Some(volume_response::Message::Request(request)), "{length}");
        }
    }
}
