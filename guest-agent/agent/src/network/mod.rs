//! The box's network. There is no network card: TCP connections of programs are streams to the host, which decides on
//! each of them.
//!
//! [`interface`] makes the device that programs see, and routes their connections to the loopback device. [`steering`]
//! gives them to the agent's listening socket. [`wire`] sees each SYN, [`packet`] reads it, and [`attempts`] keeps it
//! until the host has decided. [`connection`] carries the data, [`dial`] connects to programs of the guest, and
//! [`resolver`] answers their DNS queries.

mod attempts;
mod bpf;
mod calls;
mod connection;
mod dial;
mod dns;
mod filter;
mod interface;
mod netlink;
mod packet;
mod resolver;
mod socket;
mod steering;
mod wire;

pub use calls::{connect, serve};
pub use interface::Addresses;
pub use resolver::ADDRESS as RESOLVER;

use crate::fd::check_fd;
use crate::grpc::{Code, Status};
use crate::poll::poll_fn;
use crate::proto::network_question::Question;
use crate::proto::{
    AddressFamily, ConnectionAttempt, NameAnswer, NameQuery, NetworkQuestion, Refusal, RefusalReason,
};
use attempts::Attempts;
use packet::Syn;
use std::collections::HashMap;
use std::io;
use std::net::IpAddr;
use std::os::unix::io::{AsRawFd, OwnedFd};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use steering::Steering;
use tokio::io::unix::AsyncFd;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;
use wire::Wire;

/// Questions that wait for the port. More attempts are dropped, and programs repeat them.
const MAX_QUESTIONS: usize = 1024;

/// A program that still waits has its connection by then.
const ACCEPT_TIMEOUT: Duration = Duration::from_secs(3);

/// The network of a guest.
pub struct Network {
    own: Mutex<Addresses>,
    steering: Steering,
    listeners: [AsyncFd<OwnedFd>; 2],
    wire: Wire,
    attempts: Mutex<Attempts>,
    names: Mutex<Names>,
    /// To the host, while it takes questions.
    questions: Mutex<Option<mpsc::Sender<NetworkQuestion>>>,
}

/// Queries that the host has not answered.
#[derive(Default)]
struct Names {
    last_id: u64,
    waiting: HashMap<u64, oneshot::Sender<NameAnswer>>,
}

impl Network {
    /// Sets the network up and starts to serve programs.
    pub async fn start(own: Addresses) -> Result<Arc<Network>, String> {
        let failed = |what: &'static str| move |error: io::Error| format!("cannot {what} for the network: {error}");
        // First, so that no connection gets past it.
        let wire = Wire::open().map_err(failed("open packet sockets"))?;
        let steering = Steering::begin(own)?;
        let listener = |index: usize| steering.listeners[index].try_clone().and_then(AsyncFd::new);
        let listeners = [0, 1].map(listener);
        let [ipv4, ipv6] = listeners.map(|listener| listener.map_err(failed("watch a listening socket")));
        let network = Arc::new(Network {
            own: Mutex::new(own),
            steering,
            listeners: [ipv4?, ipv6?],
            wire,
            attempts: Mutex::default(),
            names: Mutex::default(),
            questions: Mutex::default(),
        });
        interface::set_up(own)?;
        resolver::start(&network).await.map_err(failed("serve DNS"))?;
        tokio::spawn(network.clone().watch_syns());
        tokio::spawn(network.clone().watch_listener(0));
        tokio::spawn(network.clone().watch_listener(1));
        Ok(network)
    }

    /// Gives the guest other addresses.
    pub fn change(&self, own: Addresses) -> Result<(), String> {
        let ipv6 = self.own.lock().expect("no holder panics").ipv6;
        if own.ipv6 != ipv6 {
            return Err(format!("network.ipv6 is {}; a guest keeps its IPv6 address, which is {ipv6}", own.ipv6));
        }
        let former = std::mem::replace(&mut *self.own.lock().expect("no holder panics"), own);
        if former == own {
            return Ok(());
        }
        self.steering.change(own.ipv4)?;
        interface::change(former.ipv4, own.ipv4)
    }

    /// Takes the SYNs of programs. Runs as long as the guest.
    async fn watch_syns(self: Arc<Network>) {
        let mut buffer = Wire::buffer();
        loop {
            let syn = poll_fn(|cx| self.wire.poll_read(cx, &mut buffer).map(|read| read.ok().and_then(Syn::parse))).await;
            if let Some(syn) = syn {
                self.attempt(syn);
            }
        }
    }

    fn attempt(&self, syn: Syn) {
        let own = *self.own.lock().expect("no holder panics");
        if own.contains(syn.to.ip()) || syn.to.ip().is_loopback() {
            return;
        }
        let mut attempts = self.attempts.lock().expect("no holder panics");
        let question = question(&syn);
        if let Some(id) = attempts.add(syn) {
            if let Some(questions) = &*self.questions.lock().expect("no holder panics") {
                if questions.try_send(question(id)).is_err() {
                    attempts.remove(id);
                }
            }
        }
    }

