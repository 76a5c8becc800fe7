//! Converts planes of luma and chroma to pixels of red, green and blue, or of grey (ITU-T H.273,
//! 8.3), and adds alpha. Chroma of lower resolution is upsampled by interpolation; its samples are
//! taken to lie in the middle between those of luma.

use super::cicp::Cicp;
use super::codec::{Form, Frame, Plane};
use super::properties::Window;
use crate::color::luma::{self, ConstantLuminance};

/// How luma and chroma are converted to colours.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Matrix {
    /// The planes are green, blue and red.
    Identity,
    /// Differences of green and orange.
    GreenOrange,
    /// Differences from blue and red. The numbers are the weights of blue and red in luma.
    BlueRed { blue: f32, red: f32 },
    /// The same, with luma that follows from light.
    Constant(ConstantLuminance),
}

impl Matrix {
    /// `None` for unknown matrix coefficients.
    pub(super) fn of(cicp: Cicp) -> Option<Self> {
        let constant = |weights| Self::Constant(ConstantLuminance::new(weights, cicp.transfer));
        let (red, blue) = match cicp.matrix {
            0 => return Some(Self::Identity),
            8 => return Some(Self::GreenOrange),
            1 => (0.2126, 0.0722),
            // Unspecified coefficients are taken for JPEG's.
            2 | 5 | 6 => (0.299, 0.114),
            4 => (0.3, 0.11),
            7 => (0.212, 0.087),
            9 => (0.2627, 0.0593),
            12 => luma::weights(cicp.primaries)?,
            10 => return Some(constant((0.2627, 0.0593))),
            13 => return luma::weights(cicp.primaries).map(constant),
            _ => return None,
        };
        Some(Self::BlueRed { blue, red })
    }

    fn colors(self, luma: f32, first: f32, second: f32) -> [f32; 3] {
        match self {
            Self::Identity => [second, luma, first],
            Self::GreenOrange => [luma - first + second, luma + first, luma - first - second],
            Self::BlueRed { blue, red } => {
                let (far_blue, far_red) = (2.0 * (1.0 - blue) * first, 2.0 * (1.0 - red) * second);
                let green = luma - (blue * far_blue + red * far_red) / (1.0 - blue - red);
                [luma + far_red, green, luma + far_blue]
            }
            Self::Constant(constant) => constant.colors(luma, first, second),
        }
    }
}

/// Scales stored samples to parts of white.
#[derive(Debug, Clone, Copy)]
struct Scale {
    zero: f32,
    factor: f32,
}

impl Scale {
    fn luma(depth: u8, is_full_range: bool) -> Self {
        let (most, unit) = Self::range(depth);
        if is_full_range {
            Self { zero: 0.0, factor: most.recip() }
        } else {
            Self { zero: 16.0 * unit, factor: (219.0 * unit).recip() }
        }
    }

    fn chroma(depth: u8, is_full_range: bool) -> Self {
        let (most, unit) = Self::range(depth);
        let spread = if is_full_range { most } else { 224.0 * unit };
        Self { zero: 128.0 * unit, factor: spread.recip() }
    }

    /// The largest sample, and one step of 8 bits, at this depth.
    fn range(depth: u8) -> (f32, f32) {
        let unit = f32::from(1_u16 << (depth.clamp(8, 12) - 8));
        (256.0 * unit - 1.0, unit)
    }

    fn apply(self, samples: &mut [f32]) {
        for sample in samples {
            *sample = (*sample - self.zero) * self.factor;
        }
    }
}

/// A sample of a pixel, which uses the whole range of its type.
pub(super) trait Sample: Copy + Default {
    /// From 0 to 1; other values are clamped.
    fn of(part: f32) -> Self;

    fn part(self) -> f32;
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float is cast to the nearest that fits"
)]
impl Sample for u8 {
    fn of(part: f32) -> Self {
        (part * 255.0 + 0.5) as Self
    }

    fn part(self) -> f32 {
        f32::from(self) / 255.0
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float is cast to the nearest that fits"
)]
impl Sample for u16 {
    fn of(part: f32) -> Self {
        (part * 65_535.0 + 0.5) as Self
    }

    fn part(self) -> f32 {
        f32::from(self) / 65_535.0
    }
}

/// Pixels that are filled tile by tile.
pub(super) struct Pixels<T> {
    pub(super) window: Window,
    /// Samples of a pixel.
    pub(super) channels: usize,
    pub(super) samples: Vec<T>,
}

impl<T: Sample> Pixels<T> {
    pub(super) fn new(window: Window, channels: usize) -> Self {
        let count = window.width as usize * window.height as usize * channels;
        Self { window, channels, samples: vec![T::default(); count] }
    }

    /// Calls `fill` for each row of a tile at (x, y) that lies inside the window: with the position
    /// in the tile where the row begins, and the row's pixels.
    fn rows(
        &mut self,
        (left, top): (u32, u32),
        (width, height): (u32, u32),
        mut fill: impl FnMut(usize, usize, &mut [T]),
    ) {
        let Window { x, y, .. } = self.window;
        let channels = self.channels;
        let first = left.max(x);
        let last = (left + width).min(x + self.window.width);
        let row_samples = self.window.width as usize * channels;
        let rows = self.samples.chunks_exact_mut(row_samples.max(1));
        for (row, at) in rows.zip(y..).filter(|&(_, at)| (top..top + height).contains(&at)) {
            let (from, to) = (first.saturating_sub(x) as usize, last.saturating_sub(x) as usize);
            if let Some(part) = row.get_mut(from * channels..to * channels) {
                fill((first - left) as usize, (at - top) as usize, part);
            }
        }
    }

