use super::*;
use crate::fd::write;
use crate::test_directory::TestDirectory;
use std::os::unix::net::UnixStream;
use tokio::io::AsyncReadExt;

/// Waits for the next connection and checks what can be read from it.
async fn assert_reads(port: &Port, expected: &[u8]) {
    let mut read = vec![0; expected.len()];
    let work = async { port.accept(|| ()).await.unwrap().read_exact(&mut read).await.map(drop) };
    tokio::time::timeout(Duration::from_secs(10), work).await.expect("it arrives").unwrap();
    assert_eq!(read, expected);
}

/// A SETTINGS frame of HTTP/2 with this stream number, which tells frames apart.
fn frame(number: u8) -> Vec<u8> {
    vec![0, 0, 6, 4, 0, 0, 0, 0, number, 1, 2, 3, 4, 5, 6]
}

#[test]
fn bytes_of_a_host_that_has_gone_are_not_part_of_the_next_connection() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (agent, host) = UnixStream::pair().unwrap();
        agent.set_nonblocking(true).unwrap();
        let port = Port::over(agent.into()).unwrap();
        let send = |bytes: &[u8]| write(host.as_raw_fd(), bytes).unwrap();
        send(&[PREFACE.to_vec(), frame(1), frame(2)[..10].to_vec()].concat());
        drop(port.accept(|| ()).await.unwrap());
        let next = [PREFACE.to_vec(), frame(3)].concat();
        send(&next);
        assert_reads(&port, &next).await;
    });
}

#[test]
fn a_host_of_which_the_kernel_reports_late_keeps_its_connection() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        // As with a port, what was written to a FIFO can be read when nobody is at the other end any more.
        let directory = TestDirectory::new("port");
        let path = directory.join("fifo");
        let name = CString::new(path.as_os_str().as_bytes()).unwrap();
        // SAFETY: `name` ends with NUL and lives through the call.
        check(unsafe { libc::mkfifo(name.as_ptr(), 0o600) }).unwrap();
        let port = Port::over(fd::open_at(None, &name, libc::O_RDONLY | libc::O_NONBLOCK).unwrap()).unwrap();
        let connect = move || fs::OpenOptions::new().write(true).open(&path).unwrap();
        let begin = [PREFACE, &frame(1)[..]].concat();
        write(connect().as_raw_fd(), &begin).unwrap();

        let mut connection = port.accept(|| ()).await.unwrap();
        let mut read = vec![0; begin.len()];
        connection.read_exact(&mut read).await.unwrap();
        let late = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(500));
            let host = connect();
            write(host.as_raw_fd(), &frame(2)).unwrap();
            host
        });
        let mut next = vec![0; frame(2).len()];
        connection.read_exact(&mut next).await.unwrap();
        assert_eq!(next, frame(2));
        drop(late.join().unwrap());
    });
}

#[test]
fn a_preface_that_has_not_arrived_whole_when_the_connection_before_ends_is_found() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (agent, host) = UnixStream::pair().unwrap();
        agent.set_nonblocking(true).unwrap();
        let port = Port::over(agent.into()).unwrap();
        let send = |bytes: &[u8]| write(host.as_raw_fd(), bytes).unwrap();
        let first = [PREFACE, &frame(1)[..], &PREFACE[..5]].concat();
        send(&first);
        assert_reads(&port, &first).await;
        send(&PREFACE[5..]);
        assert_reads(&port, PREFACE).await;
    });
}
