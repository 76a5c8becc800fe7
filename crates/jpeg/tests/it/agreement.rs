//! Compares pixels with those of libjpeg-turbo. The crate mozjpeg contains its decoder, and an
//! encoder of progressive files with refinement scans.

use jpeg_encoder::SamplingFactor;
use mozjpeg::{ColorSpace, Compress, Decompress};

use crate::{difference, ours, photo, writings};
use scaled_jpeg::{Detail, Scale};

/// The pixels that libjpeg-turbo decodes. CMYK is not converted.
pub(crate) fn theirs(file: &[u8], scale: Scale, channels: usize) -> Vec<u8> {
    let mut decompress = Decompress::new_mem(file).unwrap();
    decompress.scale(u8::try_from(scale.eighths()).unwrap());
    let mut started = match channels {
        1 => decompress.grayscale(),
        3 => decompress.rgb(),
        _ => decompress.to_colorspace(ColorSpace::JCS_CMYK),
    }
    .unwrap();
    started.read_scanlines::<u8>().unwrap()
}

/// A file by mozjpeg's encoder; if it is progressive, it has refinement scans.
fn written(width: u16, height: u16, (h, v): (u8, u8), is_progressive: bool) -> Vec<u8> {
    let mut compress = Compress::new(ColorSpace::JCS_RGB);
    // Better settings choose coefficients by how they are coded.
    compress.set_fastest_defaults();
    compress.set_size(width.into(), height.into());
    compress.set_quality(85.0);
    compress.set_chroma_sampling_pixel_sizes((h, v), (h, v));
    if is_progressive {
        compress.set_progressive_mode();
    }
    let mut started = compress.start_compress(Vec::new()).unwrap();
    started.write_scanlines(&photo(width, height, 3)).unwrap();
    started.finish().unwrap()
}

#[test]
fn at_full_size_every_file_comes_out_as_from_libjpeg_turbo() {
    let mut cases = 0;
    for writing in writings() {
        let file = writing.write();
        let theirs = theirs(&file, Scale::Full, writing.channels);
        for detail in [Detail::Full, Detail::Coarse] {
            let ours = ours(&file, Scale::Full, detail).unwrap();
            assert_eq!(difference(&ours, &theirs).0, 0, "{writing:?}");
        }
        cases += 1;
    }
    assert_eq!(cases, 348);
}

/// A grey picture of 16 x 8 pixels with the standard code tables, whose first block has more
/// coefficients than fit.
fn overfull() -> Vec<u8> {
    let writing = crate::Writing { channels: 1, ..crate::Writing::of(16, 8) };
    let file = writing.write();
    let scan = crate::find(&file, 0xDA);
    let mut codes = String::from("00"); // A DC coefficient like the one before,
    codes.push_str(&"11111111001".repeat(3)); // 48 zeros,
    codes.push_str("1111111111110101"); // 15 more and a coefficient of one bit, at place 64.
    codes.push('1');
    codes.push_str("00"); // The second block: no difference,
    codes.push_str("1010"); // and the end of the block.
    while !codes.len().is_multiple_of(8) {
        codes.push('1');
    }
    let bytes = codes.as_bytes().chunks(8).flat_map(|bits| {
        let byte = u8::from_str_radix(std::str::from_utf8(bits).unwrap(), 2).unwrap();
        if byte == 0xFF { vec![0xFF, 0] } else { vec![byte] }
    });
    let head = &file[..scan + 10];
    [head, &bytes.collect::<Vec<_>>(), b"\xFF\xD9"].concat()
}

#[test]
fn a_block_with_too_many_coefficients_comes_out_as_from_libjpeg_turbo() {
    let file = overfull();
    let theirs = theirs(&file, Scale::Full, 1);
    assert_eq!(ours(&file, Scale::Full, Detail::Full).unwrap(), theirs);
    assert!(ours(&file, Scale::Eighth, Detail::Full).is_ok());
}

