//! The samples of a TIFF file as stored, through the `tiff` crate, which is told that every picture is
//! one of greys: it then inflates, predicts and puts in order, and interprets nothing. It knows neither
//! palettes nor L*a*b*, takes chroma for red and green, and loses what comes after alpha.

use std::io::{Cursor, Read, Result as IoResult, Seek, SeekFrom};

use tiff::decoder::{Decoder, DecodingResult, Limits};
use tiff::{ColorType, TiffError, TiffUnsupportedError};

use super::directory::Directory;
use crate::thumbnail::decode::File;
use crate::thumbnail::error::ThumbnailError;

/// Samples, all of one pixel next to each other.
pub(super) enum Stored {
    Bytes(Vec<u8>),
    Words(Vec<u16>),
    Floats(Vec<f32>),
}

/// Reads the samples of the first page.
pub(super) fn read(
    file: &File<'_>,
    directory: &Directory<'_>,
    working_bytes: u64,
) -> Result<Stored, ThumbnailError> {
    let decode = || -> Result<Stored, TiffError> {
        let mut limits = Limits::default();
        let room = usize::try_from(working_bytes).unwrap_or(usize::MAX);
        limits.decoding_buffer_size = room;
        // What a strip or tile takes as stored counts too.
        limits.intermediate_buffer_size = room.saturating_add(file.source.len());
        let mut decoder =
            Decoder::new(AsGrey::new(file.source, Some(directory)))?.with_limits(limits);
        let (width, _) = decoder.dimensions()?;
        let mut samples = DecodingResult::U8(Vec::new());
        let layout = decoder.read_image_to_buffer(&mut samples)?;
        if samples.as_buffer(0).as_bytes().len() < layout.complete_len {
            return Err(TiffError::LimitsExceeded);
        }
        let planes = layout.planes;
        Ok(match samples {
            DecodingResult::U8(bytes) if directory.bits < 8 => {
                let in_row = u64::from(width) * directory.samples / directory.planes();
                let bits = u32::try_from(directory.bits).unwrap_or(8);
                let in_row = usize::try_from(in_row).unwrap_or(usize::MAX);
                Stored::Bytes(interleaved(spread(&bytes, in_row, bits), planes))
            }
            DecodingResult::U8(bytes) => Stored::Bytes(interleaved(bytes, planes)),
            DecodingResult::U16(words) => Stored::Words(interleaved(words, planes)),
            DecodingResult::U32(longs) => {
                let words = longs.into_iter().map(|long| (long >> 16) as u16).collect();
                Stored::Words(interleaved(words, planes))
            }
            DecodingResult::F16(halves) => {
                let floats = halves.into_iter().map(|half| half.to_f32()).collect();
                Stored::Floats(interleaved(floats, planes))
            }
            DecodingResult::F32(floats) => Stored::Floats(interleaved(floats, planes)),
            DecodingResult::F64(doubles) => {
                #[expect(clippy::cast_possible_truncation, reason = "light needs no more digits")]
                let floats = doubles.into_iter().map(|double| double as f32).collect();
                Stored::Floats(interleaved(floats, planes))
            }
            _ => {
                let bits = u8::try_from(directory.bits).unwrap_or(u8::MAX);
                let kind = ColorType::Gray(bits);
                return Err(TiffUnsupportedError::UnsupportedColorType(kind).into());
            }
        })
    };
    decode().map_err(|error| refuse(file, error, working_bytes))
}

/// One sample a byte, of which the value stays as it is. Rows begin on whole bytes.
fn spread(packed: &[u8], samples_in_row: usize, bits: u32) -> Vec<u8> {
    let row_bytes = (samples_in_row * bits as usize).div_ceil(8).max(1);
    let mask = u8::MAX >> (8 - bits);
    packed
        .chunks_exact(row_bytes)
        .flat_map(|row| {
            let samples = row.iter().flat_map(|byte| {
                (1..=8 / bits).map(move |place| byte >> (8 - place * bits) & mask)
            });
            samples.take(samples_in_row)
        })
        .collect()
}

fn interleaved<T: Copy>(samples: Vec<T>, planes: usize) -> Vec<T> {
    if planes < 2 {
        return samples;
    }
    let plane = samples.len() / planes;
    let samples = &samples;
    (0..plane).flat_map(|at| samples.iter().skip(at).step_by(plane).take(planes).copied()).collect()
}

/// Says whose fault an error of the decoder is.
pub(super) fn refuse(file: &File<'_>, error: TiffError, limit: u64) -> ThumbnailError {
    let format = file.format;
    match error {
        error if super::super::ends_too_early(&error) => file.truncated(Some(error.into())),
        TiffError::UnsupportedError(_) => file.unsupported(error),
        TiffError::LimitsExceeded => {
            ThumbnailError::TooMuchMemory { format, limit, source: error.into() }
        }
        _ => ThumbnailError::Undecodable { format, source: error.into() },
    }
}

/// A file in which the directory says that the picture is one of greys.
pub(super) struct AsGrey<'a> {
    file: Cursor<&'a [u8]>,
    /// Where the two bytes are that say so, and what they are.
    at: u64,
    grey: [u8; 2],
}

impl<'a> AsGrey<'a> {
    pub(super) fn new(source: &'a [u8], directory: Option<&Directory<'_>>) -> Self {
        let grey = if source.starts_with(b"MM") { [0, 1] } else { [1, 0] };
        Self {
            file: Cursor::new(source),
            at: directory.map_or(u64::MAX - 1, |directory| directory.photometric_at as u64),
            grey,
        }
    }
}

impl Read for AsGrey<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> IoResult<usize> {
        let start = self.file.position();
        let count = self.file.read(buffer)?;
        for (place, byte) in (self.at..).zip(self.grey) {
            let into = place.checked_sub(start).and_then(|into| usize::try_from(into).ok());
            if let Some(read) = into.and_then(|into| buffer.get_mut(..count)?.get_mut(into)) {
                *read = byte;
            }
        }
        Ok(count)
    }
}

impl Seek for AsGrey<'_> {
    fn seek(&mut self, to: SeekFrom) -> IoResult<u64> {
        self.file.seek(to)
    }
}
