//! Photographs: looked at, bounded, whole or not at all.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};
use vereda::store::blob::{self, Blob};
use vereda_sync::hlc::Hlc;
use vereda_sync::id::{BlobId, RecordId};
use vereda_sync::record::document::Attached;
use vereda_sync::record::request;
use vereda_sync::record::sighting::Sighting;
use vereda_web::desk::port::{Desk, DeskError};

use crate::support::{Folder, desk, identified, node, recorded, sign_in};

/// The smallest PNG there is: one pixel.
pub(crate) const PNG: &[u8] = &[
    0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d, b'I', b'H', b'D', b'R', 0, 0, 0,
    1, 0, 0, 0, 1, 8, 6, 0, 0, 0, 0x1f, 0x15, 0xc4, 0x89, 0, 0, 0, 0x0d, b'I', b'D', b'A', b'T',
    0x78, 0x9c, 0x62, 0, 1, 0, 0, 5, 0, 1, 0x0d, 0x0a, 0x2d, 0xb4, 0, 0, 0, 0, b'I', b'E', b'N',
    b'D', 0xae, 0x42, 0x60, 0x82,
];

#[test]
fn what_is_no_image_or_too_large_leaves_nothing_behind() {
    let folder = Folder::new();
    let node = node(&folder, "m07", "vehicle");
    let desk = desk(&node);
    let ana = sign_in(&desk, "ana.m");
    let attendance = identified(&desk, &ana, "Maria do Rosário", "123456789");
    let request = desk
        .begin_request(&ana, &attendance, "apoio-habitacao")
        .unwrap();
    let mut no_image = desk
        .attach(&ana, &request, "damage-photos", "foto.jpg")
        .unwrap();
    no_image
        .write(b"MZ this is a program, whatever its name says")
        .unwrap();
    assert!(matches!(no_image.finish(), Err(DeskError::NotAnImage)));
    let mut endless = desk
        .attach(&ana, &request, "damage-photos", "foto.png")
        .unwrap();
    endless.write(PNG).unwrap();
    let piece = vec![0; 1 << 20];
    let refused = (0..100).find_map(|_| endless.write(&piece).err());
    assert!(
        matches!(refused, Some(DeskError::TooLarge { .. })),
        "{refused:?}"
    );
    drop(endless);
    let pieces: i64 = node
        .store
        .read()
        .query_row("SELECT count(*) FROM blob_piece", [], |r| r.get(0))
        .unwrap();
    assert_eq!(pieces, 0);
    assert!(
        desk.attach(&ana, &request, "phone", "foto.png").is_err(),
        "no field for photographs"
    );
}

#[test]
fn where_the_machine_stood_stays_with_the_photograph_into_the_record() {
    let folder = Folder::new();
    let node = node(&folder, "m07", "vehicle");
    let desk = desk(&node);
    let ana = sign_in(&desk, "ana.m");
    let attendance = identified(&desk, &ana, "Maria do Rosário", "123456789");
    let request = desk
        .begin_request(&ana, &attendance, "apoio-habitacao")
        .unwrap();
    // In the sea, as a machine says that knows no better; it is kept as it was said, and noted.
    let seen = Sighting::parse("38,5000; -11,0000|40|70").unwrap();
    let mut with = desk
        .attach(&ana, &request, "damage-photos", "foto.png")
        .unwrap();
    with.stood(seen);
    with.write(PNG).unwrap();
    assert_eq!(with.finish().unwrap().seen, Some(seen));
    desk.finish_step(&ana, &request, "photos", &[]).unwrap();
    let photo = desk.request(&ana, &request).unwrap().attachments.remove(0);
    assert_eq!(photo.seen, Some(seen));
    let shot = photo.shot.unwrap();
    assert!(shot.seen_elsewhere && shot.position.is_none() && shot.apart_km.is_none());
}

/// A JPEG that says when it was taken, by the hand of no camera.
fn dated(when: &[u8; 19]) -> Vec<u8> {
    let one = |tag: u16, kind: u16, count: u32, value: u32| {
        let head = [
            &1_u16.to_be_bytes()[..],
            &tag.to_be_bytes(),
            &kind.to_be_bytes(),
        ]
        .concat();
        [
            &head[..],
            &count.to_be_bytes(),
            &value.to_be_bytes(),
            &[0; 4],
        ]
        .concat()
    };
    // Each directory holds one entry: 18 bytes.
    let tiff = [
        b"MM\0*\0\0\0\x08".to_vec(),
        one(0x8769, 4, 1, 26),
        one(0x9003, 2, 20, 44),
        when.to_vec(),
        vec![0],
    ];
    let body = [b"Exif\0\0".to_vec(), tiff.concat()].concat();
    let length = u16::try_from(body.len() + 2).unwrap().to_be_bytes();
    let size = b"\xff\xc0\0\x0b\x08\0\x10\0\x10\x01\x01\x11\0\xff\xd9";
    [&b"\xff\xd8\xff\xe1"[..], &length, &body, size].concat()
}

