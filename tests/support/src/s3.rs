//! An S3 in this process, on a free port of 127.0.0.1: [`s3s`] speaks the protocol and checks the
//! signatures, `s3s-fs` keeps the objects, [`Faults`] makes it fail when a test wants it to.
//! Not a complete S3: no versions, no multipart uploads, no notifications (see
//! [`events`](crate::events) for those).

mod faults;
mod shelf;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub use faults::{Fault, Faults, Matching, Seen, Times};

use crate::http;
use faults::Front;
use shelf::Shelf;

/// A running S3. It stops, and drops every connection, when this value is dropped.
#[derive(Debug)]
pub struct EmbeddedS3 {
    address: SocketAddr,
    faults: Faults,
    server: JoinHandle<()>,
}

impl EmbeddedS3 {
    /// The only access key it knows.
    pub const ACCESS_KEY: &str = "AKIAEMBEDDEDS3EXAMPLE";
    /// The secret that goes with [`EmbeddedS3::ACCESS_KEY`].
    pub const SECRET_KEY: &str = "embedded-s3-secret-for-this-machine-only";
    /// The region to sign requests for; any other works as well.
    pub const REGION: &str = "eu-central-1";

    /// Starts an S3 without buckets that keeps its objects in `directory`. The directory must exist
    /// and should be empty: objects from an earlier run are not listed again.
    pub async fn start(directory: &Path) -> io::Result<Self> {
        let mut builder = S3ServiceBuilder::new(Shelf::new(directory)?);
        builder.set_auth(SimpleAuth::from_single(Self::ACCESS_KEY, Self::SECRET_KEY));
        let faults = Faults::default();
        let front = Front::new(builder.build(), faults.clone());
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let server = tokio::spawn(http::serve(listener, front));
        Ok(Self { address, faults, server })
    }

    /// Where it listens, as an address instead of a name: only then do AWS's SDKs put the bucket
    /// into the path instead of in front of the host.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Makes its answers go wrong; clones act on the same server.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// A client of this server, with the SDK's own retries and checksums.
    #[must_use]
    pub fn client(&self) -> aws_sdk_s3::Client {
        let config = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(http::client())
            .endpoint_url(self.endpoint())
            .region(Region::from_static(Self::REGION))
            .credentials_provider(Credentials::new(
                Self::ACCESS_KEY,
                Self::SECRET_KEY,
                None,
                None,
                "embedded S3",
            ))
            .build();
        aws_sdk_s3::Client::from_conf(config)
    }

    /// The environment variables that send any AWS SDK in another process here.
    #[must_use]
    pub fn environment(&self) -> [(&'static str, String); 4] {
        [
            ("AWS_ENDPOINT_URL", self.endpoint()),
            ("AWS_REGION", Self::REGION.to_owned()),
            ("AWS_ACCESS_KEY_ID", Self::ACCESS_KEY.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", Self::SECRET_KEY.to_owned()),
        ]
    }
}

impl Drop for EmbeddedS3 {
    fn drop(&mut self) {
        self.server.abort();
    }
}

#[cfg(test)]
mod tests;
