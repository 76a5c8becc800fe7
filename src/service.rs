//! From messages to verdicts: which keys the messages name, how many keys are worked on at once,
//! which messages fail together, and what becomes of those. Lambda's events and the worker's
//! polling both end here, but this module knows neither. [`crate::reconcile`] decides what becomes
//! of a key.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::join_all;
use tokio::sync::Semaphore;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::{Instant, timeout_at};
use tracing::Instrument as _;

use crate::causes::causes;
use crate::engine::{Renderer, panic_message};
use crate::notification::{self, Notification, NotificationError};
use crate::object::ObjectRef;
use crate::queue::fifo::by_group;
use crate::queue::{Message, Queue, QueueError, Rejection, backoff};
use crate::reconcile::{Disposition, ReconcileError, Reconciled, Reconciler};
use crate::store::Store;

mod observer;

pub use observer::{KeyReport, Observer, Requester};

/// Work is given up this long before the invocation ends, to leave time for settling messages.
const SETTLE_MARGIN: Duration = Duration::from_millis(1500);
/// Settling is given up this long before the invocation ends, to leave time for answering.
const ANSWER_MARGIN: Duration = Duration::from_millis(500);

/// What is to become of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Everything it asks for is done, skipped on purpose, or in the dead-letter queue: delete it.
    Done,
    /// It must come back: do not delete it.
    Failed,
}

/// Handles messages. Built once; its methods may run at the same time.
#[derive(Debug)]
pub struct Service<S, R, Q, O> {
    reconciler: Arc<Reconciler<S, R>>,
    queue: Q,
    observer: O,
    turns: Arc<Semaphore>,
    pace: Pace,
}

impl<S: Store, R: Renderer, Q: Queue, O: Observer> Service<S, R, Q, O> {
    /// A service that works on at most `concurrency` keys at once.
    #[must_use]
    pub fn new(reconciler: Reconciler<S, R>, queue: Q, observer: O, concurrency: usize) -> Self {
        Self {
            reconciler: Arc::new(reconciler),
            queue,
            observer,
            turns: Arc::new(Semaphore::new(concurrency)),
            pace: Pace::default(),
        }
    }

    /// Does everything that `messages` ask for, and returns a verdict for each, in their order.
    ///
    /// A message is done when every key that it names is done; a key that several name is worked on
    /// once. A message that can never succeed goes to the dead-letter queue; one that may is
    /// delayed. Messages of one group are handled in order; once one fails, the rest of its group
    /// fails. Work that has not ended shortly before `deadline` (`None`: never) is given up and
    /// fails.
    pub async fn process(&self, messages: &[Message], deadline: Option<Instant>) -> Vec<Verdict> {
        let mut verdicts = vec![Verdict::Failed; messages.len()];
        let mut lines = by_group(messages.iter().enumerate(), |(_, message)| message);
        while !lines.is_empty() {
            let heads: Vec<(usize, &Message)> =
                lines.iter().filter_map(|line| line.front().copied()).collect();
            let round = self.process_round(&heads, deadline).await;
            for ((index, _), verdict) in heads.iter().zip(&round) {
                if let Some(place) = verdicts.get_mut(*index) {
                    *place = *verdict;
                }
            }
            let mut held_up = Vec::new();
            for (line, verdict) in lines.iter_mut().zip(round) {
                line.pop_front();
                if verdict == Verdict::Failed {
                    held_up.extend(line.drain(..));
                }
            }
            lines.retain(|line| !line.is_empty());
            let held_up = held_up
                .into_iter()
                .map(|(_, message)| self.settle(message, Some(Failure::RETRY), deadline));
            join_all(held_up).await;
        }
        verdicts
    }

