use std::collections::BTreeMap;

use automerge::transaction::Transactable;

use super::*;
use crate::answer::{Answer, Provenance};
use crate::exchange::frame::{self, MAX_PACKED_BYTES, MAX_PLAIN_BYTES};
use crate::hlc::Hlc;
use crate::id::RecordId;
use crate::journal::Entry;
use crate::record::consent::{Confirmed, Consent};
use crate::record::decision::{self, Ruling};
use crate::record::document::{Author, Document, Written, actor};
use crate::record::{attendance, request};

fn author(process: u8, clock_sure: bool) -> Author {
    Author {
        actor: actor("m07", &[process; 16]),
        node: "m07".into(),
        spot: "Carrinha 7".into(),
        stop: Some("Lar de Santa Marta".into()),
        person: "Ana \"Nita\" Martins".into(),
        clock_sure,
        zone: None,
    }
}

fn said(pairs: &[(&str, &str)]) -> BTreeMap<String, Answer> {
    let answer = |value: &str| Answer {
        value: value.into(),
        provenance: Provenance::Chip,
    };
    pairs
        .iter()
        .map(|(f, v)| ((*f).to_owned(), answer(v)))
        .collect()
}

fn entry(record: RecordId, written: Written) -> Entry {
    Entry {
        record,
        change: written.change,
        bytes: written.bytes,
    }
}

/// A morning: attendances with their requests, as a node's journal holds them.
fn morning(citizens: u64) -> Vec<Entry> {
    let mut all = Vec::new();
    for n in 0..citizens {
        let by = author((n / 3) as u8, n % 4 != 0);
        let at = |s: u64| Hlc::new(1_795_000_000_000 + n * 600_123 + s * 1_017, (s % 2) as u16);
        let name = format!("Maria da Luz {n}");
        let identity = said(&[
            ("full-name", &name),
            ("birth-date", "1951-03-09"),
            ("nif", &format!("1999{n:05}")),
            ("odd", "a\u{7}b\n\u{2028}\\\"ção"),
            ("empty", ""),
        ]);
        let (mut who, first) = attendance::begin(&by, at(0)).unwrap();
        let served = RecordId::from(first.change);
        all.push(entry(served, first));
        let identified = attendance::identify(&mut who, &by, at(1), &identity).unwrap();
        all.push(entry(served, identified));
        let begun = request::begin(&by, at(2), ("cesd", 4), served, &identity).unwrap();
        let (mut asked, first) = begun;
        let record = RecordId::from(first.change);
        all.push(entry(record, first));
        let iban = format!("PT50{:021}", n * 7_919);
        let step = said(&[("phone", "912345678"), ("iban", &iban)]);
        all.push(entry(
            record,
            request::finish_step(&mut asked, &by, at(3), "contacts", &step, &[]).unwrap(),
        ));
        let shown = "00ffab12cd34ef5600ffab12";
        let agreed = Consent {
            how: Confirmed::OnScreen,
            shown: shown.into(),
            words: "11ffab12cd34ef5600ffab12".into(),
            language: "pt".into(),
            edition: 4,
            answers: 9,
            fee_cents: 250,
            screen: Some("3f2a91c0".into()),
            signed: None,
        };
        all.push(entry(
            record,
            request::confirm(&mut asked, &by, at(4), &agreed).unwrap(),
        ));
        all.push(entry(
            record,
            request::record(&mut asked, &by, at(5), "M07-2345-6789-C", 250, None).unwrap(),
        ));
        // Another process of the node writes over what the first one said.
        let again = said(&[("phone", "913333333")]);
        let other = author(200, true);
        all.push(entry(
            record,
            request::correct(
                &mut asked,
                &other,
                at(6),
                "phone",
                &again["phone"],
                "engano",
            )
            .unwrap(),
        ));
        all.push(entry(
            served,
            attendance::close(&mut who, &by, at(7)).unwrap(),
        ));
    }
    all
}

