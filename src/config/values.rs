//! Reads values of settings from text. `None` means a wrong form; the caller reports it.

use std::collections::BTreeSet;
use std::str::FromStr;

use super::rules;
use crate::notification::decode_form;
use crate::reconcile::OnSourceDeleted;
use thumbnail::{FormatChoice, Output};

pub(super) fn number<T: FromStr + PartialOrd>(value: &str, least: T, most: T) -> Option<T> {
    value.parse().ok().filter(|number| (least..=most).contains(number))
}

pub(super) fn format(value: &str) -> Option<FormatChoice> {
    match value {
        "source" => Some(FormatChoice::Source),
        "jpeg" => Some(FormatChoice::Jpeg),
        "png" => Some(FormatChoice::Png),
        "webp" => Some(FormatChoice::WebP),
        _ => None,
    }
}

pub(super) fn on_source_deleted(value: &str) -> Option<OnSourceDeleted> {
    match value {
        "delete" => Some(OnSourceDeleted::Delete),
        "keep" => Some(OnSourceDeleted::Keep),
        _ => None,
    }
}

pub(super) fn metrics(value: &str, on_lambda: bool) -> Option<bool> {
    match value {
        "" => Some(on_lambda),
        "emf" => Some(true),
        "off" => Some(false),
        _ => None,
    }
}

/// A slash alone stands for the empty prefix: an empty value would be an unset one.
pub(super) fn prefix(value: &str) -> Option<String> {
    match value {
        "/" => Some(String::new()),
        _ => (value.ends_with('/') && !value.starts_with('/')).then(|| value.to_owned()),
    }
}

/// `Some(None)` for an empty value. Names follow S3's "General purpose bucket naming rules".
#[expect(clippy::option_option, reason = "refused, given as empty, and given are three things")]
pub(super) fn bucket(value: &str) -> Option<Option<String>> {
    if value.is_empty() {
        return Some(None);
    }
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
    ((3..=63).contains(&value.len()) && value.chars().all(plain)).then(|| Some(value.to_owned()))
}

#[expect(clippy::option_option, reason = "refused, given as empty, and given are three things")]
pub(super) fn url(value: &str) -> Option<Option<String>> {
    if value.is_empty() {
        return Some(None);
    }
    let absolute = value.starts_with("https://") || value.starts_with("http://");
    (absolute && value.chars().all(|c| c.is_ascii_graphic())).then(|| Some(value.to_owned()))
}

/// Names follow the Amazon EventBridge API Reference, `PutEvents`; so do ARNs, which end in a name.
#[expect(clippy::option_option, reason = "refused, given as empty, and given are three things")]
pub(super) fn event_bus(value: &str) -> Option<Option<String>> {
    if value.is_empty() {
        return Some(None);
    }
    let name = match value.split_once(":event-bus/") {
        Some((arn, name)) if arn.starts_with("arn:") && arn.contains(":events:") => name,
        Some(_) => return None,
        None => value,
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
    ((1..=256).contains(&name.len()) && name.chars().all(plain)).then(|| Some(value.to_owned()))
}

/// One of `known`, or `Some(None)` for an empty value.
#[expect(clippy::option_option, reason = "refused, given as empty, and given are three things")]
fn one_of(value: &str, known: &[&'static str]) -> Option<Option<&'static str>> {
    if value.is_empty() {
        return Some(None);
    }
    known.iter().find(|known| **known == value).copied().map(Some)
}

#[expect(clippy::option_option, reason = "refused, given as empty, and given are three things")]
pub(super) fn encryption(value: &str) -> Option<Option<&'static str>> {
    one_of(value, &["AES256", "aws:kms", "aws:kms:dsse"])
}

/// The classes whose objects can be read at once.
#[expect(clippy::option_option, reason = "refused, given as empty, and given are three things")]
pub(super) fn storage_class(value: &str) -> Option<Option<&'static str>> {
    let classes = [
        "STANDARD",
        "STANDARD_IA",
        "INTELLIGENT_TIERING",
        "ONEZONE_IA",
        "GLACIER_IR",
        "REDUCED_REDUNDANCY",
    ];
    one_of(value, &classes)
}

/// S3's canned ACLs for objects, without the one that lets anybody write.
#[expect(clippy::option_option, reason = "refused, given as empty, and given are three things")]
pub(super) fn acl(value: &str) -> Option<Option<&'static str>> {
    let acls = [
        "private",
        "public-read",
        "authenticated-read",
        "bucket-owner-read",
        "bucket-owner-full-control",
    ];
    one_of(value, &acls)
}

#[expect(clippy::option_option, reason = "refused, given as empty, and given are three things")]
pub(super) fn key_id(value: &str) -> Option<Option<String>> {
    let plain = value.chars().all(|c| c.is_ascii_graphic());
    plain.then(|| (!value.is_empty()).then(|| value.to_owned()))
}

/// Tags as a query string, by the bounds of the Amazon S3 User Guide, "Categorizing your objects
/// using tags".
#[expect(clippy::option_option, reason = "refused, given as empty, and given are three things")]
pub(super) fn tags(value: &str) -> Option<Option<String>> {
    if value.is_empty() {
        return Some(None);
    }
    let mut names = BTreeSet::new();
    for tag in value.split('&') {
        let (name, of_tag) = tag.split_once('=')?;
        let (name, of_tag) = (decode_form(name).ok()?, decode_form(of_tag).ok()?);
        let fits = (1..=128).contains(&name.chars().count()) && of_tag.chars().count() <= 256;
        if !fits || name.starts_with("aws:") || !names.insert(name) {
            return None;
        }
    }
    let plain = value.chars().all(|c| c.is_ascii_graphic());
    (plain && names.len() <= 10).then(|| Some(value.to_owned()))
}

pub(super) fn header_value(value: &str) -> Option<String> {
    value.chars().all(|c| c == ' ' || c.is_ascii_graphic()).then(|| value.to_owned())
}

/// Several outputs must each have a name of its own: the names keep their keys apart.
pub(super) fn sizes(value: &str) -> Option<Vec<Size>> {
    let sizes: Vec<Size> = value.split(',').map(size).collect::<Option<_>>()?;
    let mut names: Vec<_> = sizes.iter().map(|size| size.name.as_deref()).collect();
    names.sort_unstable();
    names.dedup();
    let apart = sizes.len() == 1 || (names.len() == sizes.len() && !names.contains(&None));
    apart.then_some(sizes)
}

/// A box that thumbnails are fitted inside, and the folder that they go to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) name: Option<String>,
    pub(super) width: u32,
    pub(super) height: u32,
}

fn size(value: &str) -> Option<Size> {
    let (name, size) = match value.trim().split_once('=') {
        Some((name, size)) => (Some(name), size),
        None => (None, value.trim()),
    };
    if name.is_some_and(|name| !rules::is_name(name)) {
        return None;
    }
    let (width, height) = size.split_once('x')?;
    let pixels = |value: &str| number(value, 1, Output::MAX_SIDE);
    Some(Size { name: name.map(str::to_owned), width: pixels(width)?, height: pixels(height)? })
}
