//! The processes under test. This starts them, kills some when told to, replaces each one that
//! ended, and records those that ended by themselves. It does not know what they work on.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use support::lambda::RuntimeApi;
use tokio::process::{Child, Command};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, sleep_until};

use crate::Failure;
use crate::args::Args;
use crate::counts::Counts;
use crate::local_aws::LocalAws;
use crate::plan::Signal;
use crate::poller::{self, State};
use crate::reported::Reported;

/// The memory that a process of the function is told it has, in megabytes.
const MEMORY_MEGABYTES: u32 = 512;
/// How long a worker may drain after SIGTERM. Too short for stalled work, on purpose.
const DRAIN: Duration = Duration::from_secs(3);
/// How long a process may live after SIGTERM: as long as ECS waits by default.
const TERMINATION: Duration = Duration::from_secs(30);
/// How long to wait for a process to get work before it is killed anyway.
const PATIENCE: Duration = Duration::from_secs(2);

/// All processes under test. They end when this value is dropped.
#[derive(Debug)]
pub(crate) struct Fleet {
    slots: Vec<Slot>,
    complaints: Arc<Mutex<Vec<String>>>,
    reported: Reported,
    orders: Arc<Orders>,
}

/// Orders for all slots.
#[derive(Debug, Default)]
struct Orders {
    /// No more processes are to be killed.
    stop_killing: AtomicBool,
    /// Processes that end are not to be replaced.
    stop_replacing: AtomicBool,
}

/// The place of one process, and of the one that replaces it.
#[derive(Debug)]
struct Slot {
    kills: mpsc::Sender<(Signal, Duration)>,
    state: Arc<State>,
    work: JoinHandle<()>,
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.work.abort();
    }
}

