//! Recognises PBM, PGM, PPM and PAM. Two letters alone would match many a text, so the numbers
//! after them must be there as well.

/// Whether a file that begins with `P` and a digit is of the PNM family, by its first bytes. At
/// most `seen` bytes of a file are looked at.
pub(super) fn is_pnm(bytes: &[u8], seen: usize) -> bool {
    let Some((&[_, kind, space], mut rest)) = bytes.split_first_chunk::<3>() else {
        return false;
    };
    if kind == b'7' {
        let words: [&[u8]; 6] = [b"#", b"WIDTH ", b"HEIGHT ", b"DEPTH ", b"MAXVAL ", b"TUPLTYPE "];
        return space == b'\n' && words.iter().any(|word| rest.starts_with(word));
    }
    // Text files may well begin with `P1 `.
    let is_separated = match kind {
        b'5' | b'6' => matches!(space, b'\n' | b'\r' | b' ' | b'\t'),
        _ => matches!(space, b'\n' | b'\r'),
    };
    // Width and height, and except for bitmaps the largest sample.
    let numbers = if matches!(kind, b'1' | b'4') { 2 } else { 3 };
    is_separated
        && (0..numbers).all(|_| match number(rest) {
            Some(after) => {
                rest = after;
                true
            }
            // A comment may be longer than the bytes that are looked at.
            None => ends_in_comment(rest) && bytes.len() >= seen,
        })
}

/// Skips space and comments, then a number other than zero and the space after it.
fn number(bytes: &[u8]) -> Option<&[u8]> {
    let bytes = skip_space(bytes);
    let digits = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let is_zero = bytes.iter().take(digits).all(|&byte| byte == b'0');
    let (space, after) = bytes.get(digits..)?.split_first()?;
    (!is_zero && digits <= 10 && (space.is_ascii_whitespace() || *space == b'#')).then_some(after)
}

fn skip_space(mut bytes: &[u8]) -> &[u8] {
    loop {
        match bytes {
            [b'#', rest @ ..] => {
                let comment = rest.iter().take_while(|byte| !matches!(byte, b'\n' | b'\r')).count();
                bytes = rest.get(comment..).unwrap_or_default();
            }
            [space, rest @ ..] if space.is_ascii_whitespace() => bytes = rest,
            _ => return bytes,
        }
    }
}

/// Whether only space and comments are left.
fn ends_in_comment(bytes: &[u8]) -> bool {
    bytes.contains(&b'#') && skip_space(bytes).is_empty()
}
