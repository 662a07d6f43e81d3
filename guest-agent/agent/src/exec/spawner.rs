//! The thread that lives in the box's namespaces and starts its processes.
//!
//! Processes of the box see each other, so one can stop another between its fork and its program. That blocks the
//! thread that waits for the fork, which must therefore not be the thread that serves the host: the latter kills the
//! cgroup, and the wait ends.

use super::child::Stack;
use super::children::Children;
use super::devices::{Null, Terminals};
use super::ipc::IpcNamespaces;
use super::launch::{launch, Launched, Launcher};
use super::plan::Plan;
use crate::fd::check;
use crate::grpc::{Code, Status};
use crate::namespace::Namespace;
use crate::user::Databases;
use std::io;
use std::os::unix::io::{OwnedFd, RawFd};
use std::sync::{mpsc, Arc, Mutex};
use tokio::sync::oneshot;

type Job = Box<dyn FnOnce(&mut Launcher) + Send>;

/// Sends jobs to the thread.
pub struct Spawner {
    jobs: Mutex<mpsc::Sender<Job>>,
    children: Arc<Children>,
}

/// The capabilities that processes of the box can ever have, by their numbers in linux/capability.h. They are those of
/// a container without CAP_MKNOD, since the machine's devices do not belong to the box. In particular they exclude
/// CAP_SYS_ADMIN, CAP_SYS_PTRACE, CAP_SYS_BOOT, CAP_SYS_MODULE, CAP_SYS_RAWIO, CAP_SYS_TIME and CAP_SYS_RESOURCE, each
/// of which could affect the agent or its verdicts.
const CAPABILITIES: [libc::c_int; 13] = [
    0,  // CHOWN
    1,  // DAC_OVERRIDE
    3,  // FOWNER
    4,  // FSETID
    5,  // KILL
    6,  // SETGID
    7,  // SETUID
    8,  // SETPCAP
    10, // NET_BIND_SERVICE
    13, // NET_RAW
    18, // SYS_CHROOT
    29, // AUDIT_WRITE
    31, // SETFCAP
];

impl Spawner {
    pub fn start(namespace: &Namespace) -> Result<Spawner, String> {
        let (jobs, queue) = mpsc::channel::<Job>();
        let (ready, answer) = mpsc::channel();
        let init = namespace.try_clone()?;
        let children = Arc::<Children>::default();
        let launchers_children = children.clone();
        std::thread::Builder::new()
            .name("spawner".to_owned())
            .stack_size(256 * 1024)
            .spawn(move || {
                match prepare(&init, launchers_children) {
                    Ok(mut launcher) => {
                        let _ = ready.send(Ok(()));
                        for job in queue {
                            job(&mut launcher);
                        }
                    }
                    Err(message) => {
                        let _ = ready.send(Err(message));
                    }
                }
            })
            .map_err(|error| format!("cannot start the spawner's thread: {error}"))?;
        answer.recv().map_err(|_| "the spawner's thread has ended".to_owned())??;
        Ok(Spawner { jobs: Mutex::new(jobs), children })
    }

    /// The processes that were started, and others that became the agent's children.
    pub fn children(&self) -> &Children {
        &self.children
    }

    /// Starts a process. `cgroup` must stay open until this returns.
    pub async fn launch(&self, plan: Plan, cgroup: RawFd) -> Result<Launched, Status> {
        self.run(move |launcher| launch(&plan, cgroup, launcher)).await?
    }

    /// Prepares what the next launch needs, without waiting for it.
    pub fn prepare(&self) {
        // If this fails, it is tried again when it is needed.
        self.send(Box::new(|launcher| drop(launcher.ipc.prepare())));
    }

    /// Removes the IPC objects of an execution that has ended.
    pub async fn clear(&self, ipc: Arc<OwnedFd>) -> Result<(), Status> {
        self.run(move |launcher| drop(launcher.ipc.clear(&ipc))).await
    }

    /// Runs `work` on the thread, in the box's mount namespace.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Launcher) -> T + Send + 'static,
    ) -> Result<T, Status> {
        let (answer, result) = oneshot::channel();
        let job = move |launcher: &mut Launcher| {
            let _ = answer.send(work(launcher));
        };
        let gone = |_| Status::new(Code::Internal, "the spawner's thread has ended");
        self.send(Box::new(job));
        result.await.map_err(gone)
    }

    /// If the thread has ended, the job is dropped, and its caller is notified by that.
    fn send(&self, job: Job) {
        let _ = self.jobs.lock().expect("no holder panics").send(job);
    }
}

/// Moves this thread into the box's namespaces, with everything that it needs there.
fn prepare(namespace: &Namespace, children: Arc<Children>) -> Result<Launcher, String> {
    let (null, mut ipc) = (Null::create()?, IpcNamespaces::create()?);
    namespace.enter()?;
    drop_capabilities().map_err(|error| format!("cannot drop capabilities: {error}"))?;
    let mut databases = Databases::default();
    // The databases of the image are kept in case a program damages those of the box.
    databases.read();
    ipc.prepare().map_err(|error| format!("cannot make an IPC namespace: {error}"))?;
    Ok(Launcher { stack: Stack::default(), databases, null, terminals: Terminals::find()?, ipc, children })
}

/// Reduces this thread's bounding set to [`CAPABILITIES`], which limits every program that root executes. The thread
/// itself keeps the capabilities that it needs to prepare its children.
fn drop_capabilities() -> io::Result<()> {
    // SAFETY: takes no pointers. The thread no longer is the one that needs to come first.
    unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, 0) };
    for capability in 0..64 {
        // SAFETY: takes integers only.
        let known = unsafe { libc::prctl(libc::PR_CAPBSET_READ, capability, 0, 0, 0) } >= 0;
        if known && !CAPABILITIES.contains(&capability) {
            // SAFETY: takes integers only.
            check(unsafe { libc::prctl(libc::PR_CAPBSET_DROP, capability, 0, 0, 0) })?;
        }
    }
    Ok(())
}
