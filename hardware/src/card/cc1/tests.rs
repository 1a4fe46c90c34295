use super::sample::{ef02, put};
use super::*;

fn what(result: Result<Identity, CardFault>) -> &'static str {
    match result {
        Err(CardFault::Malformed { what }) => what,
        other => panic!("expected Malformed, got {other:?}"),
    }
}

#[test]
fn a_good_file_is_read_whole() {
    let identity = parse(&ef02()).expect("a good file");
    assert_eq!(
        identity.full_name(),
        "Conceição de Jesus d'Assunção Peixeiro"
    );
    assert_eq!(identity.birth_date, "1948-02-29");
    assert_eq!(identity.document_number, "00000000 0 ZZ4");
    assert_eq!(identity.father, "João Baptista Peixeiro");
    assert_eq!(identity.mother, "Maria do Rosário Encarnação");
    assert_eq!(identity.photo.len(), 12);
}

#[test]
fn each_wrong_field_is_named() {
    let cases: &[(Field, &[u8])] = &[
        (BIRTH, b"29 02 1949"),
        (BIRTH, b"00 01 1949"),
        (BIRTH, b"01 13 1949"),
        (BIRTH, b"1949-01-01"),
        (BIRTH, b"+1 01 1949"),
        (EXPIRY, b""),
        (ISSUED, b"31 04 2020"),
        (SURNAME, b""),
        (SURNAME, b"Assun\xE7\xE3o"),
        (GIVEN, b"Ana\0Rita"),
        (GIVEN, b"Ana\nRita"),
        (SEX, b"f"),
        (NATIONALITY, b"PT"),
        (HEIGHT, b"<1,6"),
        (NIC, b"1234567"),
        (NIC, b"1234567A"),
        (DOCUMENT_NUMBER, b"00000000 0 ZZZ"),
        (DOCUMENT_NUMBER, b"00000000 0 ZZ"),
        (DOCUMENT_NUMBER, "0000000é 0 ZZ4".as_bytes()),
        (NIF, b"29990000"),
        (NISS, b"1999990000"),
        (SNS, b"99990000X"),
    ];
    for (field, value) in cases {
        let mut file = ef02();
        put(&mut file, field.0, field.1, value);
        assert_eq!(what(parse(&file)), field.2, "{value:?}");
    }
}

#[test]
fn a_child_without_numbers_is_read() {
    let mut file = ef02();
    for field in [NIF, NISS, SNS, HEIGHT, FATHER_GIVEN, FATHER_SURNAME] {
        put(&mut file, field.0, field.1, b"");
    }
    let identity = parse(&file).expect("a good file");
    assert_eq!((identity.nif.as_str(), identity.father.as_str()), ("", ""));
}

#[test]
fn sizes_are_bounded() {
    let file = ef02();
    assert_eq!(what(parse(&file[..PHOTO_OFFSET - 1])), "EF02 size");
    assert_eq!(
        what(parse(&vec![0; usize::from(MAX_FILE) + 1])),
        "EF02 size"
    );
    assert!(
        parse(&file[..PHOTO_OFFSET])
            .expect("without a photo")
            .photo
            .is_empty()
    );
}

#[test]
fn what_is_no_picture_is_left_out() {
    let mut file = ef02();
    put(&mut file, PHOTO_OFFSET, 8, b"<script>");
    assert!(parse(&file).expect("a good file").photo.is_empty());
}

#[test]
fn descriptions() {
    let long = [
        &[0x6F, 0x82, 0x01, 0x06, 0xA5, 0x81, 0xFD][..],
        &[0; 253],
        &[0x80, 2, 0x3C, 0x8C],
    ]
    .concat();
    let cases: &[(&[u8], Option<u16>)] = &[
        (&[0x6F, 4, 0x80, 2, 0x3C, 0x8C], Some(15_500)),
        (
            &[0x6F, 0x09, 0x82, 1, 1, 0x81, 4, 0, 0, 0x3C, 0x8C],
            Some(15_500),
        ),
        // Both: the bytes of data win over the allocated ones, in any order.
        (
            &[0x62, 8, 0x81, 2, 0x7F, 0, 0x80, 2, 0x3C, 0x8C],
            Some(15_500),
        ),
        (&long, None),
        (&[0x6F, 5, 0x80, 3, 0xFF, 0xFF, 0xFF], None),
        (&[0x6F, 8, 0x80, 6, 1, 0, 0, 0, 0x3C, 0x8C], None),
        (&[0x6F, 4, 0x80, 2, 0x00, 0x10], None),
        (&[0x6F, 2, 0x80, 0], None),
        (&[0x6F, 4, 0x80, 9, 0x3C, 0x8C], None),
        (&[0x6F, 0x84, 0xFF, 0xFF, 0xFF, 0xFF], None),
        (&[0x80, 2, 0x3C, 0x8C], None),
        (&[], None),
    ];
    for (description, size) in cases {
        assert_eq!(file_size(description).ok(), *size, "{description:02X?}");
    }
}

#[test]
fn only_an_activated_card_is_active() {
    assert_eq!(active(&[1, 1, 32, 33, 0, 1]), Ok(()));
    assert_eq!(active(&[0; 6]), Err(CardFault::Inactive));
    assert_eq!(
        active(&[1; 5]),
        Err(CardFault::Malformed { what: "trace file" })
    );
}

/// A generator of its own, seeded: a failure is repeated by its number.
fn xorshift(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state
}

#[test]
fn mutations_never_panic_and_never_let_a_control_character_through() {
    let good = ef02();
    let mut state = 0x5EED_u64;
    for _ in 0..20_000 {
        let mut file = good[..2_000].to_vec();
        for _ in 0..=xorshift(&mut state) % 4 {
            let at = usize::try_from(xorshift(&mut state)).expect("64 bits") % 1_700;
            file[at] = xorshift(&mut state).to_le_bytes()[0];
        }
        file.truncate(usize::try_from(xorshift(&mut state)).expect("64 bits") % 4_000);
        if let Ok(identity) = parse(&file) {
            assert!(!identity.full_name().chars().any(char::is_control));
        }
        let description: Vec<u8> = (0..xorshift(&mut state) % 40)
            .map(|_| xorshift(&mut state).to_le_bytes()[0])
            .collect();
        // Mostly noise; sometimes the start of something plausible.
        let plausible = [&[0x6F, 0x20, 0x80][..], &description].concat();
        let _ = (file_size(&description), file_size(&plausible));
    }
}
