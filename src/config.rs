//! The settings. Only this file reads the environment. All settings are checked at start, and all
//! problems are reported together, each with the variable, its value and the expected form.
//!
//! Tests compare [`VARIABLES`] with the table of docs/configuration.md and with `template.yaml`.

#![expect(clippy::disallowed_methods, reason = "the environment is read here")]

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use crate::engine::Engine;
use crate::memory_budget::MemoryBudget;
use crate::object::{Layout, LayoutError, Placement};
use crate::provenance::RecipeId;
use crate::reconcile::{Policy, Rule};
use crate::store::ObjectSettings;
use thumbnail::{FormatChoice, Limits, Output, Qualities, Quality, Recipe};

use memory::Memory;
use values::{
    Size, acl, bucket, encryption, event_bus, format, header_value, key_id, metrics, number,
    on_source_deleted, prefix, sizes, storage_class, tags, url,
};

/// A variable that is read, as docs/configuration.md shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variable {
    /// Its name in the environment.
    pub name: &'static str,
    /// The value when it is unset or empty, in the form of any other value.
    pub default: &'static str,
    /// The expected form of a value.
    pub expected: &'static str,
}

macro_rules! variables {
    ($($constant:ident = $name:literal, $default:literal, $expected:expr;)*) => {
        $(const $constant: Variable =
            Variable { name: $name, default: $default, expected: $expected };)*
        /// Every variable that is read, in the order of docs/configuration.md.
        pub const VARIABLES: &[Variable] = &[$($constant),*];
    };
}

variables! {
    SOURCE_BUCKET = "SOURCE_BUCKET", "",
        "a bucket's name; empty allows any bucket that a message names";
    SOURCE_PREFIX = "SOURCE_PREFIX", "images/",
        "the beginning of the pictures' keys, ending in \"/\"; \"/\" alone means every key";
    THUMBNAIL_BUCKET = "THUMBNAIL_BUCKET", "",
        "a bucket's name; empty means the picture's own";
    THUMBNAIL_PREFIX = "THUMBNAIL_PREFIX", "thumbnails/",
        "the beginning of the thumbnails' keys, ending in \"/\"; \"/\" alone means none";
    THUMBNAIL_SIZES = "THUMBNAIL_SIZES", "256x256",
        "WIDTHxHEIGHT in pixels, 1 to 16383 each; several as NAME=WIDTHxHEIGHT,NAME=WIDTHxHEIGHT, \
         names of letters, digits, \"-\" and \"_\"";
    THUMBNAIL_FORMAT = "THUMBNAIL_FORMAT", "source",
        "source, jpeg, png or webp";
    JPEG_QUALITY = "JPEG_QUALITY", "80",
        "a whole number from 1 to 100";
    WEBP_QUALITY = "WEBP_QUALITY", "80",
        "a whole number from 1 to 100";
    THUMBNAIL_RULES = "THUMBNAIL_RULES", "",
        "rules as JSON, in place of THUMBNAIL_SIZES, THUMBNAIL_FORMAT, JPEG_QUALITY and WEBP_QUALITY";
    FORMER_RULES = "FORMER_RULES", "",
        "rules as JSON that once were THUMBNAIL_RULES: their thumbnails are removed where no rule \
         makes them now";
    CACHE_CONTROL = "CACHE_CONTROL", "public, max-age=3600",
        "the value of a Cache-Control header, in ASCII";
    THUMBNAIL_ENCRYPTION = "THUMBNAIL_ENCRYPTION", "",
        "AES256, aws:kms or aws:kms:dsse; empty means the bucket's default";
    THUMBNAIL_KMS_KEY = "THUMBNAIL_KMS_KEY", "",
        "the ARN or id of a KMS key, with THUMBNAIL_ENCRYPTION aws:kms or aws:kms:dsse; empty means AWS's key";
    THUMBNAIL_STORAGE_CLASS = "THUMBNAIL_STORAGE_CLASS", "",
        "STANDARD, STANDARD_IA, INTELLIGENT_TIERING, ONEZONE_IA, GLACIER_IR or REDUCED_REDUNDANCY; \
         empty means STANDARD";
    THUMBNAIL_TAGS = "THUMBNAIL_TAGS", "",
        "at most 10 tags as NAME=VALUE&NAME=VALUE, percent-encoded";
    THUMBNAIL_ACL = "THUMBNAIL_ACL", "",
        "private, public-read, authenticated-read, bucket-owner-read or bucket-owner-full-control; \
         empty means none";
    ON_SOURCE_DELETED = "ON_SOURCE_DELETED", "delete",
        "delete or keep";
    MAX_SOURCE_BYTES = "MAX_SOURCE_BYTES", "104857600",
        "a whole number of bytes from 1 to 5368709120";
    MAX_PIXELS = "MAX_PIXELS", "100000000",
        "a whole number of pixels (width x height x frames) from 1 to 4294967296";
    MAX_RENDER_SECONDS = "MAX_RENDER_SECONDS", "20",
        "a whole number of seconds for one picture from 1 to 900";
    CONCURRENCY = "CONCURRENCY", "10",
        "a whole number of pictures at once from 1 to 1000";
    QUEUE_URL = "QUEUE_URL", "",
        "the URL of the queue that messages come from; empty leaves failed ones to its visibility timeout";
    DEAD_LETTER_QUEUE_URL = "DEAD_LETTER_QUEUE_URL", "",
        "the URL of the queue for rejected messages; empty leaves them to the queue's redrive policy";
    EVENT_BUS = "EVENT_BUS", "",
        "the name or the ARN of an EventBridge bus that is told what became of each picture; empty tells none";
    METRICS = "METRICS", "",
        "emf (lines in CloudWatch's embedded metric format) or off; empty means emf on Lambda, off elsewhere";
}

