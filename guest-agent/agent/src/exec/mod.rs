//! The `Exec` call: runs one process tree from start to end.

mod background;
mod child;
mod children;
mod cleanup;
mod deadline;
mod devices;
mod guest_memory;
mod input;
mod ipc;
mod join;
mod launch;
pub mod main_command;
mod memory;
mod output;
mod plan;
mod reap;
mod spawner;
mod stdin_file;
mod supervisor;
mod terminal_end;
mod tracers;
mod tree;

pub use spawner::Spawner;
pub use tree::Tree;

use crate::cgroup::{BoxCgroup, ExecCgroup};
use crate::grpc::{self, Code, Requests, Status};
use crate::proto::{exec_request, exec_response, ExecRequest, ExecResponse, ExecStart, ExecStarted};
use background::BackgroundTrees;
use bytes::Bytes;
use cleanup::{await_removal, clean_up, collect_sockets};
use deadline::Deadline;
use guest_memory::GuestMemory;
use h2::server::SendResponse;
use h2::RecvStream;
use input::Input;
use join::{Joins, Place};
use launch::{Launched, Streams};
use output::Output;
use plan::Plan;
use prost::Message;
use std::io;
use std::os::unix::io::{AsRawFd, OwnedFd};
use std::sync::Arc;
use std::time::{Duration, Instant};
use supervisor::{MainEnd, Supervisor};
use terminal_end::TerminalEnd;
use tokio::io::unix::AsyncFd;
use tree::Trees;

/// The largest request is `start`, with its arguments and environment.
const MAX_REQUEST_BYTES: usize = 4 << 20;

/// A launch that takes longer than this is checked for a stopped child. Most programs start within a few milliseconds.
const LAUNCH_WAKE_INTERVAL: Duration = Duration::from_millis(100);

/// A program that has not started after this time is being blocked and is killed.
const LAUNCH_TIMEOUT: Duration = Duration::from_secs(10);

/// The guest's shared state that executions need.
pub struct Executor {
    pub spawner: Spawner,
    pub cgroup: BoxCgroup,
    pub trees: Arc<Trees>,
    main: main_command::Main,
    joins: Joins,
    background: BackgroundTrees,
    guest_memory: GuestMemory,
    processors: u64,
}

impl Executor {
    pub fn new(spawner: Spawner, cgroup: BoxCgroup, processors: u64) -> Executor {
        let (trees, joins, background) = (Arc::default(), Joins::default(), BackgroundTrees::default());
        let guest_memory = GuestMemory::new(&cgroup);
        let main = main_command::Main::default();
        Executor { spawner, cgroup, trees, main, joins, background, guest_memory, processors }
    }
}

/// Serves one call. When the call is refused while the host is still sending, dropping `requests` resets the host's
/// stream.
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
    ipc: Option<Arc<OwnedFd>>,
    join: Option<Join>,
}

/// One execution's part in a join.
struct Join {
    token: String,
    place: Place,
}

async fn start(executor: Option<Arc<Executor>>, requests: &mut Requests) -> Result<Started, Status> {
    let first = requests.next().await?.ok_or_else(|| Status::invalid("the call ended before its start message"))?;
    let first = ExecRequest::decode(first).map_err(|error| Status::invalid(format!("malformed ExecRequest: {error}")))?;
    let start = match first.message {
        Some(exec_request::Message::Start(start)) => start,
        _ => return Err(Status::invalid("the first request of an Exec must be start")),
    };
    begin(executor.ok_or_else(no_root)?, start).await
}

fn no_root() -> Status {
    Status::new(Code::FailedPrecondition, "the guest has no root file system yet; call Configure first")
}

