//! Who a bucket tells of its uploads. Asked for only when the canary does not come back.

use aws_sdk_s3::Client;
use aws_sdk_s3::operation::get_bucket_notification_configuration::GetBucketNotificationConfigurationOutput as Notifications;

use crate::causes::causes;
use crate::store::Announced;

/// Who the bucket's notifications tell, and whether the queue with this URL is among them.
pub(super) async fn announced(client: &Client, bucket: &str, queue_url: Option<&str>) -> Announced {
    match client.get_bucket_notification_configuration().bucket(bucket).send().await {
        Ok(notifications) => told(&notifications, queue_url),
        Err(error) => Announced::Unknown(causes(&error)),
    }
}

/// Notifications name a queue by its ARN, `arn:aws:sqs:REGION:ACCOUNT:NAME`, and its URL ends in
/// `/ACCOUNT/NAME` (Amazon S3 API Reference, `GetBucketNotificationConfiguration`; Amazon SQS
/// Developer Guide, "Queue and message identifiers").
fn told(notifications: &Notifications, queue_url: Option<&str>) -> Announced {
    let ours = queue_url.map(|url| ending(url, '/'));
    let is_ours = |arn: &str| ours.is_none_or(|ours| ending(arn, ':') == ours);
    if notifications.queue_configurations().iter().any(|queue| is_ours(queue.queue_arn())) {
        Announced::ToQueue
    } else if notifications.event_bridge_configuration().is_some() {
        Announced::ToEventBridge
    } else {
        Announced::ToNobody
    }
}

/// The name and the account of a queue.
fn ending(of: &str, separator: char) -> [Option<&str>; 2] {
    let mut parts = of.rsplit(separator);
    [parts.next(), parts.next()]
}

#[cfg(test)]
mod tests {
    use aws_sdk_s3::types::{Event, EventBridgeConfiguration, QueueConfiguration};

    use super::{Notifications, told};
    use crate::store::Announced;

    const URL: &str = "https://sqs.eu-west-1.amazonaws.com/123456789012/uploads";

    /// What a bucket that names this queue says.
    fn naming(arn: &str) -> Notifications {
        let queue = QueueConfiguration::builder().queue_arn(arn).events(Event::S3ObjectCreated);
        Notifications::builder().queue_configurations(queue.build().unwrap()).build()
    }

    #[test]
    fn a_queue_is_ours_by_its_account_and_its_name() {
        let ours = naming("arn:aws:sqs:eu-west-1:123456789012:uploads");
        assert_eq!(told(&ours, Some(URL)), Announced::ToQueue);
        for other in ["123456789012:other", "210987654321:uploads"] {
            let other = naming(&format!("arn:aws:sqs:eu-west-1:{other}"));
            assert_eq!(told(&other, Some(URL)), Announced::ToNobody);
            assert_eq!(told(&other, None), Announced::ToQueue, "any may be it");
        }
    }

    #[test]
    fn event_bridge_may_tell_the_queue_where_the_bucket_does_not() {
        let on = EventBridgeConfiguration::builder().build();
        let on = Notifications::builder().event_bridge_configuration(on).build();
        assert_eq!(told(&on, Some(URL)), Announced::ToEventBridge);
        assert_eq!(told(&Notifications::builder().build(), Some(URL)), Announced::ToNobody);
    }
}
