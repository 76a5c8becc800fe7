//! Decoding a frame of 1 megapixel at both scales, to pixels and to planes.
//!
//! `cargo bench -p scaled-vp8 [FILTER]`.
#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark that panics says why")]
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    clippy::indexing_slicing,
    reason = "a picture is drawn"
)]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use scaled_vp8::{Decoder, Scale};

/// The frame of a lossy WebP file: what its chunk holds.
fn frame(width: u32, height: u32) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(1);
    let mut samples = Vec::new();
    for at in 0..width * height {
        let (x, y) = ((at % width) as f32, (at / width) as f32);
        let wave = (x / 90.0).sin() * 60.0 + (y / 50.0).cos() * 40.0;
        for channel in [0.0, 20.0, 40.0] {
            samples.push((100.0 + channel + wave + random.f32() * 12.0) as u8);
        }
    }
    let file = webp::Encoder::from_rgb(&samples, width, height).encode(80.0).to_vec();
    assert_eq!(&file[12..16], b"VP8 ");
    file[20..].to_vec()
}

fn scales(criterion: &mut Criterion) {
    let frame = frame(1024, 1024);
    let decoder = Decoder::new(&frame).unwrap();
    for scale in [Scale::Full, Scale::Half] {
        criterion.bench_function(&format!("decode {scale:?}"), |bencher| {
            bencher.iter(|| {
                decoder.decode(scale, |row| {
                    black_box(row);
                })
            });
        });
    }
    criterion.bench_function("decode planes", |bencher| {
        bencher.iter(|| {
            decoder.decode_planes(|_, row| {
                black_box(row);
            })
        });
    });
}

criterion_group!(benches, scales);
criterion_main!(benches);
