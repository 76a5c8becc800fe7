//! Decodes HEVC data to planes, through `heic_rs`. No other file uses that crate.

use heic_rs::hevc::{ChromaFormat, decode_still};

use super::configuration::Configuration;
use crate::decode::file::File;
use crate::decode::heif::codec::{self, Form};
use crate::error::ThumbnailError;

/// A decoded frame.
pub(super) struct Frame(heic_rs::hevc::Frame);

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
    Ok(Frame(frame))
}

impl codec::Frame for Frame {
    type Plane<'a> = Plane<'a>;

    fn luma(&self) -> Plane<'_> {
        Plane { samples: &self.0.y, stride: self.0.y_stride as usize }
    }

    fn chroma(&self) -> Option<[Plane<'_>; 2]> {
        let stride = self.0.c_stride as usize;
        (self.0.chroma != ChromaFormat::Monochrome)
            .then(|| [&self.0.cb, &self.0.cr].map(|samples| Plane { samples, stride }))
    }
}

/// One channel of a frame.
pub(super) struct Plane<'a> {
    samples: &'a [u16],
    stride: usize,
}

impl codec::Plane for Plane<'_> {
    fn read(&self, x: usize, y: usize, to: &mut [f32]) {
        let row = self.samples.get(y.saturating_mul(self.stride)..).unwrap_or_default();
        for (to, &sample) in to.iter_mut().zip(row.iter().take(self.stride).skip(x)) {
            *to = sample.into();
        }
    }
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
