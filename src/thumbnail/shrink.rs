//! Rows of a large picture in, a smaller picture out, before anything else happens to it: a picture
//! that is decoded row by row never exists whole. Knows nothing of formats, and of colours only which
//! sample is alpha.
//!
//! Colours are weighted by alpha on the way, and stay so.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, MulDiv, PixelType, ResizeAlg, ResizeOptions, Resizer};

use super::error::Cause;
use super::geometry::Size;

/// How much smaller a picture becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shrink {
    /// Squares of so many pixels on a side become a pixel each, the mean of theirs.
    Squares(u32),
    /// Columns are resampled by Lanczos3 to so many pixels; rows stay as wide as they are.
    Columns(u32),
}

/// What thumbnails need of a picture's pixels at least.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Need {
    /// Pixels of the thumbnail for each pixel of the picture, along a side: of the largest thumbnail,
    /// along the side where it is more. 1 at most.
    pub(super) scale: f64,
    /// The pixels in the largest thumbnail's columns, where columns may be resampled to that many.
    pub(super) height: Option<u32>,
}

impl Need {
    /// All of them.
    pub(super) const EVERYTHING: Self = Self { scale: 1.0, height: None };

    /// The largest side of squares that may become one pixel each. Twice the thumbnail's resolution
    /// is left for Lanczos3, which squares are no match for.
    pub(super) fn squares(self) -> u32 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a small number; more than fits is the most there is"
        )]
        let side = (0.5 / self.scale) as u32;
        side.clamp(1, MAX_SQUARE)
    }

    /// How to shrink rows of a picture that is so many pixels high; `None` where it does not pay.
    pub(super) fn shrink(self, height: u32) -> Option<Shrink> {
        match (self.squares(), self.height) {
            (1, Some(wanted)) if wanted < height => Some(Shrink::Columns(wanted)),
            (1, _) => None,
            (side, _) => Some(Shrink::Squares(side)),
        }
    }
}

/// The largest square whose columns' sums fit 16 bits.
const MAX_SQUARE: u32 = 257;

/// How many rows are resampled at a time. Few, so that what they need stays in the processor's cache.
const BAND: u32 = 16;

/// Pixels to either side that Lanczos3 weights, in pixels of the result.
const REACH: f64 = 3.0;

/// What shrinking takes at most with its result, in bytes, for a picture of `from` pixels of `pixel`
/// bytes each.
pub(super) fn bytes(shrink: Shrink, from: Size, pixel: u64) -> u64 {
    let row = u64::from(from.0) * pixel;
    match shrink {
        Shrink::Squares(side) => {
            let squares = u64::from(from.0.div_ceil(side)) * u64::from(from.1.div_ceil(side));
            squares * pixel + row * 3
        }
        Shrink::Columns(height) => {
            row * (u64::from(height) + u64::from(band_rows(from.1, height)) + 1)
        }
    }
}

/// The most rows that are held at a time while columns of so many pixels are resampled to `height`.
fn band_rows(from: u32, height: u32) -> u32 {
    let scale = f64::from(from) / f64::from(height.max(1));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "rows, and few")]
    let rows = ((f64::from(BAND) + 2.0 * REACH) * scale) as u32 + 4;
    rows.min(from)
}

/// Takes rows, top to bottom.
pub(super) struct Shrinker {
    shrink: Shrink,
    from: Size,
    pixel_type: PixelType,
    is_transparent: bool,
    /// Rows taken so far.
    taken: u32,
    /// The sums of each column of samples since the last row of squares.
    sums: Vec<u16>,
    /// The last rows, which the next ones of the result need.
    band: Vec<u8>,
    /// Rows that `band` no longer holds.
    dropped: u32,
    /// Rows of the result so far.
    made: u32,
    samples: Vec<u8>,
    resizer: Resizer,
}

/// What became of a picture.
pub(super) struct Shrunk {
    pub(super) size: Size,
    pub(super) samples: Vec<u8>,
    /// Whether any pixel was not opaque.
    pub(super) is_transparent: bool,
    /// Pixels for each one there was, across and down.
    pub(super) scale: (f64, f64),
}

impl Shrinker {
    /// For a picture of `from` pixels, of 1 to 4 samples of 8 bits; of an even number, the last is
    /// alpha.
    pub(super) fn new(shrink: Shrink, from: Size, samples: usize) -> Self {
        let pixel_type = match samples {
            1 => PixelType::U8,
            2 => PixelType::U8x2,
            3 => PixelType::U8x3,
            _ => PixelType::U8x4,
        };
        let row = from.0 as usize * pixel_type.size();
        // All that is ever held, so that nothing grows, which would take twice as much.
        let (sums, band, samples) = match shrink {
            Shrink::Squares(side) => {
                let squares = from.0.div_ceil(side) as usize * from.1.div_ceil(side) as usize;
                (row, 0, Vec::with_capacity(squares * pixel_type.size()))
            }
            Shrink::Columns(height) => {
                (0, row * band_rows(from.1, height) as usize, vec![0; row * height as usize])
            }
        };
        Self {
            shrink,
            from,
            pixel_type,
            is_transparent: false,
            taken: 0,
            sums: vec![0; sums],
            band: Vec::with_capacity(band),
            dropped: 0,
            made: 0,
            samples,
            resizer: Resizer::new(),
        }
    }

