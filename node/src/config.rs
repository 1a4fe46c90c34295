//! The configuration: a TOML file, read whole and checked before anything starts.
//! Every value is documented in `images/spot.toml` and `images/hub.toml`.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use vereda_sync::day::Holiday;
use vereda_sync::record::tour::Position;
use vereda_web::place::Zone;
use vereda_web::texts;

use crate::lan;
use crate::training;

mod agencies;
mod contact;
mod enrolment;
mod fleet;
mod notices;
mod retention;

pub use agencies::{Agencies, Agency};
pub use contact::Contact;
pub use enrolment::Enrolment;
pub use fleet::Fleet;
pub use notices::{MailServer, Notices, SmsGateway, Tls};
pub use retention::Retention;

/// Largest configuration file that is read, in bytes.
const MAX_CONFIG_BYTES: u64 = 1 << 20;

/// Longest address of the page of receipts, in bytes: a finer QR code is read badly.
const MAX_ADDRESS_BYTES: usize = 60;

/// Proxies of that page at most.
const MAX_PROXIES: usize = 16;

/// Holidays of a place at most.
const MAX_HOLIDAYS: usize = 10;

/// The configuration of a node.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Who this node is.
    pub node: Node,
    /// Where it keeps what it knows.
    pub store: Store,
    /// Where its pages are.
    pub web: Web,
    /// Spots: where the hub is.
    pub hub: Option<Hub>,
    /// Spots: others that are near.
    pub peers: Option<Peers>,
    /// Spots: other machines that are desks of this one.
    pub lan: Option<Lan>,
    /// Spots: where a copy of what is being typed is kept.
    pub keep: Option<Keep>,
    /// Hubs: where spots reach it.
    pub sync: Option<Sync>,
    /// Hubs: where machines enrol.
    pub enrolment: Option<Enrolment>,
    /// Hubs: the agencies that are told of requests.
    pub agencies: Option<Agencies>,
    /// Where citizens see how far their requests are.
    pub verify: Option<Verify>,
    /// The services.
    pub catalogue: File,
    /// The people.
    pub staff: File,
    /// Hubs: what is counted.
    #[serde(default)]
    pub statistics: Statistics,
    /// Hubs: from when on something is wrong with a node.
    #[serde(default)]
    pub fleet: Fleet,
    /// At the hub: after how long what is over is erased by rule. Without, nothing is.
    pub retention: Option<Retention>,
    /// Hubs: until when the contact centre answers.
    #[serde(default)]
    pub contact: Contact,
    /// Hubs: how citizens are sent word of how their requests ended.
    pub notices: Option<Notices>,
    /// Spots: the card reader.
    #[serde(default)]
    pub card: Card,
    /// Spots: the till.
    #[serde(default)]
    pub till: Till,
    /// Spots: memory sticks.
    #[serde(default)]
    pub sticks: Sticks,
}

/// Who the node is.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Node {
    /// Stable id, also the name in its certificate: `a-z0-9-`.
    pub id: String,
    /// What people read.
    pub name: String,
    /// Its own block of numbers: 2 to 6 capital letters and digits, unique.
    pub prefix: String,
    /// The place of today's stop.
    pub stop: Option<String>,
    /// What it is.
    pub kind: Kind,
    /// The scopes whose records it holds; new records belong to the first.
    pub scopes: Vec<String>,
    /// The time zone of the place, by its name in the IANA database: its day is the node's.
    #[serde(default)]
    pub zone: Zone,
    /// The languages of the place, by code, in the order in which the citizen's screen greets; others follow.
    #[serde(default)]
    pub languages: Vec<String>,
    /// Where it stands, `37,3184; -8,5561`, if that is always the same place: the map of the hub shows it there.
    #[serde(default, deserialize_with = "position")]
    pub position: Option<Position>,
    /// Holidays of the place beside the national ones: terms leave them out.
    #[serde(default)]
    pub holidays: Vec<Holiday>,
}

/// Kinds of node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A vehicle.
    Vehicle,
    /// A laptop carried to people who cannot travel.
    CareHome,
    /// A desk in a building.
    Fixed,
    /// The hub.
    Hub,
}

/// Where the store is.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Store {
    /// The database file.
    pub path: PathBuf,
    /// The file with its key.
    pub key_file: PathBuf,
    /// At a spot: what is closed or recorded and was not touched for so many days is purged after
    /// an exchange, once the hub has said that it holds it and a copy of it. Without, only
    /// `vereda purge` does that.
    pub keep_days: Option<u32>,
}

