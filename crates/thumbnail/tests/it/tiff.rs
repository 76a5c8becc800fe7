//! TIFF: the meaning of samples, and how they are stored. Each file shows the same picture.
#![allow(clippy::cast_precision_loss, reason = "small numbers")]

use fax::{BitWriter as _, Bits, VecWriter};
use image::{DynamicImage, GrayImage, RgbImage, RgbaImage};
use pictures::{Order, tiff};

use crate::{ROOMY, difference, gradient, jpeg, light, recipe, shown, write};
use thumbnail::{FormatChoice, render};

const WIDTH: u32 = 37;
const HEIGHT: u32 = 21;

pub(crate) fn reason(file: &[u8]) -> &'static str {
    let refusal = render(file, &recipe(9, 9, FormatChoice::Source), &ROOMY);
    refusal.map(|_| ()).unwrap_err().reason()
}

/// How samples are stored.
#[derive(Debug, Clone, Copy)]
struct Storage {
    order: Order,
    is_planar: bool,
    /// Width and height of tiles; without, rows are in strips of eight.
    tile: Option<(u32, u32)>,
    is_deflated: bool,
}

const PLAIN: Storage = Storage {
    order: Order { is_big_endian: false, is_big_tiff: false },
    is_planar: false,
    tile: None,
    is_deflated: false,
};

/// Every kind of storage, in two thirds of all combinations.
fn storages() -> Vec<Storage> {
    let all = (0..32_u8).map(|bits| Storage {
        order: Order { is_big_endian: bits & 1 > 0, is_big_tiff: bits & 2 > 0 },
        is_planar: bits & 4 > 0,
        tile: (bits & 8 > 0).then_some((16, 32)),
        is_deflated: bits & 16 > 0,
    });
    all.collect()
}

/// A file with `count` samples a pixel, each of the given number of bits.
fn file(
    storage: Storage,
    fields: &[(u16, &[u64])],
    (count, bits): (u64, u32),
    sample: impl Fn(u64, u32, u32) -> u64,
) -> Vec<u8> {
    let (piece_width, piece_height) = storage.tile.unwrap_or((WIDTH, 8));
    let planes: Vec<Vec<u64>> = if storage.is_planar {
        (0..count).map(|channel| vec![channel]).collect()
    } else {
        vec![(0..count).collect()]
    };
    let mut pieces = Vec::new();
    for channels in &planes {
        for top in (0..HEIGHT).step_by(piece_height as usize) {
            for left in (0..WIDTH).step_by(piece_width as usize) {
                let last = if storage.tile.is_some() { top + piece_height } else { HEIGHT };
                let mut piece = Vec::new();
                for y in top..last.min(top + piece_height) {
                    let mut row = VecWriter::new();
                    for x in left..left + piece_width {
                        for &channel in channels {
                            let inside = x < WIDTH && y < HEIGHT;
                            let value = if inside { sample(channel, x, y) } else { 0 };
                            put(&mut row, value, bits, storage.order.is_big_endian);
                        }
                    }
                    piece.extend(row.finish());
                }
                pieces.push(if storage.is_deflated { deflated(&piece) } else { piece });
            }
        }
    }
    let (width, height) = (u64::from(WIDTH), u64::from(HEIGHT));
    let (tile_width, tile_height) = (u64::from(piece_width), u64::from(piece_height));
    let bits = vec![u64::from(bits); usize::try_from(count).unwrap()];
    let compression = if storage.is_deflated { 8 } else { 1 };
    let planar = if storage.is_planar { 2 } else { 1 };
    let (size, samples) = ([[width], [height]], [count]);
    let (compression, planar) = ([compression], [planar]);
    let piece = [[tile_width], [tile_height]];
    let mut all: Vec<(u16, &[u64])> = vec![
        (256, &size[0]),
        (257, &size[1]),
        (258, &bits),
        (259, &compression),
        (277, &samples),
        (284, &planar),
    ];
    if storage.tile.is_some() {
        all.extend([(322, &piece[0][..]), (323, &piece[1])]);
    } else {
        all.push((278, &piece[1]));
    }
    all.retain(|(tag, _)| fields.iter().all(|(own, _)| own != tag));
    all.extend(fields);
    tiff(storage.order, &all, &pieces)
}

fn put(row: &mut VecWriter, value: u64, bits: u32, is_big_endian: bool) {
    let mut bytes = value.to_le_bytes()[..(bits as usize).div_ceil(8)].to_vec();
    if is_big_endian {
        bytes.reverse();
    }
    // Samples of an odd depth follow each other from the highest bit on.
    if !bits.is_multiple_of(8) {
        let len = u8::try_from(bits).unwrap();
        row.write(Bits { data: u16::try_from(value).unwrap(), len }).unwrap();
        return;
    }
    for byte in bytes {
        row.write(Bits { data: u16::from(byte), len: 8 }).unwrap();
    }
}

