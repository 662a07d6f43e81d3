//! Connections that programs have asked for and that are not established yet.

use super::packet::Syn;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::os::unix::io::OwnedFd;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// More SYNs are dropped; programs send them again.
const MAX_ATTEMPTS: usize = 4096;

/// After this time no program waits any more: Linux gives up after 127 s (net.ipv4.tcp_syn_retries).
const MAX_AGE: Duration = Duration::from_secs(130);

/// Source and destination.
type Flow = (SocketAddr, SocketAddr);

enum State {
    /// The host has not decided.
    Asked,
    /// The host has decided not to answer.
    Ignored,
    /// The SYN was sent again, and the connection comes to the listening socket.
    Approved(oneshot::Sender<OwnedFd>),
}

struct Attempt {
    syn: Syn,
    state: State,
    since: Instant,
}

#[derive(Default)]
pub struct Attempts {
    last_id: u64,
    by_id: HashMap<u64, Attempt>,
    by_flow: HashMap<Flow, u64>,
}

impl Attempts {
    /// Adds an attempt, and returns its id. Returns `None` if it is known, or if there are too many.
    pub fn add(&mut self, syn: Syn) -> Option<u64> {
        let flow = (syn.from, syn.to);
        if let Some(&known) = self.by_flow.get(&flow) {
            if self.by_id.get(&known).map_or(false, |attempt| attempt.syn.sequence == syn.sequence) {
                return None;
            }
            // The program's former socket is gone.
            self.remove(known);
        }
        if self.by_id.len() >= MAX_ATTEMPTS {
            self.by_flow.retain(|_, id| self.by_id.get(id).map_or(false, |attempt| attempt.since.elapsed() < MAX_AGE));
            let by_flow = &self.by_flow;
            self.by_id.retain(|_, attempt| by_flow.contains_key(&(attempt.syn.from, attempt.syn.to)));
            if self.by_id.len() >= MAX_ATTEMPTS {
                return None;
            }
        }
        self.last_id += 1;
        self.by_flow.insert(flow, self.last_id);
        self.by_id.insert(self.last_id, Attempt { syn, state: State::Asked, since: Instant::now() });
        Some(self.last_id)
    }

    /// Removes an attempt that the host has not approved, and returns its SYN.
    pub fn refuse(&mut self, id: u64) -> Option<Syn> {
        match self.by_id.get(&id)?.state {
            State::Approved(_) => None,
            _ => self.remove(id),
        }
    }

    /// Keeps an attempt, so that the host is not asked again when the program repeats its SYN.
    pub fn ignore(&mut self, id: u64) {
        if let Some(attempt) = self.by_id.get_mut(&id) {
            attempt.state = State::Ignored;
        }
    }

    /// Approves an attempt. Returns its SYN, and a receiver for its socket.
    pub fn approve(&mut self, id: u64) -> Option<(Syn, oneshot::Receiver<OwnedFd>)> {
        let attempt = self.by_id.get_mut(&id).filter(|attempt| matches!(attempt.state, State::Asked))?;
        let (sender, receiver) = oneshot::channel();
        attempt.state = State::Approved(sender);
        Some((attempt.syn.clone(), receiver))
    }

    /// Returns whom to give the socket of a connection that was accepted. A program may have sent a marked SYN itself,
    /// which nobody has approved.
    pub fn take_approved(&mut self, from: SocketAddr, to: SocketAddr) -> Option<oneshot::Sender<OwnedFd>> {
        let id = *self.by_flow.get(&(from, to))?;
        if !matches!(self.by_id.get(&id)?.state, State::Approved(_)) {
            return None;
        }
        self.by_flow.remove(&(from, to));
        match self.by_id.remove(&id)?.state {
            State::Approved(sender) => Some(sender),
            _ => None,
        }
    }

    /// Forgets an attempt.
    pub fn remove(&mut self, id: u64) -> Option<Syn> {
        let attempt = self.by_id.remove(&id)?;
        self.by_flow.remove(&(attempt.syn.from, attempt.syn.to));
        Some(attempt.syn)
    }

    /// The attempts that are not decided.
    pub fn undecided(&self) -> impl Iterator<Item = (u64, &Syn)> {
        self.by_id.iter().filter(|(_, attempt)| matches!(attempt.state, State::Asked)).map(|(id, a)| (*id, &a.syn))
    }
}