mod former;
pub mod memory;
pub mod rules;
mod values;
pub mod worker;

/// S3's largest single `PUT`: larger objects exist, but none of them is a picture.
const LARGEST_SOURCE_BYTES: u64 = 5 * 1024 * 1024 * 1024;
const LARGEST_PIXELS: u64 = 1 << 32;

/// The settings, checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// Which thumbnails are kept up to date, and how.
    pub policy: Policy,
    /// The limits for one picture.
    pub limits: Limits,
    /// The render timeout of one picture.
    pub render_timeout: Duration,
    /// How thumbnails are stored, beside their content.
    pub object_settings: ObjectSettings,
    /// The memory that the process plans with.
    pub memory: Memory,
    /// How many keys are worked on at once.
    pub concurrency: NonZeroUsize,
    /// The queue that messages come from, if it is known.
    pub queue_url: Option<String>,
    /// The queue that rejected messages go to, if there is one.
    pub dead_letter_queue_url: Option<String>,
    /// The event bus that is told what became of each picture, if there is one.
    pub event_bus: Option<String>,
    /// Whether S3 is reached at a custom endpoint (`AWS_ENDPOINT_URL_S3` or `AWS_ENDPOINT_URL`),
    /// with the bucket in the path and not in the host name.
    pub custom_endpoint: bool,
    /// How metrics are written; `None` writes none.
    pub metrics: Option<MetricSettings>,
    /// How spans are exported, in builds that can; `None` exports none.
    pub traces: Option<TraceSettings>,
}

/// Whom the metrics belong to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetricSettings {
    /// The function's name, or `worker` where there is no function.
    pub function_name: String,
}

/// How spans are exported. OpenTelemetry's own libraries read all other settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceSettings {
    /// The service that spans name, unless `OTEL_SERVICE_NAME` names another.
    pub service_name: String,
    /// How long sending them may take: `OTEL_EXPORTER_OTLP_TIMEOUT`.
    pub timeout: Duration,
}

/// Everything that is wrong with the settings.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub struct ConfigError {
    /// One for each thing that is wrong; never empty.
    pub problems: Vec<Problem>,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.problems.len();
        let noun = if count == 1 { "problem" } else { "problems" };
        write!(formatter, "{count} {noun} in the configuration")?;
        self.problems.iter().try_for_each(|problem| write!(formatter, "; {problem}"))
    }
}

/// One thing that is wrong with the settings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{variable}={value:?}: {complaint}")]
pub struct Problem {
    /// The variable.
    pub variable: &'static str,
    /// Its value.
    pub value: String,
    /// What was expected instead.
    pub complaint: String,
}

impl Config {
    /// The settings in this process's environment.
    pub fn from_environment() -> Result<Self, ConfigError> {
        Self::from_lookup(environment)
    }

