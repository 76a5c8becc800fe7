//! The directories of a TIFF file, or of another file of this structure, such as a camera's raw file
//! (TIFF 6.0, section 2; and TIFF/EP, ISO 12234-2). They are found and read leniently, and what they
//! say is not judged.

/// The most directories of a file that are read: raw files have up to ten.
const MAX_DIRECTORIES: usize = 64;

/// The tag of further directories.
const SUB_DIRECTORIES: u16 = 330;

/// Bytes of a directory's entry: tag, type, count, and the values or where they are.
const ENTRY_BYTES: usize = 12;

/// Types of fields: text, and integers of 16 and 32 bits.
const ASCII: u16 = 2;
const SHORT: u16 = 3;
const LONG: u16 = 4;
const SIGNED_SHORT: u16 = 8;
const SIGNED_LONG: u16 = 9;

/// A file of directories.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Directories<'a> {
    bytes: &'a [u8],
    is_big: bool,
}

/// A directory: a list of fields, each with a tag.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Directory<'a> {
    file: Directories<'a>,
    /// The position of the first entry.
    start: usize,
    count: usize,
}

/// Where a field's value is, and its type.
struct Field {
    kind: u16,
    place: usize,
    length: usize,
}

impl<'a> Directories<'a> {
    /// Recognises a file by its byte order. The version after it is the caller's matter.
    pub(crate) fn of(bytes: &'a [u8]) -> Option<Self> {
        let is_big = bytes.starts_with(b"MM");
        (is_big || bytes.starts_with(b"II")).then_some(Self { bytes, is_big })
    }

    /// The file from a position on, which other positions in it are relative to.
    pub(crate) fn from(self, start: usize) -> Option<Self> {
        Some(Self { bytes: self.bytes.get(start..)?, ..self })
    }

    /// Whether it has TIFF's own version, 42.
    pub(crate) fn is_tiff(self) -> bool {
        self.short(2) == Some(42)
    }

    /// The first directory.
    pub(crate) fn first(self) -> Option<Directory<'a>> {
        self.at(self.long(4)?)
    }

    /// Every directory: the first, those that follow it, and those that belong to one of them.
    pub(crate) fn all(self) -> Vec<Directory<'a>> {
        let mut places = vec![self.long(4).unwrap_or(0)];
        let mut found = Vec::new();
        let mut number = 0;
        while let Some(&place) = places.get(number) {
            number += 1;
            let Some(directory) = self.at(place) else { continue };
            for other in directory.others() {
                if places.len() < MAX_DIRECTORIES && !places.contains(&other) {
                    places.push(other);
                }
            }
            found.push(directory);
        }
        found
    }

    /// The directory at a position.
    pub(crate) fn at(self, place: usize) -> Option<Directory<'a>> {
        let count = usize::from(self.short(place)?);
        (place > 0).then_some(Directory { file: self, start: place + 2, count })
    }

    /// Whether the file has so many bytes.
    pub(crate) fn holds(self, length: usize) -> bool {
        length <= self.bytes.len()
    }

    /// A part of the file, as far as the file holds it.
    pub(crate) fn part(self, start: usize, length: usize) -> Option<&'a [u8]> {
        let part = self.bytes.get(start..)?;
        part.get(..length).or(Some(part))
    }

    fn short(self, at: usize) -> Option<u16> {
        let bytes = *self.bytes.get(at..)?.first_chunk()?;
        Some(if self.is_big { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) })
    }

    fn long(self, at: usize) -> Option<usize> {
        let bytes = *self.bytes.get(at..)?.first_chunk()?;
        let number =
            if self.is_big { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) };
        usize::try_from(number).ok()
    }
}

impl<'a> Directory<'a> {
    /// The first number of a field of integers.
    pub(crate) fn number(&self, tag: u16) -> Option<usize> {
        self.numbers(tag)?.next()
    }

