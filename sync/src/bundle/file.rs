//! The file around a part or a receipt: written and read piece by piece, every
//! length looked at before it is believed.

use std::io::{Read, Write};

use sha2::{Digest, Sha256};

use super::{BundleError, MAX_ITEM_BYTES, MAX_TAG_BYTES, VERSION};
use crate::exchange::custody::{File, MAX_SEAL_BYTES};
use crate::journal::Hash;

const MAGIC: &[u8; 7] = b"VEREDA\0";
const MAX_HEADER_BYTES: usize = 64 << 10;
const MAX_CHUNK_BYTES: usize = MAX_ITEM_BYTES + MAX_TAG_BYTES;
const MAX_CERTIFICATE_BYTES: usize = 8 << 10;

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A part of a bundle.
    Part,
    /// A receipt.
    Receipt,
}

impl Kind {
    /// What its seal says.
    #[must_use]
    pub fn sealed_as(self) -> File {
        match self {
            Self::Part => File::Part,
            Self::Receipt => File::Receipt,
        }
    }
}

/// What stands at the end of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    /// SHA-256 of all before the seal.
    pub digest: Hash,
    /// The certificate (DER) of who made the file.
    pub certificate: Vec<u8>,
    /// Their seal.
    pub seal: Vec<u8>,
}

/// Writes a file.
#[derive(Debug)]
pub struct Writer<W> {
    out: W,
    hash: Sha256,
}

impl<W: Write> Writer<W> {
    /// Begins with what is said in plain.
    ///
    /// # Errors
    /// What the medium says.
    pub fn begin(out: W, kind: Kind, header: &[u8]) -> std::io::Result<Self> {
        let mut this = Self {
            out,
            hash: Sha256::new(),
        };
        this.put(MAGIC)?;
        this.put(match kind {
            Kind::Part => b"B",
            Kind::Receipt => b"R",
        })?;
        this.put(&VERSION.to_be_bytes())?;
        this.put_long(header)?;
        Ok(this)
    }

    /// Adds a chunk; an empty one would be the end.
    ///
    /// # Errors
    /// What the medium says.
    pub fn chunk(&mut self, chunk: &[u8]) -> std::io::Result<()> {
        self.put_long(chunk)
    }

    /// Ends with the seal that `seal` puts under the digest of all before it.
    ///
    /// # Errors
    /// What the medium says, or who seals.
    pub fn end<E: From<std::io::Error>>(
        mut self,
        certificate: &[u8],
        seal: impl FnOnce(&Hash) -> Result<Vec<u8>, E>,
    ) -> Result<W, E> {
        self.put_long(&[])?;
        self.put_short(certificate)?;
        let digest: Hash = self.hash.clone().finalize().into();
        self.put_short(&seal(&digest)?)?;
        Ok(self.out)
    }

    fn put(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.hash.update(bytes);
        self.out.write_all(bytes)
    }

    fn put_long(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        let length = u32::try_from(bytes.len()).map_err(std::io::Error::other)?;
        self.put(&length.to_be_bytes())?;
        self.put(bytes)
    }

    fn put_short(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        let length = u16::try_from(bytes.len()).map_err(std::io::Error::other)?;
        self.put(&length.to_be_bytes())?;
        self.put(bytes)
    }
}

/// Reads a file from its beginning. Nothing of it is proven before its end.
#[derive(Debug)]
pub struct Walk<R> {
    input: R,
    hash: Sha256,
    kind: Kind,
    header: Vec<u8>,
    ended: bool,
}

impl<R: Read> Walk<R> {
    /// Reads up to the first chunk.
    ///
    /// # Errors
    /// [`BundleError`].
    pub fn open(input: R) -> Result<Self, BundleError> {
        let mut this = Self {
            input,
            hash: Sha256::new(),
            kind: Kind::Part,
            header: vec![],
            ended: false,
        };
        let magic: [u8; 8] = this.array()?;
        this.kind = match magic.split_last() {
            Some((b'B', rest)) if rest == MAGIC => Kind::Part,
            Some((b'R', rest)) if rest == MAGIC => Kind::Receipt,
            _ => return Err(BundleError::Unknown),
        };
        match u16::from_be_bytes(this.array()?) {
            VERSION => (),
            newer if newer > VERSION => return Err(BundleError::Newer(newer)),
            _ => return Err(BundleError::Damaged("version")),
        }
        this.header = this.long(MAX_HEADER_BYTES, "header")?;
        Ok(this)
    }

    /// What the file is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// What is said in plain: a [`super::Header`] or a [`super::Receipt`].
    #[must_use]
    pub fn header(&self) -> &[u8] {
        &self.header
    }

    /// The next chunk; `None` after the last one.
    ///
    /// # Errors
    /// [`BundleError`].
    pub fn chunk(&mut self) -> Result<Option<Vec<u8>>, BundleError> {
        if self.ended {
            return Ok(None);
        }
        let chunk = self.long(MAX_CHUNK_BYTES, "chunk")?;
        self.ended = chunk.is_empty();
        Ok((!self.ended).then_some(chunk))
    }

