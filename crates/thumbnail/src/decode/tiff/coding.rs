//! Decodes strips and tiles: decompresses them, and undoes what was done to their samples before
//! they were compressed. What comes out has the specification's plain form: rows of samples, each
//! row beginning at a whole byte.

use std::borrow::Cow;
use std::io::{ErrorKind, Read as _};

use super::chroma::Units;
use super::directory::Directory;
use super::fax::{self, End, Scheme};
use super::fill::fill;
use super::jpeg_pixels;
use super::pieces::{Coded, Pieces};
use super::predictor::Predictor;
use super::{lzma, lzw, webp, zstd};
use crate::decode::file::File;
use crate::decode::packbits;
use crate::error::ThumbnailError;

/// How strips or tiles are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Compression {
    None,
    Fax(Scheme),
    Lzw,
    Lzma,
    Jpeg,
    Deflate,
    PackBits,
    Zstd,
    WebP,
}

/// Decodes the strips or tiles of a picture, one after the other.
pub(super) struct Decoder<'d, 'a> {
    file: File<'a>,
    directory: &'d Directory<'a>,
    width: usize,
    height: usize,
    compression: Compression,
    units: Option<Units>,
    predictor: Predictor,
    /// The last strip or tile.
    decoded: Vec<u8>,
}

/// A decoded strip or tile.
pub(super) struct Piece<'p> {
    pub(super) bytes: &'p [u8],
    pub(super) row_bytes: usize,
}

impl<'d, 'a> Decoder<'d, 'a> {
    /// Refuses what cannot be decoded.
    pub(super) fn new(
        file: &File<'a>,
        directory: &'d Directory<'a>,
        pieces: &Pieces,
    ) -> Result<Self, ThumbnailError> {
        let compression = match directory.compression {
            1 => Compression::None,
            2 => Compression::Fax(Scheme::Runs { unit_bits: 8 }),
            3 => Compression::Fax(Scheme::Group3 {
                is_two_dimensional: directory.fax_options & 1 != 0,
            }),
            4 => Compression::Fax(Scheme::Group4),
            5 => Compression::Lzw,
            6 | 7 => Compression::Jpeg,
            8 | 32_946 => Compression::Deflate,
            32_771 => Compression::Fax(Scheme::Runs { unit_bits: 16 }),
            32_773 => Compression::PackBits,
            34_925 => Compression::Lzma,
            50_000 => Compression::Zstd,
            50_001 => Compression::WebP,
            other => return Err(file.unsupported(format!("compression {other}"))),
        };
        let units = if directory.is_subsampled() { Units::new(directory.chroma) } else { None };
        Ok(Self {
            file: *file,
            directory,
            width: pieces.width as usize,
            height: pieces.height as usize,
            compression,
            units,
            predictor: Predictor::of(file, directory)?,
            decoded: Vec::new(),
        })
    }

