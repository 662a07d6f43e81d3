//! An IPC namespace for each execution: System V shared memory, semaphores and message queues, and POSIX message
//! queues.
//!
//! These objects live until they are removed, in memory that stays charged and within a user's quota. In a namespace of
//! their own they are destroyed with its last process. The kernel may take long to do so, so large System V objects are
//! removed explicitly.

use crate::fd::{self, check};
use std::ffi::CString;
use std::io;
use std::os::unix::io::{AsRawFd, OwnedFd};

/// The namespaces of the thread that starts executions. Each execution gets the one that the thread is in.
pub struct IpcNamespaces {
    /// The agent's /proc, which shows this thread.
    proc: OwnedFd,
    /// The namespace that the thread is in, if no execution was started in it yet.
    unused: Option<OwnedFd>,
}

/// From linux/shm.h, linux/msg.h and linux/sem.h: the commands that return information on a namespace ("INFO") and on
/// the object with an index ("STAT").
const SHM_STAT: libc::c_int = 13;
const SHM_INFO: libc::c_int = 14;
const MSG_STAT: libc::c_int = 11;
const MSG_INFO: libc::c_int = 12;
const SEM_STAT: libc::c_int = 18;
const SEM_INFO: libc::c_int = 19;

impl IpcNamespaces {
    /// The calling thread must still be in the agent's mount namespace.
    pub fn create() -> Result<IpcNamespaces, String> {
        let proc = CString::new("/proc").expect("a constant without NUL");
        let proc = fd::open_at(None, &proc, libc::O_PATH | libc::O_DIRECTORY)
            .map_err(|error| format!("cannot open the agent's /proc: {error}"))?;
        Ok(IpcNamespaces { proc, unused: None })
    }

    /// Puts the thread into a namespace in which no execution was started yet.
    pub fn prepare(&mut self) -> io::Result<()> {
        if self.unused.is_none() {
            // SAFETY: takes no pointers; of this thread alone.
            check(unsafe { libc::unshare(libc::CLONE_NEWIPC) })?;
            let own = CString::new("thread-self/ns/ipc")?;
            self.unused = Some(fd::open_at(Some(self.proc.as_raw_fd()), &own, libc::O_RDONLY)?);
        }
        Ok(())
    }

    /// Returns the namespace of the execution that the thread starts now. None when programs of the box hold the
    /// maximum number of namespaces; the execution then shares an earlier one.
    pub fn take(&mut self) -> Option<OwnedFd> {
        let _ = self.prepare();
        self.unused.take()
    }

    /// Removes all System V objects of an execution that has ended.
    pub fn clear(&mut self, namespace: &OwnedFd) -> io::Result<()> {
        enter(namespace)?;
        remove_all();
        match &self.unused {
            Some(unused) => enter(unused),
            None => Ok(()),
        }
    }
}

fn enter(namespace: &OwnedFd) -> io::Result<()> {
    // SAFETY: takes no pointers; of this thread alone.
    check(unsafe { libc::setns(namespace.as_raw_fd(), libc::CLONE_NEWIPC) }).map(drop)
}

fn remove_all() {
    // Larger than any of the structures that the calls fill in.
    let mut buffer = [0u64; 64];
    let out = buffer.as_mut_ptr();
    // SAFETY: the kernel writes one of those structures, or nothing, to the buffer, which lives through the calls.
    unsafe {
        for index in 0..=libc::shmctl(0, SHM_INFO, out.cast()) {
            let id = libc::shmctl(index, SHM_STAT, out.cast());
            if id >= 0 {
                libc::shmctl(id, libc::IPC_RMID, std::ptr::null_mut());
            }
        }
        for index in 0..=libc::msgctl(0, MSG_INFO, out.cast()) {
            let id = libc::msgctl(index, MSG_STAT, out.cast());
            if id >= 0 {
                libc::msgctl(id, libc::IPC_RMID, std::ptr::null_mut());
            }
        }
        for index in 0..=libc::semctl(0, 0, SEM_INFO, out) {
            let id = libc::semctl(index, 0, SEM_STAT, out);
            if id >= 0 {
                libc::semctl(id, 0, libc::IPC_RMID);
            }
        }
    }
}
