//! Limits that the kernel keeps a decoder's process to: memory, and processor time. They are set from
//! outside, since the process itself may not.

use std::process::Child;
use std::time::Duration;

use crate::picture::Picture;

/// Memory that a process may take beside what its picture was foretold to take, in bytes: for what
/// the allocator keeps.
#[cfg(target_os = "linux")]
const SPARE: u64 = 64 << 20;

/// What a process takes for itself.
#[derive(Debug, Default)]
pub(crate) struct Limits {
    /// Its address space before the first picture, in bytes. `None` where the kernel does not tell.
    #[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "there is no such limit"))]
    own: Option<u64>,
}

#[cfg(target_os = "linux")]
impl Limits {
    /// Of a process that has just started.
    pub(crate) fn of(child: &Child) -> Self {
        let pages = std::fs::read_to_string(format!("/proc/{}/statm", child.id())).ok();
        let pages = pages.and_then(|pages| pages.split(' ').next()?.parse::<u64>().ok());
        Self { own: pages.map(|pages| pages * rustix::param::page_size() as u64) }
    }

    /// Holds a process to what `picture` may take. Where the kernel refuses, the parent's clock is
    /// the only limit.
    pub(crate) fn hold(&self, child: &Child, picture: &Picture<'_>, time: Duration) {
        use rustix::process::{Pid, Resource, Rlimit, prlimit};

        let set = |resource, limit| {
            let limits = Rlimit { current: Some(limit), maximum: None };
            let _ = prlimit(Some(Pid::from_child(child)), resource, limits);
        };
        if let Some(own) = self.own {
            let data = picture.data.len() as u64;
            let limit = picture.memory.saturating_add(data).saturating_add(own + SPARE);
            set(Resource::As, limit);
        }
        if let Some(spent) = seconds_spent(child) {
            set(Resource::Cpu, spent + time.as_secs() + 2);
        }
    }
}

/// The processor time of a process, in whole seconds (proc(5), `/proc/pid/stat`).
#[cfg(target_os = "linux")]
fn seconds_spent(child: &Child) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", child.id())).ok()?;
    // The name of the program, in parentheses, may hold anything.
    let (_, fields) = stat.rsplit_once(')')?;
    // In user mode and in the kernel: fields 14 and 15, of which the first two are cut off.
    let ticks = fields.split_whitespace().skip(11).take(2);
    let ticks: u64 = ticks.map(|ticks| ticks.parse::<u64>().unwrap_or(0)).sum();
    Some(ticks / rustix::param::clock_ticks_per_second().max(1))
}

#[cfg(not(target_os = "linux"))]
impl Limits {
    pub(crate) fn of(_child: &Child) -> Self {
        Self::default()
    }

    #[expect(clippy::unused_self, reason = "there is no such limit here")]
    pub(crate) fn hold(&self, _child: &Child, _picture: &Picture<'_>, _time: Duration) {}
}
