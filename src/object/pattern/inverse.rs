//! Reads a pattern backwards: from a thumbnail's key to the path of its source. There is one such
//! path at most, since no two sources share a key by a pattern that is taken.

use super::part::{Field, Part, take_apart};

/// The path for which `parts` make `key`.
pub(in crate::object) fn path(parts: &[Part], key: &str) -> Option<String> {
    read(parts, key, Fields::default())
}

/// Reads what is left of a key. A field that is known by now has one value; any other is tried with
/// every beginning of the rest.
fn read<'a>(parts: &[Part], rest: &'a str, known: Fields<'a>) -> Option<String> {
    let Some((part, parts)) = parts.split_first() else {
        return if rest.is_empty() { known.path() } else { None };
    };
    let field = match part {
        Part::Literal(literal) => return read(parts, rest.strip_prefix(literal.as_str())?, known),
        Part::Field(field) => *field,
    };
    if let Some(value) = known.value(field) {
        return read(parts, rest.strip_prefix(value)?, known);
    }
    let ends = rest.char_indices().map(|(at, _)| at).chain([rest.len()]);
    ends.filter_map(|end| rest.split_at_checked(end))
        .filter(|(value, _)| can_be(field, value))
        .find_map(|(value, rest)| read(parts, rest, known.with(field, value)))
}

/// Whether a field has such values. That only saves work: [`Fields::path`] has the last word.
fn can_be(field: Field, value: &str) -> bool {
    match field {
        Field::Path => true,
        Field::Folders => value.is_empty() || value.ends_with('/'),
        Field::Stem => !value.contains('/'),
        Field::Extension => !value.contains(['/', '.']),
    }
}

/// What is known of a path.
#[derive(Debug, Clone, Copy, Default)]
struct Fields<'a> {
    path: Option<&'a str>,
    folders: Option<&'a str>,
    stem: Option<&'a str>,
    extension: Option<&'a str>,
}

impl<'a> Fields<'a> {
    fn with(mut self, field: Field, value: &'a str) -> Self {
        match field {
            Field::Path => self.path = Some(value),
            Field::Folders => self.folders = Some(value),
            Field::Stem => self.stem = Some(value),
            Field::Extension => self.extension = Some(value),
        }
        self
    }

    fn value(&self, field: Field) -> Option<&'a str> {
        let parts = self.path.map(take_apart);
        match field {
            Field::Path => self.path,
            Field::Folders => parts.map(|(folders, ..)| folders).or(self.folders),
            Field::Stem => parts.map(|(_, stem, _)| stem).or(self.stem),
            Field::Extension => parts.map(|(.., extension)| extension).or(self.extension),
        }
    }

    /// The path that has all of these fields, if there is one.
    fn path(&self) -> Option<String> {
        let path = if let Some(path) = self.path {
            path.to_owned()
        } else {
            let (folders, stem, extension) = (self.folders?, self.stem?, self.extension?);
            let dot = if extension.is_empty() { "" } else { "." };
            format!("{folders}{stem}{dot}{extension}")
        };
        let (folders, stem, extension) = take_apart(&path);
        let agree = [(self.folders, folders), (self.stem, stem), (self.extension, extension)]
            .into_iter()
            .all(|(known, is)| known.is_none_or(|known| known == is));
        agree.then_some(path)
    }
}
