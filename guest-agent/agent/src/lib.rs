//! The guest agent: PID 1 of a guest, which answers the host over one virtio-serial port.
//!
//! A connection is served by [`server`], which hands each call to [`service`] or, for a process tree, to [`exec`], for files, to
//! [`files`]. What
//! a box's processes see is made by [`root`] (file systems) and [`namespace`] (what is mounted where, and who they can
//! see); what they may use is held by [`cgroup`].

#![deny(unsafe_op_in_unsafe_fn)]
#![warn(clippy::undocumented_unsafe_blocks)]

pub mod cgroup;
pub mod directories;
pub mod exec;
pub mod fd;
pub mod files;
pub mod grpc;
pub mod identity;
pub mod identity_files;
pub mod init;
pub mod mount;
pub mod namespace;
pub mod place;
pub mod poll;
pub mod port;
pub mod power;
pub mod preface;
pub mod root;
pub mod server;
pub mod service;
#[cfg(test)]
mod test_directory;
pub mod text;
pub mod user;

/// The messages of the contract, generated from `agent.proto`.
#[allow(clippy::all)]
pub mod proto {
    include!(concat!(env!("OUT_DIR"), "/boxlite.agent.v1.rs"));
}
