//! The cases of `make bench` without a folder: every source format and its common variants, every
//! format of thumbnails, and several sizes from one picture.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::case::{BOX, Case, Format};

/// What a group of cases compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Group {
    Sources,
    Outputs,
    Sizes,
}

impl Group {
    pub(crate) const ALL: [Self; 3] = [Self::Sources, Self::Outputs, Self::Sizes];

    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Sources => "Sources",
            Self::Outputs => "Outputs",
            Self::Sizes => "Boxes and sets",
        }
    }

    /// The name of its chart's file.
    pub(crate) fn file(self) -> &'static str {
        match self {
            Self::Sources => "performance-sources.svg",
            Self::Outputs => "performance-outputs.svg",
            Self::Sizes => "performance-boxes.svg",
        }
    }
}

/// A picture of the suite, by its file's name.
struct Source {
    file: &'static str,
    /// The format as the README's chart names it.
    format: &'static str,
    /// Whether it is one of those that matter most, which QUICK=1 keeps to.
    quick: bool,
}

const fn often(file: &'static str, format: &'static str) -> Source {
    Source { file, format, quick: true }
}

const fn seldom(file: &'static str, format: &'static str) -> Source {
    Source { file, format, quick: false }
}

const SOURCES: &[Source] = &[
    often("photo-12mp.jpg", "JPEG"),
    often("photo-12mp-progressive.jpg", "JPEG"),
    often("photo-12mp-turned.jpg", "JPEG"),
    often("photo-12mp-p3.jpg", "JPEG"),
    seldom("photo-12mp-422.jpg", "JPEG"),
    seldom("photo-12mp-grey.jpg", "JPEG"),
    seldom("photo-12mp-cmyk.jpg", "JPEG"),
    seldom("photo-24mp-444.jpg", "JPEG"),
    seldom("photo-48mp.jpg", "JPEG"),
    often("photo-12mp.png", "PNG"),
    seldom("rgba-3mp.png", "PNG"),
    seldom("palette-3mp.png", "PNG"),
    often("photo-12mp.webp", "WebP"),
    often("lossless-3mp.webp", "WebP"),
    often("photo-3mp.gif", "GIF"),
    seldom("photo-12mp.tiff", "TIFF"),
    often("deflate-12mp.tiff", "TIFF"),
    seldom("lzw-3mp.tiff", "TIFF"),
    seldom("jpeg-12mp.tiff", "TIFF"),
    often("photo-12mp.avif", "AVIF"),
    often("photo-12mp.heic", "HEIC"),
    often("photo-12mp.jxl", "JPEG XL"),
];

/// The picture that is made into every format.
const ONE: &str = "photo-12mp.jpg";

const LARGER: (u32, u32) = (512, 512);

/// Boxes of other shapes and sets of boxes: those of sharp's own benchmark, and as websites use
/// them.
const SIZES: &[(&str, &[(u32, u32)])] = &[
    ("photo-12mp.jpg", &[(160, 160), (640, 640), (1280, 1280)]),
    ("photo-6mp.jpg", &[BOX]),
    ("photo-6mp.jpg", &[(720, 588)]),
    ("rgba-3mp.png", &[(720, 540)]),
    ("photo-1mp.webp", &[BOX]),
];

/// A case, and where its figures belong.
#[derive(Debug, Clone)]
pub(crate) struct Placed {
    pub(crate) case: Case,
    pub(crate) group: Group,
    /// The source's format, for the README's chart.
    pub(crate) format: &'static str,
}

impl Placed {
    /// Whether quality can be scored: without a profile, nothing says what colours CMYK stands for.
    pub(crate) fn is_judged(&self) -> bool {
        !self.case.name.contains("cmyk")
    }
}

/// All cases on the pictures in `folder`; those that matter most if `quick`.
pub(crate) fn cases(folder: &Path, quick: bool) -> Vec<Placed> {
    let sizes: &[_] = if quick { &[BOX] } else { &[BOX, LARGER] };
    let mut cases = Vec::new();
    for source in SOURCES.iter().filter(|source| source.quick || !quick) {
        cases.extend(sizes.iter().map(|&size| Placed {
            case: Case::new(&folder.join(source.file), &[size]),
            group: Group::Sources,
            format: source.format,
        }));
    }
    for format in Format::ALL {
        cases.extend(sizes.iter().map(|&size| Placed {
            case: Case::new(&folder.join(ONE), &[size]).encoded_in(format),
            group: Group::Outputs,
            format: "JPEG",
        }));
    }
    for (file, boxes) in SIZES.iter().filter(|_| !quick) {
        let case = Case::new(&folder.join(file), boxes);
        cases.push(Placed { case, group: Group::Sizes, format: "" });
    }
    cases
}
