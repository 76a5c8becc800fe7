//! Places that the present rules do not fill: which picture a thumbnail belongs to by them, and
//! where former rules put thumbnails that are to go. This computes names; it does not access S3.

use super::{Layout, Placement};
use crate::object::{MAX_KEY_BYTES, ObjectRef, Role};

impl Layout {
    /// This layout, with rules that once were. Several of them may have included a picture, one
    /// after the other.
    #[must_use]
    pub fn with_former(self, former: Vec<Placement>) -> Self {
        Self { former, ..self }
    }

    /// The picture in `bucket` whose thumbnail or manifest the rules put at `thumbnail`; `None` if
    /// they put none there, whatever pictures there are.
    #[must_use]
    pub fn source_of(&self, bucket: &str, thumbnail: &ObjectRef) -> Option<ObjectRef> {
        let key = thumbnail.key.strip_prefix(&self.thumbnail_prefix)?;
        let paths = self.rules.iter().flat_map(Placement::patterns);
        let paths = paths.filter_map(|pattern| pattern.path(key));
        let mut sources =
            paths.map(|path| ObjectRef::new(bucket, format!("{}{path}", self.source_prefix)));
        sources.find(|source| match self.role(source) {
            Role::Source { thumbnails, manifest, .. } => {
                thumbnails.contains(thumbnail) || manifest.as_ref() == Some(thumbnail)
            }
            Role::Excluded(_) => false,
        })
    }

    /// Whether `object` lies where the pictures of `bucket` do.
    #[must_use]
    pub fn is_under_source_prefix(&self, bucket: &str, object: &ObjectRef) -> bool {
        object.bucket == bucket && object.key.starts_with(&self.source_prefix)
    }

    /// Where former rules put thumbnails of `source` and present rules put none, neither of this
    /// picture nor of another.
    #[must_use]
    pub fn former_places(&self, source: &ObjectRef) -> Vec<ObjectRef> {
        let Some(path) = source.key.strip_prefix(&self.source_prefix) else { return Vec::new() };
        if path.is_empty() || path.ends_with('/') {
            return Vec::new();
        }
        let bucket = self.thumbnail_bucket.as_ref().unwrap_or(&source.bucket);
        let included = self.former.iter().filter(|rule| {
            rule.include.as_ref().is_none_or(|set| set.is_match(path))
                && !rule.exclude.is_match(path)
        });
        let places = included.flat_map(Placement::patterns).map(|pattern| {
            ObjectRef::new(bucket, format!("{}{}", self.thumbnail_prefix, pattern.key(path)))
        });
        let mut places: Vec<ObjectRef> = places
            .filter(|place| {
                place.key.len() <= MAX_KEY_BYTES
                    && !self.is_under_source_prefix(&source.bucket, place)
                    && self.source_of(&source.bucket, place).is_none()
            })
            .collect();
        places.sort_unstable();
        places.dedup();
        places
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::pattern::{Constants, Pattern};

    fn rule(patterns: &[&str]) -> Placement {
        let constants = Constants { size: "s", width: 1, height: 1, extension: Some("webp") };
        let pattern = |text: &&str| Pattern::parse(text, constants).unwrap();
        let thumbnails = patterns.iter().map(pattern).collect();
        Placement { thumbnails, ..Placement::in_folders([]) }
    }

    fn layout(present: &[&str], former: &[&[&str]]) -> Layout {
        let layout = Layout::new("in/", "out/", None, vec![rule(present)]).unwrap();
        layout.with_former(former.iter().map(|patterns| rule(patterns)).collect())
    }

    fn at(key: &str) -> ObjectRef {
        ObjectRef::new("b", key)
    }

    #[test]
    fn a_thumbnails_key_tells_its_picture_however_the_pattern_takes_the_path_apart() {
        let layout = layout(&["small/{path}.{ext}", "{width}/{dir}{stem}-s.{source_ext}"], &[]);
        for (thumbnail, source) in [
            ("out/small/a/b.jpg.webp", Some("in/a/b.jpg")),
            ("out/1/a/b-s.jpg", Some("in/a/b.jpg")),
            ("out/1/a/b.jpg", None),
            ("out/large/a/b.jpg.webp", None),
            ("out/small/a/.webp", None),
            ("in/a/b.jpg", None),
        ] {
            assert_eq!(layout.source_of("b", &at(thumbnail)), source.map(at), "{thumbnail}");
        }
    }

    #[test]
    fn former_places_are_those_of_every_former_rule_that_included_the_picture() {
        let elsewhere = Placement {
            exclude: globset::GlobSetBuilder::new()
                .add(globset::Glob::new("**/*.png").unwrap())
                .build()
                .unwrap(),
            ..rule(&["x/{path}"])
        };
        let layout = layout(&["small/{path}"], &[&["small/{path}", "large/{path}"], &["{path}"]]);
        let mut former = layout.former.clone();
        former.push(elsewhere);
        let layout = layout.with_former(former);
        let places = |key: &str| layout.former_places(&at(key));
        assert_eq!(places("in/a.jpg"), ["out/a.jpg", "out/large/a.jpg", "out/x/a.jpg"].map(at));
        assert_eq!(places("in/a.png"), ["out/a.png", "out/large/a.png"].map(at));
        for key in ["in/", "in/folder/", "elsewhere/a.jpg"] {
            assert_eq!(places(key), [], "{key}");
        }
    }

    #[test]
    fn a_place_that_a_present_rule_fills_for_any_picture_is_no_former_place() {
        // The former place of small/a.jpg is the present one of a.jpg.
        let layout = layout(&["small/{path}"], &[&["{path}"]]);
        assert_eq!(layout.former_places(&at("in/small/a.jpg")), []);
        assert_eq!(layout.former_places(&at("in/large/a.jpg")), [at("out/large/a.jpg")]);
    }

    #[test]
    fn a_place_among_the_pictures_is_no_former_place() {
        let layout = Layout::new("t/in/", "t/", None, vec![rule(&["small/{path}"])]).unwrap();
        let layout = layout.with_former(vec![rule(&["in/{path}", "large/{path}"])]);
        assert_eq!(layout.former_places(&at("t/in/a.jpg")), [at("t/large/a.jpg")]);
    }

    #[test]
    fn a_place_that_no_object_can_have_is_no_former_place() {
        let layout = layout(&["small/{path}"], &[&["former/{path}"]]);
        let longest = format!("in/{}", "a".repeat(MAX_KEY_BYTES - "out/former/".len()));
        assert_eq!(layout.former_places(&at(&longest)).len(), 1);
        assert_eq!(layout.former_places(&at(&(longest + "a"))), []);
    }
}
