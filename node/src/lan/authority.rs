//! The authority that a node carries for its own network. Its key is in the store, under the store's key, and
//! never leaves it. Whoever trusts its certificate trusts it for this node's name and for private
//! addresses, and for nothing else of the web: the certificate says so (RFC 5280, 4.2.1.10).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    NameConstraints, PKCS_ECDSA_P256_SHA256, SanType, SerialNumber, date_time_ymd,
};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use rustls::sign::CertifiedKey;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::node::random;
use crate::store::{self, Store, set_meta};

/// A certificate of the node holds for so many days, besides those before it was made.
const VALID_DAYS: i64 = 14;
/// And from so many days before that: a tablet's clock, or the node's, is wrong by a day, or two.
const BEFORE_DAYS: i64 = 2;
/// With so many days left it is made anew: a clock that is ahead by as many still takes the old one.
const RENEWED_DAYS: i64 = 7;
const DAY_MS: i64 = 86_400_000;

/// The node's own network: loopback, RFC 1918, RFC 3927, RFC 4193, RFC 4291.
const PRIVATE_4: [([u8; 4], u8); 5] = [
    ([127, 0, 0, 0], 8),
    ([10, 0, 0, 0], 8),
    ([172, 16, 0, 0], 12),
    ([192, 168, 0, 0], 16),
    ([169, 254, 0, 0], 16),
];

/// Whether the authority may vouch for an address.
#[must_use]
pub fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(it) => it.is_loopback() || it.is_private() || it.is_link_local(),
        IpAddr::V6(it) => it.is_loopback() || it.is_unique_local() || it.is_unicast_link_local(),
    }
}

/// What could not be done with it.
#[derive(Debug, thiserror::Error)]
pub enum LanError {
    /// The store.
    #[error(transparent)]
    Store(#[from] store::StoreError),
    /// The certificate could not be made.
    #[error("certificate: {0}")]
    Certificate(#[from] rcgen::Error),
    /// The key does not serve.
    #[error("key: {0}")]
    Key(#[from] rustls::Error),
    /// What the store keeps of it is not what was put there.
    #[error("what the store keeps of the node's authority cannot be read")]
    Damaged,
}

/// The authority.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    /// DER.
    pub certificate: CertificateDer<'static>,
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Authority(…)")
    }
}

/// A certificate of the node, as the store keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Leaf {
    key: String,
    certificate: String,
    names: Vec<String>,
    made_ms: i64,
}

impl Authority {
    /// The node's: made when there is none yet.
    ///
    /// # Errors
    /// When the store does not answer.
    pub fn of(store: &Store, node: &str) -> Result<Self, LanError> {
        let db = store.write();
        let kept: Option<Vec<u8>> = store::meta(&db, "lan_authority_key")?;
        let certificate: Option<Vec<u8>> = store::meta(&db, "lan_authority")?;
        if let Some((key, certificate)) = kept.zip(certificate) {
            let key = KeyPair::try_from(&PrivatePkcs8KeyDer::from(key))?;
            return Ok(Self {
                issuer: Issuer::new(params(node), key),
                certificate: certificate.into(),
            });
        }
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let mut own = params(node);
        own.serial_number = Some(serial()?);
        let certificate = own.self_signed(&key)?.der().clone();
        let tx = db
            .unchecked_transaction()
            .map_err(store::StoreError::from)?;
        set_meta(&tx, "lan_authority_key", key.serialized_der())?;
        set_meta(&tx, "lan_authority", certificate.to_vec())?;
        tx.commit().map_err(store::StoreError::from)?;
        Ok(Self {
            issuer: Issuer::new(params(node), key),
            certificate,
        })
    }

