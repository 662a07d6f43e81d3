//! Generates the messages of the protocol from `agent.proto`.

fn main() -> std::io::Result<()> {
    let proto = "../proto/boxlite/agent/v1/agent.proto";
    println!("cargo:rerun-if-changed={proto}");
    prost_build::Config::new()
        // Standard input, the data of connections and the replies of volumes are passed on without copying them.
        .bytes([
            ".boxlite.agent.v1.ExecRequest",
            ".boxlite.agent.v1.ConnectRequest",
            ".boxlite.agent.v1.VolumeRequest",
        ])
        .compile_protos(&[proto], &["../proto"])
}
