//! One batch: messages in, the ids of those that failed out, so that the Lambda SQS integration
//! deletes the others and lets these come back. The only file that names Lambda's event types.
//!
//! It decides who fails with whom and how much runs at once, not what becomes of a key: that is
//! [`crate::reconcile`].

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent};
use lambda_runtime::Context;
use tokio::sync::Semaphore;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::Instant;

use crate::config::Config;
use crate::engine::{Engine, Renderer, panic_message};
use crate::notification::{self, Notification, NotificationError};
use crate::object::ObjectRef;
use crate::reconcile::{Outcome, ReconcileError, Reconciler};
use crate::store::Store;

/// What is left of an invocation's time for answering, once work has been given up.
const ANSWER_MARGIN: Duration = Duration::from_millis(500);

/// Hears what became of everything in a batch, as it happens. Never called twice at once by one
/// batch.
pub trait Observer: Send + Sync + 'static {
    /// A key's work ended.
    fn key_finished(&self, report: &KeyReport<'_>);

    /// A message could not be understood; it is reported as failed.
    fn message_not_understood(&self, message_id: &str, error: &NotificationError) {
        let _ = (message_id, error);
    }

    /// A message asked for nothing, by the name of its event; it is acknowledged.
    fn message_ignored(&self, message_id: &str, event: &str) {
        let _ = (message_id, event);
    }
}

/// What became of a key.
#[derive(Debug)]
pub struct KeyReport<'a> {
    /// The key.
    pub source: &'a ObjectRef,
    /// How its work ended.
    pub result: &'a Result<Outcome, ReconcileError>,
    /// How long its work took, waiting for its turn not counted.
    pub elapsed: Duration,
    /// The messages that asked for it.
    pub message_ids: &'a [&'a str],
}

/// Why a whole invocation fails: its answer could not say what is to come back.
#[derive(Debug, thiserror::Error)]
pub enum BatchError {
    /// An answer that names no id, or an empty one, makes Lambda fail the whole batch anyway, and
    /// only in its logs (AWS Lambda Developer Guide, "Implementing partial batch responses").
    #[error(
        "record {index} of {count} failed and carries no messageId to report it by; \
         is this event from SQS?"
    )]
    Unaddressable {
        /// Which record of the event, from 0.
        index: usize,
        /// How many records the event has.
        count: usize,
    },
}

/// Answers batches. Built once; its methods may run at the same time.
#[derive(Debug)]
pub struct Service<S, R, O> {
    reconciler: Arc<Reconciler<S, R>>,
    observer: O,
    turns: Arc<Semaphore>,
}

impl<S: Store, O: Observer> Service<S, Engine, O> {
    /// A service as configured, which renders on as many threads as there are vCPUs.
    #[must_use]
    pub fn new(config: Config, store: S, observer: O) -> Self {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let engine = Engine::new(config.recipe, config.limits, threads);
        let reconciler = Reconciler::new(store, engine, config.policy);
        Self::with_reconciler(reconciler, observer, config.concurrency.get())
    }
}

impl<S: Store, R: Renderer, O: Observer> Service<S, R, O> {
    /// A service that works on at most `concurrency` keys at once.
    #[must_use]
    pub fn with_reconciler(reconciler: Reconciler<S, R>, observer: O, concurrency: usize) -> Self {
        Self {
            reconciler: Arc::new(reconciler),
            observer,
            turns: Arc::new(Semaphore::new(concurrency)),
        }
    }

