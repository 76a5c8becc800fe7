//! The estimate of memory against what rendering really takes, of animations and of what else is
//! large in a way of its own, each in a process of its own: a process's peak is all that tells what
//! every encoder allocates.
#![expect(clippy::disallowed_types, reason = "the test runs itself again, once for each case")]

use std::path::Path;
use std::process::Command;
use std::{env, fs};

use image::RgbaImage;

use crate::ROOMY;
use thumbnail::{FormatChoice, Output, Recipe, memory_to_render, render};

/// The variables that make this test the process that renders a case: its place, and its file.
const CASE: &str = "THUMBNAIL_MEASURED_CASE";
const FILE: &str = "THUMBNAIL_MEASURED_FILE";

/// What any picture is foretold to take, in bytes: code that runs for the first time, and tables.
const FIXED: u64 = 10 << 20;

/// A file, and the outputs that are made of it.
struct Case {
    name: &'static str,
    draw: fn() -> Vec<u8>,
    outputs: fn() -> Vec<Output>,
}

fn moving(format: FormatChoice, side: u32) -> Output {
    Output { format, animated: true, ..Output::inside(side, side) }
}

/// Each is large in another way: in its canvas, in its frames, in what is written of it.
const CASES: &[Case] = &[
    Case {
        name: "a large canvas as WebP",
        draw: || pictures::animated_png(2000, 1500, 3),
        outputs: || vec![moving(FormatChoice::WebP, 100)],
    },
    Case {
        name: "a large canvas as GIF",
        draw: || pictures::animated_gif(2000, 1500, 3),
        outputs: || vec![moving(FormatChoice::Source, 100)],
    },
    Case {
        name: "a large canvas of WebP as PNG",
        draw: || pictures::animated_webp(2000, 1500, 3),
        outputs: || vec![moving(FormatChoice::Png, 100)],
    },
    Case {
        name: "many frames of noise as lossless WebP",
        draw: || noise(160, 240),
        outputs: || vec![moving(FormatChoice::WebPLossless, 160)],
    },
    Case {
        name: "many frames of noise in several sizes",
        draw: || noise(160, 240),
        outputs: || {
            let webp = |side| moving(FormatChoice::WebPLossless, side);
            vec![webp(100), webp(120), moving(FormatChoice::Source, 140), webp(160)]
        },
    },
    #[cfg(feature = "heic-all")]
    Case {
        name: "a HEIC of half the columns and all rows of colours",
        draw: || heic(pictures::Sampling::Half, 10),
        outputs: || vec![Output::inside(100, 100)],
    },
    #[cfg(feature = "heic-all")]
    Case {
        name: "a HEIC of all colours",
        draw: || heic(pictures::Sampling::Full, 8),
        outputs: || vec![Output::inside(100, 100)],
    },
];

#[cfg(feature = "heic-all")]
fn heic(sampling: pictures::Sampling, depth: usize) -> Vec<u8> {
    let coding = pictures::Coding { sampling, depth, ..pictures::Coding::PHOTO };
    pictures::heic(&crate::gradient(3000, 2000), coding)
}

/// An animation of so many frames, no pixel of which tells anything of another.
fn noise(side: u32, frames: u32) -> Vec<u8> {
    let mut state = 1_u32;
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, side, side);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_compression(png::Compression::Fast);
    encoder.set_animated(frames, 0).unwrap();
    let mut writer = encoder.write_header().unwrap();
    for _ in 0..frames {
        let frame = RgbaImage::from_fn(side, side, |_, _| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let [_, red, green, blue] = state.to_le_bytes();
            image::Rgba([red, green, blue, red ^ blue])
        });
        writer.write_image_data(&frame).unwrap();
    }
    writer.finish().unwrap();
    file
}

/// The most memory that this process has held so far, in bytes.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let kilobytes: u64 = line.split_whitespace().next().unwrap().parse().unwrap();
    kilobytes << 10
}

/// Renders a file that another process has drawn, and prints what that took and what was foretold.
#[expect(clippy::print_stdout, reason = "the other process reads it")]
fn measure(case: &Case, path: &Path) {
    let file = fs::read(path).unwrap();
    let recipe = Recipe::of((case.outputs)());
    let before = peak();
    let foretold = memory_to_render(&file, &recipe, &ROOMY).unwrap();
    let made = render(&file, &recipe, &ROOMY).unwrap();
    assert_eq!(made.thumbnails.len(), recipe.outputs.len());
    println!("\nmeasured {} {foretold}", peak() - before);
}

#[test]
fn no_more_memory_is_taken_than_is_foretold_and_most_of_that() {
    if let Ok(place) = env::var(CASE) {
        let place: usize = place.parse().unwrap();
        return measure(&CASES[place], Path::new(&env::var(FILE).unwrap()));
    }
    let name = format!("measured-{}", std::process::id());
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    for (place, Case { name, draw, .. }) in CASES.iter().enumerate() {
        fs::write(&path, draw()).unwrap();
        let own_name =
            concat!("measured::", "no_more_memory_is_taken_than_is_foretold_and_most_of_that");
        let mut child = Command::new(env::current_exe().unwrap());
        child.args([own_name, "--exact", "--nocapture", "--test-threads=1"]);
        let output = child.env(CASE, place.to_string()).env(FILE, &path).output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        let line = said.lines().find_map(|line| line.strip_prefix("measured "));
        let numbers = line.unwrap_or_else(|| panic!("{name}: {said}")).split_whitespace();
        let numbers: Vec<u64> = numbers.map(|number| number.parse().unwrap()).collect();
        let (held, foretold) = (numbers[0], numbers[1]);
        assert!(held <= foretold, "{name}: {held} bytes, {foretold} were foretold");
        assert!(foretold < FIXED + held * 3, "{name}: {held} bytes, {foretold} were foretold");
    }
    fs::remove_file(path).unwrap();
}
