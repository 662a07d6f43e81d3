//! Generates the messages of the protocol from `agent.proto`.

fn main() -> std::io::Result<()> {
    let proto = "../proto/boxlite/agent/v1/agent.proto";
    println!("cargo:rerun-if-changed={proto}");
    prost_build::Config::new()
        // Standard input is passed on without copying it.
        .bytes([".boxlite.agent.v1.ExecRequest"])
        .compile_protos(&[proto], &["../proto"])
}
