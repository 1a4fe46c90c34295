//! What people type: fields of every kind, numbers of requests, what is searched for, ids in addresses.

use std::path::Path;
use std::sync::LazyLock;

use vereda_sync::catalogue::{Catalogue, Field, search};
use vereda_sync::check::{MAX_VALUE_BYTES, check};
use vereda_sync::id::{BlobId, JournalId, RecordId};
use vereda_sync::record::attendance::IDENTITY;
use vereda_sync::{number, text};

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../images/demo/catalogue");
    vereda::catalogue::load(&folder).unwrap()
});

/// One field of each kind.
static FIELDS: LazyLock<Vec<Field>> = LazyLock::new(|| {
    let services = CATALOGUE.services.iter().flat_map(|s| &s.steps);
    let mut fields: Vec<Field> = services
        .flat_map(|s| &s.fields)
        .chain(&IDENTITY.fields)
        .cloned()
        .collect();
    fields.sort_by_key(|f| format!("{:?}", f.kind));
    fields.dedup_by_key(|f| f.kind);
    fields
});

/// The first byte chooses the field.
pub fn case(input: &[u8]) {
    let Some((which, typed)) = input.split_first() else {
        return;
    };
    let typed = String::from_utf8_lossy(typed);
    let typed = &typed[..typed.floor_char_boundary(MAX_VALUE_BYTES)];
    let field = &FIELDS[usize::from(*which) % FIELDS.len()];
    if let Ok(canonical) = check(field, typed, "2026-07-01") {
        // What is kept is kept again as it is: a second save changes nothing.
        assert_eq!(
            check(field, &canonical, "2026-07-01"),
            Ok(canonical.clone()),
            "{:?}",
            field.kind
        );
    }
    if let Some(canonical) = number::canonical(typed) {
        assert_eq!(number::canonical(&canonical), Some(canonical));
    }
    let found = search::search(&CATALOGUE, typed);
    assert!(found.len() <= CATALOGUE.services.len());
    let folded = text::fold(typed);
    assert_eq!(text::fold(&folded), folded);
    let _ = text::name_words(typed);
    if let Some(id) = RecordId::from_hex(typed) {
        assert_eq!(id.to_string(), typed.to_ascii_lowercase());
    }
    let _ = (BlobId::from_hex(typed), JournalId::from_hex(typed));
}

/// Values that are right, and some that are nearly.
pub fn seeds() -> Vec<Vec<u8>> {
    let values = [
        "299 900 001",
        "00000000 0 ZZ4",
        "PT50 0002 0123 1234 5678 9015 4",
        "1951-03-09",
        "9/3/1951",
        "912 345 678",
        "maria@exemplo.pt",
        "8550-428",
        "37.3180,-8.5550 ± 12",
        "sim",
        "yes",
        "M07-7KQ4-2ZD8-6",
        "Conceição d'Água e Sousa",
        "certidao nascimeto",
    ];
    let fields = 0..u8::try_from(FIELDS.len()).unwrap();
    fields
        .zip(values.iter().cycle())
        .map(|(which, value)| [&[which], value.as_bytes()].concat())
        .chain([[vec![0], "ab".repeat(32).into_bytes()].concat()])
        .collect()
}
