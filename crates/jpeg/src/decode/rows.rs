//! Turns planes of samples into rows of pixels: upsamples components of lower resolution, and
//! converts colours to red, green and blue.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to what a sample can be, averages of such, or constant"
)]

use super::layout::{Layout, Plane};

/// The colours that the components stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Color {
    /// One component.
    Grey,
    /// Luma, blue chroma and red chroma, which are decoded to red, green and blue.
    YCbCr,
    /// Red, green and blue, decoded as they are.
    Rgb,
    /// Cyan, magenta, yellow and black inks, decoded as they are.
    Cmyk,
    /// Luma, two chromas and black, decoded as they are.
    Ycck,
}

impl Color {
    /// The number of samples in a pixel.
    #[must_use]
    pub fn channels(self) -> usize {
        match self {
            Self::Grey => 1,
            Self::YCbCr | Self::Rgb => 3,
            Self::Cmyk | Self::Ycck => 4,
        }
    }
}

/// How a component is upsampled to the resolution of the pixels: as in libjpeg, except for rare
/// ratios.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Upsampling {
    /// It already has the resolution of the pixels.
    None,
    /// It has half the resolution horizontally, and is interpolated.
    Horizontal,
    /// It has half the resolution vertically, and is interpolated.
    Vertical,
    /// It has half the resolution in both directions, and is interpolated.
    Both,
    /// It has another resolution: its samples are repeated.
    Repeated,
}

/// A component that is being upsampled.
struct Stage {
    plane: Plane,
    upsampling: Upsampling,
    /// The width of a sample in pixels, as a fraction.
    across: (usize, usize),
    /// The height of a sample in pixels, as a fraction.
    down: (usize, usize),
    /// The last row of samples of one row of MCUs, then the samples of the next two rows of MCUs.
    samples: Vec<u8>,
    /// A row of upsampled samples, one for each pixel.
    row: Vec<u8>,
    /// A row of samples interpolated between two rows, multiplied by four.
    mixed: Vec<u16>,
}

impl Stage {
    fn new(plane: Plane, (columns, rows): (usize, usize)) -> Self {
        let across = reduced(columns, plane.mcu.0 * plane.block.width);
        let down = reduced(rows, plane.mcu_rows());
        let upsampling = match (across, down) {
            ((1, 1), (1, 1)) => Upsampling::None,
            ((2, 1), (1, 1)) if plane.size.0 > 2 => Upsampling::Horizontal,
            ((1, 1), (2, 1)) => Upsampling::Vertical,
            ((2, 1), (2, 1)) if plane.size.0 > 2 => Upsampling::Both,
            _ => Upsampling::Repeated,
        };
        let samples = vec![0; plane.stride * (1 + 2 * plane.mcu_rows())];
        Self { plane, upsampling, across, down, samples, row: Vec::new(), mixed: Vec::new() }
    }

    /// Makes the row of samples for row `y` of the pixels in a row of MCUs. `place` says where this
    /// row of MCUs is held: 0 for first, 1 for second.
    fn prepare(&mut self, mcu_row: usize, place: usize, y: usize, width: usize) {
        let rows = self.plane.mcu_rows();
        let (columns, last) = (self.plane.size.0, self.plane.size.1.saturating_sub(1));
        let (samples, stride) = (&self.samples, self.plane.stride);
        // Rows are numbered from the top of the plane.
        let first = mcu_row * rows;
        let line = |number: usize| {
            let number = number.min(last);
            let held = if number < first { 0 } else { 1 + place * rows + number - first };
            samples.get(held * stride..held * stride + columns).unwrap_or_default()
        };
        let number = first + y * self.down.1 / self.down.0;
        let is_upper = y.is_multiple_of(2);
        let nearest = line(number);
        self.row.clear();
        if matches!(self.upsampling, Upsampling::Vertical | Upsampling::Both) {
            let next = line(if is_upper { number.saturating_sub(1) } else { number + 1 });
            let mixed = nearest.iter().zip(next);
            let mixed = mixed.map(|(&one, &next)| u16::from(one) * 3 + u16::from(next));
            self.mixed.clear();
            self.mixed.extend(mixed);
        }
        match self.upsampling {
            Upsampling::None => self.row.extend_from_slice(nearest),
            Upsampling::Horizontal => upsample(nearest, &mut self.row),
            Upsampling::Vertical => {
                let bias = if is_upper { 1 } else { 2 };
                self.row.extend(self.mixed.iter().map(|&mixed| ((mixed + bias) >> 2) as u8));
            }
            Upsampling::Both => upsample_mixed(&self.mixed, &mut self.row),
            Upsampling::Repeated => {
                let (above, below) = self.across;
                let last = nearest.last().copied().unwrap_or(0);
                let sample = |x| nearest.get(x * below / above).copied().unwrap_or(last);
                self.row.extend((0..width).map(sample));
            }
        }
    }
}