pub(crate) fn deflated(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut writer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

/// The number of the given bits for `byte` of 255.
fn scaled(byte: u8, bits: u32) -> u64 {
    let most = (1_u64 << bits) - 1;
    (u64::from(byte) * most + 127) / 255
}

pub(crate) fn check(name: &str, file: &[u8], expected: &DynamicImage, off: f64) {
    let difference = difference(&shown(file), expected);
    assert!(difference <= off, "{name} is off by {difference}");
}

#[test]
fn colours_and_greys_show_the_same_however_they_are_stored() {
    let picture = gradient(WIDTH, HEIGHT);
    let (colour, greys) =
        (DynamicImage::from(picture.clone()), DynamicImage::from(picture.clone()).to_luma8());
    let grey = DynamicImage::from(greys.clone());
    let mut cases = 0;
    for storage in storages() {
        for bits in [8, 10, 12, 14, 16, 32] {
            let name = format!("{storage:?} of {bits} bits");
            let rgb = file(storage, &[(262, &[2])], (3, bits), |channel, x, y| {
                scaled(picture.get_pixel(x, y).0[usize::try_from(channel).unwrap()], bits)
            });
            check(&name, &rgb, &colour, 0.0);
            // Samples after the colours are ignored, unless they are alpha.
            let more = file(storage, &[(262, &[2]), (338, &[0, 0])], (5, bits), |channel, x, y| {
                let channel = usize::try_from(channel).unwrap();
                picture.get_pixel(x, y).0.get(channel).map_or(9, |&byte| scaled(byte, bits))
            });
            check(&name, &more, &colour, 0.0);
            let luma = file(storage, &[(262, &[1])], (1, bits), |_, x, y| {
                scaled(greys.get_pixel(x, y).0[0], bits)
            });
            check(&name, &luma, &grey, 0.0);
            cases += 1;
        }
    }
    assert_eq!(cases, 192);
}

#[test]
fn greys_of_few_bits_are_spread_and_may_begin_at_white() {
    let mut cases = 0;
    for bits in [1, 2, 4, 8, 16] {
        let level = |x: u32| u64::from(x) % (1 << bits.min(8));
        let step = |x: u32| u8::try_from(level(x) * 255 / ((1 << bits.min(8)) - 1)).unwrap();
        for storage in [PLAIN, Storage { tile: Some((16, 16)), ..PLAIN }] {
            for is_inverted in [false, true] {
                let expected = GrayImage::from_fn(WIDTH, HEIGHT, |x, _| {
                    image::Luma([if is_inverted { 255 - step(x) } else { step(x) }])
                });
                let meaning = u64::from(!is_inverted);
                let made = file(storage, &[(262, &[meaning])], (1, bits), |_, x, _| {
                    if bits == 16 { level(x) * 257 } else { level(x) }
                });
                check(&format!("{bits} bits"), &made, &expected.into(), 0.0);
                cases += 1;
            }
        }
    }
    assert_eq!(cases, 20);
}

#[test]
fn palettes_may_be_of_8_or_16_bits() {
    let mut cases = 0;
    for bits in [1, 4, 8] {
        let colours = 1_u64 << bits;
        for factor in [1, 257] {
            let part = |of: fn(u64) -> u64| (0..colours).map(move |at| of(at) * factor);
            let map: Vec<u64> =
                part(|at| at).chain(part(|at| 255 - at)).chain(part(|at| at / 2)).collect();
            let made = file(PLAIN, &[(262, &[3]), (320, &map)], (1, bits), |_, x, y| {
                u64::from(x + y) % colours
            });
            let expected = RgbImage::from_fn(WIDTH, HEIGHT, |x, y| {
                let at = u8::try_from(u64::from(x + y) % colours).unwrap();
                image::Rgb([at, 255 - at, at / 2])
            });
            check(&format!("{bits} bits"), &made, &expected.into(), 0.0);
            cases += 1;
        }
    }
    assert_eq!(cases, 6);
    let short = [(262, &[3][..]), (320, &[0; 99])];
    assert_eq!(reason(&file(PLAIN, &short, (1, 8), |_, _, _| 0)), "undecodable");
}

#[test]
fn alpha_is_known_in_either_form_and_with_greys() {
    let glass = RgbaImage::from_fn(WIDTH, HEIGHT, |x, y| {
        let shade = u8::try_from(x * 6).unwrap();
        image::Rgba([shade, 255 - shade, 90, u8::try_from(100 + y * 6).unwrap()])
    });
    let grey = DynamicImage::from(DynamicImage::from(glass.clone()).to_luma_alpha8());
    let mut cases = 0;
    for (form, bits) in [(1, 8), (2, 8), (1, 16), (2, 16)] {
        for is_planar in [false, true] {
            let storage = Storage { is_planar, ..PLAIN };
            let stored = |pixel: &[u8], channel: u64| {
                let (alpha, channel) = (pixel[pixel.len() - 1], usize::try_from(channel).unwrap());
                let full = scaled(pixel[channel], bits);
                let is_alpha = channel + 1 == pixel.len();
                if form == 1 && !is_alpha { (full * u64::from(alpha) + 127) / 255 } else { full }
            };
            let made = file(storage, &[(262, &[2]), (338, &[form])], (4, bits), |channel, x, y| {
                stored(&glass.get_pixel(x, y).0, channel)
            });
            check("colours", &made, &glass.clone().into(), 0.8);
            let greys = grey.to_luma_alpha8();
            let made = file(storage, &[(262, &[1]), (338, &[form])], (2, bits), |channel, x, y| {
                stored(&greys.get_pixel(x, y).0, channel)
            });
            check("greys", &made, &grey, 0.8);
            cases += 1;
        }
    }
    assert_eq!(cases, 8);
}

#[test]
fn inks_are_converted_by_their_profile_and_lab_by_what_it_is() {
    let mut cases = 0;
    for bits in [8, 16] {
        let most = (1 << bits) - 1;
        for is_planar in [false, true] {
            let storage = Storage { is_planar, ..PLAIN };
            let inks = |inks: [u64; 4]| {
                let made = file(storage, &[(262, &[5])], (4, bits), move |channel, _, _| {
                    inks[usize::try_from(channel).unwrap()] * most
                });
                shown(&made).into_rgb8().get_pixel(3, 3).0
            };
            assert_eq!(inks([0; 4]), [255; 3]);
            let [red, green, blue] = inks([0, 1, 0, 0]);
            assert!(red > 200 && green < 90 && blue > 100, "{red} {green} {blue}");
            cases += 1;
        }
        // sRGB's pure red under D50, and its middle grey.
        let step = 1 << (bits - 8);
        for (lab, expected) in
            [([54.29, 80.81, 69.89], [255, 0, 0]), ([53.585, 0.0, 0.0], [128; 3])]
        {
            for (meaning, middle) in [(8, 0), (9, 128)] {
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "small"
                )]
                let made = file(PLAIN, &[(262, &[meaning])], (3, bits), |channel, _, _| {
                    if channel == 0 {
                        return (lab[0] / 100.0 * most as f64).round() as u64;
                    }
                    let chroma: f64 = lab[usize::try_from(channel).unwrap()];
                    ((chroma.round() as i64 + middle) * step) as u64 & most
                });
                let made = shown(&made).into_rgb8().get_pixel(3, 3).0;
                let off = made.iter().zip(expected).map(|(&a, b): (&u8, u8)| a.abs_diff(b)).max();
                assert!(off <= Some(4), "{lab:?} is {made:?} at {bits} bits");
                cases += 1;
            }
        }
    }
    assert_eq!(cases, 12);
}

