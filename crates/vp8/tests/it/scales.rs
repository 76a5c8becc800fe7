//! Half size: it shows the same picture.

use crate::{Writing, ours, writings};
use scaled_vp8::{Decoder, Scale};

/// Means of squares of 2 x 2 pixels, or of what is there of them.
fn halved(pixels: &[u8], (width, height): (usize, usize)) -> Vec<u8> {
    let mut halved = Vec::new();
    for y in (0..height).step_by(2) {
        for x in (0..width).step_by(2) {
            for channel in 0..3 {
                let ys = y..(y + 2).min(height);
                let square = ys.flat_map(|y| (x..(x + 2).min(width)).map(move |x| (x, y)));
                let square = square.map(|(x, y)| u32::from(pixels[(y * width + x) * 3 + channel]));
                let square: Vec<u32> = square.collect();
                halved.push((square.iter().sum::<u32>() / square.len() as u32) as u8);
            }
        }
    }
    halved
}

#[test]
fn a_picture_of_half_size_shows_the_means_of_squares() {
    let mut cases = 0;
    for writing in writings().into_iter().filter(|writing| writing.quality >= 50) {
        let frame = writing.frame();
        let size = (writing.width as usize, writing.height as usize);
        let expected = halved(&ours(&frame, Scale::Full).unwrap(), size);
        let half = ours(&frame, Scale::Half).unwrap();
        assert_eq!(half.len(), expected.len());
        let off: u32 = half.iter().zip(&expected).map(|(&a, &b)| u32::from(a.abs_diff(b))).sum();
        // Chroma is not smoothed by interpolation, and edges not by the loop filter.
        assert!(f64::from(off) / (half.len() as f64) < 6.0, "{writing:?}: {off}");
        cases += 1;
    }
    assert_eq!(cases, 8 * (2 * 11 + 16));
}

#[test]
fn a_picture_of_one_colour_is_that_at_half_size_too() {
    let picture = [200, 30, 90].repeat(37 * 21);
    let file = webp::Encoder::from_rgb(&picture, 37, 21).encode(90.0).to_vec();
    let frame = crate::frame(&file);
    let half = ours(frame, Scale::Half).unwrap();
    assert_eq!(half.len(), 19 * 11 * 3);
    let off = half.iter().zip(picture.iter()).map(|(&one, &other)| one.abs_diff(other));
    assert!(off.max() <= Some(8), "{:?}", &half[..3]);
}

#[test]
fn planes_of_half_size_are_those_that_its_pixels_are_made_of() {
    for writing in writings().into_iter().filter(|writing| writing.quality == 75) {
        let frame = writing.frame();
        let decoder = Decoder::new(&frame).unwrap();
        let mut planes = [const { Vec::new() }; 3];
        decoder.decode_planes(|component, row| planes[component].extend_from_slice(row)).unwrap();
        let half = ours(&frame, Scale::Half).unwrap();
        assert_eq!(planes.each_ref().map(Vec::len), [half.len() / 3; 3], "{writing:?}");
        let [luma, blue, red] = planes;
        for (at, pixel) in half.chunks(3).enumerate() {
            // ITU-R BT.601, by real numbers.
            let luma = 1.164_38 * (f64::from(luma[at]) - 16.0);
            let (blue, red) = (f64::from(blue[at]) - 128.0, f64::from(red[at]) - 128.0);
            let wanted = [
                luma + 1.596_03 * red,
                luma - 0.391_76 * blue - 0.812_97 * red,
                luma + 2.017_23 * blue,
            ];
            for (&made, wanted) in pixel.iter().zip(wanted) {
                assert!((f64::from(made) - wanted.clamp(0.0, 255.0)).abs() < 1.5, "{writing:?}");
            }
        }
    }
}

#[test]
fn memory_does_not_grow_with_height_and_is_more_than_rows_take() {
    let memory = |width, height| {
        let frame = Writing::of(width, height).frame();
        Decoder::new(&frame).unwrap().memory()
    };
    assert_eq!(memory(160, 16), memory(160, 400));
    assert!(memory(1600, 16) > 1600 * 33 + 2 * 800 * 17);
}
