//! Whether a file is a PBM, PGM, PPM or PAM. Two letters alone would take many a text for one, so
//! that the numbers behind them must be there too.

/// Whether a file that begins with `P` and a digit is of the PNM family, by its first bytes, of
/// which `seen` are looked at.
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
    // Width and height, and the largest sample, which bitmaps have not.
    let numbers = if matches!(kind, b'1' | b'4') { 2 } else { 3 };
    is_separated
        && (0..numbers).all(|_| match number(rest) {
            Some(after) => {
                rest = after;
                true
            }
            // A comment may be longer than what is seen of the file.
            None => ends_in_comment(rest) && bytes.len() >= seen,
        })
}

/// Skips space and comments, then a number other than zero and the byte of space behind it.
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

/// Whether nothing but space and comments is left.
fn ends_in_comment(bytes: &[u8]) -> bool {
    bytes.contains(&b'#') && skip_space(bytes).is_empty()
}
