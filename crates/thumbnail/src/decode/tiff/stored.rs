//! Reads the samples of a TIFF file: puts strips or tiles together, and widens samples to bytes,
//! words or floats that use the whole range of their type. What the samples mean is not decided
//! here.

use super::coding::Decoder;
use super::directory::Directory;
use super::entries::Order;
use super::pieces::{Coded, Pieces};
use super::values::{Numbers, Photometric};
use crate::decode::file::File;
use crate::error::ThumbnailError;

/// Samples, interleaved by pixel.
pub(super) enum Stored {
    Bytes(Vec<u8>),
    Words(Vec<u16>),
    Floats(Vec<f32>),
}

/// Reads the samples of a picture from its strips or tiles.
pub(super) fn read<'a>(
    file: &File<'a>,
    directory: &Directory<'a>,
    pieces: &Pieces,
    coded: impl Iterator<Item = Option<Coded<'a>>>,
) -> Result<Stored, ThumbnailError> {
    let puzzle = Puzzle { file, directory, pieces };
    let order = directory.order;
    let bits = u32::try_from(directory.bits).unwrap_or(u32::MAX);
    // Indices of colours are used as they are.
    let is_index = directory.photometric == Photometric::Palette;
    // Negative numbers are darker than black. Those of L*a*b* are not.
    let can_be_negative = directory.numbers == Numbers::Signed
        && !is_index
        && directory.photometric != Photometric::CieLab;
    let positive = move |number: u64| {
        if can_be_negative && number >> (bits - 1) == 1 { 0 } else { number }
    };
    if directory.numbers == Numbers::Float {
        let floats = match bits {
            16 => puzzle.join(coded, |row, place| place.put(wide::<2>(row, order).map(half)))?,
            32 => puzzle.join(coded, |row, place| place.put(wide::<4>(row, order).map(single)))?,
            64 => puzzle.join(coded, |row, place| place.put(wide::<8>(row, order).map(double)))?,
            _ => return Err(file.unsupported(format!("floats of {bits} bits"))),
        };
        return Ok(Stored::Floats(floats));
    }
    let top = move |number: u64| u16::try_from(positive(number) >> (bits - 16)).unwrap_or(u16::MAX);
    let most = u64::MAX >> (64 - bits.min(64));
    Ok(match bits {
        8 if can_be_negative => Stored::Bytes(puzzle.join(coded, |row, place| {
            place.put(row.iter().map(|&byte| if byte < 128 { byte } else { 0 }));
        })?),
        8 => Stored::Bytes(puzzle.join(coded, |row, place| place.put(row.iter().copied()))?),
        ..8 => {
            let mut shades = [0; 128];
            for (number, shade) in (0..).zip(&mut shades) {
                let scaled = if is_index { number } else { (number * 255 + most / 2) / most };
                *shade = if number > most { 0 } else { u8::try_from(scaled).unwrap_or(u8::MAX) };
            }
            let shade = |number: u64| {
                let number = usize::try_from(positive(number)).unwrap_or(usize::MAX);
                shades.get(number).copied().unwrap_or(0)
            };
            Stored::Bytes(puzzle.join(coded, |row, place| place.put(packed(row, bits).map(shade)))?)
        }
        16 => Stored::Words(
            puzzle.join(coded, |row, place| place.put(wide::<2>(row, order).map(top)))?,
        ),
        24 => Stored::Words(
            puzzle.join(coded, |row, place| place.put(wide::<3>(row, order).map(top)))?,
        ),
        32 => Stored::Words(
            puzzle.join(coded, |row, place| place.put(wide::<4>(row, order).map(top)))?,
        ),
        64 => Stored::Words(
            puzzle.join(coded, |row, place| place.put(wide::<8>(row, order).map(top)))?,
        ),
        9..32 => {
            let word = |number: u64| {
                let number = positive(number);
                let scaled = if is_index { number } else { (number * 65_535 + most / 2) / most };
                u16::try_from(scaled).unwrap_or(u16::MAX)
            };
            Stored::Words(puzzle.join(coded, |row, place| place.put(packed(row, bits).map(word)))?)
        }
        _ => return Err(file.unsupported(format!("{bits} bits a sample"))),
    })
}

/// The strips or tiles of a picture.
struct Puzzle<'d, 'a> {
    file: &'d File<'a>,
    directory: &'d Directory<'a>,
    pieces: &'d Pieces,
}

/// Where the samples of a row of a strip or tile belong.
struct Place<'p, T> {
    row: &'p mut [T],
    /// How far apart they are.
    step: usize,
}

