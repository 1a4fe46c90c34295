//! The encryption of bundles to the hub: HPKE (RFC 9180) with X25519, HKDF-SHA256 and
//! ChaCha20-Poly1305. Every part has a key of its own; every item is bound to the part's
//! header and to its place in the part.

use std::fmt;
use std::io::Read;
use std::path::Path;

use anyhow::{Context, bail};
use hpke::aead::{AeadCtxR, AeadCtxS, ChaCha20Poly1305};
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable};
use sha2::{Digest, Sha256};
use vereda_sync::bundle::Header;
use vereda_sync::id::PartId;

/// What the encryption is for: no other use of the key opens it.
const INFO: &[u8] = b"vereda: a bundle for the hub, version 1";
/// Largest key file that is read, in bytes.
const MAX_KEY_BYTES: u64 = 1_024;

/// The hub's public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublicKey(pub [u8; 32]);

/// The hub's secret key.
pub struct SecretKey(<X25519HkdfSha256 as Kem>::PrivateKey);

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(…)")
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        PartId(self.0).fmt(f)
    }
}

impl PublicKey {
    /// Reads it from a file: 64 hexadecimal digits.
    ///
    /// # Errors
    /// When the file is missing or holds something else.
    pub fn load(file: &Path) -> anyhow::Result<Self> {
        Ok(Self(read(file)?))
    }
}

impl SecretKey {
    /// A new one.
    #[must_use]
    pub fn generate() -> Self {
        Self(X25519HkdfSha256::gen_keypair().0)
    }

    /// Reads it from a file: 64 hexadecimal digits.
    ///
    /// # Errors
    /// When the file is missing or holds something else.
    pub fn load(file: &Path) -> anyhow::Result<Self> {
        let key = <X25519HkdfSha256 as Kem>::PrivateKey::from_bytes(&read(file)?);
        Ok(Self(
            key.map_err(|e| anyhow::anyhow!("{}: {e}", file.display()))?,
        ))
    }

    /// The public key that belongs to it.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey(X25519HkdfSha256::sk_to_pk(&self.0).to_bytes().into())
    }

    /// As its file has it.
    #[must_use]
    pub fn to_hex(&self) -> String {
        PartId(self.0.to_bytes().into()).to_string()
    }
}

fn read(file: &Path) -> anyhow::Result<[u8; 32]> {
    let shown = || format!("the key for bundles {}", file.display());
    let mut text = String::new();
    let opened = std::fs::File::open(file).with_context(shown)?;
    opened
        .take(MAX_KEY_BYTES)
        .read_to_string(&mut text)
        .with_context(shown)?;
    match PartId::from_hex(text.trim()) {
        Some(PartId(key)) => Ok(key),
        None => bail!("{}: a key is 64 hexadecimal digits", shown()),
    }
}

/// Encrypts the items of one part.
pub struct Sealing(AeadCtxS<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>);

impl fmt::Debug for Sealing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealing(…)")
    }
}

impl Sealing {
    /// Draws a key for a part; gives with it what goes into the part's header.
    ///
    /// # Errors
    /// When the hub's key cannot be one.
    pub fn begin(hub: &PublicKey) -> anyhow::Result<(Self, [u8; 32])> {
        let fault = |e| anyhow::anyhow!("the hub's key for bundles: {e}");
        let hub = <X25519HkdfSha256 as Kem>::PublicKey::from_bytes(&hub.0).map_err(fault)?;
        let (key, context) = hpke::setup_sender::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
            &OpModeS::Base,
            &hub,
            INFO,
        )
        .map_err(fault)?;
        Ok((Self(context), key.to_bytes().into()))
    }

    /// Encrypts the next item.
    ///
    /// # Errors
    /// When there are too many of them, which there never are.
    pub fn seal(&mut self, item: &[u8], bound: &Bound) -> anyhow::Result<Vec<u8>> {
        let sealed = self.0.seal(item, &bound.0);
        sealed.map_err(|e| anyhow::anyhow!("an item cannot be encrypted: {e}"))
    }
}

/// Decrypts the items of one part.
pub struct Opening(AeadCtxR<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>);

impl fmt::Debug for Opening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Opening(…)")
    }
}

impl Opening {
    /// Takes the key of a part out of its header; `None` when it is none.
    #[must_use]
    pub fn begin(hub: &SecretKey, header: &Header) -> Option<Self> {
        let key = <X25519HkdfSha256 as Kem>::EncappedKey::from_bytes(&header.encapsulated).ok()?;
        let context = hpke::setup_receiver::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
            &OpModeR::Base,
            &hub.0,
            &key,
            INFO,
        );
        context.ok().map(Self)
    }

    /// Decrypts the next item; `None` when it is not what was encrypted there.
    #[must_use]
    pub fn open(&mut self, chunk: &[u8], bound: &Bound) -> Option<Vec<u8>> {
        self.0.open(chunk, &bound.0).ok()
    }
}

/// What the items of a part are bound to: its header.
#[derive(Debug)]
pub struct Bound([u8; 32]);

impl Bound {
    /// To this header, as it stands in the file.
    #[must_use]
    pub fn to(header: &[u8]) -> Self {
        Self(Sha256::digest(header).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(encapsulated: [u8; 32], hub: PublicKey) -> Header {
        use vereda_sync::exchange::custody::Sealed;
        use vereda_sync::exchange::message::Head;
        Header {
            bundle: vereda_sync::id::BundleId([0; 16]),
            part: 1,
            parts: 1,
            node: "m07".into(),
            name: "M".into(),
            hub: hub.0,
            encapsulated,
            first: 1,
            entries: 0,
            photograph_bytes: 0,
            checkpoint: Sealed {
                head: Head {
                    journal: vereda_sync::id::JournalId([0; 16]),
                    size: 0,
                    root: [0; 32],
                },
                at_ms: 0,
                seal: vec![],
            },
        }
    }

    #[test]
    fn only_the_hub_reads_an_item_and_only_in_its_place() {
        let hub = SecretKey::generate();
        let (mut sealing, key) = Sealing::begin(&hub.public()).unwrap();
        let header = header(key, hub.public());
        let bound = Bound::to(&header.encode());
        let one = sealing.seal(b"one", &bound).unwrap();
        let two = sealing.seal(b"two", &bound).unwrap();
        let mut opening = Opening::begin(&hub, &header).unwrap();
        assert_eq!(opening.open(&two, &bound), None, "out of its place");
        assert_eq!(opening.open(&one, &Bound::to(b"")), None, "another header");
        assert_eq!(opening.open(&one, &bound).as_deref(), Some(&b"one"[..]));
        assert_eq!(opening.open(&two, &bound).as_deref(), Some(&b"two"[..]));
        let other = SecretKey::generate();
        let opened = Opening::begin(&other, &header).and_then(|mut o| o.open(&one, &bound));
        assert_eq!(opened, None);
    }
}
