//! Decodes AV1 data to planes, through `isolated-av1`: in a process that has nothing, where the program
//! asked for that. No other file uses that crate.

use isolated_av1::{Av1Error, Layout, Plane, Planes};

use super::sequence;
use crate::decode::file::File;
use crate::decode::heif::codec::{self, Form};
use crate::error::ThumbnailError;

/// A decoded frame.
pub(super) struct Frame {
    planes: Planes,
    is_deep: bool,
}

/// What is decoded of the data, and shown.
pub(super) struct Wanted {
    /// Width and height of the largest frame, in pixels.
    pub(super) largest: (u32, u32),
    /// How many frames there are.
    pub(super) frames: u64,
    pub(super) operating_point: u8,
    /// The layer that is shown: the last up to this one. If none is told, the first frame that the
    /// decoder gives is shown, which is of the highest layer.
    pub(super) layer: Option<u16>,
}

/// Decodes the picture that `data` holds. `memory` is what that takes at most, as [`working_bytes`]
/// says.
pub(super) fn decode(
    file: &File<'_>,
    data: &[u8],
    form: &Form,
    wanted: &Wanted,
    memory: u64,
) -> Result<Frame, ThumbnailError> {
    let picture = isolated_av1::Picture {
        data: &sequence::essence(data, wanted.layer),
        width: form.size.0,
        height: form.size.1,
        depth: form.depth,
        layout: match (form.is_grey, form.is_halved) {
            (true, _) => Layout::Grey,
            (false, (true, true)) => Layout::HalfBoth,
            (false, (true, false)) => Layout::HalfColumns,
            (false, (false, _)) => Layout::Full,
        },
        largest: wanted.largest,
        frames: u32::try_from(wanted.frames).unwrap_or(u32::MAX),
        operating_point: wanted.operating_point,
        shows_last: wanted.layer.is_some(),
        memory,
    };
    let planes = isolated_av1::decode(&picture).map_err(|error| match error {
        Av1Error::Unsupported(_) => file.unsupported(error),
        Av1Error::Corrupt(_) => file.corrupt(error),
        Av1Error::NotStarted(_) => {
            ThumbnailError::NoDecoder { format: file.format, source: error.into() }
        }
        error => ThumbnailError::DecoderFailed { format: file.format, source: error.into() },
    })?;
    Ok(Frame { planes, is_deep: form.depth > 8 })
}

impl codec::Frame for Frame {
    type Plane<'a> = Channel<'a>;

    fn luma(&self) -> Channel<'_> {
        Channel { plane: self.planes.luma(), is_deep: self.is_deep }
    }

    fn chroma(&self) -> Option<[Channel<'_>; 2]> {
        let is_deep = self.is_deep;
        self.planes.chroma().map(|chroma| chroma.map(|plane| Channel { plane, is_deep }))
    }
}

/// One channel of a frame.
pub(super) struct Channel<'a> {
    plane: Plane<'a>,
    is_deep: bool,
}

impl codec::Plane for Channel<'_> {
    fn read(&self, x: usize, y: usize, to: &mut [f32]) {
        let Plane { row_bytes, bytes } = self.plane;
        let row = y.saturating_mul(row_bytes);
        let row = bytes.get(row..row.saturating_add(row_bytes)).unwrap_or_default();
        if self.is_deep {
            let (samples, _) = row.as_chunks();
            for (to, &sample) in to.iter_mut().zip(samples.iter().skip(x)) {
                *to = u16::from_ne_bytes(sample).into();
            }
        } else {
            for (to, &sample) in to.iter_mut().zip(row.iter().skip(x)) {
                *to = sample.into();
            }
        }
    }
}

/// The most bytes that decoding a picture takes.
pub(super) fn working_bytes(form: &Form, frames: u64, data: u64) -> u64 {
    // Buffers have whole blocks of 128 x 128.
    let up = |side: u32| u64::from(side).next_multiple_of(128) + 64;
    let pixels = up(form.size.0) * up(form.size.1);
    let chroma = match form.is_halved {
        _ if form.is_grey => 0,
        (true, true) => pixels / 2,
        (true, false) | (false, true) => pixels,
        (false, false) => pixels * 2,
    };
    let samples = (pixels + chroma) * if form.depth > 8 { 2 } else { 1 };
    // The frames, and the planes that they are copied to; the data, and what of it is sent.
    samples * (frames + 1) + pixels * PIXEL_BYTES + data * 3 + FIXED_BYTES
}

/// Bytes that the decoder holds for each pixel beside its samples.
const PIXEL_BYTES: u64 = 1;

/// Bytes that the decoder holds for any picture.
const FIXED_BYTES: u64 = 1 << 20;
