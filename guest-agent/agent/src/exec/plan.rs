//! The validated form of `ExecStart`.

use super::join::Ends;
use crate::proto::{ExecStart, WindowSize};
use crate::text::quoted;
use std::collections::HashSet;
use std::ffi::CString;
use std::time::Duration;

/// The search path for programs when the environment has no PATH.
const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Default limit of open files of a process: (soft, hard).
const DEFAULT_OPEN_FILES: (u64, u64) = (1024, 524_288);

/// The kernel's maximum (fs.nr_open).
const MAX_OPEN_FILES: u64 = 1 << 20;

/// The kernel's limits for a file name (`NAME_MAX` in linux/limits.h) and for one string of argv or environment
/// (`MAX_ARG_STRLEN` in linux/binfmts.h).
const MAX_NAME_BYTES: usize = 255;
const MAX_STRING_BYTES: usize = 128 * 1024;

/// Rows and columns of a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TerminalSize {
    pub rows: u16,
    pub columns: u16,
}

impl TerminalSize {
    pub fn check(size: &WindowSize) -> Result<TerminalSize, String> {
        let in_range = |field: &str, value: u32| {
            u16::try_from(value)
                .ok()
                .filter(|&value| value > 0)
                .ok_or_else(|| format!("{field} of the terminal is {value}; give 1 to 65535"))
        };
        Ok(TerminalSize { rows: in_range("rows", size.rows)?, columns: in_range("columns", size.columns)? })
    }
}

/// Limits of a process tree, or of each of its processes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    pub wall_time: Option<Duration>,
    pub cpu_time_nanos: Option<u64>,
    pub memory_bytes: Option<u64>,
    pub processes: Option<u64>,
    pub open_files: (u64, u64),
    pub file_size_bytes: Option<u64>,
    /// `u64::MAX` is unlimited, like RLIM_INFINITY.
    pub stack_bytes: Option<u64>,
    pub address_space_bytes: Option<u64>,
    pub output_bytes: Option<u64>,
    /// Output beyond the limit is discarded and does not end the tree.
    pub drop_excess_output: bool,
}

/// A process tree to start.
#[derive(Debug)]
pub struct Plan {
    pub program: String,
    pub argv: Vec<CString>,
    pub environment: Vec<CString>,
    pub has_home: bool,
    /// The files to try to execute, in order; the program itself if it contains a slash.
    pub candidates: Vec<CString>,
    pub working_directory: CString,
    pub make_working_directory: bool,
    pub user: String,
    pub terminal: Option<TerminalSize>,
    pub stdin_open: bool,
    /// A file of the box to use as standard input.
    pub stdin_file: Option<CString>,
    /// Standard error is the same pipe as standard output.
    pub merge_stderr: bool,
    pub leave_running: bool,
    /// Standard input and output when they are connected to another execution.
    pub joined: Option<Ends>,
    pub limits: Limits,
    /// The value for `/proc/self/oom_score_adj`.
    pub oom_score_adjustment: i32,
}