    /// What stands at the end, past all chunks.
    ///
    /// # Errors
    /// [`BundleError`].
    pub fn end(mut self) -> Result<Ending, BundleError> {
        while self.chunk()?.is_some() {}
        let certificate = self.short(MAX_CERTIFICATE_BYTES, "certificate")?;
        let digest = self.hash.clone().finalize().into();
        let seal = self.short(MAX_SEAL_BYTES, "seal")?;
        match self.input.read(&mut [0])? {
            0 => Ok(Ending {
                digest,
                certificate,
                seal,
            }),
            _ => Err(BundleError::Damaged("it goes on after its end")),
        }
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], BundleError> {
        let mut bytes = [0; N];
        self.input.read_exact(&mut bytes)?;
        self.hash.update(bytes);
        Ok(bytes)
    }

    fn long(&mut self, max: usize, what: &'static str) -> Result<Vec<u8>, BundleError> {
        let length = u32::from_be_bytes(self.array()?);
        self.bytes(usize::try_from(length).unwrap_or(usize::MAX), max, what)
    }

    fn short(&mut self, max: usize, what: &'static str) -> Result<Vec<u8>, BundleError> {
        let length = u16::from_be_bytes(self.array()?);
        self.bytes(length.into(), max, what)
    }

    fn bytes(
        &mut self,
        length: usize,
        max: usize,
        what: &'static str,
    ) -> Result<Vec<u8>, BundleError> {
        if length > max {
            return Err(BundleError::Damaged(what));
        }
        let mut bytes = vec![0; length];
        self.input.read_exact(&mut bytes)?;
        self.hash.update(&bytes);
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(chunks: &[&[u8]]) -> Vec<u8> {
        let mut writer = Writer::begin(vec![], Kind::Part, b"header").unwrap();
        for chunk in chunks {
            writer.chunk(chunk).unwrap();
        }
        let sealed = |digest: &Hash| Ok::<_, std::io::Error>([&[9], &digest[..]].concat());
        writer.end(b"certificate", sealed).unwrap()
    }

    /// Header, chunks, ending.
    type Said = (Vec<u8>, Vec<Vec<u8>>, Ending);

    /// All that a file says, if its stand-in for a seal holds.
    fn read(bytes: &[u8]) -> Result<Said, BundleError> {
        let mut walk = Walk::open(bytes)?;
        let header = walk.header().to_vec();
        let mut chunks = Vec::new();
        while let Some(chunk) = walk.chunk()? {
            chunks.push(chunk);
        }
        let kind = walk.kind();
        let ending = walk.end()?;
        if ending.seal != [&[9], &ending.digest[..]].concat() || kind != Kind::Part {
            return Err(BundleError::Damaged("seal"));
        }
        Ok((header, chunks, ending))
    }

    #[test]
    fn a_file_says_what_was_written() {
        let chunks: [&[u8]; 2] = [b"one", b"another"];
        let file = written(&chunks);
        let (header, found, ending) = read(&file).unwrap();
        assert_eq!(
            (&header[..], found),
            (&b"header"[..], chunks.map(<[u8]>::to_vec).to_vec())
        );
        assert_eq!(ending.certificate, b"certificate");
        let walk = Walk::open(&file[..]).unwrap();
        assert_eq!(walk.end().unwrap(), ending, "chunks may be passed over");
    }

    #[test]
    fn every_cut_and_every_flipped_bit_is_found() {
        let whole = written(&[&[1; 300], &[2; 5]]);
        for cut in 0..whole.len() {
            assert!(
                matches!(read(&whole[..cut]), Err(BundleError::Cut)),
                "{cut}"
            );
        }
        for at in 0..whole.len() * 8 {
            let mut flipped = whole.clone();
            flipped[at / 8] ^= 1 << (at % 8);
            assert!(read(&flipped).is_err(), "bit {at}");
        }
        assert!(read(&[&whole[..], &[0]].concat()).is_err());
    }

    #[test]
    fn a_newer_format_says_what_to_do() {
        let mut newer = written(&[]);
        newer[9] = 2;
        let said = Walk::open(&newer[..]).unwrap_err();
        assert!(said.to_string().contains("update this node"), "{said}");
        assert!(matches!(
            Walk::open(&b"GIF89a, and more"[..]),
            Err(BundleError::Unknown)
        ));
    }

    #[test]
    fn no_length_is_believed() {
        let mut long = written(&[]);
        long[10..14].copy_from_slice(&u32::MAX.to_be_bytes());
        assert!(matches!(
            Walk::open(&long[..]),
            Err(BundleError::Damaged("header"))
        ));
        let mut chunk = written(&[b"x"]);
        chunk[20..24].copy_from_slice(&u32::MAX.to_be_bytes());
        assert!(matches!(read(&chunk), Err(BundleError::Damaged("chunk"))));
    }

    proptest::proptest! {
        #[test]
        fn garbage_never_panics(rest: Vec<u8>, whole: bool) {
            let head: &[u8] = if whole { b"VEREDA\0B\0\x01" } else { b"" };
            let _ = read(&[head, &rest].concat());
        }

        #[test]
        fn damage_is_found_wherever_it_is(at in 0usize..400, to: u8) {
            let whole = written(&[&[1; 300], &[2; 5]]);
            let at = at % whole.len();
            let mut changed = whole.clone();
            changed[at] = to;
            proptest::prop_assert_eq!(read(&changed).is_ok(), changed == whole);
        }
    }
}
