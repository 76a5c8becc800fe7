//! S3 Batch Operations, for pictures that are already in a bucket: a job hands us keys one by one,
//! and we answer what became of each. Only the way in differs; the work is the same.
//!
//! Amazon S3 User Guide, "Invoke AWS Lambda function".

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::time::Instant;

use crate::causes::causes;
use crate::engine::Renderer;
use crate::notification::decode_form;
use crate::object::ObjectRef;
use crate::queue::Queue;
use crate::reconcile::{Disposition, Outcome, Reconciled};
use crate::service::{Observer, Requester, Service};
use crate::store::Store;

/// Whether `event` is a task of a job, rather than a batch of messages.
#[must_use]
pub fn is_invocation(event: &Value) -> bool {
    event.get("invocationSchemaVersion").is_some()
}

/// What a job hands us, in schema 1.0 or 2.0.
#[derive(Debug, Deserialize)]
pub struct Invocation {
    #[serde(rename = "invocationSchemaVersion")]
    schema_version: String,
    #[serde(rename = "invocationId")]
    id: String,
    tasks: Vec<Task>,
}

#[derive(Debug, Deserialize)]
struct Task {
    #[serde(rename = "taskId")]
    id: String,
    #[serde(rename = "s3Key")]
    key: String,
    /// Schema 2.0: the bucket's name.
    #[serde(rename = "s3Bucket")]
    bucket: Option<String>,
    /// Schema 1.0: the bucket's ARN.
    #[serde(rename = "s3BucketArn")]
    bucket_arn: Option<String>,
}

/// The answer to a job.
#[derive(Debug, Serialize)]
pub struct Response {
    #[serde(rename = "invocationSchemaVersion")]
    schema_version: String,
    #[serde(rename = "treatMissingKeysAs")]
    missing_keys: ResultCode,
    #[serde(rename = "invocationId")]
    id: String,
    results: Vec<TaskResult>,
}

#[derive(Debug, Serialize)]
struct TaskResult {
    #[serde(rename = "taskId")]
    id: String,
    #[serde(rename = "resultCode")]
    code: ResultCode,
    #[serde(rename = "resultString")]
    words: String,
}

#[derive(Debug, Clone, Copy, Serialize)]
enum ResultCode {
    Succeeded,
    TemporaryFailure,
    PermanentFailure,
}

/// Reconciles the key of each task and says what became of it.
pub async fn operate<S: Store, R: Renderer, Q: Queue, O: Observer>(
    service: &Service<S, R, Q, O>,
    invocation: Invocation,
    deadline: Option<Instant>,
) -> Response {
    let Invocation { schema_version, id, tasks } = invocation;
    let objects: Vec<Result<ObjectRef, String>> = tasks.iter().map(object).collect();
    let mut requesters: HashMap<&ObjectRef, Vec<Requester<'_>>> = HashMap::new();
    for (task, object) in tasks.iter().zip(&objects) {
        if let Ok(object) = object {
            requesters.entry(object).or_default().push(Requester::named(&task.id));
        }
    }
    let ended = service.reconcile_all(requesters, deadline).await;
    // The answer below is all that becomes of them.
    service.report_refused(&ended, |_| false);
    let results = tasks.iter().zip(&objects).map(|(task, object)| {
        let (code, words) = match object {
            Ok(object) => result(ended.get(object).map(|ended| &ended.reconciled)),
            Err(problem) => (ResultCode::PermanentFailure, problem.clone()),
        };
        TaskResult { id: task.id.clone(), code, words }
    });
    Response {
        results: results.collect(),
        missing_keys: ResultCode::PermanentFailure,
        schema_version,
        id,
    }
}

fn object(task: &Task) -> Result<ObjectRef, String> {
    let named = task.bucket.as_deref();
    let by_arn = task.bucket_arn.as_deref().and_then(|arn| arn.rsplit(":::").next());
    let bucket = named.or(by_arn).ok_or("the task names no bucket")?;
    let key = decode_form(&task.key).map_err(|error| error.to_string())?;
    Ok(ObjectRef::new(bucket, key))
}

/// The result code, and the text beside it in the job's report.
fn result(reconciled: Option<&Reconciled>) -> (ResultCode, String) {
    let Some(Reconciled { result, .. }) = reconciled else {
        return (ResultCode::TemporaryFailure, "not looked at".to_owned());
    };
    match result {
        Ok(Outcome::Made(made)) => {
            (ResultCode::Succeeded, format!("{} thumbnails written", made.thumbnails.len()))
        }
        Ok(Outcome::UpToDate) => (ResultCode::Succeeded, "already up to date".to_owned()),
        Ok(Outcome::Removed { removed }) => {
            (ResultCode::Succeeded, format!("source is gone; {removed} thumbnails removed"))
        }
        Ok(Outcome::Skipped(skip)) => {
            (ResultCode::Succeeded, format!("skipped: {}", skip.reason()))
        }
        Err(error) => {
            let code = match error.disposition() {
                Disposition::Reject => ResultCode::PermanentFailure,
                Disposition::Retry => ResultCode::TemporaryFailure,
            };
            (code, format!("{}: {}", error.reason(), causes(error)))
        }
    }
}
