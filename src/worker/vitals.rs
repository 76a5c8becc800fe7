//! How a worker is: whether it moves, whether its queue answers, what it works on. It is told as
//! things happen, and decides nothing but what to say when asked.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::service::{KeyReport, Observer};

/// So many failed receives in a row, and the queue counts as out of reach.
const FAILURES: u32 = 3;
/// A receive that takes longer goes unanswered: three times as long as SQS waits for messages.
const UNANSWERED: Duration = Duration::from_mins(1);

/// How a worker is. Whoever holds it may ask at any time.
#[derive(Debug)]
pub struct Vitals {
    stuck_after: Duration,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// When the loop last took a step, or the work on a key ended.
    moved: Instant,
    /// Since when a receive is under way.
    asked: Option<Instant>,
    /// Whether a receive was ever answered.
    answered: bool,
    failures_in_a_row: u32,
    receive_failures: u64,
    in_flight: usize,
    draining: bool,
}

/// Why a worker does not count as live.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("stuck: nothing has happened for {0} seconds")]
pub struct Stuck(u64);

/// Why a worker does not count as ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotReady {
    /// It has just started.
    #[error("the queue has not answered yet")]
    NotAnswered,
    /// The last receives failed.
    #[error("the last {0} receives failed")]
    Failing(u32),
    /// The receive that is under way takes too long.
    #[error("the queue has not answered for {0} seconds")]
    Unanswered(u64),
    /// It was told to stop.
    #[error("draining: told to stop, with {0} messages in flight")]
    Draining(usize),
}

impl Vitals {
    /// A worker that has just started. It counts as stuck once nothing has happened for
    /// `stuck_after`: longer than the longest work on one key.
    #[must_use]
    pub fn new(stuck_after: Duration) -> Self {
        let state = State {
            moved: Instant::now(),
            asked: None,
            answered: false,
            failures_in_a_row: 0,
            receive_failures: 0,
            in_flight: 0,
            draining: false,
        };
        Self { stuck_after, state: Mutex::new(state) }
    }

    /// Whether it works. An idle worker does: it asks for messages. So does a draining one: its time
    /// is bounded.
    pub fn live(&self) -> Result<(), Stuck> {
        let state = self.state();
        let still = state.moved.elapsed();
        if state.draining || still <= self.stuck_after {
            Ok(())
        } else {
            Err(Stuck(still.as_secs()))
        }
    }

    /// Whether the queue answers, and messages are taken from it.
    pub fn ready(&self) -> Result<(), NotReady> {
        let state = self.state();
        let unanswered = state.asked.map(|asked| asked.elapsed()).unwrap_or_default();
        if state.draining {
            Err(NotReady::Draining(state.in_flight))
        } else if state.failures_in_a_row >= FAILURES {
            Err(NotReady::Failing(state.failures_in_a_row))
        } else if unanswered > UNANSWERED {
            Err(NotReady::Unanswered(unanswered.as_secs()))
        } else if !state.answered {
            Err(NotReady::NotAnswered)
        } else {
            Ok(())
        }
    }

    /// How many messages are worked on.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.state().in_flight
    }

    /// How many receives have failed so far.
    #[must_use]
    pub fn receive_failures(&self) -> u64 {
        self.state().receive_failures
    }

    /// Something has happened.
    pub(super) fn moves(&self) {
        self.state().moved = Instant::now();
    }

    /// A receive begins.
    pub(super) fn asks(&self) {
        self.state().asked = Some(Instant::now());
    }

    /// The receive was answered, if only by no messages.
    pub(super) fn is_answered(&self) {
        let mut state = self.state();
        (state.asked, state.answered, state.failures_in_a_row) = (None, true, 0);
    }

    /// The receive failed. Returns how many did in a row.
    pub(super) fn is_refused(&self) -> u32 {
        let mut state = self.state();
        state.asked = None;
        state.receive_failures += 1;
        state.failures_in_a_row = state.failures_in_a_row.saturating_add(1);
        state.failures_in_a_row
    }

    /// The worker was told to stop.
    pub(super) fn drains(&self) {
        self.state().draining = true;
    }

    /// A message is in flight until what this returns is dropped.
    pub(super) fn take_off(self: &Arc<Self>) -> InFlight {
        self.state().in_flight += 1;
        InFlight(Arc::clone(self))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The end of a key is a sign of life: a message may name many, and all room may be taken by such.
impl Observer for Vitals {
    fn key_finished(&self, _: &KeyReport<'_>) {
        self.moves();
    }
}

/// A message that is worked on.
pub(super) struct InFlight(Arc<Vitals>);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.state().in_flight -= 1;
    }
}

impl fmt::Debug for InFlight {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("InFlight")
    }
}
