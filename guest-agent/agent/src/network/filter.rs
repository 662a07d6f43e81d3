//! Filters of sockets: programs of classic BPF (the kernel's Documentation/networking/filter).

use super::socket::set_option;
use std::io;
use std::os::unix::io::OwnedFd;

/// Attaches a filter to a socket, which from then on gets only the packets that the filter accepts.
pub fn attach_filter(socket: &OwnedFd, instructions: &[libc::sock_filter]) -> io::Result<()> {
    // The kernel only reads the instructions, while this call runs.
    let filter = instructions.as_ptr() as *mut libc::sock_filter;
    let program = libc::sock_fprog { len: instructions.len() as u16, filter };
    set_option(socket, libc::SOL_SOCKET, libc::SO_ATTACH_FILTER, &program)
}

/// One instruction of classic BPF.
pub fn instruction(code: u32, value: u32, jump_true: u8, jump_false: u8) -> libc::sock_filter {
    libc::sock_filter { code: code as u16, jt: jump_true, jf: jump_false, k: value }
}

/// Where classic BPF finds the mark: SKF_AD_OFF + SKF_AD_MARK in linux/filter.h.
pub const LOAD_MARK: u32 = -0x1000i32 as u32 + 20;
pub const LOAD_WORD: u32 = libc::BPF_LD | libc::BPF_W | libc::BPF_ABS;
pub const LOAD_BYTE: u32 = libc::BPF_LD | libc::BPF_B | libc::BPF_ABS;
pub const LOAD_HALF: u32 = libc::BPF_LD | libc::BPF_H | libc::BPF_ABS;
pub const LOAD_IPV4_HEADER_LENGTH: u32 = libc::BPF_LDX | libc::BPF_B | libc::BPF_MSH;
pub const LOAD_BYTE_INDIRECT: u32 = libc::BPF_LD | libc::BPF_B | libc::BPF_IND;
pub const JUMP_IF_ANY_BIT: u32 = libc::BPF_JMP | libc::BPF_JSET | libc::BPF_K;
pub const JUMP_IF_EQUAL: u32 = libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K;
pub const AND: u32 = libc::BPF_ALU | libc::BPF_AND | libc::BPF_K;
pub const RETURN: u32 = libc::BPF_RET | libc::BPF_K;

/// Offset of the flags in a TCP header, and those that tell a SYN (RFC 9293, section 3.1).
pub const TCP_FLAGS: u32 = 13;
pub const SYN: u32 = 0x02;
pub const SYN_AND_ACK: u32 = 0x12;
