//! How many messages a worker handled, and how they ended.

/// What became of the messages that a worker received.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// Done, and deleted (or to be found done when they come back).
    pub done: usize,
    /// Failed; they come back later.
    pub failed: usize,
    /// Given back at the end: not begun, or not ended in time.
    pub given_back: usize,
}