/// Where the pages are.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Web {
    /// Address and port; loopback only, as the pages go without TLS.
    pub listen: SocketAddr,
}

/// Where the hub is.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hub {
    /// Name and port.
    pub address: String,
    /// The name in the hub's certificate, if it is not that of the address.
    pub name: Option<String>,
    /// This node's certificate (PEM).
    pub certificate: PathBuf,
    /// This node's key (PEM).
    pub key: PathBuf,
    /// The authority that signed both (PEM).
    pub authority: PathBuf,
    /// The hub's public key, to which bundles are encrypted.
    pub bundle_key: Option<PathBuf>,
    /// Where a certificate that has ended is renewed: name and port.
    pub renewal: Option<String>,
    /// Longest pause between two tries, in seconds.
    #[serde(default = "default_retry_max_s")]
    pub retry_max_s: u32,
    /// Pause between two exchanges while the hub can be reached, in seconds.
    #[serde(default = "default_poll_s")]
    pub poll_s: u32,
    /// From this age of what is unsent on the desk says that it is urgent, in days.
    #[serde(default = "default_urgent_after_days")]
    pub urgent_after_days: u16,
}

/// Where memory sticks appear.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sticks {
    /// Folders below which the system mounts them.
    pub under: Vec<PathBuf>,
    /// Folders that are always there and stand for one.
    pub folders: Vec<PathBuf>,
}

impl Default for Sticks {
    fn default() -> Self {
        Self {
            under: ["/media", "/run/media"].map(PathBuf::from).to_vec(),
            folders: vec![],
        }
    }
}

/// Other spots nearby.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Peers {
    /// Address and port at which they reach this one.
    pub listen: SocketAddr,
    /// Whether to look for them on the local network.
    #[serde(default = "default_discover")]
    pub discover: bool,
    /// The network interfaces to look on; all when there is none.
    #[serde(default)]
    pub interfaces: Vec<String>,
    /// Those that are at a fixed address: name and port.
    #[serde(default)]
    pub known: Vec<String>,
}

/// Where other machines of the spot's own network reach it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lan {
    /// Address and port at which they do, over TLS; `0.0.0.0` for every address of this machine.
    pub listen: SocketAddr,
    /// The addresses by which they call it; those that this machine has when there is none.
    #[serde(default)]
    pub addresses: Vec<IpAddr>,
}

/// Where a sealed copy of what is being typed is kept.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keep {
    /// A folder on another disk, or of a stick that stays plugged in.
    pub folder: PathBuf,
}

/// Where spots reach the hub.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sync {
    /// Address and port.
    pub listen: SocketAddr,
    /// The hub's certificate (PEM).
    pub certificate: PathBuf,
    /// The hub's key (PEM).
    pub key: PathBuf,
    /// The authority that signs the spots' certificates (PEM).
    pub authority: PathBuf,
    /// The list of enrolled spots, read at every exchange: who is not on it is refused.
    pub enrolled: PathBuf,
    /// The hub's secret key, which opens bundles.
    pub bundle_key: Option<PathBuf>,
    /// For how long a spot may read what it looked up beyond its scope, in hours.
    #[serde(default = "default_lend_hours")]
    pub lend_hours: u16,
    /// So many values of an agency (payment references, hours at a counter) are leased ahead to each spot, of
    /// each service and kind.
    #[serde(default = "default_lease_ahead")]
    pub lease_ahead: u16,
}

/// Where whoever holds a receipt sees how far its request is, without signing in.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verify {
    /// The address of the page as citizens open it; it is in the QR codes of receipts.
    pub address: String,
    /// At a hub: address and port where it serves the page, to a proxy with TLS.
    pub listen: Option<SocketAddr>,
    /// At a hub: proxies that are believed when they say for whom they ask.
    #[serde(default)]
    pub proxies: Vec<IpAddr>,
}

fn position<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Position>, D::Error> {
    let text = String::deserialize(from)?;
    let read = Position::parse(&text);
    let wrong = || D::Error::custom("a position is two numbers, as `37,3184; -8,5561`");
    read.map(Some).ok_or_else(wrong)
}

fn default_lease_ahead() -> u16 {
    10
}

fn default_urgent_after_days() -> u16 {
    3
}

