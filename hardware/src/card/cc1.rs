//! Cards before June 2024 (CC1): pure parsing of the identity file EF02, of the
//! trace file, and of a file's description. The layout is that of the public
//! middleware (amagovpt/autenticacao.gov, `applayer/CardPteidDef.h`).
//!
//! Everything comes from outside: sizes are bounded, text must be UTF-8, dates
//! must exist, numbers must have their digits. A fault names the field, never
//! its content.

use super::{CardFault, Identity, join_name};

/// Bytes of the trace file that are looked at.
pub const TRACE_LEN: u16 = 6;
/// Where the photo starts, and so what every EF02 must at least have.
pub const PHOTO_OFFSET: usize = 1583;
/// READ BINARY cannot go further; the cards seen have 15,500.
pub const MAX_FILE: u16 = 0x8000;
/// A description is a few dozen bytes.
const MAX_DESCRIPTION: usize = 512;

/// Where a field stands in EF02: offset, length, name for a fault.
type Field = (usize, usize, &'static str);

const DOCUMENT_NUMBER: Field = (154, 28, "document number");
const ISSUED: Field = (230, 20, "date of issue");
const EXPIRY: Field = (310, 20, "date of expiry");
const SURNAME: Field = (330, 120, "surname");
const GIVEN: Field = (450, 120, "given names");
const SEX: Field = (570, 2, "sex");
const NATIONALITY: Field = (572, 6, "nationality");
const BIRTH: Field = (578, 20, "date of birth");
const HEIGHT: Field = (598, 8, "height");
const NIC: Field = (606, 18, "civil number");
const MOTHER_SURNAME: Field = (624, 120, "mother's surname");
const MOTHER_GIVEN: Field = (744, 120, "mother's given names");
const FATHER_SURNAME: Field = (864, 120, "father's surname");
const FATHER_GIVEN: Field = (984, 120, "father's given names");
const NIF: Field = (1104, 18, "tax number");
const NISS: Field = (1122, 22, "social security number");
const SNS: Field = (1144, 18, "health number");

/// Reads a whole EF02.
///
/// # Errors
/// [`CardFault::Malformed`] with the first field that is wrong.
pub fn parse(file: &[u8]) -> Result<Identity, CardFault> {
    if file.len() < PHOTO_OFFSET || file.len() > usize::from(MAX_FILE) {
        return Err(malformed("EF02 size"));
    }
    Ok(Identity {
        surname: needed(file, SURNAME)?,
        given_names: needed(file, GIVEN)?,
        sex: capitals(file, SEX, 1)?,
        nationality: capitals(file, NATIONALITY, 3)?,
        birth_date: date(file, BIRTH)?,
        height: height(file)?,
        nic: digits(file, NIC, 8)?,
        document_number: document_number(file)?,
        expiry: date(file, EXPIRY)?,
        issued: date(file, ISSUED)?,
        nif: digits_or_none(file, NIF, 9)?,
        niss: digits_or_none(file, NISS, 11)?,
        sns: digits_or_none(file, SNS, 9)?,
        father: join_name(&text(file, FATHER_GIVEN)?, &text(file, FATHER_SURNAME)?),
        mother: join_name(&text(file, MOTHER_GIVEN)?, &text(file, MOTHER_SURNAME)?),
        photo: photo(&file[PHOTO_OFFSET..]),
    })
}

/// Whether the trace file says that the card was activated.
///
/// # Errors
/// [`CardFault::Inactive`], or `Malformed` when the file is too short.
pub fn active(trace: &[u8]) -> Result<(), CardFault> {
    match trace.get(5) {
        Some(1) => Ok(()),
        Some(_) => Err(CardFault::Inactive),
        None => Err(malformed("trace file")),
    }
}

/// The size of a file out of the description that SELECT returns (tag 80 or 81
/// within 6F or 62), between what EF02 needs and [`MAX_FILE`].
///
/// # Errors
/// `Malformed` when there is no size, or one out of bounds.
pub fn file_size(description: &[u8]) -> Result<u16, CardFault> {
    const WHAT: CardFault = CardFault::Malformed {
        what: "EF02 description",
    };
    if description.len() > MAX_DESCRIPTION {
        return Err(WHAT);
    }
    let (tag, inner, _) = tlv(description).ok_or(WHAT)?;
    if tag != 0x6F && tag != 0x62 {
        return Err(WHAT);
    }
    let mut rest = inner;
    let mut allocated = None;
    // Every turn takes at least two bytes off, so the length bounds the turns.
    while !rest.is_empty() {
        let (tag, value, after) = tlv(rest).ok_or(WHAT)?;
        match tag {
            0x80 => return bounded(value),
            0x81 => allocated = Some(value),
            _ => {}
        }
        rest = after;
    }
    bounded(allocated.ok_or(WHAT)?)
}

fn bounded(size: &[u8]) -> Result<u16, CardFault> {
    let size = size.iter().try_fold(0_u32, |sum, &byte| {
        (sum < 0x0100_0000).then_some(sum << 8 | u32::from(byte))
    });
    let size = size.and_then(|size| u16::try_from(size).ok());
    size.filter(|&size| usize::from(size) >= PHOTO_OFFSET && size <= MAX_FILE)
        .ok_or(malformed("EF02 size"))
}

/// One BER-TLV with a tag of one byte: tag, value, what follows.
fn tlv(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7F => (usize::from(first), rest),
        0x81 => (usize::from(*rest.first()?), &rest[1..]),
        0x82 => (
            usize::from(u16::from_be_bytes([*rest.first()?, *rest.get(1)?])),
            &rest[2..],
        ),
        _ => return None,
    };
    let (value, rest) = rest.split_at_checked(length)?;
    Some((tag, value, rest))
}

