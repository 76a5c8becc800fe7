//! What a pattern is made of: literals, and fields of the source's path.

/// A piece of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::object) enum Part {
    /// Stands for itself. Never empty, and never next to another literal.
    Literal(String),
    /// Stands for a part of the source's path.
    Field(Field),
}

/// A part of a source's path. The path is the source's key without the sources' prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::object) enum Field {
    /// The whole path.
    Path,
    /// The folders, each with its slash; empty if there are none.
    Folders,
    /// The file's name without its extension.
    Stem,
    /// The extension, without the dot; empty if there is none.
    Extension,
}

/// Folders, stem and extension. A file name has no extension if its last dot is its first or last
/// character. So the three, with a dot before an extension, always make up the path again.
pub(in crate::object) fn take_apart(path: &str) -> (&str, &str, &str) {
    let file = path.rfind('/').map_or(0, |slash| slash + 1);
    let (folders, file) = path.split_at(file);
    match file.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() && !extension.is_empty() => {
            (folders, stem, extension)
        }
        _ => (folders, file, ""),
    }
}
