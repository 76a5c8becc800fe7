//! The JPEG segments that are needed to decode pixels (ITU-T T.81, annex B).

/// Copies the segments that decoding needs, up to the end of the picture. Of the application
/// segments, only JFIF's and Adobe's tell how colours are stored; those are written anew. `None`
/// also for a file without code tables, which not every reader knows how to fill in.
pub(super) fn copy(source: &[u8], may_be_progressive: bool) -> Option<Vec<u8>> {
    const JFIF: &[u8] = b"\xFF\xE0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0";
    let mut rest = source.strip_prefix(b"\xFF\xD8")?;
    let mut copy = b"\xFF\xD8".to_vec();
    let (mut scans, mut has_codes) = (0, false);
    loop {
        let (&[fill, marker], after) = rest.split_first_chunk::<2>()?;
        if fill != 0xFF {
            return None;
        }
        match marker {
            // A marker may follow any number of these.
            0xFF => {
                rest = rest.get(1..)?;
                continue;
            }
            0xD9 => break,
            0x01 | 0xD0..=0xD8 => return None,
            _ => {}
        }
        let length = usize::from(u16::from_be_bytes(*after.first_chunk::<2>()?));
        let segment = rest.get(..length + 2)?;
        rest = rest.get(length + 2..)?;
        let payload = segment.get(4..)?;
        match marker {
            0xE0 if payload.starts_with(b"JFIF\0") => copy.extend(JFIF),
            0xEE if payload.starts_with(b"Adobe") => {
                copy.extend(b"\xFF\xEE\0\x0EAdobe\0\x64\0\0\0\0");
                copy.push(*payload.get(11)?);
            }
            // Application segments and comments.
            0xE0..=0xEF | 0xFE => {}
            // Progressive, although that was not asked for; other kinds that few decoders know are
            // refused below.
            0xC2 if !may_be_progressive => return None,
            0xC0..=0xC2 if payload.first() != Some(&8) => return None,
            0xC0..=0xC2 | 0xC4 | 0xDB | 0xDD => {
                has_codes |= marker == 0xC4;
                copy.extend(segment);
            }
            0xDA if has_codes => {
                scans += 1;
                let end = scan_end(rest)?;
                copy.extend(segment);
                copy.extend(rest.get(..end)?);
                rest = rest.get(end..)?;
            }
            _ => return None,
        }
    }
    copy.extend(b"\xFF\xD9");
    (scans > 0).then_some(copy)
}

/// Where the coded data of a scan ends: at the first marker that cannot be part of it.
fn scan_end(data: &[u8]) -> Option<usize> {
    data.windows(2).position(|pair| match *pair {
        [0xFF, next] => !matches!(next, 0 | 0xD0..=0xD7),
        _ => false,
    })
}
