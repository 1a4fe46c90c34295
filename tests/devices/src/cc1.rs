//! A virtual citizen card of the first kind: its files and its answers, in the
//! manner of T=0 (61xx after SELECT, 6Cxx for a wrong length), so that whoever
//! reads it has to know both.

use crate::{Fault, Person};

/// ATR of cards of the first kind; it names T=0 only.
const ATR_CC1: &[u8] = &[
    0x3B, 0x7D, 0x95, 0x00, 0x00, 0x80, 0x31, 0x80, 0x65, 0xB0, 0x83, 0x11, 0x00, 0xC8, 0x83, 0x00,
    0x90, 0x00,
];
/// ATR of the cards of 2024, contact side.
const ATR_CC2: &[u8] = &[
    0x3B, 0xFF, 0x96, 0x00, 0x00, 0x81, 0x31, 0xFE, 0x43, 0x80, 0x31, 0x80, 0x65, 0xB0, 0x85, 0x05,
    0x00, 0x11, 0x12, 0x0F, 0xFF, 0x82, 0x90, 0x00, 0xE1,
];
/// Nobody's: T=0, with "VERED" as its history.
const ATR_OTHER: &[u8] = &[0x3B, 0x65, 0x00, 0x00, b'V', b'E', b'R', b'E', b'D'];

const AID_CC1: &[u8] = &[0x60, 0x46, 0x32, 0xFF, 0x00, 0x00, 0x02];
const AID_CC2: &[u8] = &[0x60, 0x46, 0x32, 0xFF, 0x00, 0x00, 0x05];

/// The size of EF02 on the cards seen.
const EF02_SIZE: usize = 15_500;
const PHOTO: usize = 1583;

const OK: u16 = 0x9000;
const WRONG_LENGTH: u16 = 0x6700;
const NOT_ALLOWED: u16 = 0x6986;
const NOT_FOUND: u16 = 0x6A82;
const WRONG_PARAMETERS: u16 = 0x6A86;
const WRONG_OFFSET: u16 = 0x6B00;
const UNKNOWN_INSTRUCTION: u16 = 0x6D00;
const UNKNOWN_CLASS: u16 = 0x6E00;

/// The card: what it holds and what is selected.
#[derive(Clone, Debug)]
pub struct Card {
    atr: &'static [u8],
    aid: Option<&'static [u8]>,
    trace: Vec<u8>,
    identity: Vec<u8>,
    announced: u32,
    application_selected: bool,
    selected: Option<File>,
    /// What GET RESPONSE will give.
    waiting: Vec<u8>,
}

#[derive(Clone, Copy, Debug)]
enum File {
    Trace,
    Identity,
}

impl Card {
    /// A person's card with a fault in what it *is*; stalling, pulling and
    /// slowness are faults in time and belong to [`crate::vpcd`].
    #[must_use]
    pub fn new(person: &Person, fault: Fault) -> Self {
        let mut card = Self {
            atr: ATR_CC1,
            aid: Some(AID_CC1),
            // Day, month, year of activation, then 00 01.
            trace: vec![0x01, 0x04, 0x20, 0x21, 0x00, 0x01, 0x00, 0x00],
            identity: ef02(person),
            announced: 15_500,
            application_selected: false,
            selected: None,
            waiting: Vec::new(),
        };
        match fault {
            Fault::Garbage => noise(&mut card.identity),
            Fault::Oversized => card.announced = 0x00FF_FFFF,
            Fault::Truncated => card.identity.truncate(2_000),
            Fault::Inactive => card.trace = vec![0; 8],
            Fault::Unknown => (card.atr, card.aid) = (ATR_OTHER, None),
            Fault::SecondGeneration => (card.atr, card.aid) = (ATR_CC2, Some(AID_CC2)),
            Fault::None | Fault::Stall(_) | Fault::Pull(_) | Fault::Slow(_) => {}
        }
        card
    }

