//! `THUMBNAIL_RULES`: which thumbnails which pictures get, as JSON. Reads and checks it; that no two
//! thumbnails share a key is [`crate::object::Layout`]'s to prove.

use std::collections::BTreeMap;
use std::sync::Arc;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::object::Placement;
use crate::object::pattern::{Constants, Pattern, PatternError};
use crate::provenance::RecipeId;
use crate::reconcile::Rule;
use thumbnail::{FormatChoice, OnDamaged, Output, Quality, Recipe};

/// Why rules cannot be used. Places within them are given as paths, such as `[0].outputs.small`.
#[derive(Debug, thiserror::Error)]
pub enum RulesError {
    /// Not the JSON that is expected.
    #[error("{0}")]
    Json(#[from] serde_path_to_error::Error<serde_json::Error>),
    /// No rules at all.
    #[error("at least one rule is expected")]
    Empty,
    /// A rule without outputs.
    #[error("[{rule}].outputs: at least one output is expected")]
    NoOutputs {
        /// The rule's place.
        rule: usize,
    },
    /// An output's name that a key cannot hold.
    #[error("[{rule}].outputs: the name {name:?} must consist of letters, digits, \"-\" and \"_\"")]
    Name {
        /// The rule's place.
        rule: usize,
        /// The name.
        name: String,
    },
    /// A number out of its range.
    #[error("[{rule}].outputs.{output}.{field}: expected a whole number from {least} to {most}")]
    Range {
        /// The rule's place.
        rule: usize,
        /// The output's name.
        output: String,
        /// What is out of range.
        field: &'static str,
        /// The smallest number allowed.
        least: u32,
        /// The largest.
        most: u32,
    },
    /// A quality by looks for a format that cannot be looked at.
    #[error(
        "[{rule}].outputs.{output}.quality.avif: expected a whole number, this build does not read AVIF"
    )]
    AutoAvif {
        /// The rule's place.
        rule: usize,
        /// The output's name.
        output: String,
    },
    /// A glob that is none.
    #[error("[{rule}].{field}: {source}")]
    Glob {
        /// The rule's place.
        rule: usize,
        /// Which of its lists.
        field: &'static str,
        /// What is wrong.
        #[source]
        source: globset::Error,
    },
    /// A key pattern that cannot be used.
    #[error("[{rule}].{place}: {source}")]
    Pattern {
        /// The rule's place.
        rule: usize,
        /// Whose pattern it is.
        place: String,
        /// What is wrong.
        #[source]
        source: PatternError,
    },
}

/// One rule as it is written.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct Written {
    /// Globs of the pictures that the rule is for, matched against their keys after the source prefix;
    /// all by default. `*` stops at slashes, `**` does not.
    #[serde(default)]
    include: Vec<String>,
    /// Globs of those of them that get no thumbnails.
    #[serde(default)]
    exclude: Vec<String>,
    /// The thumbnails, by name.
    outputs: BTreeMap<String, WrittenOutput>,
    /// Where the thumbnails' keys are, after the thumbnail prefix. By default `{path}` for a sole
    /// output, and `{size}/{path}` for several.
    key: Option<String>,
    /// Where the list of a picture's thumbnails is written once all of them are; none by default.
    manifest: Option<String>,
    /// Whether thumbnails carry placeholders in their metadata.
    #[serde(default)]
    placeholders: bool,
    /// What becomes of damaged pictures; `ON_DAMAGED` by default.
    on_damaged: Option<OnDamaged>,
}

/// An output as it is written: its own key pattern, and what is asked of the picture core.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(!try_from, deny_unknown_fields))]
#[serde(try_from = "Map<String, Value>")]
struct WrittenOutput {
    /// This output's own key, in place of the rule's.
    key: Option<String>,
    #[cfg_attr(test, schemars(flatten))]
    output: Output,
}

impl TryFrom<Map<String, Value>> for WrittenOutput {
    type Error = String;

