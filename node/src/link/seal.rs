//! Seals: signatures under the certificate that the authority gave a device, over
//! what `vereda_sync::exchange::custody` says.
//!
//! ```text
//! seal = the signature's scheme as TLS numbers it (2 bytes), the signature
//! ```

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, bail};
use rustls::SignatureScheme;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::sign::SigningKey;
use vereda_sync::erasure::Erasure;
use vereda_sync::exchange::custody::{File, Says, Sealed, file_statement, statement};
use vereda_sync::exchange::message::Head;
use vereda_sync::journal::Hash;
use webpki::{EndEntityCert, KeyUsage};

use super::tls;

/// What devices of this authority sign with; the first that a key can is used.
const SCHEMES: [SignatureScheme; 2] = [
    SignatureScheme::ED25519,
    SignatureScheme::ECDSA_NISTP256_SHA256,
];

/// A device's own seal.
#[derive(Debug, Clone)]
pub struct Seal(Arc<dyn SigningKey>);

impl Seal {
    /// Reads the device's key.
    ///
    /// # Errors
    /// When the file is missing or is no key.
    pub fn load(key: &Path) -> anyhow::Result<Self> {
        let der = tls::private_key(key)?;
        let key = tls::provider().key_provider.load_private_key(der);
        Ok(Self(key.context("the device's key cannot sign")?))
    }

    /// Vouches for a head.
    ///
    /// # Errors
    /// When the key cannot sign, which it has no reason to.
    pub fn put(&self, says: Says, head: Head, at_ms: u64) -> anyhow::Result<Sealed> {
        let seal = self.sign(&statement(says, &head, at_ms))?;
        Ok(Sealed { head, at_ms, seal })
    }

    /// Seals a file with this SHA-256.
    ///
    /// # Errors
    /// As [`Seal::put`].
    pub fn put_under(&self, file: File, digest: &Hash) -> anyhow::Result<Vec<u8>> {
        self.sign(&file_statement(file, digest))
    }

    /// Puts the hub's seal to an erasure.
    ///
    /// # Errors
    /// As [`Seal::put`].
    pub fn put_to(&self, mut erasure: Erasure) -> anyhow::Result<Erasure> {
        erasure.seal = self.sign(&erasure.statement())?;
        Ok(erasure)
    }

    fn sign(&self, said: &[u8]) -> anyhow::Result<Vec<u8>> {
        let signer = self.0.choose_scheme(&SCHEMES);
        let signer = signer.context("the device's key is of a kind that cannot sign")?;
        let mut seal = u16::from(signer.scheme()).to_be_bytes().to_vec();
        seal.extend(signer.sign(said)?);
        Ok(seal)
    }
}

/// Whether the seal is that of the device with this certificate.
///
/// # Errors
/// In words, when it is not.
pub fn examine(certificate: &[u8], says: Says, sealed: &Sealed) -> anyhow::Result<()> {
    let said = statement(says, &sealed.head, sealed.at_ms);
    agrees(certificate, &said, &sealed.seal)
}

/// Whether the seal under the file with this SHA-256 is that of the device with this
/// certificate.
///
/// # Errors
/// In words, when it is not.
pub fn examine_file(
    certificate: &[u8],
    file: File,
    digest: &Hash,
    seal: &[u8],
) -> anyhow::Result<()> {
    agrees(certificate, &file_statement(file, digest), seal)
}

/// Whether a hub put its seal to the erasure for whom the authority vouched then.
///
/// # Errors
/// In words, when none did.
pub fn examine_erasure(erasure: &Erasure, authority: &Path) -> anyhow::Result<()> {
    let certificate = &erasure.certificate;
    agrees(certificate, &erasure.statement(), &erasure.seal)?;
    vouched(certificate, authority, Says::Holds, erasure.at_ms)
}

