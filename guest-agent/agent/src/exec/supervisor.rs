//! Watches one process tree from its start to its last byte of output.

use super::deadline::Deadline;
use super::input::Input;
use super::memory::{self, Sample, Shortage, Thrashing};
use super::output::{Output, Progress};
use super::plan::TerminalSize;
use super::tree::{Tree, KILL_TIMEOUT};
use crate::cgroup::MemoryEvents;
use crate::grpc::{Requests, Status};
use crate::poll::poll_fn;
use crate::proto::{exec_request, Cause, ExecExited, ExecRequest};
use bytes::Bytes;
use h2::SendStream;
use prost::Message;
use std::future::Future;
use std::io;
use std::os::unix::io::OwnedFd;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tokio::io::unix::AsyncFd;
use tokio::time::{sleep, Sleep};

/// The protocol's limit for one message of standard input.
const MAX_STDIN_BYTES: usize = 1 << 20;

const SIGKILL: i32 = 9;

pub struct Supervisor {
    pub tree: Arc<Tree>,
    pub started: Instant,
    pub deadline: Deadline,
    pub memory_limit: Option<u64>,
    /// The memory limit of all trees of the box together.
    pub box_memory: u64,
    pub thrashing: Option<Thrashing>,
    pub input: Input,
    pub output: Output,
    /// Whether processes that outlive the main process keep running.
    pub leave_running: bool,
    pub requests: Requests,
    pub host: SendStream<Bytes>,
    /// The pidfd of the main process, readable when the process has ended.
    pub main: AsyncFd<OwnedFd>,
    /// The host has ended its request stream.
    pub requests_ended: bool,
    /// The host has ended the call and gets no response.
    pub host_gone: bool,
    /// Runs while a killed main process has not ended.
    pub kill_timeout: Option<Pin<Box<Sleep>>>,
}

/// How the main process ended.
pub struct MainEnd {
    pub exit_code: i32,
    pub signal: i32,
    pub wall_time: Duration,
    /// Whether this one of two joined executions ended first.
    pub ended_first: bool,
    pub events: MemoryEvents,
    /// Whether it was killed because of memory that is charged to no cgroup, and no other tree can have used it.
    pub guest_ran_out: bool,
}

enum Event {
    MainEnded,
    HostGone,
    Deadline,
    LookAtMemory,
    OverLimit,
    KillHadNoEffect,
    Request(Result<Option<Bytes>, Status>),
}

impl Supervisor {
    /// Runs until the main process has ended, or until only a tracer that cannot end keeps it alive. An error is a
    /// protocol violation by the host; the tree is being killed then.
    pub async fn until_main_ended(&mut self) -> Result<(), Status> {
        let mut violation = None;
        let mut stuck_before = false;
        loop {
            match poll_fn(|cx| self.poll_event(cx)).await {
                Event::MainEnded => return violation.map_or(Ok(()), Err),
                Event::HostGone => {
                    self.host_gone = true;
                    self.kill(Cause::Requested);
                }
                Event::Deadline => {
                    let tree = &self.tree;
                    let used = || tree.cgroup.cpu_time().map_or(0, |time| time.total_nanos);
                    if let Some(cause) = self.deadline.check(Instant::now(), used) {
                        self.kill(cause);
                    }
                }
                Event::LookAtMemory => {
                    let sample = Sample::of(&self.tree.cgroup);
                    match (&mut self.thrashing, sample) {
                        (Some(thrashing), Ok(sample)) => {
                            if thrashing.look(sample) {
                                self.kill(Cause::OutOfMemory);
                            }
                        }
                        _ => self.thrashing = None,
                    }
                }
                Event::OverLimit => self.kill(Cause::Output),
                Event::KillHadNoEffect => {
                    let stuck = self.tree.kill_survivors();
                    // They count as stuck only if they were stopped even after their tracers were killed.
                    if stuck && stuck_before {
                        return violation.map_or(Ok(()), Err);
                    }
                    stuck_before = stuck;
                    self.kill_timeout = Some(Box::pin(sleep(KILL_TIMEOUT)));
                }
                Event::Request(Ok(None)) => {
                    self.requests_ended = true;
                    self.input.end();
                }
                Event::Request(result) => {
                    let handled = result.and_then(|bytes| self.handle(bytes.unwrap_or_default()));
                    if let Err(status) = handled {
                        self.requests_ended = true;
                        violation.get_or_insert(status);
                        self.kill(Cause::Requested);
                    }
                }
            }
        }
    }

