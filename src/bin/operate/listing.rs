//! Which keys there are: listed by S3, or read from the lists that S3 Inventory writes.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use aws_sdk_s3::Client;
use s3_thumbnailer::config::Config;
use s3_thumbnailer::notification::decode_form;
use s3_thumbnailer::object::ObjectRef;
use s3_thumbnailer::store::s3::listing::list;

use crate::Failure;

/// The bucket of all pictures.
pub(crate) fn source_bucket(config: &Config) -> Result<&str, Failure> {
    let bucket = config.policy.source_bucket.as_deref();
    bucket.ok_or_else(|| "SOURCE_BUCKET is not set; it names the bucket of the pictures".into())
}

fn thumbnail_bucket(config: &Config) -> Result<&str, Failure> {
    config.policy.layout.thumbnail_bucket().map_or_else(|| source_bucket(config), Ok)
}

/// Every picture's key.
pub(crate) async fn sources(
    s3: &Client,
    config: &Config,
    list: Option<&Path>,
) -> Result<Vec<ObjectRef>, Failure> {
    keys(s3, source_bucket(config)?, config.policy.layout.source_prefix(), list).await
}

/// Every key under the thumbnails' prefix.
pub(crate) async fn thumbnails(
    s3: &Client,
    config: &Config,
    list: Option<&Path>,
) -> Result<HashSet<ObjectRef>, Failure> {
    let keys =
        keys(s3, thumbnail_bucket(config)?, config.policy.layout.thumbnail_prefix(), list).await?;
    Ok(keys.into_iter().collect())
}

/// The given keys, and all keys under those that end in a slash.
pub(crate) async fn expand(
    s3: &Client,
    config: &Config,
    keys: Vec<String>,
) -> Result<Vec<ObjectRef>, Failure> {
    let bucket = source_bucket(config)?;
    let mut objects = Vec::new();
    for key in keys {
        if key.ends_with('/') {
            objects.extend(list(s3, bucket, &key).await?);
        } else {
            objects.push(ObjectRef::new(bucket, key));
        }
    }
    Ok(objects)
}

async fn keys(
    s3: &Client,
    bucket: &str,
    prefix: &str,
    inventory_list: Option<&Path>,
) -> Result<Vec<ObjectRef>, Failure> {
    match inventory_list {
        Some(path) => {
            let file = File::open(path).map_err(|error| format!("{}: {error}", path.display()))?;
            inventory(BufReader::new(file), bucket, prefix)
        }
        None => Ok(list(s3, bucket, prefix).await?),
    }
}

/// Reads a list in CSV. Its first two columns are the bucket and the key, percent-encoded (Amazon
/// S3 User Guide, "Locating your inventory list"). It must not contain versions or deleted objects.
pub(crate) fn inventory(
    lines: impl BufRead,
    bucket: &str,
    prefix: &str,
) -> Result<Vec<ObjectRef>, Failure> {
    let mut objects = Vec::new();
    for (number, line) in (1..).zip(lines.lines()) {
        let line = line?;
        let mut columns = line.split(',').map(|column| column.trim_matches('"'));
        let (Some(of), Some(key)) = (columns.next(), columns.next()) else {
            return Err(format!("line {number} has no bucket and key: {line:?}").into());
        };
        let key = decode_form(key)?;
        if of == bucket && key.starts_with(prefix) {
            objects.push(ObjectRef::new(bucket, key));
        }
    }
    Ok(objects)
}
