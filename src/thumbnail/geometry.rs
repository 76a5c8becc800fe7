//! Sizes: how large a thumbnail becomes. Arithmetic on integers only; no pixels here.

use image::metadata::Orientation;

/// The size of a picture of `width` x `height` pixels once it fits inside a box, in pixels.
///
/// The shape is kept, each side rounded to the nearest pixel and never below 1. A picture that
/// already fits keeps its size: nothing is ever enlarged.
fn fit((width, height): (u32, u32), (box_width, box_height): (u32, u32)) -> (u32, u32) {
    if width <= box_width && height <= box_height {
        return (width, height);
    }
    let is_wider_than_box =
        u64::from(width) * u64::from(box_height) >= u64::from(height) * u64::from(box_width);
    if is_wider_than_box {
        (box_width.max(1), scale(height, box_width, width))
    } else {
        (scale(width, box_height, height), box_height.max(1))
    }
}

/// The size that a picture as stored must be brought to, so that it fits inside the box once it is
/// turned upright. An orientation that lays the picture on its side lays the box there too.
pub(super) fn fit_stored(
    stored: (u32, u32),
    orientation: Orientation,
    (box_width, box_height): (u32, u32),
) -> (u32, u32) {
    match orientation {
        Orientation::Rotate90
        | Orientation::Rotate270
        | Orientation::Rotate90FlipH
        | Orientation::Rotate270FlipH => fit(stored, (box_height, box_width)),
        Orientation::NoTransforms
        | Orientation::Rotate180
        | Orientation::FlipHorizontal
        | Orientation::FlipVertical => fit(stored, (box_width, box_height)),
    }
}

/// `side * numerator / denominator`, rounded to nearest, at least 1.
fn scale(side: u32, numerator: u32, denominator: u32) -> u32 {
    let denominator = u64::from(denominator).max(1);
    let scaled = (u64::from(side) * u64::from(numerator) + denominator / 2) / denominator;
    u32::try_from(scaled).unwrap_or(u32::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use super::fit;

    #[test]
    fn a_picture_that_fits_keeps_its_size() {
        assert_eq!(fit((100, 50), (100, 50)), (100, 50));
        assert_eq!(fit((1, 1), (16_383, 16_383)), (1, 1));
    }

    #[test]
    fn the_side_that_sticks_out_most_fills_the_box() {
        assert_eq!(fit((4000, 3000), (256, 256)), (256, 192));
        assert_eq!(fit((3000, 4000), (256, 256)), (192, 256));
        assert_eq!(fit((300, 300), (256, 100)), (100, 100));
        assert_eq!(fit((200, 10), (100, 100)), (100, 5));
    }

    #[test]
    fn sides_are_rounded_to_the_nearest_pixel() {
        assert_eq!(fit((1000, 667), (256, 256)), (256, 171)); // 170.75
        assert_eq!(fit((1000, 665), (256, 256)), (256, 170)); // 170.24
        assert_eq!(fit((200, 101), (100, 100)), (100, 51)); // 50.5 goes up
    }

    #[test]
    fn a_hair_of_a_picture_keeps_one_pixel() {
        assert_eq!(fit((65_535, 1), (256, 256)), (256, 1));
        assert_eq!(fit((1, u32::MAX), (1, 1)), (1, 1));
    }

    #[test]
    fn every_size_stays_inside_the_box_is_never_larger_and_keeps_its_shape() {
        let sides = [1, 2, 3, 7, 99, 100, 101, 255, 256, 257, 4000, 16_383, 65_535, u32::MAX];
        let boxes = [1, 2, 50, 100, 256, 16_383];
        let mut cases = 0;
        for width in sides {
            for height in sides {
                for box_width in boxes {
                    for box_height in boxes {
                        let (w, h) = fit((width, height), (box_width, box_height));
                        assert!((1..=box_width.min(width)).contains(&w));
                        assert!((1..=box_height.min(height)).contains(&h));
                        let exact_height = f64::from(w) * f64::from(height) / f64::from(width);
                        let exact_width = f64::from(h) * f64::from(width) / f64::from(height);
                        assert!(
                            (f64::from(h) - exact_height).abs() <= 0.5 + 1e-6
                                || (f64::from(w) - exact_width).abs() <= 0.5 + 1e-6
                                || w == 1
                                || h == 1,
                            "{width}x{height} in {box_width}x{box_height} became {w}x{h}"
                        );
                        cases += 1;
                    }
                }
            }
        }
        assert_eq!(cases, 14 * 14 * 6 * 6);
    }
}