    /// The numbers of a field of integers.
    pub(crate) fn numbers(&self, tag: u16) -> Option<impl Iterator<Item = usize> + use<'a>> {
        let Field { kind, place, length } = self.field(tag)?;
        let width = width(kind).filter(|_| matches!(kind, 1 | 3 | 4 | 13))?;
        let file = self.file;
        let places = (place..place.checked_add(length)?).step_by(width);
        Some(places.map_while(move |at| match width {
            1 => file.bytes.get(at).map(|&byte| usize::from(byte)),
            2 => file.short(at).map(usize::from),
            _ => file.long(at),
        }))
    }

    /// The text of a field, if the file holds the whole of it.
    pub(crate) fn text(&self, tag: u16) -> Option<&'a [u8]> {
        let Field { kind, place, length } = self.field(tag)?;
        let text = self.file.bytes.get(place..place.checked_add(length)?)?;
        (kind == ASCII).then_some(text)
    }

    /// A field with one integer of 16 or 32 bits, which is stored in the entry. Its sign does not
    /// count.
    pub(crate) fn integer(&self, tag: u16) -> Option<usize> {
        let entry = self.entry(tag)?;
        match self.file.short(entry + 2)? {
            SHORT | SIGNED_SHORT => self.file.short(entry + 8).map(usize::from),
            LONG | SIGNED_LONG => self.file.long(entry + 8),
            _ => None,
        }
    }

    /// The value of a field as bytes, as far as the file holds it.
    pub(crate) fn bytes(&self, tag: u16) -> Option<&'a [u8]> {
        let Field { place, length, .. } = self.field(tag)?;
        self.file.part(place, length)
    }

    /// Where the value of a field begins.
    pub(crate) fn place(&self, tag: u16) -> Option<usize> {
        Some(self.field(tag)?.place)
    }

    /// Whether an entry, the value of one, or another directory lies beyond the end of the file.
    pub(crate) fn is_cut(&self) -> bool {
        let end = self.start + self.count * ENTRY_BYTES;
        let holds = |end: Option<usize>| end.is_some_and(|end| self.file.holds(end));
        let mut values = (self.start..end).step_by(ENTRY_BYTES).filter_map(|at| self.value(at));
        !holds(Some(end))
            || values.any(|value| !holds(value.place.checked_add(value.length)))
            || self.others().any(|other| !holds(other.checked_add(2)))
    }

    /// The positions of the directory that follows, and of those that belong to this one.
    fn others(&self) -> impl Iterator<Item = usize> + use<'a> {
        let next = self.file.long(self.start + self.count * ENTRY_BYTES);
        let own = self.numbers(SUB_DIRECTORIES).into_iter().flatten().take(MAX_DIRECTORIES);
        next.into_iter().chain(own)
    }

    /// A position that is stored in place of a field's value, whatever the type of the value is.
    pub(crate) fn position(&self, tag: u16) -> Option<usize> {
        self.file.long(self.entry(tag)? + 8)
    }

    fn field(&self, tag: u16) -> Option<Field> {
        self.value(self.entry(tag)?)
    }

    /// The value of an entry.
    fn value(&self, entry: usize) -> Option<Field> {
        let file = self.file;
        let kind = file.short(entry + 2)?;
        let length = file.long(entry + 4)?.checked_mul(width(kind)?)?;
        // A value of up to four bytes is stored in place of its position.
        let place = if length > 4 { file.long(entry + 8)? } else { entry + 8 };
        Some(Field { kind, place, length })
    }

    /// Where the entry of a field is.
    fn entry(&self, tag: u16) -> Option<usize> {
        let mut entries = (0..self.count).map(|number| self.start + number * ENTRY_BYTES);
        entries.find(|&entry| self.file.short(entry) == Some(tag))
    }
}

/// Bytes of a value by its type.
fn width(kind: u16) -> Option<usize> {
    match kind {
        1 | 2 | 6 | 7 => Some(1),
        3 | 8 => Some(2),
        4 | 9 | 11 | 13 => Some(4),
        5 | 10 | 12 => Some(8),
        _ => None,
    }
}
