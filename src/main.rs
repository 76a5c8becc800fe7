//! The Lambda function's entry point: composes what the library holds, and does nothing itself.

use std::process::ExitCode;

use aws_lambda_events::event::sqs::SqsEvent;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use s3_thumbnailer::batch::{Service, deadline};
use s3_thumbnailer::config::{Config, LogSettings};
use s3_thumbnailer::store::s3::S3Store;
use s3_thumbnailer::telemetry::{self, Log};
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
    let service = Service::new(config, store, Log);
    let handler = service_fn(async |event: LambdaEvent<SqsEvent>| {
        let deadline = deadline(&event.context);
        service.handle(event.payload, deadline).await.map_err(Error::from)
    });
    match lambda_runtime::run(handler).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(cause) => {
            error!(%cause, "the Lambda runtime ended");
            ExitCode::FAILURE
        }
    }
}
