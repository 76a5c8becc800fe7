//! The worker, for machines that are not Lambda. It asks a queue for messages, hands them to a
//! [`Handler`], deletes those that are done, and keeps the others' visibility right. It does not
//! know what a message means or what becomes of a failed one: [`crate::service`] does.

use std::future::Future;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{Fuse, join_all};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, sleep, timeout, timeout_at};
use tracing::{error, info, warn};

use crate::causes::causes;
use crate::queue::{Message, backoff};

mod handler;
mod job;
mod source;
mod summary;
mod vitals;

pub use handler::Handler;
pub use source::Source;
pub use summary::Summary;
pub use vitals::{NotReady, Stuck, Vitals};

use job::Job;

/// How long one request waits for messages: the longest that SQS allows, and so the cheapest.
const WAIT: Duration = Duration::from_secs(20);
/// The longest pause after failed requests.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// The shortest time between requests that brought nothing, if a server does not wait as asked.
const SHORTEST_IDLE: Duration = Duration::from_secs(1);
/// How long giving messages back may take, after the time to drain is over.
const GIVE_BACK: Duration = Duration::from_secs(3);

/// How a worker works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// The most messages that one request asks for, 1 to 10.
    pub receive_messages: usize,
    /// The most messages that are worked on at once, at least 1.
    pub concurrency: usize,
    /// How long the queue keeps a received message invisible.
    pub visibility_timeout: Duration,
    /// How long work may go on once the worker is told to stop.
    pub drain: Duration,
}

/// Resolves when SIGTERM or SIGINT tells this process to stop. From this call on, neither signal
/// ends the process by itself.
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

/// Works until `stop` resolves. Then lets the work under way end within [`Pace::drain`], and gives
/// the rest back to the queue. Meanwhile, `vitals` say how the worker is.
pub async fn run<S: Source, H: Handler>(
    source: S,
    handler: H,
    pace: Pace,
    vitals: Arc<Vitals>,
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
        vitals,
    };
    worker.work(pin!(stop.fuse())).await;
    worker.vitals.drains();
    info!(jobs = worker.jobs.len(), "told to stop; no more messages are received");
    let bound = Instant::now() + pace.drain;
    if timeout_at(bound, worker.jobs_end()).await.is_err() {
        // It does no harm if nobody listens: the last job may have just ended.
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
    vitals: Arc<Vitals>,
}

impl<S: Source, H: Handler> Worker<S, H> {
    async fn work<F: Future<Output = ()>>(&mut self, mut stop: Pin<&mut Fuse<F>>) {
        loop {
            self.vitals.moves();
            let room = tokio::select! {
                biased;
                () = &mut stop => return,
                room = self.room() => room,
            };
            let asked = Instant::now();
            self.vitals.asks();
            // An answer that has come is taken even when told to stop: its messages are invisible.
            let answer = tokio::select! {
                biased;
                answer = self.source.receive(room.num_permits(), WAIT) => answer,
                () = &mut stop => return,
            };
            if answer.is_ok() {
                self.vitals.is_answered();
            }
            let pause = match answer {
                Ok(messages) if !messages.is_empty() => {
                    if stop.as_mut().now_or_never().is_some() {
                        return self.give_back(messages).await;
                    }
                    self.begin(messages, room);
                    Duration::ZERO
                }
                Ok(_) => SHORTEST_IDLE.saturating_sub(asked.elapsed()),
                Err(failure) => {
                    let failures = self.vitals.is_refused();
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

    /// Waits until there is room for one message, and takes up to the room for one request.
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

    /// Begins the work on each of `messages` at once.
    fn begin(&mut self, messages: Vec<Message>, mut room: OwnedSemaphorePermit) {
        let received = Instant::now();
        for message in messages {
            // `None` if a server sends more messages than asked for. They are handled all the same.
            let permit = room.split(1);
            let job = Job {
                source: Arc::clone(&self.source),
                handler: Arc::clone(&self.handler),
                message: Arc::new(message),
                visibility: self.pace.visibility_timeout,
                received,
                out_of_time: self.out_of_time.clone(),
            };
            let in_flight = self.vitals.take_off();
            self.jobs.spawn(async move {
                let (_permit, _in_flight) = (permit, in_flight);
                job.run().await
            });
        }
    }

    /// Gives back messages that were not begun, at once.
    async fn give_back(&mut self, messages: Vec<Message>) {
        let source = self.source.as_ref();
        let give = messages.iter().map(|message| job::give_back(source, message, Duration::ZERO));
        let given = timeout(GIVE_BACK, join_all(give)).await.unwrap_or_default();
        self.summary.given_back += given.into_iter().filter(|given| *given).count();
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
            // A panic ends only its own job; the panic itself has its own line.
            Err(failure) => error!(%failure, "a job panicked; its message comes back"),
        }
    }
}