fn there_and_back(entries: &[Entry]) -> Vec<u8> {
    let packed = encode(entries, BASE).unwrap();
    let verdicts = frame::examine(decode(&packed).expect("it can be read"));
    let back: Vec<Entry> = verdicts.into_iter().map(Result::unwrap).collect();
    assert!(back == entries);
    packed
}

#[test]
fn every_change_comes_out_to_the_byte() {
    let entries = morning(20);
    let packed = there_and_back(&entries);
    // From anywhere in the journal, and alone.
    for from in 0..entries.len() {
        there_and_back(&entries[from..]);
        there_and_back(&entries[from..=from]);
    }
    there_and_back(&[]);
    let whole: Vec<u8> = entries.iter().flat_map(|e| e.bytes.clone()).collect();
    let whole = zstd::bulk::compress(&whole, LEVEL).unwrap().len();
    assert!(packed.len() * 2 < whole, "{} {whole}", packed.len());
}

#[test]
fn what_spots_wrote_apart_goes_too() {
    let mut all = morning(1);
    let of_request: Vec<Entry> = all
        .iter()
        .filter(|e| e.record == all[2].record)
        .cloned()
        .collect();
    let load =
        |entries: &[Entry]| Document::load(entries.iter().map(|e| e.bytes.as_slice())).unwrap();
    let (mut here, mut there) = (load(&of_request), load(&of_request));
    let at = |s: u64| Hlc::new(1_795_000_900_000 + s, 0);
    let phone = |v: &str| said(&[("phone", v)])["phone"].clone();
    let record = all[2].record;
    let a = request::correct(
        &mut here,
        &author(7, true),
        at(1),
        "phone",
        &phone("911"),
        "",
    )
    .unwrap();
    let b = request::correct(
        &mut there,
        &author(8, true),
        at(2),
        "phone",
        &phone("922"),
        "",
    )
    .unwrap();
    here.apply([b.bytes.as_slice()]).unwrap();
    let decided = decision::decide(
        &mut here,
        &author(9, true),
        at(3),
        "phone",
        &phone("922"),
        Ruling {
            reason: "viu",
            ..Ruling::default()
        },
    )
    .unwrap();
    all.extend([a, b, decided].map(|w| entry(record, w)));
    there_and_back(&all);
}

#[test]
fn what_is_not_ours_goes_as_it_is() {
    let mut all = frame::tests::entries(5);
    all.extend(morning(2));
    all.extend(frame::tests::entries(2));
    there_and_back(&all);
}

#[test]
fn a_change_that_automerge_cannot_read_goes_as_it_is() {
    // Found by mutation: the guard lets it pass, Automerge panics when it is taken apart.
    let all = morning(1);
    let mut broken = None;
    let hostile = |body: &[u8]| {
        let mut hashed = vec![1];
        crate::varint::put_prefixed(&mut hashed, body);
        let sum = Sha256::digest(&hashed);
        [&[0x85, 0x6f, 0x4a, 0x83], &sum[..4], &hashed].concat()
    };
    for at in 60..all[3].bytes.len() - 11 {
        let mut body = all[3].bytes[11..].to_vec();
        body[at] ^= 1;
        let bytes = hostile(&body);
        let panics = || automerge::Change::from_bytes(bytes.clone()).map(|c| c.decode());
        if crate::guard::examine(&bytes).is_ok() && std::panic::catch_unwind(panics).is_err() {
            broken = Some(bytes);
            break;
        }
    }
    let bytes = broken.expect("one of them makes Automerge panic");
    let change = crate::guard::examine(&bytes).unwrap().change;
    let record = all[3].record;
    let hostile = Entry {
        record,
        change,
        bytes,
    };
    there_and_back(&[&all[..], &[hostile], &morning(2)[7..]].concat());
}

