//! Decodes HEVC data with colours at more than half of the columns or of the rows (4:2:2 and
//! 4:4:4), through `oxideav_h265`. No other file uses that crate.

use oxideav_h265::nal::{NalHeader, NalUnit, strip_emulation_prevention};
use oxideav_h265::picture::Plane;
use oxideav_h265::pps::PicParameterSet;
use oxideav_h265::sequence::{DecodedFrame, SequenceDecoder, SequenceError};
use oxideav_h265::slice::SliceSegmentHeader;
use oxideav_h265::sps::SeqParameterSet;

use super::configuration::{Configuration, PICTURE, SEQUENCE, VIDEO, kind};
use super::frame::{Channel, Frame};
use crate::decode::file::File;
use crate::decode::heif::codec::Form;
use crate::error::ThumbnailError;

/// The types of pictures that refer to no other (ITU-T H.265, 7.4.2.2).
const INTRA: std::ops::RangeInclusive<u8> = 16..=23;

/// Decodes the picture that `data` holds.
pub(super) fn decode(
    file: &File<'_>,
    data: &[u8],
    form: &Form,
    configuration: &Configuration<'_>,
) -> Result<Frame, ThumbnailError> {
    let units = configuration.units(data).unwrap_or_default();
    if units.iter().any(|unit| !INTRA.contains(&kind(unit))) {
        return Err(file.unsupported("it refers to another picture (inter prediction)"));
    }
    // The parameter set for videos tells only of further layers.
    let parameters = configuration.parameters.iter().filter(|unit| kind(unit) != VIDEO);
    let units = parameters.chain(first_picture(&units));
    let frame = first_frame(units.copied()).map_err(|error| match error {
        SequenceError::Unsupported(_) => file.unsupported(error),
        error => file.corrupt(error),
    })?;
    let DecodedFrame { picture, crop, .. } =
        frame.ok_or_else(|| file.corrupt("it has no picture"))?;
    let chroma = match form.is_halved {
        (true, _) => 2,
        (false, _) => 3,
    };
    let depths = [Plane::Luma, Plane::Cb].map(|plane| picture.bit_depth(plane));
    let size = (form.size.0 as usize, form.size.1 as usize);
    let made = ((crop.width, crop.height), depths, picture.chroma_array_type());
    if made != (size, [form.depth; 2], chroma) {
        return Err(file.corrupt("its picture is of another kind than its header tells"));
    }
    let across = if form.is_halved.0 { 2 } else { 1 };
    let (luma_stride, chroma_stride) =
        (picture.plane_dims(Plane::Luma).0, picture.plane_dims(Plane::Cb).0);
    let (luma, blue, red) = picture.into_planes();
    let chroma =
        |samples| Channel { samples, stride: chroma_stride, first: (crop.x0 / across, crop.y0) };
    Ok(Frame {
        luma: Channel { samples: luma, stride: luma_stride, first: (crop.x0, crop.y0) },
        chroma: Some([blue, red].map(chroma)),
    })
}

/// The slices up to the next picture: each picture would be kept.
fn first_picture<'u, 'a>(units: &'u [&'a [u8]]) -> &'u [&'a [u8]] {
    let starts = |unit: &&[u8]| unit.get(2).is_some_and(|flags| flags & 0x80 != 0);
    let next = units.iter().skip(1).position(starts);
    next.and_then(|next| units.get(..=next)).unwrap_or(units)
}

fn first_frame<'a>(
    units: impl Iterator<Item = &'a [u8]>,
) -> Result<Option<DecodedFrame>, SequenceError> {
    let mut decoder = SequenceDecoder::new();
    for unit in units {
        let header = NalHeader::parse(unit)?;
        let escaped = unit.get(2..).unwrap_or_default().to_vec();
        let rbsp = strip_emulation_prevention(&escaped);
        let is_of_screens = match kind(unit) {
            SEQUENCE => SeqParameterSet::parse(&rbsp)?.sps_scc_extension.is_some(),
            PICTURE => PicParameterSet::parse(&rbsp)?.pps_scc_extension.is_some(),
            _ => false,
        };
        if is_of_screens {
            // What that adds costs far more time than it takes bytes, and no camera uses it.
            return Err(SequenceError::Unsupported("coding of screen content"));
        }
        decoder.push_nal_unit(NalUnit { header, rbsp, escaped })?;
    }
    Ok(decoder.finish()?.into_iter().next())
}

/// The most bytes that decoding a picture of `units` slices takes.
pub(super) fn working_bytes(
    form: &Form,
    (width, height): (u32, u32),
    units: u64,
    length: u64,
) -> u64 {
    let pixels = u64::from(width).next_multiple_of(64) * u64::from(height).next_multiple_of(64);
    let samples = if form.is_halved.0 { pixels * 2 } else { pixels * 3 };
    // A slice may tell where the data of each block start, in a bit each.
    let starts = (length * 8).min(units * (pixels / SMALLEST_BLOCK));
    let headers = units * size_of::<SliceSegmentHeader>() as u64 + starts * START_BYTES;
    samples * SAMPLE_BYTES + pixels * PIXEL_BYTES + length * 3 + headers + FIXED_BYTES
}

/// Pixels of the smallest block that has data of its own.
const SMALLEST_BLOCK: u64 = 16 * 16;

/// Bytes that are held for each position of data; those of one slice at a time take more, which
/// [`PIXEL_BYTES`] include.
const START_BYTES: u64 = 4;

/// Bytes that are held for each sample: filters work in place.
const SAMPLE_BYTES: u64 = 2;

/// Bytes that are held for each pixel beside its samples: how its block was coded.
const PIXEL_BYTES: u64 = 2;

/// Bytes that are held for any picture.
const FIXED_BYTES: u64 = 1 << 20;
