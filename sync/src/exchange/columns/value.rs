//! Texts: what they are made of, so that each part finds its like.
//!
//! A text is the same as the last one under its name, or a record of this frame, or
//! hexadecimal, or words with runs of digits. Each begins with a tag.

use crate::exchange::columns::bits;
use crate::varint::{self, Reader};

/// Kinds of text, in a tag's low bits; above them how the answer is known.
const SAME: u8 = 0;
const RECORD: u8 = 1;
const HEX: u8 = 2;
const WORDS: u8 = 3;
const KIND_BITS: u32 = 2;
/// Words that an answer begins with, and a blank; the first is none.
const KNOWN: [&str; 5] = ["", "typed ", "chip ", "copied ", "decided "];
/// Shortest hexadecimal text that goes as bytes.
const MIN_HEX: usize = 16;
/// Stands in words for a run of digits, followed by its length.
const RUN: u8 = 0x01;
/// Ends words.
const END: u8 = 0x00;
/// Longest run of digits in one piece.
const MAX_RUN: usize = 120;

/// What goes under one name.
#[derive(Debug, Default)]
pub(super) struct Stream {
    pub(super) tags: Vec<u8>,
    pub(super) words: Vec<u8>,
    last: String,
}

/// What all names share.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    pub(super) digits: bits::Writer,
    pub(super) bytes: Vec<u8>,
}

/// Whether a text can go this way at all.
pub(super) fn is_plain(text: &str) -> bool {
    !text.bytes().any(|b| b == END || b == RUN)
}

impl Stream {
    /// Adds a text. `back` tells how many entries ago the record with that id began.
    pub(super) fn put(
        &mut self,
        text: &str,
        numbers: &mut Numbers,
        back: impl Fn(&[u8; 32]) -> Option<u64>,
    ) {
        let known = (1..KNOWN.len()).find(|i| text.starts_with(KNOWN[*i]));
        let known = known.unwrap_or(0);
        let value = &text[KNOWN[known].len()..];
        let tag = |kind: u8| u8::try_from(known).unwrap_or(0) << KIND_BITS | kind;
        if value == self.last && !value.is_empty() {
            self.tags.push(tag(SAME));
            return;
        }
        value.clone_into(&mut self.last);
        let Some(bytes) = hex(value) else {
            self.tags.push(tag(WORDS));
            words(value, &mut self.words, &mut numbers.digits);
            return;
        };
        let id: Option<&[u8; 32]> = bytes.as_slice().try_into().ok();
        if let Some(back) = id.and_then(back) {
            self.tags.push(tag(RECORD));
            varint::put(&mut self.words, back);
        } else {
            self.tags.push(tag(HEX));
            varint::put(&mut self.words, bytes.len() as u64);
            numbers.bytes.extend(bytes);
        }
    }
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let digit = |b: u8| match b {
        b'0'..=b'9' => Some(b - b'0'),
        b'a'..=b'f' => Some(b - b'a' + 10),
        _ => None,
    };
    let bytes = text.as_bytes();
    let letters = bytes.iter().any(u8::is_ascii_lowercase);
    if bytes.len() < MIN_HEX || !bytes.len().is_multiple_of(2) || !letters {
        return None;
    }
    bytes
        .chunks(2)
        .map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?))
        .collect()
}

fn words(text: &str, out: &mut Vec<u8>, digits: &mut bits::Writer) {
    let mut rest = text.as_bytes();
    while let Some(at) = rest.iter().position(u8::is_ascii_digit) {
        out.extend(&rest[..at]);
        rest = &rest[at..];
        let run = rest.iter().take_while(|b| b.is_ascii_digit()).count();
        let run = run.min(MAX_RUN);
        out.extend([RUN, u8::try_from(run).unwrap_or(0)]);
        digits.digits(&rest[..run]);
        rest = &rest[run..];
    }
    out.extend(rest);
    out.push(END);
}

/// What goes under one name, read again.
#[derive(Debug)]
pub(super) struct Reading<'a> {
    pub(super) tags: Reader<'a>,
    pub(super) words: Reader<'a>,
    pub(super) last: String,
}

impl Reading<'_> {
    /// The next text. `record` gives the id of the record that began so many entries ago.
    pub(super) fn take(
        &mut self,
        digits: &mut bits::Reader<'_>,
        bytes: &mut Reader<'_>,
        record: impl Fn(u64) -> Option<[u8; 32]>,
    ) -> Option<String> {
        let tag = self.tags.byte()?;
        let known = KNOWN.get(usize::from(tag >> KIND_BITS))?;
        match tag & ((1 << KIND_BITS) - 1) {
            SAME => {}
            RECORD => self.last = to_hex(&record(self.words.unsigned()?)?),
            HEX => {
                let len = self.words.length()?;
                self.last = to_hex(bytes.bytes(len)?);
            }
            _ => self.last = self.read_words(digits)?,
        }
        Some(format!("{known}{}", self.last))
    }

    fn read_words(&mut self, digits: &mut bits::Reader<'_>) -> Option<String> {
        let mut out = Vec::new();
        loop {
            match self.words.byte()? {
                END => break,
                RUN => {
                    let run = usize::from(self.words.byte()?);
                    digits.digits(run, &mut out)?;
                }
                byte => out.push(byte),
            }
        }
        String::from_utf8(out).ok()
    }
}

fn to_hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let pair = |b: &u8| [DIGITS[usize::from(b >> 4)], DIGITS[usize::from(b & 15)]];
    bytes.iter().flat_map(pair).map(char::from).collect()
}
