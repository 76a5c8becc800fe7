//! Which pictures to upload: every file of a folder, or those that the project draws. This reads
//! names only; the function decides whether a file is a picture.

use std::path::{Path, PathBuf};

use pictures::sample_set;
use walkdir::{DirEntry, WalkDir};

use crate::upload::{Outcome, Upload};
use crate::{Failure, SOURCE_PREFIX};

/// The longest key that S3 takes, in bytes.
const LONGEST_KEY: usize = 1024;

/// A file to upload.
pub(crate) struct Picture {
    /// Its key.
    pub(crate) key: String,
    /// The media type of its extension.
    pub(crate) content_type: &'static str,
    /// Where its bytes are.
    pub(crate) source: Source,
}

pub(crate) enum Source {
    File(PathBuf),
    Drawn(Vec<u8>),
}

/// What was found.
pub(crate) struct Found {
    /// What can be uploaded.
    pub(crate) pictures: Vec<Picture>,
    /// What cannot, and why.
    pub(crate) unusable: Vec<Upload>,
}

/// The pictures that the project draws.
pub(crate) fn drawn() -> Found {
    let pictures = sample_set().into_iter().map(|sample| Picture {
        key: format!("{SOURCE_PREFIX}{}", sample.path),
        content_type: sample.content_type,
        source: Source::Drawn(sample.bytes),
    });
    Found { pictures: pictures.collect(), unusable: Vec::new() }
}

/// Every file in `folder` and below, in the order of their names, except for hidden files, symbolic
/// links, and what is in `out`.
pub(crate) fn find(folder: &Path, out: &Path) -> Result<Found, Failure> {
    let name = folder.display();
    let about = std::fs::metadata(folder).map_err(|error| format!("{name}: {error}"))?;
    if !about.is_dir() {
        return Err(format!("{name} is not a folder").into());
    }
    let out = out.canonicalize().ok();
    let is_out = |entry: &DirEntry| {
        entry.file_type().is_dir() && out.is_some() && entry.path().canonicalize().ok() == out
    };
    // The folder itself may be hidden, and may be `out`.
    let wanted = |entry: &DirEntry| {
        entry.depth() == 0
            || !(entry.file_name().as_encoded_bytes().starts_with(b".") || is_out(entry))
    };
    let mut found = Found { pictures: Vec::new(), unusable: Vec::new() };
    for entry in WalkDir::new(folder).sort_by_file_name().into_iter().filter_entry(wanted) {
        match entry {
            Ok(entry) if entry.file_type().is_file() => found.add(folder, entry.path()),
            Ok(_) => {}
            Err(error) => {
                let path = error.path().unwrap_or(folder).to_string_lossy().into_owned();
                found.unusable.push(Upload::not_made(path, Outcome::Failed, &error));
            }
        }
    }
    if found.pictures.is_empty() && found.unusable.is_empty() {
        return Err(format!("{name} holds no files").into());
    }
    Ok(found)
}

impl Found {
    fn add(&mut self, folder: &Path, file: &Path) {
        let relative = file.strip_prefix(folder).unwrap_or(file);
        let key = format!("{SOURCE_PREFIX}{}", relative.to_string_lossy());
        let obstacle = if relative.to_str().is_none() {
            Some("its name is not UTF-8, as keys must be")
        } else if key.len() > LONGEST_KEY {
            Some("its path is longer than a key may be: 1,024 bytes")
        } else {
            None
        };
        match obstacle {
            Some(reason) => {
                self.unusable.push(Upload::not_made(key, Outcome::Skipped, reason));
            }
            None => self.pictures.push(Picture {
                key,
                content_type: content_type(file),
                source: Source::File(file.to_owned()),
            }),
        }
    }
}

/// The media type that browsers and the AWS CLI give a file of this name.
fn content_type(file: &Path) -> &'static str {
    let extension = file.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    match extension.to_ascii_lowercase().as_str() {
        "avif" => "image/avif",
        "bmp" => "image/bmp",
        "gif" => "image/gif",
        "heic" => "image/heic",
        "jpe" | "jpeg" | "jpg" => "image/jpeg",
        "mp4" => "video/mp4",
        "pdf" => "application/pdf",
        "png" => "image/png",
        "svg" => "image/svg+xml",
        "tif" | "tiff" => "image/tiff",
        "txt" => "text/plain",
        "webp" => "image/webp",
        _ => "application/octet-stream",
    }
}
