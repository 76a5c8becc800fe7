//! Patterns for the keys of thumbnails, such as `{size}/{dir}{stem}.{source_ext}`, and the proof
//! that no two thumbnails can share a key. This module computes names; `config` decides which
//! patterns there are.

mod inverse;
mod part;
mod proof;

use std::fmt;

use part::{Field, Part, take_apart};
pub(super) use proof::{meet, tells_apart};

/// How to make a thumbnail's key, without the thumbnails' prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(Vec<Part>);

/// The fields that have the same value in all keys of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Constants<'a> {
    /// `{size}`: the output's name.
    pub size: &'a str,
    /// `{width}`: the width of the output's box, in pixels.
    pub width: u32,
    /// `{height}`: the height of the output's box, in pixels.
    pub height: u32,
    /// `{ext}`: the extension of the output's format, where that is always the same.
    pub extension: Option<&'static str>,
}

/// Why a pattern cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// A name in braces that is no known field.
    #[error(
        "{{{0}}} is unknown; a key can hold {{path}}, {{dir}}, {{stem}}, {{source_ext}}, {{ext}}, \
         {{size}}, {{width}} and {{height}}"
    )]
    UnknownField(String),
    /// An opening brace without its closing one, or the other way round.
    #[error("a brace has no counterpart")]
    LoneBrace,
    /// `{ext}` in an output without a fixed format.
    #[error("{{ext}} needs a fixed format, not \"source\" or \"auto\"")]
    ExtensionNotKnown,
    /// Two sources could get the same key.
    #[error(
        "two pictures could share a key; use {{path}}, or {{dir}}, {{stem}} and {{source_ext}} with \
         a dot before the last"
    )]
    Ambiguous,
}