    /// The answer to reset.
    #[must_use]
    pub fn atr(&self) -> &'static [u8] {
        self.atr
    }

    /// What a reset or a loss of power does.
    pub fn reset(&mut self) {
        self.application_selected = false;
        self.selected = None;
        self.waiting.clear();
    }

    /// Answers one command APDU, status bytes included.
    pub fn answer(&mut self, command: &[u8]) -> Vec<u8> {
        let &[class, instruction, p1, p2, ref body @ ..] = command else {
            return status(WRONG_LENGTH);
        };
        if class != 0 {
            return status(UNKNOWN_CLASS);
        }
        match (instruction, p1, p2) {
            (0xA4, 0x04, _) => self.select_application(body),
            (0xA4, 0x08, 0x00) => self.select_path(body),
            (0xA4, ..) => status(WRONG_PARAMETERS),
            (0xB0, 0x00..=0x7F, _) => self.read(u16::from_be_bytes([p1, p2]), body),
            (0xB0, ..) => status(WRONG_PARAMETERS),
            (0xC0, 0, 0) => self.more(body),
            // Three tries left, whatever one asks; no PIN is ever taken.
            (0x20, 0, 0x81..=0x83) if body.len() <= 1 => status(0x63C3),
            (0x20, ..) => status(NOT_ALLOWED),
            _ => status(UNKNOWN_INSTRUCTION),
        }
    }

    fn select_application(&mut self, body: &[u8]) -> Vec<u8> {
        let Some(name) = data(body) else {
            return status(WRONG_LENGTH);
        };
        if self.aid != Some(name) {
            return status(NOT_FOUND);
        }
        self.reset();
        self.application_selected = true;
        status(OK)
    }

    fn select_path(&mut self, body: &[u8]) -> Vec<u8> {
        let Some(path) = data(body) else {
            return status(WRONG_LENGTH);
        };
        let file = match path {
            [0x00, 0x03] => File::Trace,
            [0x5F, 0x00, 0xEF, 0x02] => File::Identity,
            _ => return status(NOT_FOUND),
        };
        if !self.application_selected || self.aid != Some(AID_CC1) {
            return status(NOT_FOUND);
        }
        self.selected = Some(file);
        let (size, id) = match file {
            File::Trace => (8, [0x00, 0x03]),
            File::Identity => (self.announced, [0xEF, 0x02]),
        };
        // Two bytes of size on the cards seen; more only to lie with.
        let size = size.to_be_bytes();
        let size = if size[1] == 0 { &size[2..] } else { &size[..] };
        let mut inner = vec![0x81, if size.len() == 2 { 2 } else { 4 }];
        inner.extend_from_slice(size);
        inner.extend_from_slice(&[0x82, 0x01, 0x01, 0x83, 0x02]);
        inner.extend_from_slice(&id);
        self.waiting = vec![0x6F, length_byte(inner.len())];
        self.waiting.extend(inner);
        vec![0x61, length_byte(self.waiting.len())]
    }

    fn read(&self, offset: u16, body: &[u8]) -> Vec<u8> {
        let &[wanted] = body else {
            return status(WRONG_LENGTH);
        };
        let file = match self.selected {
            Some(File::Trace) => &self.trace,
            Some(File::Identity) => &self.identity,
            None => return status(NOT_ALLOWED),
        };
        let wanted = if wanted == 0 {
            256
        } else {
            usize::from(wanted)
        };
        let Some(rest) = file
            .get(usize::from(offset)..)
            .filter(|rest| !rest.is_empty())
        else {
            return status(WRONG_OFFSET);
        };
        if wanted > rest.len() {
            return vec![0x6C, length_byte(rest.len())];
        }
        let mut answer = rest[..wanted].to_vec();
        answer.extend(status(OK));
        answer
    }

    fn more(&mut self, body: &[u8]) -> Vec<u8> {
        let wanted = body.first().map_or(0, |&byte| usize::from(byte));
        if self.waiting.is_empty() {
            return status(NOT_ALLOWED);
        }
        if wanted != self.waiting.len() {
            return vec![0x6C, length_byte(self.waiting.len())];
        }
        let mut answer = std::mem::take(&mut self.waiting);
        answer.extend(status(OK));
        answer
    }
}

