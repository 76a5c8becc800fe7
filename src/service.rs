//! From messages to verdicts: which keys the messages name, how many keys are worked on at once,
//! and what becomes of messages that fail. Lambda's events and the worker's polling both end here,
//! but this module knows neither. [`crate::reconcile`] decides what becomes of a key.
//!
//! Each message is judged by itself, also in a FIFO queue: none says more than "look at this key
//! again", so their order means nothing.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::join_all;
use tokio::sync::Semaphore;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::{Instant, timeout_at};
use tracing::Instrument as _;

use crate::bus::AnyBus;
use crate::canary::{self, CanaryError};
use crate::causes::causes;
use crate::engine::{Renderer, panic_message};
use crate::notification::{self, Notification};
use crate::object::ObjectRef;
use crate::queue::{Message, Queue, QueueError, Rejection, backoff};
use crate::reconcile::{Anew, Disposition, Outcome, ReconcileError, Reconciled, Reconciler};
use crate::store::Store;

mod announcement;
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
    doubts_absence: bool,
    bus: AnyBus,
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
            doubts_absence: false,
            bus: None,
        }
    }

    /// The same, for a store that may not be strongly consistent if `doubts`: that an object which
    /// was just created is not there is believed only the second time.
    #[must_use]
    pub fn doubting_absence(self, doubts: bool) -> Self {
        Self { doubts_absence: doubts, ..self }
    }

    /// The same, and tells `bus` what became of each key, before its messages count as done. A key
    /// that the bus was not told of comes back.
    #[must_use]
    pub fn announcing(self, bus: AnyBus) -> Self {
        Self { bus, ..self }
    }

    /// Does everything that `messages` ask for, and returns a verdict for each, in their order.
    ///
    /// A message is done when every key that it names is done; a key that several name is worked on
    /// once. A message that can never succeed goes to the dead-letter queue; one that may is
    /// delayed. Work that has not ended shortly before `deadline` (`None`: never) is given up and
    /// fails.
    pub async fn process(&self, messages: &[Message], deadline: Option<Instant>) -> Vec<Verdict> {
        let asked: Vec<Notification> =
            messages.iter().map(|message| notification::parse(&message.body)).collect();
        let mut requesters: HashMap<&ObjectRef, Vec<Requester<'_>>> = HashMap::new();
        for (message, asked) in messages.iter().zip(&asked) {
            for mention in &asked.look {
                let requester = Requester::of(message, mention);
                requesters.entry(&mention.object).or_default().push(requester);
            }
            for event in &asked.ignored {
                self.observer.message_ignored(&message.id, event);
            }
        }
        let ended = self.reconcile_all(requesters, deadline).await;
        let settle = messages
            .iter()
            .zip(&asked)
            .map(|(message, asked)| self.settle(message, self.failure(asked, &ended), deadline));
        let verdicts = join_all(settle).await;

        let mut coming_back: HashSet<&ObjectRef> = HashSet::new();
        for ((message, asked), verdict) in messages.iter().zip(&asked).zip(&verdicts) {
            let comes_back = *verdict == Verdict::Failed;
            if comes_back {
                coming_back.extend(asked.look.iter().map(|mention| &mention.object));
            }
            if let Some(error) = &asked.not_understood {
                self.observer.message_not_understood(message, error, comes_back);
            }
        }
        self.report_refused(&ended, |key| coming_back.contains(key));
        verdicts
    }

    /// Sends out the canary (see [`canary`]), and returns the time after which it came back.
    pub async fn probe(
        &self,
        canary: &ObjectRef,
        deadline: Option<Instant>,
    ) -> Result<Duration, CanaryError> {
        let result = canary::probe(&self.reconciler, canary, self.queue.url(), deadline).await;
        self.observer.canary_ended(canary, result.as_ref().copied());
        result
    }

    /// Works on every key of `requesters`, each in a task of its own, and reports each as it ends.
    /// Keys that no further try can help are left to [`report_refused`](Self::report_refused).
    pub(crate) async fn reconcile_all<'a>(
        &self,
        requesters: HashMap<&'a ObjectRef, Vec<Requester<'a>>>,
        deadline: Option<Instant>,
    ) -> HashMap<&'a ObjectRef, Ended<'a>> {
        let give_up = deadline.and_then(|deadline| deadline.checked_sub(SETTLE_MARGIN));
        // If this future is dropped, the set is dropped too, and aborts its tasks.
        let mut tasks = JoinSet::new();
        let mut working: HashMap<Id, (&ObjectRef, Vec<Requester<'_>>)> = HashMap::new();
        for (source, requesters) in requesters {
            let reconciler = Arc::clone(&self.reconciler);
            let (key, bus, delivery) = (source.clone(), self.bus.clone(), delivery(&requesters));
            let work = async move { reconcile(&reconciler, &key, bus, delivery).await };
            let work = take_turn(Arc::clone(&self.turns), self.pace.clone(), work, give_up);
            // Log lines of the task belong to this invocation too.
            let task = tasks.spawn(work.in_current_span());
            working.insert(task.id(), (source, requesters));
        }
        let mut all = HashMap::with_capacity(working.len());
        while let Some(ended) = tasks.join_next_with_id().await {
            let (id, (reconciled, elapsed)) = match ended {
                Ok(ended) => ended,
                Err(error) => (error.id(), (task_failed(error), Duration::ZERO)),
            };
            let Some((source, requesters)) = working.remove(&id) else { continue };
            let ended = Ended { reconciled, at: Instant::now(), elapsed, requesters };
            if !ended.is_refused() {
                let comes_back = ended.reconciled.result.is_err();
                self.observer.key_finished(&ended.report(source, comes_back));
            }
            all.insert(source, ended);
        }
        all
    }

    /// Reports the keys that no further try can help. Whether they are given up is known only once
    /// their messages are in the dead-letter queue: a key whose message comes back is not.
    pub(crate) fn report_refused(
        &self,
        ended: &HashMap<&ObjectRef, Ended<'_>>,
        comes_back: impl Fn(&ObjectRef) -> bool,
    ) {
        for (source, ended) in ended.iter().filter(|(_, ended)| ended.is_refused()) {
            self.observer.key_finished(&ended.report(source, comes_back(source)));
        }
    }

    /// `None` when everything that the message asked for is done. If any of its keys may succeed on
    /// another try, the whole message comes back, even if the rest of it never can succeed.
    fn failure(
        &self,
        asked: &Notification,
        ended: &HashMap<&ObjectRef, Ended<'_>>,
    ) -> Option<Failure> {
        let mut refused: Option<(&ObjectRef, &Reconciled, &ReconcileError)> = None;
        let mut not_before = None;
        for object in asked.look.iter().map(|mention| &mention.object) {
            let Some(ended) = ended
                .get(object)
                .filter(|ended| !(self.doubts_absence && ended.may_still_appear()))
            else {
                not_before = not_before.max(Some(Duration::ZERO));
                continue;
            };
            let reconciled = &ended.reconciled;
            let Err(error) = &reconciled.result else { continue };
            match ended.disposition(error) {
                Disposition::Retry => not_before = not_before.max(Some(error.settles_within())),
                Disposition::Reject => {
                    if refused.is_none_or(|(first, ..)| object < first) {
                        refused = Some((object, reconciled, error));
                    }
                }
            }
        }
        if let Some(not_before) = not_before {
            return Some(Failure::Retry { not_before });
        }
        if let Some(error) = &asked.not_understood {
            let (reason, detail) = ("not_understood", causes(error));
            return Some(Failure::Reject(Rejection { reason, detail, ..Rejection::default() }));
        }
        let (object, reconciled, error) = refused?;
        Some(Failure::Reject(Rejection {
            reason: error.reason(),
            object: Some(object.clone()),
            etag: reconciled.etag.clone(),
            detail: causes(error),
        }))
    }

    /// Decides what becomes of a message, and does it: a failed message is rejected or delayed. One
    /// that cannot be rejected is delayed as well: whether there is no dead-letter queue, it denies
    /// access or SQS is out, trying again at once would not help. Where the queue has a redrive
    /// policy, SQS moves the message in the end.
    async fn settle(
        &self,
        message: &Message,
        failure: Option<Failure>,
        deadline: Option<Instant>,
    ) -> Verdict {
        let not_before = match failure {
            None => return Verdict::Done,
            Some(Failure::Retry { not_before }) => not_before,
            Some(Failure::Reject(rejection)) => {
                match settled(self.queue.reject(message, &rejection), deadline).await {
                    Ok(()) => return Verdict::Done,
                    Err(error) => self.observer.reject_failed(&message.id, &error),
                }
                Duration::ZERO
            }
        };
        let delay = backoff(message.receive_count, fastrand::f64()).max(not_before);
        match settled(self.queue.delay(message, delay), deadline).await {
            // Whoever delivers the messages decides when they come back.
            Ok(()) | Err(QueueError::NoQueue) => {}
            Err(error) => self.observer.delay_failed(&message.id, &error),
        }
        Verdict::Failed
    }
}

