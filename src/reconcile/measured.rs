//! What is measured while a key is worked on: how long each stage of it took, and what the source
//! was seen to be. It is told to whoever observes; nothing is decided by it.

#![expect(clippy::disallowed_methods, reason = "work is timed here")]

use std::time::{Duration, Instant};

use thumbnail::SourceFormat;

/// A part of a key's work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Asking the store what the source and its thumbnails are: before the work, and after it.
    Look,
    /// Reading the source's bytes, memory for them waited for.
    Read,
    /// Making the thumbnails of them, memory and a thread waited for.
    Render,
    /// Writing thumbnails, or removing them.
    Write,
}

impl Stage {
    /// Begins it. Where it is not ended, it is as if it had not begun.
    pub(super) fn begin(self) -> Running {
        Running { stage: self, begun: Instant::now() }
    }
}

/// A stage that ended, well or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timed {
    /// Which.
    pub stage: Stage,
    /// How long after the work on the key it began.
    pub after: Duration,
    /// How long it took.
    pub took: Duration,
}

/// The stages of a key's work in their order. One that is looked at again has them again.
#[derive(Debug)]
pub struct Stages {
    begun: Instant,
    ended: Vec<Timed>,
}

impl Default for Stages {
    fn default() -> Self {
        Self { begun: Instant::now(), ended: Vec::new() }
    }
}

impl Stages {
    /// How long all stages of one kind took together; `None` when there was none.
    #[must_use]
    pub fn took(&self, stage: Stage) -> Option<Duration> {
        let of_kind = self.ended.iter().filter(|timed| timed.stage == stage);
        of_kind.map(|timed| timed.took).reduce(|all, one| all + one)
    }

    /// Those that ended, in their order.
    #[must_use]
    pub fn ended(&self) -> &[Timed] {
        &self.ended
    }
}

/// What was measured of a key.
#[derive(Debug, Default)]
pub struct Measured {
    /// Bytes of the source that was seen last.
    pub source_bytes: Option<u64>,
    /// Its format by its first bytes, once they were read.
    pub source_format: Option<SourceFormat>,
    /// How long what took.
    pub stages: Stages,
}

/// A stage under way.
pub(super) struct Running {
    stage: Stage,
    begun: Instant,
}

impl Measured {
    /// Ends a stage.
    pub(super) fn end(&mut self, Running { stage, begun }: Running) {
        let after = begun.duration_since(self.stages.begun);
        self.stages.ended.push(Timed { stage, after, took: begun.elapsed() });
    }
}
