//! A device's key and certificate on its disk. The key is made here and goes nowhere; whatever power cut comes between two
//! steps, what was there before is used, or the next try goes on.
//!
//! ```text
//! node.key, node.crt              what is used
//! node.key.next, node.crt.next    a new key, and once its certificate is here that too: then both take their places
//! ```

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, ensure};
use rcgen::{CertificateParams, KeyPair, PKCS_ED25519, PublicKeyData};
use rustls::pki_types::{CertificateDer, UnixTime};
use sha2::{Digest, Sha256};
use webpki::{EndEntityCert, KeyUsage};

use crate::authority::issue::{holds, key_of};
use crate::config::Hub;
use crate::link::tls;
use crate::whole;

/// Where they are.
#[derive(Debug, Clone, Copy)]
pub struct Keys<'a> {
    /// The certificate (PEM).
    pub certificate: &'a Path,
    /// Its key (PEM).
    pub key: &'a Path,
    /// The authority that signs it (PEM).
    pub authority: &'a Path,
}

impl<'a> Keys<'a> {
    /// Those of a spot.
    #[must_use]
    pub fn of(hub: &'a Hub) -> Self {
        Self {
            certificate: &hub.certificate,
            key: &hub.key,
            authority: &hub.authority,
        }
    }

    /// Ends what a power cut interrupted: a new key whose certificate is here takes the place of the older.
    ///
    /// # Errors
    /// What the disk says.
    pub fn settle(&self) -> io::Result<()> {
        let (key, certificate) = (next(self.key), next(self.certificate));
        if !certificate.exists() {
            return Ok(());
        }
        if key.exists() {
            replace(&key, self.key)?;
        }
        replace(&certificate, self.certificate)
    }

    /// A request for a certificate (PKCS#10, DER) under the key that is here, made if there is none; or under a new one.
    /// One that was made before and has no certificate yet is that.
    ///
    /// # Errors
    /// When the disk or the system's randomness fails.
    pub fn request(&self, anew: bool) -> anyhow::Result<Vec<u8>> {
        self.settle()?;
        let next = next(self.key);
        let file = match anew || next.exists() {
            true => next.as_path(),
            false => self.key,
        };
        if !file.exists() {
            let key = KeyPair::generate_for(&PKCS_ED25519)?;
            whole::put(file, key.serialize_pem().as_bytes(), whole::SECRET)
                .with_context(|| file.display().to_string())?;
        }
        let params = CertificateParams::default();
        Ok(params.serialize_request(&load(file)?)?.der().to_vec())
    }

    /// Puts a certificate (DER) in its place, with the key that it is for.
    ///
    /// # Errors
    /// When it is for no key of this device, for another node than `id`, not of the authority, or the disk fails.
    pub fn take(&self, certificate: &[u8], id: &str) -> anyhow::Result<()> {
        let is_for = tls::neighbour(certificate)?;
        ensure!(
            is_for.node == id,
            "the certificate is for {}, and this is {id}",
            is_for.node
        );
        self.is_of_authority(certificate)?;
        let pem = pem_of(certificate);
        let key = key_of(certificate)?;
        let fits = |file: &Path| -> anyhow::Result<bool> {
            let is_it = |key: KeyPair| digest(&key);
            Ok(file.exists() && is_it(load(file)?) == key)
        };
        if fits(self.key)? {
            return Ok(whole::put(self.certificate, pem.as_bytes(), whole::PUBLIC)?);
        }
        ensure!(
            fits(&next(self.key))?,
            "the certificate is for another key than this device's"
        );
        whole::put(&next(self.certificate), pem.as_bytes(), whole::PUBLIC)?;
        Ok(self.settle()?)
    }

    /// By the day on which it begins: the clock of this machine may be wrong.
    fn is_of_authority(&self, certificate: &[u8]) -> anyhow::Result<()> {
        let (from_ms, _) = holds(certificate)?;
        let der = CertificateDer::from(certificate);
        let read = EndEntityCert::try_from(&der).context("the certificate cannot be read")?;
        let roots = tls::roots(self.authority)?;
        let from = Duration::from_millis(u64::try_from(from_ms)? + 1_000);
        let ways = tls::provider().signature_verification_algorithms.all;
        let at = UnixTime::since_unix_epoch(from);
        read.verify_for_usage(
            ways,
            &roots.roots,
            &[],
            at,
            KeyUsage::client_auth(),
            None,
            None,
        )
        .context("the certificate is not of this node's authority")?;
        Ok(())
    }

    /// SHA-256 of the key for which a certificate is asked now: of the new one, where there is one.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn asked(&self) -> anyhow::Result<[u8; 32]> {
        let next = next(self.key);
        let file = if next.exists() { &next } else { self.key };
        Ok(digest(&load(file)?))
    }
}

/// A certificate as files have it.
pub(crate) fn pem_of(certificate: &[u8]) -> String {
    use base64::Engine;
    let text = base64::engine::general_purpose::STANDARD.encode(certificate);
    let mut out = "-----BEGIN CERTIFICATE-----\n".to_owned();
    for line in text.as_bytes().chunks(64) {
        out.extend(line.iter().map(|b| char::from(*b)));
        out.push('\n');
    }
    out + "-----END CERTIFICATE-----\n"
}

fn digest(key: &KeyPair) -> [u8; 32] {
    Sha256::digest(key.subject_public_key_info()).into()
}

fn load(file: &Path) -> anyhow::Result<KeyPair> {
    let shown = || format!("the key {}", file.display());
    let pem = fs::read_to_string(file).with_context(shown)?;
    KeyPair::from_pem(&pem).with_context(shown)
}

fn next(file: &Path) -> PathBuf {
    let mut next = file.as_os_str().to_owned();
    next.push(".next");
    next.into()
}

fn replace(from: &Path, to: &Path) -> io::Result<()> {
    fs::rename(from, to)?;
    let folder = to.parent().filter(|p| !p.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}
