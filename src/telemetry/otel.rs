//! Traces over OpenTelemetry's protocol, in builds with the feature `otel`: a span for each
//! picture, in the trace of its message, and within it a span for each stage. OpenTelemetry's own
//! variables, which its libraries read, say where the traces go.
//!
//! Spans are made from a report, once a picture has ended; the work itself does not know of them.
//! They are held until `Traces::flush`, since nothing may be sent between two invocations.

#![expect(clippy::disallowed_methods, reason = "the time of day is needed here")]

use std::mem;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use hyper_rustls::HttpsConnectorBuilder;
use opentelemetry::trace::{
    Link, Span as _, SpanBuilder, SpanContext, SpanId, SpanKind, Status, TraceContextExt as _,
    TraceFlags, TraceId, TraceState, Tracer as _, TracerProvider as _,
};
use opentelemetry::{Context, Key, KeyValue, Value};
use opentelemetry_http::hyper::HyperClient;
use opentelemetry_otlp::{ExporterBuildError, SpanExporter, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    SdkTracer, SdkTracerProvider, Span, SpanData, SpanExporter as _, SpanProcessor,
};
use tokio::time::{Instant, timeout, timeout_at};
use tracing::warn;

use super::picture;
use super::xray::TraceHeader;
use crate::causes::causes;
use crate::config::TraceSettings;
use crate::reconcile::{ReconcileError, Stage};
use crate::service::KeyReport;

/// The most spans that are held. Only a worker can reach it: an invocation has fewer.
const MAX_HELD: usize = 8192;
/// Sending is given up this long before the invocation ends, to leave time for answering.
const ANSWER_MARGIN: Duration = Duration::from_millis(250);

