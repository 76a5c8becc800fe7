//! The variables that are read, with their defaults and the form of their values.
//!
//! Tests compare [`VARIABLES`] with the table of docs/configuration.md and with `template.yaml`.

/// A variable that is read, as docs/configuration.md shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variable {
    /// Its name in the environment.
    pub name: &'static str,
    /// The value when it is unset or empty, in the form of any other value.
    pub default: &'static str,
    /// The expected form of a value.
    pub expected: &'static str,
}

macro_rules! variables {
    ($($constant:ident = $name:literal, $default:literal, $expected:expr;)*) => {
        $(pub(super) const $constant: Variable =
            Variable { name: $name, default: $default, expected: $expected };)*
        /// Every variable that is read, in the order of docs/configuration.md.
        pub const VARIABLES: &[Variable] = &[$($constant),*];
    };
}

variables! {
    SOURCE_BUCKET = "SOURCE_BUCKET", "",
        "a bucket's name; empty allows any bucket that a message names";
    SOURCE_PREFIX = "SOURCE_PREFIX", "images/",
        "the beginning of the pictures' keys, ending in \"/\"; \"/\" alone means every key";
    THUMBNAIL_BUCKET = "THUMBNAIL_BUCKET", "",
        "a bucket's name; empty means the picture's own";
    THUMBNAIL_PREFIX = "THUMBNAIL_PREFIX", "thumbnails/",
        "the beginning of the thumbnails' keys, ending in \"/\"; \"/\" alone means none";
    THUMBNAIL_SIZES = "THUMBNAIL_SIZES", "256x256",
        "WIDTHxHEIGHT in pixels, 1 to 16383 each; several as NAME=WIDTHxHEIGHT,NAME=WIDTHxHEIGHT, \
         names of letters, digits, \"-\" and \"_\"";
    THUMBNAIL_FORMAT = "THUMBNAIL_FORMAT", "source",
        "source, jpeg, png or webp";
    JPEG_QUALITY = "JPEG_QUALITY", "80",
        "a whole number from 1 to 100";
    WEBP_QUALITY = "WEBP_QUALITY", "80",
        "a whole number from 1 to 100";
    THUMBNAIL_RULES = "THUMBNAIL_RULES", "",
        "rules as JSON, in place of THUMBNAIL_SIZES, THUMBNAIL_FORMAT, JPEG_QUALITY and WEBP_QUALITY";
    FORMER_RULES = "FORMER_RULES", "",
        "rules as JSON that once were THUMBNAIL_RULES: their thumbnails are removed where no rule \
         makes them now";
    CACHE_CONTROL = "CACHE_CONTROL", "public, max-age=3600",
        "the value of a Cache-Control header, in ASCII";
    THUMBNAIL_ENCRYPTION = "THUMBNAIL_ENCRYPTION", "",
        "AES256, aws:kms or aws:kms:dsse; empty means the bucket's default";
    THUMBNAIL_KMS_KEY = "THUMBNAIL_KMS_KEY", "",
        "the ARN or id of a KMS key, with THUMBNAIL_ENCRYPTION aws:kms or aws:kms:dsse; empty means AWS's key";
    THUMBNAIL_STORAGE_CLASS = "THUMBNAIL_STORAGE_CLASS", "",
        "STANDARD, STANDARD_IA, INTELLIGENT_TIERING, ONEZONE_IA, GLACIER_IR or REDUCED_REDUNDANCY; \
         empty means STANDARD";
    THUMBNAIL_TAGS = "THUMBNAIL_TAGS", "",
        "at most 10 tags as NAME=VALUE&NAME=VALUE, percent-encoded";
    THUMBNAIL_ACL = "THUMBNAIL_ACL", "",
        "private, public-read, authenticated-read, bucket-owner-read or bucket-owner-full-control; \
         empty means none";
    ON_SOURCE_DELETED = "ON_SOURCE_DELETED", "delete",
        "delete or keep";
    ON_DAMAGED = "ON_DAMAGED", "reject",
        "reject, or show for thumbnails of what can still be decoded of a damaged picture";
    MAX_SOURCE_BYTES = "MAX_SOURCE_BYTES", "104857600",
        "a whole number of bytes from 1 to 5368709120";
    MAX_PIXELS = "MAX_PIXELS", "100000000",
        "a whole number of pixels (width x height x frames) from 1 to 4294967296";
    MAX_RENDER_SECONDS = "MAX_RENDER_SECONDS", "20",
        "a whole number of seconds for one picture from 1 to 900";
    CONCURRENCY = "CONCURRENCY", "10",
        "a whole number of pictures at once from 1 to 1000";
    QUEUE_URL = "QUEUE_URL", "",
        "the URL of the queue that messages come from; empty leaves failed ones to its visibility timeout";
    DEAD_LETTER_QUEUE_URL = "DEAD_LETTER_QUEUE_URL", "",
        "the URL of the queue for rejected messages; empty leaves them to the queue's redrive policy";
    EVENT_BUS = "EVENT_BUS", "",
        "the name or the ARN of an EventBridge bus that is told what became of each picture; empty tells none";
    METRICS = "METRICS", "",
        "emf (lines in CloudWatch's embedded metric format) or off; empty means emf on Lambda, off elsewhere";
}

/// Replaces what is not UTF-8 by a mark; such a value is then refused like any wrong one.
pub(super) fn environment(name: &str) -> Option<String> {
    std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
}