fn agrees(certificate: &[u8], said: &[u8], seal: &[u8]) -> anyhow::Result<()> {
    let der = CertificateDer::from(certificate);
    let certificate = EndEntityCert::try_from(&der).context("the certificate cannot be read")?;
    let (scheme, signature) = seal.split_first_chunk::<2>().context("there is no seal")?;
    let scheme = SignatureScheme::from(u16::from_be_bytes(*scheme));
    let known = tls::provider().signature_verification_algorithms.mapping;
    let Some((_, ways)) = known
        .iter()
        .find(|(s, _)| *s == scheme && SCHEMES.contains(s))
    else {
        bail!("the seal is of a kind that is not known here");
    };
    let holds = |way: &&dyn rustls::pki_types::SignatureVerificationAlgorithm| {
        certificate.verify_signature(*way, said, signature).is_ok()
    };
    if ways.iter().any(holds) {
        return Ok(());
    }
    bail!("the seal does not belong to what it stands under")
}

/// Whether the authority vouched for this certificate when the seal was put: as the
/// hub's (`says` it holds) or as a spot's.
///
/// # Errors
/// In words, when it did not.
pub fn vouched(certificate: &[u8], authority: &Path, says: Says, at_ms: u64) -> anyhow::Result<()> {
    let roots = tls::roots(authority)?;
    let der = CertificateDer::from(certificate);
    let certificate = EndEntityCert::try_from(&der).context("the certificate cannot be read")?;
    let usage = match says {
        Says::Wrote => KeyUsage::client_auth(),
        Says::Holds | Says::Archived => KeyUsage::server_auth(),
    };
    let at = UnixTime::since_unix_epoch(std::time::Duration::from_millis(at_ms));
    let ways = tls::provider().signature_verification_algorithms.all;
    certificate
        .verify_for_usage(ways, &roots.roots, &[], at, usage, None, None)
        .context("the authority did not vouch for this certificate at that time")?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use rustls::pki_types::pem::PemObject;
    use vereda_sync::id::JournalId;

    use super::*;
    use crate::authority::{self, Role};
    use crate::node::random;

    struct Folder(std::path::PathBuf);

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_seal_holds_for_what_it_stands_under_and_nothing_else() {
        let unique = u64::from_be_bytes(random().unwrap());
        let dir = std::env::temp_dir().join(format!("vereda-seal-{unique:016x}"));
        let dir = Folder(dir);
        let at = |name: &str| dir.0.join(name);
        for name in ["authority", "other"] {
            authority::new(&at(name), name).unwrap();
        }
        let scopes = ["monchique".to_owned()];
        let spots = [("m07", "authority"), ("m08", "authority"), ("x", "other")];
        for (id, by) in spots {
            authority::enrol(&at(by), id, Role::Spot, &scopes, &[], &at(id)).unwrap();
        }
        let certificate = |id: &str| {
            CertificateDer::from_pem_file(at(id).join("node.crt"))
                .unwrap()
                .to_vec()
        };
        let head = Head {
            journal: JournalId([1; 16]),
            size: 7,
            root: [2; 32],
        };
        let now = crate::clock::wall_ms();
        let seal = Seal::load(&at("m07").join("node.key")).unwrap();
        let sealed = seal.put(Says::Wrote, head, now).unwrap();
        let own = certificate("m07");
        examine(&own, Says::Wrote, &sealed).unwrap();
        vouched(
            &own,
            &at("authority").join("authority.crt"),
            Says::Wrote,
            now,
        )
        .unwrap();
        // Of another device, for another purpose, under another head, with another time.
        assert!(examine(&certificate("m08"), Says::Wrote, &sealed).is_err());
        assert!(examine(&own, Says::Holds, &sealed).is_err());
        let mut other = sealed.clone();
        other.head.size = 8;
        assert!(examine(&own, Says::Wrote, &other).is_err());
        let mut other = sealed.clone();
        other.at_ms += 1;
        assert!(examine(&own, Says::Wrote, &other).is_err());
        for at in 0..sealed.seal.len() {
            let mut other = sealed.clone();
            other.seal[at] ^= 1;
            assert!(examine(&own, Says::Wrote, &other).is_err(), "byte {at}");
        }
        let root = at("authority").join("authority.crt");
        assert!(vouched(&certificate("x"), &root, Says::Wrote, now).is_err());
        assert!(
            vouched(&own, &root, Says::Holds, now).is_err(),
            "a spot is no hub"
        );
        let long_after = now + 400 * 24 * 3_600_000;
        assert!(vouched(&own, &root, Says::Wrote, long_after).is_err());
    }
}
