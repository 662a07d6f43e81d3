//! Measures fork, exec and wait of a command, as the baseline for the cost of an execution through the agent.
//!
//! Usage: fork_exec COUNT COMMAND [ARGUMENT...]. Prints one duration in nanoseconds per line.

use std::ffi::CString;
use std::time::Instant;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let count: usize = arguments.next().and_then(|count| count.parse().ok()).expect("COUNT is a number");
    let command: Vec<CString> = arguments.map(|argument| CString::new(argument).expect("no NUL")).collect();
    assert!(!command.is_empty(), "COMMAND is missing");
    let mut argv: Vec<_> = command.iter().map(|argument| argument.as_ptr()).collect();
    argv.push(std::ptr::null());
    let mut durations = Vec::with_capacity(count);
    for _ in 0..count {
        let start = Instant::now();
        // SAFETY: one thread only; the child executes its program at once or ends.
        let status = unsafe {
            let pid = libc::fork();
            if pid == 0 {
                libc::execvp(argv[0], argv.as_ptr());
                libc::_exit(127);
            }
            assert!(pid > 0, "fork failed");
            let mut status = 0;
            assert_eq!(libc::waitpid(pid, &mut status, 0), pid, "waitpid failed");
            status
        };
        durations.push(start.elapsed().as_nanos());
        assert_eq!(status, 0, "the command failed");
    }
    for duration in durations {
        println!("{duration}");
    }
}
