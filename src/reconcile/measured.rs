//! What is measured while a key is worked on: how long each stage took, and what was seen of the
//! source. It is reported to observers; nothing is decided by it.

#![expect(clippy::disallowed_methods, reason = "work is timed here")]

use std::time::{Duration, Instant};

use thumbnail::SourceFormat;

/// A stage of the work on a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Asking the store about the source and its thumbnails, before the work and after it.
    Look,
    /// Reading the source's bytes, including the wait for memory.
    Read,
    /// Making the thumbnails, including the wait for memory and a thread.
    Render,
    /// Writing thumbnails, or removing them.
    Write,
}

impl Stage {
    /// Begins the stage. A stage that is never ended is not recorded.
    pub(super) fn begin(self) -> Running {
        Running { stage: self, begun: Instant::now() }
    }
}

/// A stage that ended, well or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timed {
    /// Which stage.
    pub stage: Stage,
    /// When it began, counted from the beginning of the work on the key.
    pub after: Duration,
    /// How long it took.
    pub took: Duration,
}

/// The stages of the work on a key, in order. Each look at the key adds its own.
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

    /// The stages that ended, in order.
    #[must_use]
    pub fn ended(&self) -> &[Timed] {
        &self.ended
    }
}

/// What was measured of a key.
#[derive(Debug, Default)]
pub struct Measured {
    /// The size of the source as last seen, in bytes.
    pub source_bytes: Option<u64>,
    /// The source's format by its first bytes, once they were read.
    pub source_format: Option<SourceFormat>,
    /// How long each stage took.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_took_as_long_as_all_its_parts() {
        let part = |stage, milliseconds| {
            let took = Duration::from_millis(milliseconds);
            Timed { stage, after: Duration::ZERO, took }
        };
        let ended = vec![part(Stage::Look, 7), part(Stage::Read, 20), part(Stage::Look, 5)];
        let stages = Stages { ended, ..Stages::default() };
        assert_eq!(stages.took(Stage::Look), Some(Duration::from_millis(12)));
        assert_eq!(stages.took(Stage::Read), Some(Duration::from_millis(20)));
        assert_eq!(stages.took(Stage::Write), None);
    }
}