    /// Decodes the first `rows` rows of a strip or tile. Of a damaged file, it decodes as many of them
    /// as there are.
    pub(super) fn decode(
        &mut self,
        coded: &Coded<'a>,
        rows: usize,
    ) -> Result<Piece<'_>, ThumbnailError> {
        let count = usize::try_from(self.directory.piece_samples()).unwrap_or(usize::MAX);
        let bits = usize::try_from(self.directory.bits).unwrap_or(usize::MAX);
        let row_bytes = (self.width * count * bits).div_ceil(8);
        let length = match self.units {
            Some(units) => units.bytes_of(self.width, rows),
            None => row_bytes * rows,
        };
        if self.compression == Compression::Jpeg {
            return self.decode_jpeg(coded, rows, count);
        }
        if self.compression == Compression::WebP {
            self.decoded = webp::decode(&self.file, coded.bytes, count)
                .map_err(|error| self.file.truncated_if(coded.is_cut, error))?;
            if self.decoded.len() < length && !self.file.is_damaged {
                return Err(self.file.corrupt("a WebP smaller than its strip or tile"));
            }
            return Ok(Piece { bytes: &self.decoded, row_bytes });
        }
        if self.compression == Compression::None {
            let stored = match coded.rest.get(..length) {
                None if self.file.is_damaged => coded.rest,
                stored => stored.ok_or_else(|| self.file.truncated(None))?,
            };
            let is_plain = self.units.is_none() && self.predictor == Predictor::None;
            if is_plain && !self.directory.is_reversed {
                return Ok(Piece { bytes: stored, row_bytes });
            }
            self.decoded.clear();
            self.decoded.extend_from_slice(&in_order(stored, self.directory.is_reversed));
        } else {
            match self.decompress(coded, length, row_bytes) {
                Err(error) if self.file.is_damaged && error.is_damage() => {}
                decompressed => decompressed?,
            }
        }
        if let Some(units) = self.units {
            let mut pixels = Vec::with_capacity(length.max(self.width * 3 * rows));
            units.expand(&self.decoded, self.width, &mut pixels);
            self.decoded = pixels;
        }
        if self.predictor != Predictor::None {
            for row in self.decoded.chunks_exact_mut(row_bytes) {
                self.predictor.undo(row, count, self.directory.bits, self.directory.order);
            }
        }
        Ok(Piece { bytes: &self.decoded, row_bytes })
    }

    /// Decompresses a strip or tile to `length` bytes.
    fn decompress(
        &mut self,
        coded: &Coded<'_>,
        length: usize,
        row_bytes: usize,
    ) -> Result<(), ThumbnailError> {
        let file = self.file;
        let bytes = in_order(coded.bytes, self.directory.is_reversed);
        let most = row_bytes * self.height;
        let decoded = &mut self.decoded;
        let result = match self.compression {
            Compression::Fax(scheme) => {
                decoded.clear();
                decoded.resize(length, 0);
                let width = u32::try_from(self.width).unwrap_or(u32::MAX);
                match fax::read(&bytes, scheme, width, decoded, row_bytes) {
                    End::Early if coded.is_cut => Err(file.truncated(None)),
                    // White rows at the end may be missing.
                    End::Whole | End::Early => Ok(()),
                    End::Corrupt => Err(file.corrupt("a row of runs that make no sense")),
                }
            }
            Compression::Lzw => lzw::decode(&file, &bytes, decoded, length),
            Compression::Lzma => lzma::decode(&file, &bytes, decoded, length),
            Compression::Deflate => inflate(&file, &bytes, decoded, length),
            Compression::Zstd => zstd::decode(&file, &bytes, decoded, length, most),
            _ => {
                decoded.clear();
                packbits::unpack(&bytes, decoded, length);
                Ok(())
            }
        };
        let is_fax = matches!(self.compression, Compression::Fax(_));
        if is_fax && result.is_err() && decoded.iter().all(|&byte| byte == 0) {
            // A fax is white where no runs are.
            decoded.clear();
        }
        // What is missing may be what makes no sense.
        result.map_err(|error| file.truncated_if(coded.is_cut, error))?;
        if decoded.len() < length { Err(file.truncated(None)) } else { Ok(()) }
    }

    fn decode_jpeg(
        &mut self,
        coded: &Coded<'_>,
        rows: usize,
        count: usize,
    ) -> Result<Piece<'_>, ThumbnailError> {
        let file = self.file;
        let is_whole = memchr::memmem::rfind(coded.bytes, b"\xFF\xD9").is_some();
        if coded.is_cut && !is_whole && !file.is_damaged {
            return Err(file.truncated(None));
        }
        let row_bytes;
        (self.decoded, row_bytes) =
            jpeg_pixels::decode(&file, coded.bytes, self.directory.jpeg_tables, count)?;
        if file.is_damaged && row_bytes >= self.width * count {
            return Ok(Piece { bytes: &self.decoded, row_bytes });
        }
        if row_bytes < self.width * count || self.decoded.len() < row_bytes * rows {
            return Err(file.corrupt("a JPEG smaller than its strip or tile"));
        }
        Ok(Piece { bytes: &self.decoded, row_bytes })
    }
}

/// Bytes with their bits in the usual order.
pub(super) fn in_order(bytes: &[u8], is_reversed: bool) -> Cow<'_, [u8]> {
    if is_reversed { bytes.iter().map(|byte| byte.reverse_bits()).collect() } else { bytes.into() }
}

fn inflate(
    file: &File<'_>,
    bytes: &[u8],
    decoded: &mut Vec<u8>,
    length: usize,
) -> Result<(), ThumbnailError> {
    let mut inflater = flate2::bufread::ZlibDecoder::new(bytes);
    fill(file, decoded, length, |rest| inflater.read(rest)).map_err(|error| match error.kind() {
        ErrorKind::UnexpectedEof => file.truncated(Some(error.into())),
        _ => file.corrupt(error),
    })
}
