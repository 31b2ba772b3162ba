//! The resources that this process may use. They are limited before the process opens a file from a stranger.

use std::collections::BTreeMap;

use nix::sys::resource::{Resource, setrlimit};
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, TargetArch};

/// Seconds of processor time. The slowest picture of the allowed size takes two seconds.
const SECONDS: u64 = 20;
/// Seconds of processor time to print a document. 300 pages take 3 seconds in a release build, and a minute in a debug
/// build.
const PRINT_SECONDS: u64 = 90;
/// Bytes of address space: a picture of 50 million pixels takes 200 MB, and is in memory twice while it is scaled down.
const MEMORY_BYTES: u64 = 1 << 30;
/// Bytes of address space to print a document: 300 pages take 430 MB, a table of 10,000 rows more than a gigabyte.
const PRINT_MEMORY_BYTES: u64 = 2 << 30;
/// The largest size of one file that is written.
const FILE_BYTES: u64 = 64 << 20;
const OPEN_FILES: u64 = 32;
/// Seconds of processor time to unpack an archive, which may have gigabytes. What is written is counted meanwhile.
const UNPACKING_SECONDS: u64 = 300;
const UNPACKED_FILE_BYTES: u64 = 4 << 30;

/// # Errors
/// When the system refuses to limit this process. No file is read in that case.
pub fn set(task: &str) -> Result<(), Box<dyn std::error::Error>> {
    let (seconds, memory, file_bytes) = match task {
        "print" => (PRINT_SECONDS, PRINT_MEMORY_BYTES, FILE_BYTES),
        "archive" => (UNPACKING_SECONDS, MEMORY_BYTES, UNPACKED_FILE_BYTES),
        _ => (SECONDS, MEMORY_BYTES, FILE_BYTES),
    };
    let limits = [
        (Resource::RLIMIT_CPU, seconds),
        (Resource::RLIMIT_AS, memory),
        (Resource::RLIMIT_FSIZE, file_bytes),
        (Resource::RLIMIT_NOFILE, OPEN_FILES),
        (Resource::RLIMIT_CORE, 0),
    ];
    for (resource, most) in limits {
        setrlimit(resource, most, most)?;
    }
    forbid_network()
}

/// Forbids this process to open sockets and to run other programs, in case a hostile file takes over a parser.
fn forbid_network() -> Result<(), Box<dyn std::error::Error>> {
    let forbidden = [libc::SYS_socket, libc::SYS_socketpair, libc::SYS_connect, libc::SYS_execve, libc::SYS_execveat];
    let rules: BTreeMap<_, _> = forbidden.into_iter().map(|call| (call, Vec::new())).collect();
    let refuse = SeccompAction::Errno(libc::EPERM as u32);
    let filter =
        SeccompFilter::new(rules, SeccompAction::Allow, refuse, TargetArch::try_from(std::env::consts::ARCH)?)?;
    Ok(seccompiler::apply_filter(&BpfProgram::try_from(filter)?)?)
}
