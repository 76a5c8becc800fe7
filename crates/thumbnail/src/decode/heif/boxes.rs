//! Boxes and the big-endian numbers in them (ISO/IEC 14496-12, 4.2).

/// Splits a box into its type and payload, and what follows it. `None` if it is longer than
/// `bytes`.
pub(in crate::decode) fn split_box(bytes: &[u8]) -> Option<([u8; 4], &[u8], &[u8])> {
    let mut fields = Fields::new(bytes);
    let length = fields.number(4)?;
    let kind = fields.bytes()?;
    let length = match length {
        // The box extends to the end of its parent.
        0 => bytes.len(),
        1 => usize::try_from(fields.number(8)?).ok()?,
        length => usize::try_from(length).ok()?,
    };
    let header = bytes.len() - fields.rest().len();
    let (whole, rest) = bytes.split_at_checked(length)?;
    Some((kind, whole.get(header..)?, rest))
}

/// The first box of a type in `bytes`: its payload.
pub(in crate::decode) fn find_box(mut bytes: &[u8], wanted: [u8; 4]) -> Option<&[u8]> {
    loop {
        let (kind, payload, after) = split_box(bytes)?;
        if kind == wanted {
            return Some(payload);
        }
        bytes = after;
    }
}

/// The version and flags that most boxes start with.
pub(super) fn version_and_flags(fields: &mut Fields<'_>) -> Option<(u8, u32)> {
    let [version, flags @ ..] = fields.bytes::<4>()?;
    let [high, middle, low] = flags;
    Some((version, u32::from_be_bytes([0, high, middle, low])))
}

/// Reads numbers one after the other.
#[derive(Clone)]
pub(super) struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The bytes that were not read yet.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.0
    }

    pub(super) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    pub(super) fn bytes<const COUNT: usize>(&mut self) -> Option<[u8; COUNT]> {
        self.take(COUNT)?.try_into().ok()
    }

    /// A number of `width` bytes, at most 8; 0 if `width` is 0.
    pub(super) fn number(&mut self, width: usize) -> Option<u64> {
        let bytes = self.take(width)?;
        Some(bytes.iter().fold(0, |number, &byte| number << 8 | u64::from(byte)))
    }

    /// The ID of an item.
    pub(super) fn id(&mut self, is_wide: bool) -> Option<u32> {
        u32::try_from(self.number(if is_wide { 4 } else { 2 })?).ok()
    }
}
