//! The unary calls: Hello, Configure, Signal, Usage, Detach, Shutdown.

use crate::cgroup::{BoxCgroup, BoxLimits};
use crate::exec::{Executor, Spawner, Tree};
use crate::files::Files;
use crate::grpc::{Code, Status};
use crate::identity::{self, Generator, Identity};
use crate::identity_files::IdentityFiles;
use crate::namespace::Namespace;
use crate::network::{Addresses, Network};
use crate::proto::{
    Cause, ConfigureRequest, ConfigureResponse, DetachRequest, DetachResponse, HelloRequest, HelloResponse, Root,
    ShutdownResponse, SignalRequest, SignalResponse, Tmpfs, UsageRequest, UsageResponse,
};
use crate::{directories, init, mount_at, power, resolv_conf, root};
use std::ffi::CStr;
use std::net::Ipv4Addr;
use std::os::unix::io::OwnedFd;
use std::sync::{Arc, Mutex};
use tokio::io::unix::AsyncFd;
use tokio::sync::Notify;

/// The version of the protocol that this agent speaks.
pub const PROTOCOL_VERSION: u32 = 1;

/// The state of the guest, which the host's calls change.
#[derive(Default)]
pub struct Guest {
    executor: Mutex<Option<Arc<Executor>>>,
    generator: Mutex<Option<Generator>>,
    identity_files: Mutex<Option<IdentityFiles>>,
    files: Mutex<Option<Arc<Files>>>,
    network: Mutex<Option<Arc<Network>>>,
    address: Mutex<Option<Ipv4Addr>>,
    detach_token: Mutex<Option<String>>,
    /// Notified when the response to Shutdown was made.
    pub leaving: Notify,
}

impl Guest {
    pub fn executor(&self) -> Option<Arc<Executor>> {
        self.executor.lock().expect("no holder panics").clone()
    }

    pub fn files(&self) -> Option<Arc<Files>> {
        self.files.lock().expect("no holder panics").clone()
    }

    pub fn network(&self) -> Option<Arc<Network>> {
        self.network.lock().expect("no holder panics").clone()
    }

    pub fn hello(&self, request: &HelloRequest) -> Result<HelloResponse, Status> {
        if request.protocol_version != PROTOCOL_VERSION {
            let asked = request.protocol_version;
            let message = format!(
                "protocol_version {asked} is not supported, only {PROTOCOL_VERSION}: use guest and engine of the same version"
            );
            return Err(Status::new(Code::FailedPrecondition, message));
        }
        Ok(HelloResponse {
            protocol_version: PROTOCOL_VERSION,
            agent_version: env!("CARGO_PKG_VERSION").to_owned(),
            kernel_release: kernel_release(),
            memory_total_bytes: init::memory_total_bytes(),
            uptime_nanos: nanos(libc::CLOCK_BOOTTIME),
        })
    }

    pub async fn configure(&self, request: ConfigureRequest) -> Result<ConfigureResponse, Status> {
        // Everything is validated before anything is changed.
        let identity = request.identity.as_ref().map(Identity::check).transpose().map_err(Status::invalid)?;
        let addresses = request.network.as_ref().map(Addresses::check).transpose().map_err(Status::invalid)?;
        if request.root.is_some() && self.executor().is_some() {
            let message = "root is already configured; it can be configured only once per guest";
            return Err(Status::new(Code::FailedPrecondition, message));
        }
        if let Some(root) = &request.root {
            self.configure_root(root)?;
        }
        if !request.directories.is_empty() {
            self.make_directories(request.directories).await?;
        }
        if !request.tmpfs.is_empty() {
            self.mount_tmpfs(request.tmpfs).await?;
        }
        let internal = |message: String| Status::new(Code::Internal, message);
        if let Some(addresses) = addresses {
            self.configure_network(addresses).await.map_err(internal)?;
        }
        if let Some(identity) = identity {
            self.apply(&identity).map_err(internal)?;
            if let Some(executor) = self.executor() {
                if self.identity_files.lock().expect("no holder panics").is_none() {
                    let mut files = executor.spawner.run(|_| IdentityFiles::open()).await?.map_err(internal)?;
                    if let Some(address) = *self.address.lock().expect("no holder panics") {
                        files.set_address(address).map_err(internal)?;
                    }
                    *self.identity_files.lock().expect("no holder panics") = Some(files);
                }
                if let Some(files) = &mut *self.identity_files.lock().expect("no holder panics") {
                    files.write(&identity).map_err(internal)?;
                }
            }
        }
        if request.clock_step_nanos != 0 {
            identity::step_clock(request.clock_step_nanos).map_err(internal)?;
        }
        Ok(ConfigureResponse { unix_time_nanos: nanos(libc::CLOCK_REALTIME) })
    }

    async fn configure_network(&self, addresses: Addresses) -> Result<(), String> {
        *self.address.lock().expect("no holder panics") = Some(addresses.ipv4);
        if let Some(files) = &mut *self.identity_files.lock().expect("no holder panics") {
            files.set_address(addresses.ipv4)?;
        }
        if let Some(network) = self.network() {
            return network.change(addresses);
        }
        let network = Network::start(addresses).await?;
        if let Some(executor) = self.executor() {
            executor.spawner.run(|_| resolv_conf::write()).await.map_err(|status| status.message)??;
        }
        *self.network.lock().expect("no holder panics") = Some(network);
        Ok(())
    }

