//! Answers the demo's own page, and nobody else. Another site's page can make a browser send
//! requests to 127.0.0.1, or make its own name resolve to it; both are refused.

use std::net::SocketAddr;

use hyper::Method;
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};

/// Headers of every answer: the page loads nothing from other sites, and they cannot embed it.
const HEADERS: [(HeaderName, &str); 6] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
         connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    // The next demo on this port has other pictures at the same addresses.
    (header::CACHE_CONTROL, "no-store"),
];

/// The names that the demo goes by.
pub(crate) struct Guard([String; 2]);

impl Guard {
    pub(crate) fn new(address: SocketAddr) -> Self {
        let port = address.port();
        Self([format!("127.0.0.1:{port}"), format!("localhost:{port}")])
    }

    /// Why a request is refused, if it is.
    pub(crate) fn objection(&self, method: &Method, headers: &HeaderMap) -> Option<&'static str> {
        let named = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        let host = named(header::HOST).unwrap_or_default();
        if !self.0.iter().any(|own| own == host) {
            return Some("the Host header is not the demo's own");
        }
        if [Method::GET, Method::HEAD].contains(method) {
            return None;
        }
        // Browsers say where every such request comes from.
        let origin = named(header::ORIGIN).and_then(|origin| origin.strip_prefix("http://"));
        (origin != Some(host)).then_some("only the demo's own page may send anything")
    }
}

/// Adds [`HEADERS`] to an answer.
pub(crate) fn seal(headers: &mut HeaderMap) {
    headers.extend(HEADERS.map(|(name, value)| (name, HeaderValue::from_static(value))));
}
