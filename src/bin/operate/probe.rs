//! Sends out the canary by hand: one upload, the whole way.

use std::time::Duration;

use s3_thumbnailer::canary;
use s3_thumbnailer::config::Config;
use s3_thumbnailer::object::ObjectRef;
use s3_thumbnailer::reconcile::Reconciler;
use s3_thumbnailer::store::s3::S3Store;

use crate::{Failure, listing};

/// The canary's name, below the prefix of sources, as in the template.
pub(crate) const NAME: &str = "s3-thumbnailer-canary.ppm";

/// The canary: `key`, or one beside the pictures.
pub(crate) fn canary(config: &Config, key: Option<String>) -> Result<ObjectRef, Failure> {
    let bucket = listing::source_bucket(config)?;
    let beside = || format!("{}{NAME}", config.policy.layout.source_prefix());
    Ok(ObjectRef::new(bucket, key.unwrap_or_else(beside)))
}

/// Uploads it, and returns the time until its thumbnails were there. The function makes them; the
/// engine here is not used.
pub(crate) async fn send(
    store: S3Store,
    config: Config,
    canary: &ObjectRef,
) -> Result<Duration, Failure> {
    let store = store.with_settings(config.object_settings.clone());
    let engine = config.engine();
    let reconciler = Reconciler::new(store, engine, config.policy);
    let queue_url = config.queue_url.as_deref();
    Ok(canary::probe(&reconciler, canary, queue_url, None).await?)
}
