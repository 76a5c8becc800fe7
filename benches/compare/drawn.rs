//! The project's own pictures, if no others are given: drawn by code, with the sizes, formats and
//! bytes per pixel that pictures of cameras and websites have. Drawn once, then kept.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

/// Writes a file's bytes.
type Draw = fn() -> Vec<u8>;

const PICTURES: &[(&str, Draw)] = &[
    ("photo-6mp.jpg", || ::pictures::photo_jpeg(2725, 2225, 3)),
    ("photo-12mp.jpg", || ::pictures::photo_jpeg(4032, 3024, 1)),
    ("photo-12mp-progressive.jpg", || ::pictures::progressive_jpeg(4032, 3024, 1)),
    ("photo-24mp-444.jpg", || ::pictures::full_colour_jpeg(6000, 4000, 4)),
    ("photo-1mp.webp", || ::pictures::photo_webp(1024, 772, 2)),
    ("rgba-3mp.png", || ::pictures::stickers_png(2048, 1536, 5)),
];

/// Draws what is not there yet into `folder`.
pub(crate) fn pictures(folder: &Path) -> Result<PathBuf, Box<dyn Error>> {
    fs::create_dir_all(folder)?;
    for (name, draw) in PICTURES {
        let file = folder.join(name);
        if !file.exists() {
            println!("Drawing {name} ...");
            // Under its own name only once it is whole.
            let unfinished = folder.with_file_name("unfinished");
            fs::write(&unfinished, draw())?;
            fs::rename(unfinished, file)?;
        }
    }
    Ok(folder.to_owned())
}
