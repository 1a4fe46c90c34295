//! A seal, and the certificate that is said to belong to it.

use std::sync::LazyLock;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use vereda::authority::{self, Role};
use vereda::link::seal::{self, Seal};
use vereda_sync::exchange::custody::{Says, Sealed};
use vereda_sync::exchange::message::Head;
use vereda_sync::id::JournalId;

const HEAD: Head = Head {
    journal: JournalId([1; 16]),
    size: 7,
    root: [2; 32],
};
const AT_MS: u64 = 1_795_000_000_000;

/// A certificate and its seal over [`HEAD`].
static HONEST: LazyLock<(Vec<u8>, Vec<u8>)> = LazyLock::new(|| {
    let dir = std::env::temp_dir().join(format!("vereda-fuzz-seal-{}", std::process::id()));
    authority::new(&dir.join("authority"), "Ensaio").unwrap();
    let scopes = ["monchique".to_owned()];
    let out = dir.join("m07");
    authority::enrol(
        &dir.join("authority"),
        "m07",
        Role::Spot,
        &scopes,
        &[],
        &out,
    )
    .unwrap();
    let certificate = CertificateDer::from_pem_file(out.join("node.crt")).unwrap();
    let seal = Seal::load(&out.join("node.key")).unwrap();
    let sealed = seal.put(Says::Wrote, HEAD, AT_MS).unwrap();
    std::fs::remove_dir_all(&dir).unwrap();
    (certificate.to_vec(), sealed.seal)
});

/// The input is the certificate's length (two bytes), the certificate, the seal.
pub fn case(input: &[u8]) {
    let Some((length, rest)) = input.split_first_chunk::<2>() else {
        return;
    };
    let length = usize::from(u16::from_be_bytes(*length));
    let Some((certificate, seal)) = rest.split_at_checked(length) else {
        return;
    };
    let sealed = |head, at_ms| Sealed {
        head,
        at_ms,
        seal: seal.to_vec(),
    };
    let agrees = seal::examine(certificate, Says::Wrote, &sealed(HEAD, AT_MS)).is_ok();
    // Nobody makes a signature by chance: what agrees is the honest seal.
    assert!(!agrees || seal == HONEST.1);
    let other = Head { size: 8, ..HEAD };
    for (says, head, at_ms) in [
        (Says::Holds, HEAD, AT_MS),
        (Says::Wrote, other, AT_MS),
        (Says::Wrote, HEAD, AT_MS + 1),
    ] {
        assert!(seal::examine(certificate, says, &sealed(head, at_ms)).is_err());
    }
}

/// The honest one. Its key was made for this run, so it stands in no file.
pub fn seeds() -> Vec<Vec<u8>> {
    let (certificate, seal) = &*HONEST;
    let length = u16::try_from(certificate.len()).unwrap().to_be_bytes();
    vec![[&length[..], certificate, seal].concat()]
}
