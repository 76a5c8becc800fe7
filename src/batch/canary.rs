//! The schedule that sends out the canary: `{"canary": {"bucket": ..., "key": ...}}` comes in.
//!
//! The answer is a success also when the canary is lost. The alarm waits for the next one, and
//! Lambda would only start the same one twice more.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::time::Instant;

use crate::causes::causes;
use crate::engine::Renderer;
use crate::object::ObjectRef;
use crate::queue::Queue;
use crate::service::{Observer, Service};
use crate::store::Store;

/// Whether `event` asks for the canary.
#[must_use]
pub fn is_invocation(event: &Value) -> bool {
    event.get("canary").is_some()
}

/// What the schedule hands us.
#[derive(Debug, Deserialize)]
pub struct Invocation {
    canary: Place,
}

#[derive(Debug, Deserialize)]
struct Place {
    bucket: String,
    key: String,
}

/// What became of the canary.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Response {
    /// It came back after so many milliseconds.
    CameBack {
        /// From before its upload until its thumbnails were seen.
        milliseconds: u64,
    },
    /// It did not, for this cause.
    Lost {
        /// The whole error, for people.
        cause: String,
    },
}

/// Sends out the canary and waits for it.
pub async fn send<S: Store, R: Renderer, Q: Queue, O: Observer>(
    service: &Service<S, R, Q, O>,
    Invocation { canary }: Invocation,
    deadline: Option<Instant>,
) -> Response {
    match service.probe(&ObjectRef::new(canary.bucket, canary.key), deadline).await {
        Ok(time) => {
            let milliseconds = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
            Response::CameBack { milliseconds }
        }
        Err(error) => Response::Lost { cause: causes(&error) },
    }
}