    /// SHA-256 of its certificate, as browsers show it: pairs of digits.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let digest = Sha256::digest(&self.certificate);
        let pairs: Vec<String> = digest.iter().map(|b| format!("{b:02X}")).collect();
        pairs.join(":")
    }

    /// The node's certificate for these names and addresses: the one that is kept, as long as it is for the same
    /// and not near its end; else a new one.
    ///
    /// # Errors
    /// When it cannot be made or kept.
    pub fn certified(
        &self,
        store: &Store,
        names: &[String],
        now_ms: i64,
    ) -> Result<Arc<CertifiedKey>, LanError> {
        let db = store.write();
        let kept: Option<String> = store::meta(&db, "lan_certificate")?;
        let kept = kept.and_then(|text| serde_json::from_str::<Leaf>(&text).ok());
        let leaf = match kept.filter(|leaf| leaf.names == names && is_fresh(leaf.made_ms, now_ms)) {
            Some(leaf) => leaf,
            None => {
                let leaf = self.make(names, now_ms)?;
                let text = serde_json::to_string(&leaf).map_err(|_| LanError::Damaged)?;
                set_meta(&db, "lan_certificate", text)?;
                leaf
            }
        };
        drop(db);
        let key = PrivatePkcs8KeyDer::from(unhex(&leaf.key).ok_or(LanError::Damaged)?);
        let certificate = unhex(&leaf.certificate).ok_or(LanError::Damaged)?;
        let signing = rustls::crypto::ring::sign::any_ecdsa_type(&key.into())?;
        let chain = vec![certificate.into(), self.certificate.clone()];
        Ok(Arc::new(CertifiedKey::new(chain, signing)))
    }

    fn make(&self, names: &[String], now_ms: i64) -> Result<Leaf, LanError> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let mut leaf = CertificateParams::default();
        for name in names {
            let name = match name.parse::<IpAddr>() {
                Ok(address) => SanType::IpAddress(address),
                Err(_) => SanType::DnsName(name.as_str().try_into()?),
            };
            leaf.subject_alt_names.push(name);
        }
        // Names stand among the alternative ones, where the constraint looks at them.
        leaf.distinguished_name = DistinguishedName::new();
        let (y, m, d) = day(now_ms - BEFORE_DAYS * DAY_MS);
        leaf.not_before = date_time_ymd(y, m, d);
        let (y, m, d) = day(now_ms + (VALID_DAYS + 1) * DAY_MS);
        leaf.not_after = date_time_ymd(y, m, d);
        leaf.serial_number = Some(serial()?);
        leaf.use_authority_key_identifier_extension = true;
        leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let certificate = leaf.signed_by(&key, &self.issuer)?;
        Ok(Leaf {
            key: hex(key.serialized_der()),
            certificate: hex(certificate.der()),
            names: names.to_vec(),
            made_ms: now_ms,
        })
    }
}

/// Whether a certificate made then serves now, by a clock that may have been set since.
fn is_fresh(made_ms: i64, now_ms: i64) -> bool {
    (-(BEFORE_DAYS - 1) * DAY_MS..(VALID_DAYS - RENEWED_DAYS) * DAY_MS)
        .contains(&(now_ms - made_ms))
}

fn params(node: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::OrganizationName, "Vereda");
    params.distinguished_name.push(DnType::CommonName, node);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    // Whatever the clock said on the day on which it was made: a vehicle's may have been years off, and who
    // trusts this certificate is not asked to do so again.
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2049, 12, 31);
    let four = PRIVATE_4.map(|(address, bits)| CidrSubnet::from_v4_prefix(address, bits));
    let six = [
        (Ipv6Addr::LOCALHOST, 128),
        (Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7),
        (Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 10),
    ];
    let six = six.map(|(address, bits)| CidrSubnet::from_v6_prefix(address.octets(), bits));
    let addresses = four.into_iter().chain(six).map(GeneralSubtree::IpAddress);
    let name = GeneralSubtree::DnsName(super::local_name(node));
    params.name_constraints = Some(NameConstraints {
        permitted_subtrees: std::iter::once(name).chain(addresses).collect(),
        excluded_subtrees: vec![],
    });
    params
}

/// The day of that moment: year, month, day.
fn day(ms: i64) -> (i32, u8, u8) {
    let date = jiff::Timestamp::from_millisecond(ms)
        .unwrap_or_default()
        .to_zoned(jiff::tz::TimeZone::UTC)
        .date();
    (
        i32::from(date.year()),
        u8::try_from(date.month()).unwrap_or(1),
        u8::try_from(date.day()).unwrap_or(1),
    )
}

fn serial() -> Result<SerialNumber, LanError> {
    let mut bytes: [u8; 16] = random()?;
    // Positive, and never shorter than it looks.
    bytes[0] = bytes[0] & 0x7f | 0x40;
    Ok(SerialNumber::from_slice(&bytes))
}

fn hex(bytes: &[u8]) -> String {
    crate::people::hex(bytes)
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let pairs = text.as_bytes().chunks(2);
    pairs
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}

/// The addresses of this machine that others on its network may call, as they are now.
#[must_use]
pub(super) fn own_addresses(listen: IpAddr) -> Vec<IpAddr> {
    if !listen.is_unspecified() {
        return vec![listen];
    }
    let all = if_addrs::get_if_addrs().unwrap_or_default();
    let mut all: Vec<IpAddr> = all
        .into_iter()
        .filter(|it| !it.is_loopback())
        .map(|it| it.ip())
        // A link-local one of IPv6 needs the interface beside it, which no certificate names.
        .filter(|ip| is_private(*ip) && !is_link_local_6(*ip))
        .filter(|ip| listen.is_ipv6() || ip.is_ipv4())
        .collect();
    all.sort_unstable();
    all.dedup();
    all.truncate(super::MAX_ADDRESSES);
    match all.is_empty() {
        true => vec![IpAddr::V4(Ipv4Addr::LOCALHOST)],
        false => all,
    }
}

