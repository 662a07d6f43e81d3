//! The guest agent: PID 1 of a guest, which serves the host over one virtio-serial port.
//!
//! [`server`] serves a connection. It passes process trees to [`exec`], files to [`files`], volumes to [`volume`],
//! connections to [`network`], and all other calls to [`service`]. [`root`] mounts the box's file systems, [`namespace`]
//! decides what the box's processes see, and [`cgroup`] limits what they use.

#![deny(unsafe_op_in_unsafe_fn)]
#![warn(clippy::undocumented_unsafe_blocks)]

pub mod cgroup;
pub mod directories;
pub mod exec;
pub mod fd;
pub mod files;
#[cfg(test)]
pub mod fuzz;
pub mod grpc;
pub mod identity;
pub mod identity_files;
pub mod init;
pub mod mount;
pub mod mount_at;
pub mod mount_point;
pub mod namespace;
pub mod network;
pub mod poll;
pub mod port;
pub mod power;
pub mod preface;
pub mod resolv_conf;
pub mod root;
pub mod server;
pub mod service;
#[cfg(test)]
mod test_directory;
pub mod text;
pub mod user;
pub mod volume;

/// The messages of the protocol, generated from `agent.proto`.
#[allow(clippy::all)]
pub mod proto {
    include!(concat!(env!("OUT_DIR"), "/boxlite.agent.v1.rs"));
}
