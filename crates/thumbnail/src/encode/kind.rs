//! Tells graphics from photographs, to decide which format suits a picture.

use crate::raster::Srgb;

/// The most colours of a graphic without flat areas, and the most greys. The latter is lower, as
/// any photograph without colour has up to 256 greys.
const FEW_COLORS: usize = 256;
const FEW_GREYS: usize = 32;

/// The lowest share of flat pixels in a graphic, in percent, and in one without colour. The latter
/// is higher because the dark parts of photographs are flat.
const FLAT_PERCENT: usize = 50;
const FLAT_GREY_PERCENT: usize = 80;

/// The most distinct colours of a graphic with flat areas, in percent of its pixels. Overexposed
/// photographs have flat areas too, but as many colours as others elsewhere.
const COLOR_PERCENT: usize = 15;

/// A graphic is drawn. Either it has at most 256 colours, each in eight places on average; or at
/// least half of its pixels equal their left and upper neighbours, and it has few colours for so
/// many pixels. Without colour, it has at most 32 greys, or four fifths of it are flat. Everything
/// else is a photograph. Measured on the thumbnail itself.
pub(crate) fn is_graphic(picture: &Srgb) -> bool {
    let pixels: Vec<[u8; 4]> = picture.rgba().collect();
    let mut sorted = pixels.clone();
    sorted.sort_unstable();
    sorted.dedup();
    let colors = sorted.len();
    drop(sorted);
    let is_grey = pixels.iter().all(|&[red, green, blue, _]| red == green && green == blue);
    let (few, flat_percent) =
        if is_grey { (FEW_GREYS, FLAT_GREY_PERCENT) } else { (FEW_COLORS, FLAT_PERCENT) };
    if colors <= few && colors * 8 <= pixels.len() {
        return true;
    }
    let width = picture.width as usize;
    let flat = pixels
        .iter()
        .enumerate()
        .filter(|&(at, pixel)| {
            let left = at.checked_sub(1).and_then(|at| pixels.get(at));
            let above = at.checked_sub(width).and_then(|at| pixels.get(at));
            left.is_none_or(|left| left == pixel) && above.is_none_or(|above| above == pixel)
        })
        .count();
    flat * 100 >= pixels.len() * flat_percent && colors * 100 <= pixels.len() * COLOR_PERCENT
}
