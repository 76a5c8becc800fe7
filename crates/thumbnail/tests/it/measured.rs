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

/// The variable that makes a test the process that renders its case: where the file of it is.
const FILE: &str = "THUMBNAIL_MEASURED_FILE";

/// What any picture is foretold to take, in bytes: code that runs for the first time, and tables.
const FIXED: u64 = 10 << 20;

fn moving(format: FormatChoice, side: u32) -> Output {
    Output { format, animated: true, ..Output::inside(side, side) }
}

/// A test for each case: its name, its file, and the outputs that are made of it.
macro_rules! cases {
    ($($(#[$only:meta])? $name:ident: $draw:expr => $outputs:expr;)*) => {$(
        $(#[$only])?
        #[test]
        fn $name() {
            no_more_is_taken_than_is_foretold(stringify!($name), || $draw, $outputs.into());
        }
    )*};
}

// Each is large in another way: in its canvas, in its frames, in what is written of it.
cases! {
    a_large_canvas_as_webp:
        pictures::animated_png(2000, 1500, 3) => [moving(FormatChoice::WebP, 100)];
    a_large_canvas_as_gif:
        pictures::animated_gif(2000, 1500, 3) => [moving(FormatChoice::Source, 100)];
    a_large_canvas_of_webp_as_png:
        pictures::animated_webp(2000, 1500, 3) => [moving(FormatChoice::Png, 100)];
    many_frames_of_noise_as_lossless_webp:
        noise(160, 240) => [moving(FormatChoice::WebPLossless, 160)];
    many_frames_of_noise_in_several_sizes:
        noise(160, 240) => [
            moving(FormatChoice::WebPLossless, 100),
            moving(FormatChoice::WebPLossless, 120),
            moving(FormatChoice::Source, 140),
            moving(FormatChoice::WebPLossless, 160),
        ];
    #[cfg(feature = "heic-all")]
    a_heic_of_half_the_columns_and_all_rows_of_colours:
        heic(pictures::Sampling::Half, 10) => [Output::inside(100, 100)];
    #[cfg(feature = "heic-all")]
    a_heic_of_all_colours:
        heic(pictures::Sampling::Full, 8) => [Output::inside(100, 100)];
}

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
fn measure(path: &Path, outputs: Vec<Output>) {
    let file = fs::read(path).unwrap();
    let recipe = Recipe::of(outputs);
    let before = peak();
    let foretold = memory_to_render(&file, &recipe, &ROOMY).unwrap();
    let made = render(&file, &recipe, &ROOMY).unwrap();
    assert_eq!(made.thumbnails.len(), recipe.outputs.len());
    println!("\nmeasured {} {foretold}", peak() - before);
}

/// The test of this name: draws the file, has it rendered by the same test in another process, and
/// compares. Beyond what is fixed, at least a third of what is foretold must be taken.
fn no_more_is_taken_than_is_foretold(name: &str, draw: fn() -> Vec<u8>, outputs: Vec<Output>) {
    if let Some(path) = env::var_os(FILE) {
        return measure(Path::new(&path), outputs);
    }
    let file = format!("measured-{name}-{}", std::process::id());
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(file);
    fs::write(&path, draw()).unwrap();
    let mut child = Command::new(env::current_exe().unwrap());
    child.args([&format!("measured::{name}"), "--exact", "--nocapture", "--test-threads=1"]);
    let output = child.env(FILE, &path).output().unwrap();
    fs::remove_file(path).unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let line = said.lines().find_map(|line| line.strip_prefix("measured "));
    let numbers = line.unwrap_or_else(|| panic!("{said}")).split_whitespace();
    let numbers: Vec<u64> = numbers.map(|number| number.parse().unwrap()).collect();
    let (taken, foretold) = (numbers[0], numbers[1]);
    assert!(taken <= foretold, "{taken} bytes, {foretold} were foretold");
    assert!(foretold < FIXED + taken * 3, "{taken} bytes, {foretold} were foretold");
}