#[test]
fn a_frame_that_was_changed_is_noticed() {
    let packed = encode(&morning(3), BASE).unwrap();
    let entries = decode(&packed).unwrap();
    for at in 0..packed.len() {
        let mut changed = packed.clone();
        changed[at] ^= 1 << (at % 8);
        assert!(decode(&changed).is_none_or(|e| e == entries), "byte {at}");
    }
    assert!(decode(&packed[..packed.len() - 1]).is_none());
}

/// A frame of these parts: what is coded, and what goes as it is, compressed.
fn packed(coded: &[u8], plain: &[u8]) -> Vec<u8> {
    let mut packed = vec![BASE];
    crate::varint::put_prefixed(&mut packed, coded);
    packed.extend(plain.strip_prefix(&MAGIC).unwrap());
    packed.extend([0; DIGEST_BYTES]);
    packed
}

fn with_words(plain: &[u8]) -> Vec<u8> {
    let words = Words::of(BASE).unwrap();
    let compressor = zstd::bulk::Compressor::with_prepared_dictionary(&words.packs);
    compressor.unwrap().compress(plain).unwrap()
}

#[test]
fn a_zstd_bomb_beside_what_is_coded_is_refused() {
    let bomb = packed(&[], &with_words(&vec![0; 64 << 20]));
    assert!(bomb.len() < MAX_PACKED_BYTES);
    assert!(decode(&bomb).is_none());
}

#[test]
fn what_goes_on_past_its_end_is_refused() {
    // A full frame of which the first byte came: zeros are all that is behind it.
    let whole = encode(&morning(20), BASE).unwrap();
    let mut r = crate::varint::Reader(&whole[1..]);
    let coded = r.prefixed(whole.len()).unwrap();
    for length in [0, 1, 2, 100, coded.len() - 1] {
        assert!(decode(&packed(&coded[..length], &with_words(&[]))).is_none());
    }
    let longer = [coded, &[0; 40]].concat();
    assert!(decode(&packed(&longer, &with_words(&[]))).is_none());
}

#[test]
fn an_encoding_that_is_not_known_here_is_neither_written_nor_read() {
    let entries = morning(1);
    assert!(encode(&entries, 77).is_err());
    let mut packed = encode(&entries, BASE).unwrap();
    packed[0] = 77;
    assert!(decode(&packed).is_none());
    // Of what the other side reads, the best that is known here; else what everybody reads.
    for theirs in [vec![], vec![77], vec![77, BASE]] {
        assert_eq!(frame::Encoding::best(&theirs), frame::Encoding::default());
    }
}

#[test]
fn what_was_released_never_changes() {
    // Both ends learn the same only while words, model, check digits and numbers stay as they
    // are: what differs from here needs a number of its own. Base is not released yet.
    let sum = Sha256::digest(encode(&morning(5), BASE).unwrap());
    let sum: String = sum[..8].iter().map(|b| format!("{b:02x}")).collect();
    assert_eq!((BASE, sum.as_str()), (3, "dea3ce934d4a6db2"));
}

#[test]
fn a_bomb_of_sameness_is_refused() {
    // One long text, said again and again, a byte each.
    let by = author(1, true);
    let long = "x".repeat(200_000);
    let (mut who, first) = attendance::begin(&by, Hlc::new(1, 0)).unwrap();
    let record = RecordId::from(first.change);
    let mut all = vec![entry(record, first)];
    for n in 0..40 {
        let field = format!("f{n}");
        let answers = said(&[(&field, &long)]);
        let written = attendance::identify(&mut who, &by, Hlc::new(2 + n, 0), &answers).unwrap();
        all.push(entry(record, written));
    }
    let packed = encode(&all, BASE).unwrap();
    assert!(packed.len() < MAX_PACKED_BYTES);
    assert!(decode(&packed).is_none());
}

