//! Certificates for keys that were made elsewhere: a device keeps its key and asks for one with a request (PKCS#10), of
//! which only the key is taken. Who it is and what it may hold is said by whoever enrols it.

use std::path::Path;

use rcgen::{
    CertificateParams, CertificateSigningRequestParams, ExtendedKeyUsagePurpose, Issuer, KeyPair,
    KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, PKCS_ED25519, PublicKeyData, SanType,
};
use rustls::pki_types::CertificateSigningRequestDer;
use sha2::{Digest, Sha256};
use x509_parser::prelude::{FromDer, X509Certificate};

use super::{AuthorityError, Enrolled, Role, SCOPE_URI, common_name, read, serial, today, valid};
use crate::link::tls::fingerprint;

/// Largest request for a certificate, in bytes of DER.
pub const MAX_REQUEST_BYTES: usize = 8 << 10;

/// Who a certificate is for.
#[derive(Debug, Clone, Copy)]
pub struct Is<'a> {
    /// Its id.
    pub id: &'a str,
    /// What it is.
    pub role: Role,
    /// The scopes that it may read and write.
    pub scopes: &'a [String],
    /// Names under which it is reached beside its id: of a hub alone.
    pub dns: &'a [String],
}

/// A certificate that was made.
#[derive(Debug, Clone)]
pub struct Issued {
    /// As the list of enrolled nodes has it.
    pub enrolled: Enrolled,
    /// PEM.
    pub pem: String,
    /// DER.
    pub der: Vec<u8>,
}

/// The key of an authority, ready to sign.
pub struct Issuing {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
    der: Vec<u8>,
    key: [u8; 32],
}

impl std::fmt::Debug for Issuing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Issuing").finish_non_exhaustive()
    }
}

impl Issuing {
    /// Reads certificate and key of an authority.
    ///
    /// # Errors
    /// When one is missing, is none, or does not belong to the other.
    pub fn load(certificate: &Path, key: &Path) -> Result<Self, AuthorityError> {
        let key = KeyPair::from_pem(&read(key)?)?;
        let pem = read(certificate)?;
        let der = crate::link::tls::certificate(certificate)
            .map_err(|_| AuthorityError::Value("authority.crt holds no certificate"))?
            .to_vec();
        let (_, parsed) = X509Certificate::from_der(&der)
            .map_err(|_| AuthorityError::Value("authority.crt cannot be read"))?;
        if parsed.public_key().raw != key.subject_public_key_info() {
            return Err(AuthorityError::Value(
                "authority.key is not the key of authority.crt",
            ));
        }
        Ok(Self {
            key: Sha256::digest(parsed.public_key().raw).into(),
            issuer: Issuer::from_ca_cert_pem(&pem, key)?,
            pem,
            der,
        })
    }

    /// SHA-256 of its public key, as its certificate has it.
    #[must_use]
    pub fn key_digest(&self) -> &[u8; 32] {
        &self.key
    }

    /// Its certificate, PEM.
    #[must_use]
    pub fn authority_pem(&self) -> &str {
        &self.pem
    }

    /// Its certificate, DER.
    #[must_use]
    pub fn authority_der(&self) -> &[u8] {
        &self.der
    }

    /// Makes a certificate that holds for so many days.
    ///
    /// # Errors
    /// When a name cannot stand in one.
    pub fn issue(
        &self,
        key: &impl PublicKeyData,
        is: &Is<'_>,
        days: i32,
    ) -> Result<Issued, AuthorityError> {
        self.issue_from(key, is, (-1, days))
    }

    /// The same, from so many days after today (before it, where that is negative) to so many after it.
    ///
    /// # Errors
    /// As [`Issuing::issue`].
    pub fn issue_from(
        &self,
        key: &impl PublicKeyData,
        is: &Is<'_>,
        days: (i32, i32),
    ) -> Result<Issued, AuthorityError> {
        super::check(is.id, is.role, is.scopes)?;
        let mut names = is.dns.to_vec();
        if !names.iter().any(|n| n == is.id) {
            names.push(is.id.to_owned());
        }
        let mut params = CertificateParams::new(names)?;
        for scope in is.scopes.iter().filter(|_| is.role == Role::Spot) {
            let uri = format!("{SCOPE_URI}{scope}");
            params.subject_alt_names.push(SanType::URI(uri.try_into()?));
        }
        params.distinguished_name = common_name(is.id);
        let ends = valid(&mut params, days);
        params.serial_number = Some(serial()?);
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        // Also what a seal of the device can mean: only the hub's is a receipt.
        params.extended_key_usages = vec![match is.role {
            Role::Spot => ExtendedKeyUsagePurpose::ClientAuth,
            Role::Hub => ExtendedKeyUsagePurpose::ServerAuth,
        }];
        let certificate = params.signed_by(key, &self.issuer)?;
        Ok(Issued {
            enrolled: Enrolled {
                id: is.id.to_owned(),
                role: is.role,
                scopes: is.scopes.to_vec(),
                fingerprint: fingerprint(certificate.der()),
                enrolled: today(),
                ends: Some(ends.to_string()),
                zone: None,
                revoked: None,
            },
            pem: certificate.pem(),
            der: certificate.der().to_vec(),
        })
    }
}

/// A key for which somebody asks a certificate; that they have it they proved by signing the request.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The key.
    pub key: rcgen::PublicKey,
    /// SHA-256 of it, as a certificate has it.
    pub digest: [u8; 32],
}

impl Asked {
    /// Reads a request, DER. All that it says but the key is passed over.
    ///
    /// # Errors
    /// When it is too large, is none, is not signed by its key, or the key is of a kind that seals nothing here.
    pub fn read(request: &[u8]) -> Result<Self, AuthorityError> {
        if request.len() > MAX_REQUEST_BYTES {
            return Err(AuthorityError::Value("the request is too large"));
        }
        let request = CertificateSigningRequestDer::from(request.to_vec());
        let key = CertificateSigningRequestParams::from_der(&request)?.public_key;
        if ![&PKCS_ED25519, &PKCS_ECDSA_P256_SHA256].contains(&PublicKeyData::algorithm(&key)) {
            return Err(AuthorityError::Value(
                "a node's key is Ed25519 or ECDSA on P-256",
            ));
        }
        Ok(Self {
            digest: Sha256::digest(key.subject_public_key_info()).into(),
            key,
        })
    }
}

/// The SHA-256 of the public key in a certificate, DER.
///
/// # Errors
/// When it cannot be read.
pub fn key_of(certificate: &[u8]) -> Result<[u8; 32], AuthorityError> {
    Ok(Sha256::digest(parsed(certificate)?.public_key().raw).into())
}

/// From when to when a certificate (DER) holds, milliseconds since 1970.
///
/// # Errors
/// When it cannot be read.
pub fn holds(certificate: &[u8]) -> Result<(i64, i64), AuthorityError> {
    let parsed = parsed(certificate)?;
    let ms = |time: x509_parser::time::ASN1Time| time.timestamp().saturating_mul(1_000);
    let validity = parsed.validity();
    Ok((ms(validity.not_before), ms(validity.not_after)))
}

fn parsed(certificate: &[u8]) -> Result<X509Certificate<'_>, AuthorityError> {
    let read = X509Certificate::from_der(certificate);
    read.map(|(_, parsed)| parsed)
        .map_err(|_| AuthorityError::Value("the certificate cannot be read"))
}