fn malformed(what: &'static str) -> CardFault {
    CardFault::Malformed { what }
}

fn text(file: &[u8], (offset, length, what): Field) -> Result<String, CardFault> {
    let bytes = file.get(offset..offset + length).ok_or(malformed(what))?;
    let text = std::str::from_utf8(bytes).map_err(|_| malformed(what))?;
    let text = text.trim_end_matches('\0').trim();
    if text.chars().any(char::is_control) {
        return Err(malformed(what));
    }
    Ok(text.to_owned())
}

fn needed(file: &[u8], field: Field) -> Result<String, CardFault> {
    let text = text(file, field)?;
    if text.is_empty() {
        Err(malformed(field.2))
    } else {
        Ok(text)
    }
}

fn shaped(
    file: &[u8],
    field: Field,
    count: usize,
    shape: fn(&u8) -> bool,
) -> Result<String, CardFault> {
    let text = text(file, field)?;
    if text.len() == count && text.as_bytes().iter().all(shape) {
        Ok(text)
    } else {
        Err(malformed(field.2))
    }
}

fn digits(file: &[u8], field: Field, count: usize) -> Result<String, CardFault> {
    shaped(file, field, count, u8::is_ascii_digit)
}

fn capitals(file: &[u8], field: Field, count: usize) -> Result<String, CardFault> {
    shaped(file, field, count, u8::is_ascii_uppercase)
}

fn digits_or_none(file: &[u8], field: Field, count: usize) -> Result<String, CardFault> {
    if text(file, field)?.is_empty() {
        Ok(String::new())
    } else {
        digits(file, field, count)
    }
}

fn height(file: &[u8]) -> Result<String, CardFault> {
    let height = text(file, HEIGHT)?;
    if height
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b',' || byte == b'.')
    {
        Ok(height)
    } else {
        Err(malformed(HEIGHT.2))
    }
}

/// `NNNNNNNN D XXD`, also when the chip leaves the spaces out.
fn document_number(file: &[u8]) -> Result<String, CardFault> {
    let number: String = text(file, DOCUMENT_NUMBER)?.split(' ').collect();
    let bytes = number.as_bytes();
    let right = bytes.len() == 12
        && bytes
            .iter()
            .all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
        && bytes[..9].iter().all(u8::is_ascii_digit)
        && bytes[11].is_ascii_digit();
    if !right {
        return Err(malformed(DOCUMENT_NUMBER.2));
    }
    Ok(format!(
        "{} {} {}",
        &number[..8],
        &number[8..9],
        &number[9..]
    ))
}

/// `DD MM YYYY` to `YYYY-MM-DD`, for a day that exists.
fn date(file: &[u8], field: Field) -> Result<String, CardFault> {
    let text = text(file, field)?;
    let parts: Vec<&str> = text.split(' ').collect();
    let [day, month, year] = parts[..] else {
        return Err(malformed(field.2));
    };
    let number = |part: &str, length: usize| {
        let plain = part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| part.parse::<u16>().ok()).flatten()
    };
    let exists = match (number(day, 2), number(month, 2), number(year, 4)) {
        (Some(day), Some(month), Some(year)) => {
            year >= 1800 && day >= 1 && day <= month_length(month, year)
        }
        _ => false,
    };
    if exists {
        Ok(format!("{year}-{month}-{day}"))
    } else {
        Err(malformed(field.2))
    }
}

fn month_length(month: u16, year: u16) -> u16 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 28 + u16::from(leap),
        _ => 0,
    }
}

/// The photo without its padding. Something else than JPEG 2000 is left out
/// rather than refused: the identity is worth having without a picture.
fn photo(bytes: &[u8]) -> Vec<u8> {
    const BOX: [u8; 8] = [0, 0, 0, 0x0C, b'j', b'P', b' ', b' '];
    const CODESTREAM: [u8; 4] = [0xFF, 0x4F, 0xFF, 0x51];
    let end = bytes
        .iter()
        .rposition(|&byte| byte != 0)
        .map_or(0, |last| last + 1);
    let photo = &bytes[..end];
    if photo.starts_with(&BOX) || photo.starts_with(&CODESTREAM) {
        photo.to_vec()
    } else {
        Vec::new()
    }
}

#[cfg(test)]
pub(crate) mod sample;
#[cfg(test)]
mod tests;
