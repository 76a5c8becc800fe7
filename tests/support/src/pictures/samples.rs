//! The pictures that `make run` and `make invoke` upload: a little of everything people upload,
//! under the names people give. Not the test corpus: nothing here is checked against a reference.

use super::{
    animated_gif, chart_bmp, corrupt_jpeg, deep_png, grey_jpeg, logo_png, photo_jpeg, photo_webp,
    progressive_jpeg, rotated_jpeg, scan_tiff, text, truncated_jpeg,
};

/// A file to upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// Its path below the folder, or the key's prefix, that it goes into.
    pub path: &'static str,
    /// What it holds.
    pub bytes: Vec<u8>,
    /// The `Content-Type` that an uploader would give it; by its name, so not always true.
    pub content_type: &'static str,
}

type Draw = fn() -> Vec<u8>;

/// Name, content type, and how to draw each.
const SAMPLES: &[(&str, &str, Draw)] = &[
    ("photo.jpg", "image/jpeg", || photo_jpeg(4000, 3000, 0)),
    ("été & plus+(1).jpg", "image/jpeg", || photo_jpeg(1600, 1200, 4)),
    ("rotated.jpg", "image/jpeg", || rotated_jpeg(900, 1200, 1, 6)),
    ("progressive.jpg", "image/jpeg", || progressive_jpeg(1600, 1067, 8)),
    ("grey.jpg", "image/jpeg", || grey_jpeg(1200, 900, 9)),
    ("logo.png", "image/png", || logo_png(640)),
    ("deep.png", "image/png", || deep_png(800, 600, 11)),
    ("scan.tiff", "image/tiff", || scan_tiff(1240, 1754, 1)),
    ("animation.gif", "image/gif", || animated_gif(320, 240, 12)),
    ("modern.webp", "image/webp", || photo_webp(1280, 853, 2)),
    ("chart.bmp", "image/bmp", || chart_bmp(640, 420)),
    ("tiny icon.png", "image/png", || logo_png(24)),
    ("holiday/2024/lake at dusk.jpg", "image/jpeg", || photo_jpeg(2400, 1600, 14)),
    ("holiday/2024/panorama.jpg", "image/jpeg", || photo_jpeg(3200, 800, 13)),
    ("holiday/2024/upside down.jpg", "image/jpeg", || rotated_jpeg(1500, 1000, 16, 3)),
    ("holiday/tall.jpg", "image/jpeg", || photo_jpeg(600, 2400, 3)),
    ("家族/写真.jpg", "image/jpeg", || photo_jpeg(1200, 1200, 10)),
    ("corrupt.jpg", "image/jpeg", corrupt_jpeg),
    ("cut short.jpg", "image/jpeg", truncated_jpeg),
    ("empty.jpg", "image/jpeg", Vec::new),
    ("notes-named.jpg", "image/jpeg", text),
    ("notes.txt", "text/plain", text),
];

/// Draws every sample, on as many threads as there are processors.
#[must_use]
pub fn sample_set() -> Vec<Sample> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut samples: Vec<(usize, Sample)> = std::thread::scope(|scope| {
        let draw_every = |first: usize| {
            let mine = SAMPLES.iter().enumerate().skip(first).step_by(threads);
            mine.map(|(place, (path, content_type, draw))| {
                (place, Sample { path, bytes: draw(), content_type })
            })
            .collect::<Vec<_>>()
        };
        let drawing: Vec<_> =
            (0..threads).map(|first| scope.spawn(move || draw_every(first))).collect();
        drawing.into_iter().flat_map(|thread| thread.join().unwrap_or_default()).collect()
    });
    samples.sort_by_key(|(place, _)| *place);
    samples.into_iter().map(|(_, sample)| sample).collect()
}