#[test]
fn when_a_photograph_was_taken_is_shown_and_what_cannot_be_is_a_note() {
    let folder = Folder::new();
    let desk = desk(&node(&folder, "m07", "vehicle"));
    let ana = sign_in(&desk, "ana.m");
    let attendance = identified(&desk, &ana, "Maria do Rosário", "123456789");
    let request = desk
        .begin_request(&ana, &attendance, "apoio-habitacao")
        .unwrap();
    for when in [b"2020:05:01 10:00:09", b"2999:05:01 10:00:09"] {
        let mut intake = desk
            .attach(&ana, &request, "damage-photos", "telhado.jpg")
            .unwrap();
        intake.write(&dated(when)).unwrap();
        intake.finish().unwrap();
    }
    let form = desk.form(&ana, &request, Some("photos")).unwrap();
    let mut shots: Vec<_> = form.fields[0]
        .attachments
        .iter()
        .map(|a| a.shot.clone().unwrap())
        .collect();
    shots.sort_by_key(|shot| shot.has_odd_date);
    let taken = Some(("2020-05-01".to_owned(), "10:00".to_owned()));
    assert_eq!(shots[0].taken, taken);
    assert!(shots[0].age_days.unwrap() > 2_000);
    assert!(shots[1].has_odd_date && shots[1].taken.is_none());
}

#[test]
fn a_photograph_comes_back_byte_by_byte() {
    let folder = Folder::new();
    let desk = desk(&node(&folder, "m07", "vehicle"));
    let ana = sign_in(&desk, "ana.m");
    let attendance = identified(&desk, &ana, "Maria do Rosário", "123456789");
    let request = desk
        .begin_request(&ana, &attendance, "apoio-habitacao")
        .unwrap();
    let bytes: Vec<u8> = PNG
        .iter()
        .copied()
        .chain((0..700_000u32).map(|i| (i % 251) as u8))
        .collect();
    let mut intake = desk
        .attach(&ana, &request, "damage-photos", "telhado.png")
        .unwrap();
    for piece in bytes.chunks(9_000) {
        intake.write(piece).unwrap();
    }
    let taken = intake.finish().unwrap();
    assert_eq!(
        (taken.media_type.as_str(), taken.bytes),
        ("image/png", bytes.len() as u64)
    );
    let mut back = Vec::new();
    for _ in 0..10 {
        let piece = desk.blob(&taken.blob, back.len() as u64).unwrap();
        if piece.bytes.is_empty() {
            break;
        }
        back.extend(piece.bytes);
    }
    assert!(back == bytes);
    let form = desk.form(&ana, &request, Some("photos")).unwrap();
    assert_eq!(form.fields[0].attachments.len(), 1);
    desk.detach(&ana, &request, "damage-photos", &taken.blob)
        .unwrap();
    assert!(
        desk.form(&ana, &request, Some("photos")).unwrap().fields[0]
            .attachments
            .is_empty()
    );
}

#[test]
fn a_photograph_that_has_not_come_yet_is_told_from_one_that_has() {
    let folder = Folder::new();
    let node = node(&folder, "m07", "vehicle");
    let desk = desk(&node);
    let ana = sign_in(&desk, "ana.m");
    let id = recorded(&desk, &ana, "Maria do Rosário", "123456789");
    let photo = BlobId(Sha256::digest(PNG).into());
    let elsewhere = Attached {
        blob: photo,
        name: "telhado.png".into(),
        media_type: "image/png".into(),
        bytes: PNG.len() as u64,
        at: Hlc::default(),
        seen: None,
        spoken: None,
    };
    // As a record comes from the hub: before its photographs.
    node.change(
        RecordId::from_hex(&id).unwrap(),
        "Rui",
        |d, by, at| request::finish_step(d, by, at, "photos", &BTreeMap::new(), &[elsewhere]),
        |_| Ok(()),
    )
    .unwrap();
    let here = || desk.request(&ana, &id).unwrap().attachments[0].here;
    assert!(!here());
    let whole = Blob {
        id: photo,
        media_type: "image/png".into(),
        bytes: PNG.len() as u64,
        at_ms: 1,
    };
    let db = node.store.write();
    blob::add_piece(&db, &photo.0, 0, PNG).unwrap();
    blob::complete(&db, &photo.0, &whole, "s02").unwrap();
    assert_eq!(
        blob::named_by(&db, photo).unwrap(),
        [RecordId::from_hex(&id).unwrap()]
    );
    drop(db);
    assert!(here());
}
