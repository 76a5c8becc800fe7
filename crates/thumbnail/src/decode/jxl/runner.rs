//! Runs the decoder's work on this thread, and stops it when a picture is in more layers than one ever
//! is: each can be as large as the picture in a few bytes, and none is announced.

use jxl::api::{JxlParallelRunner, JxlParallelRunnerFun};
use jxl::error::{Error, Result};

use crate::decode::file::File;
use crate::error::ThumbnailError;

/// How many pixels all layers may have together, beyond what one picture needs.
const MAX_LAYER_PIXELS: u64 = 1 << 28;

/// How often the decoder asks for work to be done in a layer, at most.
const STEPS_OF_LAYER: u64 = 3;

/// How many layers there may be in any picture.
const FEW_LAYERS: u64 = 8;

/// Counts the steps of the decoder.
pub(super) struct Runner {
    steps: u64,
    max_layers: u64,
}

impl Runner {
    /// For a picture of so many pixels.
    pub(super) fn new(pixels: u64) -> Self {
        Self { steps: 0, max_layers: FEW_LAYERS + MAX_LAYER_PIXELS / pixels.max(1 << 16) }
    }

    /// Refuses a picture that was stopped.
    pub(super) fn check(&self, file: &File<'_>) -> std::result::Result<(), ThumbnailError> {
        file.check_parts("layers", self.steps / STEPS_OF_LAYER, self.max_layers)
    }
}

impl JxlParallelRunner for Runner {
    fn run(&mut self, count: usize, work: &JxlParallelRunnerFun<'_>) -> Result<()> {
        self.steps += 1;
        if self.steps / STEPS_OF_LAYER > self.max_layers {
            return Err(Error::ApiUsageError("too many layers"));
        }
        (0..count).try_for_each(work)
    }

    fn num_threads(&self) -> usize {
        1
    }

    fn run_ordered(
        &mut self,
        count: usize,
        _: Option<usize>,
        work: &JxlParallelRunnerFun<'_>,
    ) -> Result<()> {
        self.run(count, work)
    }
}
