//! Runs the decoder's work on this thread, and stops it if a picture has more layers than any real
//! one. A layer of a few bytes can be as large as the picture, and the header does not announce it.

use jxl::api::{JxlParallelRunner, JxlParallelRunnerFun};
use jxl::error::{Error, Result};

use crate::decode::file::File;
use crate::error::ThumbnailError;

/// How many pixels all layers may have together, in addition to the layers that any picture may
/// have.
const MAX_LAYER_PIXELS: u64 = 1 << 28;

/// How many times the decoder requests work for each layer, at most.
const STEPS_OF_LAYER: u64 = 3;

/// How many layers any picture may have.
const FEW_LAYERS: u64 = 8;

/// Counts the decoder's requests for work.
pub(super) struct Runner {
    steps: u64,
    max_layers: u64,
}

impl Runner {
    /// A runner for a picture of `pixels` pixels.
    pub(super) fn new(pixels: u64) -> Self {
        Self { steps: 0, max_layers: FEW_LAYERS + MAX_LAYER_PIXELS / pixels.max(1 << 16) }
    }

    /// Refuses a picture whose decoding was stopped.
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