fn is_link_local_6(address: IpAddr) -> bool {
    matches!(address, IpAddr::V6(it) if it.is_unicast_link_local())
}

#[cfg(test)]
mod tests {
    use rustls::RootCertStore;
    use rustls::client::WebPkiServerVerifier;
    use rustls::client::danger::ServerCertVerifier as _;
    use rustls::pki_types::{ServerName, UnixTime};
    use std::time::Duration;

    use super::*;
    use crate::store::key::StoreKey;

    const NOW_MS: i64 = 1_795_286_520_000;

    fn store() -> (Store, std::path::PathBuf) {
        let unique = crate::people::hex(&random::<8>().unwrap());
        let folder = std::env::temp_dir().join(format!("vereda-lan-{unique}"));
        let store = Store::open(&folder.join("s.db"), &StoreKey::new([7; 32])).unwrap();
        (store, folder)
    }

    fn is_trusted(authority: &Authority, leaf: &CertifiedKey, name: &str, at_ms: i64) -> bool {
        let mut roots = RootCertStore::empty();
        roots.add(authority.certificate.clone()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
            .build()
            .unwrap();
        let at = UnixTime::since_unix_epoch(Duration::from_millis(at_ms.unsigned_abs()));
        let name = ServerName::try_from(name.to_owned()).unwrap();
        verifier
            .verify_server_cert(&leaf.cert[0], &[], &name, &[], at)
            .is_ok()
    }

    #[test]
    fn it_vouches_for_the_nodes_name_and_private_addresses_and_for_nothing_else() {
        let (store, folder) = store();
        let authority = Authority::of(&store, "movel-07").unwrap();
        let again = Authority::of(&store, "movel-07").unwrap();
        assert_eq!(authority.certificate, again.certificate, "made once");
        for (name, may) in [
            ("movel-07.local", true),
            ("10.7.0.1", true),
            ("192.168.4.1", true),
            ("fd00::7", true),
            ("movel-08.local", false),
            ("www.example.org", false),
            ("8.8.8.8", false),
            ("2001:db8::1", false),
        ] {
            // Whatever it is made to sign.
            let leaf = authority
                .certified(&store, &[name.to_owned()], NOW_MS)
                .unwrap();
            assert_eq!(is_trusted(&authority, &leaf, name, NOW_MS), may, "{name}");
            if let Ok(address) = name.parse() {
                assert_eq!(is_private(address), may, "{name}");
            }
        }
        std::fs::remove_dir_all(folder).ok();
    }

    #[test]
    fn certificates_are_renewed_by_themselves_and_bear_clocks_that_are_a_day_off() {
        let (store, folder) = store();
        let authority = Authority::of(&store, "movel-07").unwrap();
        let names = ["movel-07.local".to_owned(), "10.7.0.1".to_owned()];
        let first = authority.certified(&store, &names, NOW_MS).unwrap();
        let mut at_ms = NOW_MS;
        let mut last = first.clone();
        let mut renewals = 0;
        for _ in 0..60 {
            at_ms += DAY_MS;
            let now = authority.certified(&store, &names, at_ms).unwrap();
            renewals += usize::from(now.cert[0] != last.cert[0]);
            for off_ms in [-DAY_MS, 0, DAY_MS] {
                assert!(is_trusted(&authority, &now, "10.7.0.1", at_ms + off_ms));
                // Whoever still has the one of yesterday.
                assert!(is_trusted(&authority, &last, "10.7.0.1", at_ms + off_ms));
            }
            last = now;
        }
        assert!((7..=9).contains(&renewals), "{renewals}");
        let set_back = authority
            .certified(&store, &names, NOW_MS - 400 * DAY_MS)
            .unwrap();
        let at = NOW_MS - 400 * DAY_MS;
        assert!(is_trusted(&authority, &set_back, "movel-07.local", at));
        let moved = ["movel-07.local".to_owned(), "10.7.0.2".to_owned()];
        let moved = authority.certified(&store, &moved, at).unwrap();
        assert!(is_trusted(&authority, &moved, "10.7.0.2", at));
        assert!(!is_trusted(&authority, &moved, "10.7.0.1", at));
        std::fs::remove_dir_all(folder).ok();
    }
}
