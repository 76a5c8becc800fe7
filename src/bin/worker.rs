//! The worker's entry point, for machines that are not Lambda. It only puts the library's parts
//! together. Exits with 0 when it was told to stop, and with 1 when it cannot start.

use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use s3_thumbnailer::bus::eventbridge;
use s3_thumbnailer::causes::causes;
use s3_thumbnailer::config::LogSettings;
use s3_thumbnailer::config::worker::WorkerConfig;
use s3_thumbnailer::isolation;
use s3_thumbnailer::monitor::Monitor;
use s3_thumbnailer::object::ObjectRef;
use s3_thumbnailer::queue::sqs::SqsQueue;
use s3_thumbnailer::reconcile::Reconciler;
use s3_thumbnailer::service::Service;
use s3_thumbnailer::store::Store;
use s3_thumbnailer::store::s3::S3Store;
use s3_thumbnailer::telemetry::prometheus::Prometheus;
use s3_thumbnailer::telemetry::{self, Telemetry};
use s3_thumbnailer::worker::{self, Pace, Summary, Vitals};
use tokio::runtime::Runtime;
use tracing::{error, info};

/// How often metrics are written, and traces sent.
const FLUSH: Duration = Duration::from_mins(1);
/// If nothing has happened for so long, beyond what rendering a picture may take, the worker is stuck:
/// even a receive that fails, or a slow call to S3, has ended by then.
const STUCK: Duration = Duration::from_mins(10);

fn main() -> ExitCode {
    if let Some(code) = isolation::serve_if_asked() {
        return code;
    }
    let log = LogSettings::from_environment();
    telemetry::start(&log);
    let runtime = match Runtime::new() {
        Ok(runtime) => runtime,
        Err(cause) => {
            error!(%cause, "the worker cannot start");
            return ExitCode::FAILURE;
        }
    };
    let code = match runtime.block_on(work(&log)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            error!(cause = causes(failure.as_ref()), "the worker cannot start");
            ExitCode::FAILURE
        }
    };
    // A rendering thread cannot be stopped, and its result is no longer wanted.
    runtime.shutdown_background();
    code
}

async fn work(log: &LogSettings) -> Result<(), Box<dyn Error>> {
    let config = WorkerConfig::from_environment()?;
    isolation::begin(config.shared.render_timeout);
    let vitals = Arc::new(Vitals::new(STUCK + config.shared.render_timeout));
    let counts = Arc::new(Prometheus::new(Arc::clone(&vitals)));
    let monitor = match config.http_listen {
        Some(address) => Some(Monitor::open(address).await?),
        None => None,
    };
    let monitored_at = monitor.as_ref().map(Monitor::address);
    if let Some(monitor) = monitor {
        tokio::spawn(monitor.serve(Arc::clone(&vitals), Arc::clone(&counts)));
    }
    let store = S3Store::connect(config.shared.custom_endpoint).await;
    let store = store.with_settings(config.shared.object_settings.clone());
    let dead_letter_queue = config.shared.dead_letter_queue_url.clone();
    let queue = SqsQueue::connect(Some(config.queue_url.clone()), dead_letter_queue.clone()).await;
    queue.check().await?;
    for folder in &config.folders {
        // Any key will do: it shows whether its bucket is there and may be read.
        store.get(&ObjectRef::new(&folder.bucket, format!("{}_", folder.key))).await?;
    }
    let pace = Pace {
        receive_messages: config.receive_messages,
        concurrency: config.shared.concurrency.get(),
        visibility_timeout: queue.visibility_timeout().await?,
        drain: config.drain,
    };
    // From here on, a signal begins the drain.
    let stop = worker::told_to_stop()?;
    let folders: Vec<String> = config.folders.iter().map(ToString::to_string).collect();
    info!(
        queue = config.queue_url,
        deadLetterQueue =
            dead_letter_queue.as_deref().unwrap_or("none: rejected messages come back"),
        buckets = if folders.is_empty() { "any".to_owned() } else { folders.join(" ") },
        visibilitySeconds = pace.visibility_timeout.as_secs(),
        concurrency = pace.concurrency,
        memoryBytes = config.shared.memory.bytes,
        memoryFrom = %config.shared.memory.origin,
        httpListen = monitored_at.map(tracing::field::display),
        "the worker takes messages"
    );
    let telemetry = Telemetry::new(&config.shared, log);
    let reconciler = Reconciler::new(store, config.shared.engine(), config.shared.policy);
    let observer = ((telemetry.clone(), counts), Arc::clone(&vitals));
    let bus = eventbridge::connect(config.shared.event_bus.clone()).await;
    let service =
        Service::new(reconciler, queue.clone(), observer, pace.concurrency).announcing(bus);
    // S3 is strongly consistent; another server may not be.
    let service = service.doubting_absence(config.shared.custom_endpoint);
    let ended = tokio::select! {
        ended = worker::run(queue, service, pace, vitals, stop) => ended,
        never = telemetry.flush_every(FLUSH) => match never {},
    };
    telemetry.flush(None).await;
    let Summary { done, failed, given_back } = ended;
    info!(done, failed, givenBack = given_back, "the worker has stopped, as it was told to");
    Ok(())
}
