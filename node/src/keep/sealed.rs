//! The file that a copy of what is being typed is: sealed so that only the spot's recovery code and the hub open it.
//!
//! ```text
//! magic, length of the header (4 bytes, big-endian), header (JSON, in plain), content (HPKE)
//! ```
//! The content is encrypted to a key pair that is drawn for this file; its secret half is encrypted to each of those
//! who may open it (HPKE, RFC 9180: X25519, HKDF-SHA256, ChaCha20-Poly1305, as bundles have it). The header in plain
//! says of which spot and of when it is, and nothing of citizens.

use std::io::Read;

use anyhow::{Context, ensure};
use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::bundle::cipher::PublicKey;
use crate::node::random;
use crate::people::hex;

const MAGIC: &[u8] = b"vereda drafts 1\n";
/// What the encryption is for: no other use of a key opens it.
const INFO_KEY: &[u8] = b"vereda: the key of a copy of drafts, version 1";
const INFO_CONTENT: &[u8] = b"vereda: a copy of drafts, version 1";
/// Largest header, in bytes.
const MAX_HEADER_BYTES: usize = 4 << 10;
/// Largest file, in bytes.
pub const MAX_FILE_BYTES: u64 = 4 << 20;
/// Largest content, in bytes: a day of ten desks is a tenth of that.
pub const MAX_CONTENT_BYTES: u64 = 16 << 20;

/// Letters of a code: none that is taken for another (Crockford's).
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// So many of them: 125 bits.
const CODE_LETTERS: usize = 25;

type Private = <X25519HkdfSha256 as Kem>::PrivateKey;

/// What somebody keeps on paper to open the copies of a spot.
pub struct RecoveryCode(String);

impl std::fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RecoveryCode(…)")
    }
}

impl RecoveryCode {
    /// A new one.
    ///
    /// # Errors
    /// When the system gives no randomness.
    pub fn draw() -> crate::store::Result<Self> {
        let drawn: [u8; CODE_LETTERS] = random()?;
        let letters = drawn
            .iter()
            .map(|b| char::from(LETTERS[usize::from(b & 31)]));
        Ok(Self(letters.collect()))
    }

    /// As somebody types it from paper; `None` when it cannot be one.
    #[must_use]
    pub fn read(typed: &str) -> Option<Self> {
        let letters = typed.bytes().filter(u8::is_ascii_alphanumeric);
        let letters = letters.map(|b| match b.to_ascii_uppercase() {
            b'O' => b'0',
            b'I' | b'L' => b'1',
            other => other,
        });
        let letters: Vec<u8> = letters.take(CODE_LETTERS + 1).collect();
        let is_code = letters.len() == CODE_LETTERS && letters.iter().all(|b| LETTERS.contains(b));
        is_code.then(|| Self(letters.into_iter().map(char::from).collect()))
    }

    /// In groups, as it is printed.
    #[must_use]
    pub fn groups(&self) -> String {
        let groups: Vec<&str> = (0..CODE_LETTERS / 5)
            .map(|n| &self.0[n * 5..n * 5 + 5])
            .collect();
        groups.join("-")
    }

    /// The key pair that follows from it. Nobody tries 2¹²⁵ codes, however fast each try is: so nothing here is slow
    /// on purpose, as it must be where people choose what is to be guessed.
    fn keys(&self) -> (Private, PublicKey) {
        let mut seed = Sha256::new();
        seed.update(b"vereda recovery code\0");
        seed.update(&self.0);
        let (secret, public) = X25519HkdfSha256::derive_keypair(&seed.finalize());
        (secret, PublicKey(public.to_bytes().into()))
    }

    /// What the node keeps of it: with that it seals, and opens nothing.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        self.keys().1
    }
}

/// A secret that is encrypted to somebody.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wrapped {
    to: String,
    encapsulated: String,
    key: String,
}

/// What stands in plain.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// Id of the spot.
    pub node: String,
    /// What people call it.
    pub spot: String,
    /// When it was made, milliseconds since 1970.
    pub at_ms: i64,
    encapsulated: String,
    wrapped: Vec<Wrapped>,
}

