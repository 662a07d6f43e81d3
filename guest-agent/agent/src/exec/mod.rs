//! The call `Exec`: one process tree, from its start to its end.

mod child;
mod deadline;
mod input;
mod launch;
mod left;
mod memory;
mod output;
mod plan;
mod spawner;
mod supervisor;
mod terminal_end;
mod tree;

pub use spawner::Spawner;
pub use tree::Tree;

use crate::cgroup::{BoxCgroup, ExecCgroup};
use crate::grpc::{self, Code, Requests, Status};
use crate::proto::{exec_request, exec_response, ExecRequest, ExecResponse, ExecStarted};
use bytes::Bytes;
use deadline::Deadline;
use h2::server::SendResponse;
use h2::RecvStream;
use input::Input;
use launch::{Launched, Streams};
use left::LeftRunning;
use output::Output;
use plan::Plan;
use prost::Message;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};
use supervisor::{MainEnd, Supervisor};
use terminal_end::TerminalEnd;
use tokio::io::unix::AsyncFd;
use tree::Trees;

/// Arguments and environment are the longest that is ever said.
const MAX_REQUEST_BYTES: usize = 4 << 20;

/// A program that does not start within this is being kept from it.
const LAUNCH_TIMEOUT: Duration = Duration::from_secs(10);

/// What executions need of their guest.
pub struct Executor {
    pub spawner: Spawner,
    pub cgroup: BoxCgroup,
    pub trees: Arc<Trees>,
    left_running: LeftRunning,
    processors: u64,
}

impl Executor {
    pub fn new(spawner: Spawner, cgroup: BoxCgroup, processors: u64) -> Executor {
        Executor { spawner, cgroup, trees: Arc::default(), left_running: LeftRunning::default(), processors }
    }
}

/// Serves one call. When it is refused while the host still sends, the drop of `requests` tells the host to stop.
pub async fn exec(executor: Option<Arc<Executor>>, body: RecvStream, mut respond: SendResponse<Bytes>) {
    let mut requests = Requests::new(body, MAX_REQUEST_BYTES);
    let refused = match start(executor, &mut requests).await {
        Ok(started) => {
            supervise(started, requests, respond).await;
            return;
        }
        Err(status) => status,
    };
    let _ = grpc::refuse(&mut respond, &refused);
}

struct Started {
    executor: Arc<Executor>,
    permit: tree::Permit,
    pid: u32,
    guest_cpu_nanos: u64,
    started: Instant,
    streams: Streams,
    limits: plan::Limits,
    leave_running: bool,
    tree: Arc<Tree>,
}

async fn start(executor: Option<Arc<Executor>>, requests: &mut Requests) -> Result<Started, Status> {
    let first = requests.next().await?.ok_or_else(|| Status::invalid("the call ended before its start"))?;
    let first = ExecRequest::decode(first).map_err(|error| Status::invalid(format!("no ExecRequest: {error}")))?;
    let start = match first.message {
        Some(exec_request::Message::Start(start)) => start,
        _ => return Err(Status::invalid("the first request of an Exec must be its start")),
    };
    let executor =
        executor.ok_or_else(|| Status::new(Code::FailedPrecondition, "the guest has no root yet: call Configure first"))?;
    let guest_cpu_nanos = guest_cpu_nanos(&executor);
    let mut plan = Plan::check(start).map_err(Status::invalid)?;
    let box_memory = executor.cgroup.limits().memory_bytes;
    plan.oom_score_adjustment = memory::oom_score_adjustment(plan.limits.memory_bytes, box_memory);
    let full = |message: String| Status::new(Code::ResourceExhausted, message);
    let permit = executor.trees.admit().map_err(full)?;
    let (limits, leave_running) = (plan.limits.clone(), plan.leave_running);
    let cgroup = executor.cgroup.take().map_err(|error| full(format!("no cgroup for the execution: {error}")))?;
    let launched = match set_limits(&cgroup, &limits) {
        Ok(()) => launch_in(&executor, plan, &cgroup).await,
        Err(error) => Err(Status::invalid(format!("a limit that the kernel refuses: {error}"))),
    };
    match launched {
        Ok(Launched { pid, pidfd, started, streams }) => {
            let tree = Arc::new(Tree::new(cgroup, pidfd));
            executor.trees.insert(pid, tree.clone());
            Ok(Started { executor, permit, pid, guest_cpu_nanos, started, streams, limits, leave_running, tree })
        }
        Err(status) => {
            cgroup.remove_or_say();
            Err(status)
        }
    }
}

/// 0 where it cannot be told, which corrects nothing.
fn guest_cpu_nanos(executor: &Executor) -> u64 {
    executor.cgroup.guest_cpu_nanos().unwrap_or(0)
}

fn set_limits(cgroup: &ExecCgroup, limits: &plan::Limits) -> io::Result<()> {
    if let Some(bytes) = limits.memory_bytes {
        cgroup.limit_memory(bytes)?;
    }
    if let Some(count) = limits.processes {
        cgroup.limit_processes(count)?;
    }
    Ok(())
}

