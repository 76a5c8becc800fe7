//! Lists a bucket's keys, for commands and tests: the function itself never lists.
//!
//! S3 answers in XML, and some keys it takes cannot stand in XML (a control character, U+FFFE): one
//! of them would make the whole answer unreadable. So keys are asked for encoded, like an HTML form
//! (Amazon S3 API Reference, "`ListObjectsV2`", `encoding-type`).

use std::error::Error;

use aws_sdk_s3::Client;
use aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output;
use aws_sdk_s3::types::EncodingType;

use crate::notification::{NotificationError, decode_form};
use crate::object::ObjectRef;

/// Why keys could not be listed.
#[derive(Debug, thiserror::Error)]
pub enum ListingError {
    /// A call failed, or its answer could not be read.
    #[error("ListObjectsV2 {prefix} failed")]
    Call {
        /// The bucket, and what the keys were to begin with.
        prefix: ObjectRef,
        /// What happened.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// A key that says it is encoded, and cannot be decoded.
    #[error(transparent)]
    Key(#[from] NotificationError),
}

/// Every object of `bucket` whose key begins with `prefix`, in the order that the server gives.
pub async fn list(
    client: &Client,
    bucket: &str,
    prefix: &str,
) -> Result<Vec<ObjectRef>, ListingError> {
    let call = client.list_objects_v2().bucket(bucket).prefix(prefix);
    let mut pages = call.encoding_type(EncodingType::Url).into_paginator().send();
    let mut objects = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| ListingError::Call {
            prefix: ObjectRef::new(bucket, prefix),
            source: error.into(),
        })?;
        for key in keys(page)? {
            objects.push(ObjectRef::new(bucket, key));
        }
    }
    Ok(objects)
}

/// The keys of a page. A server that does not know the parameter leaves them as they are, and does
/// not name the encoding in its answer.
fn keys(page: ListObjectsV2Output) -> Result<Vec<String>, NotificationError> {
    let encoded = page.encoding_type == Some(EncodingType::Url);
    let keys = page.contents.unwrap_or_default().into_iter().filter_map(|object| object.key);
    keys.map(|key| if encoded { decode_form(&key) } else { Ok(key) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_s3::types::Object;

    #[test]
    fn keys_are_decoded_only_where_the_answer_says_that_they_are_encoded() {
        let page = |encoding| {
            let object = Object::builder().key("images/c+d%20e.jpg").build();
            ListObjectsV2Output::builder().contents(object).set_encoding_type(encoding).build()
        };
        assert_eq!(keys(page(Some(EncodingType::Url))).unwrap(), ["images/c d e.jpg"]);
        assert_eq!(keys(page(None)).unwrap(), ["images/c+d%20e.jpg"]);
    }
}
