//! What each event means here: whether its object is looked at, and why. The documents show this
//! table. Nothing is parsed here.

/// An event, or a family of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// The event's name, as S3 or EventBridge writes it, without the `s3:` in front of some. One
    /// that ends in `*` names a family.
    pub name: &'static str,
    /// Whether its object is looked at.
    pub is_looked_at: bool,
    /// Why, or why not.
    pub because: &'static str,
}

const fn looked_at(name: &'static str, because: &'static str) -> Event {
    Event { name, is_looked_at: true, because }
}

const fn ignored(name: &'static str, because: &'static str) -> Event {
    Event { name, is_looked_at: false, because }
}

/// The events that are known, of S3, of servers that speak its protocol, and of EventBridge. The
/// first that names an event decides; all others are ignored.
///
/// Looking at an object is always safe, and cheap if its thumbnails are up to date. So an event is
/// looked at if it can change what a read of the object gives: other bytes, no bytes, or bytes that
/// could not be read before.
pub const EVENTS: &[Event] = &[
    looked_at("ObjectCreated:*", "the key holds other bytes"),
    looked_at("ObjectRemoved:*", "the key holds nothing, or an older version again"),
    looked_at("LifecycleExpiration:*", "a lifecycle rule removed the object"),
    looked_at("LifecycleDelMarkerExpiration:*", "the same, of a delete marker (MinIO)"),
    looked_at("ObjectLifecycle:Expiration:*", "a lifecycle rule removed the object (Ceph)"),
    looked_at("ObjectSynced:*", "another zone's object was copied or removed (Ceph)"),
    looked_at("ObjectRestore:Completed", "an archived object can be read"),
    looked_at("ObjectTagging:*", "a tag, such as a malware scanner's, can permit or deny reading"),
    looked_at("ObjectAcl:*", "the access control list can permit or deny reading"),
    looked_at("Object Created", "EventBridge: the key holds other bytes"),
    looked_at("Object Deleted", "EventBridge: the key holds nothing, or an older version again"),
    looked_at("Object Restore Completed", "EventBridge: an archived object can be read"),
    looked_at("Object Tags Added", "EventBridge: a tag can permit or deny reading"),
    looked_at("Object Tags Deleted", "EventBridge: a tag can permit or deny reading"),
    looked_at("Object ACL Updated", "EventBridge: the list can permit or deny reading"),
    ignored("ObjectRestore:*", "requested: not readable yet; expired: archived again, same bytes"),
    ignored("LifecycleTransition", "another storage class, the same bytes"),
    ignored("ObjectLifecycle:Transition:*", "another storage class, the same bytes (Ceph)"),
    ignored("ObjectTransition:*", "another storage class, the same bytes (MinIO)"),
    ignored("IntelligentTiering", "another access tier, the same bytes"),
    ignored("Replication:*", "it is about the copy in another bucket"),
    ignored("ReducedRedundancyLostObject", "the bytes are lost; the thumbnails are what is left"),
    ignored("ObjectAccessed:*", "reading changes nothing, and each look would cause another"),
    ignored("Object Restore Initiated", "EventBridge: not readable yet"),
    ignored("Object Restore Expired", "EventBridge: archived again, the same bytes"),
    ignored("Object Storage Class Changed", "EventBridge: the same bytes"),
    ignored("Object Access Tier Changed", "EventBridge: the same bytes"),
];

impl Event {
    fn names(&self, event: &str) -> bool {
        match self.name.strip_suffix('*') {
            Some(family) => event.starts_with(family),
            None => event == self.name,
        }
    }
}

/// Whether the object of an event of this name is looked at.
pub(super) fn is_looked_at(event: &str) -> bool {
    let event = event.strip_prefix("s3:").unwrap_or(event);
    EVENTS.iter().find(|known| known.names(event)).is_some_and(|known| known.is_looked_at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_that_can_change_what_a_read_gives_are_looked_at_and_others_are_not() {
        let cases = [
            ("ObjectCreated:Put", true),
            ("ObjectCreated:CompleteMultipartUpload", true),
            ("s3:ObjectCreated:Copy", true),
            ("ObjectRemoved:Delete", true),
            ("ObjectRemoved:DeleteMarkerCreated", true),
            ("LifecycleExpiration:Delete", true),
            ("s3:ObjectLifecycle:Expiration:Current", true),
            ("s3:ObjectSynced:Create", true),
            ("s3:ObjectSynced:DeletionMarkerCreated", true),
            ("s3:LifecycleDelMarkerExpiration:Delete", true),
            ("ObjectRestore:Completed", true),
            ("Object Restore Completed", true),
            ("ObjectTagging:Put", true),
            ("Object Tags Added", true),
            ("ObjectAcl:Put", true),
            ("Object ACL Updated", true),
            ("ObjectRestore:Post", false),
            ("ObjectRestore:Delete", false),
            ("Object Restore Initiated", false),
            ("Object Restore Expired", false),
            ("s3:LifecycleTransition", false),
            ("s3:ObjectLifecycle:Transition:Current", false),
            ("Replication:OperationFailedReplication", false),
            ("IntelligentTiering", false),
            ("s3:ObjectAccessed:Get", false),
            ("SomethingNew:In2031", false),
            ("", false),
        ];
        for (name, expected) in cases {
            assert_eq!(is_looked_at(name), expected, "{name}");
        }
    }

    #[test]
    fn no_row_is_hidden_by_one_above_it() {
        for (at, row) in EVENTS.iter().enumerate() {
            let above = EVENTS.iter().take(at).find(|above| above.names(row.name));
            assert_eq!(above, None, "{}", row.name);
        }
    }
}
