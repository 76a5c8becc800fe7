//! TIFF files with any fields and any strips or tiles, in either byte order, and as BigTIFF (TIFF
//! 6.0, section 2).

/// How the numbers of a file are stored.
#[derive(Debug, Clone, Copy, Default)]
pub struct Order {
    /// The most significant byte comes first.
    pub is_big_endian: bool,
    /// Offsets and lengths have 8 bytes.
    pub is_big_tiff: bool,
}

/// A file with these fields. The fields for the offsets and lengths of the pieces are added. A
/// field of bytes is given as one number for each byte, one of fractions as two for each.
#[must_use]
pub fn tiff(order: Order, fields: &[(u16, &[u64])], pieces: &[Vec<u8>]) -> Vec<u8> {
    let is_tiled = fields.iter().any(|(tag, _)| *tag == 322);
    let head = if order.is_big_tiff { 16 } else { 8 };
    let mut at = head;
    let places: Vec<u64> = pieces
        .iter()
        .map(|piece| {
            let place = at;
            at += piece.len() as u64;
            place
        })
        .collect();
    let lengths: Vec<u64> = pieces.iter().map(|piece| piece.len() as u64).collect();
    let [offsets_tag, lengths_tag] = if is_tiled { [324, 325] } else { [273, 279] };
    let mut fields = fields.to_vec();
    fields.extend([(offsets_tag, places.as_slice()), (lengths_tag, lengths.as_slice())]);
    fields.sort_by_key(|(tag, _)| *tag);

    let pointer = if order.is_big_tiff { 8 } else { 4 };
    // A directory starts at an even offset, for old readers.
    let directory = at.next_multiple_of(2);
    let mut file = if order.is_big_endian { b"MM".to_vec() } else { b"II".to_vec() };
    file.extend(order.number(if order.is_big_tiff { 43 } else { 42 }, 2));
    if order.is_big_tiff {
        file.extend([order.number(8, 2), order.number(0, 2)].concat());
    }
    file.extend(order.number(directory, pointer));
    file.extend(pieces.concat());
    file.resize(usize::try_from(directory).unwrap_or(0), 0);
    file.extend(order.number(fields.len() as u64, if order.is_big_tiff { 8 } else { 2 }));
    let entry = if order.is_big_tiff { 20 } else { 12 };
    let mut tail = Vec::new();
    let tail_at = file.len() + fields.len() * entry + pointer;
    for (tag, values) in fields {
        let (kind, bytes) = match tag {
            256 | 257 | 273 | 278 | 279 | 322..=325 => (4, 4),
            347 | 34_675 => (7, 1),
            // Fractions: two numbers each.
            529 | 532 => (5, 4),
            _ => (3, 2),
        };
        let mut content: Vec<u8> =
            values.iter().flat_map(|&value| order.number(value, bytes)).collect();
        if content.len() > pointer {
            let at = (tail_at + tail.len()) as u64;
            tail.append(&mut content);
            content = order.number(at, pointer);
        }
        content.resize(pointer, 0);
        file.extend([order.number(u64::from(tag), 2), order.number(kind, 2)].concat());
        let count = if kind == 5 { values.len() / 2 } else { values.len() };
        file.extend(order.number(count as u64, pointer));
        file.extend(content);
    }
    file.extend(order.number(0, pointer));
    file.extend(tail);
    file
}

impl Order {
    fn number(self, value: u64, bytes: usize) -> Vec<u8> {
        let mut number: Vec<u8> = value.to_le_bytes().into_iter().take(bytes).collect();
        if self.is_big_endian {
            number.reverse();
        }
        number
    }
}
