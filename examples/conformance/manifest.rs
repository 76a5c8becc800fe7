//! Reads what a corpus says of its pictures, and the exceptions from that. It judges nothing.
//!
//! `CORPUS/manifest.tsv` has the columns `file`, `verdict`, `width`, `height`, `note`; the pictures
//! are `CORPUS/images/FILE`, and their references `CORPUS/reference/FILE.png`. Sizes, notes and
//! references may be missing.

use std::collections::HashMap;
use std::fs;
use std::path::{Component, Path};

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::Failure;

/// The largest mean difference of 8-bit channels from a reference.
const TOLERANCE: f64 = 3.0;
/// The same for colours that a screen cannot show: each engine maps them in its own way.
const WIDE_TOLERANCE: f64 = 6.0;
/// Words in a name or a note that mean that a picture has such colours.
const WIDE: [&str; 3] = ["hdr", "cmyk", "cielab"];

/// One picture of a corpus.
pub(crate) struct Expected {
    /// Its path below `images/`.
    pub(crate) file: String,
    /// What it must become.
    pub(crate) verdict: Verdict,
    /// Its thumbnail's width and height in pixels, where known.
    pub(crate) size: Option<(u32, u32)>,
    note: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Verdict {
    /// A thumbnail.
    Thumbnail,
    /// A refusal.
    Reject,
    /// Either.
    Optional,
}

impl Expected {
    /// How much the thumbnail may differ from its reference. `is_light`: whether its format holds
    /// light values without an upper bound.
    pub(crate) fn tolerance(&self, is_light: bool) -> f64 {
        let said = format!("{} {}", self.file, self.note).to_ascii_lowercase();
        let is_wide = is_light || WIDE.iter().any(|word| said.contains(word));
        if is_wide { WIDE_TOLERANCE } else { TOLERANCE }
    }
}

/// In what way a picture may differ from the manifest.
pub(crate) struct Exception {
    /// The digest of its bytes, in hexadecimal: another picture may have the same name.
    sha256: String,
    /// How much it may differ from its reference; `None` if it may be refused.
    pub(crate) difference: Option<f64>,
    /// Why.
    pub(crate) reason: String,
}

impl Exception {
    /// Whether it applies to a file with these bytes.
    pub(crate) fn is_for(&self, file: &[u8]) -> bool {
        let digest = Sha256::digest(file);
        let digits = digest.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        digits.map(|digit| char::from_digit(digit.into(), 16)).eq(self.sha256.chars().map(Some))
    }
}

/// The pictures of a corpus, in the manifest's order.
pub(crate) fn read(corpus: &Path) -> Result<Vec<Expected>, Failure> {
    let path = corpus.join("manifest.tsv");
    let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let pictures = text.lines().skip(1).map(|line| {
        expected(line).ok_or_else(|| format!("{}: not a picture's line: {line}", path.display()))
    });
    let pictures = pictures.collect::<Result<Vec<_>, _>>()?;
    if pictures.is_empty() {
        return Err(format!("{} names no picture", path.display()).into());
    }
    Ok(pictures)
}

fn expected(line: &str) -> Option<Expected> {
    let mut fields = line.split('\t');
    let file = fields.next()?;
    let is_below = Path::new(file).components().all(|part| matches!(part, Component::Normal(_)));
    let verdict = match fields.next()? {
        "thumbnail" => Verdict::Thumbnail,
        "reject" => Verdict::Reject,
        "optional" => Verdict::Optional,
        _ => return None,
    };
    let (width, height) = (fields.next().unwrap_or_default(), fields.next().unwrap_or_default());
    let size = match (width, height) {
        ("", "") => None,
        (width, height) => Some((width.parse().ok()?, height.parse().ok()?)),
    };
    let note = fields.next().unwrap_or_default().to_owned();
    is_below.then(|| Expected { file: file.to_owned(), verdict, size, note })
}

/// Reads exceptions from a table with the columns `file`, `sha256`, `allowed` and `reason`, where
/// `allowed` is the largest difference, or `refused`.
pub(crate) fn exceptions(path: &Path) -> Result<HashMap<String, Exception>, Failure> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let exceptions = text.lines().skip(1).map(|line| {
        exception(line)
            .ok_or_else(|| format!("{}: not an exception: {line}", path.display()).into())
    });
    exceptions.collect()
}

fn exception(line: &str) -> Option<(String, Exception)> {
    let [file, sha256, allowed, reason] = line.split('\t').collect::<Vec<_>>().try_into().ok()?;
    let difference = match allowed {
        "refused" => None,
        allowed => Some(allowed.parse().ok()?),
    };
    let (sha256, reason) = (sha256.to_owned(), reason.to_owned());
    Some((file.to_owned(), Exception { sha256, difference, reason }))
}
