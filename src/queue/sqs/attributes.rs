//! The message attributes of a rejection, within the limits of SQS. Nothing is sent here.

use crate::queue::Rejection;

/// The most characters of the error that are kept.
const MAX_DETAIL: usize = 1000;
/// The most bytes of a message, attributes included (Amazon SQS Developer Guide, "Amazon SQS
/// message quotas"). Queues made before August 2025, and many servers that are not AWS, have the
/// smaller limit: a body that fits it may come from one of those.
const MAX_BYTES: usize = 1024 * 1024;
const MAX_BYTES_OF_OLD: usize = 256 * 1024;
/// The data type of each attribute; it counts towards the size.
pub(super) const STRING: &str = "String";

/// The attributes for a message whose body has `body_bytes`, the most important first. Unknown ones
/// are left out, and so are those that would make the message too large: the body must stay whole.
pub(super) fn of(rejection: &Rejection, body_bytes: usize) -> Vec<(&'static str, String)> {
    let limit = if body_bytes > MAX_BYTES_OF_OLD { MAX_BYTES } else { MAX_BYTES_OF_OLD };
    let mut room = limit.saturating_sub(body_bytes);
    let mut attributes = texts(rejection);
    attributes.retain(|(name, text)| {
        let left = room.checked_sub(name.len() + STRING.len() + text.len());
        room = left.unwrap_or(room);
        left.is_some()
    });
    attributes
}

/// Names and values. Empty values are left out: SQS refuses them, and they say nothing.
fn texts(rejection: &Rejection) -> Vec<(&'static str, String)> {
    let object = rejection.object.as_ref();
    let all = [
        ("reason", rejection.reason),
        ("bucket", object.map_or("", |object| &object.bucket)),
        ("key", object.map_or("", |object| &object.key)),
        ("etag", rejection.etag.as_deref().unwrap_or("")),
        ("detail", &rejection.detail),
    ];
    let told = all.into_iter().filter(|(_, text)| !text.is_empty());
    told.map(|(name, text)| {
        let longest = if name == "detail" { MAX_DETAIL } else { usize::MAX };
        (name, printable(text).chars().take(longest).collect())
    })
    .collect()
}

/// Escapes control characters, as [`ObjectRef`](crate::object::ObjectRef) does in keys, and the two
/// other characters that SQS refuses.
fn printable(text: &str) -> String {
    let mut printable = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() || matches!(character, '\u{fffe}' | '\u{ffff}') {
            printable.extend(character.escape_default());
        } else {
            printable.push(character);
        }
    }
    printable
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::ObjectRef;

    fn rejection(key: &str, detail: &str) -> Rejection {
        Rejection {
            reason: "corrupt",
            object: Some(ObjectRef::new("pictures", key)),
            etag: Some("abc".to_owned()),
            detail: detail.to_owned(),
        }
    }

    #[test]
    fn what_is_not_known_is_absent() {
        let told = of(&Rejection { reason: "not_understood", ..Rejection::default() }, 10);
        assert_eq!(told, [("reason", "not_understood".to_owned())]);
        let all = of(&rejection("images/a.jpg", "cut short"), 10);
        let names: Vec<_> = all.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["reason", "bucket", "key", "etag", "detail"]);
    }

    #[test]
    fn characters_that_sqs_refuses_are_escaped() {
        let told = of(&rejection("images/a\0\n\u{7f}\u{ffff}é😀", "x"), 10);
        assert_eq!(told[2].1, "images/a\\u{0}\\n\\u{7f}\\u{ffff}é😀");
    }

    #[test]
    fn a_long_detail_is_cut_between_characters() {
        let told = of(&rejection("images/a.jpg", &"é".repeat(5000)), 10);
        assert_eq!(told[4].1, "é".repeat(1000));
    }

    #[test]
    fn what_would_make_the_message_too_large_is_left_out() {
        let rejection = rejection("images/a.jpg", &"d".repeat(900));
        let names = |body_bytes| -> Vec<_> {
            of(&rejection, body_bytes).into_iter().map(|(name, _)| name).collect()
        };
        assert_eq!(names(MAX_BYTES_OF_OLD - 500), ["reason", "bucket", "key", "etag"]);
        assert_eq!(names(MAX_BYTES_OF_OLD - 10), [""; 0]);
        // A body this large comes from a queue with the larger limit.
        assert_eq!(names(MAX_BYTES_OF_OLD + 1).len(), 5);
        assert_eq!(names(MAX_BYTES), [""; 0]);
        for body in [MAX_BYTES_OF_OLD - 990, MAX_BYTES_OF_OLD - 30, MAX_BYTES - 40] {
            let told = of(&rejection, body);
            let bytes: usize = told.iter().map(|(name, value)| name.len() + 6 + value.len()).sum();
            let limit = if body > MAX_BYTES_OF_OLD { MAX_BYTES } else { MAX_BYTES_OF_OLD };
            assert!(body + bytes <= limit, "{body} + {bytes}");
        }
    }
}
