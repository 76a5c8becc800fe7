//! Compares what `make run` made of a corpus of real pictures with what must come of each: sizes,
//! refusals, and the pixels of an independent engine. It runs no engine of its own.
//!
//! Encoding a thumbnail loses something too, and much of it where a picture is noise. So the
//! reference is encoded in the same way, and only what differs beyond that loss counts.
//!
//! `conformance CORPUS OUT`: CORPUS holds `manifest.tsv` and `reference/FILE.png`; OUT is where
//! `make run IMAGES=CORPUS/images` wrote to.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command prints")]

use std::collections::HashMap;
use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use image::{ImageReader, RgbaImage};
use s3_thumbnailer::config::Config;
use s3_thumbnailer::thumbnail::{FormatChoice, Output, Recipe, SourceFormat, render};
use serde::Deserialize;

/// The largest mean difference of 8-bit channels, the loss by encoding aside.
const TOLERANCE: f64 = 6.0;

/// Pictures that need not be as the manifest says, and why.
const EXCEPTIONS: &[(&str, &str)] = &[
    ("fogra-0-100-100-0.tif", "the TIFF decoder converts inks without their profile"),
    ("pitm.avif", "AVIF is not decoded yet"),
    ("sdr_cosmos12920_cicp1-13-6_yuv444_full_qp10.avif", "AVIF is not decoded yet"),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [corpus, out] = arguments.as_slice() else {
        eprintln!("usage: conformance CORPUS OUT");
        return ExitCode::FAILURE;
    };
    match check(Path::new(corpus), Path::new(out)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("conformance: {error}");
            ExitCode::FAILURE
        }
    }
}

#[derive(Deserialize)]
struct Report {
    uploads: Vec<Upload>,
}

#[derive(Deserialize)]
struct Upload {
    key: String,
    outcome: String,
    reason: Option<String>,
    thumbnails: Vec<Thumbnail>,
}

#[derive(Deserialize)]
struct Thumbnail {
    width: u32,
    height: u32,
}

/// Checks every line of the manifest and says whether all are as they must be.
fn check(corpus: &Path, out: &Path) -> Result<bool, Box<dyn Error>> {
    let report: Report = serde_json::from_slice(&fs::read(out.join("report.json"))?)?;
    let uploads: HashMap<&str, &Upload> = report
        .uploads
        .iter()
        .map(|upload| (upload.key.trim_start_matches("images/"), upload))
        .collect();
    let (mut right, mut excepted, mut wrong, mut beyond) = (0, 0, 0, Vec::new());
    for line in fs::read_to_string(corpus.join("manifest.tsv"))?.lines().skip(1) {
        let fields: Vec<&str> = line.split('\t').collect();
        let [file, verdict, width, height, ..] = fields.as_slice() else {
            return Err(format!("not a line of a manifest: {line}").into());
        };
        let size = width.parse().ok().zip(height.parse().ok());
        let result = match uploads.get(file) {
            None => Err("was not uploaded".to_owned()),
            Some(upload) => judge(upload, verdict, size)
                .and_then(|made| if made { difference(corpus, out, file) } else { Ok(None) }),
        };
        let result = result.and_then(|difference| match difference {
            Some(Difference { whole, by_encoding }) if whole - by_encoding > TOLERANCE => Err(
                format!("differs by {whole:.2} from its reference, {by_encoding:.2} by encoding"),
            ),
            Some(Difference { whole, by_encoding }) => {
                if whole > TOLERANCE {
                    println!("       {file}: {whole:.2}, of which {by_encoding:.2} by encoding");
                }
                beyond.push((whole - by_encoding, (*file).to_owned()));
                Ok(())
            }
            None => Ok(()),
        });
        match (result, EXCEPTIONS.iter().find(|(name, _)| name == file)) {
            (Ok(()), None) => right += 1,
            (Err(problem), Some((_, reason))) => {
                excepted += 1;
                println!("except {file}: {problem} ({reason})");
            }
            (Err(problem), None) => {
                wrong += 1;
                println!("WRONG  {file}: {problem}");
            }
            (Ok(()), Some((_, reason))) => {
                wrong += 1;
                println!("WRONG  {file}: is right, but listed as an exception ({reason})");
            }
        }
    }
    beyond.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    println!("largest differences beyond encoding's:");
    for (difference, file) in beyond.iter().take(5) {
        println!("       {difference:5.2} {file}");
    }
    println!("{right} right, {excepted} excepted, {wrong} wrong");
    Ok(wrong == 0 && right > 0)
}