impl Pattern {
    /// Reads a pattern, and puts `constants` in place of their fields.
    ///
    /// Refuses a pattern that could give two sources the same key.
    ///
    /// ```
    /// use s3_thumbnailer::object::pattern::{Constants, Pattern};
    ///
    /// let constants = Constants { size: "small", width: 96, height: 96, extension: Some("webp") };
    /// let pattern = Pattern::parse("{size}/{path}.{ext}", constants)?;
    /// assert_eq!(pattern.key("cats/tom.jpg"), "small/cats/tom.jpg.webp");
    /// // The thumbnails of tom.jpg and tom.png would have the same key.
    /// assert!(Pattern::parse("{dir}{stem}.{ext}", constants).is_err());
    /// # Ok::<(), s3_thumbnailer::object::pattern::PatternError>(())
    /// ```
    pub fn parse(text: &str, constants: Constants<'_>) -> Result<Self, PatternError> {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            let (before, braced) = rest.split_at(at);
            literal.push_str(before);
            let inside = braced.strip_prefix('{').ok_or(PatternError::LoneBrace)?;
            let (name, after) = inside.split_once('}').ok_or(PatternError::LoneBrace)?;
            rest = after;
            let field = match name {
                "size" => {
                    literal.push_str(constants.size);
                    continue;
                }
                "width" => {
                    literal.push_str(&constants.width.to_string());
                    continue;
                }
                "height" => {
                    literal.push_str(&constants.height.to_string());
                    continue;
                }
                "ext" => {
                    literal.push_str(constants.extension.ok_or(PatternError::ExtensionNotKnown)?);
                    continue;
                }
                "path" => Field::Path,
                "dir" => Field::Folders,
                "stem" => Field::Stem,
                "source_ext" => Field::Extension,
                unknown => return Err(PatternError::UnknownField(unknown.to_owned())),
            };
            if !literal.is_empty() {
                parts.push(Part::Literal(std::mem::take(&mut literal)));
            }
            parts.push(Part::Field(field));
        }
        literal.push_str(rest);
        if !literal.is_empty() {
            parts.push(Part::Literal(literal));
        }
        if tells_apart(&parts) { Ok(Self(parts)) } else { Err(PatternError::Ambiguous) }
    }

    /// The thumbnail's key for the source at `path`, without the thumbnails' prefix.
    #[must_use]
    pub fn key(&self, path: &str) -> String {
        let (folders, stem, extension) = take_apart(path);
        self.0
            .iter()
            .map(|part| match part {
                Part::Literal(literal) => literal.as_str(),
                Part::Field(Field::Path) => path,
                Part::Field(Field::Folders) => folders,
                Part::Field(Field::Stem) => stem,
                Part::Field(Field::Extension) => extension,
            })
            .collect()
    }

    /// The path of the source for which [`Self::key`] gives `key`, if there is one.
    #[must_use]
    pub fn path(&self, key: &str) -> Option<String> {
        inverse::path(&self.0, key)
    }

    /// Whether both patterns can make the same key, from one source or from two.
    #[must_use]
    pub fn meets(&self, other: &Self) -> bool {
        meet(&self.0, &other.0)
    }

    /// What every key begins with.
    #[must_use]
    pub fn beginning(&self) -> &str {
        match self.0.first() {
            Some(Part::Literal(literal)) => literal,
            _ => "",
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|part| {
            formatter.write_str(match part {
                Part::Literal(literal) => literal,
                Part::Field(Field::Path) => "{path}",
                Part::Field(Field::Folders) => "{dir}",
                Part::Field(Field::Stem) => "{stem}",
                Part::Field(Field::Extension) => "{source_ext}",
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONSTANTS: Constants<'static> =
        Constants { size: "s", width: 9, height: 8, extension: Some("webp") };

    fn parse(text: &str) -> Result<Pattern, PatternError> {
        Pattern::parse(text, CONSTANTS)
    }

    #[test]
    fn every_field_stands_for_its_part() {
        let pattern = parse("{size}/{width}x{height}/{dir}{stem}_{ext}.{source_ext}").unwrap();
        assert_eq!(pattern.key("a/b/c.d.jpg"), "s/9x8/a/b/c.d_webp.jpg");
        assert_eq!(pattern.key("c"), "s/9x8/c_webp.");
        assert_eq!(parse("x/{path}.{ext}").unwrap().key("a/b.jpg"), "x/a/b.jpg.webp");
        assert_eq!(parse("x/{path}.{ext}").unwrap().beginning(), "x/");
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for lone in ["{", "{path", "path}", "{path}}", "{path}{"] {
            assert_eq!(parse(lone), Err(PatternError::LoneBrace), "{lone}");
        }
        let unknown = parse("{name}").unwrap_err();
        assert_eq!(unknown, PatternError::UnknownField("name".to_owned()));
        assert!(unknown.to_string().contains("{source_ext}"), "{unknown}");
        let varies = Constants { extension: None, ..CONSTANTS };
        let refused = Pattern::parse("{path}.{ext}", varies);
        assert_eq!(refused, Err(PatternError::ExtensionNotKnown));
    }

    #[test]
    fn a_path_is_its_parts() {
        for (path, parts) in [
            ("a", ("", "a", "")),
            ("a.b", ("", "a", "b")),
            ("a.", ("", "a.", "")),
            (".b", ("", ".b", "")),
            ("..b", ("", ".", "b")),
            ("x.y/a", ("x.y/", "a", "")),
            ("x//a.b.c", ("x//", "a.b", "c")),
        ] {
            assert_eq!(take_apart(path), parts, "{path}");
        }
    }

    #[test]
    fn patterns_by_which_two_sources_could_share_a_key_are_refused() {
        for fine in [
            "{path}",
            "{size}/{path}.{ext}",
            "{dir}{stem}.{source_ext}",
            "{dir}{size}-{stem}.{source_ext}",
            "{dir}{stem}-{width}.{source_ext}.{ext}",
            "{source_ext}/{dir}{stem}",
            "{dir}{stem}/{source_ext}",
        ] {
            assert!(parse(fine).is_ok(), "{fine}");
        }
        for shared in [
            "",
            "constant",
            "{dir}{stem}",
            "{dir}{stem}.{ext}",
            "{stem}.{source_ext}",
            "{dir}.{source_ext}",
            "{dir}{stem}{source_ext}",
            "{dir}{stem}_{source_ext}",
            "{stem}{dir}.{source_ext}",
            "{path}{path}",
        ] {
            assert_eq!(parse(shared), Err(PatternError::Ambiguous), "{shared}");
        }
    }

    /// Every path of at most four of these characters, which include all that tell parts apart.
    fn paths() -> Vec<String> {
        let mut all = vec![String::new()];
        let mut from = 0;
        for _ in 0..4 {
            let until = all.len();
            for at in from..until {
                for next in ['a', '.', '/', 's'] {
                    all.push(format!("{}{next}", all[at]));
                }
            }
            from = until;
        }
        all.retain(|path| !path.is_empty() && !path.ends_with('/'));
        all
    }

    /// Patterns of up to six random pieces.
    fn patterns() -> Vec<Pattern> {
        let pieces =
            ["{path}", "{dir}", "{stem}", "{source_ext}", ".", "/", "a", "s", "a.s", "{size}/"];
        let mut random = fastrand::Rng::with_seed(5);
        let mut text = || -> String {
            (0..random.usize(1..7)).map(|_| pieces[random.usize(..pieces.len())]).collect()
        };
        (0..20_000).filter_map(|_| parse(&text()).ok()).collect()
    }

    #[test]
    fn no_two_sources_share_a_key_by_any_pattern_that_is_taken() {
        let paths = paths();
        let patterns = patterns();
        assert!(patterns.len() > 500 && paths.len() > 200, "{} {}", patterns.len(), paths.len());
        for pattern in patterns.iter().take(1000) {
            let mut keys: Vec<_> = paths.iter().map(|path| pattern.key(path)).collect();
            keys.sort_unstable();
            keys.dedup();
            assert_eq!(keys.len(), paths.len(), "{pattern}");
        }
    }

    #[test]
    fn a_key_leads_back_to_its_path_by_any_pattern_that_is_taken() {
        let paths = paths();
        for pattern in patterns().iter().take(200) {
            for path in &paths {
                let key = pattern.key(path);
                assert_eq!(pattern.path(&key).as_ref(), Some(path), "{key} by {pattern}");
            }
            // Any other key is nobody's.
            for key in &paths {
                let back = pattern.path(key).map(|path| pattern.key(&path));
                assert!(back.as_ref().is_none_or(|back| back == key), "{key} by {pattern}");
            }
        }
    }

    #[test]
    fn patterns_that_do_not_meet_share_no_key() {
        let paths = paths();
        let patterns = patterns();
        let (mut apart, mut met) = (0, 0);
        for pair in patterns.windows(2).take(1000) {
            let [one, other] = pair else { continue };
            if one.meets(other) {
                met += 1;
                continue;
            }
            apart += 1;
            let keys: std::collections::HashSet<_> =
                paths.iter().map(|path| one.key(path)).collect();
            assert!(!paths.iter().any(|path| keys.contains(&other.key(path))), "{one} {other}");
        }
        assert!(apart > 50 && met > 50, "{apart} apart, {met} met");
    }
}