impl Plan {
    /// Validates the request. The error names the field and its value.
    pub fn check(start: ExecStart) -> Result<Plan, String> {
        let argv = strings("argv", &start.argv)?;
        let program = start.argv.into_iter().next().ok_or("argv is empty; give at least the program's name")?;
        let mut environment = Vec::with_capacity(start.environment.len() + 2);
        let (mut path, mut has_home) = (None, false);
        for variable in &start.environment {
            let (name, value) = (&variable.name, &variable.value);
            if name.is_empty() || name.contains('=') {
                let name = quoted(name);
                return Err(format!("environment variable name {name} is not valid; give a name without \"=\""));
            }
            match name.as_str() {
                "PATH" => path = Some(value.as_str()),
                "HOME" => has_home = true,
                _ => {}
            }
            environment.push(string("environment", &format!("{name}={value}"))?);
        }
        if path.is_none() {
            environment.push(string("environment", &format!("PATH={DEFAULT_PATH}"))?);
        }
        let directory = if start.working_directory.is_empty() { "/" } else { &start.working_directory };
        if !directory.starts_with('/') {
            return Err(format!("working_directory {} is not absolute", quoted(directory)));
        }
        let open_files = match start.max_open_files {
            0 => DEFAULT_OPEN_FILES,
            count if count > MAX_OPEN_FILES => {
                return Err(format!("max_open_files is {count}; give at most {MAX_OPEN_FILES}"));
            }
            count => (count, count),
        };
        if !start.join_token.is_empty() && (start.tty.is_some() || start.stdin_open || !start.stdin_file.is_empty()) {
            return Err("join_token cannot be combined with tty, stdin_open or stdin_file".to_owned());
        }
        let stdin_file = match start.stdin_file.as_str() {
            "" => None,
            path => Some(string("stdin_file", path)?),
        };
        Ok(Plan {
            candidates: candidates(&program, path.unwrap_or(DEFAULT_PATH)),
            program,
            argv,
            environment,
            has_home,
            working_directory: string("working_directory", directory)?,
            make_working_directory: start.make_working_directory,
            user: start.user,
            terminal: start.tty.as_ref().map(TerminalSize::check).transpose()?,
            stdin_open: start.stdin_open && stdin_file.is_none(),
            stdin_file,
            merge_stderr: start.merge_stderr,
            leave_running: start.leave_running,
            oom_score_adjustment: 0,
            joined: None,
            limits: Limits {
                wall_time: limit(start.wall_time_nanos).map(Duration::from_nanos),
                cpu_time_nanos: limit(start.cpu_time_nanos),
                memory_bytes: limit(start.memory_bytes),
                processes: limit(start.max_processes.into()),
                open_files,
                file_size_bytes: limit(start.max_file_size_bytes),
                stack_bytes: limit(start.stack_bytes),
                address_space_bytes: limit(start.address_space_bytes),
                output_bytes: limit(start.max_output_bytes),
                drop_excess_output: start.drop_excess_output,
            },
        })
    }
}

fn limit(value: u64) -> Option<u64> {
    Some(value).filter(|&value| value != 0)
}

fn strings(field: &str, values: &[String]) -> Result<Vec<CString>, String> {
    values.iter().map(|value| string(field, value)).collect()
}

fn string(field: &str, value: &str) -> Result<CString, String> {
    CString::new(value).map_err(|_| format!("{field} {} contains a NUL byte", quoted(value)))
}

