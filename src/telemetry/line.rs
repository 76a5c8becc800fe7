//! How a log line is written as JSON: one flat object with the fields of Lambda's JSON format
//! (`timestamp`, `level`, `message`, `requestId`), where CloudWatch Logs Insights finds them.
//! Others decide what is in a line.

use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::Value;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime as _, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

/// The field that names an invocation, in its span and in each line within it.
const REQUEST_ID: &str = "requestId";
/// Events cannot carry lists: these fields come as JSON text, and are written as lists.
const LISTS: [&str; 1] = ["thumbnails"];

/// The present time in RFC 3339, in UTC.
pub(super) fn now() -> String {
    let mut time = String::new();
    // Writing to a string does not fail.
    let _ = SystemTime.format_time(&mut Writer::new(&mut time));
    time
}

/// Keeps the id of an invocation with its span, where [`Json`] finds it.
pub(super) struct RequestIds;

struct RequestId(String);

impl<S: Subscriber + for<'s> LookupSpan<'s>> Layer<S> for RequestIds {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        let named = fields.0.into_iter().find(|(name, _)| *name == REQUEST_ID);
        if let (Some((_, Value::String(text))), Some(span)) = (named, context.span(id)) {
            span.extensions_mut().insert(RequestId(text));
        }
    }
}

/// Writes events as JSON lines.
pub(super) struct Json;

impl<S, N> FormatEvent<S, N> for Json
where
    S: Subscriber + for<'s> LookupSpan<'s>,
    N: for<'w> FormatFields<'w> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let level = event.metadata().level().as_str();
        let mut line = Fields(vec![("timestamp", now().into()), ("level", level.into())]);
        let spans = context.event_scope().into_iter().flatten();
        let request = spans
            .into_iter()
            .find_map(|span| span.extensions().get::<RequestId>().map(|RequestId(id)| id.clone()));
        line.0.extend(fields.0.extract_if(.., |(name, _)| *name == "message"));
        line.0.extend(request.map(|id| (REQUEST_ID, id.into())));
        line.0.append(&mut fields.0);
        let line = serde_json::to_string(&line).map_err(|_| fmt::Error)?;
        writeln!(writer, "{line}")
    }
}

/// Names and values, in the order in which they were given.
#[derive(Default)]
struct Fields(Vec<(&'static str, Value)>);

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, text: &str) {
        let list = LISTS.contains(&field.name()).then(|| serde_json::from_str(text).ok());
        self.0.push((field.name(), list.flatten().unwrap_or_else(|| text.into())));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.push((field.name(), value.into()));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.0.push((field.name(), value.into()));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.0.push((field.name(), value.into()));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.0.push((field.name(), value.into()));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.push((field.name(), format!("{value:?}").into()));
    }
}
