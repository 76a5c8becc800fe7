//! Why an upload has no thumbnail, in words for people who do not know file formats. The page shows
//! the function's exact reason beside them.

use crate::upload::Outcome;

/// Plain words for a reason, by its name in the function's log; `None` if its own words are plain.
pub(crate) fn plain(outcome: Outcome, code: Option<&str>) -> Option<&'static str> {
    Some(match (outcome, code?) {
        (Outcome::Skipped, _) => return None,
        (_, "not_a_picture") => "It is named like a picture, but there is none in it.",
        (_, "undecodable") => {
            "The file is damaged: it begins like a picture and does not go on as one."
        }
        (_, "truncated") => "The file ends before the picture does.",
        (_, "unsupported") => "A good picture, but of a kind that cannot be read here.",
        (_, "too_many_pixels") => "The picture has more pixels than are allowed.",
        (_, "too_many_bytes") => "The file is larger than is allowed.",
        (_, "too_much_memory") => "The picture would take more memory than there is.",
        (_, "too_many_scans" | "too_many_parts") => {
            "The file is in more pieces than any ordinary picture, and would take too long."
        }
        (_, "too_slow") => "The picture took too long.",
        (_, "archived") => "The file is in an archive, and must be restored first.",
        (_, "customer_key" | "key_denied") => "The file is encrypted, and its key is not here.",
        (_, "panicked" | "decoder_failed") => {
            "A decoder gave up on it. The other pictures were not affected."
        }
        _ => return None,
    })
}