async fn begin(executor: Arc<Executor>, start: ExecStart) -> Result<Started, Status> {
    let guest_cpu_nanos = guest_cpu_nanos(&executor);
    // Comes before every check that can fail, so that the execution it is joined with does not wait for one that never
    // starts.
    let token = start.join_token.clone();
    let side = if token.is_empty() { None } else { Some(executor.joins.take_side(&token)?) };
    let mut plan = Plan::check(start).map_err(Status::invalid)?;
    let box_memory = executor.cgroup.limits().memory_bytes;
    plan.oom_score_adjustment = memory::oom_score_adjustment(plan.limits.memory_bytes, box_memory);
    let join = side.map(|side| {
        plan.joined = Some(side.ends);
        Join { token, place: side.place }
    });
    let full = |message: String| Status::new(Code::ResourceExhausted, message);
    let permit = executor.trees.admit().map_err(full)?;
    executor.spawner.children().reap_strays();
    let (limits, leave_running) = (plan.limits.clone(), plan.leave_running);
    let no_cgroup = |error| full(format!("cannot make a cgroup for the execution: {error}"));
    let cgroup = executor.cgroup.take().map_err(no_cgroup)?;
    let launched = match set_limits(&cgroup, &limits) {
        Ok(()) => launch_in(&executor, plan, &cgroup).await,
        Err(error) => Err(Status::invalid(format!("the kernel refused a limit of the execution: {error}"))),
    };
    match launched {
        Ok(Launched { pid, own_pid, pidfd, started, streams, ipc }) => {
            if let Some(error) = join.as_ref().and_then(|join| join.place.enter(&pidfd).err()) {
                // Without the watch, the two executions are ordered by when the agent sees them end.
                eprintln!("boxlite-agent: cannot watch a joined execution: {error}");
            }
            let tree = Arc::new(Tree::new(cgroup, own_pid, pidfd));
            executor.trees.insert(pid, tree.clone());
            let ipc = ipc.map(Arc::new);
            Ok(Started {
                executor,
                permit,
                pid,
                guest_cpu_nanos,
                started,
                streams,
                limits,
                leave_running,
                tree,
                ipc,
                join,
            })
        }
        Err(status) => {
            cgroup.remove_or_log();
            Err(status)
        }
    }
}

/// Returns 0 when the time cannot be read, which makes the host correct nothing.
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

/// Waits for the spawner. Another process of the box may stop the child before it executes its program. Such a child is
/// woken repeatedly, and killed if it has not started in the end.
async fn launch_in(executor: &Executor, plan: Plan, cgroup: &ExecCgroup) -> Result<Launched, Status> {
    let launch = executor.spawner.launch(plan, cgroup.as_raw_fd());
    tokio::pin!(launch);
    let give_up = Instant::now() + LAUNCH_TIMEOUT;
    loop {
        tokio::select! {
            launched = &mut launch => return launched,
            () = tokio::time::sleep(LAUNCH_WAKE_INTERVAL) => {
                if Instant::now() < give_up {
                    wake(cgroup);
                } else {
                    let _ = cgroup.kill();
                }
            }
        }
    }
}

fn wake(cgroup: &ExecCgroup) {
    for pid in cgroup.threads(1).unwrap_or_default() {
        // SAFETY: takes numbers only.
        unsafe { libc::kill(pid, libc::SIGCONT) };
    }
}

/// Supervises a started process tree. Cleans up the tree and its cgroup however the call ends.
async fn supervise(started: Started, requests: Requests, mut respond: SendResponse<Bytes>) {
    let Started {
        executor,
        permit,
        pid,
        guest_cpu_nanos,
        started,
        streams,
        limits,
        leave_running,
        tree,
        ipc,
        join,
    } = started;
    let host = grpc::begin(&mut respond).and_then(|mut host| {
        let message = exec_response::Message::Started(ExecStarted { pid, guest_cpu_nanos });
        host.send_data(grpc::framed(&ExecResponse { message: Some(message) }), false)?;
        Ok(host)
    });
    // Dropping the last handle makes h2 reset a stream that the host has not ended. The reset must be sent together
    // with the response: a host may answer the response with a reset and data, which h2 treats as a protocol error
    // while its own reset is pending.
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
                kill_timeout: None,
            };
            let status = conclude(&executor, &permit, pid, ipc, &mut supervisor, join.as_ref()).await;
            let _ = grpc::end(&mut supervisor.host, &status);
            rest = supervisor.leaves_running().then_some(supervisor.output);
        }
        (host, files) => {
            // The host has ended the call in the meantime, or the agent is out of descriptors. Nobody watches this
            // tree.
            let status = files.err().map(|error| Status::new(Code::ResourceExhausted, error.to_string()));
            let _ = tree.kill_rest().await;
            executor.trees.remove(pid);
            let _ = tree.try_reap(executor.spawner.children());
            if let Some(join) = &join {
                executor.joins.forget(&join.token);
            }
            if let (Ok(mut host), Some(status)) = (host, status) {
                let _ = grpc::end(&mut host, &status);
            }
        }
    }
    match rest {
        None => return close(&executor, tree, permit).await,
        Some(output) => {
            tree.leave_to(executor.spawner.children());
            executor.background.add(tree, permit);
            for file in output.into_rest() {
                let executor = executor.clone();
                tokio::spawn(async move {
                    background::drain(file).await;
                    executor.background.sweep();
                });
            }
            tokio::task::yield_now().await;
        }
    }
    prepare_next(&executor);
}

