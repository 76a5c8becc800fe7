//! The project's own pictures, if no others are given: drawn by code, with the sizes, formats and
//! bytes per pixel that pictures of cameras and websites have. Pillow encodes, from pixels drawn
//! here, what nothing here can encode, or not as other programs do. Made once, then kept.

use std::error::Error;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use ::pictures as draw;
use image::ImageFormat;
use moxcms::ColorProfile;

/// Writes a file's bytes.
type Draw = fn() -> Vec<u8>;

const PICTURES: &[(&str, Draw)] = &[
    ("photo-6mp.jpg", || draw::photo_jpeg(2725, 2225, 3)),
    ("photo-12mp.jpg", || draw::photo_jpeg(4032, 3024, 1)),
    ("photo-12mp-progressive.jpg", || draw::progressive_jpeg(4032, 3024, 1)),
    ("photo-12mp-turned.jpg", || draw::rotated_jpeg(3024, 4032, 1, 6)),
    ("photo-12mp-grey.jpg", || draw::grey_jpeg(4032, 3024, 1)),
    ("photo-12mp-p3.jpg", || draw::profiled_jpeg(4032, 3024, 1, &display_p3())),
    ("photo-24mp-444.jpg", || draw::full_colour_jpeg(6000, 4000, 4)),
    ("photo-48mp.jpg", || draw::photo_jpeg(8064, 6048, 2)),
    ("photo-1mp.webp", || draw::photo_webp(1024, 772, 2)),
    ("photo-12mp.webp", || draw::photo_webp(4032, 3024, 1)),
    ("rgba-3mp.png", || draw::stickers_png(2048, 1536, 5)),
    ("photo-12mp.tiff", || draw::photo_as(ImageFormat::Tiff, 4032, 3024, 1)),
];

/// Pixels for Pillow to encode.
const PIXELS: &[(&str, Draw)] = &[
    ("12mp.tiff", || draw::photo_as(ImageFormat::Tiff, 4032, 3024, 1)),
    ("3mp.tiff", || draw::photo_as(ImageFormat::Tiff, 2048, 1536, 1)),
];

fn display_p3() -> Vec<u8> {
    ColorProfile::new_display_p3().encode().unwrap_or_default()
}

/// Makes what is not there yet in `folder`. `pillow` is a folder with a `python3` that has Pillow.
pub(crate) fn pictures(folder: &Path, pillow: Option<OsString>) -> Result<(), Box<dyn Error>> {
    let pixels = folder.join("pixels");
    fs::create_dir_all(&pixels)?;
    write(folder, PICTURES)?;
    write(&pixels, PIXELS)?;
    let pillow = pillow.ok_or("PILLOW names no folder; see `make bench`")?;
    let script = super::here("encode.py");
    let python = PathBuf::from(pillow).join("python3");
    let done = Command::new(python).arg(script).arg(&pixels).arg(folder).status()?;
    if done.success() { Ok(()) } else { Err("Pillow encoded not all pictures".into()) }
}

fn write(folder: &Path, pictures: &[(&str, Draw)]) -> Result<(), Box<dyn Error>> {
    for (name, draw) in pictures {
        let file = folder.join(name);
        if !file.exists() {
            println!("Drawing {name} ...");
            // Under its own name only once it is whole.
            let unfinished = folder.with_file_name("unfinished");
            fs::write(&unfinished, draw())?;
            fs::rename(unfinished, file)?;
        }
    }
    Ok(())
}