    /// Kills the processes that outlive the main process, so that nothing of the tree is running afterwards; or leaves
    /// them running if that was requested.
    pub async fn end_tree(&mut self) -> io::Result<()> {
        if self.leaves_running() {
            self.output.end_with_what_is_there();
            return Ok(());
        }
        self.tree.kill_rest().await
    }

    /// Nothing is left running when the agent has killed the tree.
    pub fn leaves_running(&self) -> bool {
        self.leave_running && self.tree.cause().is_none()
    }

    /// Kills the whole tree, whether it was to be left running or not.
    pub async fn kill_all(&mut self) -> io::Result<()> {
        self.kill(Cause::Requested);
        self.tree.kill_rest().await
    }

    /// Sends the output of the tree that was not sent yet.
    pub async fn drain_output(&mut self) {
        self.input.abandon();
        while !self.host_gone {
            let progress = poll_fn(|cx| {
                if self.host.poll_reset(cx).is_ready() {
                    return Poll::Ready(Progress::HostGone);
                }
                self.output.poll_send(cx, &mut self.host, true)
            })
            .await;
            match progress {
                Progress::Drained => return,
                Progress::HostGone => self.host_gone = true,
                // `Output` marks the stream as truncated; the other stream continues. What was to be left running is
                // killed.
                Progress::OverLimit => self.kill(Cause::Output),
            }
        }
    }

    /// Builds the final message of the call.
    pub fn exited(&self, end: &MainEnd) -> io::Result<ExecExited> {
        let judged = Judged {
            tree: &self.tree,
            thrashing: self.thrashing.as_ref(),
            memory_limit: self.memory_limit,
            box_memory: self.box_memory,
            output_exceeded: self.output.exceeded(),
        };
        let (stdout_truncated, stderr_truncated) = (self.output.stdout_truncated(), self.output.stderr_truncated());
        Ok(ExecExited { stdout_truncated, stderr_truncated, ..exited(&judged, end)? })
    }

    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Event> {
        if self.main.poll_read_ready(cx).is_ready() {
            return Poll::Ready(Event::MainEnded);
        }
        if !self.host_gone && self.host.poll_reset(cx).is_ready() {
            return Poll::Ready(Event::HostGone);
        }
        if self.deadline.poll(cx).is_ready() {
            return Poll::Ready(Event::Deadline);
        }
        if self.thrashing.as_mut().map_or(false, |thrashing| thrashing.poll(cx).is_ready()) {
            return Poll::Ready(Event::LookAtMemory);
        }
        if self.kill_timeout.as_mut().map_or(false, |kill_timeout| kill_timeout.as_mut().poll(cx).is_ready()) {
            return Poll::Ready(Event::KillHadNoEffect);
        }
        if self.host_gone {
            return Poll::Pending;
        }
        loop {
            while self.input.poll_write(cx).is_ready() {}
            if self.requests_ended || self.input.is_full() {
                break;
            }
            match self.requests.poll_next(cx) {
                Poll::Ready(request) => return Poll::Ready(Event::Request(request)),
                Poll::Pending => break,
            }
        }
        match self.output.poll_send(cx, &mut self.host, false) {
            Poll::Ready(Progress::OverLimit) => Poll::Ready(Event::OverLimit),
            Poll::Ready(_) => Poll::Ready(Event::HostGone),
            Poll::Pending => Poll::Pending,
        }
    }

    fn handle(&mut self, bytes: Bytes) -> Result<(), Status> {
        let request =
            ExecRequest::decode(bytes).map_err(|error| Status::invalid(format!("malformed ExecRequest: {error}")))?;
        match request.message {
            Some(exec_request::Message::Stdin(data)) if data.len() > MAX_STDIN_BYTES => {
                let length = data.len();
                let message = format!("stdin has {length} bytes; at most {MAX_STDIN_BYTES} are allowed in one message");
                Err(Status::invalid(message))
            }
            Some(exec_request::Message::Stdin(data)) => {
                self.input.push(data);
                Ok(())
            }
            Some(exec_request::Message::StdinEof(_)) => {
                self.input.end();
                Ok(())
            }
            Some(exec_request::Message::Resize(size)) => {
                let size = TerminalSize::check(&size).map_err(Status::invalid)?;
                self.input.resize(size).map_err(|error| Status::invalid(format!("cannot resize the terminal: {error}")))
            }
            Some(exec_request::Message::Signal(signal)) => self.tree.signal(signal).map_err(Status::invalid),
            Some(exec_request::Message::Start(_)) => Err(Status::invalid("start must be sent only once")),
            None => Err(Status::invalid("ExecRequest without a message")),
        }
    }

