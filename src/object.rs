//! Where pictures lie and where their thumbnails go: buckets, keys, and the check that keeps the
//! service from making thumbnails of thumbnails. This module computes names; it does not access S3.

mod former;
pub mod pattern;

use std::fmt;

use globset::GlobSet;

use pattern::{Constants, Pattern};

/// The longest key S3 takes, in bytes of UTF-8 (Amazon S3 User Guide, "Naming Amazon S3 objects").
pub const MAX_KEY_BYTES: usize = 1024;

/// An object's address: a bucket and a key. The key is not encoded in any way.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectRef {
    /// The bucket's name.
    pub bucket: String,
    /// The object's key.
    pub key: String,
}

impl ObjectRef {
    /// The object `key` of `bucket`.
    pub fn new(bucket: impl Into<String>, key: impl Into<String>) -> Self {
        Self { bucket: bucket.into(), key: key.into() }
    }
}

impl fmt::Display for ObjectRef {
    /// `s3://bucket/key`, with control characters escaped: an uploader chooses the key, and it must
    /// not be able to begin a new line in a log.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "s3://{}/", self.bucket)?;
        self.key.chars().try_for_each(|character| {
            if character.is_control() {
                write!(formatter, "{}", character.escape_default())
            } else {
                write!(formatter, "{character}")
            }
        })
    }
}

/// What a key is to this service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Role {
    /// A source: its thumbnails are kept up to date.
    Source {
        /// The index of the rule that it falls under.
        rule: usize,
        /// Where its thumbnails belong, in the order of the rule's outputs.
        thumbnails: Vec<ObjectRef>,
        /// Where its manifest belongs, if it has one.
        manifest: Option<ObjectRef>,
    },
    /// A key that gets no thumbnails, and why.
    Excluded(Exclusion),
}

/// Why a key gets no thumbnails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Exclusion {
    /// The key lies under an output prefix: it is one of our own thumbnails.
    OwnOutput,
    /// The key does not lie under the source prefix.
    OutsideSourcePrefix,
    /// The key ends in `/`: a folder marker, as the S3 console creates it, and not a picture.
    FolderMarker,
    /// No rule includes the key, or the first rule that includes it also excludes it.
    NoRule,
}

/// Which keys are sources and where their thumbnails go.
#[derive(Debug, Clone)]
pub struct Layout {
    source_prefix: String,
    thumbnail_bucket: Option<String>,
    thumbnail_prefix: String,
    rules: Vec<Placement>,
    former: Vec<Placement>,
}

/// Which sources a rule applies to, and where it puts their thumbnails. Globs match, and patterns
/// make, the part of a key after its prefix.
#[derive(Debug, Clone)]
pub struct Placement {
    /// The paths that the rule applies to; `None` is all.
    pub include: Option<GlobSet>,
    /// The paths among them that get no thumbnails.
    pub exclude: GlobSet,
    /// Where each output goes.
    pub thumbnails: Vec<Pattern>,
    /// Where the manifest goes, if there is one.
    pub manifest: Option<Pattern>,
}

impl Placement {
    /// Keeps the source's path in the thumbnail's key, in a folder for each output that has a name.
    #[must_use]
    pub fn in_folders<'a>(names: impl IntoIterator<Item = Option<&'a str>>) -> Self {
        let pattern = |name: Option<&str>| {
            let text = if name.is_some() { "{size}/{path}" } else { "{path}" };
            let constants =
                Constants { size: name.unwrap_or_default(), width: 0, height: 0, extension: None };
            Pattern::parse(text, constants).ok()
        };
        Self {
            include: None,
            exclude: GlobSet::empty(),
            thumbnails: names.into_iter().filter_map(pattern).collect(),
            manifest: None,
        }
    }

    fn patterns(&self) -> impl Iterator<Item = &Pattern> {
        self.thumbnails.iter().chain(&self.manifest)
    }
}

/// Why a layout is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LayoutError {
    /// In one bucket, one of two prefixes lies under the other.
    #[error(
        "thumbnails under {output:?} and pictures under {source_prefix:?} overlap in the same \
         bucket: a thumbnail could become a picture to make thumbnails of; give the thumbnails a \
         bucket of their own (THUMBNAIL_BUCKET), or prefixes of which neither begins with the other"
    )]
    Overlap {
        /// The prefix that pictures lie under.
        source_prefix: String,
        /// The prefix that one output's thumbnails lie under.
        output: String,
    },
    /// Two patterns could give two thumbnails the same key.
    #[error("{one:?} and {other:?} could give two thumbnails the same key")]
    SharedKey {
        /// One pattern.
        one: String,
        /// The other.
        other: String,
    },
}

