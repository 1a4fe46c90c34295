//! TLS 1.3 both ways, with certificates of one authority. The cryptography is
//! given explicitly: no process-wide default decides it.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use sha2::{Digest, Sha256};

const ALPN: &[u8] = b"h2";

/// SHA-256 of a certificate, hexadecimal: by it the hub knows a spot.
#[must_use]
pub fn fingerprint(certificate: &CertificateDer<'_>) -> String {
    Sha256::digest(certificate)
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect()
}

/// A spot's side. Read anew at every connection, so that a renewed certificate counts at once.
///
/// # Errors
/// When a file is missing or not what it should be.
pub fn client(certificate: &Path, key: &Path, authority: &Path) -> anyhow::Result<ClientConfig> {
    let mut config = ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_root_certificates(roots(authority)?)
        .with_client_auth_cert(chain(certificate)?, private_key(key)?)
        .with_context(|| format!("{} and {}", certificate.display(), key.display()))?;
    config.alpn_protocols = vec![ALPN.to_vec()];
    Ok(config)
}

/// The hub's side: lets in only who has a certificate of the authority.
///
/// # Errors
/// When a file is missing or not what it should be.
pub fn server(certificate: &Path, key: &Path, authority: &Path) -> anyhow::Result<ServerConfig> {
    let verifier =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots(authority)?), provider())
            .build()?;
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_client_cert_verifier(verifier)
        .with_single_cert(chain(certificate)?, private_key(key)?)
        .with_context(|| format!("{} and {}", certificate.display(), key.display()))?;
    config.alpn_protocols = vec![ALPN.to_vec()];
    Ok(config)
}

pub(super) fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

pub(super) fn roots(authority: &Path) -> anyhow::Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    for certificate in chain(authority)? {
        roots
            .add(certificate)
            .with_context(|| authority.display().to_string())?;
    }
    Ok(roots)
}

/// The certificate that a device shows: the first one of the file, DER.
///
/// # Errors
/// When the file is missing or has none.
pub fn certificate(file: &Path) -> anyhow::Result<CertificateDer<'static>> {
    let first = chain(file)?.into_iter().next();
    first.with_context(|| format!("{}: no certificate in it", file.display()))
}

fn chain(file: &Path) -> anyhow::Result<Vec<CertificateDer<'static>>> {
    let shown = || format!("the certificate {}", file.display());
    let chain: Vec<_> = CertificateDer::pem_file_iter(file)
        .with_context(shown)?
        .collect::<Result<_, _>>()
        .with_context(shown)?;
    anyhow::ensure!(
        !chain.is_empty(),
        "{}: no certificate in it",
        file.display()
    );
    Ok(chain)
}

pub(super) fn private_key(file: &Path) -> anyhow::Result<PrivateKeyDer<'static>> {
    PrivateKeyDer::from_pem_file(file).with_context(|| format!("the key {}", file.display()))
}