/// Who opens a file.
#[derive(Debug)]
pub enum Opener<'a> {
    /// Somebody with the code on paper.
    Code(&'a RecoveryCode),
    /// The hub, by its secret key for bundles: 64 hexadecimal digits.
    Hub(&'a str),
}

fn encrypt(
    to: &PublicKey,
    info: &[u8],
    text: &[u8],
    bound: &[u8],
) -> anyhow::Result<([u8; 32], Vec<u8>)> {
    let fault = |e| anyhow::anyhow!("a copy cannot be encrypted: {e}");
    let to = <X25519HkdfSha256 as Kem>::PublicKey::from_bytes(&to.0).map_err(fault)?;
    let (encapsulated, mut context) = hpke::setup_sender::<
        ChaCha20Poly1305,
        HkdfSha256,
        X25519HkdfSha256,
    >(&OpModeS::Base, &to, info)
    .map_err(fault)?;
    let sealed = context.seal(text, bound).map_err(fault)?;
    Ok((encapsulated.to_bytes().into(), sealed))
}

fn decrypt(
    secret: &Private,
    info: &[u8],
    encapsulated: &[u8],
    sealed: &[u8],
    bound: &[u8],
) -> Option<Vec<u8>> {
    let key = <X25519HkdfSha256 as Kem>::EncappedKey::from_bytes(encapsulated).ok()?;
    let context = hpke::setup_receiver::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
        &OpModeR::Base,
        secret,
        &key,
        info,
    );
    context.ok()?.open(sealed, bound).ok()
}

/// What is sealed is bound to what stands in plain: whose it is and of when.
fn bound((node, spot, at_ms): (&str, &str, i64)) -> Vec<u8> {
    let mut bound = MAGIC.to_vec();
    for text in [node, spot] {
        bound.extend(text.len().to_be_bytes());
        bound.extend(text.as_bytes());
    }
    bound.extend(at_ms.to_be_bytes());
    bound
}

/// Seals a content to all of these.
///
/// # Errors
/// When it is larger than a copy may be, or a key cannot be one.
pub fn seal(
    (node, spot, at_ms): (&str, &str, i64),
    content: &[u8],
    to: &[PublicKey],
) -> anyhow::Result<Vec<u8>> {
    ensure!(
        content.len() as u64 <= MAX_CONTENT_BYTES,
        "there is more than a copy takes"
    );
    let packed = zstd::bulk::compress(content, 3)?;
    let (secret, public) = X25519HkdfSha256::gen_keypair();
    let public = PublicKey(public.to_bytes().into());
    let bound = bound((node, spot, at_ms));
    let (encapsulated, sealed) = encrypt(&public, INFO_CONTENT, &packed, &bound)?;
    let wrapped = to.iter().map(|to| {
        let (encapsulated, key) = encrypt(to, INFO_KEY, &secret.to_bytes(), &bound)?;
        Ok(Wrapped {
            to: to.to_string(),
            encapsulated: hex(&encapsulated),
            key: hex(&key),
        })
    });
    let header = Header {
        node: node.to_owned(),
        spot: spot.to_owned(),
        at_ms,
        encapsulated: hex(&encapsulated),
        wrapped: wrapped.collect::<anyhow::Result<_>>()?,
    };
    let header = serde_json::to_vec(&header)?;
    ensure!(
        header.len() <= MAX_HEADER_BYTES,
        "the name of the spot is too long"
    );
    let length = u32::try_from(header.len())?.to_be_bytes();
    let file = [MAGIC, &length, &header, &sealed].concat();
    ensure!(
        file.len() as u64 <= MAX_FILE_BYTES,
        "there is more than a copy takes"
    );
    Ok(file)
}

/// Reads the header of a file, and what comes after it, not opened.
///
/// # Errors
/// When it is no such file, or larger than one can be.
pub fn read(file: impl Read) -> anyhow::Result<(Header, Vec<u8>)> {
    let mut bytes = Vec::new();
    file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes)?;
    ensure!(
        bytes.len() as u64 <= MAX_FILE_BYTES,
        "it is larger than a copy can be"
    );
    let rest = bytes
        .strip_prefix(MAGIC)
        .context("it is no copy of drafts")?;
    let (length, rest) = rest.split_first_chunk::<4>().context("it is cut off")?;
    let length = u32::from_be_bytes(*length) as usize;
    ensure!(
        length <= MAX_HEADER_BYTES,
        "its header is larger than one can be"
    );
    let (header, sealed) = rest.split_at_checked(length).context("it is cut off")?;
    Ok((serde_json::from_slice(header)?, sealed.to_vec()))
}