    /// Handles messages that need not keep an order.
    async fn process_round(
        &self,
        messages: &[(usize, &Message)],
        deadline: Option<Instant>,
    ) -> Vec<Verdict> {
        let parsed: Vec<_> =
            messages.iter().map(|(_, message)| notification::parse(&message.body)).collect();
        let mut requesters: HashMap<&ObjectRef, Vec<Requester<'_>>> = HashMap::new();
        for ((_, message), parsed) in messages.iter().zip(&parsed) {
            match parsed {
                Ok(Notification::Look(mentions)) => {
                    for mention in mentions {
                        let requester = Requester::of(message, mention);
                        requesters.entry(&mention.object).or_default().push(requester);
                    }
                }
                Ok(Notification::TestEvent) => {
                    self.observer.message_ignored(&message.id, "s3:TestEvent");
                }
                Ok(Notification::Irrelevant(event)) => {
                    self.observer.message_ignored(&message.id, event);
                }
                Err(error) => self.observer.message_not_understood(message, error),
            }
        }
        let results = self.reconcile_all(requesters, deadline).await;
        let settle = messages.iter().zip(&parsed).map(|((_, message), parsed)| {
            self.settle(message, failure(parsed, &results), deadline)
        });
        join_all(settle).await
    }

    /// Works on every key of `requesters`, each in a task of its own.
    pub(crate) async fn reconcile_all(
        &self,
        requesters: HashMap<&ObjectRef, Vec<Requester<'_>>>,
        deadline: Option<Instant>,
    ) -> HashMap<ObjectRef, Reconciled> {
        let give_up = deadline.and_then(|deadline| deadline.checked_sub(SETTLE_MARGIN));
        // If this future is dropped, the set is dropped too, and aborts its tasks.
        let mut tasks = JoinSet::new();
        let mut working: HashMap<Id, (&ObjectRef, Vec<Requester<'_>>)> = HashMap::new();
        for (source, requesters) in requesters {
            let work = take_turn(
                Arc::clone(&self.turns),
                Arc::clone(&self.reconciler),
                self.pace.clone(),
                source.clone(),
                give_up,
            );
            // Log lines of the task belong to this invocation too.
            let task = tasks.spawn(work.in_current_span());
            working.insert(task.id(), (source, requesters));
        }
        let mut results = HashMap::with_capacity(working.len());
        while let Some(ended) = tasks.join_next_with_id().await {
            let (id, (reconciled, elapsed)) = match ended {
                Ok(ended) => ended,
                Err(error) => (error.id(), (task_failed(error), Duration::ZERO)),
            };
            let Some((source, requesters)) = working.remove(&id) else { continue };
            self.observer.key_finished(&KeyReport {
                source,
                etag: reconciled.etag.as_deref(),
                result: &reconciled.result,
                elapsed,
                measured: &reconciled.measured,
                requesters: &requesters,
            });
            results.insert(source.clone(), reconciled);
        }
        results
    }

    /// Decides what becomes of a message, and does it: a failed message is rejected or delayed.
    async fn settle(
        &self,
        message: &Message,
        failure: Option<Failure>,
        deadline: Option<Instant>,
    ) -> Verdict {
        let (verdict, queued) = match failure {
            None => return Verdict::Done,
            Some(Failure::Reject(rejection)) => {
                let rejected =
                    in_time(self.queue.reject(message, &rejection), deadline, ANSWER_MARGIN).await;
                let done = matches!(rejected, Some(Ok(())));
                (if done { Verdict::Done } else { Verdict::Failed }, rejected)
            }
            Some(Failure::Retry { not_before }) => {
                let delay = backoff(message.receive_count, fastrand::f64()).max(not_before);
                let delayed =
                    in_time(self.queue.delay(message, delay), deadline, ANSWER_MARGIN).await;
                (Verdict::Failed, delayed)
            }
        };
        match queued {
            Some(Err(QueueError::NoDeadLetterQueue | QueueError::NoQueue) | Ok(())) | None => {}
            Some(Err(error)) => self.observer.queue_failed(&message.id, &error),
        }
        verdict
    }
}

/// Why a message is not done.
enum Failure {
    Reject(Rejection),
    Retry { not_before: Duration },
}

impl Failure {
    const RETRY: Self = Self::Retry { not_before: Duration::ZERO };
}

/// `None` when everything that the message asked for is done. If any of its keys may succeed on
/// another try, the whole message comes back, even if other keys never can.
fn failure(
    parsed: &Result<Notification, NotificationError>,
    results: &HashMap<ObjectRef, Reconciled>,
) -> Option<Failure> {
    let mentions = match parsed {
        Ok(Notification::Look(mentions)) => mentions,
        Ok(Notification::TestEvent | Notification::Irrelevant(_)) => return None,
        Err(error) => {
            return Some(Failure::Reject(Rejection {
                reason: "not_understood",
                detail: causes(error),
                ..Rejection::default()
            }));
        }
    };
    let mut rejected = BTreeSet::new();
    let mut not_before = None;
    for object in mentions.iter().map(|mention| &mention.object) {
        let error = match results.get(object) {
            Some(Reconciled { result: Ok(_), .. }) => continue,
            Some(Reconciled { result: Err(error), .. }) => error,
            None => return Some(Failure::RETRY),
        };
        match error.disposition() {
            Disposition::Retry => not_before = not_before.max(Some(error.settles_within())),
            Disposition::Reject => {
                rejected.insert(object);
            }
        }
    }
    if let Some(not_before) = not_before {
        return Some(Failure::Retry { not_before });
    }
    let object = rejected.into_iter().next()?;
    let Some(Reconciled { etag, result: Err(error), .. }) = results.get(object) else {
        return None;
    };
    Some(Failure::Reject(Rejection {
        reason: error.reason(),
        object: Some(object.clone()),
        etag: etag.clone(),
        detail: causes(error),
    }))
}

/// Waits for a turn and works on one key, unless there is no time for it.
async fn take_turn<S: Store, R: Renderer>(
    turns: Arc<Semaphore>,
    reconciler: Arc<Reconciler<S, R>>,
    pace: Pace,
    source: ObjectRef,
    give_up: Option<Instant>,
) -> (Reconciled, Duration) {
    let out_of_time = || Reconciled::failed(ReconcileError::OutOfTime);
    let Some(turn) = in_time(turns.acquire(), give_up, Duration::ZERO).await else {
        return (out_of_time(), Duration::ZERO);
    };
    let Ok(_turn) = turn else {
        return (Reconciled::failed(ReconcileError::ShuttingDown), Duration::ZERO);
    };
    let begun = Instant::now();
    if give_up.is_some_and(|give_up| begun + pace.expected() > give_up) {
        // Work that is not begun is not measured. Without this line, an estimate too high to begin
        // any work would never fall.
        pace.took(Duration::ZERO);
        return (out_of_time(), Duration::ZERO);
    }
    let work = in_time(reconciler.reconcile(&source), give_up, Duration::ZERO).await;
    let elapsed = begun.elapsed();
    pace.took(elapsed);
    (work.unwrap_or_else(|| Reconciled::failed(ReconcileError::CutShort)), elapsed)
}

/// The outcome of `work`, or `None` if it has not ended by `margin` before `deadline`.
async fn in_time<T>(
    work: impl Future<Output = T>,
    deadline: Option<Instant>,
    margin: Duration,
) -> Option<T> {
    match deadline {
        None => Some(work.await),
        Some(deadline) => {
            timeout_at(deadline.checked_sub(margin).unwrap_or(deadline), work).await.ok()
        }
    }
}

/// How long a key is expected to take: as long as the slowest recent one. The estimate falls by a
/// tenth with each key, begun or not, unless that key took longer.
#[derive(Debug, Clone, Default)]
struct Pace(Arc<Mutex<Duration>>);

impl Pace {
    fn expected(&self) -> Duration {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn took(&self, elapsed: Duration) {
        let mut expected = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *expected = elapsed.max(expected.mul_f64(0.9));
    }
}

fn task_failed(error: JoinError) -> Reconciled {
    Reconciled::failed(match error.try_into_panic() {
        Ok(payload) => ReconcileError::Panicked { message: panic_message(payload.as_ref()) },
        Err(_) => ReconcileError::ShuttingDown,
    })
}
