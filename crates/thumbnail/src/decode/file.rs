//! A file that is being decoded: its bytes, its format, its limits, and its errors.

use std::error::Error;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

use image::ImageError;

use crate::error::{Cause, ThumbnailError};
use crate::format::SourceFormat;
use crate::spec::Limits;

/// The longest side that is resized, in pixels: for a longer one, the resizer's weights would take
/// too much memory and time. Most formats end at 65,535.
const MAX_SIDE: u64 = 1 << 20;

/// A file that is being decoded, and what it may cost.
#[derive(Clone, Copy)]
pub(crate) struct File<'a> {
    pub(crate) source: &'a [u8],
    pub(crate) format: SourceFormat,
    pub(crate) limits: Limits,
    /// Whether the file was refused as damaged, and as much of it as can be decoded is wanted.
    /// What is missing becomes grey, or transparent.
    pub(crate) is_damaged: bool,
}

impl File<'_> {
    /// Refuses a picture with more pixels than the limit. Called before anything is allocated for
    /// it.
    pub(super) fn check_pixels(&self, width: u32, height: u32) -> Result<(), ThumbnailError> {
        if width == 0 || height == 0 {
            return Err(self.corrupt("it has no pixels"));
        }
        // Only the first picture of an animation or of a file with many pages is decoded.
        let frames = 1;
        let pixels = u64::from(width) * u64::from(height) * u64::from(frames);
        let limit = self.limits.max_pixels;
        if pixels > limit {
            return Err(ThumbnailError::TooManyPixels { width, height, frames, pixels, limit });
        }
        self.check_parts("pixels on a side", u64::from(width.max(height)), MAX_SIDE)
    }

    /// Refuses a file with more than `limit` parts.
    pub(super) fn check_parts(
        &self,
        parts: &'static str,
        count: u64,
        limit: u64,
    ) -> Result<(), ThumbnailError> {
        if count > limit {
            return Err(ThumbnailError::TooManyParts { format: self.format, parts, count, limit });
        }
        Ok(())
    }

    /// The file breaks the rules of its format.
    pub(super) fn corrupt(&self, source: impl Into<Cause>) -> ThumbnailError {
        ThumbnailError::Undecodable { format: self.format, source: source.into() }
    }

    /// The file uses a feature that cannot be decoded.
    pub(super) fn unsupported(&self, source: impl Into<Cause>) -> ThumbnailError {
        ThumbnailError::Unsupported { format: self.format, source: source.into() }
    }

    /// The file ends too early.
    pub(crate) fn truncated(&self, source: Option<Cause>) -> ThumbnailError {
        ThumbnailError::Truncated { format: self.format, length: self.source.len(), source }
    }

    /// Runs a decoder. If a defect of it makes it panic, that is an error of this file alone: nothing
    /// that the decoder held is used again.
    pub(crate) fn contain<T>(
        &self,
        decoder: impl FnOnce() -> Result<T, ThumbnailError>,
    ) -> Result<T, ThumbnailError> {
        catch_unwind(AssertUnwindSafe(decoder)).unwrap_or_else(|payload| {
            let text = payload.downcast_ref::<&str>().copied();
            let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
            let source = format!("it panicked: {}", text.unwrap_or("no message")).into();
            Err(ThumbnailError::DecoderFailed { format: self.format, source })
        })
    }

    /// Turns the error for a corrupt or unsupported file into that for a truncated one, if its
    /// decoder requested more bytes than the file has.
    pub(super) fn truncated_if(&self, has_ended: bool, error: ThumbnailError) -> ThumbnailError {
        match error {
            ThumbnailError::Undecodable { source, .. }
            | ThumbnailError::Unsupported { source, .. }
                if has_ended =>
            {
                self.truncated(Some(source))
            }
            error => error,
        }
    }
}

/// Whether the innermost cause of `error` is the end of the file.
pub(super) fn ends_too_early(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        // An `io::Error` that wraps another skips it in `source`, and so does `ImageError` with the
        // one in its `IoError`.
        let io_error = match error.downcast_ref::<ImageError>() {
            Some(ImageError::IoError(io_error)) => Some(io_error),
            _ => error.downcast_ref::<io::Error>(),
        };
        if io_error.is_some_and(|error| error.kind() == io::ErrorKind::UnexpectedEof) {
            return true;
        }
        cause = error.source();
    }
    false
}
