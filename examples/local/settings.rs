//! Which of the function's settings may be tried out on this machine. What they mean is the
//! function's to say.

use crate::{SOURCE_PREFIX, THUMBNAIL_PREFIX};

/// The settings that say which thumbnails there are.
const THUMBNAILS: [&str; 5] =
    ["THUMBNAIL_RULES", "THUMBNAIL_SIZES", "THUMBNAIL_FORMAT", "JPEG_QUALITY", "WEBP_QUALITY"];

/// Whether the environment says which thumbnails there are.
pub(crate) fn name_thumbnails() -> bool {
    THUMBNAILS.into_iter().any(|name| set(name).is_some())
}

/// A setting of the function: as in the environment, except for where things are, which is settled
/// here, and for `rules`, which take the place of its own where there are some.
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

/// What the environment holds; an empty variable is an unset one.
fn set(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
