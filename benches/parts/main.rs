//! Parts of the way from a picture to its thumbnail, by themselves: decoding JPEG at each scale, and
//! encoding in each format. What the whole takes, and what others take, is in `benches/compare`.
//!
//! `cargo bench --bench parts [FILTER]`; PHOTO names a JPEG of yours in place of one of 12 megapixels
//! that is drawn.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput};
use image::ImageFormat;
use s3_thumbnailer::jpeg::{Decoder, Detail, Scale};
use s3_thumbnailer::thumbnail::{FormatChoice, Limits, Output, Recipe, render};
use support::pictures::{photo_as, photo_jpeg, progressive_jpeg};

const LIMITS: Limits = Limits { max_pixels: 1 << 30 };

fn decoding(criterion: &mut Criterion, name: &str, file: &[u8]) {
    let mut group = criterion.benchmark_group(format!("decode {name}"));
    group.throughput(Throughput::Bytes(file.len() as u64));
    for scale in Scale::ALL {
        for detail in [Detail::Full, Detail::Coarse] {
            group.bench_function(
                BenchmarkId::new(format!("{detail:?}"), format!("{scale:?}")),
                |bencher| {
                    bencher.iter(|| {
                        let decoder = Decoder::new(black_box(file));
                        decoder.and_then(|decoder| {
                            decoder.decode(scale, detail, |row| {
                                black_box(row);
                            })
                        })
                    });
                },
            );
        }
    }
    group.finish();
}

/// All of it, to boxes of these sides together.
fn whole(criterion: &mut Criterion, name: &str, file: &[u8], format: FormatChoice) {
    let mut group = criterion.benchmark_group(format!("whole {name}"));
    for boxes in [&[(256, 256)][..], &[(720, 588)], &[(160, 160), (640, 640), (1280, 1280)]] {
        let outputs =
            boxes.iter().map(|&(width, height)| Output { format, ..Output::inside(width, height) });
        let recipe = Recipe { outputs: outputs.collect(), placeholders: false };
        group.bench_function(format!("{boxes:?}"), |bencher| {
            bencher.iter(|| render(black_box(file), &recipe, &LIMITS));
        });
    }
    group.finish();
}

/// A picture that already has the thumbnail's size, so that encoding is nearly all there is to do.
fn encoding(criterion: &mut Criterion, (width, height): (u32, u32)) {
    let file = photo_as(ImageFormat::Png, width, height, 1);
    let mut group = criterion.benchmark_group(format!("encode {width} x {height}"));
    for format in [FormatChoice::Jpeg, FormatChoice::Png, FormatChoice::WebP, FormatChoice::Avif] {
        let mut output = Output { format, ..Output::inside(width, height) };
        for progressive in [false, true] {
            output.progressive = progressive;
            if progressive && format != FormatChoice::Jpeg {
                continue;
            }
            let recipe = Recipe { outputs: vec![output.clone()], placeholders: false };
            let name = if progressive { "progressive" } else { "" };
            group.bench_function(BenchmarkId::new(format!("{format:?}"), name), |bencher| {
                bencher.iter(|| render(black_box(&file), &recipe, &LIMITS));
            });
        }
    }
    group.finish();
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let photo = std::env::var_os("PHOTO").and_then(|path| std::fs::read(path).ok());
    if let Some(photo) = photo {
        let is_jpeg = photo.starts_with(b"\xFF\xD8");
        let format = if is_jpeg { FormatChoice::Jpeg } else { FormatChoice::Source };
        if is_jpeg {
            decoding(&mut criterion, "PHOTO", &photo);
        }
        whole(&mut criterion, "PHOTO", &photo, format);
    } else {
        decoding(&mut criterion, "baseline", &photo_jpeg(4032, 3024, 1));
        decoding(&mut criterion, "progressive", &progressive_jpeg(4032, 3024, 1));
    }
    encoding(&mut criterion, (256, 192));
    encoding(&mut criterion, (720, 540));
    criterion.final_summary();
}