/// A key that was worked on.
pub(crate) struct Ended<'a> {
    pub(crate) reconciled: Reconciled,
    at: Instant,
    elapsed: Duration,
    requesters: Vec<Requester<'a>>,
}

impl Ended<'_> {
    /// Whether no further try can help.
    fn is_refused(&self) -> bool {
        let error = self.reconciled.result.as_ref().err();
        error.is_some_and(|error| self.disposition(error) == Disposition::Reject)
    }

    fn disposition(&self, error: &ReconcileError) -> Disposition {
        error.disposition_at(self.delivery())
    }

    /// How often the most delivered of its messages was delivered.
    fn delivery(&self) -> u32 {
        delivery(&self.requesters)
    }

    /// Whether nothing was found although it was said to have been created, and nothing else. A
    /// server that is not strongly consistent may only not know of it yet, so the first delivery is
    /// not believed.
    fn may_still_appear(&self) -> bool {
        matches!(self.reconciled.result, Ok(Outcome::Removed { .. }))
            && self.delivery() == 1
            && self.requesters.iter().all(|requester| requester.is_creation)
    }

    fn report<'a>(&'a self, source: &'a ObjectRef, comes_back: bool) -> KeyReport<'a> {
        let Reconciled { etag, measured, result } = &self.reconciled;
        KeyReport {
            source,
            etag: etag.as_deref(),
            result,
            comes_back,
            ended: self.at,
            elapsed: self.elapsed,
            measured,
            requesters: &self.requesters,
        }
    }
}