    /// The settings that `lookup` gives by name. Unset and empty are the same.
    ///
    /// ```
    /// use s3_thumbnailer::config::Config;
    ///
    /// let set = |name: &str| (name == "JPEG_QUALITY").then(|| "800".to_owned());
    /// assert_eq!(
    ///     Config::from_lookup(set).unwrap_err().to_string(),
    ///     "1 problem in the configuration; \
    ///      JPEG_QUALITY=\"800\": expected a whole number from 1 to 100",
    /// );
    /// ```
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut reader = Reader { lookup, problems: Vec::new() };
        let sizes = reader.read(THUMBNAIL_SIZES, sizes);
        let jpeg_quality = reader.read(JPEG_QUALITY, |value| number(value, 1, 100));
        let webp_quality = reader.read(WEBP_QUALITY, |value| number(value, 1, 100));
        let format = reader.read(THUMBNAIL_FORMAT, format);
        let source_prefix = reader.read(SOURCE_PREFIX, prefix);
        let thumbnail_prefix = reader.read(THUMBNAIL_PREFIX, prefix);
        let source_bucket = reader.read(SOURCE_BUCKET, bucket);
        let thumbnail_bucket = reader.read(THUMBNAIL_BUCKET, bucket);
        let cache_control = reader.read(CACHE_CONTROL, header_value);
        let on_source_deleted = reader.read(ON_SOURCE_DELETED, on_source_deleted);
        let max_source_bytes =
            reader.read(MAX_SOURCE_BYTES, |value| number(value, 1, LARGEST_SOURCE_BYTES));
        let max_pixels = reader.read(MAX_PIXELS, |value| number(value, 1, LARGEST_PIXELS));
        let concurrency = reader.read(CONCURRENCY, |value| {
            number(value, NonZeroUsize::MIN, NonZeroUsize::MIN.saturating_add(999))
        });
        let render_seconds = reader.read(MAX_RENDER_SECONDS, |value| number(value, 1, 900));
        let queue_url = reader.read(QUEUE_URL, url);
        let dead_letter_queue_url = reader.read(DEAD_LETTER_QUEUE_URL, url);
        let event_bus = reader.read(EVENT_BUS, event_bus);
        let object_settings = reader.object_settings();
        let lambda = (reader.lookup)("AWS_LAMBDA_FUNCTION_MEMORY_SIZE");
        let memory = Memory::of_function(lambda.as_deref());
        let custom_endpoint = reader.set("AWS_ENDPOINT_URL_S3") || reader.set("AWS_ENDPOINT_URL");
        let on_lambda = reader.set(FUNCTION_NAME);
        let metrics = reader.read(METRICS, |value| metrics(value, on_lambda));
        let name = reader.name();
        let traces = reader.traces(&name);

        let (placements, rules) = if reader.set(THUMBNAIL_RULES.name) {
            let json = reader.value(THUMBNAIL_RULES);
            let cache_control = cache_control.as_deref().unwrap_or_default();
            let rules = reader.check(THUMBNAIL_RULES, rules::parse(&json, cache_control));
            rules.map(|rules| rules.into_iter().unzip()).unzip()
        } else {
            let names = |sizes: &Vec<Size>| {
                vec![Placement::in_folders(sizes.iter().map(|size| size.name.as_deref()))]
            };
            let placements = sizes.as_ref().map(names);
            let rule = (|| {
                let quality = Qualities {
                    jpeg: Quality::Set(jpeg_quality?),
                    webp: Quality::Set(webp_quality?),
                    ..Qualities::default()
                };
                Some(vec![simple_rule(sizes?, format?, quality, cache_control.as_deref()?)])
            })();
            (placements, rule)
        };
        let json = reader.value(FORMER_RULES);
        let former = reader.check(FORMER_RULES, former::placements(&json));
        let buckets_and_prefixes =
            (&source_prefix, &thumbnail_prefix, &source_bucket, &thumbnail_bucket);
        let layout = match (buckets_and_prefixes, placements) {
            ((Some(source), Some(thumbnail), Some(from), Some(to)), Some(placements)) => {
                // Naming the source bucket is like naming none: the prefixes must not overlap.
                let elsewhere = to.as_deref().filter(|to| Some(*to) != from.as_deref());
                let layout = Layout::new(source, thumbnail, elsewhere, placements);
                let at_fault = match &layout {
                    Err(LayoutError::SharedKey { .. }) => THUMBNAIL_RULES,
                    _ => THUMBNAIL_PREFIX,
                };
                reader.check(at_fault, layout)
            }
            _ => None,
        };
        let settings = (|| {
            Some(Self {
                policy: Policy {
                    layout: layout?.with_former(former?),
                    source_bucket: source_bucket?,
                    rules: rules?,
                    cache_control: cache_control?,
                    max_source_bytes: max_source_bytes?,
                    source_memory: MemoryBudget::new(memory.for_sources()),
                    on_source_deleted: on_source_deleted?,
                },
                limits: Limits { max_pixels: max_pixels? },
                render_timeout: Duration::from_secs(render_seconds?),
                object_settings: object_settings?,
                memory,
                concurrency: concurrency?,
                queue_url: queue_url?,
                dead_letter_queue_url: dead_letter_queue_url?,
                event_bus: event_bus?,
                custom_endpoint,
                metrics: metrics?.then_some(MetricSettings { function_name: name }),
                traces,
            })
        })();
        settings.ok_or(ConfigError { problems: reader.problems })
    }

    /// The same settings for a process that has this much `memory`.
    #[must_use]
    pub fn within(mut self, memory: Memory) -> Self {
        self.policy.source_memory = MemoryBudget::new(memory.for_sources());
        Self { memory, ..self }
    }

    /// An engine with these limits, which renders on as many threads as there are vCPUs.
    #[must_use]
    pub fn engine(&self) -> Engine {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let memory = MemoryBudget::new(self.memory.for_pictures());
        Engine::new(self.limits, threads, memory, self.render_timeout)
    }
}