    fn kill(&mut self, cause: Cause) {
        if self.kill_timeout.is_none() {
            self.kill_timeout = Some(Box::pin(sleep(KILL_TIMEOUT)));
        }
        if let Err(error) = self.tree.kill(cause) {
            // If this fails, no limit can be enforced.
            crate::power::fail(&format!("cannot kill a process tree: {error}"));
        }
    }
}

/// An ended tree, and what it was limited by.
pub struct Judged<'a> {
    pub tree: &'a Tree,
    pub thrashing: Option<&'a Thrashing>,
    pub memory_limit: Option<u64>,
    pub box_memory: u64,
    /// Whether more was written than a limit that ends the tree.
    pub output_exceeded: bool,
}

/// Builds the report of a tree's end.
pub fn exited(judged: &Judged, end: &MainEnd) -> io::Result<ExecExited> {
    let cgroup = &judged.tree.cgroup;
    let cpu = cgroup.cpu_time()?;
    let main_was_killed = end.signal == SIGKILL;
    let peak = cgroup.peak_memory_bytes()?;
    let shortage = memory::shortage(end.events, judged.memory_limit, peak, judged.box_memory, end.guest_ran_out);
    let killed = judged.tree.cause().map(|cause| match (cause, judged.thrashing) {
        // The tree ran into its time limit because it lacked memory.
        (Cause::WallTime | Cause::CpuTime, Some(thrashing)) if thrashing.goes_on() => Cause::OutOfMemory,
        (cause, _) => cause,
    });
    let cause = cause(killed, main_was_killed, shortage, judged.output_exceeded);
    let (exit_code, signal) = match cause {
        // A program may end by itself between its last write and the kill that it caused. The result must not
        // depend on which came first.
        Cause::Output => (0, SIGKILL),
        _ => (end.exit_code, end.signal),
    };
    Ok(ExecExited {
        cause: cause as i32,
        exit_code: exit_code as u32,
        signal: signal as u32,
        wall_time_nanos: u64::try_from(end.wall_time.as_nanos()).unwrap_or(u64::MAX),
        user_time_nanos: cpu.user_nanos,
        system_time_nanos: cpu.system_nanos,
        peak_memory_bytes: peak,
        ended_first: end.ended_first,
        ..Default::default()
    })
}

/// Returns why the tree ended. A kill that came after the main process had ended by itself does not count, nor does the
/// OOM kill of a process that outlived it.
fn cause(killed: Option<Cause>, main_was_killed: bool, shortage: Shortage, exceeded: bool) -> Cause {
    match killed {
        Some(cause) if main_was_killed => cause,
        _ if exceeded => Cause::Output,
        _ if main_was_killed && shortage == Shortage::Own => Cause::OutOfMemory,
        _ if main_was_killed && shortage == Shortage::Box => Cause::BoxOutOfMemory,
        _ => Cause::Exited,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cause_is_the_first_that_ended_the_main_process() {
        assert_eq!(cause(None, false, Shortage::None, false), Cause::Exited);
        assert_eq!(cause(None, true, Shortage::None, false), Cause::Exited, "a process of the box sent SIGKILL");
        assert_eq!(cause(None, true, Shortage::Own, false), Cause::OutOfMemory);
        assert_eq!(cause(None, true, Shortage::Box, false), Cause::BoxOutOfMemory);
        assert_eq!(cause(None, false, Shortage::Own, false), Cause::Exited, "only a process left behind was too large");
        assert_eq!(cause(Some(Cause::WallTime), true, Shortage::None, false), Cause::WallTime);
        assert_eq!(cause(Some(Cause::WallTime), false, Shortage::None, false), Cause::Exited, "ended earlier");
        assert_eq!(cause(None, false, Shortage::None, true), Cause::Output, "it ended before its output was read");
        assert_eq!(cause(Some(Cause::CpuTime), true, Shortage::None, true), Cause::CpuTime);
    }
}
