//! Turns rows of macroblocks into rows of pixels, or into rows of luma and chroma. Chroma has half
//! the resolution of luma: at full size it is upsampled, at half size luma is averaged instead.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_possible_wrap,
    reason = "clamped to what a sample can be, averages of such, or constant"
)]

use super::predict::Square;

/// The size at which a picture is decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// The full size.
    Full,
    /// Half the width and height, rounded up.
    Half,
}

impl Scale {
    /// The length of a side of `side` pixels at this scale.
    #[must_use]
    pub fn side(self, side: u32) -> u32 {
        match self {
            Self::Full => side,
            Self::Half => side.div_ceil(2),
        }
    }
}

/// What the rows consist of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Pixels in red, green and blue.
    Pixels,
    /// Luma, blue chroma and red chroma, all at half size.
    Planes,
}

/// The rows of luma or of one chroma that are in memory.
pub(super) struct Plane {
    /// The bottom row of an older row of macroblocks, then the next two rows of macroblocks.
    pub(super) samples: Vec<u8>,
    /// The length of a row in samples.
    pub(super) stride: usize,
    /// Rows of samples in a row of macroblocks.
    pub(super) side: usize,
}

impl Plane {
    fn new(macroblocks: usize, side: usize) -> Self {
        let stride = macroblocks * side;
        Self { samples: vec![0; stride * (1 + 2 * side)], stride, side }
    }

    /// A row of samples; number 0 is the bottom row of the older row of macroblocks.
    fn row(&self, number: usize) -> &[u8] {
        self.samples.get(number * self.stride..(number + 1) * self.stride).unwrap_or_default()
    }

    fn put<const SIDE: usize>(&mut self, column: usize, square: &Square<SIDE>) {
        let lines = self.samples.chunks_exact_mut(self.stride.max(1)).skip(1 + self.side);
        for (line, row) in lines.zip(&square.rows) {
            let place = line.as_chunks_mut::<SIDE>().0.get_mut(column);
            if let Some(place) = place {
                *place = *Square::<SIDE>::pixels(row);
            }
        }
    }
}

/// Makes rows of pixels from rows of macroblocks.
pub(super) struct Rows {
    pub(super) luma: Plane,
    pub(super) chroma: [Plane; 2],
    scale: Scale,
    form: Form,
    /// The size of the picture in pixels.
    size: (usize, usize),
    /// Luma averaged to half size.
    halved: Vec<u8>,
    upsampled: [Vec<u8>; 2],
    /// A row of chroma interpolated vertically; the samples are four times as large.
    mixed: Vec<u16>,
    pixels: Vec<u8>,
}

impl Rows {
    pub(super) fn new(size: (usize, usize), macroblocks: usize, scale: Scale, form: Form) -> Self {
        let width = scale.side(size.0 as u32) as usize;
        Self {
            luma: Plane::new(macroblocks, 16),
            chroma: [Plane::new(macroblocks, 8), Plane::new(macroblocks, 8)],
            scale,
            form,
            size,
            halved: Vec::new(),
            upsampled: [Vec::new(), Vec::new()],
            mixed: Vec::new(),
            pixels: vec![0; width * 3],
        }
    }

    /// The memory for each column of macroblocks, in bytes.
    pub(super) const COLUMN_BYTES: usize = 16 * 33 + 2 * 8 * 17 + 16 * (1 + 2 + 2 + 3);

    /// Stores a macroblock in column `column` of the newest row.
    pub(super) fn put(&mut self, column: usize, luma: &Square<16>, chroma: &[Square<8>; 2]) {
        self.luma.put(column, luma);
        self.chroma.iter_mut().zip(chroma).for_each(|(plane, square)| plane.put(column, square));
    }

    /// Makes the newest row of macroblocks mid-grey.
    pub(super) fn put_grey(&mut self) {
        // Luma goes from 16 to 235.
        let [blue, red] = &mut self.chroma;
        for (plane, grey) in [(&mut self.luma, 126), (blue, 128), (red, 128)] {
            let newest = plane.stride * (1 + plane.side);
            plane.samples.get_mut(newest..).unwrap_or_default().fill(grey);
        }
    }

