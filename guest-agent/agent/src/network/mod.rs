//! The box's network.
//!
//! [`interface`] gives the network card its addresses and routes TCP to it; the host sees the packets. [`resolver`]
//! answers the DNS queries of programs, with what the host says. [`dial`] connects to programs that listen on a loopback
//! address, which the card does not reach, and [`connection`] carries the data.

mod calls;
mod connection;
mod dial;
mod dns;
mod interface;
mod netlink;
mod resolver;
mod socket;

pub use calls::{connect, resolve};
pub use interface::Addresses;
pub use resolver::ADDRESS as RESOLVER;

use crate::proto::{AddressFamily, NameAnswer, NameQuery};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use tokio::sync::{mpsc, oneshot};

/// Queries that wait for the port. More are not answered, and programs repeat them.
const MAX_QUERIES: usize = 1024;

/// The network of a guest.
pub struct Network {
    own: Mutex<Addresses>,
    names: Mutex<Names>,
    /// To the host, while it takes queries.
    queries: Mutex<Option<mpsc::Sender<NameQuery>>>,
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
        let network =
            Arc::new(Network { own: Mutex::new(own), names: Mutex::default(), queries: Mutex::default() });
        interface::set_up(own)?;
        resolver::start(&network).await.map_err(|error| format!("cannot serve DNS for the network: {error}"))?;
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
        interface::change(former.ipv4, own.ipv4)
    }

    /// Asks the host for the addresses of a name. Returns `None` if it takes no queries now.
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
        let query = NameQuery { id, name: name.to_owned(), family: family as i32 };
        let asked = match &*self.queries.lock().expect("no holder panics") {
            Some(queries) => queries.try_send(query).is_ok(),
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
