//! The call `Exec`: one process tree, from its start to its end.

mod child;
mod children;
mod deadline;
mod devices;
mod input;
mod ipc;
mod join;
mod launch;
mod left;
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
use crate::proto::{exec_request, exec_response, ExecRequest, ExecResponse, ExecStarted};
use bytes::Bytes;
use deadline::Deadline;
use h2::server::SendResponse;
use h2::RecvStream;
use input::Input;
use join::{Joins, Place};
use launch::{Launched, Streams};
use left::LeftRunning;
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

/// Arguments and environment are the longest that is ever said.
const MAX_REQUEST_BYTES: usize = 4 << 20;

/// Most programs start within a few milliseconds.
const LAUNCH_PATIENCE: Duration = Duration::from_millis(100);

/// A program that does not start within this is being kept from it.
const LAUNCH_TIMEOUT: Duration = Duration::from_secs(10);

const LONGEST_FAREWELL: Duration = Duration::from_millis(200);

/// Less than this that an ended tree has left behind is no hindrance to the next one.
const MUCH_LEFT_BYTES: u64 = 4 << 20;

/// The kernel takes network namespaces down one after the other. What is there after this long may be there to stay,
/// such as what it has to know of very many files in memory.
const LONGEST_CLEARING: Duration = Duration::from_secs(5);

/// What executions need of their guest.
pub struct Executor {
    pub spawner: Spawner,
    pub cgroup: BoxCgroup,
    pub trees: Arc<Trees>,
    joins: Joins,
    left_running: LeftRunning,
    processors: u64,
}

impl Executor {
    pub fn new(spawner: Spawner, cgroup: BoxCgroup, processors: u64) -> Executor {
        let (trees, joins, left_running) = (Arc::default(), Joins::default(), LeftRunning::default());
        Executor { spawner, cgroup, trees, joins, left_running, processors }
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
    ipc: Option<Arc<OwnedFd>>,
    join: Option<Join>,
}

/// An execution's part in a join.
struct Join {
    token: String,
    place: Place,
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
    // Before all that may be refused: who is joined with it must not wait for one that never comes.
    let token = start.join_token.clone();
    let seat = if token.is_empty() { None } else { Some(executor.joins.take_seat(&token)?) };
    let mut plan = Plan::check(start).map_err(Status::invalid)?;
    let box_memory = executor.cgroup.limits().memory_bytes;
    plan.oom_score_adjustment = memory::oom_score_adjustment(plan.limits.memory_bytes, box_memory);
    let join = seat.map(|seat| {
        plan.joined = Some(seat.ends);
        Join { token, place: seat.place }
    });
    let full = |message: String| Status::new(Code::ResourceExhausted, message);
    let permit = executor.trees.admit().map_err(full)?;
    executor.spawner.children().reap_strays();
    let (limits, leave_running) = (plan.limits.clone(), plan.leave_running);
    let cgroup = executor.cgroup.take().map_err(|error| full(format!("no cgroup for the execution: {error}")))?;
    let launched = match set_limits(&cgroup, &limits) {
        Ok(()) => launch_in(&executor, plan, &cgroup).await,
        Err(error) => Err(Status::invalid(format!("a limit that the kernel refuses: {error}"))),
    };
    match launched {
        Ok(Launched { pid, own_pid, pidfd, started, streams, ipc }) => {
            if let Some(error) = join.as_ref().and_then(|join| join.place.enter(&pidfd).err()) {
                // Then the order of both ends is that in which they are seen.
                eprintln!("boxlite-agent: watching a joined execution: {error}");
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

/// Waits for the spawner. A child that a neighbour has stopped before its program ran is woken, as often as it takes, and
/// one that does not get there all the same is killed.
async fn launch_in(executor: &Executor, plan: Plan, cgroup: &ExecCgroup) -> Result<Launched, Status> {
    let launch = executor.spawner.launch(plan, cgroup.as_raw_fd());
    tokio::pin!(launch);
    let give_up = Instant::now() + LAUNCH_TIMEOUT;
    loop {
        tokio::select! {
            launched = &mut launch => return launched,
            () = tokio::time::sleep(LAUNCH_PATIENCE) => {
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

/// The tree and its accounts are cleared away whatever becomes of the call.
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
                patience: None,
            };
            let status = conclude(&executor, pid, ipc, &mut supervisor, join.as_ref()).await;
            let _ = grpc::end(&mut supervisor.host, &status);
            rest = supervisor.leaves_running().then_some(supervisor.output);
        }
        (host, files) => {
            // The host has left in the meantime, or the agent is out of descriptors: nobody watches this tree.
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
    tree.leave_to(executor.spawner.children());
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
    executor.spawner.children().reap_strays();
    executor.spawner.prepare();
    executor.cgroup.prepare();
}

async fn conclude(
    executor: &Executor,
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
        // In this order: a tracer in the tree lets go when it ends, one elsewhere does not, nor one that is left running.
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
            // It cannot know that something runs on.
            supervisor.kill_all().await?;
        } else if !supervisor.leaves_running() {
            await_gone(executor, &supervisor.tree).await?;
            clear_away(executor, &supervisor.tree.cgroup, ipc).await?;
        }
        supervisor.exited(&MainEnd { exit_code, signal, wall_time, ended_first })
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

/// The next execution is not to see what has ended. That takes the kernel a moment, the agent for a stray, and for ever
/// where somebody traces it who runs on.
async fn await_gone(executor: &Executor, tree: &Tree) -> io::Result<()> {
    let give_up = Instant::now() + LONGEST_FAREWELL;
    while tree.cgroup.is_seen()? && Instant::now() < give_up {
        tree.leave_to(executor.spawner.children());
        executor.spawner.children().reap_strays();
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    Ok(())
}

/// Waits until the kernel has given back what it held for a tree that has ended, where that is much: the next execution
/// is to have it. Only its files stay.
async fn clear_away(executor: &Executor, cgroup: &ExecCgroup, ipc: Option<Arc<OwnedFd>>) -> io::Result<()> {
    // The peak is there to be read; most trees never had that much.
    if cgroup.peak_memory_bytes()? < MUCH_LEFT_BYTES || cgroup.memory_bytes()? < MUCH_LEFT_BYTES {
        return Ok(());
    }
    if let Some(ipc) = ipc {
        let _ = executor.spawner.clear(ipc).await;
    }
    let give_up = Instant::now() + LONGEST_CLEARING;
    let mut pause = Duration::from_millis(2);
    while cgroup.kernel_memory_bytes()? >= MUCH_LEFT_BYTES && Instant::now() < give_up {
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_millis(50));
    }
    Ok(())
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