impl Layout {
    /// Sources lie under `source_prefix`, and their thumbnails go under `thumbnail_prefix`. The
    /// first of `rules` that includes a source places its thumbnails. `thumbnail_bucket` is `None`
    /// when thumbnails stay in their source's bucket.
    ///
    /// Refuses prefixes that overlap in one bucket, in either direction, and rules that could give
    /// two thumbnails the same key.
    pub fn new(
        source_prefix: &str,
        thumbnail_prefix: &str,
        thumbnail_bucket: Option<&str>,
        rules: Vec<Placement>,
    ) -> Result<Self, LayoutError> {
        let layout = Self {
            source_prefix: source_prefix.to_owned(),
            thumbnail_bucket: thumbnail_bucket.map(str::to_owned),
            thumbnail_prefix: thumbnail_prefix.to_owned(),
            rules,
            former: Vec::new(),
        };
        let overlapping = layout.output_prefixes().find(|output| {
            output.starts_with(source_prefix) || source_prefix.starts_with(output.as_str())
        });
        if let (None, Some(output)) = (thumbnail_bucket, overlapping) {
            let source_prefix = source_prefix.to_owned();
            return Err(LayoutError::Overlap { source_prefix, output });
        }
        layout.check_keys()?;
        Ok(layout)
    }

    /// A picture falls under one rule only, so two rules may have the same pattern. Any other two
    /// patterns must never make the same key.
    fn check_keys(&self) -> Result<(), LayoutError> {
        let placed =
            |(number, rule)| Placement::patterns(rule).map(move |pattern| (number, pattern));
        let patterns: Vec<(usize, &Pattern)> =
            self.rules.iter().enumerate().flat_map(placed).collect();
        for (place, (rule, one)) in patterns.iter().enumerate() {
            for (other_rule, other) in patterns.iter().skip(place + 1) {
                let same_by_another_rule = rule != other_rule && one == other;
                if !same_by_another_rule && one.meets(other) {
                    let (one, other) = (one.to_string(), other.to_string());
                    return Err(LayoutError::SharedKey { one, other });
                }
            }
        }
        Ok(())
    }

    fn output_prefixes(&self) -> impl Iterator<Item = String> {
        let patterns = self.rules.iter().flat_map(Placement::patterns);
        patterns.map(|pattern| format!("{}{}", self.thumbnail_prefix, pattern.beginning()))
    }

    /// What the keys of all sources begin with.
    #[must_use]
    pub fn source_prefix(&self) -> &str {
        &self.source_prefix
    }

    /// What the keys of all thumbnails begin with.
    #[must_use]
    pub fn thumbnail_prefix(&self) -> &str {
        &self.thumbnail_prefix
    }

    /// The bucket of all thumbnails; `None` when they lie in their source's bucket.
    #[must_use]
    pub fn thumbnail_bucket(&self) -> Option<&str> {
        self.thumbnail_bucket.as_deref()
    }