#[test]
fn numbers_below_zero_are_black_and_others_are_as_bright_as_without_a_sign() {
    for bits in [8, 16, 32] {
        let level = |x: u32| i64::from(x) * 6 - 100;
        let made = file(PLAIN, &[(262, &[1]), (339, &[2])], (1, bits), |_, x, _| {
            let number = level(x) << (bits - 8);
            u64::from_le_bytes(number.to_le_bytes()) & ((1 << bits) - 1)
        });
        let expected = GrayImage::from_fn(WIDTH, HEIGHT, |x, _| {
            image::Luma([u8::try_from(level(x).max(0)).unwrap()])
        });
        check(&format!("{bits} bits"), &made, &expected.into(), 0.6);
    }
}

#[test]
fn alpha_beside_a_palette_and_beside_inks_is_kept() {
    let alpha = |x: u32| u8::try_from(x * 7).unwrap();
    let map: Vec<u64> = (0..768).map(|at| at % 256 * 257).collect();
    let fields: [(u16, &[u64]); 3] = [(262, &[3]), (320, &map), (338, &[2])];
    let made = file(PLAIN, &fields, (2, 8), |channel, x, y| {
        if channel == 0 { u64::from(y * 9) } else { u64::from(alpha(x)) }
    });
    let expected = RgbaImage::from_fn(WIDTH, HEIGHT, |x, y| {
        let grey = u8::try_from(y * 9).unwrap();
        image::Rgba([grey, grey, grey, alpha(x)])
    });
    let cleared = |mut image: RgbaImage| {
        image.pixels_mut().filter(|pixel| pixel.0[3] == 0).for_each(|pixel| pixel.0 = [0; 4]);
        image
    };
    check("palette", &made, &cleared(expected).into(), 0.0);
    for bits in [8, 16] {
        let made =
            file(PLAIN, &[(262, &[5]), (338, &[2])], (5, bits), |channel, x, _| match channel {
                4 => scaled(alpha(x), bits),
                1 => scaled(255, bits),
                _ => 0,
            });
        let opaque = file(PLAIN, &[(262, &[5])], (4, bits), |channel, _, _| {
            if channel == 1 { scaled(255, bits) } else { 0 }
        });
        let image::Rgb(magenta) = *shown(&opaque).into_rgb8().get_pixel(3, 3);
        let expected = RgbaImage::from_fn(WIDTH, HEIGHT, |x, _| {
            let [red, green, blue] = magenta;
            image::Rgba([red, green, blue, alpha(x)])
        });
        check(&format!("inks of {bits} bits"), &made, &cleared(expected).into(), 0.0);
    }
}

