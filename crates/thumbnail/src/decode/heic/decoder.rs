//! Decodes HEVC data in grey, or with colours at half of the columns and of the rows (4:2:0),
//! through `heic_rs`. No other file uses that crate.

use heic_rs::hevc::{ChromaFormat, decode_still};

use super::configuration::Configuration;
use super::frame::{Channel, Frame};
use crate::decode::file::File;
use crate::decode::heif::codec::Form;
use crate::error::ThumbnailError;

/// Decodes the picture that `data` holds.
pub(super) fn decode(
    file: &File<'_>,
    data: &[u8],
    form: &Form,
    configuration: &Configuration<'_>,
) -> Result<Frame, ThumbnailError> {
    let units = configuration.units(data).unwrap_or_default();
    let frame = decode_still(&configuration.parameters, &units);
    let frame = frame.and_then(|frame| frame.validate().map(|()| frame));
    let frame = frame.map_err(|error| match error {
        heic_rs::Error::Unsupported(_) => file.unsupported(error),
        error => file.corrupt(error),
    })?;
    let chroma = if form.is_grey { ChromaFormat::Monochrome } else { ChromaFormat::Yuv420 };
    let made = ((frame.width, frame.height), frame.bit_depth, frame.chroma);
    if made != (form.size, form.depth, chroma) {
        return Err(file.corrupt("its picture is of another kind than its header tells"));
    }
    let channel = |samples, stride: u32| {
        let stride = stride as usize;
        Channel { samples, stride, first: (0, 0) }
    };
    Ok(Frame {
        luma: channel(frame.y, frame.y_stride),
        chroma: (!form.is_grey)
            .then(|| [frame.cb, frame.cr].map(|samples| channel(samples, frame.c_stride))),
    })
}

/// The most bytes that decoding a picture takes.
pub(super) fn working_bytes(form: &Form, (width, height): (u32, u32), length: u64) -> u64 {
    let pixels = u64::from(width).next_multiple_of(64) * u64::from(height).next_multiple_of(64);
    let samples = if form.is_grey { pixels } else { pixels * 3 / 2 };
    samples * SAMPLE_BYTES + pixels * PIXEL_BYTES + length * 3 + FIXED_BYTES
}

/// Bytes that are held for each sample: two before and after filters, and two for the cropped
/// frame.
const SAMPLE_BYTES: u64 = 4;

/// Bytes that are held for each pixel beside its samples: how its block was coded.
const PIXEL_BYTES: u64 = 1;

/// Bytes that are held for any picture.
const FIXED_BYTES: u64 = 1 << 20;