/// Why no traces are exported.
#[derive(Debug, thiserror::Error)]
pub enum TracesError {
    /// Operator: no exporter can be built from the settings.
    #[error("the exporter cannot be made")]
    Exporter(#[from] ExporterBuildError),
    /// Environment: the certificates that verify a collector cannot be read.
    #[error("the system's certificates cannot be read")]
    Certificates(#[from] std::io::Error),
}

/// Makes spans, holds them, and sends them.
#[derive(Debug)]
pub struct Traces {
    held: Held,
    tracer: SdkTracer,
    timeout: Duration,
    exporter: tokio::sync::Mutex<SpanExporter>,
    /// Once this is dropped, no more spans are taken.
    _provider: SdkTracerProvider,
}

impl Traces {
    /// Spans name the service `settings.service_name`, unless `OTEL_SERVICE_NAME` is set. Nothing
    /// is sent yet.
    pub fn new(settings: &TraceSettings) -> Result<Self, TracesError> {
        let https = HttpsConnectorBuilder::new()
            .with_native_roots()?
            .https_or_http()
            .enable_http1()
            .build();
        let client = HyperClient::new(https, settings.timeout, None);
        let mut exporter = SpanExporter::builder().with_http().with_http_client(client).build()?;
        let resource = resource(&settings.service_name);
        exporter.set_resource(&resource);
        let held = Held::default();
        let provider = SdkTracerProvider::builder()
            .with_span_processor(held.clone())
            .with_resource(resource)
            .build();
        let tracer = provider.tracer("s3-thumbnailer");
        let (timeout, exporter) = (settings.timeout, tokio::sync::Mutex::new(exporter));
        Ok(Self { held, tracer, timeout, exporter, _provider: provider })
    }

    /// Makes the spans of a picture whose work has ended.
    pub(super) fn record(&self, report: &KeyReport<'_>) {
        let now = SystemTime::now();
        let ended = now.checked_sub(report.ended.elapsed()).unwrap_or(now);
        let begun = ended.checked_sub(report.elapsed).unwrap_or(ended);
        let headers = report.requesters.iter().filter_map(|requester| requester.trace_header);
        let mut senders: Vec<SpanContext> =
            headers.filter_map(TraceHeader::parse).filter_map(|header| sender(&header)).collect();
        senders.dedup();
        let mut senders = senders.into_iter();
        let parent = match senders.next() {
            Some(sender) => Context::new().with_remote_span_context(sender),
            None => Context::new(),
        };
        let builder = SpanBuilder::from_name("reconcile")
            .with_kind(SpanKind::Consumer)
            .with_start_time(begun)
            .with_attributes(attributes(report))
            .with_links(senders.map(|sender| Link::new(sender, Vec::new(), 0)).collect());
        let mut span = self.tracer.build_with_context(builder, &parent);
        if let Err(failure) = report.result {
            span.set_status(Status::error(causes(failure)));
        }
        let within = Context::new().with_span(span);
        for timed in report.measured.stages.ended() {
            let from = begun + timed.after;
            let builder = SpanBuilder::from_name(match timed.stage {
                Stage::Look => "look",
                Stage::Read => "read",
                Stage::Render => "render",
                Stage::Write => "write",
            });
            let builder = builder.with_kind(SpanKind::Internal).with_start_time(from);
            let mut stage = self.tracer.build_with_context(builder, &within);
            stage.end_with_timestamp(from + timed.took);
        }
        within.span().end_with_timestamp(ended);
    }

    /// Sends the spans that are held, and gives up before `deadline`. Spans that cannot be sent are
    /// lost: no picture should fail for them.
    pub(super) async fn flush(&self, deadline: Option<Instant>) {
        let spans = mem::take(&mut *self.held.0.lock().unwrap_or_else(PoisonError::into_inner));
        if spans.is_empty() {
            return;
        }
        let count = spans.len();
        let export =
            timeout(self.timeout, async { self.exporter.lock().await.export(spans).await });
        let sent = match deadline.and_then(|deadline| deadline.checked_sub(ANSWER_MARGIN)) {
            Some(end) => timeout_at(end, export).await.unwrap_or_else(Err),
            None => export.await,
        };
        match sent {
            Ok(Ok(())) => {}
            Ok(Err(failure)) => warn!(count, cause = causes(&failure), "spans were not sent"),
            Err(_) => warn!(count, cause = "no answer in time", "spans were not sent"),
        }
    }
}

/// `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES` take precedence over `service_name`.
fn resource(service_name: &str) -> Resource {
    let said = Resource::builder().build();
    let unnamed = match said.get(&Key::from_static_str("service.name")) {
        Some(Value::String(name)) => name.as_str().starts_with("unknown_service"),
        _ => true,
    };
    if !unnamed {
        return said;
    }
    Resource::builder().with_service_name(service_name.to_owned()).build()
}

/// X-Ray and OpenTelemetry use the same ids, but write them differently.
fn sender(header: &TraceHeader) -> Option<SpanContext> {
    let trace: String = header.root.strip_prefix("1-")?.split('-').collect();
    let trace = TraceId::from_hex(&trace).ok()?;
    let span = SpanId::from_hex(header.parent.as_deref()?).ok()?;
    let flags = TraceFlags::default().with_sampled(header.sampled);
    Some(SpanContext::new(trace, span, flags, true, TraceState::NONE))
}

/// OpenTelemetry's "Semantic conventions" for S3, messaging and errors, and our own attributes.
fn attributes(report: &KeyReport<'_>) -> Vec<KeyValue> {
    let mut attributes = vec![
        KeyValue::new("aws.s3.bucket", report.source.bucket.clone()),
        KeyValue::new("aws.s3.key", report.source.key.clone()),
        KeyValue::new("thumbnailer.outcome", picture::outcome(report)),
    ];
    let reason = picture::reason(report);
    attributes.extend(reason.map(|reason| KeyValue::new("thumbnailer.reason", reason)));
    let error = report.result.as_ref().err().map(ReconcileError::reason);
    attributes.extend(error.map(|reason| KeyValue::new("error.type", reason)));
    if let Some(requester) = report.requesters.first() {
        attributes.push(KeyValue::new("messaging.message.id", requester.message_id.to_owned()));
    }
    attributes
}

/// Collects spans as they end.
#[derive(Debug, Clone, Default)]
struct Held(Arc<Mutex<Vec<SpanData>>>);

impl SpanProcessor for Held {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if held.len() < MAX_HELD && span.span_context.is_sampled() {
            held.push(span);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}
