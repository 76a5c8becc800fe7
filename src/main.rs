//! The Lambda function's entry point: composes what the library holds, and does nothing itself.

use std::process::ExitCode;
use std::sync::Arc;

use lambda_runtime::{Error, LambdaEvent, service_fn};
use s3_thumbnailer::batch::deadline;
use s3_thumbnailer::config::{Config, LogSettings};
use s3_thumbnailer::queue::sqs::SqsQueue;
use s3_thumbnailer::service::Service;
use s3_thumbnailer::store::s3::S3Store;
use s3_thumbnailer::telemetry::{self, Log};
use serde_json::Value;
use tracing::error;

#[tokio::main]
async fn main() -> ExitCode {
    telemetry::start(&LogSettings::from_environment());
    let config = match Config::from_environment() {
        Ok(config) => config,
        Err(problems) => {
            error!(%problems, "the function cannot start");
            return ExitCode::FAILURE;
        }
    };
    let store = S3Store::connect(config.custom_endpoint).await;
    let (queue, dead) = (config.queue_url.clone(), config.dead_letter_queue_url.clone());
    let queue = SqsQueue::connect(queue, dead).await;
    let service = Arc::new(Service::new(config, store, queue, Log));
    let handler = service_fn(move |event: LambdaEvent<Value>| {
        let service = Arc::clone(&service);
        async move {
            let deadline = deadline(&event.context);
            service.answer(event.payload, deadline).await.map_err(Error::from)
        }
    });
    // One invocation after another, unless Lambda runs several in one process (managed instances).
    match lambda_runtime::run_concurrent(handler).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(cause) => {
            error!(%cause, "the Lambda runtime ended");
            ExitCode::FAILURE
        }
    }
}