    /// Gives `sink` the rows that row `row` of macroblocks completes, each with its component: 0
    /// for pixels or luma, 1 for blue chroma, 2 for red chroma.
    pub(super) fn finish(&mut self, row: usize, rows: usize, sink: &mut dyn FnMut(usize, &[u8])) {
        if self.scale == Scale::Half {
            self.give_halved(row, sink);
            return;
        }
        if row > 0 {
            self.give(row - 1, sink);
        }
        let [blue, red] = &mut self.chroma;
        for plane in [&mut self.luma, blue, red] {
            plane.samples.copy_within(plane.stride * plane.side.., 0);
        }
        if row + 1 == rows {
            self.give(row, sink);
        }
    }

    /// How many rows of the picture lie in row `row` of macroblocks.
    fn height(&self, row: usize) -> usize {
        self.size.1.saturating_sub(row * 16).min(16)
    }

    /// Gives the pixels of the older of the two rows of macroblocks in memory.
    fn give(&mut self, row: usize, sink: &mut dyn FnMut(usize, &[u8])) {
        let (width, height) = self.size;
        let last = (height.div_ceil(2)).saturating_sub(1 + row * 8) + 1;
        for y in 0..self.height(row) {
            // The nearest row of chroma, and the one on the other side of this row of pixels.
            let nearest = 1 + y / 2;
            let next = match y % 2 {
                0 if row == 0 && y == 0 => nearest,
                0 => nearest - 1,
                _ => (nearest + 1).min(last),
            };
            for (plane, to) in self.chroma.iter().zip(&mut self.upsampled) {
                let pairs = plane.row(nearest).iter().zip(plane.row(next));
                let pairs = pairs.take(width.div_ceil(2));
                self.mixed.clear();
                self.mixed.extend(pairs.map(|(&one, &next)| u16::from(one) * 3 + u16::from(next)));
                upsample(&self.mixed, to);
            }
            let [blue, red] = &self.upsampled;
            convert([self.luma.row(1 + y), blue, red], &mut self.pixels);
            sink(0, &self.pixels);
        }
    }

    /// Gives the newest row of macroblocks at half size.
    fn give_halved(&mut self, row: usize, sink: &mut dyn FnMut(usize, &[u8])) {
        let (width, height) = (self.size.0, self.height(row));
        for y in 0..height.div_ceil(2) {
            let upper = self.luma.row(1 + 16 + 2 * y);
            let lower = if 2 * y + 1 < height { self.luma.row(2 + 16 + 2 * y) } else { upper };
            self.halved.clear();
            let lines = upper.as_chunks::<2>().0.iter().zip(lower.as_chunks::<2>().0);
            let mean = |(&[a, b], &[c, d]): (&[u8; 2], &[u8; 2])| {
                ((u16::from(a) + u16::from(b) + u16::from(c) + u16::from(d) + 2) >> 2) as u8
            };
            self.halved.extend(lines.map(mean));
            // The last column of an odd width has no neighbour to the right.
            if width % 2 == 1
                && let (Some(&above), Some(&below)) = (upper.get(width - 1), lower.get(width - 1))
                && let Some(last) = self.halved.get_mut(width / 2)
            {
                *last = ((u16::from(above) + u16::from(below) + 1) >> 1) as u8;
            }
            let [blue, red] = &self.chroma;
            let planes = [&self.halved, blue.row(1 + 8 + y), red.row(1 + 8 + y)];
            if self.form == Form::Planes {
                for (component, row) in planes.into_iter().enumerate() {
                    // Rows in memory end with a macroblock, those of the picture may end earlier.
                    sink(component, row.get(..width.div_ceil(2)).unwrap_or(row));
                }
                continue;
            }
            convert(planes, &mut self.pixels);
            sink(0, &self.pixels);
        }
    }
}

