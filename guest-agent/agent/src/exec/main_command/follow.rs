//! The `FollowMain` call: sends what is kept of the main command's output, and then what comes.

use super::kept::{Kept, State};
use super::MainCommand;
use crate::exec::{guest_cpu_nanos, Executor};
use crate::grpc::{self, poll_room, Code, Status, CHUNK_BYTES};
use crate::poll::poll_fn;
use crate::proto::{main_response::Message, CaughtUp, DroppedOutput, ExecStarted, MainResponse};
use bytes::Bytes;
use h2::server::SendResponse;
use h2::SendStream;
use std::sync::Arc;
use std::task::Poll;

/// Serves one call.
pub async fn follow(executor: Option<Arc<Executor>>, mut respond: SendResponse<Bytes>) {
    let main = executor.as_ref().and_then(|executor| executor.main.get());
    let (executor, main) = match (executor, main) {
        (Some(executor), Some(main)) => (executor, main),
        _ => {
            let message = "the guest has no main command; call StartMain first";
            let _ = grpc::refuse(&mut respond, &Status::new(Code::FailedPrecondition, message));
            return;
        }
    };
    // On an error the host has ended the call.
    if let Ok(mut host) = grpc::begin(&mut respond) {
        drop(respond);
        if send_all(&executor, &main, &mut host).await.is_some() {
            let _ = grpc::end(&mut host, &Status::OK);
        }
    }
}

/// Returns None if the host has ended the call.
async fn send_all(executor: &Executor, main: &MainCommand, host: &mut SendStream<Bytes>) -> Option<()> {
    let mut changes = main.kept.changes();
    let mut follower = Follower::new(&main.kept);
    let started = ExecStarted { pid: main.pid, guest_cpu_nanos: guest_cpu_nanos(executor) };
    send(host, Message::Started(started))?;
    loop {
        while !main.kept.read(|state| follower.has_more(state)) {
            tokio::select! {
                _ = poll_fn(|cx| host.poll_reset(cx)) => return None,
                // The sender lives as long as the command.
                _ = changes.changed() => {}
            }
        }
        let room = poll_fn(|cx| {
            if host.poll_reset(cx).is_ready() {
                return Poll::Ready(false);
            }
            poll_room(cx, host, CHUNK_BYTES)
        });
        if !room.await {
            return None;
        }
        if let Some(message) = main.kept.read(|state| follower.next(state)) {
            let last = matches!(message, Message::Exited(_));
            send(host, message)?;
            if last {
                return Some(());
            }
        }
    }
}

fn send(host: &mut SendStream<Bytes>, message: Message) -> Option<()> {
    host.send_data(grpc::framed(&MainResponse { message: Some(message) }), false).ok()
}

/// How far one call has come.
struct Follower {
    positions: [u64; 2],
    /// What was written when the call began. The host is told when it has all of that; None when it was told.
    begin: Option<[u64; 2]>,
    last_served: usize,
}

impl Follower {
    fn new(kept: &Kept) -> Follower {
        let begin = kept.read(|state| [state.tails[0].total(), state.tails[1].total()]);
        Follower { positions: [0, 0], begin: Some(begin), last_served: 1 }
    }

    fn has_more(&self, state: &State) -> bool {
        self.begin.is_some() || state.exited.is_some() || (0..2).any(|index| self.is_behind(state, index))
    }

    fn is_behind(&self, state: &State, index: usize) -> bool {
        self.positions[index] < state.tails[index].total()
    }

