//! Amazon EventBridge, or a server that speaks like it, through the AWS SDK. Only this file of the
//! library names that SDK.

#![expect(clippy::disallowed_types, reason = "the AWS client stays in here")]

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::error::{ProvideErrorMetadata as _, SdkError};
use aws_sdk_eventbridge::operation::put_events::PutEventsError;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use super::{AnyBus, Bus, BusError, Event};
use crate::aws;

/// Who sends the events, as rules select it.
const SOURCE: &str = "s3-thumbnailer";

/// How long one attempt of a call may take.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(5);

/// A bus through the AWS SDK.
#[derive(Debug)]
pub struct EventBridge {
    client: Client,
    /// Its name or ARN.
    bus: String,
}

/// The bus of this name or ARN, reached with the settings that AWS SDKs share. Makes no call;
/// without a name, there is no bus.
pub async fn connect(bus: Option<String>) -> AnyBus {
    let bus = bus?;
    let timeouts = aws::timeouts().operation_attempt_timeout(ATTEMPT_TIMEOUT).build();
    let shared = aws::settings().timeout_config(timeouts).load().await;
    Some(Arc::new(EventBridge::new(Client::new(&shared), bus)))
}

impl EventBridge {
    /// A bus that is reached by `client`.
    #[must_use]
    pub fn new(client: Client, bus: String) -> Self {
        Self { client, bus }
    }

    async fn put(&self, event: Event) -> Result<(), BusError> {
        let entry = PutEventsRequestEntry::builder()
            .source(SOURCE)
            .detail_type(event.detail_type)
            .detail(event.detail)
            .event_bus_name(&self.bus)
            .build();
        let answer = self.client.put_events().entries(entry).send().await;
        let answer = answer.map_err(|error| self.failed(error))?;
        // The call succeeds even if the bus did not take the entry.
        let mut refused = answer.entries().iter().filter_map(|entry| entry.error_code());
        match refused.next() {
            None if answer.failed_entry_count() == 0 => Ok(()),
            code => {
                let code = code.unwrap_or("no code");
                let (kind, is_fault) = classify(Some(code), None);
                Err(self.error(kind, is_fault, code.to_owned().into()))
            }
        }
    }

    fn failed(&self, error: SdkError<PutEventsError>) -> BusError {
        let status = error.raw_response().map(|response| response.status().as_u16());
        let (kind, is_fault) = match &error {
            SdkError::TimeoutError(_) => ("timed out", false),
            SdkError::DispatchFailure(failure) if failure.is_timeout() => ("timed out", false),
            SdkError::DispatchFailure(failure) if failure.is_io() => {
                ("the connection failed", false)
            }
            _ => classify(error.code(), status),
        };
        self.error(kind, is_fault, error.into_source().unwrap_or_else(|error| Box::new(error)))
    }

    fn error(
        &self,
        kind: &'static str,
        is_fault: bool,
        source: Box<dyn std::error::Error + Send + Sync>,
    ) -> BusError {
        BusError { bus: self.bus.clone(), kind, is_fault, source }
    }
}

/// Codes as the Amazon EventBridge API Reference lists them under `PutEvents`, for a call and for an
/// entry of it.
fn classify(code: Option<&str>, status: Option<u16>) -> (&'static str, bool) {
    match (code, status) {
        (Some("ThrottlingException" | "Throttling"), _) | (_, Some(429 | 503)) => {
            ("throttled", false)
        }
        (Some("ResourceNotFoundException" | "InvalidArgument"), _) => {
            ("the bus does not exist", true)
        }
        (
            Some(
                "AccessDenied"
                | "AccessDeniedException"
                | "NotAuthorizedForSourceException"
                | "NotAuthorizedForDetailTypeException",
            ),
            _,
        )
        | (_, Some(401 | 403)) => {
            ("access denied; does the role allow events:PutEvents on this bus?", true)
        }
        (Some("InternalFailure" | "InternalException"), _) | (_, Some(500..=599)) => {
            ("the service failed", false)
        }
        _ => ("an unexpected answer", true),
    }
}

impl Bus for EventBridge {
    fn publish(&self, event: Event) -> BoxFuture<'_, Result<(), BusError>> {
        self.put(event).boxed()
    }
}