    /// Does everything that the messages of `event` ask for and says which of them failed.
    ///
    /// A message is done when every key it names is. A key that several messages name is worked on
    /// once. What has not ended shortly before `deadline` (`None`: never) is given up and failed.
    pub async fn handle(
        &self,
        event: SqsEvent,
        deadline: Option<Instant>,
    ) -> Result<SqsBatchResponse, BatchError> {
        let ids: Vec<&str> = event
            .records
            .iter()
            .map(|message| message.message_id.as_deref().unwrap_or(""))
            .collect();
        let mut failed = BTreeSet::new();
        let mut askers: HashMap<ObjectRef, Vec<usize>> = HashMap::new();
        for (index, (message, id)) in event.records.iter().zip(&ids).enumerate() {
            match notification::parse(message.body.as_deref().unwrap_or("")) {
                Ok(Notification::Look(objects)) => {
                    for object in objects {
                        askers.entry(object).or_default().push(index);
                    }
                }
                Ok(Notification::TestEvent) => self.observer.message_ignored(id, "s3:TestEvent"),
                Ok(Notification::Irrelevant(event)) => self.observer.message_ignored(id, &event),
                Err(error) => {
                    self.observer.message_not_understood(id, &error);
                    failed.insert(index);
                }
            }
        }
        self.reconcile_all(askers, &ids, deadline, &mut failed).await;
        answer(&failed, &ids)
    }

    /// Works on every key of `askers`, each in a task of its own, and adds the askers of those that
    /// failed to `failed`.
    async fn reconcile_all(
        &self,
        askers: HashMap<ObjectRef, Vec<usize>>,
        ids: &[&str],
        deadline: Option<Instant>,
        failed: &mut BTreeSet<usize>,
    ) {
        let give_up = deadline.and_then(|deadline| deadline.checked_sub(ANSWER_MARGIN));
        // Dropped with this future, the set ends its tasks.
        let mut tasks = JoinSet::new();
        let mut working: HashMap<Id, (ObjectRef, Vec<usize>)> = HashMap::new();
        for (source, messages) in askers {
            let reconciler = Arc::clone(&self.reconciler);
            let turns = Arc::clone(&self.turns);
            let object = source.clone();
            let work = async move {
                let Ok(_turn) = turns.acquire().await else {
                    return (Err(ReconcileError::ShuttingDown), Duration::ZERO);
                };
                let begun = Instant::now();
                (reconciler.reconcile(&object).await, begun.elapsed())
            };
            let task = tasks.spawn(async move {
                match give_up {
                    None => work.await,
                    Some(give_up) => tokio::time::timeout_at(give_up, work)
                        .await
                        .unwrap_or((Err(ReconcileError::OutOfTime), Duration::ZERO)),
                }
            });
            working.insert(task.id(), (source, messages));
        }
        while let Some(ended) = tasks.join_next_with_id().await {
            let (id, (result, elapsed)) = match ended {
                Ok(ended) => ended,
                Err(error) => (error.id(), (Err(task_failed(error)), Duration::ZERO)),
            };
            let Some((source, messages)) = working.remove(&id) else {
                continue;
            };
            let message_ids: Vec<&str> =
                messages.iter().filter_map(|index| ids.get(*index).copied()).collect();
            let report =
                KeyReport { source: &source, result: &result, elapsed, message_ids: &message_ids };
            self.observer.key_finished(&report);
            if result.is_err() {
                failed.extend(messages);
            }
        }
    }
}

fn task_failed(error: JoinError) -> ReconcileError {
    match error.try_into_panic() {
        Ok(payload) => ReconcileError::Panicked { message: panic_message(payload.as_ref()) },
        Err(_) => ReconcileError::ShuttingDown,
    }
}

fn answer(failed: &BTreeSet<usize>, ids: &[&str]) -> Result<SqsBatchResponse, BatchError> {
    let mut response = SqsBatchResponse::default();
    for index in failed {
        match ids.get(*index) {
            Some(id) if !id.is_empty() => response.add_failure(*id),
            _ => {
                return Err(BatchError::Unaddressable { index: *index, count: ids.len() });
            }
        }
    }
    Ok(response)
}

/// When the invocation of `context` ends; `None` when that is unknown, as a deadline in the past
/// means: emulators send one in 1970.
#[must_use]
pub fn deadline(context: &Context) -> Option<Instant> {
    let left = context.deadline().duration_since(SystemTime::now()).ok()?;
    Instant::now().checked_add(left)
}
