//! A voice note: described aloud where hands are full, kept beside the photographs of a field.
//!
//! It is a blob as a photograph is, and stands in the answer of the same field, marked, so that it counts as no photograph. What
//! it says in words is an answer of its own ([`field`]): typed with it, instead of it, or later.

use std::collections::{BTreeMap, BTreeSet};

use crate::answer::Answer;
use crate::catalogue::{Field, Kind, Words};
use crate::id::BlobId;

/// Largest voice note, in bytes.
pub const MAX_BYTES: u64 = 2 << 20;
/// Longest voice note, in seconds.
pub const MAX_SECONDS: u32 = 120;
/// Stands before the id of a voice note in an answer.
const MARK: &str = "voice:";
/// Before the field of photographs, the field of what its notes say.
const SAID: &str = "_said-";
/// Longest name of who recorded it, in characters.
const MAX_BY_CHARS: usize = 120;

/// The media type of a sound, by the first bytes of its container: WebM, Ogg, MP4. `None` of anything else.
#[must_use]
pub fn container(first: &[u8]) -> Option<&'static str> {
    let brand = || first.get(8..12);
    if first.starts_with(b"\x1a\x45\xdf\xa3") {
        // Matroska says in its header which of the two it is.
        let header = first.get(..64.min(first.len()))?;
        return header
            .windows(4)
            .any(|four| four == b"webm")
            .then_some("audio/webm");
    }
    if first.starts_with(b"OggS\0") {
        return Some("audio/ogg");
    }
    let sounds = [
        b"M4A ", b"mp41", b"mp42", b"isom", b"iso5", b"iso6", b"M4B ",
    ];
    let is_sound = first.get(4..8) == Some(b"ftyp")
        && sounds.iter().any(|known| brand() == Some(known.as_slice()));
    is_sound.then_some("audio/mp4")
}

/// Whether something of that media type is a voice note.
#[must_use]
pub fn is_voice(media_type: &str) -> bool {
    media_type.starts_with("audio/")
}

/// A blob as it stands in the answer of its field.
#[must_use]
pub fn named(blob: BlobId, media_type: &str) -> String {
    match is_voice(media_type) {
        true => format!("{MARK}{blob}"),
        false => blob.to_string(),
    }
}

/// How many photographs are in an answer: voice notes are none.
#[must_use]
pub fn photographs(value: &str) -> usize {
    let words = value.split_whitespace();
    words.filter(|word| !word.starts_with(MARK)).count()
}

/// How many voice notes are in an answer.
#[must_use]
pub fn notes(value: &str) -> usize {
    value.split_whitespace().count() - photographs(value)
}

/// The ids in an answer, of photographs and voice notes.
pub fn ids(value: &str) -> impl Iterator<Item = &str> {
    let words = value.split_whitespace();
    words.map(|word| word.strip_prefix(MARK).unwrap_or(word))
}

/// The field of what the voice notes beside those photographs say.
#[must_use]
pub fn field(photographs: &Field) -> Field {
    Field {
        hint: Words::from([(
            "pt",
            "Para quem não as pode ouvir, ou em vez delas. Pode escrever-se mais tarde.",
        )]),
        required: false,
        when: photographs.when.clone(),
        ..said(&photographs.id)
    }
}

/// The same, of whatever field.
#[must_use]
pub fn said(photographs: &str) -> Field {
    let label = Words::from([
        ("pt", "O que dizem as notas de voz"),
        ("en", "What the voice notes say"),
        ("es", "Lo que dicen las notas de voz"),
        ("fr", "Ce que disent les notes vocales"),
        ("de", "Was die Sprachnotizen sagen"),
        ("uk", "Що сказано в голосових нотатках"),
        ("hi", "ध्वनि नोट में क्या कहा गया है"),
        ("ne", "आवाज टिपोटमा के भनिएको छ"),
        ("ar", "ما تقوله الملاحظات الصوتية"),
    ]);
    Field::new(format!("{SAID}{photographs}"), label, Kind::LongText)
}

