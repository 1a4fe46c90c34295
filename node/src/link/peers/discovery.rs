//! Spots that say on the local network that they are there: DNS-SD over multicast DNS
//! (RFC 6762 and 6763). What is said is public and proves nothing: only the certificate does.

use anyhow::Context;
use mdns_sd::{IfKind, ServiceDaemon, ServiceEvent, ServiceInfo};
use tokio::sync::mpsc;

const SERVICE: &str = "_vereda._tcp.local.";
/// What tells spots of another authority apart, before any connection.
const AUTHORITY: &str = "authority";
/// Most addresses of one spot that are tried.
const MAX_ADDRESSES: usize = 8;

/// What this node says of itself.
#[derive(Debug, Clone)]
pub(super) struct Own {
    pub(super) node: String,
    /// Fingerprint of the authority's certificate.
    pub(super) authority: String,
    pub(super) port: u16,
}

/// A spot came or went.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    Here {
        name: String,
        addresses: Vec<String>,
    },
    Gone {
        name: String,
    },
}

/// Says that this node is there and tells who else is; on these interfaces, or on all.
pub(super) async fn run(
    own: Own,
    interfaces: Vec<String>,
    found: mpsc::Sender<Found>,
) -> anyhow::Result<()> {
    let daemon = ServiceDaemon::new().context("multicast DNS")?;
    if !interfaces.is_empty() {
        let wanted: Vec<IfKind> = interfaces.into_iter().map(IfKind::Name).collect();
        daemon.disable_interface(IfKind::All)?;
        daemon.enable_interface(wanted)?;
    }
    let host = format!("{}.local.", own.node);
    let properties = [(AUTHORITY, short(&own.authority))];
    let service = ServiceInfo::new(SERVICE, &own.node, &host, "", own.port, &properties[..])?;
    daemon.register(service.enable_addr_auto())?;
    let events = daemon.browse(SERVICE)?;
    let _daemon = Running(daemon);
    while let Ok(event) = events.recv_async().await {
        let Some(heard) = heard(&own, event) else {
            continue;
        };
        if found.send(heard).await.is_err() {
            break;
        }
    }
    Ok(())
}

fn heard(own: &Own, event: ServiceEvent) -> Option<Found> {
    let name = |full: &str| {
        full.strip_suffix(SERVICE)?
            .strip_suffix('.')
            .map(str::to_owned)
    };
    match event {
        ServiceEvent::ServiceResolved(service) => {
            let name = name(&service.fullname)?;
            let authority = service.txt_properties.get_property_val_str(AUTHORITY)?;
            // Of two spots one calls: the one whose name comes first.
            if authority != short(&own.authority) || own.node >= name {
                return None;
            }
            let port = service.port;
            let addresses = service.addresses.iter().map(|ip| match ip.to_ip_addr() {
                std::net::IpAddr::V4(ip) => format!("{ip}:{port}"),
                std::net::IpAddr::V6(_) => format!("[{ip}]:{port}"),
            });
            let mut addresses: Vec<String> = addresses.collect();
            // Those of version 4 first: the others often lead nowhere on a link of two.
            addresses.sort_by_key(|address| (address.starts_with('['), address.clone()));
            addresses.truncate(MAX_ADDRESSES);
            Some(Found::Here { name, addresses })
        }
        ServiceEvent::ServiceRemoved(_, full) => name(&full).map(|name| Found::Gone { name }),
        _ => None,
    }
}

/// Enough of a fingerprint to tell authorities apart.
fn short(fingerprint: &str) -> &str {
    fingerprint.get(..16).unwrap_or(fingerprint)
}

/// Says good-bye when it is dropped.
struct Running(ServiceDaemon);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.shutdown();
    }
}