/// Whether `upload` has a thumbnail to compare, or what is wrong with its outcome.
fn judge(upload: &Upload, verdict: &str, size: Option<(u32, u32)>) -> Result<bool, String> {
    let refused = upload.outcome == "rejected" && upload.reason.is_some();
    match (verdict, upload.thumbnails.as_slice()) {
        ("reject" | "optional", []) if refused => Ok(false),
        ("thumbnail" | "optional", [made]) if upload.outcome == "thumbnail" => match size {
            Some((width, height))
                if made.width.abs_diff(width) > 1 || made.height.abs_diff(height) > 1 =>
            {
                Err(format!("is {}x{}, not {width}x{height}", made.width, made.height))
            }
            size => Ok(size.is_some()),
        },
        (verdict, _) => {
            let reason = upload.reason.as_deref().unwrap_or("no reason");
            Err(format!("must be \"{verdict}\", but is {} ({reason})", upload.outcome))
        }
    }
}

struct Difference {
    whole: f64,
    by_encoding: f64,
}

/// How far a thumbnail is from its reference; `None` where there is none.
fn difference(corpus: &Path, out: &Path, file: &str) -> Result<Option<Difference>, String> {
    let reference = corpus.join("reference").join(format!("{file}.png"));
    if !reference.exists() {
        return Ok(None);
    }
    let thumbnail = out.join("thumbnails").join(file);
    let (ours, theirs) = (open(&thumbnail)?, open(&reference)?);
    let encoded = encoded_as(&thumbnail, &reference).map_err(|error| error.to_string())?;
    Ok(Some(Difference {
        whole: mean_difference(&ours, &theirs),
        by_encoding: mean_difference(&encoded, &theirs),
    }))
}

/// `reference` in the format of `thumbnail`, at the default quality.
fn encoded_as(thumbnail: &Path, reference: &Path) -> Result<RgbaImage, Box<dyn Error>> {
    let format = match SourceFormat::from_first_bytes(&fs::read(thumbnail)?) {
        Some(SourceFormat::Jpeg) => FormatChoice::Jpeg,
        Some(SourceFormat::WebP) => FormatChoice::WebP,
        _ => FormatChoice::Png,
    };
    let defaults = Config::from_lookup(|_| None)?;
    let outputs = vec![Output { format, ..Output::default() }];
    let recipe = Recipe { outputs, placeholders: false };
    let encoded = render(&fs::read(reference)?, &recipe, &defaults.limits)?;
    let first = encoded.thumbnails.first().ok_or("a recipe without outputs")?;
    Ok(image::load_from_memory(&first.bytes)?.to_rgba8())
}

fn open(path: &Path) -> Result<RgbaImage, String> {
    let failed = |error: &dyn Error| format!("{}: {error}", path.display());
    let reader = ImageReader::open(path).map_err(|error| failed(&error))?;
    let reader = reader.with_guessed_format().map_err(|error| failed(&error))?;
    Ok(reader.decode().map_err(|error| failed(&error))?.to_rgba8())
}

/// The mean difference of 8-bit channels, on white or on grey, whichever is more; over the part that
/// both cover, since sizes may differ by a pixel.
fn mean_difference(one: &RgbaImage, other: &RgbaImage) -> f64 {
    let (width, height) = (one.width().min(other.width()), one.height().min(other.height()));
    let on = |background: f64| {
        let flat = |image: &RgbaImage, x, y| {
            let [red, green, blue, alpha] = image.get_pixel(x, y).0.map(f64::from);
            [red, green, blue].map(|c| (c * alpha + background * (255.0 - alpha)) / 255.0)
        };
        let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        let differences = pixels.flat_map(|(x, y)| {
            let (one, other) = (flat(one, x, y), flat(other, x, y));
            one.into_iter().zip(other).map(|(one, other)| (one - other).abs())
        });
        differences.sum::<f64>() / (f64::from(width) * f64::from(height) * 3.0)
    };
    f64::max(on(255.0), on(128.0))
}