/// Returns the files that execvp(3) would try. An empty element of PATH is the working directory. When none can be
/// executed because the name or PATH is too long, the program itself is returned, for the kernel to refuse.
fn candidates(program: &str, path: &str) -> Vec<CString> {
    if program.is_empty() {
        return Vec::new();
    }
    let hopeless = program.len() > MAX_NAME_BYTES || path.len() > MAX_STRING_BYTES;
    let files = if program.contains('/') || hopeless {
        vec![program.to_owned()]
    } else {
        // What could not be executed the first time is not tried again: PATH may have 128 Ki elements.
        let mut seen = HashSet::new();
        path.split(':')
            .filter(|directory| seen.insert(*directory))
            .map(|directory| match directory {
                "" => program.to_owned(),
                directory => format!("{directory}/{program}"),
            })
            .collect()
    };
    files.into_iter().filter_map(|file| CString::new(file).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzz;
    use prost::Message;
    use crate::proto::EnvironmentVariable;

    fn start(argv: &[&str]) -> ExecStart {
        ExecStart { argv: argv.iter().map(|&arg| arg.to_owned()).collect(), ..Default::default() }
    }

    fn variable(name: &str, value: &str) -> EnvironmentVariable {
        EnvironmentVariable { name: name.to_owned(), value: value.to_owned() }
    }

    fn refused(change: impl FnOnce(&mut ExecStart)) -> String {
        let mut start = start(&["true"]);
        change(&mut start);
        Plan::check(start).unwrap_err()
    }

    fn looked_for(program: &str, path: &str) -> Vec<String> {
        candidates(program, path).into_iter().map(|file| file.into_string().unwrap()).collect()
    }

    #[test]
    fn a_program_is_looked_for_along_the_path() {
        assert_eq!(looked_for("ls", "/a:/b"), ["/a/ls", "/b/ls"]);
        assert_eq!(looked_for("ls", ":/b:/c:/b"), ["ls", "/b/ls", "/c/ls"]);
        assert_eq!(looked_for("ls", ""), ["ls"]);
        assert_eq!(looked_for("./ls", "/a"), ["./ls"]);
        assert_eq!(looked_for("/x/ls", "/a"), ["/x/ls"]);
        assert!(looked_for("", "/a").is_empty());
        assert_eq!(looked_for("ls", &":".repeat(4 << 20)), ["ls"], "refused by the kernel");
        assert_eq!(looked_for(&"x".repeat(256), "/a:/b"), ["x".repeat(256)], "refused by the kernel");
    }

    #[test]
    fn the_given_environment_decides_where_to_look() {
        let mut start = start(&["ls"]);
        start.environment = vec![variable("PATH", "/only")];
        let plan = Plan::check(start).unwrap();
        assert_eq!(plan.candidates, [CString::new("/only/ls").unwrap()]);
        assert_eq!(plan.environment, [CString::new("PATH=/only").unwrap()]);
    }

    #[test]
    fn path_is_added_when_absent_and_nothing_else() {
        let plan = Plan::check(start(&["ls"])).unwrap();
        assert_eq!(plan.environment, [CString::new(format!("PATH={DEFAULT_PATH}")).unwrap()]);
        assert!(!plan.has_home);
    }

    #[test]
    fn zero_is_no_limit() {
        let limits = Plan::check(start(&["ls"])).unwrap().limits;
        assert_eq!((limits.wall_time, limits.cpu_time_nanos, limits.memory_bytes), (None, None, None));
        assert_eq!((limits.processes, limits.file_size_bytes, limits.output_bytes), (None, None, None));
        assert_eq!((limits.stack_bytes, limits.address_space_bytes), (None, None));
        assert_eq!(limits.open_files, DEFAULT_OPEN_FILES);
    }

    #[test]
    fn invalid_fields_are_reported_with_name_and_value() {
        assert!(refused(|s| s.argv.clear()).contains("argv is empty"));
        assert!(refused(|s| s.argv.push("a\0b".to_owned())).contains("argv \"a\\u{0}b\" contains a NUL"));
        assert!(refused(|s| s.environment = vec![variable("", "x")]).contains("name \"\""));
        assert!(refused(|s| s.environment = vec![variable("A=B", "x")]).contains("name \"A=B\""));
        assert!(refused(|s| s.working_directory = "tmp".to_owned()).contains("\"tmp\" is not absolute"));
        assert!(refused(|s| s.max_open_files = 1 << 21).contains("max_open_files is 2097152"));
        assert!(refused(|s| s.tty = Some(WindowSize { rows: 0, columns: 80 })).contains("rows of the terminal is 0"));
        assert!(refused(|s| s.tty = Some(WindowSize { rows: 1, columns: 65536 })).contains("columns of the terminal is 65536"));
    }

    #[test]
    fn any_start_message_is_planned_or_refused() {
        fuzz::run("any_start_message", 300, |random| {
            let mut start = start(&["ls", "-l"]);
            for _ in 0..random.below(6) {
                let count = random.length(20);
                let colons = random.pick(&[":", "a:b:"]).repeat(1 << random.below(17));
                match random.below(12) {
                    0 => start.argv = (0..count).map(|_| random.text(300)).collect(),
                    1 => {
                        let any = |_| variable(&random.text(30), &random.text(300));
                        start.environment = (0..count).map(any).collect();
                    }
                    2 => start.environment.push(variable("PATH", &random.text(MAX_STRING_BYTES))),
                    3 => start.environment.push(variable("PATH", &colons)),
                    4 => start.argv.insert(0, "x".repeat(random.length(300))),
                    5 => start.argv.push(random.pick(&["\0", "\u{10ffff}\0", "\n"]).repeat(random.length(1 << 20))),
                    6 => start.working_directory = random.text(5000),
                    7 => start.tty = Some(WindowSize { rows: random.number() as u32, columns: random.number() as u32 }),
                    8 => start.stdin_file = random.text(5000),
                    9 => start.join_token = random.text(64),
                    10 => start.max_open_files = random.number(),
                    _ => start.wall_time_nanos = random.number(),
                }
            }
            let mut bytes = start.encode_to_vec();
            if random.one_in(2) {
                fuzz::mutate(random, &mut bytes);
            }
            let size = bytes.len();
            if let Ok(start) = ExecStart::decode(&bytes[..]) {
                match fuzz::assert_allocates_at_most(8 * size + (1 << 20), || Plan::check(start)) {
                    Ok(plan) => {
                        assert!(!plan.argv.is_empty());
                        assert!(plan.working_directory.to_bytes().starts_with(b"/"));
                        assert!(plan.limits.open_files.0 <= MAX_OPEN_FILES);
                    }
                    Err(message) => assert!(message.len() < 10_000, "a message of {} bytes", message.len()),
                }
            }
        });
    }
}
