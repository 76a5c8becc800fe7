//! The one way through the engine: a file is opened by its header, which tells what rendering
//! costs, and then rendered.

use super::decode;
use super::decode::decoder::Decode;
use super::decode::file::File;
use super::error::ThumbnailError;
use super::format::SourceFormat;
use super::job::Job;
use super::memory_estimate;
use super::pipeline;
use super::planar;
use super::rendering::Rendering;
use super::spec::{Limits, Recipe};
use super::target::Target;

/// A picture whose header was read, and which is within the limits: ready to be rendered.
///
/// [`Source::memory`] tells the cost of rendering. [`Source::render`] continues without reading the
/// header again.
pub struct Source<'a> {
    file: File<'a>,
    recipe: &'a Recipe,
    target: Target<'a>,
    decoder: Box<dyn Decode + 'a>,
}

impl<'a> Source<'a> {
    /// Recognises the format of a file, reads the header of its picture, and plans how the picture is
    /// decoded for `recipe`. Refuses a picture that takes more than `limits` allow.
    pub fn open(
        bytes: &'a [u8],
        recipe: &'a Recipe,
        limits: &Limits,
    ) -> Result<Self, ThumbnailError> {
        let format = SourceFormat::from_first_bytes(bytes).ok_or(ThumbnailError::NotAPicture)?;
        let file = File { source: bytes, format, limits: *limits };
        let target = Target::of(recipe);
        let decoder = file.contain(|| decode::open(file, &target))?;
        Ok(Self { file, recipe, target, decoder })
    }

    /// The format that the first bytes announce.
    #[must_use]
    pub fn format(&self) -> SourceFormat {
        self.file.format
    }

    /// Width and height as stored, before the orientation is applied, in pixels.
    #[must_use]
    pub fn size(&self) -> (u32, u32) {
        let cost = self.decoder.cost();
        (cost.width, cost.height)
    }

    /// The most memory that [`Source::render`] allocates beside the file itself, in bytes. This is
    /// an estimate from the header alone, never too low, and for photographs less than twice too
    /// high.
    #[must_use]
    pub fn memory(&self) -> u64 {
        let File { source, format, .. } = self.file;
        memory_estimate::peak(self.decoder.cost(), self.recipe, source, format)
    }

    /// Makes every thumbnail of the recipe from one decode.
    ///
    /// The picture stays in planes of luma and chroma if that is enough for all thumbnails; otherwise
    /// it is decoded to pixels.
    pub fn render(self) -> Result<Rendering, ThumbnailError> {
        let Self { file, recipe, target, decoder } = self;
        let job = Job::new(file, recipe);
        if target.is_planar(file.format)
            && let Some(picture) = file.contain(|| decoder.planes())?
        {
            return planar::render(&picture, &job);
        }
        pipeline::render(file.contain(|| decoder.decode())?, &job)
    }
}

impl std::fmt::Debug for Source<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (format, size) = (self.format(), self.size());
        formatter.debug_struct("Source").field("format", &format).field("size", &size).finish()
    }
}