/// Makes rows of pixels, or rows of each component's samples, from rows of MCUs.
pub(super) struct Rows {
    stages: Vec<Stage>,
    /// The colours of the pixels; `None` if components stay separate.
    color: Option<Color>,
    /// The size of the picture, in pixels.
    size: (usize, usize),
    /// Rows of pixels in a row of MCUs.
    height: usize,
    /// Whether any component is interpolated vertically, which needs the next row of samples.
    needs_next_row: bool,
    pixels: Vec<u8>,
}

impl Rows {
    pub(super) fn new(layout: &Layout, color: Option<Color>) -> Self {
        let most = |side: fn(&Plane) -> usize| layout.planes.iter().map(side).max().unwrap_or(1);
        let (mcu_columns, mcu_rows) =
            (most(|plane| plane.mcu.0 * plane.block.width), most(Plane::mcu_rows));
        let mcu = (mcu_columns, mcu_rows);
        let stages: Vec<Stage> =
            layout.planes.iter().map(|&plane| Stage::new(plane, mcu)).collect();
        let needs_next_row = stages
            .iter()
            .any(|stage| matches!(stage.upsampling, Upsampling::Vertical | Upsampling::Both));
        Self {
            needs_next_row,
            stages,
            color,
            size: layout.size,
            height: mcu_rows,
            pixels: vec![0; layout.size.0 * color.map_or(0, Color::channels)],
        }
    }

    /// The memory that the rows of a layout take, in bytes.
    pub(super) fn memory(layout: &Layout) -> usize {
        let planes = layout.planes.iter();
        let of_planes = planes.map(|plane| plane.stride * (4 + 2 * plane.mcu_rows()));
        of_planes.sum::<usize>() + layout.size.0 * 8
    }

    /// For each component, the place for the samples of the next row of MCUs.
    pub(super) fn samples(&mut self) -> impl Iterator<Item = &mut [u8]> {
        self.stages.iter_mut().map(|stage| {
            let rows = stage.plane.mcu_rows();
            stage.samples.get_mut(stage.plane.stride * (1 + rows)..).unwrap_or_default()
        })
    }

    /// Ends row `row` of all `rows` rows of MCUs. `sink` gets the rows of pixels that are complete,
    /// or the rows of samples with the number of their component.
    pub(super) fn finish(&mut self, row: usize, rows: usize, sink: &mut dyn FnMut(usize, &[u8])) {
        let Some(color) = self.color else { return self.give_apart(row, sink) };
        if self.needs_next_row && row > 0 {
            self.give(row - 1, 0, color, sink);
        }
        if !self.needs_next_row {
            self.give(row, 1, color, sink);
            return;
        }
        for stage in &mut self.stages {
            let stride = stage.plane.stride;
            // The second row of MCUs moves to the first place, with the row of samples before it.
            stage.samples.copy_within(stride * stage.plane.mcu_rows().., 0);
        }
        if row + 1 == rows {
            self.give(row, 0, color, sink);
        }
    }

    /// Gives `sink` the rows of pixels of a row of MCUs. `place` says where this row is held: 0 for
    /// first, 1 for second.
    fn give(
        &mut self,
        mcu_row: usize,
        place: usize,
        color: Color,
        sink: &mut dyn FnMut(usize, &[u8]),
    ) {
        let (width, height) = self.size;
        for y in 0..self.height.min(height.saturating_sub(mcu_row * self.height)) {
            for stage in &mut self.stages {
                stage.prepare(mcu_row, place, y, width);
            }
            let row = |index: usize| {
                let stage = self.stages.get(index);
                stage.and_then(|stage| stage.row.get(..width)).unwrap_or_default()
            };
            convert(color, [row(0), row(1), row(2), row(3)], &mut self.pixels);
            sink(0, &self.pixels);
        }
    }

    /// Gives `sink` the rows of samples of the row of MCUs that is held second.
    fn give_apart(&self, mcu_row: usize, sink: &mut dyn FnMut(usize, &[u8])) {
        for (component, Stage { plane, samples, .. }) in self.stages.iter().enumerate() {
            let rows = plane.mcu_rows();
            let held = samples.chunks_exact(plane.stride.max(1)).skip(1 + rows);
            for row in held.take(plane.size.1.saturating_sub(mcu_row * rows)) {
                sink(component, row.get(..plane.size.0).unwrap_or_default());
            }
        }
    }
}

/// Reduces a fraction by all common factors of two and three.
fn reduced(mut above: usize, mut below: usize) -> (usize, usize) {
    for prime in [2, 3] {
        while above.is_multiple_of(prime) && below.is_multiple_of(prime) {
            (above, below) = (above / prime, below / prime);
        }
    }
    (above, below)
}