/// Waits for the spawner; a child that a neighbour has stopped before its program ran is killed.
async fn launch_in(executor: &Executor, plan: Plan, cgroup: &ExecCgroup) -> Result<Launched, Status> {
    use std::os::unix::io::AsRawFd;
    let launch = executor.spawner.launch(plan, cgroup.as_raw_fd());
    tokio::pin!(launch);
    loop {
        tokio::select! {
            launched = &mut launch => return launched,
            () = tokio::time::sleep(LAUNCH_TIMEOUT) => {
                let _ = cgroup.kill();
            }
        }
    }
}

/// The tree and its accounts are cleared away whatever becomes of the call.
async fn supervise(started: Started, requests: Requests, mut respond: SendResponse<Bytes>) {
    let Started { executor, permit, pid, guest_cpu_nanos, started, streams, limits, leave_running, tree } = started;
    let host = grpc::begin(&mut respond).and_then(|mut host| {
        let message = exec_response::Message::Started(ExecStarted { pid, guest_cpu_nanos });
        host.send_data(grpc::framed(&ExecResponse { message: Some(message) }), false)?;
        Ok(host)
    });
    // With the last handle h2 resets a stream that the host has not ended. That must go out together with the answer:
    // a host may answer it with a reset and data, which h2 takes for a broken protocol while its own reset waits.
    drop(respond);
    let mut rest = None;
    let files = open(&tree, streams, &limits);
    match (host, files) {
        (Ok(host), Ok((main, input, output))) => {
            let thrashing = limits.memory_bytes.map(|_| memory::Thrashing::watch());
            let deadline = Deadline::new(started, limits.wall_time, limits.cpu_time_nanos, executor.processors);
            let mut supervisor = Supervisor {
                tree: tree.clone(),
                started,
                deadline,
                memory_limit: limits.memory_bytes,
                box_memory: executor.cgroup.limits().memory_bytes,
                thrashing,
                input,
                output,
                leave_running,
                requests,
                host,
                main,
                requests_ended: false,
                host_gone: false,
            };
            let status = conclude(&executor, pid, &mut supervisor).await;
            let _ = grpc::end(&mut supervisor.host, &status);
            rest = supervisor.leaves_running().then_some(supervisor.output);
        }
        (host, files) => {
            // The host has left in the meantime, or the agent is out of descriptors: nobody watches this tree.
            let status = files.err().map(|error| Status::new(Code::ResourceExhausted, error.to_string()));
            let _ = tree.cgroup.kill();
            while tree.cgroup.is_populated().unwrap_or(false) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            executor.trees.remove(pid);
            let _ = tree.reap();
            if let (Ok(mut host), Some(status)) = (host, status) {
                let _ = grpc::end(&mut host, &status);
            }
        }
    }
    // Let the answer out first: the host waits for it, and for nothing below.
    match rest {
        None => {
            drop(permit);
            tokio::task::yield_now().await;
            tree.cgroup.remove_or_say();
        }
        Some(output) => {
            executor.left_running.add(tree, permit);
            for file in output.into_rest() {
                let executor = executor.clone();
                tokio::spawn(async move {
                    left::drain(file).await;
                    executor.left_running.sweep();
                });
            }
            tokio::task::yield_now().await;
        }
    }
    executor.left_running.sweep();
    executor.cgroup.prepare();
}

async fn conclude(executor: &Executor, pid: u32, supervisor: &mut Supervisor) -> Status {
    let violation = supervisor.until_main_ended().await.err();
    let wall_time = supervisor.started.elapsed();
    executor.trees.remove(pid);
    let result = async {
        let (exit_code, signal) = supervisor.tree.reap()?;
        supervisor.end_tree().await?;
        supervisor.drain_output().await;
        if supervisor.host_gone {
            // It cannot know that something runs on.
            supervisor.kill_all().await?;
        }
        supervisor.exited(&MainEnd { exit_code, signal, wall_time })
    };
    match (result.await, violation) {
        (_, Some(violation)) => violation,
        (Ok(mut exited), None) => {
            exited.guest_cpu_nanos = guest_cpu_nanos(executor);
            let message = exec_response::Message::Exited(exited);
            let _ = supervisor.host.send_data(grpc::framed(&ExecResponse { message: Some(message) }), false);
            Status::OK
        }
        (Err(error), None) => Status::new(Code::Internal, format!("accounts of the process tree: {error}")),
    }
}

fn open(tree: &Arc<Tree>, streams: Streams, limits: &plan::Limits) -> io::Result<(AsyncFd<std::os::unix::io::OwnedFd>, Input, Output)> {
    let main = AsyncFd::new(tree.pidfd()?)?;
    let (stdin, stdout, stderr, terminal) = match streams {
        Streams::Terminal(ours) => {
            let of_tree = tree.clone();
            let used = move || of_tree.cgroup.cpu_time().map_or(0, |time| time.total_nanos);
            (Some(ours.try_clone()?), ours, None, Some(TerminalEnd::new(used)))
        }
        Streams::Pipes { stdin, stdout, stderr } => (stdin, stdout, Some(stderr), None),
    };
    Ok((main, Input::new(stdin, terminal)?, Output::new(stdout, stderr, limits.output_bytes)?))
}
