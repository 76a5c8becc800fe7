//! The settings. Only this module reads the environment. All settings are checked at start, and all
//! problems are reported together, each with the variable, its value and the expected form.

#![expect(clippy::disallowed_methods, reason = "the environment is read here")]

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use crate::engine::Engine;
use crate::memory_budget::MemoryBudget;
use crate::object::{Layout, LayoutError, Placement};
use crate::provenance::RecipeId;
use crate::reconcile::{Policy, Rule};
use crate::store::ObjectSettings;
use thumbnail::{FormatChoice, Limits, OnDamaged, Output, Qualities, Quality, Recipe};

use memory::Memory;
use reader::{FUNCTION_NAME, Reader};
use values::{
    Size, bucket, event_bus, format, header_value, metrics, number, on_damaged, on_source_deleted,
    prefix, sizes, url,
};
use variables::{
    CACHE_CONTROL, CONCURRENCY, DEAD_LETTER_QUEUE_URL, EVENT_BUS, FORMER_RULES, JPEG_QUALITY,
    MAX_PIXELS, MAX_RENDER_SECONDS, MAX_SOURCE_BYTES, METRICS, ON_DAMAGED, ON_SOURCE_DELETED,
    QUEUE_URL, SOURCE_BUCKET, SOURCE_PREFIX, THUMBNAIL_BUCKET, THUMBNAIL_FORMAT, THUMBNAIL_PREFIX,
    THUMBNAIL_RULES, THUMBNAIL_SIZES, WEBP_QUALITY, environment,
};

mod error;
mod former;
pub mod memory;
mod reader;
pub mod rules;
mod telemetry;
mod values;
#[macro_use]
mod variables;
pub mod worker;

pub use error::{ConfigError, Problem};
pub use telemetry::{LogSettings, MetricSettings, TraceSettings};
pub use variables::{VARIABLES, Variable};

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
        let on_damaged = reader.read(ON_DAMAGED, on_damaged);
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
            let defaults = rules::Defaults {
                cache_control: cache_control.as_deref().unwrap_or_default(),
                on_damaged: on_damaged.unwrap_or_default(),
            };
            let rules = reader.check(THUMBNAIL_RULES, rules::parse(&json, defaults));
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
                let outputs = (sizes?, format?, quality);
                Some(vec![simple_rule(outputs, on_damaged?, cache_control.as_deref()?)])
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

/// The rule that the simple variables make up.
fn simple_rule(
    (sizes, format, quality): (Vec<Size>, FormatChoice, Qualities),
    on_damaged: OnDamaged,
    cache_control: &str,
) -> Rule {
    let output =
        |size: &Size| Output { format, quality, ..Output::inside(size.width, size.height) };
    let outputs = sizes.iter().map(output).collect();
    let recipe = Recipe { outputs, placeholders: false, on_damaged };
    let id = RecipeId::new(&recipe, cache_control);
    let names = sizes.into_iter().map(|size| size.name.unwrap_or_default()).collect();
    Rule { recipe: Arc::new(recipe), id, names }
}

#[cfg(test)]
mod tests;
