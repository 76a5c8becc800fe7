//! The one way through the engine: a file is opened by its header, which tells what rendering
//! costs, and then rendered.

use std::sync::Arc;

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
use super::spec::{Limits, OnDamaged, Recipe};
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
    /// Why the file was refused, if it is opened as a damaged one.
    damage: Option<ThumbnailError>,
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
        let file = File { source: bytes, format, limits: *limits, is_damaged: false };
        Self::of(file, recipe).or_else(|error| Self::damaged(file, recipe, error))
    }

    fn of(file: File<'a>, recipe: &'a Recipe) -> Result<Self, ThumbnailError> {
        let target = Target::of(recipe);
        let decoder = file.contain(|| decode::open(file, &target))?;
        Ok(Self { file, recipe, target, decoder, damage: None })
    }

    /// Opens a file that was refused with `error` as a damaged one, if the recipe wants that shown.
    /// Otherwise it stays refused with that error, and so does a file that has too little to show.
    fn damaged(
        file: File<'a>,
        recipe: &'a Recipe,
        error: ThumbnailError,
    ) -> Result<Self, ThumbnailError> {
        let is_shown = recipe.on_damaged == OnDamaged::Show
            && error.is_damage()
            && decode::shows_damaged(file.format);
        if !is_shown {
            return Err(error);
        }
        match Self::of(File { is_damaged: true, ..file }, recipe) {
            Ok(source) => Ok(Self { damage: Some(error), ..source }),
            Err(failure) => Err(refusal(error, failure)),
        }
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
    ///
    /// A picture that turns out to be damaged is decoded again if the recipe wants it shown. So the
    /// decoders of sound pictures stop at the first error, as they always do.
    pub fn render(self) -> Result<Rendering, ThumbnailError> {
        let (file, recipe) = (self.file, self.recipe);
        match self.draw() {
            Err(error) if !file.is_damaged => Self::damaged(file, recipe, error)?.draw(),
            drawn => drawn,
        }
    }

    fn draw(self) -> Result<Rendering, ThumbnailError> {
        let Self { file, recipe, target, decoder, damage } = self;
        let drawn = Self::draw_sound(file, recipe, &target, decoder);
        match damage {
            None => drawn,
            Some(error) => match drawn {
                Ok(rendering) => Ok(Rendering { damaged: Some(Arc::new(error)), ..rendering }),
                Err(failure) => Err(refusal(error, failure)),
            },
        }
    }

    fn draw_sound(
        file: File<'_>,
        recipe: &Recipe,
        target: &Target<'_>,
        decoder: Box<dyn Decode + '_>,
    ) -> Result<Rendering, ThumbnailError> {
        let job = Job::new(file, recipe);
        if target.is_planar(file.format)
            && let Some(picture) = file.contain(|| decoder.planes())?
        {
            return planar::render(&picture, &job);
        }
        pipeline::render(file.contain(|| decoder.decode())?, &job)
    }
}

/// The error of a damaged file that has too little to show: what it was refused with at first, unless
/// we are at fault.
fn refusal(error: ThumbnailError, failure: ThumbnailError) -> ThumbnailError {
    match failure {
        ThumbnailError::DecoderFailed { .. }
        | ThumbnailError::Resizing { .. }
        | ThumbnailError::Encoding { .. } => failure,
        _ => error,
    }
}

impl std::fmt::Debug for Source<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (format, size) = (self.format(), self.size());
        formatter.debug_struct("Source").field("format", &format).field("size", &size).finish()
    }
}
