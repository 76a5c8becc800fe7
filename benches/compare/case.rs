//! What is compared: which pictures, made into which thumbnails. No pixels and no clocks here.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use thumbnail::{FormatChoice, Output, Quality, Recipe};

/// The box that every picture is fitted into.
pub(crate) const BOX: (u32, u32) = (256, 256);

/// Boxes for pictures of certain names besides: those of sharp's own benchmark, and a set of three
/// as websites use them.
const MORE: &[(&str, &[(u32, u32)])] = &[
    ("photo-6mp.jpg", &[(720, 588)]),
    ("photo-12mp.jpg", &[(160, 160), (640, 640), (1280, 1280)]),
    ("rgba-3mp.png", &[(720, 540)]),
];

/// What everybody encodes JPEG and WebP with; PNG has no quality.
const QUALITY: u8 = 80;

/// What everybody encodes AVIF with. Their scales differ, so the bytes and scores have to be read
/// too.
const AVIF_QUALITY: u8 = 60;

/// One picture and the thumbnails made of it in one go; opponents read it as JSON.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) source: PathBuf,
    pub(crate) format: Format,
    pub(crate) quality: u8,
    /// Width and height of each box.
    pub(crate) boxes: Vec<(u32, u32)>,
}

/// What thumbnails are encoded in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Format {
    Jpeg,
    #[serde(rename = "webp")]
    WebP,
    Png,
    Avif,
}

impl Format {
    pub(crate) const ALL: [Self; 4] = [Self::Jpeg, Self::WebP, Self::Png, Self::Avif];

    /// What the thumbnails of a picture are encoded in where nothing else is asked for.
    fn of(source: &Path) -> Self {
        if source.extension().is_some_and(|own| own == "png") { Self::Png } else { Self::Jpeg }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Jpeg => "JPEG",
            Self::WebP => "WebP",
            Self::Png => "PNG",
            Self::Avif => "AVIF",
        }
    }
}

impl Case {
    pub(crate) fn new(source: &Path, boxes: &[(u32, u32)]) -> Self {
        let file = source.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let sizes: Vec<String> = match boxes {
            [(width, height)] if width == height => vec![width.to_string()],
            [(width, height)] => vec![format!("{width}x{height}")],
            several => several.iter().map(|(width, _)| width.to_string()).collect(),
        };
        Self {
            name: format!("{file} to {}", sizes.join("+")),
            source: source.to_owned(),
            format: Format::of(source),
            quality: QUALITY,
            boxes: boxes.to_vec(),
        }
    }

    /// The same with thumbnails in a format that the name then tells.
    pub(crate) fn encoded_in(mut self, format: Format) -> Self {
        self.name = format!("{} as {}", self.name, format.name());
        self.format = format;
        self.quality = if format == Format::Avif { AVIF_QUALITY } else { QUALITY };
        self
    }

    /// The same in our words.
    pub(crate) fn recipe(&self) -> Recipe {
        let format = match self.format {
            Format::Jpeg => FormatChoice::Jpeg,
            Format::WebP => FormatChoice::WebP,
            Format::Png => FormatChoice::Png,
            Format::Avif => FormatChoice::Avif,
        };
        let output = |&(width, height): &(u32, u32)| {
            let mut output = Output { format, ..Output::inside(width, height) };
            let quality = Quality::Set(self.quality);
            (output.quality.jpeg, output.quality.webp) = (quality, quality);
            output.quality.avif = quality;
            output
        };
        Recipe::of(self.boxes.iter().map(output).collect())
    }
}

/// The cases that a folder's pictures make, by name.
pub(crate) fn of_folder(pictures: &Path) -> Result<Vec<Case>, Box<dyn Error>> {
    let cause = |error| format!("{}: {error}", pictures.display());
    let mut files = fs::read_dir(pictures)
        .and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>, _>>())
        .map_err(cause)?;
    files.retain(|file| file.is_file());
    files.sort();
    let mut cases = Vec::new();
    for file in &files {
        cases.push(Case::new(file, &[BOX]));
        let more = MORE.iter().filter(|(name, _)| file.ends_with(name));
        cases.extend(more.map(|(_, boxes)| Case::new(file, boxes)));
    }
    if cases.is_empty() {
        return Err(format!("{} holds no pictures", pictures.display()).into());
    }
    Ok(cases)
}
