//! The same bytes on every processor: digests of one picture in every format that is read, and of its
//! thumbnails in every format that is written. They are in `tests/golden/digests.txt`, and only
//! `UPDATE_GOLDEN=1 cargo test --test it digests` writes that anew, as a new version of an encoder may
//! ask for. `golden` compares pixels, and allows for rounding.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use image::ImageFormat;
use sha2::{Digest, Sha256};
use thumbnail::{Chroma, Fit, FormatChoice, Gravity, Output, Recipe, SourceFormat, render};

use crate::{ROOMY, gradient, in_every_format, write};

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// Every format, and most of the arithmetic on the way.
fn outputs() -> Vec<Output> {
    let cover = Output { fit: Fit::Cover, gravity: Gravity::Smart, ..Output::inside(48, 48) };
    let light = Output { linear_light: true, sharpen: 60, ..Output::inside(64, 64) };
    vec![
        Output { format: FormatChoice::Jpeg, ..Output::inside(60, 60) },
        Output { format: FormatChoice::Png, ..light },
        Output { format: FormatChoice::WebP, ..cover.clone() },
        Output { format: FormatChoice::WebPLossless, ..cover.clone() },
        Output { format: FormatChoice::Avif, ..cover },
    ]
}

/// One picture in every format, the same bytes everywhere: the encoder by which other tests write a
/// JPEG rounds otherwise with AVX2 than without.
fn sources() -> Vec<(SourceFormat, Vec<u8>)> {
    let picture = gradient(120, 80);
    let png = write(&picture.clone().into(), ImageFormat::Png);
    let mut files = in_every_format(&picture);
    // A raw file is shown by the JPEG in it.
    files.retain(|(format, _)| !matches!(format, SourceFormat::Jpeg | SourceFormat::Raw));
    for (progressive, chroma) in [(false, Chroma::Full), (true, Chroma::Half)] {
        let whole = Output { progressive, chroma, ..Output::inside(120, 80) };
        let outputs = vec![Output { format: FormatChoice::Jpeg, ..whole }];
        let mut made = render(&png, &Recipe::of(outputs), &ROOMY).unwrap();
        let jpeg = made.thumbnails.remove(0).bytes;
        if progressive {
            files.push((
                SourceFormat::Raw,
                pictures::raw::dng(std::slice::from_ref(&jpeg), 1, false),
            ));
        }
        files.push((SourceFormat::Jpeg, jpeg));
    }
    files
}

#[test]
fn every_processor_makes_the_same_bytes() {
    let recipe = Recipe { placeholders: true, ..Recipe::of(outputs()) };
    let mut made = String::new();
    for (format, file) in sources() {
        let rendering = render(&file, &recipe, &ROOMY).unwrap();
        writeln!(made, "{} {}", format.name(), digest(&file)).unwrap();
        for thumbnail in rendering.thumbnails {
            writeln!(made, "- {} {}", thumbnail.format.name(), digest(&thumbnail.bytes)).unwrap();
        }
        let placeholders = format!("{:?}", rendering.placeholders.unwrap());
        writeln!(made, "- placeholders {}", digest(placeholders.as_bytes())).unwrap();
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/digests.txt");
    if std::env::var_os("UPDATE_GOLDEN").is_some_and(|value| value == "1") {
        fs::write(&path, &made).unwrap();
    }
    let golden = fs::read_to_string(&path).unwrap();
    let (made, golden): (Vec<_>, Vec<_>) = (made.lines().collect(), golden.lines().collect());
    assert_eq!(made.len(), golden.len());
    let mut source = "";
    let mut others = Vec::new();
    for (made, golden) in made.into_iter().zip(golden) {
        if !golden.starts_with('-') {
            source = golden;
        }
        if made != golden {
            others.push(format!("{source}: {made}, not {golden}"));
        }
    }
    assert!(others.is_empty(), "{} other digests:\n{}", others.len(), others.join("\n"));
}