/// Lc and data, with or without Le behind them.
fn data(body: &[u8]) -> Option<&[u8]> {
    let (&length, rest) = body.split_first()?;
    let (data, le) = rest.split_at_checked(usize::from(length))?;
    (le.len() <= 1).then_some(data)
}

fn status(status: u16) -> Vec<u8> {
    status.to_be_bytes().to_vec()
}

/// Lengths here are below 256 by construction; 0 stands for 256.
fn length_byte(length: usize) -> u8 {
    u8::try_from(length).unwrap_or(0)
}

/// The identity file of a person, laid out as on the chip.
#[must_use]
pub fn ef02(person: &Person) -> Vec<u8> {
    let mut file = vec![0; EF02_SIZE];
    let (nic, number) = (person.nic.as_str(), person.document_number.as_str());
    let fields: [(usize, usize, &str); 23] = [
        (0, 40, "República Portuguesa"),
        (40, 80, "Portugal"),
        (120, 34, "Cartão de Cidadão"),
        (154, 28, number),
        (214, 16, "006.007.22"),
        (230, 20, &spaced(person.issued)),
        (250, 60, "Spot de ensaio"),
        (310, 20, &spaced(person.expiry)),
        (330, 120, person.surname),
        (450, 120, person.given_names),
        (570, 2, person.sex),
        (572, 6, "PRT"),
        (578, 20, &spaced(person.birth_date)),
        (598, 8, person.height),
        (606, 18, nic),
        (624, 120, person.mother.1),
        (744, 120, person.mother.0),
        (864, 120, person.father.1),
        (984, 120, person.father.0),
        (1104, 18, &person.nif),
        (1122, 22, &person.niss),
        (1144, 18, &person.sns),
        (1162, 120, "Cartão de ensaio, sem valor"),
    ];
    for (offset, length, value) in fields {
        put(&mut file[offset..offset + length], value.as_bytes());
    }
    put(&mut file[PHOTO..], person.photo);
    file
}

/// Cut where the field ends, but never within a letter: the chip's own fields
/// are cut like that.
fn put(field: &mut [u8], value: &[u8]) {
    let mut length = value.len().min(field.len());
    while length < value.len() && length > 0 && value[length] & 0xC0 == 0x80 {
        length -= 1;
    }
    field[..length].copy_from_slice(&value[..length]);
}

/// `yyyy-mm-dd` to the chip's `DD MM YYYY`.
fn spaced(iso: &str) -> String {
    iso.split('-').rev().collect::<Vec<_>>().join(" ")
}

/// Fixed noise, so that a failure repeats.
fn noise(bytes: &mut [u8]) {
    let mut state = 0x9E37_79B9_u32;
    for byte in bytes {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        *byte = state.to_le_bytes()[0];
    }
}

#[cfg(test)]
mod tests {
    use vereda_hardware::card::apdu::Channel;
    use vereda_hardware::card::{CardFault, read};

    use super::*;
    use crate::people;

    fn card(fault: Fault) -> Card {
        Card::new(&people::all()[0], fault)
    }

