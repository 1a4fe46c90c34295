//! The authority of the nodes: a key that signs the certificates of hub and
//! spots. It lives in a folder that stays with the operator; the hub needs only
//! its certificate and the list of enrolled nodes.

use std::fs;
use std::path::{Path, PathBuf};

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, KeyPair, KeyUsagePurpose,
    PKCS_ED25519, SerialNumber, date_time_ymd,
};
use serde::{Deserialize, Serialize};
use vereda_web::place::Zone;

use crate::bundle::cipher::{PublicKey, SecretKey};
use crate::node::random;
use crate::whole;

pub mod issue;
mod list;

use issue::{Is, Issuing};
pub use list::{List, change};

/// Begins the name of a scope in a spot's certificate: other spots see by it what to share.
pub const SCOPE_URI: &str = "vereda:scope:";
/// A node's certificate holds for this long, in days, where nobody says otherwise.
pub const VALID_DAYS: i32 = 90;
/// The authority's own certificate holds for this long, in days.
const AUTHORITY_VALID_DAYS: i32 = 3_652;
/// Longest name of an authority, in bytes: X.520 has 64 characters.
const MAX_NAME_BYTES: usize = 64;

/// What the authority could not do.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    /// There is an authority already: a new key would lock out every node.
    #[error("{0} is there already; an authority is never made over another one")]
    Exists(PathBuf),
    /// A file.
    #[error("{path}: {error}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The list of enrolled nodes is not what it should be; it is left as it is.
    #[error("{path}: {message}")]
    List {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
    /// A value that cannot be.
    #[error("{0}")]
    Value(&'static str),
    /// The certificate could not be made.
    #[error("certificate: {0}")]
    Certificate(#[from] rcgen::Error),
}

/// What an enrolled node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// A spot: may exchange with the hub.
    Spot,
    /// The hub.
    Hub,
}

/// A node on the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Enrolled {
    /// Its id.
    pub id: String,
    /// What it is.
    pub role: Role,
    /// The scopes that it may read and write; new records belong to the first.
    pub scopes: Vec<String>,
    /// SHA-256 of its certificate, hexadecimal.
    pub fingerprint: String,
    /// The day of its enrolment, `yyyy-mm-dd`.
    pub enrolled: String,
    /// The last day of its certificate, `yyyy-mm-dd`; without, [`VALID_DAYS`] after that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends: Option<String>,
    /// The time zone of its place, where that is not Lisbon's: what the hub plans for it is in its days and hours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<Zone>,
    /// The day on which that ended, `yyyy-mm-dd`. The entry stays: what the node had not
    /// delivered by then is taken into quarantine, and nothing else is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked: Option<String>,
}

/// Makes a new authority in a folder: `authority.crt` and `authority.key`.
///
/// # Errors
/// [`AuthorityError::Exists`], or what the disk says.
pub fn new(dir: &Path, name: &str) -> Result<(), AuthorityError> {
    if name.is_empty() || name.len() > MAX_NAME_BYTES {
        return Err(AuthorityError::Value("a name has 1 to 64 bytes"));
    }
    let (certificate_file, key_file) = (dir.join("authority.crt"), dir.join("authority.key"));
    for file in [&certificate_file, &key_file] {
        if file.exists() {
            return Err(AuthorityError::Exists(file.clone()));
        }
    }
    fs::create_dir_all(dir).map_err(|e| fault(dir, e))?;
    let key = KeyPair::generate_for(&PKCS_ED25519)?;
    let mut params = authority_params(name);
    valid(&mut params, (-1, AUTHORITY_VALID_DAYS));
    params.serial_number = Some(serial()?);
    let certificate = params.self_signed(&key)?;
    // The key first: a certificate without its key would look like an authority.
    write(&key_file, key.serialize_pem().as_bytes(), 0o600)?;
    write(&certificate_file, certificate.pem().as_bytes(), 0o644)
}

/// Makes key and certificate of a node in the folder `out` and puts the node on
/// the list, in place of what was there under its id. The hub gets a key for bundles,
/// and spots that are enrolled after it the public half.
///
/// # Errors
/// What is missing or wrong; then the list is as it was.
pub fn enrol(
    dir: &Path,
    node_id: &str,
    role: Role,
    scopes: &[String],
    dns: &[String],
    out: &Path,
) -> Result<Enrolled, AuthorityError> {
    check(node_id, role, scopes)?;
    // A spot with the hub's name in its certificate could pose as the hub.
    if role == Role::Spot && !dns.is_empty() {
        return Err(AuthorityError::Value(
            "only the hub's certificate carries names of the network",
        ));
    }
    let issuing = Issuing::load(&dir.join("authority.crt"), &dir.join("authority.key"))?;
    list::change(&dir.join("enrolled.toml"), |list| {
        let key = KeyPair::generate_for(&PKCS_ED25519)?;
        let is = Is {
            id: node_id,
            role,
            scopes,
            dns,
        };
        let issued = issuing.issue(&key, &is, VALID_DAYS)?;
        let mut node = issued.enrolled;
        node.zone = list.zone_of(node_id);
        fs::create_dir_all(out).map_err(|e| fault(out, e))?;
        write(
            &out.join("authority.crt"),
            issuing.authority_pem().as_bytes(),
            0o644,
        )?;
        write(&out.join("node.key"), key.serialize_pem().as_bytes(), 0o600)?;
        write(&out.join("node.crt"), issued.pem.as_bytes(), 0o644)?;
        bundle_key(dir, role, out)?;
        list.put(node.clone());
        Ok(node)
    })
}

