//! A decoder's process, seen from its parent. The parent believes nothing that it says: an answer
//! has the length that the picture's headers give, comes in time, or ends the process.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use crate::child::ARGUMENT;
use crate::error::Av1Error;
use crate::limits::Limits;
use crate::picture::Picture;
use crate::planes::Planes;
use crate::program::Program;
use crate::protection::Protection;
use crate::wire;

/// How long a process may take to start.
const START: Duration = Duration::from_secs(10);

/// A running process. It is killed when this value is dropped.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    input: ChildStdin,
    output: ChildStdout,
    limits: Limits,
    protection: Protection,
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        // So that it leaves no zombie.
        let _ = self.child.wait();
    }
}

/// Why nothing more was sent or received.
enum Broken {
    TooSlow,
    Ended,
    Failed(io::Error),
}

impl Process {
    pub(crate) fn start(program: &Program) -> io::Result<Self> {
        // Descriptors that this process inherited; its own are marked already.
        close_fds::set_fds_cloexec(3, &[]);
        let mut child = program.start(|path| {
            let mut command = Command::new(path);
            command.arg(ARGUMENT).env_clear();
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()
        })?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        let (limits, protection) = (Limits::default(), Protection::default());
        let mut process = Self { child, input, output, limits, protection };
        rustix::io::ioctl_fionbio(&process.input, true)?;
        rustix::io::ioctl_fionbio(&process.output, true)?;
        #[cfg(target_os = "linux")]
        widen(&process.output);

        let mut greeting = [0; wire::GREETING.len() + 1];
        if let Err(broken) = receive(process.output.as_fd(), &mut greeting, Instant::now() + START)
        {
            return Err(match broken {
                Broken::Failed(error) => error,
                Broken::TooSlow => io::ErrorKind::TimedOut.into(),
                Broken::Ended => io::Error::other(process.end()),
            });
        }
        let [said @ .., protection] = greeting;
        if said != wire::GREETING {
            return Err(io::Error::other("it is not a decoder"));
        }
        process.protection = Protection::of_bits(protection);
        process.limits = Limits::of(&process.child);
        Ok(process)
    }

    pub(crate) fn protection(&self) -> Protection {
        self.protection
    }

    /// Decodes one picture. After [`Av1Error::Died`] and [`Av1Error::TooSlow`] the process is of no
    /// more use.
    pub(crate) fn decode(
        &mut self,
        picture: &Picture<'_>,
        limit: Duration,
    ) -> Result<Planes, Av1Error> {
        self.limits.hold(&self.child, picture, limit);
        self.converse(picture, Instant::now() + limit).unwrap_or_else(|broken| {
            Err(match broken {
                Broken::TooSlow => Av1Error::TooSlow { limit },
                Broken::Failed(error) => Av1Error::Died { how: error.to_string() },
                Broken::Ended => Av1Error::Died { how: self.end() },
            })
        })
    }

    fn converse(
        &self,
        picture: &Picture<'_>,
        deadline: Instant,
    ) -> Result<Result<Planes, Av1Error>, Broken> {
        let (input, output) = (self.input.as_fd(), self.output.as_fd());
        match rustix::io::read(output, &mut [0; 1]) {
            Err(Errno::AGAIN) => {}
            Ok(0) => return Err(Broken::Ended),
            _ => return Err(Broken::Failed(io::Error::other("it spoke without being asked"))),
        }
        send(input, &wire::header(picture), deadline)?;
        send(input, picture.data, deadline)?;
        let mut status = [0];
        receive(output, &mut status, deadline)?;
        let no_memory = Av1Error::NoMemory { width: picture.width, height: picture.height };
        match status {
            [wire::DECODED] => {
                // The process wrote planes of this size, so only this one may have no memory. What
                // was not received makes the process useless.
                let Some(mut planes) = Planes::of(picture) else {
                    return Err(Broken::Failed(io::ErrorKind::OutOfMemory.into()));
                };
                for plane in &mut planes.planes {
                    receive(output, &mut plane.bytes, deadline)?;
                }
                Ok(Ok(planes))
            }
            [wire::NO_MEMORY] => Ok(Err(no_memory)),
            [wire::CORRUPT] => Ok(Err(Av1Error::Corrupt(sentence(output, deadline)?))),
            [wire::UNSUPPORTED] => Ok(Err(Av1Error::Unsupported(sentence(output, deadline)?))),
            [other] => {
                let what = format!("it answered with status {other}");
                Err(Broken::Failed(io::Error::other(what)))
            }
        }
    }

    /// How it ended.
    fn end(&mut self) -> String {
        // Its pipe may be closed while it lives.
        let _ = self.child.kill();
        self.child.wait().map_or_else(|error| error.to_string(), |status| status.to_string())
    }
}

/// What the process says of a picture.
fn sentence(output: BorrowedFd<'_>, deadline: Instant) -> Result<String, Broken> {
    let mut length = [0; 2];
    receive(output, &mut length, deadline)?;
    let mut sentence = vec![0; usize::from(u16::from_le_bytes(length)).min(wire::SENTENCE)];
    receive(output, &mut sentence, deadline)?;
    // It goes to a log.
    let printable = |letter: &char| letter.is_ascii_graphic() || *letter == ' ';
    Ok(String::from_utf8_lossy(&sentence).chars().filter(printable).collect())
}

fn send(to: BorrowedFd<'_>, mut bytes: &[u8], deadline: Instant) -> Result<(), Broken> {
    while !bytes.is_empty() {
        match rustix::io::write(to, bytes) {
            Ok(sent) => bytes = bytes.get(sent..).unwrap_or_default(),
            Err(Errno::AGAIN) => wait(to, PollFlags::OUT, deadline)?,
            Err(Errno::INTR) => {}
            Err(Errno::PIPE) => return Err(Broken::Ended),
            Err(error) => return Err(Broken::Failed(error.into())),
        }
    }
    Ok(())
}

fn receive(from: BorrowedFd<'_>, mut bytes: &mut [u8], deadline: Instant) -> Result<(), Broken> {
    while !bytes.is_empty() {
        match rustix::io::read(from, &mut *bytes) {
            Ok(0) => return Err(Broken::Ended),
            Ok(received) => bytes = bytes.get_mut(received..).unwrap_or_default(),
            Err(Errno::AGAIN) => wait(from, PollFlags::IN, deadline)?,
            Err(Errno::INTR) => {}
            Err(error) => return Err(Broken::Failed(error.into())),
        }
    }
    Ok(())
}

/// Waits until `pipe` is ready, or has ended.
fn wait(pipe: BorrowedFd<'_>, ready: PollFlags, deadline: Instant) -> Result<(), Broken> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return Err(Broken::TooSlow);
    }
    let timeout = Timespec::try_from(left).ok();
    match poll(&mut [PollFd::from_borrowed_fd(pipe, ready)], timeout.as_ref()) {
        Ok(_) | Err(Errno::INTR) => Ok(()),
        Err(error) => Err(Broken::Failed(error.into())),
    }
}

/// Makes a pipe hold more, so that planes come with fewer switches between the processes.
#[cfg(target_os = "linux")]
fn widen(pipe: &ChildStdout) {
    // As much as an ordinary user may have; a smaller pipe works as well.
    let _ = rustix::pipe::fcntl_setpipe_size(pipe, 1 << 20);
}