    #[test]
    fn statuses_of_the_standard() {
        let mut card = card(Fault::None);
        let select = [&[0x00, 0xA4, 0x04, 0x0C, 7][..], AID_CC1].concat();
        let ef02 = [0x00, 0xA4, 0x08, 0x00, 4, 0x5F, 0x00, 0xEF, 0x02];
        let cases: &[(&[u8], &[u8])] = &[
            (&ef02, &[0x6A, 0x82]),
            (&[0x00, 0xB0, 0, 0, 5], &[0x69, 0x86]),
            (&select, &[0x90, 0x00]),
            (&[0x00, 0xA4, 0x08, 0x00, 2, 0xEF, 0x77], &[0x6A, 0x82]),
            (&ef02, &[0x61, 13]),
            (&[0x00, 0xC0, 0, 0, 9], &[0x6C, 13]),
            (&[0x00, 0xB0, 0x3C, 0x8C, 1], &[0x6B, 0x00]),
            (&[0x00, 0xB0, 0x3C, 0x8A, 9], &[0x6C, 2]),
            (&[0x00, 0x20, 0, 0x81], &[0x63, 0xC3]),
            (&[0x80, 0x20, 0, 0x81], &[0x6E, 0x00]),
            (&[0x00, 0xFF, 0, 0], &[0x6D, 0x00]),
            (&[0x00], &[0x67, 0x00]),
        ];
        for (command, answer) in cases {
            assert_eq!(card.answer(command), *answer, "{command:02X?}");
        }
        let description = card.answer(&[0x00, 0xC0, 0, 0, 13]);
        assert_eq!(description[..6], [0x6F, 11, 0x81, 2, 0x3C, 0x8C]);
    }

    /// The parser of the product reads what is laid out here, without a daemon.
    #[test]
    fn the_product_reads_every_person() {
        for person in people::all() {
            let identity = vereda_hardware::card::cc1::parse(&ef02(&person)).expect(person.key);
            assert_eq!(identity.full_name(), person.full_name());
            assert_eq!(identity.birth_date, person.birth_date);
            assert_eq!(identity.expiry, person.expiry);
            assert_eq!(identity.document_number, person.document_number);
            assert_eq!(identity.nif, person.nif);
            assert_eq!(identity.niss, person.niss);
            assert_eq!(identity.sns, person.sns);
            assert_eq!(identity.photo, person.photo);
        }
    }

    /// A chip that lies: some of its answers are changed, cut or replaced.
    struct Liar {
        card: Card,
        state: u64,
        /// One answer in so many is a lie.
        rarity: u64,
        asked: u32,
    }

    impl Liar {
        fn roll(&mut self, sides: u64) -> u64 {
            self.state ^= self.state << 13;
            self.state ^= self.state >> 7;
            self.state ^= self.state << 17;
            self.state % sides
        }
    }

    impl Channel for Liar {
        fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, CardFault> {
            self.asked += 1;
            let mut answer = self.card.answer(command);
            if self.roll(self.rarity) != 0 {
                return Ok(answer);
            }
            let last = u64::try_from(answer.len()).unwrap_or(0).max(1);
            let place = usize::try_from(self.roll(last)).unwrap_or(0);
            match self.roll(6) {
                0 => answer.truncate(place),
                1 => answer[place] = self.roll(256).to_le_bytes()[0],
                2 => answer = vec![0x61, answer[place]],
                3 => answer = vec![0x6C, answer[place]],
                4 => answer = vec![0xFF, 0x90, 0x00],
                _ => answer = [vec![0x80; 256], vec![0x90, 0x00]].concat(),
            }
            Ok(answer)
        }
    }

    #[test]
    fn a_lying_chip_ends_every_reading() {
        let person = &people::all()[0];
        let mut read_well = 0;
        for seed in 1..=3_000 {
            let mut chip = Liar {
                card: Card::new(person, Fault::None),
                state: 0x9E37_79B9_7F4A_7C15 ^ (seed << 8),
                rarity: 1 + seed % 60,
                asked: 0,
            };
            if read::identity(&mut chip, &mut |done, total| done <= total).is_ok() {
                read_well += 1;
            }
            assert!(chip.asked < 5_000, "seed {seed}: {} APDUs", chip.asked);
        }
        // The lies must not be so many that nothing after the first is tried.
        assert!(read_well > 100, "{read_well}");
    }
}
