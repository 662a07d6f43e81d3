//! What must differ between two guests that were restored from one template: randomness, clock, names.

use crate::fd::{self, check};
use std::ffi::CString;
use std::io;
use std::os::unix::io::{AsRawFd, OwnedFd};

/// With fewer bytes, the generator's state could be guessed from the template.
pub const MIN_ENTROPY_BYTES: usize = 32;

/// More than the generator's pool can use.
const MAX_ENTROPY_BYTES: usize = 4096;

const NANOS_PER_SECOND: i64 = 1_000_000_000;

/// `_IOW('R', 0x03, int[2])` and `_IO('R', 0x07)` in linux/random.h.
const RNDADDENTROPY: libc::c_ulong = 0x4008_5203;
const RNDRESEEDCRNG: libc::c_ulong = 0x5207;

/// Fields of a validated identity.
pub struct Identity {
    pub entropy: Vec<u8>,
    pub unix_time_nanos: u64,
    pub hostname: String,
    pub machine_id: [u8; 16],
}

impl Identity {
    pub fn check(message: &crate::proto::Identity) -> Result<Identity, String> {
        let length = message.entropy.len();
        if !(MIN_ENTROPY_BYTES..=MAX_ENTROPY_BYTES).contains(&length) {
            return Err(format!("entropy has {length} bytes; give {MIN_ENTROPY_BYTES} to {MAX_ENTROPY_BYTES}"));
        }
        if !is_label(&message.hostname) {
            let hostname = &message.hostname;
            return Err(format!("hostname \"{hostname}\" is not an RFC 1123 label: 1 to 63 letters, digits and hyphens"));
        }
        let machine_id = <[u8; 16]>::try_from(&message.machine_id[..])
            .map_err(|_| format!("machine_id has {} bytes; give 16", message.machine_id.len()))?;
        Ok(Identity {
            entropy: message.entropy.to_vec(),
            unix_time_nanos: message.unix_time_nanos,
            hostname: message.hostname.clone(),
            machine_id,
        })
    }

    /// Applies what the kernel keeps: the clock (first, since the given time is passing), the random number generator
    /// and with it the boot id, the host name.
    pub fn apply(&self, generator: &Generator) -> Result<(), String> {
        set_clock(self.unix_time_nanos)?;
        generator.reseed(&self.entropy).map_err(|error| format!("cannot add entropy: {error}"))?;
        // SAFETY: the kernel reads `len` bytes of a string that lives through the call.
        check(unsafe { libc::sethostname(self.hostname.as_ptr().cast(), self.hostname.len()) })
            .map(drop)
            .map_err(|error| format!("cannot set the host name: {error}"))
    }

}

/// The kernel's random number generator. It stays open to save time when a clone is given its identity.
pub struct Generator {
    device: OwnedFd,
}

impl Generator {
    pub fn open() -> io::Result<Generator> {
        let device = CString::new("/dev/urandom").expect("a constant without NUL");
        Ok(Generator { device: fd::open_at(None, &device, libc::O_RDWR)? })
    }

    fn reseed(&self, entropy: &[u8]) -> io::Result<()> {
        // struct rand_pool_info: bits of entropy, length of the buffer, the buffer.
        let length = entropy.len() as u32;
        let mut info = Vec::with_capacity(8 + entropy.len());
        info.extend_from_slice(&(length * 8).to_ne_bytes());
        info.extend_from_slice(&length.to_ne_bytes());
        info.extend_from_slice(entropy);
        // SAFETY: the ioctl reads the two numbers and as many bytes as they say, all in `info`.
        check(unsafe { libc::ioctl(self.device.as_raw_fd(), RNDADDENTROPY, info.as_ptr()) })?;
        // Each processor has a key of its own, and batches of random numbers are cached. A reseed discards all of them.
        // It also makes our kernel draw a new boot id.
        // SAFETY: takes no argument.
        check(unsafe { libc::ioctl(self.device.as_raw_fd(), RNDRESEEDCRNG) }).map(drop)
    }
}

/// Moves the clock by this many nanoseconds, forward or back.
pub fn step_clock(nanos: i64) -> Result<(), String> {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `now` lives through the call.
    check(unsafe { libc::clock_gettime(libc::CLOCK_REALTIME, &mut now) })
        .map_err(|error| format!("cannot read the clock: {error}"))?;
    let unix_time_nanos = now.tv_sec * NANOS_PER_SECOND + now.tv_nsec;
    let stepped = unix_time_nanos.checked_add(nanos).and_then(|nanos| u64::try_from(nanos).ok());
    set_clock(stepped.ok_or_else(|| format!("clock_step_nanos is {nanos}, which moves the clock out of its range"))?)
}

fn set_clock(unix_time_nanos: u64) -> Result<(), String> {
    let time = libc::timespec {
        tv_sec: (unix_time_nanos / NANOS_PER_SECOND as u64) as libc::time_t,
        tv_nsec: (unix_time_nanos % NANOS_PER_SECOND as u64) as libc::c_long,
    };
    // SAFETY: `time` lives through the call.
    check(unsafe { libc::clock_settime(libc::CLOCK_REALTIME, &time) })
        .map(drop)
        .map_err(|error| format!("cannot set the clock to {unix_time_nanos} ns: {error}"))
}

/// RFC 1123, section 2.1: letters, digits and hyphens; a hyphen is neither first nor last.
fn is_label(name: &str) -> bool {
    let bytes = name.as_bytes();
    (1..=63).contains(&bytes.len())
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
        && bytes[0] != b'-'
        && bytes[bytes.len() - 1] != b'-'
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzz;

    fn message() -> crate::proto::Identity {
        crate::proto::Identity {
            entropy: vec![1; 32],
            unix_time_nanos: 1,
            hostname: "box-1".to_owned(),
            machine_id: vec![7; 16],
        }
    }

    fn refused(change: impl FnOnce(&mut crate::proto::Identity)) -> String {
        let mut message = message();
        change(&mut message);
        Identity::check(&message).err().expect("refused")
    }

    #[test]
    fn a_whole_identity_is_taken() {
        let identity = Identity::check(&message()).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(identity.machine_id, [7; 16]);
    }

    #[test]
    fn invalid_fields_are_reported_with_name_and_value() {
        assert!(refused(|m| m.entropy.truncate(31)).contains("entropy has 31 bytes"));
        assert!(refused(|m| m.machine_id.push(1)).contains("machine_id has 17 bytes"));
        for name in ["", "-a", "a-", "a.b", "a b", "ä"] {
            assert!(refused(|m| m.hostname = name.to_owned()).contains(&format!("\"{name}\"")), "{name}");
        }
        assert!(refused(|m| m.hostname = "a".repeat(64)).contains("RFC 1123"));
    }

    #[test]
    fn an_accepted_identity_is_within_its_limits() {
        fuzz::run("an_accepted_identity", 300, |random| {
            let mut message = message();
            match random.below(3) {
                0 => message.entropy = random.bytes(5000),
                1 => message.machine_id = random.bytes(20),
                _ => message.hostname = random.text(70),
            }
            if let Ok(identity) = Identity::check(&message) {
                assert!((MIN_ENTROPY_BYTES..=MAX_ENTROPY_BYTES).contains(&identity.entropy.len()));
                assert!(is_label(&identity.hostname) && identity.hostname.is_ascii());
            }
        });
    }
}
