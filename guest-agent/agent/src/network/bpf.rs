//! Loads BPF programs: bpf(2), with programs written as instructions (the kernel's Documentation/bpf/instruction-set).

use crate::fd::{check_fd, check_long};
use std::io;
use std::os::unix::io::{AsRawFd, OwnedFd, RawFd};

/// Commands, types and helpers from linux/bpf.h.
const MAP_CREATE: libc::c_int = 0;
const MAP_UPDATE_ELEM: libc::c_int = 2;
const PROG_LOAD: libc::c_int = 5;
const LINK_CREATE: libc::c_int = 28;
const MAP_TYPE_ARRAY: u32 = 2;
const MAP_TYPE_SOCKMAP: u32 = 15;
const PROG_TYPE_SK_LOOKUP: u32 = 30;
const ATTACH_SK_LOOKUP: u32 = 36;

pub const HELPER_MAP_LOOKUP_ELEM: i32 = 1;
pub const HELPER_SK_RELEASE: i32 = 86;
pub const HELPER_SK_ASSIGN: i32 = 124;

/// The helpers that the program uses are open to programs of any licence.
const LICENSE: &[u8] = b"Apache-2.0\0";

const LOAD_MAP_FD: u8 = 1;

/// A register.
pub type Register = u8;
pub const R0: Register = 0;
pub const R1: Register = 1;
pub const R2: Register = 2;
pub const R3: Register = 3;
pub const R6: Register = 6;
pub const R7: Register = 7;
pub const R8: Register = 8;
pub const STACK: Register = 10;

/// A program that is being written. Jumps lead to a label that comes later.
#[derive(Default)]
pub struct Assembler {
    instructions: Vec<[u8; 8]>,
    jumps: Vec<(usize, &'static str)>,
}

impl Assembler {
    fn push(&mut self, code: u8, destination: Register, source: Register, offset: i16, value: i32) -> &mut Self {
        let mut instruction = [code, source << 4 | destination, 0, 0, 0, 0, 0, 0];
        instruction[2..4].copy_from_slice(&offset.to_ne_bytes());
        instruction[4..].copy_from_slice(&value.to_ne_bytes());
        self.instructions.push(instruction);
        self
    }

    pub fn copy(&mut self, destination: Register, source: Register) -> &mut Self {
        self.push(0xbf, destination, source, 0, 0)
    }

    pub fn set(&mut self, destination: Register, value: i32) -> &mut Self {
        self.push(0xb7, destination, 0, 0, value)
    }

    pub fn add(&mut self, destination: Register, value: i32) -> &mut Self {
        self.push(0x07, destination, 0, 0, value)
    }

    pub fn and(&mut self, destination: Register, value: i32) -> &mut Self {
        self.push(0x57, destination, 0, 0, value)
    }

    /// Loads 32 bits from memory.
    pub fn load(&mut self, destination: Register, base: Register, offset: i16) -> &mut Self {
        self.push(0x61, destination, base, offset, 0)
    }

    /// Stores 32 bits of a register to memory.
    pub fn store_register(&mut self, base: Register, offset: i16, source: Register) -> &mut Self {
        self.push(0x63, base, source, offset, 0)
    }

    pub fn load_map(&mut self, destination: Register, map: &OwnedFd) -> &mut Self {
        self.push(0x18, destination, LOAD_MAP_FD, 0, map.as_raw_fd()).push(0, 0, 0, 0, 0)
    }

    pub fn call(&mut self, helper: i32) -> &mut Self {
        self.push(0x85, 0, 0, 0, helper)
    }

    pub fn exit(&mut self) -> &mut Self {
        self.push(0x95, 0, 0, 0, 0)
    }

    /// Jumps if the 32 bits of the register equal the value.
    pub fn if_equal(&mut self, register: Register, value: u32, label: &'static str) -> &mut Self {
        self.jump(0x16, register, value, label)
    }

    /// Jumps if the 32 bits of two registers are equal.
    pub fn if_same(&mut self, register: Register, other: Register, label: &'static str) -> &mut Self {
        self.jumps.push((self.instructions.len(), label));
        self.push(0x1e, register, other, 0, 0)
    }

    pub fn if_not_equal(&mut self, register: Register, value: u32, label: &'static str) -> &mut Self {
        self.jump(0x56, register, value, label)
    }

    /// Jumps if the register, a pointer, is null.
    pub fn if_null(&mut self, register: Register, label: &'static str) -> &mut Self {
        self.jump(0x15, register, 0, label)
    }

    pub fn go_to(&mut self, label: &'static str) -> &mut Self {
        self.jump(0x05, 0, 0, label)
    }