/// The hub's key for bundles: `bundle.key` in its own folder, `bundle.pub` in all. The
/// hub keeps the one it has: what is on sticks and under way was made for that.
fn bundle_key(dir: &Path, role: Role, out: &Path) -> Result<(), AuthorityError> {
    let (public, secret) = (dir.join("bundle.pub"), out.join("bundle.key"));
    if role == Role::Hub {
        let key = match secret.exists() {
            true => SecretKey::load(&secret).map_err(|_| {
                AuthorityError::Value("bundle.key of the hub cannot be read: put it back, or move it away for a new one")
            })?,
            false => SecretKey::generate(),
        };
        write(&secret, format!("{}\n", key.to_hex()).as_bytes(), 0o600)?;
        write(&public, format!("{}\n", key.public()).as_bytes(), 0o644)?;
    } else if !public.exists() {
        // Links work without; `vereda bundle` says what to do.
        return Ok(());
    }
    let key = PublicKey::load(&public)
        .map_err(|_| AuthorityError::Value("bundle.pub of the authority is not the hub's key"))?;
    write(
        &out.join("bundle.pub"),
        format!("{key}\n").as_bytes(),
        0o644,
    )
}

/// Says in which time zone a node stands; it stays so when the node is enrolled anew. Gives whether it is enrolled.
///
/// # Errors
/// When the list cannot be read or written.
pub fn locate(dir: &Path, node_id: &str, zone: Zone) -> Result<bool, AuthorityError> {
    list::change(&dir.join("enrolled.toml"), |list| {
        let mut is_there = false;
        for node in list.good_mut(node_id) {
            node.zone = (zone != Zone::LISBON).then_some(zone);
            is_there = true;
        }
        Ok(is_there)
    })
}

/// Revokes a node: it stays on the list, with the day. Gives whether it was enrolled.
///
/// # Errors
/// When the list cannot be read or written.
pub fn revoke(dir: &Path, node_id: &str) -> Result<bool, AuthorityError> {
    revoke_in(&dir.join("enrolled.toml"), node_id)
}

/// The same, in that list: a hub has no more of the authority than this. Every certificate that the node has goes, also
/// the one that it is just giving up for a newer one.
///
/// # Errors
/// As [`revoke`].
pub fn revoke_in(file: &Path, node_id: &str) -> Result<bool, AuthorityError> {
    list::change(file, |list| {
        let mut was_there = false;
        for node in list.good_mut(node_id) {
            node.revoked = Some(today());
            was_there = true;
        }
        Ok(was_there)
    })
}

/// Whether that can be an id, or a scope: 1 to 60 of `a-z`, `0-9` and `-`.
#[must_use]
pub fn is_name(s: &str) -> bool {
    (1..=60).contains(&s.len())
        && s.bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

fn check(node_id: &str, role: Role, scopes: &[String]) -> Result<(), AuthorityError> {
    if !is_name(node_id) {
        return Err(AuthorityError::Value(
            "a node's id is 1 to 60 of a-z, 0-9 and `-`",
        ));
    }
    if !scopes.iter().all(|s| is_name(s)) || (role == Role::Spot && scopes.is_empty()) {
        return Err(AuthorityError::Value(
            "a spot has at least one scope, of a-z, 0-9 and `-`",
        ));
    }
    Ok(())
}

fn authority_params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = common_name(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn common_name(name: &str) -> DistinguishedName {
    let mut out = DistinguishedName::new();
    out.push(DnType::CommonName, name);
    out
}

/// From so many days after today to so many after it; gives the last one.
fn valid(params: &mut CertificateParams, (from, days): (i32, i32)) -> jiff::civil::Date {
    let today = jiff::Timestamp::now()
        .to_zoned(jiff::tz::TimeZone::UTC)
        .date();
    let ymd = |d: jiff::civil::Date| {
        date_time_ymd(
            i32::from(d.year()),
            u8::try_from(d.month()).unwrap_or(1),
            u8::try_from(d.day()).unwrap_or(1),
        )
    };
    let shifted = |days: i32| today.saturating_add(jiff::Span::new().days(days));
    params.not_before = ymd(shifted(from));
    params.not_after = ymd(shifted(days));
    shifted(days)
}

fn today() -> String {
    jiff::Timestamp::now()
        .to_zoned(jiff::tz::TimeZone::UTC)
        .date()
        .to_string()
}

fn serial() -> Result<SerialNumber, AuthorityError> {
    let mut bytes: [u8; 16] =
        random().map_err(|_| AuthorityError::Value("the system gives no randomness"))?;
    // Positive, and never shorter than it looks.
    bytes[0] = bytes[0] & 0x7f | 0x40;
    Ok(SerialNumber::from_slice(&bytes))
}

fn read(file: &Path) -> Result<String, AuthorityError> {
    fs::read_to_string(file).map_err(|e| fault(file, e))
}

fn write(file: &Path, bytes: &[u8], mode: u32) -> Result<(), AuthorityError> {
    whole::put(file, bytes, mode).map_err(|e| fault(file, e))
}

fn fault(path: &Path, error: std::io::Error) -> AuthorityError {
    AuthorityError::File {
        path: path.into(),
        error,
    }
}