    /// Fills in the colours of a tile.
    pub(super) fn paint(
        &mut self,
        place: (u32, u32),
        frame: &impl Frame,
        form: &Form,
        matrix: Matrix,
        is_full_range: bool,
    ) {
        let depth = form.depth;
        let luma_scale = Scale::luma(depth, is_full_range);
        let chroma_scale = match matrix {
            Matrix::Identity => luma_scale,
            _ => Scale::chroma(depth, is_full_range),
        };
        let luma_plane = frame.luma();
        let chroma = frame
            .chroma()
            .map(|planes| planes.map(|plane| Chroma::new(plane, form.size, form.is_halved)));
        let width = form.size.0 as usize;
        let mut luma = vec![0.0; width];
        let mut chroma = chroma.map(|planes| planes.map(|plane| (plane, vec![0.0; width])));
        let channels = self.channels;
        self.rows(place, form.size, |x, y, pixels| {
            luma_plane.read(0, y, &mut luma);
            luma_scale.apply(&mut luma);
            let shown = luma.get(x..).unwrap_or_default();
            let pixels = pixels.chunks_exact_mut(channels);
            let Some([(first, firsts), (second, seconds)]) = &mut chroma else {
                for (pixel, &luma) in pixels.zip(shown) {
                    pixel.iter_mut().take(1).for_each(|grey| *grey = T::of(luma));
                }
                return;
            };
            first.read(y, firsts);
            second.read(y, seconds);
            chroma_scale.apply(firsts);
            chroma_scale.apply(seconds);
            let hues = firsts.iter().zip(seconds.iter()).skip(x);
            for ((pixel, &luma), (&first, &second)) in pixels.zip(shown).zip(hues) {
                if let Some(colors) = pixel.first_chunk_mut::<3>() {
                    *colors = matrix.colors(luma, first, second).map(T::of);
                }
            }
        });
    }

    /// Fills in the alpha of a tile. Premultiplied colours are divided by it.
    pub(super) fn veil(
        &mut self,
        place: (u32, u32),
        frame: &impl Frame,
        form: &Form,
        is_full_range: bool,
        is_premultiplied: bool,
    ) {
        let scale = Scale::luma(form.depth, is_full_range);
        let luma = frame.luma();
        let mut parts = vec![0.0; form.size.0 as usize];
        let channels = self.channels;
        self.rows(place, form.size, |x, y, pixels| {
            luma.read(0, y, &mut parts);
            scale.apply(&mut parts);
            let shown = parts.get(x..).unwrap_or_default();
            for (pixel, &part) in pixels.chunks_exact_mut(channels).zip(shown) {
                let Some((alpha, colors)) = pixel.split_last_mut() else { continue };
                *alpha = T::of(part);
                if is_premultiplied && part > 0.0 {
                    for color in colors {
                        *color = T::of(color.part() / part);
                    }
                }
            }
        });
    }
}

/// A chroma plane, upsampled to the resolution of luma.
struct Chroma<P> {
    plane: P,
    is_halved: (bool, bool),
    /// The last stored row.
    last: usize,
    /// Two stored rows.
    near: Vec<f32>,
    far: Vec<f32>,
}

impl<P: Plane> Chroma<P> {
    fn new(plane: P, (width, height): (u32, u32), is_halved: (bool, bool)) -> Self {
        let stored =
            |side: u32, is_halved: bool| side.div_ceil(if is_halved { 2 } else { 1 }) as usize;
        let row = vec![0.0; stored(width, is_halved.0)];
        let last = stored(height, is_halved.1).saturating_sub(1);
        Self { plane, is_halved, last, near: row.clone(), far: row }
    }

    fn read(&mut self, y: usize, to: &mut [f32]) {
        let (halves_columns, halves_rows) = self.is_halved;
        if halves_rows {
            self.plane.read(0, y / 2, &mut self.near);
            let far = if y.is_multiple_of(2) { (y / 2).saturating_sub(1) } else { y / 2 + 1 };
            self.plane.read(0, far.min(self.last), &mut self.far);
            for (near, far) in self.near.iter_mut().zip(&self.far) {
                *near = *near * 0.75 + far * 0.25;
            }
        } else {
            self.plane.read(0, y, &mut self.near);
        }
        if !halves_columns {
            to.copy_from_slice(&self.near);
            return;
        }
        let before = self.near.iter().take(1).chain(&self.near);
        let after = self.near.iter().skip(1).chain(self.near.last());
        let (pairs, odd) = to.as_chunks_mut::<2>();
        let mut between = self.near.iter().zip(before).zip(after);
        for (pair, ((&here, before), after)) in pairs.iter_mut().zip(&mut between) {
            *pair = [here * 0.75 + before * 0.25, here * 0.75 + after * 0.25];
        }
        if let (Some(last), Some(((&here, before), _))) = (odd.first_mut(), between.next()) {
            *last = here * 0.75 + before * 0.25;
        }
    }
}
