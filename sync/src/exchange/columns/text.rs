//! Texts: what they are made of, so that each part finds its like.
//!
//! A text is the same as the last one under its name, or a record of this frame, or
//! hexadecimal, or a number that people read, or what is left of a number without the digits
//! that only check it, or letters with runs of digits; long ones go as they are.

use super::coder::Coder;
use super::model::{Model, Not, context};
use super::slot::Learned;
use crate::varint::{self, Reader};
use crate::{check, number};

/// Kinds of text, in a tag's low bits; above them how the answer is known.
pub(super) mod kind {
    pub(in super::super) const SAME: u32 = 0;
    pub(in super::super) const RECORD: u32 = 1;
    pub(in super::super) const HEX: u32 = 2;
    pub(in super::super) const LETTERS: u32 = 3;
    pub(in super::super) const CHECKED: u32 = 4;
    pub(in super::super) const ISSUED: u32 = 5;
    pub(in super::super) const LONG: u32 = 6;
}
const KIND_BITS: u32 = 3;
const TAG_BITS: u32 = 6;
/// Words that an answer begins with, and a blank; the first is none.
const KNOWN: [&str; 6] = ["", "typed ", "chip ", "copied ", "decided ", "citizen "];
/// Shortest hexadecimal text that goes as bytes.
const MIN_HEX: usize = 16;
/// Longest text that goes by letters.
pub(super) const MAX_LETTERS: usize = 1 << 10;
/// Stands among letters for a run of digits, followed by its length.
const RUN: u8 = 0x01;
/// Bits of the counter in a number that people read.
const ISSUED_BITS: u32 = 40;
/// Ends letters.
const END: u8 = 0x00;
/// Longest run of digits in one piece.
const MAX_RUN: usize = 120;

/// What a context is for.
mod of {
    pub(super) const TAG: u32 = 1;
    pub(super) const SAME_TAG: u32 = 2;
    pub(super) const LONG: u32 = 3;
    pub(super) const SHORT: u32 = 4;
    pub(super) const LETTER: u32 = 5;
    pub(super) const DIGIT: u32 = 6;
    pub(super) const BYTE: u32 = 7;
    pub(super) const BACK: u32 = 8;
    pub(super) const LENGTH: u32 = 9;
}

/// The last text under a name.
#[derive(Debug, Clone, Default)]
pub(super) struct Last {
    pub(super) text: String,
    tag: u32,
    bytes: Vec<u8>,
}

/// Whether a text can go by letters.
pub(super) fn is_plain(text: &str) -> bool {
    !text.bytes().any(|b| b == END || b == RUN)
}

/// A text as it goes.
pub(super) enum Form<'a> {
    Same,
    Record(u64),
    Hex(Vec<u8>),
    Letters,
    /// So many bytes of it go.
    Checked(usize),
    /// The prefix, and what the counter was made to.
    Issued(&'a str, u64),
    Long,
}

impl<'a> Form<'a> {
    /// How a text goes, after the last one of its name; what of it is how it is known, and the
    /// rest. `back` tells how many entries ago the record with that id began.
    pub(super) fn of(
        text: &'a str,
        last: &Last,
        back: impl Fn(&[u8; 32]) -> Option<u64>,
    ) -> (u32, &'a str, Self) {
        let known = (1..KNOWN.len()).find(|i| text.starts_with(KNOWN[*i]));
        let known = known.unwrap_or(0);
        let rest = &text[KNOWN[known].len()..];
        let form = Self::of_rest(rest, last, back);
        (u32::try_from(known).unwrap_or(0), rest, form)
    }

    fn of_rest(text: &'a str, last: &Last, back: impl Fn(&[u8; 32]) -> Option<u64>) -> Self {
        if text == last.text && !text.is_empty() {
            return Self::Same;
        }
        if text.len() > MAX_LETTERS {
            return Self::Long;
        }
        // Any number of that many digits may end so: what did not last time, does so by chance.
        let by_chance =
            last.tag & ((1 << KIND_BITS) - 1) == kind::LETTERS && last.text.len() == text.len();
        if let (false, Some(stem)) = (by_chance, stem(text)) {
            return Self::Checked(stem.len());
        }
        if let Some((prefix, counter)) = number::take_apart(text) {
            return Self::Issued(prefix, counter);
        }
        let Some(bytes) = hex(text) else {
            return Self::Letters;
        };
        let id: Option<&[u8; 32]> = bytes.as_slice().try_into().ok();
        match id.and_then(back) {
            Some(back) => Self::Record(back),
            None => Self::Hex(bytes),
        }
    }

    pub(super) fn kind(&self) -> u32 {
        match self {
            Self::Same => kind::SAME,
            Self::Record(_) => kind::RECORD,
            Self::Hex(_) => kind::HEX,
            Self::Letters => kind::LETTERS,
            Self::Checked(_) => kind::CHECKED,
            Self::Issued(..) => kind::ISSUED,
            Self::Long => kind::LONG,
        }
    }
}

