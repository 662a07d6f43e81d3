//! The one thread that lives in the box's namespaces and starts its processes.
//!
//! A process of the box can stop another one between its fork and its program (they see each other), and with it the
//! thread that waits for that. It must not be the thread that serves the host: that one then kills the cgroup, and the
//! waiting ends.

use super::child::Stack;
use super::launch::{launch, Launched};
use super::plan::Plan;
use crate::fd::check;
use crate::grpc::{Code, Status};
use crate::namespace::Namespace;
use std::io;
use std::os::unix::io::RawFd;
use std::sync::{mpsc, Mutex};
use tokio::sync::oneshot;

type Job = Box<dyn FnOnce(&mut Stack) + Send>;

/// Hands work to the thread.
pub struct Spawner {
    jobs: Mutex<mpsc::Sender<Job>>,
}

/// Capabilities that processes of the box may ever have, numbers from linux/capability.h. Those of a container, without
/// CAP_MKNOD: the machine's devices are not the box's. Above all without CAP_SYS_ADMIN, CAP_SYS_PTRACE, CAP_SYS_BOOT,
/// CAP_SYS_MODULE, CAP_SYS_RAWIO, CAP_SYS_TIME and CAP_SYS_RESOURCE, each of which could reach the agent or its verdicts.
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
        std::thread::Builder::new()
            .name("spawner".to_owned())
            .stack_size(256 * 1024)
            .spawn(move || {
                let prepared = init.enter().and_then(|()| {
                    drop_capabilities().map_err(|error| format!("dropping capabilities: {error}"))
                });
                let go_on = prepared.is_ok();
                let _ = ready.send(prepared);
                let mut stack = Stack::default();
                if go_on {
                    for job in queue {
                        job(&mut stack);
                    }
                }
            })
            .map_err(|error| format!("starting the spawner's thread: {error}"))?;
        answer.recv().map_err(|_| "the spawner's thread ended".to_owned())??;
        Ok(Spawner { jobs: Mutex::new(jobs) })
    }

    /// Starts a process. `cgroup` stays open until the answer is there.
    pub async fn launch(&self, plan: Plan, cgroup: RawFd) -> Result<Launched, Status> {
        self.run(move |stack| launch(&plan, cgroup, stack)).await?
    }

    /// Runs something with the files of the box.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Stack) -> T + Send + 'static,
    ) -> Result<T, Status> {
        let (answer, result) = oneshot::channel();
        let job = move |stack: &mut Stack| {
            let _ = answer.send(work(stack));
        };
        let gone = |_| Status::new(Code::Internal, "the spawner's thread ended");
        self.jobs.lock().unwrap().send(Box::new(job)).map_err(|_| gone(()))?;
        result.await.map_err(|_| gone(()))
    }
}

/// Takes this thread's bounding set down to [`CAPABILITIES`], which a program that root executes then has. The thread
/// itself keeps what it needs to prepare its children.
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
