//! Agreement with two decoders that owe each other nothing: `image-webp`, behind the `image` crate, and
//! libwebp.

use image::ImageFormat;

use crate::{Writing, frame, ours, photo, writings};
use scaled_vp8::{Decoder, Scale};

#[test]
fn at_full_size_every_picture_comes_out_as_from_both() {
    let mut cases = 0;
    for writing in writings() {
        let file = writing.write();
        let ours = ours(frame(&file), Scale::Full).unwrap();
        let image_webp = image::load_from_memory_with_format(&file, ImageFormat::WebP).unwrap();
        assert!(ours == image_webp.into_rgb8().into_raw(), "{writing:?}");
        let libwebp = webp::Decoder::new(&file).decode().unwrap();
        assert!(ours == *libwebp, "{writing:?}");
        cases += 1;
    }
    assert_eq!(cases, 8 * (4 * 11 + 16));
}

#[test]
fn every_size_up_to_three_macroblocks_comes_out_as_from_libwebp() {
    let mut cases = 0;
    for width in 1..=48 {
        for height in [1, 2, 15, 16, 17, 31, 40] {
            let file = Writing::of(width, height).write();
            let theirs = webp::Decoder::new(&file).decode().unwrap();
            let ours = ours(frame(&file), Scale::Full).unwrap();
            assert!(ours == *theirs, "{width} x {height}");
            cases += 1;
        }
    }
    assert_eq!(cases, 48 * 7);
}

#[test]
fn the_pictures_use_all_that_is_to_be_agreed_on() {
    let (mut segmented, mut simple, mut normal, mut unfiltered, mut divided) = (0, 0, 0, 0, 0);
    for writing in writings() {
        let source = writing.frame();
        let header = format!("{:?}", Decoder::new(&source).unwrap());
        let [is_simple, is_none] =
            ["is_simple: true", "is_none: true"].map(|told| header.contains(told));
        segmented += u32::from(header.contains("segment_probabilities: Some"));
        unfiltered += u32::from(is_none);
        simple += u32::from(is_simple && !is_none);
        normal += u32::from(!is_simple && !is_none);
        divided += u32::from(writing.partitions > 0);
    }
    let seen = [segmented, simple, normal, unfiltered, divided];
    assert!(seen.iter().all(|&count| count > 20), "{seen:?}");
}

#[test]
fn a_picture_that_is_drawn_and_one_that_is_decoded_look_alike() {
    // Lest all three decoders and the encoder err together.
    let drawn = photo(96, 80);
    let frame = Writing { quality: 100, ..Writing::of(96, 80) }.frame();
    let decoded = ours(&frame, Scale::Full).unwrap();
    let off: u32 = drawn.iter().zip(&decoded).map(|(&a, &b)| u32::from(a.abs_diff(b))).sum();
    assert!(f64::from(off) / (drawn.len() as f64) < 12.0, "{off}");
}
