//! Texts of an XMP packet (ISO 16684-1). This is not an XML parser: programs that write pictures
//! write packets of one shape, and others are skipped.

use super::text::{find, join};

/// The texts of a property's list, such as `dc:rights`.
pub(super) fn texts(source: &[u8], property: &str) -> Option<String> {
    let packet = between(source, b"<x:xmpmeta", b"</x:xmpmeta>")?;
    let open = format!("<{property}>");
    let close = format!("</{property}>");
    let mut list = between(packet, open.as_bytes(), close.as_bytes())?;
    let mut texts = Vec::new();
    while let Some(item) = between(list, b"<rdf:li", b"</rdf:li>") {
        if let Some(end) = find(item, b">") {
            let text = item.get(end + 1..).unwrap_or_default();
            texts.push(unescape(&String::from_utf8_lossy(text)));
        }
        let next = find(list, b"</rdf:li>").unwrap_or(list.len());
        list = list.get(next + 1..).unwrap_or_default();
    }
    join(texts.into_iter())
}

fn between<'a>(bytes: &'a [u8], open: &[u8], close: &[u8]) -> Option<&'a [u8]> {
    let start = find(bytes, open)? + open.len();
    let rest = bytes.get(start..)?;
    rest.get(..find(rest, close)?)
}

/// Resolves XML's escapes.
fn unescape(text: &str) -> String {
    let mut parts = text.split('&');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once(';').unwrap_or((part, ""));
        let number = |digits: &str, radix| char::from_u32(u32::from_str_radix(digits, radix).ok()?);
        plain.extend(match name {
            "amp" => Some('&'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            _ => match (name.strip_prefix("#x"), name.strip_prefix('#')) {
                (Some(digits), _) => number(digits, 16),
                (_, Some(digits)) => number(digits, 10),
                _ => None,
            },
        });
        plain.push_str(rest);
    }
    plain
}
