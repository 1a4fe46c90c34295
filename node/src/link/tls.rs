//! TLS 1.3 both ways, with certificates of one authority. The cryptography is
//! given explicitly: no process-wide default decides it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::{
    ClientHello, NoServerSessionStorage, ResolvesServerCert, WebPkiClientVerifier,
};
use rustls::sign::CertifiedKey;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, ServerConfig,
    SignatureScheme,
};
use sha2::{Digest, Sha256};
use vereda_sync::enrolment::Code;
use webpki::{EndEntityCert, KeyUsage};

use super::enrolling::{Ended, Pinned};
use crate::authority::SCOPE_URI;
use crate::exchange::Neighbour;

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

/// The side of a spot that calls another: what answers must be a spot of the authority, by
/// whatever name. A spot's certificate is none for a server, so that none can pass for the hub;
/// here it is just what is asked for.
///
/// # Errors
/// When a file is missing or not what it should be.
pub fn towards_spot(
    certificate: &Path,
    key: &Path,
    authority: &Path,
) -> anyhow::Result<ClientConfig> {
    let verifier = SpotVerifier {
        roots: roots(authority)?,
        provider: provider(),
    };
    let mut config = ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_client_auth_cert(chain(certificate)?, private_key(key)?)
        .with_context(|| format!("{} and {}", certificate.display(), key.display()))?;
    config.alpn_protocols = vec![ALPN.to_vec()];
    Ok(config)
}

/// Takes a spot of the authority for what it is.
#[derive(Debug)]
struct SpotVerifier {
    roots: RootCertStore,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for SpotVerifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let refused = |error: webpki::Error| match error {
            webpki::Error::CertExpired { .. } => CertificateError::Expired,
            webpki::Error::CertNotValidYet { .. } => CertificateError::NotValidYet,
            webpki::Error::UnknownIssuer => CertificateError::UnknownIssuer,
            _ => CertificateError::BadEncoding,
        };
        let spot = EndEntityCert::try_from(certificate).map_err(refused)?;
        let ways = self.provider.signature_verification_algorithms.all;
        let usage = KeyUsage::client_auth();
        spot.verify_for_usage(ways, &self.roots.roots, between, now, usage, None, None)
            .map_err(refused)?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let ways = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, ways)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let ways = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, ways)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

/// Who a spot is and what it may hold, as the authority wrote it into its certificate. The
/// certificate must have been verified.
///
/// # Errors
/// When it says nothing of that.
pub fn neighbour(certificate: &[u8]) -> anyhow::Result<Neighbour> {
    let der = CertificateDer::from(certificate);
    let certificate = EndEntityCert::try_from(&der).context("the certificate cannot be read")?;
    let scopes = certificate.valid_uri_names();
    let scopes = scopes.filter_map(|uri| uri.strip_prefix(SCOPE_URI));
    let neighbour = Neighbour {
        certificate: fingerprint(&der),
        node: certificate
            .valid_dns_names()
            .next()
            .context("the certificate names nobody")?
            .to_owned(),
        scopes: scopes.map(str::to_owned).collect(),
    };
    anyhow::ensure!(
        !neighbour.scopes.is_empty(),
        "the certificate of {} says nothing of its scopes: enrol it again",
        neighbour.node
    );
    Ok(neighbour)
}

/// The fingerprint of the certificate in a file.
///
/// # Errors
/// When it cannot be read.
pub fn fingerprint_of(file: &Path) -> anyhow::Result<String> {
    Ok(fingerprint(&certificate(file)?))
}

/// The hub's side towards machines that enrol, and nodes whose certificate has ended. Behind its own certificate it shows
/// its authority's, which a machine knows by its code alone.
///
/// # Errors
/// When a file is missing or not what it should be.
pub fn for_machines(
    certificate: &Path,
    key: &Path,
    authority: &Path,
) -> anyhow::Result<ServerConfig> {
    let verifier = Ended {
        roots: roots(authority)?,
        provider: provider(),
    };
    let shown = chain(certificate)?.into_iter().take(1);
    let shown = shown.chain(chain(authority)?.into_iter().take(1)).collect();
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_client_cert_verifier(Arc::new(verifier))
        .with_single_cert(shown, private_key(key)?)
        .with_context(|| format!("{} and {}", certificate.display(), key.display()))?;
    config.alpn_protocols = vec![ALPN.to_vec(), b"http/1.1".to_vec()];
    config.send_tls13_tickets = 0;
    config.session_storage = Arc::new(NoServerSessionStorage {});
    Ok(config)
}

