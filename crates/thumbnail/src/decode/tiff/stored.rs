//! Reads the samples of a TIFF file as stored, through the `tiff` crate. The crate is told that
//! every picture is grey, so that it inflates, undoes the predictor and orders the bytes, but
//! interprets nothing. It knows neither palettes nor L*a*b*, takes chroma for red and green, and
//! drops samples after alpha.

use std::io::{Cursor, Read, Result as IoResult, Seek, SeekFrom};

use tiff::decoder::{Decoder, DecodingResult, Limits};
use tiff::{ColorType, TiffError, TiffUnsupportedError};

use super::directory::{Directory, Pieces};
use crate::decode::file::{File, ends_too_early};
use crate::error::ThumbnailError;

/// Samples, interleaved by pixel.
pub(super) enum Stored {
    Bytes(Vec<u8>),
    Words(Vec<u16>),
    Floats(Vec<f32>),
}

/// Reads the samples of the first page, one strip or tile at a time. The crate panics if it reads
/// planes of tiles that extend below the picture as a whole (tiff 0.11.3).
pub(super) fn read(
    file: &File<'_>,
    directory: &Directory<'_>,
    pieces: &Pieces,
    size: (u32, u32),
) -> Result<Stored, ThumbnailError> {
    let mut limits = Limits::default();
    let sample_bytes = directory.bits.div_ceil(8).max(1) * directory.samples;
    let piece_bytes = pieces.pixels().saturating_mul(sample_bytes);
    limits.decoding_buffer_size = usize::try_from(piece_bytes).unwrap_or(usize::MAX);
    // The stored size of a strip or tile counts as well.
    limits.intermediate_buffer_size = file.source.len();
    let grey = AsGrey::new(file.source, Some(directory));
    let decoder = Decoder::new(grey).map_err(|error| refuse(file, error, piece_bytes))?;
    let decoder = decoder.with_limits(limits);
    let pieces = Puzzle { decoder, directory, pieces, size };
    let stored = match (directory.is_float, directory.bits) {
        (true, _) => pieces.join(floats).map(Stored::Floats),
        (false, ..=8) => pieces.join(bytes).map(Stored::Bytes),
        (false, _) => pieces.join(words).map(Stored::Words),
    };
    stored.map_err(|error| refuse(file, error, piece_bytes))
}

/// The strips or tiles of a picture.
struct Puzzle<'a> {
    decoder: Decoder<AsGrey<'a>>,
    directory: &'a Directory<'a>,
    pieces: &'a Pieces,
    size: (u32, u32),
}

impl Puzzle<'_> {
    /// Puts all pieces in their places.
    fn join<T: Copy + Default>(
        mut self,
        samples_of: impl Fn(DecodingResult) -> Option<Vec<T>>,
    ) -> Result<Vec<T>, TiffError> {
        let (width, height) = (self.size.0 as usize, self.size.1 as usize);
        let count = usize::try_from(self.directory.samples).unwrap_or(usize::MAX);
        let mut joined = vec![T::default(); width * height * count];
        let planes = u32::try_from(self.directory.planes()).unwrap_or(u32::MAX);
        let per_plane = u32::try_from(self.pieces.count).unwrap_or(u32::MAX) / planes;
        let across = self.size.0.div_ceil(self.pieces.width);
        for plane in 0..planes {
            for piece in 0..per_plane {
                let index = plane * per_plane + piece;
                let in_row = self.decoder.chunk_data_dimensions(index).0 as usize;
                let in_row = if planes > 1 { in_row } else { in_row * count };
                let decoded = self.decoder.read_chunk(index)?;
                let decoded = match decoded {
                    DecodingResult::U8(packed) if self.directory.bits < 8 => {
                        DecodingResult::U8(spread(&packed, in_row, self.directory.bits))
                    }
                    decoded => decoded,
                };
                let kind = ColorType::Gray(u8::try_from(self.directory.bits).unwrap_or(u8::MAX));
                let samples =
                    samples_of(decoded).ok_or(TiffUnsupportedError::UnsupportedColorType(kind))?;
                let left = (piece % across * self.pieces.width) as usize * count;
                let top = (piece / across) as usize * self.pieces.height as usize;
                let rows = joined.chunks_exact_mut(width * count).skip(top);
                for (row, samples) in rows.zip(samples.chunks_exact(in_row)) {
                    let row = row.get_mut(left..).unwrap_or_default();
                    if planes > 1 {
                        let samples_of_plane = row.iter_mut().skip(plane as usize).step_by(count);
                        samples_of_plane.zip(samples).for_each(|(place, sample)| *place = *sample);
                    } else if let Some(row) = row.get_mut(..in_row) {
                        row.copy_from_slice(samples);
                    }
                }
            }
        }
        Ok(joined)
    }
}

