//! The main command of the box: a process tree that belongs to no connection, so it is part of a saved guest.

mod follow;
mod kept;
mod output;

pub use follow::follow;

use super::deadline::Deadline;
use super::memory::{Sample, Thrashing};
use super::supervisor::{exited, Judged, MainEnd};
use super::{begin, clean_up_tree, close, Executor, Started};
use crate::grpc::{Code, Requests, Status};
use crate::poll::poll_fn;
use crate::proto::{Cause, ExecExited, ExecStart, ExecStarted};
use h2::RecvStream;
use kept::Kept;
use output::Output;
use prost::Message;
use std::io;
use std::os::unix::io::OwnedFd;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Instant;
use tokio::io::unix::AsyncFd;

/// The place for the guest's main command.
#[derive(Default)]
pub struct Main {
    place: Mutex<Place>,
}

enum Place {
    Free,
    /// It is being started.
    Reserved,
    Taken(Arc<MainCommand>),
}

impl Default for Place {
    fn default() -> Self {
        Place::Free
    }
}

pub struct MainCommand {
    pid: u32,
    kept: Kept,
}

impl Main {
    /// Returns the main command, whether it is still running or not.
    fn get(&self) -> Option<Arc<MainCommand>> {
        match &*self.place.lock().expect("no holder panics") {
            Place::Taken(main) => Some(main.clone()),
            _ => None,
        }
    }

    fn reserve(&self) -> Result<(), Status> {
        let mut place = self.place.lock().expect("no holder panics");
        if !matches!(*place, Place::Free) {
            let message = "the guest has a main command already; it can have only one in its life";
            return Err(Status::new(Code::FailedPrecondition, message));
        }
        *place = Place::Reserved;
        Ok(())
    }

    fn set(&self, now: Place) {
        *self.place.lock().expect("no holder panics") = now;
    }
}

/// Serves the call `StartMain`.
pub async fn start(executor: Option<Arc<Executor>>, body: RecvStream) -> Result<ExecStarted, Status> {
    let mut requests = Requests::new(body, super::MAX_REQUEST_BYTES);
    let start = requests.next().await?.ok_or_else(|| Status::invalid("the call has no message"))?;
    let start = ExecStart::decode(start).map_err(|error| Status::invalid(format!("malformed ExecStart: {error}")))?;
    check(&start).map_err(Status::invalid)?;
    let executor = executor.ok_or_else(super::no_root)?;
    executor.main.reserve()?;
    match begin(executor.clone(), start).await {
        Ok(started) => {
            let answer = ExecStarted { pid: started.pid, guest_cpu_nanos: started.guest_cpu_nanos };
            let main = Arc::new(MainCommand { pid: started.pid, kept: Kept::default() });
            executor.main.set(Place::Taken(main.clone()));
            // Its own task: the command outlives the connection.
            tokio::spawn(async move { supervise(started, &main.kept).await });
            Ok(answer)
        }
        Err(status) => {
            executor.main.set(Place::Free);
            Err(status)
        }
    }
}

/// Refuses what only makes sense while a host listens.
fn check(start: &ExecStart) -> Result<(), String> {
    let set = [
        ("tty", start.tty.is_some()),
        ("stdin_open", start.stdin_open),
        ("leave_running", start.leave_running),
        ("join_token", !start.join_token.is_empty()),
        ("max_output_bytes", start.max_output_bytes != 0),
        ("drop_excess_output", start.drop_excess_output),
    ];
    match set.iter().find(|(_, set)| *set) {
        Some((name, _)) => Err(format!("{name} is set, which a main command cannot have")),
        None => Ok(()),
    }
}

/// Watches the tree from its start to its end, and removes what is left of it.
async fn supervise(mut started: Started, kept: &Kept) {
    let (stdout, stderr) = started.streams.take_output();
    let report = match Output::new(stdout, stderr) {
        Ok(output) => run(&started, output, kept).await,
        Err(error) => Err(error),
    };
    let report = match report {
        Ok(report) => report,
        Err(error) => {
            eprintln!("boxlite-agent: cannot watch the main command: {error}");
            let _ = started.tree.kill(Cause::Requested);
            let _ = started.tree.kill_rest().await;
            started.executor.trees.remove(started.pid);
            ExecExited { cause: Cause::Requested as i32, signal: libc::SIGKILL as u32, ..Default::default() }
        }
    };
    kept.change(|state| {
        let truncated = |index: usize| state.tails[index].dropped() > 0;
        let (stdout_truncated, stderr_truncated) = (truncated(0), truncated(1));
        state.exited = Some(ExecExited { stdout_truncated, stderr_truncated, ..report });
    });
    close(&started.executor, started.tree, started.permit).await;
}