/// The side of a machine that enrols: what answers must be a hub of the authority that its code names.
/// It shows the certificate that it was given, once it has one.
///
/// # Errors
/// When TLS cannot be set up.
pub(crate) fn towards_named(
    code: Code,
    shows: Option<(&Path, &Path)>,
) -> anyhow::Result<ClientConfig> {
    let verifier = Pinned {
        code,
        provider: provider(),
    };
    let config = ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    let mut config = match shows {
        Some((certificate, key)) => {
            config.with_client_auth_cert(chain(certificate)?, private_key(key)?)?
        }
        None => config.with_no_client_auth(),
    };
    config.alpn_protocols = vec![ALPN.to_vec()];
    Ok(config)
}

/// The hub's side towards agencies, who show a token instead of a certificate.
///
/// # Errors
/// When a file is missing or not what it should be.
pub fn for_anybody(certificate: &Path, key: &Path) -> anyhow::Result<ServerConfig> {
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain(certificate)?, private_key(key)?)
        .with_context(|| format!("{} and {}", certificate.display(), key.display()))?;
    config.alpn_protocols = vec![ALPN.to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// The hub's side where it calls an agency, whose certificate is of one of these authorities.
///
/// # Errors
/// When the file is missing or not what it should be.
pub fn towards_agency(authorities: &Path) -> anyhow::Result<ClientConfig> {
    let mut roots = RootCertStore::empty();
    // What stands in the system's file and cannot be read vouches for nobody.
    let (known, _) = roots.add_parsable_certificates(chain(authorities)?);
    anyhow::ensure!(known > 0, "{}: no authority in it", authorities.display());
    let mut config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
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
    // A spot reads its certificate anew each time and resumes nothing: tickets would only be bytes.
    config.send_tls13_tickets = 0;
    config.session_storage = Arc::new(NoServerSessionStorage {});
    Ok(config)
}

/// A spot's side towards others that call it: as [`server`], and a certificate that was renewed since is shown at once.
///
/// # Errors
/// When a file is missing or not what it should be.
pub(super) fn server_of_spot(
    certificate: &Path,
    key: &Path,
    authority: &Path,
) -> anyhow::Result<ServerConfig> {
    let verifier =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots(authority)?), provider())
            .build()?;
    let newest = Newest {
        certificate: certificate.into(),
        key: key.into(),
        last: Mutex::new(None),
    };
    newest.load()?;
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_client_cert_verifier(verifier)
        .with_cert_resolver(Arc::new(newest));
    config.alpn_protocols = vec![ALPN.to_vec()];
    config.send_tls13_tickets = 0;
    config.session_storage = Arc::new(NoServerSessionStorage {});
    Ok(config)
}

/// The certificate that is in the files now; while they do not fit each other, the one that did.
#[derive(Debug)]
struct Newest {
    certificate: PathBuf,
    key: PathBuf,
    last: Mutex<Option<Arc<CertifiedKey>>>,
}

impl Newest {
    fn load(&self) -> anyhow::Result<Arc<CertifiedKey>> {
        let (shown, key) = (chain(&self.certificate)?, private_key(&self.key)?);
        let newest = Arc::new(CertifiedKey::from_der(shown, key, &provider())?);
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(newest.clone());
        Ok(newest)
    }
}

impl ResolvesServerCert for Newest {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let last = || {
            let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
            last.clone()
        };
        self.load().ok().or_else(last)
    }
}

pub(crate) fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

pub(crate) fn roots(authority: &Path) -> anyhow::Result<RootCertStore> {
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