fn default_lend_hours() -> u16 {
    72
}

/// A file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Where it is.
    pub file: PathBuf,
}

/// What is counted over all spots.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statistics {
    /// In open data nothing of fewer requests than so many.
    #[serde(default = "default_smallest")]
    pub smallest: u16,
}

impl Default for Statistics {
    fn default() -> Self {
        Self {
            smallest: default_smallest(),
        }
    }
}

fn default_smallest() -> u16 {
    5
}

/// The till.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Till {
    /// A difference of so much or more is closed with a second person, in cents.
    #[serde(default = "default_second_person_cents")]
    pub second_person_cents: u64,
}

impl Default for Till {
    fn default() -> Self {
        Self {
            second_person_cents: default_second_person_cents(),
        }
    }
}

fn default_second_person_cents() -> u64 {
    500
}

/// The card reader.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// Part of the reader's name, `any`, or `none`.
    pub reader: String,
    /// Longest that a card may keep silent, in seconds.
    #[serde(default = "default_deadline_s")]
    pub deadline_s: u32,
}

impl Default for Card {
    fn default() -> Self {
        Self {
            reader: "any".into(),
            deadline_s: default_deadline_s(),
        }
    }
}

fn default_retry_max_s() -> u32 {
    30
}

fn default_discover() -> bool {
    true
}

fn default_poll_s() -> u32 {
    5
}

fn default_deadline_s() -> u32 {
    10
}

/// What is wrong with a configuration, in words that say what to do.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It cannot be read.
    #[error("{file}: {error}")]
    Unreadable {
        /// Which.
        file: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// It is not what a configuration looks like.
    #[error("{file}: {message}")]
    Malformed {
        /// Which.
        file: PathBuf,
        /// What is wrong, where, and the nearest right name.
        message: String,
    },
    /// A value that cannot be.
    #[error("{file}: `{key}`: {fault}")]
    Value {
        /// Which.
        file: PathBuf,
        /// The key.
        key: &'static str,
        /// What is wrong.
        fault: String,
    },
}

impl Config {
    /// Reads and checks a configuration. Relative paths are relative to its folder.
    ///
    /// # Errors
    /// What is wrong, and the nearest right name of an unknown key.
    pub fn load(file: &Path) -> Result<Self, ConfigError> {
        let unreadable = |error| ConfigError::Unreadable {
            file: file.into(),
            error,
        };
        let size = std::fs::metadata(file).map_err(unreadable)?.len();
        if size > MAX_CONFIG_BYTES {
            return Err(unreadable(std::io::Error::other(
                "larger than a configuration can be",
            )));
        }
        let text = std::fs::read_to_string(file).map_err(unreadable)?;
        let mut config = Self::parse(&text).map_err(|message| ConfigError::Malformed {
            file: file.into(),
            message,
        })?;
        config.resolve(file.parent().unwrap_or(Path::new(".")));
        config.check().map_err(|(key, fault)| ConfigError::Value {
            file: file.into(),
            key,
            fault,
        })?;
        Ok(config)
    }

    /// The certificate of the authority that hub and spots trust, if there is one.
    #[must_use]
    pub fn authority(&self) -> Option<&Path> {
        let hub = self.hub.as_ref().map(|hub| hub.authority.as_path());
        hub.or_else(|| self.sync.as_ref().map(|sync| sync.authority.as_path()))
    }