/// Opens what [`read`] gave; `None` when it is not for that key, or is damaged.
#[must_use]
pub fn open(header: &Header, sealed: &[u8], opener: &Opener<'_>) -> Option<Vec<u8>> {
    let secret = match opener {
        Opener::Code(code) => code.keys().0,
        Opener::Hub(secret) => Private::from_bytes(&unhex(secret)?).ok()?,
    };
    let bound = bound((&header.node, &header.spot, header.at_ms));
    let mut wrapped = header.wrapped.iter().take(4);
    let key = wrapped.find_map(|it| {
        let (encapsulated, key) = (unhex(&it.encapsulated)?, unhex(&it.key)?);
        decrypt(&secret, INFO_KEY, &encapsulated, &key, &bound)
    })?;
    let key = Private::from_bytes(&key).ok()?;
    let packed = decrypt(
        &key,
        INFO_CONTENT,
        &unhex(&header.encapsulated)?,
        sealed,
        &bound,
    )?;
    let mut content = Vec::new();
    // Bounded while it is unpacked: whoever has the code may have been given a bomb.
    let unpacking = zstd::Decoder::new(packed.as_slice()).ok()?;
    unpacking
        .take(MAX_CONTENT_BYTES + 1)
        .read_to_end(&mut content)
        .ok()?;
    (content.len() as u64 <= MAX_CONTENT_BYTES).then_some(content)
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let is_hex = text.len().is_multiple_of(2) && text.bytes().all(|b| b.is_ascii_hexdigit());
    let pairs = text.as_bytes().chunks(2).filter(|_| is_hex);
    let bytes = pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
    is_hex.then(|| bytes.collect()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::cipher::SecretKey;

    const OF: (&str, &str, i64) = ("movel-07", "Espaço Móvel 07", 1_795_286_520_000);

    #[test]
    fn only_the_code_and_the_hub_open_it_and_nothing_of_it_is_readable() {
        let (code, hub) = (RecoveryCode::draw().unwrap(), SecretKey::generate());
        let content = b"Maria do Rosario 123456789".repeat(40);
        let file = seal(OF, &content, &[code.public(), hub.public()]).unwrap();
        assert!(!file.windows(9).any(|w| w == b"123456789"));
        let (header, sealed) = read(file.as_slice()).unwrap();
        assert_eq!((header.node.as_str(), header.at_ms), (OF.0, OF.2));
        let typed = code
            .groups()
            .to_lowercase()
            .replace('0', "o")
            .replace('1', "l");
        let typed = RecoveryCode::read(&format!(" {typed} ")).unwrap();
        for opener in [Opener::Code(&typed), Opener::Hub(&hub.to_hex())] {
            assert_eq!(open(&header, &sealed, &opener), Some(content.clone()));
        }
        let other = RecoveryCode::draw().unwrap();
        assert_eq!(open(&header, &sealed, &Opener::Code(&other)), None);
        assert_eq!(open(&header, &sealed, &Opener::Hub("no key")), None);
        // What stands in plain is bound to what is sealed.
        let mut later = header.clone();
        later.at_ms += 1;
        assert_eq!(open(&later, &sealed, &Opener::Code(&code)), None);
    }

    #[test]
    fn what_was_cut_off_or_changed_is_refused_wherever_it_was() {
        let code = RecoveryCode::draw().unwrap();
        let file = seal(OF, b"content", &[code.public()]).unwrap();
        let opened = |file: &[u8]| {
            let (header, sealed) = read(file).ok()?;
            open(&header, &sealed, &Opener::Code(&code))
        };
        assert!(opened(&file).is_some());
        for at in 0..file.len() {
            assert_eq!(opened(&file[..at]), None, "cut at {at}");
        }
        for at in MAGIC.len() + 4..file.len() {
            let mut changed = file.clone();
            changed[at] ^= 0x01;
            // Which of the keys is whose is for people only.
            let same = opened(&changed);
            assert!(
                same.is_none() || same.as_deref() == Some(b"content"),
                "changed at {at}"
            );
        }
        assert!(read([MAGIC, &[0xff; 4]].concat().as_slice()).is_err());
        assert!(read(std::io::repeat(0)).is_err());
    }

    #[test]
    fn a_code_is_read_as_people_type_it_and_nothing_else_is_one() {
        let code = RecoveryCode::draw().unwrap();
        assert_eq!(code.groups().len(), 29);
        assert_eq!(
            RecoveryCode::read(&code.groups()).unwrap().groups(),
            code.groups()
        );
        for typed in [
            "",
            "12345",
            &"U".repeat(25),
            &"A".repeat(26),
            &"é".repeat(25),
        ] {
            assert!(RecoveryCode::read(typed).is_none(), "{typed}");
        }
    }
}
