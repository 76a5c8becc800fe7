//! Decodes our files with two decoders: libjpeg-turbo and our own.

use mozjpeg::Decompress;

use scaled_jpeg::{Decoder, Detail, Encoder, Plane, Planes, Scale};

/// Waves and grain, different for each plane.
fn plane(width: usize, height: usize, number: usize) -> Plane {
    let samples = (0..width * height).map(|at| {
        let (x, y) = (at % width, at / width);
        let wave = (x * (3 + number) + y * (5 - number)) % 200;
        u8::try_from(wave + ((at * 7919) >> 3) % 24).unwrap()
    });
    Plane::whole(width, height, samples.collect())
}

/// Planes without chroma (0), with chroma at half the resolution (1), or at the same (2).
fn planes(width: usize, height: usize, kind: usize) -> Planes {
    let luma = plane(width, height, 0);
    let coarse = if kind == 1 { 2 } else { 1 };
    let (width, height) = (width.div_ceil(coarse), height.div_ceil(coarse));
    let chroma = (kind > 0).then(|| [plane(width, height, 1), plane(width, height, 2)]);
    Planes { luma, chroma }
}

fn file(planes: &Planes, quality: u8, is_progressive: bool) -> Vec<u8> {
    Encoder { quality, is_progressive, ..Encoder::default() }.encode(planes).unwrap()
}

#[test]
fn planes_come_back_as_they_were_at_the_best_quality_and_any_size() {
    let mut cases = 0;
    for (width, height) in [(1, 1), (2, 3), (7, 8), (8, 8), (9, 17), (16, 16), (33, 31), (100, 50)]
    {
        for (kind, is_progressive) in
            [(0, true), (0, false), (1, true), (1, false), (2, true), (2, false)]
        {
            let planes = planes(width, height, kind);
            let file = file(&planes, 100, is_progressive);
            let read = Decoder::new(&file).unwrap().decode_planes(Scale::Full).unwrap();
            assert_eq!(read.len(), planes.all().count());
            for (read, written) in read.iter().zip(planes.all()) {
                assert_eq!((read.width, read.height), (written.width, written.height));
                let furthest =
                    read.samples.iter().zip(&written.samples).map(|(a, b)| a.abs_diff(*b)).max();
                assert!(
                    furthest <= Some(2),
                    "{furthest:?} of {width} x {height}, kind {kind}, progressive: {is_progressive}"
                );
            }
            cases += 1;
        }
    }
    assert_eq!(cases, 48);
}

#[test]
fn libjpeg_turbo_and_our_decoder_read_the_same_from_every_file() {
    for quality in [1, 10, 50, 80, 95, 100] {
        for (kind, is_progressive) in [(0, true), (1, true), (1, false), (2, true), (2, false)] {
            let file = file(&planes(75, 43, kind), quality, is_progressive);
            let mut ours = Vec::new();
            let decoder = Decoder::new(&file).unwrap();
            decoder.decode(Scale::Full, Detail::Full, |row| ours.extend_from_slice(row)).unwrap();
            let decompress = Decompress::new_mem(&file).unwrap();
            let mut started =
                if kind == 0 { decompress.grayscale() } else { decompress.rgb() }.unwrap();
            let theirs = started.read_scanlines::<u8>().unwrap();
            started.finish().unwrap();
            assert!(
                ours == theirs,
                "quality {quality}, kind {kind}, progressive: {is_progressive}"
            );
        }
    }
}

#[test]
fn what_is_progressive_holds_the_same_coefficients() {
    for kind in [0, 1, 2] {
        let planes = planes(61, 47, kind);
        let [one, other] = [true, false].map(|is_progressive| {
            let file = file(&planes, 70, is_progressive);
            Decoder::new(&file).unwrap().decode_planes(Scale::Full).unwrap()
        });
        assert!(one == other, "kind {kind}");
    }
}

#[test]
fn a_flat_picture_takes_hardly_more_than_its_headers() {
    let flat = Planes { luma: Plane::whole(4000, 3000, vec![90; 12_000_000]), chroma: None };
    let bytes = file(&flat, 80, true).len();
    assert!(bytes < 25_000, "{bytes} bytes");
}