#[test]
fn what_ends_in_any_bytes_comes_out() {
    // A record's id is the last thing that is coded of a leaf alone.
    for byte in [0, 1, 0x7f, 0x80, 0xfe, 0xff] {
        let leaf = Entry {
            record: RecordId([byte; 32]),
            change: crate::id::ChangeId([byte ^ 1; 32]),
            bytes: vec![],
        };
        there_and_back(&[leaf.clone(), leaf]);
    }
}

#[test]
fn names_and_words_without_number_are_refused() {
    // Each key is another, so that each is spelled; more than any frame may have.
    let mut doc = automerge::AutoCommit::new();
    let mut all = Vec::new();
    let mut record = None;
    for round in 0..70 {
        for key in 0..300 {
            let key = format!("{}{round}-{key}", "k".repeat(200));
            doc.put(automerge::ROOT, key, "").unwrap();
        }
        let change = doc.get_last_local_change().unwrap();
        let id = crate::id::ChangeId(change.hash().0);
        all.push(Entry {
            record: *record.get_or_insert(RecordId::from(id)),
            change: id,
            bytes: change.raw_bytes().to_vec(),
        });
    }
    // What no longer fits by column goes as it is.
    let few = &all[..frame::fitting(&all)];
    there_and_back(few);
    let bytes: usize = all.iter().map(|e| e.bytes.len()).sum();
    assert!(bytes > MAX_PLAIN_BYTES);
    assert!(decode(&encode(&all, BASE).unwrap()).is_none());
}

#[test]
fn what_follows_need_not_go() {
    // Numbers, with and without the digits that follow from the others.
    let by = author(1, true);
    let size = |nif: &str, iban: &str| {
        let (mut who, first) = attendance::begin(&by, Hlc::new(1, 0)).unwrap();
        let record = RecordId::from(first.change);
        let answers = said(&[("nif", nif), ("iban", iban)]);
        let written = attendance::identify(&mut who, &by, Hlc::new(2, 0), &answers).unwrap();
        there_and_back(&[entry(record, first), entry(record, written)]).len()
    };
    let right = size("123456789", "PT50000201231234567890154");
    let wrong = size("123456788", "PT50000201231234567890155");
    assert!(right < wrong, "{right} {wrong}");
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(128))]

    /// Whatever people write, and whatever numbers happen to look like.
    #[test]
    fn any_answers_come_out(
        answers in proptest::collection::btree_map(
            "[a-z]{1,6}|nif|niss|iban",
            "\\PC{0,40}|[0-9]{8,11}|PT50[0-9]{21}|M07-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]|[0-9a-f]{60,68}|[\u{0}-\u{7}a]{0,9}",
            0..12,
        ),
        long in "[a-c \n]{900,1300}",
    ) {
        let by = author(1, true);
        let (mut who, first) = attendance::begin(&by, Hlc::new(1, 0)).unwrap();
        let record = RecordId::from(first.change);
        let mut all = vec![entry(record, first)];
        let pairs: Vec<(&str, &str)> = answers.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        for at in 2..4 {
            let answers = said(&pairs);
            let written = attendance::identify(&mut who, &by, Hlc::new(at, 0), &answers).unwrap();
            all.push(entry(record, written));
            let written = request::note(&mut who, &by, Hlc::new(at, 1), &long).unwrap();
            all.push(entry(record, written));
        }
        there_and_back(&all);
    }

    #[test]
    fn garbage_never_panics(coded: Vec<u8>, plain: Vec<u8>) {
        let _ = decode(&packed(&coded, &with_words(&plain)));
    }

    /// Frames that went wrong somewhere: what is behind that is read as something else.
    #[test]
    fn what_was_changed_never_panics(at in 0_usize..2_000, by in 1_u8.., cut in 0_usize..2_000) {
        let mut packed = encode(&morning(12), BASE).unwrap();
        let length = packed.len();
        packed[at % length] ^= by;
        let _ = decode(&packed);
        let _ = decode(&packed[..cut % length]);
    }
}