    /// Returns what to send next; None if there is nothing at the moment.
    fn next(&mut self, state: &State) -> Option<Message> {
        let mut dropped = [0, 0];
        for (index, tail) in state.tails.iter().enumerate() {
            dropped[index] = tail.dropped().saturating_sub(self.positions[index]);
            self.positions[index] += dropped[index];
        }
        if dropped != [0, 0] {
            return Some(Message::Dropped(DroppedOutput { stdout_bytes: dropped[0], stderr_bytes: dropped[1] }));
        }
        if self.begin.map_or(false, |begin| self.positions[0] >= begin[0] && self.positions[1] >= begin[1]) {
            self.begin = None;
            return Some(Message::CaughtUp(CaughtUp { ended: state.exited.is_some() }));
        }
        let first = 1 - self.last_served;
        let index = [first, 1 - first].into_iter().find(|&index| self.is_behind(state, index));
        match index {
            None => state.exited.clone().map(Message::Exited),
            Some(index) => {
                self.last_served = index;
                let bytes = state.tails[index].read(self.positions[index], CHUNK_BYTES);
                self.positions[index] += bytes.len() as u64;
                Some(if index == 0 { Message::Stdout(bytes) } else { Message::Stderr(bytes) })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::kept::KEPT_BYTES;
    use super::*;
    use crate::proto::ExecExited;

    fn next(follower: &mut Follower, kept: &Kept) -> Option<Message> {
        let more = kept.read(|state| follower.has_more(state));
        let message = kept.read(|state| follower.next(state));
        assert_eq!(more, message.is_some());
        message
    }

    #[test]
    fn what_is_kept_comes_first_then_what_is_new_and_the_end() {
        let kept = Kept::default();
        kept.change(|state| state.tails[0].push(b"out"));
        kept.change(|state| state.tails[1].push(b"err"));
        let mut follower = Follower::new(&kept);
        assert_eq!(next(&mut follower, &kept), Some(Message::Stdout(b"out".to_vec())));
        assert_eq!(next(&mut follower, &kept), Some(Message::Stderr(b"err".to_vec())));
        assert_eq!(next(&mut follower, &kept), Some(Message::CaughtUp(CaughtUp { ended: false })));
        assert_eq!(next(&mut follower, &kept), None);
        kept.change(|state| state.tails[1].push(b"new"));
        let exited = ExecExited { exit_code: 3, ..Default::default() };
        kept.change(|state| state.exited = Some(exited.clone()));
        assert_eq!(next(&mut follower, &kept), Some(Message::Stderr(b"new".to_vec())));
        assert_eq!(next(&mut follower, &kept), Some(Message::Exited(exited)));
    }

    #[test]
    fn a_command_that_ended_before_is_followed_to_its_end() {
        let kept = Kept::default();
        kept.change(|state| state.exited = Some(ExecExited::default()));
        let mut follower = Follower::new(&kept);
        assert_eq!(next(&mut follower, &kept), Some(Message::CaughtUp(CaughtUp { ended: true })));
        assert_eq!(next(&mut follower, &kept), Some(Message::Exited(ExecExited::default())));
    }

    #[test]
    fn the_host_is_told_what_was_dropped_before_it_took_it() {
        let kept = Kept::default();
        kept.change(|state| state.tails[0].push(&vec![b'x'; KEPT_BYTES + 7]));
        let mut follower = Follower::new(&kept);
        let dropped = |stdout_bytes| Some(Message::Dropped(DroppedOutput { stdout_bytes, stderr_bytes: 0 }));
        assert_eq!(next(&mut follower, &kept), dropped(7));
        assert_eq!(next(&mut follower, &kept), Some(Message::Stdout(vec![b'x'; CHUNK_BYTES])));
        kept.change(|state| state.tails[0].push(&vec![b'y'; CHUNK_BYTES + 5]));
        assert_eq!(next(&mut follower, &kept), dropped(5));
        assert_eq!(next(&mut follower, &kept), Some(Message::Stdout(vec![b'x'; CHUNK_BYTES])));
    }

    #[test]
    fn a_command_that_writes_on_does_not_delay_the_news_of_having_caught_up() {
        let kept = Kept::default();
        kept.change(|state| state.tails[0].push(b"before"));
        let mut follower = Follower::new(&kept);
        assert!(matches!(next(&mut follower, &kept), Some(Message::Stdout(_))));
        kept.change(|state| state.tails[0].push(b"meanwhile"));
        assert_eq!(next(&mut follower, &kept), Some(Message::CaughtUp(CaughtUp { ended: false })));
    }
}
