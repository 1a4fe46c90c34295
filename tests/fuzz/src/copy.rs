//! A copy of what was being typed, from a stick: its header in plain, what is sealed, and what that says.

use std::sync::LazyLock;

use vereda::keep::Content;
use vereda::keep::sealed::{self, Opener, RecoveryCode};

const CONTENT: &[u8] =
    br#"{"attendances":[{"id":"01","represented":false,"undocumented":false,"done":["identity"],
"values":[{"field":"full-name","value":"Rosa Ensaio","known":"typed","by":"Ana"}],
"requests":[{"service":"cesd","values":[]}]}]}"#;

/// The code, and a copy that is sealed to it.
static HONEST: LazyLock<(RecoveryCode, Vec<u8>)> = LazyLock::new(|| {
    let code = RecoveryCode::draw().unwrap();
    let of = ("m07", "Ensaio", 1_795_000_000_000);
    let file = sealed::seal(of, CONTENT, &[code.public()]).unwrap();
    (code, file)
});

/// The input is a file; and, as whoever has a code to seal to can write what they like, a content.
pub fn case(input: &[u8]) {
    if let Ok((header, rest)) = sealed::read(input) {
        let opened = sealed::open(&header, &rest, &Opener::Code(&HONEST.0));
        // Nobody who has not the key seals to it: what opens is the honest one.
        assert!(opened.is_none_or(|content| content == CONTENT));
    }
    if let Ok(content) = serde_json::from_slice::<Content>(input) {
        let text = serde_json::to_vec(&content).unwrap();
        assert!(serde_json::from_slice::<Content>(&text).is_ok());
    }
    if let Ok(text) = std::str::from_utf8(input)
        && let Some(code) = RecoveryCode::read(text)
    {
        let again = RecoveryCode::read(&code.groups()).unwrap();
        assert_eq!(again.groups(), code.groups());
    }
}

/// The honest one, its content, and its code. They were made for this run, so they stand in no file.
pub fn seeds() -> Vec<Vec<u8>> {
    let (code, file) = &*HONEST;
    vec![file.clone(), CONTENT.to_vec(), code.groups().into_bytes()]
}