    fn jump(&mut self, code: u8, register: Register, value: u32, label: &'static str) -> &mut Self {
        self.jumps.push((self.instructions.len(), label));
        self.push(code, register, 0, 0, value as i32)
    }

    /// Earlier jumps to this label lead here.
    pub fn label(&mut self, label: &'static str) -> &mut Self {
        let here = self.instructions.len();
        for (jump, _) in self.jumps.iter().filter(|(_, to)| *to == label) {
            let distance = (here - jump - 1) as i16;
            self.instructions[*jump][2..4].copy_from_slice(&distance.to_ne_bytes());
        }
        self.jumps.retain(|(_, to)| *to != label);
        self
    }

    /// Loads the program as one that chooses sockets (BPF_PROG_TYPE_SK_LOOKUP).
    pub fn load_sk_lookup(&self) -> io::Result<OwnedFd> {
        assert!(self.jumps.is_empty(), "a label is missing");
        let mut attributes = Attributes::default();
        attributes.word(0, PROG_TYPE_SK_LOOKUP);
        attributes.word(4, self.instructions.len() as u32);
        attributes.pointer(8, self.instructions.as_ptr().cast());
        attributes.pointer(16, LICENSE.as_ptr());
        attributes.word(68, ATTACH_SK_LOOKUP);
        attributes.call_for_fd(PROG_LOAD)
    }
}

/// Makes a map with these sockets, under the keys 0 and up.
pub fn socket_map(sockets: &[RawFd]) -> io::Result<OwnedFd> {
    let map = create_map(MAP_TYPE_SOCKMAP, 8, sockets.len())?;
    for (key, socket) in sockets.iter().enumerate() {
        update(&map, key as u32, &(*socket as u64).to_ne_bytes())?;
    }
    Ok(map)
}

/// Makes a map with one value of this size, under the key 0.
pub fn value_map(bytes: usize) -> io::Result<OwnedFd> {
    create_map(MAP_TYPE_ARRAY, bytes, 1)
}

fn create_map(kind: u32, value_bytes: usize, entries: usize) -> io::Result<OwnedFd> {
    let mut attributes = Attributes::default();
    attributes.word(0, kind);
    attributes.word(4, 4); // bytes of a key
    attributes.word(8, value_bytes as u32);
    attributes.word(12, entries as u32);
    attributes.call_for_fd(MAP_CREATE)
}

/// Sets a value, which must have the size of the map's values.
pub fn update(map: &OwnedFd, key: u32, value: &[u8]) -> io::Result<()> {
    let mut attributes = Attributes::default();
    attributes.word(0, map.as_raw_fd() as u32);
    attributes.pointer(8, (&key as *const u32).cast());
    attributes.pointer(16, value.as_ptr());
    attributes.call(MAP_UPDATE_ELEM).map(drop)
}

/// Attaches a program to a network namespace until the result is closed.
pub fn attach_sk_lookup(program: &OwnedFd, namespace: &OwnedFd) -> io::Result<OwnedFd> {
    let mut attributes = Attributes::default();
    attributes.word(0, program.as_raw_fd() as u32);
    attributes.word(4, namespace.as_raw_fd() as u32);
    attributes.word(8, ATTACH_SK_LOOKUP);
    attributes.call_for_fd(LINK_CREATE)
}

/// The part of `union bpf_attr` that the commands above use.
struct Attributes([u8; 72]);

impl Default for Attributes {
    fn default() -> Attributes {
        Attributes([0; 72])
    }
}

impl Attributes {
    fn word(&mut self, offset: usize, value: u32) {
        self.0[offset..offset + 4].copy_from_slice(&value.to_ne_bytes());
    }

    fn pointer(&mut self, offset: usize, value: *const u8) {
        self.0[offset..offset + 8].copy_from_slice(&(value as u64).to_ne_bytes());
    }

    fn call(&self, command: libc::c_int) -> io::Result<libc::c_long> {
        // SAFETY: the attributes and what they point to live through the call, and are as long as they say.
        check_long(unsafe { libc::syscall(libc::SYS_bpf, command, self.0.as_ptr(), self.0.len()) })
    }

    fn call_for_fd(&self, command: libc::c_int) -> io::Result<OwnedFd> {
        check_fd(self.call(command)? as libc::c_int)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jump_leads_behind_its_label() {
        let mut program = Assembler::default();
        program.if_equal(R2, 6, "end").set(R0, 0).go_to("end").set(R0, 1).label("end").exit();
        assert_eq!(program.instructions[0], [0x16, 2, 3, 0, 6, 0, 0, 0]);
        assert_eq!(program.instructions[2], [0x05, 0, 1, 0, 0, 0, 0, 0]);
        assert!(program.jumps.is_empty());
    }
}