    fn parse(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|e| with_nearest_name(&e.to_string()))
    }

    fn resolve(&mut self, folder: &Path) {
        let mut all: Vec<&mut PathBuf> = vec![
            &mut self.store.path,
            &mut self.store.key_file,
            &mut self.catalogue.file,
            &mut self.staff.file,
        ];
        if let Some(hub) = &mut self.hub {
            all.extend([&mut hub.certificate, &mut hub.key, &mut hub.authority]);
            all.extend(hub.bundle_key.as_mut());
        }
        if let Some(sync) = &mut self.sync {
            all.extend([
                &mut sync.certificate,
                &mut sync.key,
                &mut sync.authority,
                &mut sync.enrolled,
            ]);
            all.extend(sync.bundle_key.as_mut());
        }
        all.extend(self.enrolment.as_mut().map(|it| &mut it.authority_key));
        all.extend(self.agencies.iter_mut().flat_map(Agencies::paths));
        all.extend(self.notices.iter_mut().flat_map(Notices::paths));
        all.extend(self.sticks.folders.iter_mut());
        all.extend(self.keep.as_mut().map(|keep| &mut keep.folder));
        for path in all {
            *path = folder.join(&*path);
        }
    }

    fn check(&self) -> Result<(), (&'static str, String)> {
        let name_like = |s: &str| {
            !s.is_empty()
                && s.len() <= 60
                && s.bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        };
        if !name_like(&self.node.id) {
            return Err(("node.id", "1 to 60 of a-z, 0-9 and `-`".into()));
        }
        for (key, value, taken) in [
            ("node.id", &self.node.id, training::ID),
            ("node.prefix", &self.node.prefix, training::PREFIX),
        ] {
            if value == taken {
                let fault = format!("`{taken}` marks what is done in training: choose another");
                return Err((key, fault));
            }
        }
        let prefix = self.node.prefix.as_bytes();
        if !(2..=6).contains(&prefix.len())
            || !prefix
                .iter()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        {
            return Err(("node.prefix", "2 to 6 of A-Z and 0-9".into()));
        }
        if let Some(hub) = &self.hub
            && !(1..=60).contains(&hub.urgent_after_days)
        {
            return Err(("hub.urgent_after_days", "1 to 60 days".into()));
        }
        if self.node.scopes.is_empty() || !self.node.scopes.iter().all(|s| name_like(s)) {
            return Err((
                "node.scopes",
                "at least one scope, of a-z, 0-9 and `-`".into(),
            ));
        }
        if let Some(unknown) = self
            .node
            .languages
            .iter()
            .find(|l| texts::language(l).is_none())
        {
            let known: Vec<&str> = texts::LANGUAGES.iter().map(|l| l.code).collect();
            let shown: String = unknown.chars().take(20).collect();
            return Err((
                "node.languages",
                format!("`{shown}` is none of the screen's: {}", known.join(", ")),
            ));
        }
        if self.node.zone != Zone::LISBON && self.node.kind == Kind::Hub {
            return Err((
                "node.zone",
                "a hub stands in Lisbon's: agencies, terms and lists go by it".into(),
            ));
        }
        if self.node.holidays.len() > MAX_HOLIDAYS {
            return Err((
                "node.holidays",
                format!("at most {MAX_HOLIDAYS}: national ones are known"),
            ));
        }
        if !self.web.listen.ip().is_loopback() {
            return Err((
                "web.listen",
                "the pages go without TLS, so only over loopback: 127.0.0.1".into(),
            ));
        }
        if let Some(lan) = &self.lan {
            lan.check()?;
        }
        if !(3..=1_000).contains(&self.statistics.smallest) {
            return Err((
                "statistics.smallest",
                "3 to 1000: open data of fewer tells of somebody".into(),
            ));
        }
        self.fleet.check()?;
        if let Some(retention) = &self.retention {
            retention.check()?;
            if self.node.kind != Kind::Hub {
                let fault = "only the hub erases by rule: what it says reaches every spot";
                return Err(("retention", fault.into()));
            }
        }
        self.contact.check()?;
        if let Some(enrolment) = &self.enrolment {
            enrolment.check()?;
            if self.sync.is_none() {
                return Err((
                    "enrolment",
                    "machines enrol at a hub: `[sync]` must be there".into(),
                ));
            }
        }
        if let Some(renewal) = self.hub.as_ref().and_then(|hub| hub.renewal.as_ref())
            && !enrolment::is_address(renewal)
        {
            return Err((
                "hub.renewal",
                "a name and a port, as `hub.example.org:8445`".into(),
            ));
        }
        if let Some(notices) = &self.notices {
            notices.check()?;
            if self.node.kind != Kind::Hub {
                return Err(("notices", "the hub alone sends word to citizens".into()));
            }
        }
        if let Some(verify) = &self.verify {
            verify.check(self.node.kind)?;
        }
        if (self.lan.is_some() || self.keep.is_some()) && self.node.kind == Kind::Hub {
            let fault = "desks are of a spot: a hub has its console on loopback only";
            return Err(("lan", fault.into()));
        }
        if let Some(agencies) = &self.agencies {
            agencies.check()?;
            if self.node.kind != Kind::Hub {
                return Err(("agencies", "agencies are told by the hub alone".into()));
            }
        }
        if self.store.keep_days == Some(0)
            || (self.store.keep_days.is_some() && self.node.kind == Kind::Hub)
        {
            return Err((
                "store.keep_days",
                "at least 1 day, and at a spot only: the hub purges nothing".into(),
            ));
        }
        if self
            .hub
            .as_ref()
            .is_some_and(|h| h.retry_max_s == 0 || h.poll_s == 0)
        {
            return Err(("hub.retry_max_s", "at least 1 second".into()));
        }
        if self.peers.is_some() && self.hub.is_none() {
            return Err((
                "peers",
                "spots prove with the certificate of `[hub]` who they are: it must be there".into(),
            ));
        }
        Ok(())
    }
}

