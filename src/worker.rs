//! The work of a machine that is not Lambda: asks a queue for messages, hands them to a [`Handler`],
//! deletes those that are done, and keeps the others' visibility right. What a message means, and
//! what becomes of a failed one, is not known here: that is [`crate::service`].

use std::future::Future;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::Fuse;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, sleep, timeout, timeout_at};
use tracing::{error, info, warn};

use crate::causes::causes;
use crate::queue::fifo::by_group;
use crate::queue::{Message, backoff};

mod handler;
mod job;
mod source;
mod summary;

pub use handler::Handler;
pub use source::Source;
pub use summary::Summary;

use job::Job;

/// How long one request waits for messages: the longest that SQS allows, and so the cheapest.
const WAIT: Duration = Duration::from_secs(20);
/// The longest pause after requests that failed.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// The least time between two requests that brought nothing, should a server not wait as asked.
const SHORTEST_IDLE: Duration = Duration::from_secs(1);
/// How long giving messages back may take, once the time to drain is over.
const GIVE_BACK: Duration = Duration::from_secs(3);

/// How a worker works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// The most messages asked for by one request, 1 to 10.
    pub receive_messages: usize,
    /// The most messages worked on at once, at least 1.
    pub concurrency: usize,
    /// How long the queue keeps a message invisible that was received.
    pub visibility_timeout: Duration,
    /// How long work may go on once the worker is told to stop.
    pub drain: Duration,
}

/// Resolves when this process is told to stop, by SIGTERM or SIGINT. From this call on, neither ends
/// the process by itself.
pub fn told_to_stop() -> io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Works until `stop` resolves, ends what is under way within [`Pace::drain`], and gives the rest
/// back to the queue.
pub async fn run<S: Source, H: Handler>(
    source: S,
    handler: H,
    pace: Pace,
    stop: impl Future<Output = ()>,
) -> Summary {
    let (out_of_time, hears_out_of_time) = watch::channel(false);
    let mut worker = Worker {
        source: Arc::new(source),
        handler: Arc::new(handler),
        pace,
        free: Arc::new(Semaphore::new(pace.concurrency.max(1))),
        jobs: JoinSet::new(),
        out_of_time: hears_out_of_time,
        summary: Summary::default(),
    };
    worker.work(pin!(stop.fuse())).await;
    info!(jobs = worker.jobs.len(), "told to stop; no more messages are received");
    let bound = Instant::now() + pace.drain;
    if timeout_at(bound, worker.jobs_end()).await.is_err() {
        // Nobody listens when the last job has just ended.
        let _ = out_of_time.send(true);
        if timeout(GIVE_BACK, worker.jobs_end()).await.is_err() {
            warn!(
                "not all messages could be given back; they return when their visibility timeout ends"
            );
        }
    }
    worker.summary
}

struct Worker<S, H> {
    source: Arc<S>,
    handler: Arc<H>,
    pace: Pace,
    /// A permit for each message that may be worked on.
    free: Arc<Semaphore>,
    jobs: JoinSet<Summary>,
    out_of_time: watch::Receiver<bool>,
    summary: Summary,
}

impl<S: Source, H: Handler> Worker<S, H> {
    async fn work<F: Future<Output = ()>>(&mut self, mut stop: Pin<&mut Fuse<F>>) {
        let mut failures = 0;
        loop {
            let room = tokio::select! {
                biased;
                () = &mut stop => return,
                room = self.room() => room,
            };
            let asked = Instant::now();
            // An answer that is there is taken even then: its messages would stay invisible.
            let answer = tokio::select! {
                biased;
                answer = self.source.receive(room.num_permits(), WAIT) => answer,
                () = &mut stop => return,
            };
            let pause = match answer {
                Ok(messages) if !messages.is_empty() => {
                    failures = 0;
                    if stop.as_mut().now_or_never().is_some() {
                        return self.give_back(messages).await;
                    }
                    self.begin(messages, room);
                    Duration::ZERO
                }
                Ok(_) => {
                    failures = 0;
                    SHORTEST_IDLE.saturating_sub(asked.elapsed())
                }
                Err(failure) => {
                    failures += 1;
                    let pause = backoff(failures, fastrand::f64()).min(LONGEST_PAUSE);
                    let seconds = pause.as_secs_f64();
                    error!(
                        cause = causes(&failure),
                        pauseSeconds = seconds,
                        "messages could not be received"
                    );
                    pause
                }
            };
            tokio::select! {
                biased;
                () = &mut stop => return,
                () = sleep(pause) => {}
            }
            while let Some(ended) = self.jobs.try_join_next() {
                self.count(ended);
            }
        }
    }

    /// Waits for room for one message, and takes as much as there is for one request.
    async fn room(&self) -> OwnedSemaphorePermit {
        let mut room = match Arc::clone(&self.free).acquire_owned().await {
            Ok(room) => room,
            // The semaphore is never closed.
            Err(_) => std::future::pending().await,
        };
        while room.num_permits() < self.pace.receive_messages
            && let Ok(more) = Arc::clone(&self.free).try_acquire_owned()
        {
            room.merge(more);
        }
        room
    }

    /// Begins the work on `messages` at once: each by itself, those of one group together.
    fn begin(&mut self, messages: Vec<Message>, mut room: OwnedSemaphorePermit) {
        let received = Instant::now();
        for messages in by_group(messages, |message| message) {
            // `None` when a server sends more than it was asked for; they are here, so they are done.
            let permit = room.split(messages.len());
            let job = Job {
                source: Arc::clone(&self.source),
                handler: Arc::clone(&self.handler),
                messages: Vec::from(messages).into(),
                visibility: self.pace.visibility_timeout,
                received,
                out_of_time: self.out_of_time.clone(),
            };
            self.jobs.spawn(async move {
                let _permit = permit;
                job.run().await
            });
        }
    }

    async fn give_back(&mut self, messages: Vec<Message>) {
        let given_back = job::give_back(self.source.as_ref(), &messages);
        self.summary.given_back += timeout(GIVE_BACK, given_back).await.unwrap_or_default();
    }

    async fn jobs_end(&mut self) {
        while let Some(ended) = self.jobs.join_next().await {
            self.count(ended);
        }
    }

    fn count(&mut self, ended: Result<Summary, JoinError>) {
        match ended {
            Ok(Summary { done, failed, given_back }) => {
                self.summary.done += done;
                self.summary.failed += failed;
                self.summary.given_back += given_back;
            }
            // Caught here, it ends nothing but its own work; the panic itself has its own line.
            Err(failure) => error!(%failure, "a job panicked; its messages come back"),
        }
    }
}
