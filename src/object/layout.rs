//! Which keys are pictures, and where their thumbnails go.

use globset::GlobSet;

use super::pattern::{Constants, Pattern};
use super::reference::ObjectRef;
use super::role::{Exclusion, Role};

mod former;

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
mod tests;
