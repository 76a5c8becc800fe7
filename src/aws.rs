//! What every client of AWS starts from: the settings that AWS SDKs share, how often a call is
//! tried, and how it is carried.
//!
//! HTTPS is rustls with the cryptography of ring. The SDK's own choice, aws-lc, is C for the most
//! part: it takes longer to build than anything else of AWS here, and adds more to the function
//! than it is used for.

use std::time::Duration;

use aws_config::ConfigLoader;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfigBuilder;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::{Builder, Connector};

/// How long to wait for a connection before trying another.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// Attempts of one call, the first included; after them, the message comes back through the queue.
const MAX_ATTEMPTS: u32 = 3;

/// The settings that AWS SDKs share (region, credentials, profile, endpoint), and a call's attempts.
/// Loading them makes no call; credentials are asked for when the first call needs them. The
/// client's timeouts start from [`timeouts`].
#[must_use]
pub fn settings() -> ConfigLoader {
    // As the SDK's own client does: proxies are those that the environment names (`HTTPS_PROXY`).
    let http = Builder::new().build_with_connector_fn(|settings, components| {
        let mut connector = Connector::builder()
            .tls_provider(Provider::rustls(CryptoMode::Ring))
            .proxy_config(ProxyConfig::from_env());
        connector.set_connector_settings(settings.cloned());
        if let Some(components) = components {
            connector.set_sleep_impl(components.sleep_impl());
        }
        connector.build()
    });
    aws_config::from_env()
        .http_client(http)
        .retry_config(RetryConfig::standard().with_max_attempts(MAX_ATTEMPTS))
}

/// Timeouts of a call, with the longest wait for a connection.
#[must_use]
pub fn timeouts() -> TimeoutConfigBuilder {
    aws_config::timeout::TimeoutConfig::builder().connect_timeout(CONNECT_TIMEOUT)
}