    fn try_from(mut map: Map<String, Value>) -> Result<Self, String> {
        let key = match map.remove("key") {
            None | Some(Value::Null) => None,
            Some(Value::String(key)) => Some(key),
            Some(other) => return Err(format!("key: expected a string, not {other}")),
        };
        // Unknown fields are refused only where nothing is flattened, so that `key` is taken first.
        let output = serde_path_to_error::deserialize(Value::Object(map));
        Ok(Self { key, output: output.map_err(|error| error.to_string())? })
    }
}

/// What the other settings say about every rule.
#[derive(Debug, Clone, Copy, Default)]
pub struct Defaults<'a> {
    /// `CACHE_CONTROL`.
    pub cache_control: &'a str,
    /// `ON_DAMAGED`, which a rule may say otherwise.
    pub on_damaged: OnDamaged,
}

/// Reads rules: for each, which pictures it is for and where it puts their thumbnails, and what they
/// are.
pub fn parse(json: &str, defaults: Defaults<'_>) -> Result<Vec<(Placement, Rule)>, RulesError> {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let written: Vec<Written> = serde_path_to_error::deserialize(&mut deserializer)?;
    if written.is_empty() {
        return Err(RulesError::Empty);
    }
    let rules = written.into_iter().enumerate();
    rules.map(|(number, written)| rule(number, written, defaults)).collect()
}

fn rule(
    rule: usize,
    written: Written,
    defaults: Defaults<'_>,
) -> Result<(Placement, Rule), RulesError> {
    if written.outputs.is_empty() {
        return Err(RulesError::NoOutputs { rule });
    }
    let default_key = if written.outputs.len() == 1 { "{path}" } else { "{size}/{path}" };
    let rule_key = written.key.as_deref().unwrap_or(default_key);
    let (mut names, mut outputs, mut thumbnails) = (Vec::new(), Vec::new(), Vec::new());
    for (name, WrittenOutput { key, output }) in written.outputs {
        if !is_name(&name) {
            return Err(RulesError::Name { rule, name });
        }
        check_ranges(rule, &name, &output)?;
        let constants = Constants {
            size: &name,
            width: output.width,
            height: output.height,
            extension: extension(output.format),
        };
        let place = match key {
            Some(_) => format!("outputs.{name}.key"),
            None => "key".to_owned(),
        };
        thumbnails.push(pattern(rule, place, key.as_deref().unwrap_or(rule_key), constants)?);
        names.push(name);
        outputs.push(output);
    }
    let manifest = written.manifest.map(|text| {
        let constants =
            Constants { size: "manifest", width: 0, height: 0, extension: Some("json") };
        pattern(rule, "manifest".to_owned(), &text, constants)
    });
    let include = if written.include.is_empty() {
        None
    } else {
        Some(globs(rule, "include", &written.include)?)
    };
    let exclude = globs(rule, "exclude", &written.exclude)?;
    let placement = Placement { include, exclude, thumbnails, manifest: manifest.transpose()? };
    let on_damaged = written.on_damaged.unwrap_or(defaults.on_damaged);
    let recipe = Recipe { outputs, placeholders: written.placeholders, on_damaged };
    let id = RecipeId::new(&recipe, defaults.cache_control);
    Ok((placement, Rule { recipe: Arc::new(recipe), id, names }))
}

fn pattern(
    rule: usize,
    place: String,
    text: &str,
    constants: Constants<'_>,
) -> Result<Pattern, RulesError> {
    Pattern::parse(text, constants).map_err(|source| RulesError::Pattern { rule, place, source })
}

/// Whether `name` can stand in a key as a folder or a part of one.
pub(super) fn is_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    !name.is_empty() && name.chars().all(plain)
}

fn check_ranges(rule: usize, name: &str, output: &Output) -> Result<(), RulesError> {
    // What was written has to be looked at.
    if output.quality.avif == Quality::Auto && !cfg!(feature = "avif") {
        return Err(RulesError::AutoAvif { rule, output: name.to_owned() });
    }
    let quality = |quality| match quality {
        Quality::Auto => 1,
        Quality::Set(level) => u32::from(level),
    };
    let ranges = [
        ("width", output.width, 1, Output::MAX_SIDE),
        ("height", output.height, 1, Output::MAX_SIDE),
        ("sharpen", u32::from(output.sharpen), 0, 100),
        ("quality.jpeg", quality(output.quality.jpeg), 1, 100),
        ("quality.webp", quality(output.quality.webp), 1, 100),
        ("quality.avif", quality(output.quality.avif), 1, 100),
        ("max_bytes", output.max_bytes.unwrap_or(u32::MAX), 256, u32::MAX),
    ];
    match ranges.into_iter().find(|(_, value, least, most)| !(least..=most).contains(&value)) {
        None => Ok(()),
        Some((field, _, least, most)) => {
            Err(RulesError::Range { rule, output: name.to_owned(), field, least, most })
        }
    }
}

