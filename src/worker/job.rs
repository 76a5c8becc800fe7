//! One job of a worker: a message, from its arrival until it is deleted, left to come back, or given
//! back. It does not ask for messages.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};
use tracing::{error, warn};

use super::handler::Handler;
use super::source::Source;
use super::summary::Summary;
use crate::causes::causes;
use crate::queue::Message;
use crate::service::Verdict;

/// The shortest visibility that a message gets; the queue's own may be shorter, even zero.
const SHORTEST_VISIBILITY: Duration = Duration::from_secs(2);
/// Attempts to delete a message; each of them may try more than once by itself.
const DELETE_ATTEMPTS: u32 = 3;
/// The pause after the first failed attempt; it doubles with each further one.
const DELETE_PAUSE: Duration = Duration::from_secs(1);

/// A message, and what handles it.
pub(super) struct Job<S, H> {
    pub(super) source: Arc<S>,
    pub(super) handler: Arc<H>,
    pub(super) message: Arc<Message>,
    /// How long the queue keeps it invisible.
    pub(super) visibility: Duration,
    /// When it was received.
    pub(super) received: Instant,
    /// Becomes true when all work must end.
    pub(super) out_of_time: watch::Receiver<bool>,
}

impl<S: Source, H: Handler> Job<S, H> {
    /// Handles the message, and deletes it if it is done. Once the worker is out of time, the job
    /// ends early and gives the message back.
    pub(super) async fn run(self) -> Summary {
        // A task of its own, so that a panic ends nothing else. Dropping the set aborts it.
        let mut work = JoinSet::new();
        let (handler, message) = (Arc::clone(&self.handler), Arc::clone(&self.message));
        work.spawn(async move { handler.handle(&message).await });
        let verdict = tokio::select! {
            biased;
            ended = work.join_next() => ended,
            () = self.stay_invisible() => None,
            () = self.out_of_time() => {
                drop(work);
                let after = self.handler.settles_within();
                let given_back = give_back(self.source.as_ref(), &self.message, after).await;
                return Summary { given_back: usize::from(given_back), ..Summary::default() };
            }
        };
        match verdict {
            Some(Ok(Verdict::Done)) => {
                self.delete().await;
                return Summary { done: 1, ..Summary::default() };
            }
            Some(Err(failure)) => {
                error!(%failure, messageId = self.message.id, "the handler panicked");
            }
            Some(Ok(Verdict::Failed)) | None => {}
        }
        Summary { failed: 1, ..Summary::default() }
    }

    /// Ends when all work must end, or when the worker is gone.
    async fn out_of_time(&self) {
        let _ = self.out_of_time.clone().wait_for(|out_of_time| *out_of_time).await;
    }

    /// Never ends: extends the message's visibility whenever half of it is over.
    async fn stay_invisible(&self) {
        let visibility = self.visibility.max(SHORTEST_VISIBILITY);
        let mut due = self.received + self.visibility / 2;
        loop {
            sleep_until(due).await;
            due = Instant::now() + visibility / 2;
            if let Err(failure) = self.source.extend(&self.message, visibility).await {
                warn!(
                    messageId = self.message.id,
                    cause = causes(&failure),
                    "the message's visibility could not be extended; it may come back too early"
                );
                // So there is time for more tries before it comes back.
                due = due.min(Instant::now() + visibility / 8);
            }
        }
    }

    /// Deletes the message, which is done. If that fails for good, it comes back and is found done.
    async fn delete(&self) {
        let mut pause = DELETE_PAUSE;
        for attempt in 1..=DELETE_ATTEMPTS {
            let Err(failure) = self.source.delete(&self.message).await else { return };
            let cause = causes(&failure);
            if attempt == DELETE_ATTEMPTS {
                warn!(
                    messageId = self.message.id,
                    cause, "the message is done, but could not be deleted; it comes back"
                );
            } else {
                sleep(pause).await;
                pause *= 2;
            }
        }
    }
}

/// Makes `message` visible again after `after`, for another worker. Returns whether it succeeded.
pub(super) async fn give_back<S: Source>(source: &S, message: &Message, after: Duration) -> bool {
    let given = source.extend(message, after).await;
    if let Err(failure) = &given {
        warn!(
            messageId = message.id,
            cause = causes(failure),
            "the message was not given back; it returns when its visibility timeout ends"
        );
    }
    given.is_ok()
}
