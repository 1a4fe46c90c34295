//! Whom the two ends of an enrolment take each other for.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, RootCertStore, SignatureScheme,
};
use vereda_sync::enrolment::Code;
use webpki::{EndEntityCert, KeyUsage};

use crate::authority::issue::key_of;

/// At the hub: certificates of its authority, those too that have ended; and whoever shows none.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) roots: RootCertStore,
    pub(crate) provider: Arc<CryptoProvider>,
}

fn refused(error: webpki::Error) -> rustls::Error {
    rustls::Error::InvalidCertificate(match error {
        webpki::Error::CertExpired { .. } => CertificateError::Expired,
        webpki::Error::CertNotValidYet { .. } => CertificateError::NotValidYet,
        webpki::Error::UnknownIssuer => CertificateError::UnknownIssuer,
        _ => CertificateError::BadEncoding,
    })
}

impl ClientCertVerifier for Ended {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        certificate: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        let spot = EndEntityCert::try_from(certificate).map_err(refused)?;
        let ways = self.provider.signature_verification_algorithms.all;
        let at = |now| {
            let usage = KeyUsage::client_auth();
            spot.verify_for_usage(ways, &self.roots.roots, between, now, usage, None, None)
                .map(|_| ())
        };
        match at(now) {
            // What it was on its last day is all that it says.
            Err(webpki::Error::CertExpired { not_after, .. }) => at(not_after).map_err(refused)?,
            other => other.map_err(refused)?,
        }
        Ok(ClientCertVerified::assertion())
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
        let ways = &self.provider.signature_verification_algorithms;
        ways.supported_schemes()
    }
}

/// At a machine that enrols: a hub of the authority that its code names. The hub shows that authority behind its own
/// certificate; nothing is sent before both fit.
#[derive(Debug)]
pub(crate) struct Pinned {
    pub(crate) code: Code,
    pub(crate) provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let unknown = || rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer);
        let authority = between.last().ok_or_else(unknown)?;
        let key = key_of(authority).map_err(|_| unknown())?;
        if !self.code.is_of(&key) {
            return Err(unknown());
        }
        let mut roots = RootCertStore::empty();
        roots.add(authority.clone())?;
        let hub = EndEntityCert::try_from(certificate).map_err(refused)?;
        let ways = self.provider.signature_verification_algorithms.all;
        let usage = KeyUsage::server_auth();
        // A hub by whatever name: that it is one, the authority says, and nobody else is.
        hub.verify_for_usage(ways, &roots.roots, &[], now, usage, None, None)
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
        let ways = &self.provider.signature_verification_algorithms;
        ways.supported_schemes()
    }
}