    /// What `object` is, and where its thumbnails belong if it is a source.
    #[must_use]
    pub fn role(&self, object: &ObjectRef) -> Role {
        let bucket = self.thumbnail_bucket.as_ref().unwrap_or(&object.bucket);
        if object.bucket == *bucket
            && self.output_prefixes().any(|output| object.key.starts_with(output.as_str()))
        {
            return Role::Excluded(Exclusion::OwnOutput);
        }
        let Some(path) = object.key.strip_prefix(&self.source_prefix) else {
            return Role::Excluded(Exclusion::OutsideSourcePrefix);
        };
        if path.is_empty() || path.ends_with('/') {
            return Role::Excluded(Exclusion::FolderMarker);
        }
        let includes =
            |rule: &Placement| rule.include.as_ref().is_none_or(|set| set.is_match(path));
        let Some((rule, placement)) =
            self.rules.iter().enumerate().find(|(_, rule)| includes(rule))
        else {
            return Role::Excluded(Exclusion::NoRule);
        };
        if placement.exclude.is_match(path) {
            return Role::Excluded(Exclusion::NoRule);
        }
        let place = |pattern: &Pattern| {
            ObjectRef::new(bucket, format!("{}{}", self.thumbnail_prefix, pattern.key(path)))
        };
        Role::Source {
            rule,
            thumbnails: placement.thumbnails.iter().map(place).collect(),
            manifest: placement.manifest.as_ref().map(place),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folders(names: &[Option<&str>]) -> Vec<Placement> {
        vec![Placement::in_folders(names.iter().copied())]
    }

    fn thumbnails(role: Role) -> Vec<ObjectRef> {
        match role {
            Role::Source { thumbnails, .. } => thumbnails,
            Role::Excluded(exclusion) => panic!("{exclusion:?}"),
        }
    }

    fn layout(bucket: Option<&str>, names: &[Option<&str>]) -> Layout {
        Layout::new("images/", "thumbnails/", bucket, folders(names)).unwrap()
    }

    #[test]
    fn a_thumbnail_keeps_its_sources_path_and_extension() {
        let role = layout(None, &[None]).role(&ObjectRef::new("pictures", "images/a/b.tiff"));
        let expected = vec![ObjectRef::new("pictures", "thumbnails/a/b.tiff")];
        assert_eq!(thumbnails(role), expected);
    }

    #[test]
    fn named_outputs_each_have_a_folder_in_the_configured_bucket() {
        let role = layout(Some("thumbs"), &[Some("small"), Some("large")])
            .role(&ObjectRef::new("pictures", "images/a.jpg"));
        let expected = vec![
            ObjectRef::new("thumbs", "thumbnails/small/a.jpg"),
            ObjectRef::new("thumbs", "thumbnails/large/a.jpg"),
        ];
        assert_eq!(thumbnails(role), expected);
    }

    #[test]
    fn keys_that_are_not_pictures_to_look_after_are_excluded() {
        let cases = [
            ("thumbnails/a.jpg", Exclusion::OwnOutput),
            ("thumbnails/", Exclusion::OwnOutput),
            ("images/", Exclusion::FolderMarker),
            ("images/holiday/", Exclusion::FolderMarker),
            ("image", Exclusion::OutsideSourcePrefix),
            ("Images/a.jpg", Exclusion::OutsideSourcePrefix),
        ];
        for (key, exclusion) in cases {
            let role = layout(None, &[None]).role(&ObjectRef::new("pictures", key));
            assert_eq!(role, Role::Excluded(exclusion), "{key}");
        }
    }

    #[test]
    fn a_thumbnail_is_never_a_source_even_where_another_bucket_shares_the_prefix() {
        let layout = Layout::new("a/", "a/", Some("thumbs"), folders(&[None])).unwrap();
        let own = layout.role(&ObjectRef::new("thumbs", "a/x.jpg"));
        assert_eq!(own, Role::Excluded(Exclusion::OwnOutput));
        let source = layout.role(&ObjectRef::new("pictures", "a/x.jpg"));
        assert_eq!(thumbnails(source), [ObjectRef::new("thumbs", "a/x.jpg")]);
    }

    #[test]
    fn prefixes_that_overlap_in_one_bucket_are_refused_both_ways() {
        let cases: [(&str, &str, &[Option<&str>]); 5] = [
            ("images/", "images/thumbnails/", &[None]),
            ("images/", "images/", &[None]),
            ("thumbnails/originals/", "thumbnails/", &[None]),
            ("", "thumbnails/", &[None]),
            ("thumbnails/small/in/", "thumbnails/", &[Some("large"), Some("small")]),
        ];
        for (source, thumbnail, names) in cases {
            let refused = Layout::new(source, thumbnail, None, folders(names));
            assert!(refused.is_err(), "{source:?} {thumbnail:?}");
        }
        assert!(Layout::new("t/originals/", "t/", None, folders(&[Some("small")])).is_ok());
    }

    /// Four places under one prefix: two outputs of one rule, the manifest, and another rule's
    /// output.
    fn four_places() -> Vec<Placement> {
        vec![
            Placement {
                manifest: Some(pattern("lists/{path}")),
                ..rule(Some(&["**/*.jpg"]), &[], &["small/{path}", "large/{path}"])
            },
            rule(None, &[], &["rest/{path}"]),
        ]
    }

    const FOUR_PREFIXES: [&str; 4] = ["small/", "large/", "lists/", "rest/"];

    #[test]
    fn what_lies_under_the_prefix_of_any_output_is_never_a_source() {
        // Everything in either bucket lies under the source prefix, but not everything in the
        // thumbnails' bucket is a thumbnail.
        let layout = Layout::new("", "", Some("thumbs"), four_places()).unwrap();
        for prefix in FOUR_PREFIXES {
            for key in [format!("{prefix}x.jpg"), prefix.to_owned()] {
                let own = layout.role(&ObjectRef::new("thumbs", &key));
                assert_eq!(own, Role::Excluded(Exclusion::OwnOutput), "{key}");
            }
            let key = format!("{prefix}x.jpg");
            assert_eq!(thumbnails(layout.role(&ObjectRef::new("pictures", key))).len(), 2);
            let other = layout.role(&ObjectRef::new("thumbs", format!("other/{prefix}x.jpg")));
            assert_eq!(thumbnails(other).len(), 2, "under no output's prefix");
        }
    }

    #[test]
    fn the_prefix_of_any_output_may_be_the_one_that_overlaps() {
        for prefix in FOUR_PREFIXES {
            for source in [format!("t/{prefix}"), format!("t/{prefix}originals/")] {
                let refused = Layout::new(&source, "t/", None, four_places()).unwrap_err();
                let output = format!("t/{prefix}");
                assert_eq!(refused, LayoutError::Overlap { source_prefix: source, output });
            }
            // Two buckets keep them apart.
            let source = format!("t/{prefix}");
            assert!(Layout::new(&source, "t/", Some("thumbs"), four_places()).is_ok());
        }
        assert!(Layout::new("t/originals/", "t/", None, four_places()).is_ok());
    }

    fn globs(globs: &[&str]) -> GlobSet {
        let mut set = globset::GlobSetBuilder::new();
        for glob in globs {
            set.add(globset::Glob::new(glob).unwrap());
        }
        set.build().unwrap()
    }

    fn pattern(text: &str) -> Pattern {
        let constants = Constants { size: "s", width: 1, height: 1, extension: None };
        Pattern::parse(text, constants).unwrap()
    }

    fn rule(include: Option<&[&str]>, exclude: &[&str], outputs: &[&str]) -> Placement {
        Placement {
            include: include.map(globs),
            exclude: globs(exclude),
            thumbnails: outputs.iter().map(|text| pattern(text)).collect(),
            manifest: None,
        }
    }

    #[test]
    fn the_first_rule_that_includes_a_picture_is_its_rule() {
        let rules = vec![
            rule(Some(&["avatars/**"]), &["**/*.tmp"], &["face/{path}"]),
            rule(Some(&["**/*.jpg"]), &[], &["{path}"]),
        ];
        let layout = Layout::new("in/", "out/", None, rules);
        // The second rule could write to a key of the first.
        assert!(matches!(layout, Err(LayoutError::SharedKey { .. })), "{layout:?}");
        let rules = vec![
            rule(Some(&["avatars/**"]), &["**/*.tmp"], &["face/{path}"]),
            Placement {
                manifest: Some(pattern("lists/{path}")),
                ..rule(Some(&["**/*.jpg"]), &[], &["all/{path}"])
            },
        ];
        let layout = Layout::new("in/", "out/", None, rules).unwrap();
        let role = |key: &str| layout.role(&ObjectRef::new("b", key));
        let at = |key: &str| ObjectRef::new("b", key);
        let face = Role::Source {
            rule: 0,
            thumbnails: vec![at("out/face/avatars/a.jpg")],
            manifest: None,
        };
        assert_eq!(role("in/avatars/a.jpg"), face);
        let all = Role::Source {
            rule: 1,
            thumbnails: vec![at("out/all/x/a.jpg")],
            manifest: Some(at("out/lists/x/a.jpg")),
        };
        assert_eq!(role("in/x/a.jpg"), all);
        assert_eq!(role("in/avatars/a.tmp"), Role::Excluded(Exclusion::NoRule));
        assert_eq!(role("in/a.png"), Role::Excluded(Exclusion::NoRule));
    }

    #[test]
    fn two_rules_may_share_a_pattern_since_no_picture_falls_under_both() {
        let rules =
            || [rule(Some(&["a/**"]), &[], &["{path}"]), rule(None, &[], &["{path}"])].into();
        assert!(Layout::new("in/", "out/", None, rules()).is_ok());
        let twice = vec![rule(None, &[], &["{path}", "{path}"])];
        assert!(Layout::new("in/", "out/", None, twice).is_err());
    }

    #[test]
    fn a_key_cannot_start_a_line_of_its_own_where_it_is_shown() {
        let shown = ObjectRef::new("b", "images/a\n{\"level\":\"ERROR\"}\r\u{1b}[31m").to_string();
        assert!(!shown.chars().any(char::is_control), "{shown}");
        assert!(shown.contains("\\n"));
    }
}
