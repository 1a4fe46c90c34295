//! Where machines enrol, and nodes whose certificate has ended ask for another.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::Deserialize;

/// The hub's door for machines that have no certificate that holds.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Enrolment {
    /// Address and port.
    pub listen: SocketAddr,
    /// The same as machines reach it: name and port.
    pub address: String,
    /// Where spots then reach the hub (`[sync]`): name and port.
    pub hub: String,
    /// The key of the authority (PEM), with which certificates are signed here.
    pub authority_key: PathBuf,
    /// A certificate holds for so many days; from two thirds of it on a node renews it by itself.
    #[serde(default = "default_days")]
    pub days: u16,
}

fn default_days() -> u16 {
    60
}

impl Enrolment {
    pub(super) fn check(&self) -> Result<(), (&'static str, String)> {
        if !(30..=90).contains(&self.days) {
            return Err(("enrolment.days", "30 to 90 days".into()));
        }
        for (key, address) in [
            ("enrolment.address", &self.address),
            ("enrolment.hub", &self.hub),
        ] {
            if !is_address(address) {
                return Err((key, "a name and a port, as `hub.example.org:8445`".into()));
            }
        }
        Ok(())
    }
}

/// Whether it is a name, or an address in numbers, and a port.
pub(super) fn is_address(text: &str) -> bool {
    text.len() <= 260
        && text.rsplit_once(':').is_some_and(|(host, port)| {
            !host.is_empty()
                && !host
                    .chars()
                    .any(|c| c.is_whitespace() || c.is_control() || c == '/')
                && port.parse::<u16>().is_ok_and(|port| port > 0)
        })
}