/// Makes twice as many samples. Each is three quarters of the nearest sample and one quarter of the
/// next, rounded up and down in turn, as in libjpeg's "fancy upsampling".
fn upsample(samples: &[u8], row: &mut Vec<u8>) {
    row.resize(samples.len() * 2, 0);
    let [first, inner @ .., last] = row.as_mut_slice() else { return };
    for (to, pair) in inner.as_chunks_mut::<2>().0.iter_mut().zip(samples.windows(2)) {
        if let &[one, other] = pair {
            let (one, other) = (u16::from(one), u16::from(other));
            *to = [((one * 3 + other + 2) >> 2) as u8, ((other * 3 + one + 1) >> 2) as u8];
        }
    }
    *first = samples.first().copied().unwrap_or(0);
    *last = samples.last().copied().unwrap_or(0);
}

/// Does the same with samples that were interpolated vertically, and so are four times as large.
fn upsample_mixed(samples: &[u16], row: &mut Vec<u8>) {
    row.resize(samples.len() * 2, 0);
    let [first, inner @ .., last] = row.as_mut_slice() else { return };
    for (to, pair) in inner.as_chunks_mut::<2>().0.iter_mut().zip(samples.windows(2)) {
        if let &[one, other] = pair {
            *to = [((one * 3 + other + 7) >> 4) as u8, ((other * 3 + one + 8) >> 4) as u8];
        }
    }
    *first = ((samples.first().copied().unwrap_or(0) * 4 + 8) >> 4) as u8;
    *last = ((samples.last().copied().unwrap_or(0) * 4 + 7) >> 4) as u8;
}

/// Makes pixels from the samples of components.
fn convert(color: Color, [first, second, third, fourth]: [&[u8]; 4], pixels: &mut [u8]) {
    match color {
        Color::Grey => pixels.copy_from_slice(first),
        Color::YCbCr => convert_luma_and_chroma(first, second, third, pixels),
        Color::Rgb => join([first, second, third], pixels),
        Color::Cmyk | Color::Ycck => join([first, second, third, fourth], pixels),
    }
}

/// Interleaves the samples of components without converting them.
fn join<const COUNT: usize>(rows: [&[u8]; COUNT], pixels: &mut [u8]) {
    for (at, pixel) in pixels.as_chunks_mut::<COUNT>().0.iter_mut().enumerate() {
        *pixel = rows.map(|row| row.get(at).copied().unwrap_or(0));
    }
}

/// How many pixels are converted at once.
const RUN: usize = 32;

fn convert_luma_and_chroma(luma: &[u8], blue: &[u8], red: &[u8], pixels: &mut [u8]) {
    let (lumas, last_luma) = luma.as_chunks::<RUN>();
    let (blues, last_blue) = blue.as_chunks::<RUN>();
    let (reds, last_red) = red.as_chunks::<RUN>();
    let (runs, last_run) = pixels.as_chunks_mut::<{ RUN * 3 }>();
    for (((run, luma), blue), red) in runs.iter_mut().zip(lumas).zip(blues).zip(reds) {
        *run = rgb(luma, blue, red);
    }
    let [mut luma, mut blue, mut red] = [[0; RUN]; 3];
    for (run, last) in [(&mut luma, last_luma), (&mut blue, last_blue), (&mut red, last_red)] {
        run.iter_mut().zip(last).for_each(|(to, from)| *to = *from);
    }
    let converted = rgb(&luma, &blue, &red);
    last_run.iter_mut().zip(converted).for_each(|(to, from)| *to = from);
}

/// Converts luma and chroma to red, green and blue (JFIF 1.02, page 3), with the same integers as
/// libjpeg. Factors are multiplied by 2^16; from the larger ones, 1 or 2 is split off, so that the
/// rest fits into 16 bits.
#[inline]
fn rgb(luma: &[u8; RUN], blue: &[u8; RUN], red: &[u8; RUN]) -> [u8; RUN * 3] {
    let mut planes = [[0_u8; RUN]; 3];
    let [reds, greens, blues] = &mut planes;
    let rounded = |product: i32| ((product + (1 << 15)) >> 16) as i16;
    let to = reds.iter_mut().zip(greens).zip(blues);
    for (((&luma, &blue), &red), ((to_red, to_green), to_blue)) in
        luma.iter().zip(blue).zip(red).zip(to)
    {
        let (luma, blue, red) = (i16::from(luma), i16::from(blue) - 128, i16::from(red) - 128);
        let (wide_blue, wide_red) = (i32::from(blue), i32::from(red));
        // The factors are 1.402 for red, 0.34414 and 0.71414 for green, and 1.772 for blue.
        *to_red = (luma + red + rounded(wide_red * 26_345)).clamp(0, 255) as u8;
        *to_green =
            (luma - red + rounded(wide_red * 18_734 - wide_blue * 22_554)).clamp(0, 255) as u8;
        *to_blue = (luma + 2 * blue + rounded(wide_blue * -14_942)).clamp(0, 255) as u8;
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
