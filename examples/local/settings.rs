//! Which of the function's settings apply on this machine. The function decides what they mean.

use crate::{SOURCE_PREFIX, THUMBNAIL_PREFIX};

/// The settings that say which thumbnails to make.
const THUMBNAILS: [&str; 5] =
    ["THUMBNAIL_RULES", "THUMBNAIL_SIZES", "THUMBNAIL_FORMAT", "JPEG_QUALITY", "WEBP_QUALITY"];

/// Whether the environment says which thumbnails to make.
pub(crate) fn name_thumbnails() -> bool {
    THUMBNAILS.into_iter().any(|name| set(name).is_some())
}

/// A setting of the function, as in the environment. Buckets and prefixes are fixed here, and
/// `rules`, if there are some, replace the environment's.
pub(crate) fn setting(name: &str, rules: Option<&str>) -> Option<String> {
    match name {
        "SOURCE_PREFIX" => Some(SOURCE_PREFIX.to_owned()),
        "THUMBNAIL_PREFIX" => Some(THUMBNAIL_PREFIX.to_owned()),
        "SOURCE_BUCKET" | "THUMBNAIL_BUCKET" => None,
        name if name.starts_with("AWS_") => None,
        "THUMBNAIL_RULES" if rules.is_some() => rules.map(str::to_owned),
        name => set(name),
    }
}

/// A variable of the environment; an empty one counts as unset.
fn set(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
