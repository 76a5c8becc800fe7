//! From a picture to its thumbnail, and encoding in each format. How that compares with others is what
//! `make bench` measures.
//!
//! `cargo bench -p thumbnail [FILTER]`; PHOTO names a picture of yours in place of a JPEG of
//! 12 megapixels that is drawn.

#![allow(clippy::disallowed_methods, reason = "a picture may be read")]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion};
use image::ImageFormat;
use pictures::{photo_as, photo_jpeg};
use thumbnail::{FormatChoice, Limits, Output, Recipe, render};

const LIMITS: Limits = Limits { max_pixels: 1 << 30 };

/// All of it, to boxes of these sides together.
fn whole(criterion: &mut Criterion, name: &str, file: &[u8], format: FormatChoice) {
    let mut group = criterion.benchmark_group(format!("whole {name}"));
    for boxes in [&[(256, 256)][..], &[(720, 588)], &[(160, 160), (640, 640), (1280, 1280)]] {
        let outputs =
            boxes.iter().map(|&(width, height)| Output { format, ..Output::inside(width, height) });
        let recipe = Recipe::of(outputs.collect());
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
            let recipe = Recipe::of(vec![output.clone()]);
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
    let photo = photo.unwrap_or_else(|| photo_jpeg(4032, 3024, 1));
    whole(&mut criterion, "photo", &photo, FormatChoice::Source);
    encoding(&mut criterion, (256, 192));
    encoding(&mut criterion, (720, 540));
    criterion.final_summary();
}
