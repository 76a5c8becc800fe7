//! How logs, metrics and traces are written.

use std::time::Duration;

use super::variables::environment;

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

    pub(super) fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Self {
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
