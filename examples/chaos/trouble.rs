//! Keys whose trouble is not in their bytes: they lie in an archive, are encrypted with a key of
//! their uploader's, are denied or still empty, or came with the thumbnails of another bucket. Each
//! such key has a short life that ends in a known way.

use std::time::Duration;

use crate::change::{Change, Stored};
use crate::content::Content;

/// A kind of trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// Copied from another bucket, together with its thumbnails.
    Copied,
    /// The same, and then deleted.
    CopiedAndDeleted,
    /// Archived, and later restored.
    Restored,
    /// Archived, and never restored.
    Archived,
    /// Encrypted with a key that only its uploader has.
    UnderCustomerKey,
    /// Created empty, and written afterwards.
    EmptyFirst,
    /// Denied for a few seconds.
    DeniedForAWhile,
    /// Denied for ever.
    DeniedForEver,
}

impl Trouble {
    /// The trouble that the key of this number has. Every fifty keys have each kind once.
    pub(crate) fn of(number: usize) -> Option<Self> {
        match number % 50 {
            2 => Some(Self::Copied),
            6 => Some(Self::Archived),
            10 => Some(Self::UnderCustomerKey),
            14 => Some(Self::Restored),
            18 => Some(Self::DeniedForEver),
            22 => Some(Self::EmptyFirst),
            26 => Some(Self::CopiedAndDeleted),
            30 => Some(Self::DeniedForAWhile),
            _ => None,
        }
    }

    /// What happens to the key, and how long after its beginning. `overwrites` says that an object
    /// which cannot be read comes over an ordinary picture, whose thumbnails must then go.
    pub(crate) fn life(self, overwrites: bool, rng: &mut fastrand::Rng) -> Vec<(Duration, Change)> {
        let upload = |content, stored| Change::Upload { content, stored };
        let picture = Content::sound(rng);
        let plain = upload(picture, Stored::Plainly);
        let before = upload(Content::sound(rng), Stored::Plainly);
        let soon = Duration::from_millis(rng.u64(0..1_500));
        let later = soon + Duration::from_millis(rng.u64(1_500..3_500));
        let over = |closed| {
            if overwrites {
                vec![(Duration::ZERO, before), (soon, closed)]
            } else {
                vec![(soon, closed)]
            }
        };
        let at_once = Duration::ZERO;
        match self {
            Self::Copied => vec![(at_once, Change::CopyThumbnails(picture)), (at_once, plain)],
            Self::CopiedAndDeleted => vec![
                (at_once, Change::CopyThumbnails(picture)),
                (at_once, plain),
                (soon, Change::Delete),
            ],
            Self::Restored => {
                let mut life = over(upload(picture, Stored::Archived));
                life.push((later, Change::Restore));
                life
            }
            Self::Archived => over(upload(picture, Stored::Archived)),
            Self::UnderCustomerKey => over(upload(picture, Stored::UnderCustomerKey)),
            Self::EmptyFirst => {
                vec![(at_once, upload(Content::Empty, Stored::Plainly)), (soon, plain)]
            }
            Self::DeniedForAWhile => vec![(at_once, Change::Deny(Some(later))), (at_once, plain)],
            Self::DeniedForEver => vec![(at_once, Change::Deny(None)), (at_once, plain)],
        }
    }
}