async fn run(started: &Started, mut output: Output, kept: &Kept) -> io::Result<ExecExited> {
    let (tree, executor, limits) = (&started.tree, &started.executor, &started.limits);
    let main = AsyncFd::new(tree.pidfd()?)?;
    let mut thrashing = limits.memory_bytes.map(|_| Thrashing::watch());
    let mut deadline =
        Deadline::new(started.started, limits.wall_time, limits.cpu_time_nanos, executor.processors);
    until_main_ended(started, &main, &mut output, kept, &mut thrashing, &mut deadline).await?;
    let wall_time = started.started.elapsed();
    executor.trees.remove(started.pid);
    let mut end = tree.try_reap(executor.spawner.children())?;
    tree.kill_rest().await?;
    if end.is_none() {
        end = tree.try_reap(executor.spawner.children())?;
    }
    let (exit_code, signal) = match end {
        Some(end) => end,
        None => tree.end_of_traced()?,
    };
    output.keep_rest(kept);
    clean_up_tree(executor, tree, started.ipc.clone()).await?;
    let events = tree.cgroup.memory_events()?;
    let guest_ran_out = started.permit.is_alone() && executor.guest_memory.ran_out(&executor.cgroup, events).await;
    let judged = Judged {
        tree,
        thrashing: thrashing.as_ref(),
        memory_limit: limits.memory_bytes,
        box_memory: executor.cgroup.limits().memory_bytes,
        output_exceeded: false,
    };
    let end = MainEnd { exit_code, signal, wall_time, ended_first: false, events, guest_ran_out };
    Ok(ExecExited { guest_cpu_nanos: super::guest_cpu_nanos(executor), ..exited(&judged, &end)? })
}

/// Runs until the main process has ended, or until only a tracer that cannot end keeps it alive.
async fn until_main_ended(
    started: &Started,
    main: &AsyncFd<OwnedFd>,
    output: &mut Output,
    kept: &Kept,
    thrashing: &mut Option<Thrashing>,
    deadline: &mut Deadline,
) -> io::Result<()> {
    let tree = &started.tree;
    loop {
        let event = poll_fn(|cx| {
            if main.poll_read_ready(cx).is_ready() {
                return Poll::Ready(Event::MainEnded);
            }
            while output.poll_keep(cx, kept).is_ready() {}
            if deadline.poll(cx).is_ready() {
                return Poll::Ready(Event::Deadline);
            }
            if thrashing.as_mut().map_or(false, |thrashing| thrashing.poll(cx).is_ready()) {
                return Poll::Ready(Event::LookAtMemory);
            }
            Poll::Pending
        });
        let event = tokio::select! {
            event = event => event,
            () = tree.killed() => Event::Killed,
        };
        match event {
            Event::MainEnded => return Ok(()),
            Event::Killed => return tree.kill_rest().await,
            Event::Deadline => {
                let used = || tree.cgroup.cpu_time().map_or(0, |time| time.total_nanos);
                if let Some(cause) = deadline.check(Instant::now(), used) {
                    tree.kill(cause)?;
                }
            }
            Event::LookAtMemory => {
                let thrashes = match (thrashing.as_mut(), Sample::of(&tree.cgroup)) {
                    (Some(thrashing), Ok(sample)) => thrashing.look(sample),
                    _ => {
                        *thrashing = None;
                        false
                    }
                };
                if thrashes {
                    tree.kill(Cause::OutOfMemory)?;
                }
            }
        }
    }
}

enum Event {
    MainEnded,
    Killed,
    Deadline,
    LookAtMemory,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::WindowSize;

    #[test]
    fn what_needs_a_host_that_listens_is_refused() {
        let plain = ExecStart { argv: vec!["server".to_owned()], ..Default::default() };
        assert_eq!(check(&plain), Ok(()));
        let refused = [
            ("tty", ExecStart { tty: Some(WindowSize::default()), ..plain.clone() }),
            ("stdin_open", ExecStart { stdin_open: true, ..plain.clone() }),
            ("leave_running", ExecStart { leave_running: true, ..plain.clone() }),
            ("join_token", ExecStart { join_token: "0".repeat(16), ..plain.clone() }),
            ("max_output_bytes", ExecStart { max_output_bytes: 1, ..plain.clone() }),
            ("drop_excess_output", ExecStart { drop_excess_output: true, ..plain.clone() }),
        ];
        for (name, start) in refused {
            assert_eq!(check(&start), Err(format!("{name} is set, which a main command cannot have")));
        }
    }

    #[test]
    fn a_guest_has_one_main_command_in_its_life() {
        let main = Main::default();
        assert!(main.get().is_none());
        main.reserve().unwrap();
        assert!(main.reserve().unwrap_err().message.contains("only one"), "while it is being started");
        main.set(Place::Free);
        main.reserve().expect("it could not be started, so there is none");
        main.set(Place::Taken(Arc::new(MainCommand { pid: 7, kept: Kept::default() })));
        assert!(main.reserve().is_err());
        assert_eq!(main.get().unwrap().pid, 7);
    }
}
