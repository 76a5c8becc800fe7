//! One job of a worker: messages that are handled together, from their arrival until they are
//! deleted, left to come back, or given back. It does not ask for messages.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
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

/// The shortest visibility that messages get; the queue's own may be shorter, even zero.
const SHORTEST_VISIBILITY: Duration = Duration::from_secs(2);
/// Attempts to delete a message; each of them may try more than once by itself.
const DELETE_ATTEMPTS: u32 = 3;
/// The pause after the first failed attempt; it doubles with each further one.
const DELETE_PAUSE: Duration = Duration::from_secs(1);

/// Messages, and what handles them.
pub(super) struct Job<S, H> {
    pub(super) source: Arc<S>,
    pub(super) handler: Arc<H>,
    pub(super) messages: Arc<[Message]>,
    /// How long the queue keeps them invisible.
    pub(super) visibility: Duration,
    /// When they were received.
    pub(super) received: Instant,
    /// Becomes true when all work must end.
    pub(super) out_of_time: watch::Receiver<bool>,
}

impl<S: Source, H: Handler> Job<S, H> {
    /// Handles the messages and deletes those that are done. Once the worker is out of time, it
    /// ends early and gives all of them back.
    pub(super) async fn run(self) -> Summary {
        // A task of its own, so that a panic ends nothing else. Dropping the set aborts it.
        let mut work = JoinSet::new();
        let (handler, messages) = (Arc::clone(&self.handler), Arc::clone(&self.messages));
        work.spawn(async move { handler.handle(&messages).await });
        let verdicts = tokio::select! {
            biased;
            ended = work.join_next() => ended,
            () = self.stay_invisible() => None,
            () = self.out_of_time() => {
                drop(work);
                let given_back = give_back(self.source.as_ref(), &self.messages).await;
                return Summary { given_back, ..Summary::default() };
            }
        };
        let verdicts = match verdicts {
            Some(Ok(verdicts)) => verdicts,
            Some(Err(failure)) => {
                error!(%failure, messageIds = self.ids(), "the handler panicked");
                Vec::new()
            }
            None => Vec::new(),
        };
        let done: Vec<&Message> = self
            .messages
            .iter()
            .zip(verdicts)
            .filter_map(|(message, verdict)| (verdict == Verdict::Done).then_some(message))
            .collect();
        join_all(done.iter().map(|message| self.delete(message))).await;
        Summary { done: done.len(), failed: self.messages.len() - done.len(), given_back: 0 }
    }

    /// Ends when all work must end, or when the worker is gone.
    async fn out_of_time(&self) {
        let _ = self.out_of_time.clone().wait_for(|out_of_time| *out_of_time).await;
    }

    /// Never ends: extends the messages' visibility whenever half of it is over.
    async fn stay_invisible(&self) {
        let visibility = self.visibility.max(SHORTEST_VISIBILITY);
        let mut due = self.received + self.visibility / 2;
        loop {
            sleep_until(due).await;
            due = Instant::now() + visibility / 2;
            let extend =
                self.messages.iter().map(|message| self.source.extend(message, visibility));
            for (message, extended) in self.messages.iter().zip(join_all(extend).await) {
                if let Err(failure) = extended {
                    warn!(
                        messageId = message.id,
                        cause = causes(&failure),
                        "the message's visibility could not be extended; it may come back too early"
                    );
                    // So there is time for more tries before it comes back.
                    due = due.min(Instant::now() + visibility / 8);
                }
            }
        }
    }

    /// Deletes a message that is done. If that fails for good, it comes back and is found done.
    async fn delete(&self, message: &Message) {
        let mut pause = DELETE_PAUSE;
        for attempt in 1..=DELETE_ATTEMPTS {
            let Err(failure) = self.source.delete(message).await else { return };
            let cause = causes(&failure);
            if attempt == DELETE_ATTEMPTS {
                warn!(
                    messageId = message.id,
                    cause, "the message is done, but could not be deleted; it comes back"
                );
            } else {
                sleep(pause).await;
                pause *= 2;
            }
        }
    }

    fn ids(&self) -> String {
        let ids: Vec<&str> = self.messages.iter().map(|message| message.id.as_str()).collect();
        ids.join(" ")
    }
}

/// Makes `messages` visible again at once, for another worker. Returns for how many it succeeded.
pub(super) async fn give_back<S: Source>(source: &S, messages: &[Message]) -> usize {
    let give = messages.iter().map(|message| source.extend(message, Duration::ZERO));
    let mut given_back = 0;
    for (message, given) in messages.iter().zip(join_all(give).await) {
        match given {
            Ok(()) => given_back += 1,
            Err(failure) => warn!(
                messageId = message.id,
                cause = causes(&failure),
                "the message was not given back; it returns when its visibility timeout ends"
            ),
        }
    }
    given_back
}