/// The extension of a format that is always the same.
fn extension(format: FormatChoice) -> Option<&'static str> {
    match format {
        FormatChoice::Source | FormatChoice::Auto => None,
        FormatChoice::Jpeg => Some("jpg"),
        FormatChoice::Png => Some("png"),
        FormatChoice::WebP | FormatChoice::WebPLossless => Some("webp"),
        FormatChoice::Avif => Some("avif"),
    }
}

fn globs(rule: usize, field: &'static str, texts: &[String]) -> Result<GlobSet, RulesError> {
    let refuse = |source| RulesError::Glob { rule, field, source };
    let mut set = GlobSetBuilder::new();
    for text in texts {
        set.add(GlobBuilder::new(text).literal_separator(true).build().map_err(refuse)?);
    }
    set.build().map_err(refuse)
}

#[cfg(test)]
mod tests {
    use super::*;
    use thumbnail::{Fit, Gravity};

    fn refusal(json: &str) -> String {
        parse(json, Defaults::default()).unwrap_err().to_string()
    }

    #[test]
    fn a_rule_says_which_pictures_get_which_thumbnails_where() {
        let json = r##"[{
            "include": ["avatars/**"], "exclude": ["**/*.tmp"], "placeholders": true,
            "outputs": {
                "large": {"width": 1280, "height": 1280, "format": "webp", "quality": {"webp": "auto"}},
                "face": {"width": 96, "height": 96, "fit": "cover", "gravity": "smart",
                         "key": "faces/{path}", "background": "#00ff0080"}
            },
            "key": "{width}/{dir}{stem}.{source_ext}.{ext}", "manifest": "lists/{path}.{ext}"
        }]"##;
        let rules = parse(json, Defaults::default()).unwrap();
        let [(placement, rule)] = rules.as_slice() else { panic!("{rules:?}") };
        assert_eq!(rule.names, ["face", "large"]);
        let [face, large] = rule.recipe.outputs.as_slice() else { panic!("{rule:?}") };
        assert_eq!(
            (face.fit, face.gravity, face.background.alpha),
            (Fit::Cover, Gravity::Smart, 128)
        );
        assert_eq!((large.width, large.quality.webp), (1280, Quality::Auto));
        assert_eq!(large.quality.jpeg, Quality::Set(80));
        let keys: Vec<_> = placement.thumbnails.iter().map(|p| p.key("avatars/a.jpg")).collect();
        assert_eq!(keys, ["faces/avatars/a.jpg", "1280/avatars/a.jpg.webp"]);
        let manifest = placement.manifest.as_ref().unwrap();
        assert_eq!(manifest.key("avatars/a.jpg"), "lists/avatars/a.jpg.json");
        assert!(placement.exclude.is_match("avatars/x/a.tmp"));
        assert!(!placement.include.as_ref().unwrap().is_match("a/avatars/a.jpg"));
    }

    #[test]
    fn all_that_can_be_left_out_has_a_default() {
        let rules = parse(r#"[{"outputs": {"only": {}}}]"#, Defaults::default()).unwrap();
        let (placement, rule) = &rules[0];
        assert_eq!(rule.recipe.outputs, [Output::default()]);
        assert!(!rule.recipe.placeholders && placement.include.is_none());
        assert_eq!(placement.thumbnails[0].key("a/b.jpg"), "a/b.jpg");
        let several = parse(r#"[{"outputs": {"a": {}, "b": {}}}]"#, Defaults::default()).unwrap();
        assert_eq!(several[0].0.thumbnails[1].key("x.jpg"), "b/x.jpg");
    }

    #[test]
    fn what_is_wrong_is_named_by_its_path() {
        for (json, path, says) in [
            ("", "", "EOF"),
            ("{}", "", "expected a sequence"),
            ("[]", "", "at least one rule"),
            (r#"[{"outputs": {}}]"#, "[0].outputs", "at least one output"),
            (r#"[{"output": {}}]"#, "[0].output", "unknown field"),
            (r#"[{"outputs": {"a": {"widht": 1}}}]"#, "[0].outputs.a", "widht"),
            (r#"[{"outputs": {"a": {"width": "1"}}}]"#, "[0].outputs.a: width", "expected u32"),
            (r#"[{"outputs": {"a": {"width": 0}}}]"#, "[0].outputs.a.width", "1 to 16383"),
            (r#"[{"outputs": {"a": {"quality": {"jpeg": 101}}}}]"#, "a.quality.jpeg", "1 to 100"),
            (r#"[{"outputs": {"a": {"background": "red"}}}]"#, "a: background", "#rrggbb"),
            (r#"[{"outputs": {"a": {"fit": "crop"}}}]"#, "a: fit", "inside"),
            (r#"[{"outputs": {"a/b": {}}}]"#, "[0].outputs", "a/b"),
            (r#"[{"outputs": {"a": {}}, "include": ["{"]}]"#, "[0].include", "{"),
            (r#"[{"outputs": {"a": {}}, "key": "{stem}"}]"#, "[0].key", "share a key"),
            (r#"[{"outputs": {"a": {"key": "{path}.{ext}"}}}]"#, "outputs.a.key", "{ext} needs"),
        ] {
            let refusal = refusal(json);
            assert!(refusal.contains(path) && refusal.contains(says), "{json}: {refusal}");
        }
    }

    #[test]
    fn a_number_is_taken_from_its_first_value_to_its_last_and_no_further() {
        let numbers = [
            (r#""width": "#, "width", 1, 16_383),
            (r#""height": "#, "height", 1, 16_383),
            (r#""sharpen": "#, "sharpen", 0, 100),
            (r#""quality": {"jpeg": "#, "quality.jpeg", 1, 100),
            (r#""quality": {"webp": "#, "quality.webp", 1, 100),
            (r#""quality": {"avif": "#, "quality.avif", 1, 100),
            (r#""max_bytes": "#, "max_bytes", 256, i64::from(u32::MAX)),
        ];
        for (field, path, first, last) in numbers {
            let closing = if field.contains('{') { "}" } else { "" };
            let rule =
                |value: i64| format!(r#"[{{"outputs": {{"a": {{{field}{value}{closing}}}}}}}]"#);
            for value in [first, last] {
                assert!(parse(&rule(value), Defaults::default()).is_ok(), "{path} {value}");
            }
            for value in [first - 1, last + 1] {
                let refusal = refusal(&rule(value));
                assert!(refusal.contains("[0].outputs.a"), "{path} {value}: {refusal}");
            }
            // A number that its type holds is refused with both bounds.
            if last < 16_384 {
                let refusal = refusal(&rule(last + 1));
                let expected = format!("a.{path}: expected a whole number from {first} to {last}");
                assert!(refusal.contains(&expected), "{refusal}");
            }
        }
    }

    #[test]
    fn the_schema_knows_every_format() {
        let schema = serde_json::to_value(schemars::schema_for!(Vec<Written>)).unwrap();
        let formats = schema["$defs"]["FormatChoice"]["oneOf"].as_array().unwrap();
        let words: Vec<&Value> = formats.iter().map(|format| &format["const"]).collect();
        let all = FormatChoice::ALL.map(|choice| serde_json::to_value(choice).unwrap());
        assert_eq!(words, all.each_ref());
    }

    /// `UPDATE_GOLDEN=1` writes the schema anew.
    #[test]
    fn the_schema_is_that_of_the_code() {
        let schema = schemars::schema_for!(Vec<Written>);
        let schema = serde_json::to_string_pretty(&schema).unwrap() + "\n";
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/rules.schema.json");
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::write(path, &schema).unwrap();
        }
        assert_eq!(std::fs::read_to_string(path).unwrap(), schema);
    }
}