impl Lan {
    fn check(&self) -> Result<(), (&'static str, String)> {
        let private = |address: &IpAddr| lan::is_private(*address);
        let listens = self.listen.ip();
        if !listens.is_unspecified() && !private(&listens) {
            let fault = "a private address (10.…, 172.16.…, 192.168.…), or 0.0.0.0 for all";
            return Err(("lan.listen", fault.into()));
        }
        if self.addresses.len() > lan::MAX_ADDRESSES || !self.addresses.iter().all(private) {
            let most = lan::MAX_ADDRESSES;
            let fault = format!("at most {most}, all private: the node vouches for no others");
            return Err(("lan.addresses", fault));
        }
        Ok(())
    }
}

impl Verify {
    /// Host and port of the address, as browsers name them.
    #[must_use]
    pub fn host(&self) -> &str {
        self.address
            .split_once("://")
            .map_or("", |(_, authority)| authority)
    }

    fn check(&self, kind: Kind) -> Result<(), (&'static str, String)> {
        let host = self.host();
        let bare = host.split(':').next().unwrap_or_default();
        let in_clear = matches!(bare, "localhost" | "127.0.0.1");
        let is_address = self.address.len() <= MAX_ADDRESS_BYTES
            && !bare.is_empty()
            && host
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b".-:".contains(&b))
            && (self.address.starts_with("https://")
                || self.address.starts_with("http://") && in_clear);
        if !is_address {
            let most = MAX_ADDRESS_BYTES;
            let fault = format!(
                "as `https://verificar.exemplo.pt`: no path, no `/` at the end, at most {most} letters"
            );
            return Err(("verify.address", fault));
        }
        match (kind, self.listen) {
            (Kind::Hub, None) => {
                let fault = "where the hub serves the page to the proxy, as `127.0.0.1:8110`";
                Err(("verify.listen", fault.into()))
            }
            (Kind::Hub, Some(listen)) if !lan::is_private(listen.ip()) => {
                let fault = "the page goes without TLS as far as the proxy, so only over loopback or a private network";
                Err(("verify.listen", fault.into()))
            }
            (Kind::Hub, Some(_)) if self.proxies.len() > MAX_PROXIES => {
                Err(("verify.proxies", format!("at most {MAX_PROXIES}")))
            }
            (Kind::Hub, Some(_)) => Ok(()),
            (_, None) if self.proxies.is_empty() => Ok(()),
            _ => {
                let fault = "the hub serves the page: a spot knows its address only";
                Err(("verify.listen", fault.into()))
            }
        }
    }
}

