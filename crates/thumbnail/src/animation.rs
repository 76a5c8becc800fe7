//! Animations. Each frame is made small and written before the next one is decoded, so that an
//! animation takes hardly more memory than its first frame. Delays and the number of plays stay the
//! same.
//!
//! The source may be a GIF, an animated WebP or an APNG, and so may the result. All frames are
//! placed, cut and coloured like the first one.

mod canvas;
mod count;
pub(super) mod kind;
mod writer;

use image::DynamicImage;

use super::decode;
use super::decode::file::File;
use super::decode::picture::Picture;
use super::encode::notes::Notes;
use super::encode::{self, DEFAULT_WEBP};
use super::error::{Cause, ThumbnailError};
use super::format::{EncodedFormat, SourceFormat};
use super::geometry::Plan;
use super::raster::Srgb;
use super::shape;
use super::spec::{FormatChoice, Gamut, Output, Quality};
use canvas::Canvas;
use kind::Kind;
use writer::Writer;

/// How often an animation over [`Output::max_bytes`] is written again, each time at half the
/// quality. Each retry takes as long as the first time.
const RETRIES: u8 = 2;

/// How many frames a file has; 0 if its format has no animations.
pub(super) fn frames(source: &[u8], format: SourceFormat) -> u32 {
    count::count(source, format).map_or(0, |count| count.frames)
}

/// An animation that was found in a source.
pub(super) struct Animation<'a> {
    file: File<'a>,
    /// Frames that the file holds.
    frames: u32,
    /// How often it is played; 0 means for ever.
    plays: u32,
}

impl<'a> Animation<'a> {
    /// Finds the animation in a file, if it has more than one frame.
    pub(super) fn find(file: File<'a>) -> Option<Self> {
        let count::Count { frames, plays, .. } = count::count(file.source, file.format)?;
        (frames > 1).then_some(Self { file, frames, plays })
    }

    /// Leaves out the frames from the first one on that is damaged; `None` if at most one is left. Only
    /// decoding tells which frames are whole.
    pub(super) fn whole(self) -> Result<Option<Self>, ThumbnailError> {
        if !self.file.is_damaged {
            return Ok(Some(self));
        }
        let file = self.file;
        let count = || {
            let frames = decode::layers(file)?.frames;
            Ok(frames.take(self.frames as usize).take_while(Result::is_ok).count())
        };
        let frames = u32::try_from(file.contain(count)?).unwrap_or(u32::MAX);
        Ok((frames > 1).then_some(Self { frames, ..self }))
    }

    /// Refuses an animation that is over the limit. Its pixels are its frames times `width` x
    /// `height`, or times the thumbnail's size if that is larger.
    pub(super) fn check(&self, (width, height): (u32, u32)) -> Result<(), ThumbnailError> {
        let pixels = u64::from(width) * u64::from(height) * u64::from(self.frames);
        let largest = count::count(self.file.source, self.file.format);
        let largest = largest.map_or(0, |count| count.pixels);
        let limit = self.file.limits.max_pixels;
        let pixels = pixels.max(largest);
        if pixels > limit {
            let frames = self.frames;
            return Err(ThumbnailError::TooManyPixels { width, height, frames, pixels, limit });
        }
        Ok(())
    }

    /// How the animation is written for `output`; `None` if its format has no animations.
    pub(super) fn kind(&self, output: &Output, first: &Srgb) -> Option<Kind> {
        if !output.animated {
            return None;
        }
        let level = match output.quality.webp {
            Quality::Set(level) => level,
            Quality::Auto => DEFAULT_WEBP,
        };
        match (output.format, self.file.format) {
            (FormatChoice::Source, SourceFormat::Gif) => Some(Kind::Gif),
            (FormatChoice::Png, _) | (FormatChoice::Source, SourceFormat::Png) => Some(Kind::Png),
            (FormatChoice::WebP, _) | (FormatChoice::Source, SourceFormat::WebP) => {
                Some(Kind::WebP(Some(level)))
            }
            (FormatChoice::WebPLossless, _) => Some(Kind::WebP(None)),
            (FormatChoice::Auto, _) if encode::is_graphic(first) => Some(Kind::WebP(None)),
            (FormatChoice::Auto, _) => Some(Kind::WebP(Some(level))),
            (FormatChoice::Source | FormatChoice::Jpeg | FormatChoice::Avif, _) => None,
        }
    }

    /// Writes every frame, and `notes` where the format has a place for them. `picture` is the
    /// decoded first frame; its profile is used for all frames.
    pub(super) fn write(
        &self,
        picture: &mut Picture,
        plan: &Plan,
        output: &Output,
        kind: Kind,
        notes: &Notes,
    ) -> Result<(EncodedFormat, Vec<u8>), ThumbnailError> {
        let (mut kind, mut retries) = (kind, RETRIES);
        loop {
            let (format, bytes) = self.write_once(picture, plan, output, kind, notes)?;
            let fits = output.max_bytes.is_none_or(|most| bytes.len() as u64 <= u64::from(most));
            match kind {
                Kind::WebP(Some(level)) if !fits && level > 10 && retries > 0 => {
                    kind = Kind::WebP(Some((level / 2).max(10)));
                    retries -= 1;
                }
                _ => return Ok((format, bytes)),
            }
        }
    }

    fn write_once(
        &self,
        picture: &mut Picture,
        plan: &Plan,
        output: &Output,
        kind: Kind,
        notes: &Notes,
    ) -> Result<(EncodedFormat, Vec<u8>), ThumbnailError> {
        let format = match kind {
            Kind::Gif => EncodedFormat::Gif,
            Kind::Png => EncodedFormat::Png,
            Kind::WebP(_) => EncodedFormat::WebP,
        };
        let refuse = |source: Cause| ThumbnailError::Encoding { format, source };
        let mut writer = Writer::new(kind, self.frames, self.plays, notes.clone());
        let mut layers = self.file.contain(|| decode::layers(self.file))?;
        let mut canvas = Canvas::new(layers.canvas, layers.is_transparent);
        // Frames beyond those that were counted are ignored.
        for _ in 0..self.frames {
            let layer = self.file.contain(|| layers.frames.next().transpose())?;
            let layer = layer.ok_or_else(|| self.file.truncated(None))?;
            picture.pixels = DynamicImage::from(canvas.show(&layer).clone());
            picture.reduced = None;
            picture.is_transparent = true;
            let milliseconds = layer.milliseconds;
            drop(layer);
            let small = shape::shape(picture, plan, output, Gamut::Srgb)?;
            writer.push(&small, milliseconds, output).map_err(refuse)?;
        }
        Ok((format, writer.finish().map_err(refuse)?))
    }
}
