//! What can be seen of the work from outside: a log line for each picture and each panic, metrics,
//! and traces in builds that have them. It observes; nothing is decided here.
//!
//! A picture's log line and its metrics come from one report, so lines counted by their outcome
//! agree with the metrics.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};
use tracing::{Span, Subscriber, debug, error, error_span, info, warn};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _};

use crate::canary::CanaryError;
use crate::causes::causes;
use crate::config::{Config, LogSettings};
use crate::notification::NotificationError;
use crate::object::ObjectRef;
use crate::queue::{Message, QueueError};
use crate::service::{KeyReport, Observer};

mod emf;
mod line;
pub mod metrics;
#[cfg(feature = "otel")]
pub mod otel;
mod picture;
pub mod prometheus;
pub mod xray;

use metrics::Metrics;
#[cfg(feature = "otel")]
use otel::Traces;
use xray::TraceHeader;

/// Sends log lines to standard output, with the level and format of Lambda's log settings, and
/// panics to the log. Call it once, first.
pub fn start(settings: &LogSettings) {
    subscriber(settings, std::io::stdout).init();
    std::panic::set_hook(Box::new(|panic| {
        let at = panic.location().map(ToString::to_string).unwrap_or_default();
        let cause = crate::engine::panic_message(panic.payload());
        error!(at, cause, "panic");
    }));
}

/// A subscriber that writes log lines to `writer`, each in one piece.
pub fn subscriber<W>(settings: &LogSettings, writer: W) -> impl Subscriber + Send + Sync + 'static
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    // Libraries log only warnings and errors, and never more than we do.
    let others = if settings.level == "error" { "error" } else { "warn" };
    let filter = format!("{0},aws={1},hyper={1},lambda_runtime={1}", settings.level, others);
    let lines = tracing_subscriber::fmt::layer().with_writer(writer).with_ansi(false);
    let lines = if settings.json {
        lines.event_format(line::Json).boxed()
    } else {
        lines.with_target(false).boxed()
    };
    tracing_subscriber::registry().with(EnvFilter::new(filter)).with(line::RequestIds).with(lines)
}

/// The span of one Lambda invocation. Every line within it carries the id as `requestId`, also when
/// several invocations run at once.
#[must_use]
pub fn invocation(request_id: &str) -> Span {
    // At this level, no log setting filters it out.
    error_span!("invocation", requestId = request_id)
}

/// Writes log lines as things happen, and collects what [`Telemetry::flush`] sends. Clones share
/// this collection.
#[derive(Debug, Clone, Default)]
pub struct Telemetry {
    metrics: Option<Arc<Metrics>>,
    #[cfg(feature = "otel")]
    traces: Option<Arc<Traces>>,
}

impl Telemetry {
    /// Telemetry as configured. Metrics go to standard output, among the log lines.
    #[must_use]
    pub fn new(config: &Config, log: &LogSettings) -> Self {
        let telemetry = match &config.metrics {
            Some(settings) => Self::default().with_metrics(Metrics::new(
                &settings.function_name,
                log.level,
                std::io::stdout(),
            )),
            None => Self::default(),
        };
        #[cfg(feature = "otel")]
        if let Some(settings) = &config.traces {
            match Traces::new(settings) {
                Ok(traces) => return telemetry.with_traces(traces),
                Err(failure) => error!(cause = causes(&failure), "no traces are exported"),
            }
        }
        telemetry
    }

    /// The same, with these metrics.
    #[must_use]
    pub fn with_metrics(mut self, metrics: Metrics) -> Self {
        self.metrics = Some(Arc::new(metrics));
        self
    }

    /// The same, with these traces.
    #[cfg(feature = "otel")]
    #[must_use]
    pub fn with_traces(self, traces: Traces) -> Self {
        Self { traces: Some(Arc::new(traces)), ..self }
    }

    /// Writes the metrics and sends the traces of what happened since the last flush. An invocation
    /// flushes before it answers, since Lambda may freeze the process afterwards. The flush ends
    /// before `deadline`; what is not sent by then is lost.
    #[cfg_attr(not(feature = "otel"), expect(clippy::unused_async, reason = "traces are sent"))]
    pub async fn flush(&self, deadline: Option<Instant>) {
        if let Some(metrics) = &self.metrics
            && let Err(cause) = metrics.write()
        {
            error!(%cause, "metrics were not written");
        }
        #[cfg(feature = "otel")]
        if let Some(traces) = &self.traces {
            traces.flush(deadline).await;
        }
        #[cfg(not(feature = "otel"))]
        let _ = deadline;
    }

    /// Flushes once in each `period`, and never ends: for processes without invocations.
    pub async fn flush_every(&self, period: Duration) -> Infallible {
        loop {
            sleep(period).await;
            self.flush(None).await;
        }
    }
}

impl Observer for Telemetry {
    fn key_finished(&self, report: &KeyReport<'_>) {
        picture::write(report);
        if let Some(metrics) = &self.metrics {
            metrics.count(report);
        }
        #[cfg(feature = "otel")]
        if let Some(traces) = &self.traces {
            traces.record(report);
        }
    }

    fn message_not_understood(
        &self,
        message: &Message,
        failure: &NotificationError,
        comes_back: bool,
    ) {
        // The log gets neither the body nor what an error quotes of it: a body can hold anything.
        let cause = match failure {
            NotificationError::NotJson(_)
            | NotificationError::UnknownShape
            | NotificationError::NoRecords
            | NotificationError::NestedTooDeep => causes(failure),
            NotificationError::Malformed { .. } => failure.to_string(),
            NotificationError::KeyNotUtf8(_) => {
                "the object key is not UTF-8 once decoded".to_owned()
            }
        };
        let trace = message.trace_header.as_deref().and_then(TraceHeader::parse);
        error!(
            messageId = message.id,
            outcome = picture::error_outcome(comes_back),
            reason = metrics::NOT_UNDERSTOOD,
            cause,
            receiveCount = message.receive_count,
            xrayTraceId = trace.as_ref().map(|trace| trace.root.as_str()),
            "the message is not understood"
        );
        if let Some(metrics) = &self.metrics {
            metrics.count_not_understood(comes_back);
        }
    }

    fn reject_failed(&self, message_id: &str, failure: &QueueError) {
        let cause = causes(failure);
        error!(
            messageId = message_id,
            cause, "the message could not be moved to the dead-letter queue; it comes back"
        );
        if let Some(metrics) = &self.metrics {
            metrics.count_fault();
        }
    }

    fn delay_failed(&self, message_id: &str, failure: &QueueError) {
        let cause = causes(failure);
        warn!(
            messageId = message_id,
            cause,
            "the message could not be delayed; it comes back when its visibility timeout ends"
        );
    }

    fn canary_ended(&self, canary: &ObjectRef, result: Result<Duration, &CanaryError>) {
        let ObjectRef { bucket, key } = canary;
        match result {
            Ok(time) => {
                let milliseconds = picture::milliseconds(time);
                info!(bucket, key, milliseconds, "the canary came back");
                if let Some(metrics) = &self.metrics {
                    metrics.count_canary(time);
                }
            }
            Err(failure) => {
                error!(bucket, key, cause = causes(failure), "the canary is lost");
            }
        }
    }

    fn message_ignored(&self, message_id: &str, event: &str) {
        debug!(messageId = message_id, event, "the event asks for nothing");
    }
}
