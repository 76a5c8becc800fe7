//! From red, green and blue to planes of luma and chroma (JFIF 1.02, page 3), chroma at full or half
//! resolution each way.

use crate::jpeg::Plane;
use crate::thumbnail::raster::{Channels, Planes, Srgb};
use crate::thumbnail::spec::Chroma;

impl Planes {
    /// Of a picture without alpha.
    pub(super) fn of(picture: &Srgb, chroma: Chroma) -> Self {
        let (width, height) = (picture.width as usize, picture.height as usize);
        if picture.channels == Channels::Grey {
            let luma = Plane::whole(width, height, picture.samples.clone());
            return Self { luma, chroma: None };
        }
        let (pixels, _) = picture.samples.as_chunks::<3>();
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

    /// How many blocks of a plane a coded unit is wide and high (A.2.3).
    pub(super) fn sampling(&self, plane: &Plane) -> usize {
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
    // 128, and a little less than a half: what lies between two goes to the lower one, and 255.5 with it.
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
