//! The pictures that `make run` and `make invoke` upload: some of everything that people upload,
//! with typical names. The folders are those with rules in `examples/local/rules.json`. This is not
//! the test corpus: nothing here is checked against a reference.

use image::ImageFormat;

use super::{
    animated_gif, animated_png, animated_webp, chart_bmp, corrupt_jpeg, cut_out_png, deep_png,
    grey_jpeg, logo_ico, logo_png, photo_as, photo_avif, photo_dng, photo_exr, photo_hdr,
    photo_heic, photo_jp2, photo_jpeg, photo_jxl, photo_psd, photo_webp, portrait_jpeg,
    progressive_jpeg, rotated_jpeg, scan_tiff, text, truncated_jpeg,
};

/// A file to upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// Its path below the target folder or key prefix.
    pub path: &'static str,
    /// Its content.
    pub bytes: Vec<u8>,
    /// The `Content-Type` that an uploader would choose by its name, so not always true.
    pub content_type: &'static str,
}

type Draw = fn() -> Vec<u8>;

/// The name, content type and drawing function of each. Every readable format is here.
const SAMPLES: &[(&str, &str, Draw)] = &[
    ("holiday/2024/lake at dusk.jpg", "image/jpeg", || photo_jpeg(2400, 1600, 14)),
    ("holiday/2024/panorama.jpg", "image/jpeg", || photo_jpeg(3200, 800, 13)),
    ("holiday/2024/upside down.jpg", "image/jpeg", || rotated_jpeg(1500, 1000, 16, 3)),
    ("people/ada.jpg", "image/jpeg", || portrait_jpeg(1600, 900, 10, 0.18)),
    ("people/grace.jpg", "image/jpeg", || portrait_jpeg(1600, 900, 9, 0.84)),
    ("animations/ball.gif", "image/gif", || animated_gif(320, 240, 12)),
    ("animations/ball.png", "image/png", || animated_png(320, 240, 12)),
    ("animations/ball.webp", "image/webp", || animated_webp(320, 240, 12)),
    ("logos/chart.bmp", "image/bmp", || chart_bmp(960, 640)),
    ("logos/cut out.png", "image/png", || cut_out_png(640, 1)),
    ("logos/peaks.png", "image/png", || logo_png(640)),
    ("logos/photo.png", "image/png", || photo_as(ImageFormat::Png, 640, 427, 4)),
    ("formats/logo.png", "image/png", || logo_png(512)),
    ("formats/photo.jpg", "image/jpeg", || photo_jpeg(1600, 1200, 2)),
    ("photo.jpg", "image/jpeg", || photo_jpeg(4000, 3000, 0)),
    ("été & plus+(1).jpg", "image/jpeg", || photo_jpeg(1600, 1200, 4)),
    ("rotated.jpg", "image/jpeg", || rotated_jpeg(900, 1200, 1, 6)),
    ("progressive.jpg", "image/jpeg", || progressive_jpeg(1600, 1067, 8)),
    ("grey.jpg", "image/jpeg", || grey_jpeg(1200, 900, 9)),
    ("tall.jpg", "image/jpeg", || photo_jpeg(600, 2400, 3)),
    ("家族/写真.jpg", "image/jpeg", || photo_jpeg(1200, 1200, 10)),
    ("logo.png", "image/png", || logo_png(640)),
    ("deep.png", "image/png", || deep_png(800, 600, 11)),
    ("tiny icon.png", "image/png", || logo_png(24)),
    ("animation.gif", "image/gif", || animated_gif(320, 240, 12)),
    ("modern.webp", "image/webp", || photo_webp(1280, 853, 2)),
    ("scan.tiff", "image/tiff", || scan_tiff(1240, 1754, 1)),
    ("chart.bmp", "image/bmp", || chart_bmp(640, 420)),
    ("quite ok.qoi", "application/octet-stream", || photo_as(ImageFormat::Qoi, 800, 533, 5)),
    ("netpbm.ppm", "application/octet-stream", || photo_as(ImageFormat::Pnm, 800, 533, 7)),
    ("favicon.ico", "image/vnd.microsoft.icon", || logo_ico(128)),
    ("targa.tga", "application/octet-stream", || photo_as(ImageFormat::Tga, 800, 533, 15)),
    ("web.avif", "image/avif", || photo_avif(800, 533, 8)),
    ("camera.dng", "image/x-adobe-dng", || photo_dng(1200, 800, 6)),
    ("telephone.heic", "image/heic", || photo_heic(480, 640, 0)),
    ("archive.jp2", "image/jp2", || photo_jp2(800, 532, 12)),
    ("lossless.jxl", "image/jxl", || photo_jxl(800, 533, 13)),
    ("layers.psd", "image/vnd.adobe.photoshop", || photo_psd(800, 533, 9)),
    ("render.exr", "application/octet-stream", || photo_exr(800, 533, 4)),
    ("radiance.hdr", "application/octet-stream", || photo_hdr(800, 533, 12)),
    ("corrupt.jpg", "image/jpeg", corrupt_jpeg),
    ("cut short.jpg", "image/jpeg", truncated_jpeg),
    ("empty.jpg", "image/jpeg", Vec::new),
    ("notes-named.jpg", "image/jpeg", text),
    ("notes.txt", "text/plain", text),
];

/// Draws the sample with that path; `None` if there is none.
#[must_use]
pub fn sample(path: &str) -> Option<Sample> {
    let sample = SAMPLES.iter().find(|(known, ..)| *known == path);
    sample.map(|&(path, content_type, draw)| Sample { path, bytes: draw(), content_type })
}

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