    async fn make_directories(&self, paths: Vec<String>) -> Result<(), Status> {
        let failed = |message: String| Status::new(Code::FailedPrecondition, message);
        let no_root = || failed("directories need a root file system; configure root first".to_owned());
        let executor = self.executor().ok_or_else(no_root)?;
        executor.spawner.run(move |_| paths.iter().try_for_each(|path| directories::make(path))).await?.map_err(failed)
    }

    async fn mount_tmpfs(&self, requested: Vec<Tmpfs>) -> Result<(), Status> {
        let failed = |message: String| Status::new(Code::FailedPrecondition, message);
        let no_root = || failed("a tmpfs needs a root file system; configure root first".to_owned());
        let executor = self.executor().ok_or_else(no_root)?;
        let mount = |each: &Tmpfs| mount_at::tmpfs(&each.path, each.size_bytes);
        executor.spawner.run(move |_| requested.iter().try_for_each(mount)).await?.map_err(failed)
    }

    fn apply(&self, identity: &Identity) -> Result<(), String> {
        let mut generator = self.generator.lock().expect("no holder panics");
        if generator.is_none() {
            let failed = |error| format!("cannot open the random number generator: {error}");
            *generator = Some(Generator::open().map_err(failed)?);
        }
        generator.as_ref().map_or(Ok(()), |generator| identity.apply(generator))
    }

    fn configure_root(&self, request: &Root) -> Result<(), Status> {
        let failed = |message: String| Status::new(Code::FailedPrecondition, message);
        root::mount_root(&request.image_device, &request.scratch_device).map_err(failed)?;
        let namespace = Namespace::create().map_err(failed)?;
        watch(namespace.init()).map_err(|error| failed(format!("cannot watch the box's init: {error}")))?;
        let spawner = Spawner::start(&namespace).map_err(failed)?;
        let cgroup = BoxCgroup::create(BoxLimits::of_guest(init::memory_total_bytes()))
            .map_err(|error| failed(format!("cannot make the box's cgroup: {error}")))?;
        cgroup.prepare();
        let executor = Executor::new(spawner, cgroup, init::processors());
        *self.files.lock().expect("no holder panics") = Some(Arc::new(Files::new(namespace)));
        *self.executor.lock().expect("no holder panics") = Some(Arc::new(executor));
        Ok(())
    }

    pub fn signal(&self, request: &SignalRequest) -> Result<SignalResponse, Status> {
        let (_, tree) = self.find(request.pid)?;
        if request.signal == libc::SIGKILL as u32 && request.cause() == Cause::CpuTime {
            let failed = |error| Status::new(Code::Internal, format!("cannot kill the process tree: {error}"));
            tree.kill(Cause::CpuTime).map_err(failed)?;
        } else {
            tree.signal(request.signal).map_err(Status::invalid)?;
        }
        Ok(SignalResponse {})
    }

    pub fn usage(&self, request: &UsageRequest) -> Result<UsageResponse, Status> {
        let (executor, tree) = self.find(request.pid)?;
        let failed = |error| Status::new(Code::Internal, format!("cannot read the usage of the process tree: {error}"));
        Ok(UsageResponse {
            cpu_time_nanos: tree.cgroup.cpu_time().map_err(failed)?.total_nanos,
            peak_memory_bytes: tree.cgroup.peak_memory_bytes().map_err(failed)?,
            guest_cpu_nanos: executor.cgroup.guest_cpu_nanos().map_err(failed)?,
        })
    }

    fn find(&self, pid: u32) -> Result<(Arc<Executor>, Arc<Tree>), Status> {
        let none = || Status::new(Code::NotFound, format!("no execution with pid {pid} is running"));
        let executor = self.executor().ok_or_else(none)?;
        let tree = executor.trees.find(pid).ok_or_else(none)?;
        Ok((executor, tree))
    }

    pub fn detach(&self, request: DetachRequest) -> Result<DetachResponse, Status> {
        let token = request.token;
        if !(16..=64).contains(&token.len()) || !token.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            let message = format!("token has {} bytes; give 16 to 64 hexadecimal digits", token.len());
            return Err(Status::invalid(message));
        }
        *self.detach_token.lock().expect("no holder panics") = Some(token);
        Ok(DetachResponse {})
    }

    /// Returns the token of the connection that has just ended, if the host had announced a Detach.
    pub fn take_detach_token(&self) -> Option<String> {
        self.detach_token.lock().expect("no holder panics").take()
    }

    pub fn shutdown(&self) -> Result<ShutdownResponse, Status> {
        if let Some(executor) = self.executor() {
            executor
                .cgroup
                .kill_all()
                .map_err(|error| Status::new(Code::Internal, format!("cannot kill all executions: {error}")))?;
            root::flush();
        }
        self.leaving.notify_one();
        Ok(ShutdownResponse {})
    }
}

/// Ends the guest when the init ends: without it a box has no processes and can have none.
fn watch(init: &OwnedFd) -> std::io::Result<()> {
    let init = AsyncFd::new(init.try_clone()?)?;
    tokio::spawn(async move {
        let _ = init.readable().await;
        power::fail("the box's init has ended");
    });
    Ok(())
}

fn kernel_release() -> String {
    // SAFETY: all-zero is a valid utsname, which the call then fills in.
    let mut name: libc::utsname = unsafe { std::mem::zeroed() };
    // SAFETY: `name` lives through the call, which ends every field with NUL.
    let release = unsafe {
        libc::uname(&mut name);
        CStr::from_ptr(name.release.as_ptr())
    };
    release.to_string_lossy().into_owned()
}

fn nanos(clock: libc::clockid_t) -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` lives through the call.
    unsafe { libc::clock_gettime(clock, &mut time) };
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}