/// Why a message is not done.
enum Failure {
    Reject(Rejection),
    Retry { not_before: Duration },
}

/// How often the most delivered of these messages was delivered.
fn delivery(requesters: &[Requester<'_>]) -> u32 {
    requesters.iter().filter_map(|requester| requester.receive_count).max().unwrap_or(1)
}

/// Works on one key, and tells the bus what became of it. The bus can only be told in full of what is
/// made. So what it may not have been told of is made anew: in a message that was delivered before,
/// and where the first delivery wrote without learning whether that landed.
async fn reconcile<S: Store, R: Renderer>(
    reconciler: &Reconciler<S, R>,
    source: &ObjectRef,
    bus: AnyBus,
    delivery: u32,
) -> Reconciled {
    let Some(bus) = bus else { return reconciler.reconcile(source).await };
    let anew = if delivery > 1 { Anew::Always } else { Anew::AfterATry };
    let mut ended = reconciler.reconcile_anew(source, anew).await;
    if let Some(event) = announcement::of(source, &ended, delivery)
        && let Err(error) = bus.publish(event).await
    {
        ended.result = Err(ReconcileError::NotAnnounced(error));
    }
    ended
}

/// Waits for a turn and does the `work` on one key, unless there is no time for it.
async fn take_turn(
    turns: Arc<Semaphore>,
    pace: Pace,
    work: impl Future<Output = Reconciled>,
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
    let work = in_time(work, give_up, Duration::ZERO).await;
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

/// The outcome of a call to the queue, if it ends in time for the answer.
async fn settled(
    call: impl Future<Output = Result<(), QueueError>>,
    deadline: Option<Instant>,
) -> Result<(), QueueError> {
    in_time(call, deadline, ANSWER_MARGIN).await.unwrap_or(Err(QueueError::OutOfTime))
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
