//! Identities: of records, changes, journals.

use std::fmt;

macro_rules! bytes_id {
    ($(#[$doc:meta])* $name:ident, $len:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub [u8; $len]);

        impl $name {
            /// Reads the id from lower- or upper-case hexadecimal.
            #[must_use]
            pub fn from_hex(hex: &str) -> Option<Self> {
                let mut out = [0; $len];
                if hex.len() != $len * 2 || !hex.is_ascii() {
                    return None;
                }
                for (byte, pair) in out.iter_mut().zip(hex.as_bytes().chunks(2)) {
                    let digit = |b: u8| char::from(b).to_digit(16);
                    *byte = u8::try_from(digit(pair[0])? * 16 + digit(pair[1])?).ok()?;
                }
                Some(Self(out))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|b| write!(f, "{b:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().take(4).try_for_each(|b| write!(f, "{b:02x}"))
            }
        }
    };
}

bytes_id!(
    /// A record: the hash of its first change, which creates every container
    /// and holds a unique number.
    RecordId,
    32
);
bytes_id!(
    /// A change: SHA-256 as Automerge computes it over the change's chunk.
    ChangeId,
    32
);
bytes_id!(
    /// A journal: random, drawn when a node begins one.
    JournalId,
    16
);
bytes_id!(
    /// A bundle: what a node packed at once, in one or more parts.
    BundleId,
    16
);
bytes_id!(
    /// A part of a bundle: SHA-256 of its file.
    PartId,
    32
);
bytes_id!(
    /// A photograph or scan: SHA-256 of its bytes.
    BlobId,
    32
);

impl From<ChangeId> for RecordId {
    /// The record that this first change begins.
    fn from(first: ChangeId) -> Self {
        Self(first.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_goes_there_and_back() {
        let id = JournalId([0xa5; 16]);
        assert_eq!(JournalId::from_hex(&id.to_string()), Some(id));
        for wrong in ["", "a5", "zz", &"g".repeat(32), &"é".repeat(16)] {
            assert_eq!(JournalId::from_hex(wrong), None);
        }
    }
}