/// The field of photographs whose notes are put in words under that id.
#[must_use]
pub fn of_field(id: &str) -> Option<&str> {
    id.strip_prefix(SAID).filter(|field| !field.is_empty())
}

/// The fields of what is said beside photographs, where there are voice notes, or words of them.
pub fn spoken_of(answers: &BTreeMap<String, Answer>) -> impl Iterator<Item = String> {
    let with_notes = answers
        .iter()
        .filter(|(_, a)| a.value.contains(MARK) && notes(&a.value) > 0)
        .map(|(id, _)| format!("{SAID}{id}"));
    let in_words = answers
        .iter()
        .filter(|(id, a)| of_field(id).is_some() && !a.value.is_empty());
    let all: BTreeSet<String> = with_notes
        .chain(in_words.map(|(id, _)| id.clone()))
        .collect();
    all.into_iter()
}

/// What is known of how a note was recorded. Written `SECONDS|BY`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spoken {
    /// How long it is, in seconds, where the browser counted; of a file nobody did.
    pub seconds: Option<u32>,
    /// Who recorded it.
    pub by: String,
}

impl Spoken {
    /// Reads one; what cannot be is not known. `None` when nothing is said at all.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (seconds, by) = text.split_once('|')?;
        let by = by.chars().filter(|c| !c.is_control()).take(MAX_BY_CHARS);
        Some(Self {
            seconds: seconds_of(seconds),
            by: by.collect(),
        })
    }

    /// As [`Spoken::parse`] reads it.
    #[must_use]
    pub fn text(&self) -> String {
        let seconds = self.seconds.map(|s| s.to_string()).unwrap_or_default();
        format!("{seconds}|{}", self.by)
    }
}

/// Reads a length in seconds; `None` of what is no length of a note.
#[must_use]
pub fn seconds_of(text: &str) -> Option<u32> {
    let seconds = text.trim().parse().ok()?;
    (1..=MAX_SECONDS).contains(&seconds).then_some(seconds)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_container_is_told_by_its_bytes() {
        let webm = b"\x1a\x45\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x84webm";
        assert_eq!(container(webm), Some("audio/webm"));
        assert_eq!(container(b"OggS\0\x02"), Some("audio/ogg"));
        assert_eq!(container(b"\0\0\0\x1cftypM4A \0\0"), Some("audio/mp4"));
        let odd: [&[u8]; 6] = [
            b"",
            b"\x1a\x45\xdf\xa3matroska",
            b"OggX",
            b"\0\0\0\x1cftypavif",
            b"ID3\x04",
            b"MZ",
        ];
        assert!(odd.iter().all(|bytes| container(bytes).is_none()));
    }

    #[test]
    fn a_note_counts_as_no_photograph() {
        let value = format!("aa {} bb", named(BlobId([7; 32]), "audio/ogg"));
        assert_eq!((photographs(&value), notes(&value)), (2, 1));
        let note = "07".repeat(32);
        assert!(ids(&value).eq(["aa", note.as_str(), "bb"]));
        assert_eq!(named(BlobId([7; 32]), "image/png"), note);
    }

    #[test]
    fn what_it_says_belongs_to_its_photographs() {
        assert_eq!(of_field(&said("scan.2").id), Some("scan.2"));
        assert!(of_field("_said-").is_none() && of_field("scan").is_none());
    }

    proptest! {
        #[test]
        fn anything_may_come(text in ".{0,200}", bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = container(&bytes);
            prop_assert_eq!(photographs(&text) + notes(&text), ids(&text).count());
            if let Some(spoken) = Spoken::parse(&text) {
                prop_assert!(spoken.seconds.is_none_or(|s| s <= MAX_SECONDS));
                prop_assert_eq!(Spoken::parse(&spoken.text()), Some(spoken));
            }
        }
    }
}