    /// Accepts connections that were approved. Runs as long as the guest.
    async fn watch_listener(self: Arc<Network>, index: usize) {
        while let Ok(mut ready) = self.listeners[index].readable().await {
            self.accept();
            ready.clear_ready();
        }
    }

    /// Accepts all connections that are there, and gives each to whom it belongs.
    fn accept(&self) {
        for listener in &self.listeners {
            while let Ok(socket) = accept(listener.as_raw_fd()) {
                if let Err(socket) = self.hand_over(socket) {
                    connection::reset(&socket);
                }
            }
        }
    }

    /// Returns the socket if nobody wants it: the program has connected without asking, or the host has gone.
    fn hand_over(&self, socket: OwnedFd) -> Result<(), OwnedFd> {
        let (from, to) = (socket::peer_name(&socket), socket::own_name(&socket));
        let taker = from.zip(to).and_then(|(from, to)| {
            self.attempts.lock().expect("no holder panics").take_approved(from, to)
        });
        match taker {
            Some(taker) => taker.send(socket),
            None => Err(socket),
        }
    }

    /// Establishes the connection of an attempt.
    async fn establish(&self, id: u64) -> Result<OwnedFd, Status> {
        let gone = || Status::new(Code::NotFound, format!("no program waits for connection {id} any more"));
        let approved = self.attempts.lock().expect("no holder panics").approve(id);
        let (syn, receiver) = approved.ok_or_else(gone)?;
        let socket = match self.wire.send(syn.packet(), syn.to) {
            Ok(()) => {
                // All of the handshake has happened within the call above.
                self.accept();
                timeout(ACCEPT_TIMEOUT, receiver).await.ok().and_then(Result::ok).ok_or_else(gone)
            }
            Err(error) => Err(Status::new(Code::Internal, format!("cannot send a SYN again: {error}"))),
        };
        self.attempts.lock().expect("no holder panics").remove(id);
        socket
    }

    fn refuse(&self, refusal: &Refusal) {
        let mut attempts = self.attempts.lock().expect("no holder panics");
        let reason = match refusal.reason() {
            RefusalReason::TimedOut => return attempts.ignore(refusal.id),
            RefusalReason::Refused | RefusalReason::Unspecified => packet::Refusal::Refused,
            RefusalReason::HostUnreachable => packet::Refusal::HostUnreachable,
            RefusalReason::NetworkUnreachable => packet::Refusal::NetworkUnreachable,
            RefusalReason::Prohibited => packet::Refusal::Prohibited,
        };
        if let Some(syn) = attempts.refuse(refusal.id) {
            // If it fails, the program repeats its SYN.
            let _ = self.wire.send(&syn.refusal(reason), syn.from);
        }
    }

    /// Asks the host for the addresses of a name. Returns `None` if it takes no questions now.
    async fn resolve(&self, name: &str, family: AddressFamily) -> Option<NameAnswer> {
        let (sender, receiver) = oneshot::channel();
        let id = {
            let mut names = self.names.lock().expect("no holder panics");
            names.waiting.retain(|_, waiting| !waiting.is_closed());
            names.last_id += 1;
            let id = names.last_id;
            names.waiting.insert(id, sender);
            id
        };
        let query = Question::Query(NameQuery { id, name: name.to_owned(), family: family as i32 });
        let asked = match &*self.questions.lock().expect("no holder panics") {
            Some(questions) => questions.try_send(NetworkQuestion { question: Some(query) }).is_ok(),
            None => false,
        };
        if !asked {
            self.names.lock().expect("no holder panics").waiting.remove(&id);
            return None;
        }
        receiver.await.ok()
    }

    fn answer(&self, answer: NameAnswer) {
        if let Some(waiting) = self.names.lock().expect("no holder panics").waiting.remove(&answer.id) {
            let _ = waiting.send(answer);
        }
    }
}

/// Returns a function that makes the question about an attempt.
fn question(syn: &Syn) -> impl Fn(u64) -> NetworkQuestion {
    let (address, source) = (octets(syn.to.ip()), octets(syn.from.ip()));
    let (port, source_port) = (syn.to.port().into(), syn.from.port().into());
    move |id| {
        let attempt = ConnectionAttempt { id, address: address.clone(), port, source: source.clone(), source_port };
        NetworkQuestion { question: Some(Question::Attempt(attempt)) }
    }
}

fn octets(address: IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    }
}

fn accept(listener: i32) -> io::Result<OwnedFd> {
    // SAFETY: without a place for it, the kernel writes no address.
    let socket = check_fd(unsafe {
        libc::accept4(listener, std::ptr::null_mut(), std::ptr::null_mut(), libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK)
    })?;
    socket::no_delay(&socket);
    Ok(socket)
}