/// Removes what is left of a tree that has ended.
async fn close(executor: &Executor, tree: Arc<Tree>, permit: tree::Permit) {
    tree.leave_to(executor.spawner.children());
    drop(permit);
    // Let the response go out first: the host waits for it, but for nothing below.
    tokio::task::yield_now().await;
    tree.cgroup.remove_or_log();
    prepare_next(executor);
}

fn prepare_next(executor: &Executor) {
    executor.background.sweep();
    executor.spawner.children().reap_strays();
    executor.spawner.prepare();
    executor.cgroup.prepare();
}

/// Waits until an ended tree has left nothing but files.
async fn clean_up_tree(executor: &Executor, tree: &Tree, ipc: Option<Arc<OwnedFd>>) -> io::Result<()> {
    collect_sockets();
    await_removal(executor, tree).await?;
    clean_up(executor, &tree.cgroup, ipc).await
}

async fn conclude(
    executor: &Executor,
    permit: &tree::Permit,
    pid: u32,
    ipc: Option<Arc<OwnedFd>>,
    supervisor: &mut Supervisor,
    join: Option<&Join>,
) -> Status {
    let violation = supervisor.until_main_ended().await.err();
    let wall_time = supervisor.started.elapsed();
    let ended_first = join.map_or(false, |join| join.place.is_first());
    if let (Some(join), true) = (join, supervisor.host_gone) {
        executor.joins.forget(&join.token);
    }
    executor.trees.remove(pid);
    let result = async {
        // The order matters. A tracer inside the tree releases the main process when it ends. A tracer outside, or one
        // that is left running, does not.
        let mut end = supervisor.tree.try_reap(executor.spawner.children())?;
        supervisor.end_tree().await?;
        if end.is_none() {
            end = supervisor.tree.try_reap(executor.spawner.children())?;
        }
        let (exit_code, signal) = match end {
            Some(end) => end,
            None => supervisor.tree.end_of_traced()?,
        };
        supervisor.drain_output().await;
        if supervisor.host_gone {
            // The host cannot know that something is still running.
            supervisor.kill_all().await?;
        } else if !supervisor.leaves_running() {
            clean_up_tree(executor, &supervisor.tree, ipc).await?;
        }
        let events = supervisor.tree.cgroup.memory_events()?;
        let guest_ran_out = permit.is_alone() && executor.guest_memory.ran_out(&executor.cgroup, events).await;
        supervisor.exited(&MainEnd { exit_code, signal, wall_time, ended_first, events, guest_ran_out })
    };
    match (result.await, violation) {
        (_, Some(violation)) => violation,
        (Ok(mut exited), None) => {
            exited.guest_cpu_nanos = guest_cpu_nanos(executor);
            let message = exec_response::Message::Exited(exited);
            let _ = supervisor.host.send_data(grpc::framed(&ExecResponse { message: Some(message) }), false);
            Status::OK
        }
        (Err(error), None) => {
            Status::new(Code::Internal, format!("cannot read the usage of the process tree: {error}"))
        }
    }
}

fn open(tree: &Arc<Tree>, streams: Streams, limits: &plan::Limits) -> io::Result<(AsyncFd<OwnedFd>, Input, Output)> {
    let main = AsyncFd::new(tree.pidfd()?)?;
    let (stdin, stdout, stderr, terminal) = match streams {
        Streams::Terminal(ours) => {
            let of_tree = tree.clone();
            let used = move || of_tree.cgroup.cpu_time().map_or(0, |time| time.total_nanos);
            (Some(ours.try_clone()?), Some(ours), None, Some(TerminalEnd::new(used)))
        }
        Streams::Pipes { stdin, stdout, stderr } => (stdin, stdout, stderr, None),
    };
    Ok((main, Input::new(stdin, terminal)?, Output::new(stdout, stderr, limits.output_bytes, limits.drop_excess_output)?))
}