/// Replaces what is not UTF-8 by a mark; such a value is then refused like any wrong one.
fn environment(name: &str) -> Option<String> {
    std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
}

/// How log lines are written; a Lambda function's own logging configuration sets this.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogSettings {
    /// The lowest level that is written, as `tracing` names it; `info` by default.
    pub level: &'static str,
    /// JSON lines rather than text; the default.
    pub json: bool,
}

impl LogSettings {
    /// The settings in `AWS_LAMBDA_LOG_LEVEL` and `AWS_LAMBDA_LOG_FORMAT` (AWS Lambda Developer
    /// Guide, "Configuring advanced logging controls"). Unknown values mean the defaults.
    #[must_use]
    pub fn from_environment() -> Self {
        Self::from_lookup(environment)
    }

    fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Self {
        let level = lookup("AWS_LAMBDA_LOG_LEVEL").unwrap_or_default().to_ascii_uppercase();
        let level = match level.as_str() {
            "TRACE" => "trace",
            "DEBUG" => "debug",
            "WARN" => "warn",
            "ERROR" | "FATAL" => "error",
            _ => "info",
        };
        let text = lookup("AWS_LAMBDA_LOG_FORMAT").is_some_and(|f| f.eq_ignore_ascii_case("text"));
        Self { level, json: !text }
    }
}

/// The variable in which Lambda gives the function's name.
const FUNCTION_NAME: &str = "AWS_LAMBDA_FUNCTION_NAME";

/// Reads variables and collects the problems with them.
struct Reader<L> {
    lookup: L,
    problems: Vec<Problem>,
}

impl<L: Fn(&str) -> Option<String>> Reader<L> {
    fn set(&self, name: &str) -> bool {
        (self.lookup)(name).is_some_and(|value| !value.is_empty())
    }

    /// The function's name, or `worker`.
    fn name(&self) -> String {
        let name = (self.lookup)(FUNCTION_NAME).filter(|name| !name.is_empty());
        name.unwrap_or_else(|| "worker".to_owned())
    }

    /// How thumbnails are stored, beside their content.
    fn object_settings(&mut self) -> Option<ObjectSettings> {
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
    fn traces(&self, name: &str) -> Option<TraceSettings> {
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

    fn value(&self, variable: Variable) -> String {
        let set = (self.lookup)(variable.name).filter(|value| !value.is_empty());
        set.unwrap_or_else(|| variable.default.to_owned())
    }

    /// `None` if the value does not have the expected form; the problem is then noted.
    fn read<T>(&mut self, variable: Variable, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        let value = self.value(variable);
        let parsed = parse(&value);
        if parsed.is_none() {
            let complaint = format!("expected {}", variable.expected);
            self.problems.push(Problem { variable: variable.name, value, complaint });
        }
        parsed
    }

    fn check<T>(&mut self, variable: Variable, checked: Result<T, impl fmt::Display>) -> Option<T> {
        let error = match checked {
            Ok(value) => return Some(value),
            Err(error) => error,
        };
        let (value, complaint) = (self.value(variable), error.to_string());
        self.problems.push(Problem { variable: variable.name, value, complaint });
        None
    }
}

/// The rule that the simple variables make up.
fn simple_rule(
    sizes: Vec<Size>,
    format: FormatChoice,
    quality: Qualities,
    cache_control: &str,
) -> Rule {
    let output =
        |size: &Size| Output { format, quality, ..Output::inside(size.width, size.height) };
    let outputs = sizes.iter().map(output).collect();
    let recipe = Recipe { outputs, placeholders: false };
    let id = RecipeId::new(&recipe, cache_control);
    let names = sizes.into_iter().map(|size| size.name.unwrap_or_default()).collect();
    Rule { recipe: Arc::new(recipe), id, names }
}

#[cfg(test)]
mod tests;
