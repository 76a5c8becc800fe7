//! What a pattern is made of: literals, and fields of the source's path.

/// A piece of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::object) enum Part {
    /// Stands for itself. Never empty, and never next to another literal.
    Literal(String),
    /// Stands for something of the source's path.
    Field(Field),
}

/// What a pattern can take from a source's path, which is its key after the sources' prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::object) enum Field {
    /// All of it.
    Path,
    /// The folders, each with its slash: empty, or ending in one.
    Folders,
    /// The file's name without its extension.
    Stem,
    /// The extension, without the dot: empty where there is none.
    Extension,
}
