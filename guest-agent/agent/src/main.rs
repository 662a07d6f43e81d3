//! The agent's program. As PID 1 of a guest it serves the port to the host. With `--listen PATH` it serves a Unix
//! socket instead, for development on an ordinary machine.

use boxlite_agent::port::{Port, PORT_NAME};
use boxlite_agent::server::{serve, End};
use boxlite_agent::service::Guest;
use boxlite_agent::{init, power};
use std::future::Future;
use std::path::Path;
use std::sync::Arc;
use tokio::net::UnixListener;
use tokio::runtime::Builder;

fn main() {
    power::off_on_panic();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // The kernel passes every command-line parameter that it does not know to PID 1, so arguments are ignored there.
    if std::process::id() == 1 {
        if let Err(message) = init::set_up() {
            power::fail(&message);
        }
        run(serve_port());
    }
    match &arguments[..] {
        [option, path] if option == "--listen" => run(serve_socket(Path::new(path))),
        [option] if option == "--version" => println!("boxlite-agent {}", env!("CARGO_PKG_VERSION")),
        _ => power::fail("usage: agent --listen SOCKET | --version; without arguments it must run as PID 1 of a guest"),
    }
}

/// One thread serves everything: the guest often has only one processor, and no call blocks.
fn run(work: impl Future<Output = String>) {
    match Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => power::fail(&runtime.block_on(work)),
        Err(error) => power::fail(&format!("cannot start the runtime: {error}")),
    }
}

/// Serves the port. Returns the error that ends it.
async fn serve_port() -> String {
    let port = match Port::find(PORT_NAME) {
        Ok(port) => port,
        Err(error) => return format!("cannot open the port to the host: {error}"),
    };
    let guest = Arc::new(Guest::default());
    let mut detached: Option<String> = None;
    loop {
        let alone = || {
            if let Some(token) = detached.take() {
                tell_detached(&token);
            }
        };
        match port.accept(alone).await {
            Ok(connection) => match serve(connection, &guest).await {
                End::Shutdown => power::off(),
                End::Detached(token) => detached = Some(token),
                End::Closed => detached = None,
            },
            Err(error) => return format!("cannot read from the port to the host: {error}"),
        }
    }
}

/// The line that the protocol defines. Only the host and the agent know the token, and only the agent has the console.
fn tell_detached(token: &str) {
    println!("boxlite: detached {token}");
}

async fn serve_socket(path: &Path) -> String {
    let listener = match UnixListener::bind(path) {
        Ok(listener) => listener,
        Err(error) => return format!("cannot listen on {}: {error}", path.display()),
    };
    let guest = Arc::new(Guest::default());
    loop {
        match listener.accept().await {
            Ok((connection, _)) => match serve(connection, &guest).await {
                End::Shutdown => power::off(),
                End::Detached(token) => tell_detached(&token),
                End::Closed => {}
            },
            Err(error) => return format!("cannot accept on {}: {error}", path.display()),
        }
    }
}