/// What need not go of a number with digits that only check it.
fn stem(text: &str) -> Option<&str> {
    let end = match text.len() {
        9 | 11 => 1,
        25 => 2,
        _ => return None,
    };
    let (stem, end) = text.split_at_checked(text.len() - end)?;
    (check::follows(stem)? == end).then_some(stem)
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let digit = |b: u8| match b {
        b'0'..=b'9' => Some(b - b'0'),
        b'a'..=b'f' => Some(b - b'a' + 10),
        _ => None,
    };
    let bytes = text.as_bytes();
    if bytes.len() < MIN_HEX || !bytes.len().is_multiple_of(2) {
        return None;
    }
    if !bytes.iter().any(u8::is_ascii_lowercase) {
        return None;
    }
    bytes
        .chunks(2)
        .map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?))
        .collect()
}

/// Appends bytes as hexadecimal.
pub(super) fn put_hex(bytes: &[u8], out: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for byte in bytes {
        out.push(char::from(DIGITS[usize::from(byte >> 4)]));
        out.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
}

impl Model {
    /// How an answer is known, and of what kind its text is.
    pub(super) fn tag<C: Coder>(
        &mut self,
        c: &mut C,
        name: u32,
        last: &mut Last,
        tag: (u32, u32),
    ) -> (u32, u32) {
        let tag = tag.0 << KIND_BITS | tag.1;
        let same = context(of::SAME_TAG, name, last.tag);
        if !self.bit(c, same, tag == last.tag) {
            let other = context(of::TAG, name, last.tag);
            last.tag = self.symbol(c, other, TAG_BITS, tag);
        }
        (last.tag >> KIND_BITS, last.tag & ((1 << KIND_BITS) - 1))
    }

    /// Letters with runs of digits, to their end.
    pub(super) fn put_letters(&mut self, c: &mut impl Coder, name: u32, text: &str) {
        // What goes out has room, and nothing comes in.
        let _ = self.letters(c, name, text, (&mut Vec::new(), usize::MAX));
    }

    /// The same, as they come in: at most `room` bytes, into a text that is there.
    pub(super) fn take_letters(
        &mut self,
        c: &mut impl Coder,
        name: u32,
        room: usize,
        into: &mut String,
    ) -> Option<()> {
        let mut out = std::mem::take(into).into_bytes();
        out.clear();
        self.letters(c, name, "", (&mut out, room))?;
        *into = String::from_utf8(out).ok()?;
        Some(())
    }

    fn letters<C: Coder>(
        &mut self,
        c: &mut C,
        name: u32,
        text: &str,
        (out, room): (&mut Vec<u8>, usize),
    ) -> Option<()> {
        let mut left = text.as_bytes();
        let mut before = 0;
        for run in 0.. {
            while let Some(letter) = self.next_letter(c, name, &mut before, &mut left) {
                if C::READS {
                    out.push(letter);
                    (out.len() <= room).then_some(())?;
                }
            }
            if before as u8 == END {
                break;
            }
            let digits = left.iter().take_while(|b| b.is_ascii_digit());
            let length = u8::try_from(digits.count().min(MAX_RUN)).unwrap_or(0);
            let length = self.letter(c, name, &mut before, length);
            // A run of none would be one without an end.
            (length > 0 && out.len() + usize::from(length) <= room || !C::READS).then_some(())?;
            let (digits, rest) = left.split_at(left.len().min(usize::from(length)));
            self.digits(c, (name, run, length), digits, out);
            left = rest;
        }
        Some(())
    }

    /// The next of those that are no digits; `None` before a run of digits, and at the end.
    fn next_letter<C: Coder>(
        &mut self,
        c: &mut C,
        name: u32,
        before: &mut u64,
        left: &mut &[u8],
    ) -> Option<u8> {
        let letter = match left.first() {
            None => END,
            Some(digit) if digit.is_ascii_digit() => RUN,
            Some(letter) => *letter,
        };
        match self.letter(c, name, before, letter) {
            END | RUN => None,
            letter => {
                *left = left.get(1..).unwrap_or_default();
                Some(letter)
            }
        }
    }

    fn letter<C: Coder>(&mut self, c: &mut C, name: u32, before: &mut u64, letter: u8) -> u8 {
        let long = context(
            of::LONG,
            name ^ (*before >> 32 & 0xff) as u32,
            *before as u32,
        ) | 1 << 31;
        let short = context(of::SHORT, 0, (*before & 0x00ff_ffff) as u32) & !(1 << 31);
        let value = u16::from(letter);
        let mut not = Not::yet();
        let found = self
            .ranked(c, long, value, &mut not)
            .or_else(|| self.ranked(c, short, value, &mut not));
        let letter = match found {
            Some(letter) => u8::try_from(letter).unwrap_or(END),
            None => {
                let after = context(of::LETTER, (*before & 0xff) as u32, 0);
                self.symbol(c, after, 8, u32::from(letter)) as u8
            }
        };
        let value = u16::from(letter);
        self.learn(long, value);
        self.learn(short, value);
        *before = *before << 8 | u64::from(letter);
        letter
    }

    fn digits<C: Coder>(
        &mut self,
        c: &mut C,
        (name, run, length): (u32, u32, u8),
        digits: &[u8],
        out: &mut Vec<u8>,
    ) {
        let here = context(of::DIGIT, name << 3 | run.min(7), u32::from(length));
        for at in 0..length {
            let digit = digits
                .get(usize::from(at))
                .map_or(0, |d| d.wrapping_sub(b'0'));
            let place = context(here, u32::from(at), 0);
            let digit = self.symbol(c, place, 4, u32::from(digit));
            if C::READS {
                out.push(b'0' + (digit as u8).min(9));
            }
        }
    }

    /// So many bytes that are random, but for those that are the same each time. They are kept
    /// as the last ones.
    pub(super) fn bytes<C: Coder>(
        &mut self,
        c: &mut C,
        name: u32,
        last: &mut Last,
        bytes: &[u8],
        count: usize,
    ) {
        last.bytes.resize(count, 0);
        for (at, kept) in last.bytes.iter_mut().enumerate() {
            let byte = bytes.get(at).copied().unwrap_or(0);
            let same = context(of::BYTE, name, at.min(255) as u32);
            if !self.bit(c, same, byte == *kept) {
                *kept = Self::as_is(c, 8, u64::from(byte)) as u8;
            }
        }
    }

    /// Bits as they are.
    pub(super) fn as_is<C: Coder>(c: &mut C, width: u32, value: u64) -> u64 {
        (0..width).rev().fold(0, |read, bit| {
            read << 1 | u64::from(c.bit(1 << 15, value >> bit & 1 == 1))
        })
    }
}

/// The last text under a name.
fn last(texts: &mut Vec<Last>, name: usize) -> &mut Last {
    if texts.len() <= name {
        texts.resize_with(name + 1, Last::default);
    }
    &mut texts[name]
}

impl Learned {
    /// Codes a text under a name; a long one goes into `plain`. `back` tells how many entries
    /// ago the record with that id began.
    pub(super) fn put_text(
        &mut self,
        c: &mut impl Coder,
        name: usize,
        text: &str,
        back: impl Fn(&[u8; 32]) -> Option<u64>,
        plain: &mut Vec<u8>,
    ) {
        let (model, last) = (&mut self.model, last(&mut self.texts, name));
        let of = u32::try_from(name).unwrap_or(0);
        let (known, text, form) = Form::of(text, last, back);
        model.tag(c, of, last, (known, form.kind()));
        match form {
            Form::Same => (),
            Form::Record(back) => {
                model.number(c, context(of::BACK, of, 0), back);
            }
            Form::Hex(bytes) => {
                model.number(c, context(of::LENGTH, of, 0), bytes.len() as u64);
                model.bytes(c, of, last, &bytes, bytes.len());
            }
            Form::Letters => model.put_letters(c, of, text),
            Form::Checked(stem) => model.put_letters(c, of, &text[..stem]),
            Form::Issued(prefix, counter) => {
                model.put_letters(c, of, prefix);
                Model::as_is(c, ISSUED_BITS, counter);
            }
            Form::Long => varint::put_prefixed(plain, text.as_bytes()),
        }
        if last.text != text {
            last.text.clear();
            last.text.push_str(text);
        }
    }

    /// Appends the next text under a name, of at most `room` bytes, to `out`. `record` gives the
    /// id of the record that began so many entries ago.
    pub(super) fn take_text(
        &mut self,
        c: &mut impl Coder,
        name: usize,
        record: impl Fn(u64) -> Option<[u8; 32]>,
        plain: &mut Reader<'_>,
        (out, room): (&mut String, usize),
    ) -> Option<()> {
        let (model, last) = (&mut self.model, last(&mut self.texts, name));
        let of = u32::try_from(name).ok()?;
        let (known, kind) = model.tag(c, of, last, (0, 0));
        let known = KNOWN.get(known as usize)?;
        if [kind::LETTERS, kind::CHECKED, kind::ISSUED].contains(&kind) {
            model.take_letters(c, of, room.min(self.letters), &mut last.text)?;
            self.letters -= last.text.len();
        }
        match kind {
            kind::SAME | kind::LETTERS => (),
            kind::RECORD => {
                let back = model.number(c, context(of::BACK, of, 0), 0);
                last.text.clear();
                put_hex(&record(back)?, &mut last.text);
            }
            kind::HEX => {
                let length = model.number(c, context(of::LENGTH, of, 0), 0);
                let length = usize::try_from(length).ok().filter(|n| *n <= room / 2)?;
                model.bytes(c, of, last, &[], length);
                last.text.clear();
                put_hex(&last.bytes, &mut last.text);
            }
            kind::CHECKED => last.text.push_str(&check::follows(&last.text)?),
            kind::ISSUED => {
                last.text = number::put_together(&last.text, Model::as_is(c, ISSUED_BITS, 0));
            }
            kind::LONG => plain.text(room)?.clone_into(&mut last.text),
            _ => return None,
        }
        out.push_str(known);
        out.push_str(&last.text);
        (known.len() + last.text.len() <= room).then_some(())
    }
}