#[test]
fn at_an_eighth_what_needs_no_interpolation_comes_out_as_from_libjpeg_turbo() {
    let mut cases = 0;
    for writing in writings() {
        // libjpeg-turbo transforms blocks only to squares, so it interpolates where we need not.
        use SamplingFactor as S;
        if !matches!(writing.sampling, S::F_1_1 | S::F_2_2) {
            continue;
        }
        let file = writing.write();
        let theirs = theirs(&file, Scale::Eighth, writing.channels);
        let ours = ours(&file, Scale::Eighth, Detail::Full).unwrap();
        // Chroma at half resolution becomes 2 x 2 samples a block: it averages waves, and we sample
        // them.
        let most = if writing.sampling == S::F_2_2 { 16 } else { 0 };
        assert!(difference(&ours, &theirs).0 <= most, "{writing:?}");
        cases += 1;
    }
    assert_eq!(cases, 96);
}

#[test]
fn at_odd_scales_what_needs_no_interpolation_comes_out_as_from_libjpeg_turbo() {
    let mut cases = 0;
    for writing in writings() {
        use SamplingFactor as S;
        let scales: &[Scale] = match writing.sampling {
            S::F_1_1 => &[Scale::ThreeEighths, Scale::FiveEighths, Scale::ThreeQuarters],
            // Blocks of chroma become 6 x 6 samples, where those of luma become 3 x 3.
            S::F_2_2 => &[Scale::ThreeEighths],
            _ => &[],
        };
        let file = writing.write();
        for &scale in scales {
            let theirs = theirs(&file, scale, writing.channels);
            let ours = ours(&file, scale, Detail::Full).unwrap();
            assert_eq!(difference(&ours, &theirs).0, 0, "{writing:?} {scale:?}");
            cases += 1;
        }
    }
    assert_eq!(cases, 42 * 4 + 12 * 3);
}

#[test]
fn at_every_scale_files_come_out_near_to_those_from_libjpeg_turbo() {
    let mut cases = 0;
    // In small pictures, averaging waves differs most from sampling them.
    for writing in writings().into_iter().filter(|writing| writing.width.min(writing.height) > 30) {
        let file = writing.write();
        for scale in Scale::ALL {
            let theirs = theirs(&file, scale, writing.channels);
            for detail in [Detail::Full, Detail::Coarse] {
                let (_, mean) = difference(&ours(&file, scale, detail).unwrap(), &theirs);
                assert!(mean < 10.0, "{writing:?} {scale:?} {detail:?}: {mean}");
                cases += 1;
            }
        }
    }
    assert_eq!(cases, 116 * 14);
}

/// Whether any scan refines AC coefficients. Its header (B.2.3) then names a single component.
fn has_refinement(file: &[u8]) -> bool {
    file.windows(10).any(|at| {
        let &[0xFF, 0xDA, 0, 8, 1, _, _, first, _, bits] = at else { return false };
        first > 0 && bits >> 4 > 0
    })
}

#[test]
fn scans_that_refine_each_other_come_out_as_from_libjpeg_turbo() {
    let mut cases = 0;
    for (width, height) in [(1, 1), (40, 24), (65, 39), (130, 71)] {
        for sampling in [(1, 1), (2, 1), (2, 2)] {
            let file = written(width, height, sampling, true);
            assert!(has_refinement(&file));
            let theirs = theirs(&file, Scale::Full, 3);
            let ours = ours(&file, Scale::Full, Detail::Full).unwrap();
            assert_eq!(difference(&ours, &theirs).0, 0, "{width} x {height} {sampling:?}");
            cases += 1;
        }
    }
    assert_eq!(cases, 12);
}

#[test]
fn coefficients_that_are_not_held_do_not_change_those_that_scans_refine() {
    let mut cases = 0;
    for sampling in [(1, 1), (2, 2)] {
        let refined = written(65, 39, sampling, true);
        let told_at_once = written(65, 39, sampling, false);
        for scale in Scale::ALL {
            for detail in [Detail::Full, Detail::Coarse] {
                let refined = ours(&refined, scale, detail).unwrap();
                let told_at_once = ours(&told_at_once, scale, detail).unwrap();
                assert!(refined == told_at_once, "{sampling:?} {scale:?} {detail:?}");
                cases += 1;
            }
        }
    }
    assert_eq!(cases, 28);
}
