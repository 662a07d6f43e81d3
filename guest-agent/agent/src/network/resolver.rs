//! The guest's DNS server: reads queries of programs by UDP and TCP, and asks the host.

use super::dns::{Code, Query, Wanted, HEADER_BYTES, MAX_UDP_BYTES};
use super::Network;
use crate::proto::{NameAnswer, NameStatus};
use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// What /etc/resolv.conf names.
pub const ADDRESS: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 11);

const PORT: u16 = 53;

/// Queries that wait for the host at the same time. More are not answered, and programs repeat them.
const MAX_QUERIES: usize = 512;

/// TCP connections at the same time; further ones wait.
const MAX_CONNECTIONS: usize = 32;
const IDLE_TIMEOUT: Duration = Duration::from_secs(10);

/// No program waits longer (resolv.conf(5): 5 s, twice).
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// Starts to serve.
pub async fn start(network: &Arc<Network>) -> io::Result<()> {
    let udp = Arc::new(UdpSocket::bind((ADDRESS, PORT)).await?);
    let tcp = TcpListener::bind((ADDRESS, PORT)).await?;
    let limit = Arc::new(Semaphore::new(MAX_QUERIES));
    tokio::spawn(serve_udp(network.clone(), udp, limit.clone()));
    tokio::spawn(serve_tcp(network.clone(), tcp, limit));
    Ok(())
}

async fn serve_udp(network: Arc<Network>, socket: Arc<UdpSocket>, limit: Arc<Semaphore>) {
    let mut buffer = [0; MAX_UDP_BYTES];
    loop {
        let (length, from) = match socket.recv_from(&mut buffer).await {
            Ok(received) => received,
            // An earlier response could not be delivered: its program has closed the socket.
            Err(_) => continue,
        };
        let (query, permit) = match (Query::parse(&buffer[..length]), limit.clone().try_acquire_owned()) {
            (Some(query), Ok(permit)) => (query, permit),
            _ => continue,
        };
        let (network, socket) = (network.clone(), socket.clone());
        tokio::spawn(async move {
            if let Some(response) = respond(&network, &query, None).await {
                let _ = socket.send_to(&response, from).await;
            }
            drop(permit);
        });
    }
}

async fn serve_tcp(network: Arc<Network>, listener: TcpListener, limit: Arc<Semaphore>) {
    let connections = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    while let Ok(permit) = connections.clone().acquire_owned().await {
        match listener.accept().await {
            Ok((connection, _)) => {
                let (network, limit) = (network.clone(), limit.clone());
                tokio::spawn(async move {
                    let _ = serve_connection(&network, connection, &limit).await;
                    drop(permit);
                });
            }
            // The guest has too little memory for another socket.
            Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
        }
    }
}

/// Serves one query after another (RFC 7766 allows it).
async fn serve_connection(network: &Arc<Network>, mut connection: TcpStream, limit: &Semaphore) -> io::Result<()> {
    let mut buffer = vec![0; MAX_UDP_BYTES];
    loop {
        let length = timeout(IDLE_TIMEOUT, connection.read_u16()).await??;
        let message = match buffer.get_mut(..usize::from(length)) {
            Some(message) if message.len() >= HEADER_BYTES => message,
            _ => return Ok(()),
        };
        timeout(IDLE_TIMEOUT, connection.read_exact(message)).await??;
        let query = match Query::parse(message) {
            Some(query) => query,
            None => return Ok(()),
        };
        let permit = limit.acquire().await;
        let response = respond(network, &query, Some(usize::from(u16::MAX))).await;
        drop(permit);
        match response {
            Some(response) => {
                let mut framed = (response.len() as u16).to_be_bytes().to_vec();
                framed.extend_from_slice(&response);
                timeout(IDLE_TIMEOUT, connection.write_all(&framed)).await??;
            }
            None => return Ok(()),
        }
    }
}

/// Returns the response, unless the host has none.
async fn respond(network: &Arc<Network>, query: &Query, limit: Option<usize>) -> Option<Vec<u8>> {
    let (name, family) = match &query.wanted {
        Wanted::Addresses(name, family) => (name, *family),
        Wanted::Nothing(code) => return Some(query.response(*code, &[], 0, limit)),
    };
    let answer = timeout(ANSWER_TIMEOUT, network.resolve(name, family)).await.ok()??;
    let code = match answer.status() {
        NameStatus::Found => Code::NoError,
        NameStatus::NotFound => Code::NotFound,
        NameStatus::TimedOut => return None,
        NameStatus::Failed | NameStatus::Unspecified => Code::ServerFailure,
    };
    let NameAnswer { addresses, ttl_seconds, .. } = answer;
    let length = if family == crate::proto::AddressFamily::Ipv4 { 4 } else { 16 };
    let addresses: Vec<Vec<u8>> = addresses.into_iter().filter(|address| address.len() == length).collect();
    Some(query.response(code, &addresses, ttl_seconds, limit))
}