/// `toml` says which keys it knows; the nearest one is what was meant.
fn with_nearest_name(message: &str) -> String {
    let Some(at) = message.find("unknown field `") else {
        return message.to_owned();
    };
    let mut names = message[at..].split('`').skip(1).step_by(2);
    let Some(unknown) = names.next() else {
        return message.to_owned();
    };
    match names.min_by_key(|known| strsim::damerau_levenshtein(unknown, known)) {
        Some(nearest) => format!("{}\nperhaps `{nearest}` was meant", message.trim_end()),
        None => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_configurations_are_right() {
        for sample in ["spot.toml", "abroad.toml", "hub.toml"] {
            let file = Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("../images")
                .join(sample);
            Config::load(&file).unwrap();
        }
    }

    #[test]
    fn an_unknown_key_is_refused_with_the_nearest_right_name() {
        let sample = include_str!("../../images/spot.toml");
        let wrong = sample.replace("key_file", "keyfile");
        let said = Config::parse(&wrong).unwrap_err();
        assert!(
            said.contains("keyfile") && said.contains("perhaps `key_file` was meant"),
            "{said}"
        );
    }

    #[test]
    fn a_place_abroad_says_its_zone_and_its_languages() {
        let sample = include_str!("../../images/abroad.toml");
        let config = Config::parse(sample).unwrap();
        assert_eq!(config.node.zone.name(), "America/Sao_Paulo");
        config.check().unwrap();
        let said = Config::parse(&sample.replace("America/Sao_Paulo", "America/SaoPaulo"));
        let said = said.unwrap_err();
        assert!(
            said.contains("`America/SaoPaulo` is no time zone")
                && said.contains("America/Sao_Paulo"),
            "{said}"
        );
        let mut config = config;
        config.node.languages = vec!["pt".into(), "xx".into()];
        let (key, said) = config.check().unwrap_err();
        assert!(
            key == "node.languages" && said.contains("pt, en, fr"),
            "{said}"
        );
        let hub = include_str!("../../images/hub.toml");
        let mut hub = Config::parse(hub).unwrap();
        assert_eq!(hub.node.zone, Zone::LISBON);
        hub.node.zone = Zone::named("Europe/Paris").unwrap();
        assert_eq!(hub.check().unwrap_err().0, "node.zone");
    }

    #[test]
    fn the_hub_is_not_told_to_purge() {
        for (sample, days) in [("spot.toml", "0"), ("hub.toml", "30")] {
            let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../images");
            let text = std::fs::read_to_string(file.join(sample)).unwrap();
            let text = text.replace("[store]\n", &format!("[store]\nkeep_days = {days}\n"));
            let config = Config::parse(&text).unwrap();
            assert_eq!(config.check().unwrap_err().0, "store.keep_days");
        }
    }

    #[test]
    fn nothing_real_is_called_as_training_is() {
        let sample = include_str!("../../images/spot.toml");
        let mut config = Config::parse(sample).unwrap();
        config.node.prefix = training::PREFIX.into();
        assert_eq!(config.check().unwrap_err().0, "node.prefix");
    }

    #[test]
    fn the_page_of_receipts_has_an_address_that_fits_a_code_and_only_a_hub_serves_it() {
        let spot = "[verify]\naddress = ";
        let hub = |listen: &str| {
            format!("[verify]\naddress = \"https://verificar.exemplo.pt\"\nlisten = \"{listen}\"\n")
        };
        let too_long = format!("\"https://{}.pt\"", "x".repeat(60));
        for (sample, more, wrong) in [
            (
                "spot.toml",
                format!("{spot}\"https://verificar.exemplo.pt\""),
                None,
            ),
            (
                "spot.toml",
                format!("{spot}\"http://127.0.0.1:8110\""),
                None,
            ),
            (
                "spot.toml",
                format!("{spot}\"http://verificar.exemplo.pt\""),
                Some("verify.address"),
            ),
            (
                "spot.toml",
                format!("{spot}\"https://verificar.exemplo.pt/\""),
                Some("verify.address"),
            ),
            (
                "spot.toml",
                format!("{spot}\"https://ana@exemplo.pt\""),
                Some("verify.address"),
            ),
            (
                "spot.toml",
                format!("{spot}{too_long}"),
                Some("verify.address"),
            ),
            ("spot.toml", hub("127.0.0.1:8110"), Some("verify.listen")),
            ("hub.toml", hub("127.0.0.1:8110"), None),
            ("hub.toml", hub("10.1.2.3:8110"), None),
            ("hub.toml", hub("0.0.0.0:8110"), Some("verify.listen")),
            (
                "hub.toml",
                format!("{spot}\"https://verificar.exemplo.pt\""),
                Some("verify.listen"),
            ),
        ] {
            let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../images");
            let text = std::fs::read_to_string(file.join(sample)).unwrap();
            let (before, rest) = text.split_once("[verify]").unwrap();
            let (_, after) = rest.split_once("\n[").unwrap();
            let text = format!("{before}\n[{after}\n{more}\n");
            let config = Config::parse(&text).unwrap();
            let said = config.check().err().map(|(key, _)| key);
            assert_eq!(said, wrong, "{sample}: {more}");
        }
    }

    #[test]
    fn pages_never_leave_the_machine_without_tls() {
        let sample = include_str!("../../images/spot.toml");
        let mut config = Config::parse(sample).unwrap();
        config.web.listen = "0.0.0.0:80".parse().unwrap();
        assert_eq!(config.check().unwrap_err().0, "web.listen");
    }
}
