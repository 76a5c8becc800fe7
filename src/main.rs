//! The Lambda function's entry point: composes what the library holds, and does nothing itself.

use std::process::ExitCode;
use std::sync::Arc;

use lambda_runtime::{Error, LambdaEvent, service_fn};
use s3_thumbnailer::batch::{self, deadline};
use s3_thumbnailer::bus::eventbridge;
use s3_thumbnailer::config::{Config, LogSettings};
use s3_thumbnailer::isolation;
use s3_thumbnailer::queue::sqs::SqsQueue;
use s3_thumbnailer::reconcile::Reconciler;
use s3_thumbnailer::service::Service;
use s3_thumbnailer::store::s3::S3Store;
use s3_thumbnailer::telemetry::{self, Telemetry};
use serde_json::Value;
use tokio::runtime::Runtime;
use tracing::{Instrument as _, error};

fn main() -> ExitCode {
    if let Some(code) = isolation::serve_if_asked() {
        return code;
    }
    let log = LogSettings::from_environment();
    telemetry::start(&log);
    match Runtime::new() {
        Ok(runtime) => runtime.block_on(run(&log)),
        Err(cause) => {
            error!(%cause, "the function cannot start");
            ExitCode::FAILURE
        }
    }
}

async fn run(log: &LogSettings) -> ExitCode {
    let config = match Config::from_environment() {
        Ok(config) => config,
        Err(problems) => {
            error!(%problems, "the function cannot start");
            return ExitCode::FAILURE;
        }
    };
    isolation::begin(config.render_timeout);
    let store = S3Store::connect(config.custom_endpoint).await;
    let store = store.with_settings(config.object_settings.clone());
    let (queue, dead) = (config.queue_url.clone(), config.dead_letter_queue_url.clone());
    let queue = SqsQueue::connect(queue, dead).await;
    let telemetry = Telemetry::new(&config, log);
    let concurrency = config.concurrency.get();
    let reconciler = Reconciler::new(store, config.engine(), config.policy);
    let bus = eventbridge::connect(config.event_bus.clone()).await;
    let service = Service::new(reconciler, queue, telemetry.clone(), concurrency).announcing(bus);
    // S3 is strongly consistent; another server may not be.
    let service = Arc::new(service.doubting_absence(config.custom_endpoint));
    let handler = service_fn(move |event: LambdaEvent<Value>| {
        let (service, telemetry) = (Arc::clone(&service), telemetry.clone());
        let invocation = telemetry::invocation(&event.context.request_id);
        let answer = async move {
            let deadline = deadline(&event.context);
            let answer = batch::answer(&service, event.payload, deadline).await;
            telemetry.flush(deadline).await;
            answer.map_err(Error::from)
        };
        answer.instrument(invocation)
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
