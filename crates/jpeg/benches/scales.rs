//! Decoding a photograph of 12 megapixels at each scale, and encoding what came of it.
//!
//! `cargo bench -p scaled-jpeg [FILTER]`; PHOTO names a JPEG of yours instead of the drawn one.
#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark that panics says why")]
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    clippy::disallowed_methods,
    reason = "a picture is drawn, or read"
)]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use scaled_jpeg::{Chroma, Decoder, Detail, Encoder, Planes, Scale};

/// Waves and grain in red, green and blue.
fn photo(width: usize, height: usize) -> Planes {
    let mut random = fastrand::Rng::with_seed(1);
    let mut samples = Vec::with_capacity(width * height * 3);
    for at in 0..width * height {
        let (x, y) = ((at % width) as f32, (at / width) as f32);
        let wave = (x / 90.0).sin() * 60.0 + (y / 50.0).cos() * 40.0;
        for channel in [0.0, 20.0, 40.0] {
            samples.push((100.0 + channel + wave + random.f32() * 12.0) as u8);
        }
    }
    Planes::of_rgb(width, height, &samples, Chroma::Half)
}

fn decoding(criterion: &mut Criterion, name: &str, file: &[u8]) {
    let mut group = criterion.benchmark_group(format!("decode {name}"));
    group.throughput(Throughput::Bytes(file.len() as u64));
    let decoder = Decoder::new(file).unwrap();
    for scale in Scale::ALL {
        for detail in [Detail::Full, Detail::Coarse] {
            let id = BenchmarkId::new(format!("{detail:?}"), format!("{scale:?}"));
            group.bench_function(id, |bencher| {
                bencher.iter(|| {
                    decoder.decode(scale, detail, |row| {
                        black_box(row);
                    })
                });
            });
        }
    }
    group.finish();
}

fn scales(criterion: &mut Criterion) {
    if let Some(path) = std::env::var_os("PHOTO") {
        decoding(criterion, "PHOTO", &std::fs::read(path).unwrap());
        return;
    }
    let planes = photo(4032, 3024);
    for is_progressive in [false, true] {
        let name = if is_progressive { "progressive" } else { "baseline" };
        let encoder = Encoder { is_progressive, ..Encoder::default() };
        decoding(criterion, name, &encoder.encode(&planes).unwrap());
        let small = photo(720, 540);
        criterion.bench_function(&format!("encode {name} 720 x 540"), |bencher| {
            bencher.iter(|| encoder.encode(black_box(&small)));
        });
    }
}

criterion_group!(benches, scales);
criterion_main!(benches);