/// Upsamples a row horizontally: each output sample is three quarters of the nearest sample and one
/// quarter of the next. The input was upsampled vertically in the same way, and is four times as
/// large. libwebp calls this fancy upsampling.
fn upsample(samples: &[u16], row: &mut Vec<u8>) {
    row.resize(samples.len() * 2, 0);
    let [first, inner @ .., last] = row.as_mut_slice() else { return };
    for (to, pair) in inner.as_chunks_mut::<2>().0.iter_mut().zip(samples.windows(2)) {
        if let &[one, other] = pair {
            *to = [((one * 3 + other + 8) >> 4) as u8, ((other * 3 + one + 8) >> 4) as u8];
        }
    }
    *first = ((samples.first().copied().unwrap_or(0) * 4 + 8) >> 4) as u8;
    *last = ((samples.last().copied().unwrap_or(0) * 4 + 8) >> 4) as u8;
}

/// How many pixels are converted at once.
const RUN: usize = 32;

/// Converts rows of luma, blue chroma and red chroma to pixels.
fn convert(rows: [&[u8]; 3], pixels: &mut [u8]) {
    let [(lumas, last_luma), (blues, last_blue), (reds, last_red)] =
        rows.map(|row| row.as_chunks::<RUN>());
    let (runs, last_run) = pixels.as_chunks_mut::<{ RUN * 3 }>();
    // The rows may be longer than the output.
    let rest = |chunks: &[[u8; RUN]], last: &[u8]| {
        let mut run = [0; RUN];
        let from = chunks.get(runs.len()).map_or(last, |run| run.as_slice());
        run.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
        run
    };
    let last = rgb(&rest(lumas, last_luma), &rest(blues, last_blue), &rest(reds, last_red));
    for (((run, luma), blue), red) in runs.iter_mut().zip(lumas).zip(blues).zip(reds) {
        *run = rgb(luma, blue, red);
    }
    last_run.iter_mut().zip(last).for_each(|(to, from)| *to = from);
}

/// Converts luma of 16 to 235 and chroma of 16 to 240 to red, green and blue (ITU-R BT.601). The
/// integers are those of libwebp: factors are multiplied by 2^14, offsets by 2^6.
#[inline]
fn rgb(luma: &[u8; RUN], blue: &[u8; RUN], red: &[u8; RUN]) -> [u8; RUN * 3] {
    // The product of the factor and the sample times 2^8, shifted right by 16 bits.
    let times =
        |sample: u8, factor: u16| (((u32::from(sample) << 8) * u32::from(factor)) >> 16) as u16;
    let clamped = |sum: i16| (sum >> 6).clamp(0, 255) as u8;
    let mut planes = [[0_u8; RUN]; 3];
    let [reds, greens, blues] = &mut planes;
    let to = reds.iter_mut().zip(greens).zip(blues);
    for (((&luma, &blue), &red), ((to_red, to_green), to_blue)) in
        luma.iter().zip(blue).zip(red).zip(to)
    {
        // 1.164, 1.596, 0.392, 0.813 and 2.017.
        let luma = times(luma, 19_077) as i16;
        *to_red = clamped(luma + (times(red, 26_149) as i16 - 14_234));
        let greens = times(blue, 6_419) as i16 + times(red, 13_320) as i16;
        *to_green = clamped(luma - greens + 8_708);
        // A sum that does not fit 16 bits saturates; it is beyond white.
        let blues = times(blue, 33_050).wrapping_sub(17_685) as i16;
        *to_blue = clamped(luma.saturating_add(blues));
    }
    let mut pixels = [0; RUN * 3];
    let [reds, greens, blues] = &planes;
    for (pixel, ((&red, &green), &blue)) in
        pixels.as_chunks_mut::<3>().0.iter_mut().zip(reds.iter().zip(greens).zip(blues))
    {
        *pixel = [red, green, blue];
    }
    pixels
}
