//! Where pictures are and where their thumbnails go: buckets, keys, and the guard that never makes
//! a thumbnail of a thumbnail. It is arithmetic on names, not access to S3.

use std::fmt;

/// The longest key S3 takes, in bytes of UTF-8 (Amazon S3 User Guide, "Naming Amazon S3 objects").
pub const MAX_KEY_BYTES: usize = 1024;

/// An object's address: a bucket and a key, the key as it is and not encoded in any way.
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
    /// `s3://bucket/key`, with control characters escaped: a key is whatever an uploader chose, and
    /// must not be able to begin a line of its own in a log.
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
    /// A picture to look after.
    Source {
        /// Where its thumbnails belong, in the order of the outputs.
        thumbnails: Vec<ObjectRef>,
    },
    /// Nothing to look after, and why.
    Excluded(Exclusion),
}

/// Why a key is not looked after.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Exclusion {
    /// The key lies under an output prefix: it is one of our own thumbnails.
    OwnOutput,
    /// The key does not lie under the source prefix.
    OutsideSourcePrefix,
    /// The key ends in `/`: a folder as the S3 console makes it, with no picture in it.
    FolderMarker,
}

/// Which keys are sources and where their thumbnails go.
///
/// A thumbnail's key is its source's with the source prefix replaced by the output's, extension and
/// all, so that two sources can never share one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    source_prefix: String,
    thumbnail_bucket: Option<String>,
    output_prefixes: Vec<String>,
}

/// Two prefixes of which one lies under the other, in one bucket.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "thumbnails under {output:?} and pictures under {source_prefix:?} overlap in the same bucket: \
     a thumbnail could become a picture to make thumbnails of"
)]
pub struct Overlap {
    /// The prefix that pictures lie under.
    pub source_prefix: String,
    /// The prefix that one output's thumbnails lie under.
    pub output: String,
}

impl Layout {
    /// Thumbnails of `source_prefix` under `thumbnail_prefix`, and under a folder of each output's
    /// name where it has one. `thumbnail_bucket` is `None` when thumbnails stay in their source's
    /// bucket.
    ///
    /// Refuses prefixes that overlap in one bucket, in either direction.
    pub fn new<'a>(
        source_prefix: &str,
        thumbnail_prefix: &str,
        thumbnail_bucket: Option<&str>,
        output_names: impl IntoIterator<Item = Option<&'a str>>,
    ) -> Result<Self, Overlap> {
        let output_prefixes: Vec<String> = output_names
            .into_iter()
            .map(|name| match name {
                Some(name) => format!("{thumbnail_prefix}{name}/"),
                None => thumbnail_prefix.to_owned(),
            })
            .collect();
        if thumbnail_bucket.is_none() {
            let overlapping = output_prefixes.iter().find(|output| {
                output.starts_with(source_prefix) || source_prefix.starts_with(output.as_str())
            });
            if let Some(output) = overlapping {
                return Err(Overlap {
                    source_prefix: source_prefix.to_owned(),
                    output: output.clone(),
                });
            }
        }
        Ok(Self {
            source_prefix: source_prefix.to_owned(),
            thumbnail_bucket: thumbnail_bucket.map(str::to_owned),
            output_prefixes,
        })
    }

    /// What `object` is, and where its thumbnails belong if it is a source.
    #[must_use]
    pub fn role(&self, object: &ObjectRef) -> Role {
        let thumbnail_bucket = self.thumbnail_bucket.as_ref().unwrap_or(&object.bucket);
        if object.bucket == *thumbnail_bucket
            && self.output_prefixes.iter().any(|output| object.key.starts_with(output.as_str()))
        {
            return Role::Excluded(Exclusion::OwnOutput);
        }
        let Some(path) = object.key.strip_prefix(&self.source_prefix) else {
            return Role::Excluded(Exclusion::OutsideSourcePrefix);
        };
        if path.is_empty() || path.ends_with('/') {
            return Role::Excluded(Exclusion::FolderMarker);
        }
        let thumbnails = self
            .output_prefixes
            .iter()
            .map(|output| ObjectRef::new(thumbnail_bucket, format!("{output}{path}")))
            .collect();
        Role::Source { thumbnails }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(bucket: Option<&str>, names: &[Option<&str>]) -> Layout {
        Layout::new("images/", "thumbnails/", bucket, names.iter().copied()).unwrap()
    }

    #[test]
    fn a_thumbnail_keeps_its_sources_path_and_extension() {
        let role = layout(None, &[None]).role(&ObjectRef::new("pictures", "images/a/b.tiff"));
        let expected = vec![ObjectRef::new("pictures", "thumbnails/a/b.tiff")];
        assert_eq!(role, Role::Source { thumbnails: expected });
    }

    #[test]
    fn named_outputs_each_have_a_folder_in_the_configured_bucket() {
        let role = layout(Some("thumbs"), &[Some("small"), Some("large")])
            .role(&ObjectRef::new("pictures", "images/a.jpg"));
        let expected = vec![
            ObjectRef::new("thumbs", "thumbnails/small/a.jpg"),
            ObjectRef::new("thumbs", "thumbnails/large/a.jpg"),
        ];
        assert_eq!(role, Role::Source { thumbnails: expected });
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
        let layout = Layout::new("a/", "a/", Some("thumbs"), [None]).unwrap();
        let own = layout.role(&ObjectRef::new("thumbs", "a/x.jpg"));
        assert_eq!(own, Role::Excluded(Exclusion::OwnOutput));
        let source = layout.role(&ObjectRef::new("pictures", "a/x.jpg"));
        assert_eq!(source, Role::Source { thumbnails: vec![ObjectRef::new("thumbs", "a/x.jpg")] });
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
            let refused = Layout::new(source, thumbnail, None, names.iter().copied());
            assert!(refused.is_err(), "{source:?} {thumbnail:?}");
        }
        assert!(Layout::new("t/originals/", "t/", None, [Some("small")]).is_ok());
    }

    #[test]
    fn a_key_cannot_start_a_line_of_its_own_where_it_is_shown() {
        let shown = ObjectRef::new("b", "images/a\n{\"level\":\"ERROR\"}\r\u{1b}[31m").to_string();
        assert!(!shown.chars().any(char::is_control), "{shown}");
        assert!(shown.contains("\\n"));
    }
}
