//! What a chip answers: the identity file, the description of a file, the trace, a whole dialogue.

use vereda_hardware::card::apdu::Channel;
use vereda_hardware::card::cc1::{self, MAX_FILE, PHOTO_OFFSET};
use vereda_hardware::card::{CardFault, Identity, read};

/// The first byte says which.
pub fn case(input: &[u8]) {
    match input.split_first() {
        Some((0, file)) => {
            if let Ok(identity) = cc1::parse(file) {
                sound(&identity);
            }
        }
        Some((1, description)) => {
            if let Ok(size) = cc1::file_size(description) {
                assert!(usize::from(size) >= PHOTO_OFFSET && size <= MAX_FILE);
            }
        }
        Some((2, trace)) => drop(cc1::active(trace)),
        Some((_, answers)) => {
            let mut chip = Script(answers);
            if let Ok(identity) = read::identity(&mut chip, &mut |done, all| {
                assert!(done <= all);
                true
            }) {
                sound(&identity);
            }
        }
        None => {}
    }
}

/// A chip that answers from the input: length (one byte), answer; the last one for ever.
struct Script<'a>(&'a [u8]);

impl Channel for Script<'_> {
    fn transmit(&mut self, _: &[u8]) -> Result<Vec<u8>, CardFault> {
        let Some((length, rest)) = self.0.split_first() else {
            return Ok(vec![0x55, 0x61, 0xff]);
        };
        let (answer, rest) = rest.split_at(usize::from(*length).min(rest.len()));
        self.0 = rest;
        Ok(answer.to_vec())
    }
}

/// What [`Identity`] promises.
fn sound(identity: &Identity) {
    let texts = [
        &identity.surname,
        &identity.given_names,
        &identity.father,
        &identity.mother,
    ];
    assert!(
        texts
            .iter()
            .all(|t| !t.chars().any(char::is_control) && t.len() <= 241)
    );
    assert!(!identity.surname.is_empty() && !identity.given_names.is_empty());
    for date in [&identity.birth_date, &identity.expiry, &identity.issued] {
        assert_eq!(date.len(), 10);
    }
    for (number, digits) in [
        (&identity.nic, 8),
        (&identity.nif, 9),
        (&identity.niss, 11),
        (&identity.sns, 9),
    ] {
        assert!(number.bytes().all(|b| b.is_ascii_digit()));
        assert!(number.len() == digits || number.is_empty());
    }
    assert!(identity.photo.len() <= usize::from(MAX_FILE));
}

/// An invented woman's card, and how its chip tells it.
pub fn seeds() -> Vec<Vec<u8>> {
    let file = ef02();
    let description = [0x6f, 4, 0x81, 2, 0x06, 0x3f];
    let ok = |answer: &[u8]| {
        let answer = [answer, &[0x90, 0]].concat();
        [&[u8::try_from(answer.len()).unwrap()], &answer[..]].concat()
    };
    let mut dialogue = [vec![3], ok(&[]), ok(&[0]), ok(&[0, 0, 0, 0, 0, 1])].concat();
    dialogue.extend(ok(&description));
    file.chunks(250)
        .for_each(|piece| dialogue.extend(ok(piece)));
    vec![
        [&[0], &file[..]].concat(),
        [&[1], &description[..]].concat(),
        vec![1, 0x62, 0x81, 7, 0x80, 2, 0x3c, 0x8c, 0x85, 1, 0],
        vec![2, 0, 0, 0, 0, 0, 1],
        dialogue,
    ]
}

/// As short as one can be: the photo is its beginning only.
fn ef02() -> Vec<u8> {
    let mut file = vec![0; PHOTO_OFFSET + 16];
    let fields: [(usize, &str); 17] = [
        (154, "00000000 0 ZZ4"),
        (230, "28 02 2021"),
        (310, "28 02 2031"),
        (330, "d'Assunção Peixeiro"),
        (450, "Conceição de Jesus"),
        (570, "F"),
        (572, "PRT"),
        (578, "29 02 1948"),
        (598, "1,58"),
        (606, "00000000"),
        (624, "Encarnação"),
        (744, "Maria do Rosário"),
        (864, "Peixeiro"),
        (984, "João Baptista"),
        (1104, "299900001"),
        (1122, "19999900001"),
        (1144, "999900001"),
    ];
    for (offset, value) in fields {
        file[offset..offset + value.len()].copy_from_slice(value.as_bytes());
    }
    file[PHOTO_OFFSET..PHOTO_OFFSET + 8].copy_from_slice(&[0, 0, 0, 0x0c, b'j', b'P', b' ', b' ']);
    file
}