    /// Takes the next row; its colours are weighted in place.
    pub(super) fn push(&mut self, row: &mut [u8]) -> Result<(), Cause> {
        let samples = self.pixel_type.size();
        if samples.is_multiple_of(2) {
            self.is_transparent |=
                row.chunks_exact(samples).any(|pixel| pixel.last() != Some(&u8::MAX));
            if self.is_transparent {
                let mut row = Image::from_slice_u8(self.from.0, 1, row, self.pixel_type)?;
                MulDiv::new().multiply_alpha_inplace(&mut row)?;
            }
        }
        self.taken += 1;
        match self.shrink {
            Shrink::Squares(side) => {
                for (sum, &sample) in self.sums.iter_mut().zip(&*row) {
                    *sum += u16::from(sample);
                }
                if self.taken.is_multiple_of(side) || self.taken == self.from.1 {
                    self.write_squares(side);
                }
            }
            Shrink::Columns(height) => {
                self.band.extend_from_slice(row);
                let end = (self.made + BAND).min(height);
                if self.taken == self.rows_for(height, end).1 {
                    self.write_columns(height, end)?;
                }
            }
        }
        Ok(())
    }

    /// Means of the squares that the last rows make up.
    fn write_squares(&mut self, side: u32) {
        let samples = self.pixel_type.size();
        let rows = (self.taken - 1) % side + 1;
        for square in self.sums.chunks(side as usize * samples) {
            let mut totals = [0_u32; 4];
            for pixel in square.chunks_exact(samples) {
                for (total, &sum) in totals.iter_mut().zip(pixel) {
                    *total += u32::from(sum);
                }
            }
            let pixels = u32::try_from(square.len() / samples).unwrap_or(1) * rows;
            let means = totals.iter().take(samples).map(|total| (total + pixels / 2) / pixels);
            self.samples.extend(means.map(|mean| u8::try_from(mean).unwrap_or(u8::MAX)));
        }
        self.sums.fill(0);
        self.made += 1;
    }

    /// The first row that is needed for rows of the result from `self.made` to `end`, and the one
    /// after the last.
    fn rows_for(&self, height: u32, end: u32) -> (u32, u32) {
        let scale = f64::from(self.from.1) / f64::from(height);
        let first = (f64::from(self.made) - REACH) * scale - 1.0;
        let last = (f64::from(end) + REACH) * scale + 1.0;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "rows of the picture; those above it are none"
        )]
        let rows = (first.max(0.0) as u32, last.min(f64::from(self.from.1)) as u32);
        rows
    }

    /// Resamples the rows of the result up to `end`.
    fn write_columns(&mut self, height: u32, end: u32) -> Result<(), Cause> {
        let width = self.from.0;
        let row = width as usize * self.pixel_type.size();
        let held = self.taken - self.dropped;
        let band = ImageRef::new(width, held, &self.band, self.pixel_type)?;
        let place = self.made as usize * row..end as usize * row;
        let target = self.samples.get_mut(place).unwrap_or_default();
        let mut target = Image::from_slice_u8(width, end - self.made, target, self.pixel_type)?;
        let scale = f64::from(self.from.1) / f64::from(height);
        let top = f64::from(self.made) * scale - f64::from(self.dropped);
        // What is rounded may not reach below the last row.
        let tall = (f64::from(end - self.made) * scale).min(f64::from(held) - top);
        let options = ResizeOptions::new()
            .resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3))
            .crop(0.0, top, f64::from(width), tall)
            .use_alpha(false);
        self.resizer.resize(&band, &mut target, &options)?;
        self.made = end;
        let needed = self.rows_for(height, end).0;
        self.band.drain(..(needed - self.dropped) as usize * row);
        self.dropped = needed;
        Ok(())
    }

    /// The smaller picture, once all rows were taken.
    pub(super) fn finish(self) -> Shrunk {
        let (width, height) = (f64::from(self.from.0), f64::from(self.from.1));
        let (columns, scale) = match self.shrink {
            Shrink::Squares(side) => {
                let each = 1.0 / f64::from(side);
                (self.from.0.div_ceil(side), (each, each))
            }
            Shrink::Columns(tall) => (self.from.0, (1.0, f64::from(tall) / height)),
        };
        debug_assert!(width >= f64::from(columns));
        Shrunk {
            size: (columns, self.made),
            samples: self.samples,
            is_transparent: self.is_transparent,
            scale,
        }
    }
}
