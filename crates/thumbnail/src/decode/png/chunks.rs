//! The chunks of a PNG file (PNG, third edition, 5.3).

use flate2::Crc;

/// What the file begins with.
pub(super) const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1A\n";

/// The chunk that ends every file.
pub(super) const END: &[u8] = b"\0\0\0\0IEND\xAE\x42\x60\x82";

/// A chunk, or as much of it as the file has.
#[derive(Clone, Copy)]
pub(super) struct Chunk<'a> {
    pub(super) name: &'a [u8; 4],
    pub(super) payload: &'a [u8],
    /// With length, name and checksum.
    pub(super) whole: &'a [u8],
    /// Whether the file ends before the chunk does.
    pub(super) is_cut: bool,
}

impl Chunk<'_> {
    /// Whether the checksum is right.
    pub(super) fn is_sound(&self) -> bool {
        !self.is_cut && self.whole.ends_with(&checksum(*self.name, self.payload))
    }
}

/// The checksum of a chunk.
pub(super) fn checksum(name: [u8; 4], payload: &[u8]) -> [u8; 4] {
    let mut crc = Crc::new();
    crc.update(&name);
    crc.update(payload);
    crc.sum().to_be_bytes()
}

/// The length and the name that a chunk begins with.
pub(super) fn head(name: [u8; 4], payload: &[u8]) -> [u8; 8] {
    let [l3, l2, l1, l0] = u32::try_from(payload.len()).unwrap_or(u32::MAX).to_be_bytes();
    let [n0, n1, n2, n3] = name;
    [l3, l2, l1, l0, n0, n1, n2, n3]
}

/// Walks from chunk to chunk.
pub(super) struct Chunks<'a> {
    pub(super) rest: &'a [u8],
}

impl<'a> Chunks<'a> {
    /// The chunks of a file.
    pub(super) fn of(source: &'a [u8]) -> Self {
        Self { rest: source.get(SIGNATURE.len()..).unwrap_or_default() }
    }
}

impl<'a> Iterator for Chunks<'a> {
    type Item = Chunk<'a>;

    fn next(&mut self) -> Option<Chunk<'a>> {
        let (length, after) = self.rest.split_first_chunk::<4>()?;
        let (name, payload) = after.split_first_chunk::<4>()?;
        let length = u32::from_be_bytes(*length) as usize;
        // Length, name and checksum have 12 bytes.
        let (whole, rest) =
            length.checked_add(12).and_then(|length| self.rest.split_at_checked(length)).unzip();
        let chunk = Chunk {
            name,
            payload: payload.get(..length).unwrap_or(payload),
            whole: whole.unwrap_or(self.rest),
            is_cut: whole.is_none(),
        };
        self.rest = rest.unwrap_or_default();
        Some(chunk)
    }
}
