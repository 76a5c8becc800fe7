//! Reads variables, and collects the problems with them.

use std::fmt;
use std::time::Duration;

use super::error::Problem;
use super::telemetry::TraceSettings;
use super::values::{acl, encryption, key_id, storage_class, tags};
use super::variables::{
    THUMBNAIL_ACL, THUMBNAIL_ENCRYPTION, THUMBNAIL_KMS_KEY, THUMBNAIL_STORAGE_CLASS,
    THUMBNAIL_TAGS, Variable,
};
use crate::store::ObjectSettings;

/// The variable in which Lambda gives the function's name.
pub(super) const FUNCTION_NAME: &str = "AWS_LAMBDA_FUNCTION_NAME";

/// Reads variables and collects the problems with them.
pub(super) struct Reader<L> {
    pub(super) lookup: L,
    pub(super) problems: Vec<Problem>,
}

impl<L: Fn(&str) -> Option<String>> Reader<L> {
    pub(super) fn set(&self, name: &str) -> bool {
        (self.lookup)(name).is_some_and(|value| !value.is_empty())
    }

    /// The function's name, or `worker`.
    pub(super) fn name(&self) -> String {
        let name = (self.lookup)(FUNCTION_NAME).filter(|name| !name.is_empty());
        name.unwrap_or_else(|| "worker".to_owned())
    }

    /// How thumbnails are stored, beside their content.
    pub(super) fn object_settings(&mut self) -> Option<ObjectSettings> {
        let encryption = self.read(THUMBNAIL_ENCRYPTION, encryption);
        let kms_key = self.read(THUMBNAIL_KMS_KEY, |value| {
            // A value that is wrong by itself is reported by itself.
            let by_kms =
                encryption.is_none_or(|set| set.is_some_and(|set| set.starts_with("aws:kms")));
            key_id(value).filter(|key| key.is_none() || by_kms)
        });
        let storage_class = self.read(THUMBNAIL_STORAGE_CLASS, storage_class);
        let tags = self.read(THUMBNAIL_TAGS, tags);
        let acl = self.read(THUMBNAIL_ACL, acl);
        Some(ObjectSettings {
            encryption: encryption?,
            kms_key: kms_key?,
            storage_class: storage_class?,
            tags: tags?,
            acl: acl?,
        })
    }

    /// Whether and how spans are exported, by OpenTelemetry's specification ("Environment Variable
    /// Specification"). OpenTelemetry's own libraries read its other variables.
    pub(super) fn traces(&self, name: &str) -> Option<TraceSettings> {
        let is = |name: &str, value: &str| {
            (self.lookup)(name).is_some_and(|set| set.trim().eq_ignore_ascii_case(value))
        };
        if is("OTEL_SDK_DISABLED", "true") || is("OTEL_TRACES_EXPORTER", "none") {
            return None;
        }
        let milliseconds = ["OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT"]
            .into_iter()
            .find_map(|name| (self.lookup)(name)?.parse().ok());
        let timeout = Duration::from_millis(milliseconds.unwrap_or(10_000));
        Some(TraceSettings { service_name: name.to_owned(), timeout })
    }

    pub(super) fn value(&self, variable: Variable) -> String {
        let set = (self.lookup)(variable.name).filter(|value| !value.is_empty());
        set.unwrap_or_else(|| variable.default.to_owned())
    }

    /// `None` if the value does not have the expected form; the problem is then noted.
    pub(super) fn read<T>(
        &mut self,
        variable: Variable,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let value = self.value(variable);
        let parsed = parse(&value);
        if parsed.is_none() {
            let complaint = format!("expected {}", variable.expected);
            self.problems.push(Problem { variable: variable.name, value, complaint });
        }
        parsed
    }

    pub(super) fn check<T>(
        &mut self,
        variable: Variable,
        checked: Result<T, impl fmt::Display>,
    ) -> Option<T> {
        let error = match checked {
            Ok(value) => return Some(value),
            Err(error) => error,
        };
        let (value, complaint) = (self.value(variable), error.to_string());
        self.problems.push(Problem { variable: variable.name, value, complaint });
        None
    }
}