fn bytes(decoded: DecodingResult) -> Option<Vec<u8>> {
    match decoded {
        DecodingResult::U8(bytes) => Some(bytes),
        _ => None,
    }
}

fn words(decoded: DecodingResult) -> Option<Vec<u16>> {
    match decoded {
        DecodingResult::U16(words) => Some(words),
        DecodingResult::U32(longs) => {
            Some(longs.into_iter().map(|long| u16::try_from(long >> 16).unwrap_or(0)).collect())
        }
        _ => None,
    }
}

fn floats(decoded: DecodingResult) -> Option<Vec<f32>> {
    match decoded {
        DecodingResult::F16(halves) => {
            Some(halves.into_iter().map(exr::prelude::f16::to_f32).collect())
        }
        DecodingResult::F32(floats) => Some(floats),
        #[expect(clippy::cast_possible_truncation, reason = "light needs no more digits")]
        DecodingResult::F64(doubles) => {
            Some(doubles.into_iter().map(|double| double as f32).collect())
        }
        _ => None,
    }
}

/// Unpacks samples to one a byte, with unchanged values. Each row begins at a whole byte.
fn spread(packed: &[u8], samples_in_row: usize, bits: u64) -> Vec<u8> {
    let bits = u32::try_from(bits).unwrap_or(8);
    let row_bytes = (samples_in_row * bits as usize).div_ceil(8).max(1);
    let mask = u8::MAX >> (8 - bits);
    packed
        .chunks_exact(row_bytes)
        .flat_map(|row| {
            let samples = row.iter().flat_map(|byte| {
                (1..=8 / bits).map(move |place| (byte >> (8 - place * bits)) & mask)
            });
            samples.take(samples_in_row)
        })
        .collect()
}

/// Converts the decoder's error to one that says who is at fault.
pub(super) fn refuse(file: &File<'_>, error: TiffError, limit: u64) -> ThumbnailError {
    let format = file.format;
    match error {
        error if ends_too_early(&error) => file.truncated(Some(error.into())),
        TiffError::UnsupportedError(_) => file.unsupported(error),
        TiffError::LimitsExceeded => {
            ThumbnailError::TooMuchMemory { format, limit, source: error.into() }
        }
        _ => ThumbnailError::Undecodable { format, source: error.into() },
    }
}

/// A file whose directory is changed to say that the picture is grey.
pub(super) struct AsGrey<'a> {
    file: Cursor<&'a [u8]>,
    /// The position of the two bytes that say so, and their value.
    at: Option<u64>,
    grey: [u8; 2],
}

impl<'a> AsGrey<'a> {
    pub(super) fn new(source: &'a [u8], directory: Option<&Directory<'_>>) -> Self {
        let grey = if source.starts_with(b"MM") { [0, 1] } else { [1, 0] };
        Self {
            file: Cursor::new(source),
            at: directory.map(|directory| directory.photometric_at as u64),
            grey,
        }
    }
}

impl Read for AsGrey<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> IoResult<usize> {
        let start = self.file.position();
        let count = self.file.read(buffer)?;
        for (offset, byte) in (0..).zip(self.grey) {
            let place = self.at.and_then(|at| (at + offset).checked_sub(start));
            let place = place.and_then(|place| usize::try_from(place).ok());
            if let Some(read) = place.and_then(|place| buffer.get_mut(..count)?.get_mut(place)) {
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
