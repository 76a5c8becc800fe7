//! Connections: what every server here does around its answers, and what every client of one
//! speaks. Not a server by itself.

use std::error::Error;

use aws_sdk_s3::config::SharedHttpClient;
use aws_smithy_http_client::Builder;
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::Service;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// What carries an AWS client's calls to a server on this machine: HTTP, without TLS.
#[must_use]
pub fn client() -> SharedHttpClient {
    Builder::new().build_http()
}

/// Accepts connections and answers with `service` until it is dropped, which closes them.
pub async fn serve<S, B>(listener: TcpListener, service: S)
where
    S: Service<Request<Incoming>, Response = Response<B>> + Clone + Send + 'static,
    S::Future: Send + 'static,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((socket, _)) = accepted else { continue };
                // Without this, each small answer waits for the client's delayed acknowledgement:
                // 33 requests a second instead of 500.
                let _ = socket.set_nodelay(true);
                let connection = http1::Builder::new()
                    .serve_connection(TokioIo::new(socket), service.clone());
                // An aborted connection is normal here: tests abort them.
                connections.spawn(async { drop(connection.await) });
            }
            Some(_) = connections.join_next() => {}
        }
    }
}