#[test]
fn single_samples_above_one_are_clipped() {
    let picture = gradient(WIDTH, HEIGHT);
    for above in [1.02, 1e6] {
        let made = file(PLAIN, &[(262, &[2]), (339, &[3, 3, 3])], (3, 32), |channel, x, y| {
            let channel = usize::try_from(channel).unwrap();
            let shade = f32::from(picture.get_pixel(x, y).0[channel]) / 255.0;
            u64::from(if (x, y) == (5, 5) { above } else { shade }.to_bits())
        });
        let mut expected = picture.clone();
        expected.put_pixel(5, 5, image::Rgb([255; 3]));
        check("shades", &made, &expected.into(), 0.0);
    }
}

#[test]
fn floats_are_shades_up_to_one_and_light_beyond() {
    let picture = gradient(WIDTH, HEIGHT);
    let lit = light(&picture).into_rgb32f();
    for storage in [PLAIN, Storage { is_planar: true, is_deflated: true, ..PLAIN }] {
        let floats = |factor: f32, shade: &dyn Fn(usize, u32, u32) -> f32| {
            file(storage, &[(262, &[2]), (339, &[3, 3, 3])], (3, 32), |channel, x, y| {
                let shade = shade(usize::try_from(channel).unwrap(), x, y);
                u64::from((shade * factor).to_bits())
            })
        };
        let shades =
            floats(1.0, &|channel, x, y| f32::from(picture.get_pixel(x, y).0[channel]) / 255.0);
        check("shades", &shades, &picture.clone().into(), 0.0);
        let light = floats(7.0, &|channel, x, y| lit.get_pixel(x, y).0[channel]);
        let hdr = shown(&write(&light_picture(&lit), image::ImageFormat::Hdr));
        check("light", &light, &hdr, 1.5);
    }
}

fn light_picture(lit: &image::Rgb32FImage) -> DynamicImage {
    let mut bright = lit.clone();
    bright.iter_mut().for_each(|sample| *sample *= 7.0);
    bright.into()
}

#[test]
fn the_chroma_of_a_jpeg_inside_becomes_colour() {
    let picture = gradient(40, 24);
    let file = tiff(
        Order::default(),
        &[
            (256, &[40]),
            (257, &[24]),
            (258, &[8, 8, 8]),
            (259, &[7]),
            (262, &[6]),
            (277, &[3]),
            (278, &[24]),
        ],
        &[jpeg(&picture, false)],
    );
    check("jpeg", &file, &shown(&jpeg(&picture, false)), 1.0);
}

#[test]
fn what_tiff_can_be_and_is_not_read_is_refused_for_it() {
    let one = |fields: &[(u16, &[u64])], bits| file(PLAIN, fields, (1, bits), |_, _, _| 0);
    let three = |fields: &[(u16, &[u64])]| file(PLAIN, fields, (3, 8), |_, _, _| 0);
    let unsupported = [
        one(&[(262, &[4])], 1),
        one(&[(262, &[32_844])], 16),
        one(&[(262, &[1]), (259, &[32_809])], 8),
        one(&[(262, &[1]), (339, &[6])], 32),
        one(&[(262, &[1]), (339, &[3])], 8),
        one(&[(262, &[1]), (258, &[33])], 8),
        one(&[(262, &[1]), (317, &[2])], 4),
        one(&[(262, &[1]), (317, &[4])], 8),
        three(&[(262, &[2]), (258, &[5, 6, 5])]),
        three(&[(262, &[6]), (530, &[3, 1])]),
        three(&[(262, &[10])]),
        file(PLAIN, &[(262, &[5]), (332, &[2])], (4, 8), |_, _, _| 0),
    ];
    for (at, file) in unsupported.iter().enumerate() {
        assert_eq!(reason(file), "unsupported", "number {at}");
    }
    assert_eq!(unsupported.len(), 12);
    assert_eq!(reason(&three(&[(262, &[5])])), "undecodable");
}
