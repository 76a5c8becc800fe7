//! Do two machines make the same thumbnails? `alike render PICTURES FOLDER` on each writes thumbnails
//! of a folder of pictures, or why there are none. `alike compare FOLDER OTHER` then counts the files
//! that are the same, and measures the greatest difference between the samples of others.
#![allow(clippy::print_stdout, reason = "a command prints")]
#![allow(clippy::disallowed_methods, reason = "a command reads its arguments and files")]

use std::error::Error;
use std::fs;
use std::path::Path;

use thumbnail::{Fit, FormatChoice, Gravity, Limits, Output, Recipe, render};

/// The most by which samples may differ, of 255, in a lossless file: light and inks are rounded
/// otherwise, and sharpening doubles that.
const LOSSLESS: u8 = 3;
/// The same in a lossy file, whose encoder may decide otherwise for a whole block then.
const LOSSY: u8 = 32;

const LIMITS: Limits = Limits { max_pixels: 1 << 27 };

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["render", pictures, folder] => render_all(Path::new(pictures), Path::new(folder)),
        ["compare", folder, other] => compare(Path::new(folder), Path::new(other)),
        _ => Err("usage: alike render PICTURES FOLDER, or alike compare FOLDER OTHER".into()),
    }
}

/// Every format that is written, and every step on the way.
fn outputs() -> Vec<Output> {
    let cover = Output { fit: Fit::Cover, gravity: Gravity::Smart, ..Output::inside(96, 96) };
    vec![
        Output::default(),
        Output { format: FormatChoice::Png, ..Output::default() },
        Output { format: FormatChoice::WebP, ..cover.clone() },
        Output { format: FormatChoice::Avif, ..cover },
        Output {
            format: FormatChoice::WebPLossless,
            linear_light: true,
            sharpen: 50,
            animated: true,
            ..Output::inside(64, 64)
        },
    ]
}

fn render_all(pictures: &Path, folder: &Path) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(folder)?;
    let recipe = Recipe { placeholders: true, ..Recipe::of(outputs()) };
    for name in names(pictures)? {
        let path = pictures.join(&name);
        if !path.is_file() {
            continue;
        }
        let write =
            |what: &str, bytes: &[u8]| fs::write(folder.join(format!("{name}.{what}")), bytes);
        match render(&fs::read(path)?, &recipe, &LIMITS) {
            Ok(rendering) => {
                write("placeholders", format!("{:?}", rendering.placeholders).as_bytes())?;
                for (number, thumbnail) in rendering.thumbnails.iter().enumerate() {
                    write(&format!("{number}.{}", thumbnail.format.name()), &thumbnail.bytes)?;
                }
            }
            Err(error) => write("error", error.to_string().as_bytes())?,
        }
    }
    Ok(())
}

fn compare(folder: &Path, other: &Path) -> Result<(), Box<dyn Error>> {
    let files = names(folder)?;
    if files != names(other)? {
        return Err(format!("{} and {} hold other files", folder.display(), other.display()).into());
    }
    let (mut same, mut wrong) = (0, 0);
    for name in &files {
        let (one, other) = (fs::read(folder.join(name))?, fs::read(other.join(name))?);
        if one == other {
            same += 1;
            continue;
        }
        let off = difference(&one, &other).map_err(|error| format!("{name}: {error}"))?;
        println!("{name} is off by {off}");
        wrong += u32::from(off > if is_lossless(&one) { LOSSLESS } else { LOSSY });
    }
    println!("{same} of {} files are the same", files.len());
    if files.is_empty() || wrong > 0 {
        return Err(format!("{wrong} of {} are off by more than rounding", files.len()).into());
    }
    Ok(())
}

fn is_lossless(file: &[u8]) -> bool {
    file.starts_with(b"\x89PNG") || memchr::memmem::find(file, b"VP8L").is_some()
}

/// The greatest difference between two pictures' samples.
fn difference(one: &[u8], other: &[u8]) -> Result<u8, Box<dyn Error>> {
    let (one, other) = (shown(one)?, shown(other)?);
    if one.dimensions() != other.dimensions() {
        return Err(format!("{:?}, but {:?}", one.dimensions(), other.dimensions()).into());
    }
    Ok(one.iter().zip(other.iter()).map(|(one, other)| one.abs_diff(*other)).max().unwrap_or(0))
}

/// A thumbnail's pixels, which the engine itself can decode from every format that it writes.
fn shown(file: &[u8]) -> Result<image::RgbaImage, Box<dyn Error>> {
    let whole = Output { format: FormatChoice::Png, ..Output::default() };
    let recipe = Recipe::of(vec![whole]);
    let png = render(file, &recipe, &LIMITS)?.thumbnails.pop().ok_or("no thumbnail")?;
    Ok(image::load_from_memory(&png.bytes)?.to_rgba8())
}

fn names(folder: &Path) -> Result<Vec<String>, Box<dyn Error>> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut names = Vec::new();
    for entry in entries {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}
