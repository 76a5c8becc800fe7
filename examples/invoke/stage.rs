//! The bucket that the sample events speak of: the pictures they name, and answers gone wrong for
//! those they name as denied or throttled.

use std::path::Path;

use aws_sdk_s3::Client;
use support::events;
use support::pictures::{photo_jpeg, picture_that_panics, sample_set};
use support::s3::{EmbeddedS3, Fault, Matching, Times};

use crate::Failure;
use crate::emulator::Emulator;

const BUCKET: &str = "pictures";

/// A picture of which there is a thumbnail, and that is gone when its removal is announced.
const DELETED: &str = "images/deleted.jpg";

pub(crate) struct Stage {
    s3: EmbeddedS3,
    client: Client,
}

impl Stage {
    pub(crate) async fn set(directory: &Path) -> Result<Self, Failure> {
        let objects = directory.join("s3");
        std::fs::create_dir(&objects)?;
        let s3 = EmbeddedS3::start(&objects).await?;
        let stage = Self {
            client: s3.client(),
            s3,
        };
        stage.client.create_bucket().bucket(BUCKET).send().await?;
        for sample in sample_set() {
            let key = format!("images/{}", sample.path);
            stage.put(&key, sample.bytes, sample.content_type).await?;
        }
        for key in ["images/denied.jpg", "images/throttled.jpg"] {
            stage
                .put(key, photo_jpeg(320, 240, 1), "image/jpeg")
                .await?;
        }
        stage
            .put("images/panics.tiff", picture_that_panics(), "image/tiff")
            .await?;
        let faults = stage.s3.faults();
        let about = |key| Matching::key(BUCKET, key);
        faults.inject(about("images/denied.jpg"), Fault::Deny, Times::Always);
        faults.inject(
            about("images/throttled.jpg"),
            Fault::Throttle,
            Times::Always,
        );
        Ok(stage)
    }

    /// What the function needs in its environment to find this bucket.
    pub(crate) fn environment(&self) -> [(&'static str, String); 4] {
        self.s3.environment()
    }

    /// Clears away what earlier events left, and makes the thumbnail that `event` will remove.
    pub(crate) async fn reset(&self, function: &Emulator, event: &str) -> Result<(), Failure> {
        for (key, _) in self.thumbnails().await? {
            self.client
                .delete_object()
                .bucket(BUCKET)
                .key(key)
                .send()
                .await?;
        }
        if event.contains(DELETED) {
            self.put(DELETED, photo_jpeg(320, 240, 1), "image/jpeg")
                .await?;
            function
                .invoke(&events::sqs_event([events::s3_put(BUCKET, DELETED)]))
                .await?;
            self.client
                .delete_object()
                .bucket(BUCKET)
                .key(DELETED)
                .send()
                .await?;
        }
        Ok(())
    }

    /// Keys and bytes of the thumbnails.
    pub(crate) async fn thumbnails(&self) -> Result<Vec<(String, i64)>, Failure> {
        let list = self
            .client
            .list_objects_v2()
            .bucket(BUCKET)
            .prefix("thumbnails/");
        let listed = list.send().await?;
        let line = |object: &aws_sdk_s3::types::Object| {
            (
                object.key().unwrap_or_default().to_owned(),
                object.size().unwrap_or_default(),
            )
        };
        Ok(listed.contents().iter().map(line).collect())
    }

    async fn put(&self, key: &str, bytes: Vec<u8>, content_type: &str) -> Result<(), Failure> {
        let put = self
            .client
            .put_object()
            .bucket(BUCKET)
            .key(key)
            .content_type(content_type);
        put.body(bytes.into()).send().await?;
        Ok(())
    }
}