/// What the processes of one slot have in common.
struct Keeper {
    name: String,
    binary: PathBuf,
    is_function: bool,
    settings: Vec<(&'static str, String)>,
    /// Where each of its processes has a log of its own.
    logs: PathBuf,
    aws: LocalAws,
    counts: Counts,
    state: Arc<State>,
    complaints: Arc<Mutex<Vec<String>>>,
    reported: Reported,
    orders: Arc<Orders>,
}

impl Fleet {
    pub(crate) fn start(
        args: &Args,
        aws: &LocalAws,
        settings: &[(&'static str, String)],
        logs: &Path,
        counts: &Counts,
    ) -> Result<Self, Failure> {
        let (complaints, orders) = (Arc::default(), Arc::<Orders>::default());
        let reported = Reported::default();
        let kinds = [
            (&args.lambda_binary, true, "function", args.functions),
            (&args.worker_binary, false, "worker", args.workers),
        ];
        let mut slots = Vec::new();
        for (binary, is_function, kind, count) in kinds {
            let Some(binary) = binary else { continue };
            // A copy, because the binary may be rebuilt meanwhile.
            let copy = logs.canonicalize()?.join(format!("{kind}-binary"));
            std::fs::copy(binary, &copy)?;
            for number in 0..count {
                let name = format!("{kind}-{number}");
                let state = Arc::<State>::default();
                let keeper = Keeper {
                    binary: copy.clone(),
                    is_function,
                    settings: settings.to_vec(),
                    logs: logs.to_path_buf(),
                    name,
                    aws: aws.clone(),
                    counts: counts.clone(),
                    state: Arc::clone(&state),
                    complaints: Arc::clone(&complaints),
                    reported: reported.clone(),
                    orders: Arc::clone(&orders),
                };
                let (kills, receiver) = mpsc::channel(16);
                slots.push(Slot {
                    kills,
                    state,
                    work: tokio::spawn(keeper.keep_running(receiver)),
                });
            }
        }
        Ok(Self { slots, complaints, reported, orders })
    }

    /// Kills a process a moment after it got work; `victim` is taken modulo their number.
    pub(crate) fn kill(&self, victim: usize, signal: Signal, after: Duration) {
        let slot = self.slots.get(victim % self.slots.len().max(1));
        // A full queue means that enough kills of this process are pending already.
        let _ = slot.map(|slot| slot.kills.try_send((signal, after)));
    }

    /// Stops killing processes.
    pub(crate) fn stop_killing(&self) {
        self.orders.stop_killing.store(true, Ordering::Relaxed);
    }

    /// Whether no process of the function has a batch. What the workers have shows in the queue
    /// only.
    pub(crate) fn is_idle(&self) -> bool {
        self.slots.iter().all(|slot| !slot.state.busy.load(Ordering::Relaxed))
    }

    /// What the function reported as failed.
    pub(crate) fn reported(&self) -> Reported {
        self.reported.clone()
    }

    /// Ends all processes, and returns which had ended before without being told to.
    pub(crate) async fn stop(self) -> Vec<String> {
        self.orders.stop_replacing.store(true, Ordering::Relaxed);
        for slot in &self.slots {
            let _ = slot.kills.send((Signal::Terminate, Duration::ZERO)).await;
        }
        for slot in self.slots {
            let mut slot = slot;
            let _ = tokio::time::timeout(TERMINATION * 2, &mut slot.work).await;
        }
        self.complaints.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Keeper {
    /// Keeps one process running until the end.
    async fn keep_running(self, mut kills: mpsc::Receiver<(Signal, Duration)>) {
        for number in 0_usize.. {
            let log = self.logs.join(format!("{}.{number}.log", self.name));
            match self.run_process(&mut kills, &log).await {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => {
                    self.note(&format!("could not be started: {error}"), &log);
                    sleep(Duration::from_secs(1)).await;
                }
            }
        }
    }

    fn note(&self, what: &str, log: &Path) {
        let mut complaints = self.complaints.lock().unwrap_or_else(PoisonError::into_inner);
        complaints.push(format!("{} {what}; see {}", self.name, log.display()));
    }

    /// Runs one process until it ends. Returns whether to replace it.
    async fn run_process(
        &self,
        kills: &mut mpsc::Receiver<(Signal, Duration)>,
        log: &Path,
    ) -> Result<bool, Failure> {
        let api = RuntimeApi::start().await?;
        let mut child = self.start_process(&api, log)?;
        self.counts.add("processes", "started");
        self.state.closing.store(false, Ordering::Relaxed);
        let feeding = async {
            if self.is_function {
                poller::feed(&api, &self.aws, &self.state, &self.reported, &self.counts).await
            } else {
                std::future::pending().await
            }
        };
        tokio::pin!(feeding);
        let mut fed = false;
        // The deadline of a process that was told to end.
        let mut due: Option<Instant> = None;
        loop {
            let overdue = async {
                match due {
                    Some(due) => sleep_until(due).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                status = child.wait() => {
                    self.state.busy.store(false, Ordering::Relaxed);
                    self.judge_end(status?, due.is_some(), log);
                    if due.is_none() {
                        sleep(Duration::from_millis(200)).await;
                    }
                    return Ok(!self.orders.stop_replacing.load(Ordering::Relaxed));
                }
                end = &mut feeding, if !fed => {
                    fed = true;
                    if let Err(why) = end {
                        self.counts.add("function", why);
                        due = Some(Instant::now() + TERMINATION);
                        child.start_kill()?;
                    }
                }
                signal = self.next_kill(kills), if due.is_none() => {
                    due = Some(Instant::now() + TERMINATION);
                    match signal {
                        Some(Signal::Kill) => child.start_kill()?,
                        Some(Signal::Terminate) => {
                            self.state.closing.store(true, Ordering::Relaxed);
                            terminate(&child).await?;
                        }
                        None => return Ok(false),
                    }
                }
                () = overdue => {
                    self.note("was still running 30 s after SIGTERM", log);
                    due = None;
                    child.kill().await?;
                }
            }
        }
    }

    /// Waits for the next signal to send, and until the process has work to lose.
    async fn next_kill(&self, kills: &mut mpsc::Receiver<(Signal, Duration)>) -> Option<Signal> {
        loop {
            let (signal, after) = kills.recv().await?;
            if self.orders.stop_replacing.load(Ordering::Relaxed) {
                return Some(signal);
            }
            let waits = Instant::now();
            while self.is_function
                && !self.state.busy.load(Ordering::Relaxed)
                && waits.elapsed() < PATIENCE
            {
                sleep(Duration::from_millis(5)).await;
            }
            sleep(after).await;
            if !self.orders.stop_killing.load(Ordering::Relaxed) {
                self.counts.add("processes", signal.name());
                return Some(signal);
            }
        }
    }

    fn start_process(&self, api: &RuntimeApi, log: &Path) -> Result<Child, Failure> {
        let log = File::create(log)?;
        let mut command = Command::new(&self.binary);
        // Nothing of the caller's environment, least of all credentials.
        command.env_clear().envs(self.settings.iter().cloned());
        if self.is_function {
            command.envs(api.environment("s3-thumbnailer", MEMORY_MEGABYTES));
        } else {
            command.env("DRAIN_SECONDS", DRAIN.as_secs().to_string());
        }
        command.stdout(log.try_clone()?).stderr(log).kill_on_drop(true);
        Ok(command.spawn()?)
    }

    /// Judges the end of a process.
    fn judge_end(&self, status: ExitStatus, was_told_to: bool, log: &Path) {
        let complained = !self.is_function && status.code() == Some(1);
        if complained && !self.orders.stop_killing.load(Ordering::Relaxed) && never_began(log) {
            // A worker first checks its queue and its buckets, and exits with an error if one
            // cannot be reached; its supervisor starts it again.
            self.counts.add("processes", "could not start in the storm");
        } else if !was_told_to {
            self.note(&format!("ended by itself: {status}"), log);
        } else if !self.is_function && status.code().is_some_and(|code| code != 0) {
            self.note(&format!("failed after SIGTERM: {status}"), log);
        }
    }
}

fn never_began(log: &Path) -> bool {
    let log = std::fs::read(log).unwrap_or_default();
    !String::from_utf8_lossy(&log).contains("takes messages")
}

async fn terminate(child: &Child) -> Result<(), Failure> {
    if let Some(id) = child.id() {
        Command::new("kill").arg("-TERM").arg(id.to_string()).status().await?;
    }
    Ok(())
}
