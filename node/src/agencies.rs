//! Agencies: told of what was asked of them, and heard.
//!
//! ```text
//! GET  /v1/feed?after=CURSOR&limit=N    what is new for the agency, numbered without gaps, with the next cursor
//! POST /v1/requests/{id}/status         accepted, refused, completed, returned
//! POST /v1/requests/{id}/questions      to whoever has the case; the answer comes with the feed
//! GET  /v1/attachments/{id}             photographs and scans, by range
//! GET  /v1/openapi.json                 all of this, for programs
//! ```
//! The router ([`router`]) looks at what intake derived, in its own time, and puts what an agency may know of a request that
//! is recorded, confirmed and undisputed into that agency's feed. The agency reads it there with its token, or it is sent to
//! it (`webhook.rs`). What it was given is then written down in the request's record: so its desk can show the citizen.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tokio::net::TcpListener;
use tokio::task::AbortHandle;
use tokio_rustls::TlsAcceptor;

use crate::config::Agencies;
use crate::link::{blocking, tls};
use crate::node::Node;

pub mod api;
pub mod event;
mod listener;
mod problem;
pub mod router;
mod said;
mod target;
mod token;
mod webhook;

pub use said::is_genuine;
pub(crate) use said::mark;
pub(crate) use said::name_of;
pub use target::Target;
pub use token::{drawn, hashed};
pub(crate) use webhook::pause;
pub use webhook::secret;

/// Between two looks at what came.
const LOOK_EVERY: Duration = Duration::from_millis(300);
/// After a failure it is tried again.
const PAUSE: Duration = Duration::from_secs(5);

/// What serves agencies; ends when it is dropped.
#[derive(Debug)]
pub struct AgenciesHandle {
    /// Where it listens.
    pub address: SocketAddr,
    tasks: Vec<AbortHandle>,
}

impl Drop for AgenciesHandle {
    fn drop(&mut self) {
        self.tasks.iter().for_each(AbortHandle::abort);
    }
}

/// Starts to tell agencies of requests, and to hear them.
///
/// # Errors
/// When a certificate or secret does not serve, or the address is taken.
pub fn start(node: &Arc<Node>, config: &Agencies) -> anyhow::Result<AgenciesHandle> {
    // A cursor names it.
    node.epoch()?;
    let certificate = config.certificate.as_ref().zip(config.key.as_ref());
    let acceptor = certificate.map(|(certificate, key)| tls::for_anybody(certificate, key));
    let acceptor = acceptor
        .transpose()?
        .map(|tls| TlsAcceptor::from(Arc::new(tls)));
    let listener = std::net::TcpListener::bind(config.listen).with_context(|| {
        let address = config.listen;
        format!("{address} cannot be used: change `listen` in `[agencies]`, or stop what is there")
    })?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let listener = TcpListener::from_std(listener)?;
    let known = &node.catalogue().agencies;
    for it in &config.agencies {
        if known.iter().all(|agency| agency.id != it.id) {
            tracing::warn!(
                agency = it.id,
                "the catalogue has no such agency: nothing is asked of it"
            );
        }
    }
    let mut tasks = vec![
        tokio::spawn(listener::accept(
            listener,
            acceptor,
            api::router(node, config),
        ))
        .abort_handle(),
        tokio::spawn(keep_routing(Arc::clone(node))).abort_handle(),
    ];
    for it in webhook::senders(node, config)? {
        tasks.push(tokio::spawn(it.run()).abort_handle());
    }
    tracing::info!(%address, agencies = config.agencies.len(), "agencies can connect");
    Ok(AgenciesHandle { address, tasks })
}

/// Routes what came, and writes down what was given, for as long as this runs.
async fn keep_routing(node: Arc<Node>) {
    let mut began = false;
    loop {
        let work = Arc::clone(&node);
        let routed = blocking(move || {
            if !began {
                router::begin(&work)?;
            }
            router::route(&work)?;
            router::write_down(&work)?;
            Ok(())
        });
        match routed.await {
            Ok(()) => {
                began = true;
                tokio::time::sleep(LOOK_EVERY).await;
            }
            Err(error) => {
                let error = format!("{error:#}");
                tracing::error!(error, "agencies could not be told; it is tried again");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}
