//! Planes of luma and chroma, and the conversion to them from red, green and blue (JFIF 1.02,
//! page 3).

/// The samples of one component, row by row.
#[derive(Debug, Clone, PartialEq)]
pub struct Plane {
    /// Samples in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// All samples.
    pub samples: Vec<u8>,
    /// Width and height of the picture, in samples. The last samples may lie partly beyond its
    /// edge.
    pub extent: (f64, f64),
}

impl Plane {
    /// A plane whose samples all lie within the picture.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "sides of pictures")]
    pub fn whole(width: usize, height: usize, samples: Vec<u8>) -> Self {
        Self { width, height, samples, extent: (width as f64, height as f64) }
    }
}

/// The resolution that chroma is stored in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chroma {
    /// Half of luma's each way, rounded up (4:2:0).
    Half,
    /// Luma's (4:4:4).
    Full,
}

/// A picture in luma and, unless it is grey, two chromas of one size: luma's, or half of it each
/// way, rounded up.
#[derive(Debug, Clone, PartialEq)]
pub struct Planes {
    /// Brightness: 0 is black, 255 is white.
    pub luma: Plane,
    /// Blue chroma and red chroma; 128 is grey. `None` for a grey picture.
    pub chroma: Option<[Plane; 2]>,
}

impl Planes {
    /// Makes the planes of a grey picture; `samples` are its luma.
    #[must_use]
    pub fn of_grey(width: usize, height: usize, samples: Vec<u8>) -> Self {
        Self { luma: Plane::whole(width, height, samples), chroma: None }
    }

    /// Makes the planes of a picture in red, green and blue: 3 bytes a pixel, row by row.
    #[must_use]
    pub fn of_rgb(width: usize, height: usize, samples: &[u8], chroma: Chroma) -> Self {
        let (pixels, _) = samples.as_chunks::<3>();
        let luma = Plane::whole(width, height, pixels.iter().map(|&pixel| luma(pixel)).collect());
        let [blue, red] = match chroma {
            Chroma::Full => {
                let sums = pixels.iter().map(|pixel| pixel.map(|sample| i32::from(sample) * 4));
                chromas(sums).map(|samples| Plane::whole(width, height, samples))
            }
            Chroma::Half => {
                let size = (width.div_ceil(2), height.div_ceil(2));
                chromas(sums(pixels, width)).map(|samples| Plane::whole(size.0, size.1, samples))
            }
        };
        Self { luma, chroma: Some([blue, red]) }
    }

    /// The planes, luma first.
    pub fn all(&self) -> impl Iterator<Item = &Plane> {
        std::iter::once(&self.luma).chain(self.chroma.iter().flatten())
    }

    /// How many blocks of a plane a coded unit is wide and high (A.2.3).
    pub(crate) fn sampling(&self, plane: &Plane) -> usize {
        let is_fine = plane.width == self.luma.width && plane.height == self.luma.height;
        let has_coarse = self
            .all()
            .any(|other| other.width < self.luma.width || other.height < self.luma.height);
        if is_fine && has_coarse { 2 } else { 1 }
    }
}

/// Adds up red, green and blue of each 2 x 2 pixels; at an edge, of what there is, repeated.
fn sums(pixels: &[[u8; 3]], width: usize) -> impl Iterator<Item = [i32; 3]> {
    pixels.chunks(width.max(1) * 2).flat_map(move |rows| {
        let (upper, lower) = rows.split_at(width.min(rows.len()));
        let lower = if lower.is_empty() { upper } else { lower };
        upper.chunks(2).zip(lower.chunks(2)).map(|(upper, lower)| {
            let mut sum = [0; 3];
            for pair in [upper, lower] {
                let ends = [pair.first(), pair.last()];
                for pixel in ends.into_iter().flatten() {
                    sum.iter_mut().zip(pixel).for_each(|(sum, &sample)| *sum += i32::from(sample));
                }
            }
            sum
        })
    })
}

/// Luma of a pixel: 0.299, 0.587 and 0.114 times 2^16.
fn luma([red, green, blue]: [u8; 3]) -> u8 {
    let [red, green, blue] = [red, green, blue].map(u32::from);
    let sum = red * 19_595 + green * 38_470 + blue * 7_471;
    u8::try_from((sum + (1 << 15)) >> 16).unwrap_or(u8::MAX)
}

/// Both chromas of pixels that are given four times over: 0.168736, 0.331264 and 0.5, and 0.5,
/// 0.418688 and 0.081312, times 2^16.
fn chromas(pixels: impl Iterator<Item = [i32; 3]>) -> [Vec<u8>; 2] {
    // 128, and a little less than a half: a value halfway between two is rounded down, 255.5 too.
    const OFFSET: i32 = (128 << 18) + (1 << 17) - 1;
    let narrow = |sum: i32| u8::try_from((sum + OFFSET) >> 18).unwrap_or(u8::MAX);
    pixels
        .map(|[red, green, blue]| {
            let to_blue = narrow(blue * 32_768 - red * 11_059 - green * 21_709);
            let to_red = narrow(red * 32_768 - green * 27_439 - blue * 5_329);
            (to_blue, to_red)
        })
        .unzip::<u8, u8, Vec<u8>, Vec<u8>>()
        .into()
}