impl<T> Place<'_, T> {
    fn put(self, samples: impl Iterator<Item = T>) {
        if self.step == 1 {
            self.row.iter_mut().zip(samples).for_each(|(place, sample)| *place = sample);
        } else {
            let places = self.row.iter_mut().step_by(self.step);
            places.zip(samples).for_each(|(place, sample)| *place = sample);
        }
    }
}

impl<'a> Puzzle<'_, 'a> {
    /// Puts all pieces in their places. `put` puts a row's samples in theirs.
    fn join<T: Middle>(
        &self,
        coded: impl Iterator<Item = Option<Coded<'a>>>,
        put: impl Fn(&[u8], Place<'_, T>),
    ) -> Result<Vec<T>, ThumbnailError> {
        let Self { file, directory, pieces } = *self;
        let (width, height) = (directory.size.0 as usize, directory.size.1 as usize);
        let (piece_width, piece_height) = (pieces.width as usize, pieces.height as usize);
        let count = usize::try_from(directory.samples).unwrap_or(usize::MAX);
        let in_piece = usize::try_from(directory.piece_samples()).unwrap_or(usize::MAX);
        let mut decoder = Decoder::new(file, directory, pieces)?;
        let mut joined = vec![T::default(); width * height * count];
        let across = width.div_ceil(piece_width);
        let per_plane = across * height.div_ceil(piece_height);
        let (mut has_row, mut damage) = (false, None);
        for (number, coded) in coded.enumerate() {
            let Some(coded) = coded else { continue };
            let (plane, number) = (number / per_plane, number % per_plane);
            let (left, top) = (number % across * piece_width, number / across * piece_height);
            let rows = piece_height.min(height - top);
            // Tiles may extend beyond the picture.
            let places = left * count + plane..(left + piece_width).min(width) * count;
            if file.is_damaged {
                let missing = self.missing();
                for row in joined.chunks_exact_mut(width * count).skip(top).take(rows) {
                    let row = row.get_mut(places.clone()).unwrap_or_default();
                    row.iter_mut().step_by(count / in_piece).for_each(|place| *place = missing);
                }
            }
            let piece = match decoder.decode(&coded, rows) {
                Err(error) if file.is_damaged && error.is_damage() => {
                    damage.get_or_insert(error);
                    continue;
                }
                piece => piece?,
            };
            has_row |= piece.bytes.len() >= piece.row_bytes;
            let samples = piece.bytes.chunks_exact(piece.row_bytes).take(rows);
            for (row, samples) in joined.chunks_exact_mut(width * count).skip(top).zip(samples) {
                let row = row.get_mut(places.clone()).unwrap_or_default();
                put(samples, Place { row, step: count / in_piece });
            }
        }
        if file.is_damaged && !has_row {
            return Err(damage.unwrap_or_else(|| file.truncated(None)));
        }
        Ok(joined)
    }

    /// The samples of missing pixels: transparent if there is alpha, otherwise mid-grey. Numbers of
    /// colours, and colours in CIELab, have no middle that means anything.
    fn missing<T: Middle>(&self) -> T {
        let has_middle = !self.directory.has_alpha()
            && !matches!(
                self.directory.photometric,
                Photometric::Palette | Photometric::CieLab | Photometric::IccLab
            );
        if has_middle { T::MIDDLE } else { T::default() }
    }
}

/// A sample.
trait Middle: Copy + Default {
    /// Between dark and light.
    const MIDDLE: Self;
}

impl Middle for u8 {
    const MIDDLE: Self = 1 << 7;
}

impl Middle for u16 {
    const MIDDLE: Self = 1 << 15;
}

impl Middle for f32 {
    const MIDDLE: Self = 0.5;
}

/// Samples of whole bytes.
fn wide<const BYTES: usize>(row: &[u8], order: Order) -> impl Iterator<Item = u64> {
    row.as_chunks::<BYTES>().0.iter().map(move |&bytes| order.read(bytes))
}

/// Samples of fewer than 32 bits, one directly after the other.
fn packed(row: &[u8], bits: u32) -> impl Iterator<Item = u64> {
    let (mut bytes, mut window, mut held) = (row.iter(), 0_u64, 0);
    let mask = (1_u64 << bits) - 1;
    std::iter::from_fn(move || {
        while held < bits {
            window = window << 8 | u64::from(*bytes.next()?);
            held += 8;
        }
        held -= bits;
        Some(window >> held & mask)
    })
}

fn half(bits: u64) -> f32 {
    u16::try_from(bits).map(exr::prelude::f16::from_bits).unwrap_or_default().to_f32()
}

fn single(bits: u64) -> f32 {
    u32::try_from(bits).map(f32::from_bits).unwrap_or_default()
}

#[expect(clippy::cast_possible_truncation, reason = "light needs no more digits")]
fn double(bits: u64) -> f32 {
    f64::from_bits(bits) as f32
}
