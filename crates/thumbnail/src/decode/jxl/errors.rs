//! Converts the JPEG XL decoder's errors to ours.

use jxl::error::Error;

use crate::decode::file::File;
use crate::error::ThumbnailError;

/// Converts the decoder's error to one that says who is at fault.
pub(super) fn refuse(file: &File<'_>, error: Error) -> ThumbnailError {
    let format = file.format;
    match error {
        Error::LevelLimitExceeded { .. } => file.unsupported(error),
        Error::ImageSizeTooLarge(..) | Error::OutOfMemory(_) | Error::ImageOutOfMemory(..) => {
            let limit = file.limits.max_pixels;
            ThumbnailError::TooMuchMemory { format, limit, source: error.into() }
        }
        _ => file.corrupt(error),
    }
}
