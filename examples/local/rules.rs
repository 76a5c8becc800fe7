//! The rules of this run: which of them applies to a picture, and how they were written, so that
//! the page shows both side by side. The function decides what a rule means.

use s3_thumbnailer::config::Config;
use s3_thumbnailer::object::{Layout, ObjectRef, Role};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::upload::Upload;
use crate::{BUCKET, Failure};

/// The default of `THUMBNAIL_RULES` for the pictures that the project draws.
pub(crate) const DRAWN: &str = include_str!("rules.json");

/// The rules in their order.
pub(crate) struct Rules {
    layout: Layout,
    /// The names of each rule's outputs.
    names: Vec<Vec<String>>,
    /// The rules as they were written; empty if the simple settings make up the only rule.
    pub(crate) written: Vec<Written>,
}

/// A rule as it was written.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Written {
    /// The pictures it is for.
    pub(crate) title: String,
    /// Its JSON.
    pub(crate) text: String,
}

impl Rules {
    /// The rules of `config`. They were read from `json`, or are made up of the simple settings.
    pub(crate) fn new(config: &Config, json: Option<&str>) -> Result<Self, Failure> {
        let texts: Vec<&RawValue> = json.map_or(Ok(Vec::new()), serde_json::from_str)?;
        let written = texts.into_iter().enumerate().map(|(place, text)| written(text.get(), place));
        Ok(Self {
            layout: config.policy.layout.clone(),
            names: config.policy.rules.iter().map(|rule| rule.names.clone()).collect(),
            written: written.collect::<Result<_, _>>()?,
        })
    }

    /// Adds to `upload` what is known from its rule: its place, the manifest and the outputs'
    /// names.
    pub(crate) fn place(&self, upload: &mut Upload) {
        let source = ObjectRef::new(BUCKET, upload.key.as_str());
        let Role::Source { rule, manifest, .. } = self.layout.role(&source) else { return };
        upload.rule = Some(rule);
        if !upload.thumbnails.is_empty() {
            upload.manifest = manifest.map(|manifest| manifest.key);
        }
        let names = self.names.get(rule).into_iter().flatten();
        for (thumbnail, name) in upload.thumbnails.iter_mut().zip(names) {
            thumbnail.name.clone_from(name);
        }
    }
}

fn written(text: &str, place: usize) -> Result<Written, Failure> {
    #[derive(Deserialize)]
    struct About {
        #[serde(default)]
        include: Vec<String>,
    }
    let About { include } = serde_json::from_str(text)?;
    let title = match (include.as_slice(), place) {
        ([], 0) => "All pictures".to_owned(),
        ([], _) => "Everything else".to_owned(),
        (globs, _) => globs.join(", "),
    };
    Ok(Written { title, text: dedented(text) })
}

/// `text` without the indentation that all lines but the first share.
fn dedented(text: &str) -> String {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let lines = || text.lines().skip(1).filter(|line| !line.trim().is_empty());
    let depth = lines().map(indent).min().unwrap_or_default();
    let rest = text.lines().skip(1).map(|line| line.get(depth..).unwrap_or_default());
    text.lines().take(1).chain(rest).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_shown_as_it_was_written_but_for_its_indentation() {
        let rule =
            written("{\n    \"include\": [\"a/**\", \"b\"],\n      \"x\": 1\n  }", 0).unwrap();
        let text = "{\n  \"include\": [\"a/**\", \"b\"],\n    \"x\": 1\n}";
        assert_eq!(rule, Written { title: "a/**, b".to_owned(), text: text.to_owned() });
        assert_eq!(written("{}", 0).unwrap().title, "All pictures");
        assert_eq!(written("{}", 3).unwrap().title, "Everything else");
    }

    /// Lambda holds 4 KB in all variables together (AWS Lambda Developer Guide, "Lambda quotas").
    #[test]
    fn the_rules_fit_into_a_functions_environment() {
        let rules: serde_json::Value = serde_json::from_str(DRAWN).unwrap();
        assert!(rules.to_string().len() < 2048, "{} bytes", rules.to_string().len());
    }
}
