//! Voice notes beside photographs: looked at, bounded, no photographs, in words when somebody types them.

use vereda_sync::id::{BlobId, RecordId};
use vereda_sync::record::request;
use vereda_sync::record::voice::MAX_BYTES;
use vereda_web::console::port::Console as _;
use vereda_web::desk::port::{Attachment, Desk, DeskError, Session};

use crate::photos::PNG;
use crate::support::{Folder, desk, hub, identified, node, pairs, sign_in};

/// The beginning of a WebM file, and noise.
fn sound() -> Vec<u8> {
    let head =
        b"\x1a\x45\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x84webm";
    let noise = (0..300_000_u32).map(|i| (i % 253) as u8);
    head.iter().copied().chain(noise).collect()
}

/// Records a note of 73 seconds.
fn spoken(
    desk: &impl Desk,
    session: &Session,
    request: &str,
    bytes: &[u8],
) -> Result<Attachment, DeskError> {
    let mut intake = desk.attach(session, request, "damage-photos", "nota-de-voz.webm")?;
    intake.is_voice(Some(73));
    for piece in bytes.chunks(40_000) {
        intake.write(piece)?;
    }
    intake.finish()
}

fn photographed(desk: &impl Desk, session: &Session, request: &str) {
    let mut photo = desk
        .attach(session, request, "damage-photos", "telhado.png")
        .unwrap();
    photo.write(PNG).unwrap();
    photo.finish().unwrap();
}

#[test]
fn what_is_no_sound_or_too_large_leaves_nothing_behind() {
    let folder = Folder::new();
    let node = node(&folder, "m07", "vehicle");
    let desk = desk(&node);
    let ana = sign_in(&desk, "ana.m");
    let attendance = identified(&desk, &ana, "Maria do Rosário", "123456789");
    let request = desk
        .begin_request(&ana, &attendance, "apoio-habitacao")
        .unwrap();
    for wrong in [PNG, b"", b"MZ a program", b"\x1a\x45\xdf\xa3matroska"] {
        let refused = spoken(&desk, &ana, &request, wrong);
        assert!(matches!(refused, Err(DeskError::NotASound)), "{refused:?}");
    }
    // Where the catalogue asks for a paper's photograph alone, nobody describes it aloud.
    let mut quote = desk
        .attach(&ana, &request, "quotes", "nota-de-voz.webm")
        .unwrap();
    quote.is_voice(None);
    let refused = quote.write(&sound()).and_then(|()| quote.finish());
    assert!(matches!(refused, Err(DeskError::NotFound)), "{refused:?}");
    // Nor is a sound a photograph, whatever its name says.
    let mut photo = desk
        .attach(&ana, &request, "damage-photos", "telhado.jpg")
        .unwrap();
    photo.write(&sound()[..5_000]).unwrap();
    assert!(matches!(photo.finish(), Err(DeskError::NotAnImage)));
    let mut long = sound();
    long.resize(usize::try_from(MAX_BYTES).unwrap() + 1, 7);
    let refused = spoken(&desk, &ana, &request, &long);
    assert!(matches!(refused, Err(DeskError::TooLarge { max }) if max == MAX_BYTES));
    let pieces: i64 = node
        .store
        .read()
        .query_row("SELECT count(*) FROM blob_piece", [], |r| r.get(0))
        .unwrap();
    assert_eq!(pieces, 0);
}

#[test]
fn a_note_is_kept_with_who_recorded_it_and_put_in_words_then_or_later() {
    let folder = Folder::new();
    let node = node(&folder, "m07", "vehicle");
    let desk = desk(&node);
    let ana = sign_in(&desk, "ana.m");
    let attendance = identified(&desk, &ana, "Maria do Rosário", "123456789");
    let request = desk
        .begin_request(&ana, &attendance, "apoio-habitacao")
        .unwrap();
    let note = spoken(&desk, &ana, &request, &sound()).unwrap();
    assert_eq!(
        (note.media_type.as_str(), note.bytes),
        ("audio/webm", sound().len() as u64)
    );
    // It is no photograph: one is still asked for.
    let refused = desk.finish_step(&ana, &request, "photos", &[]);
    assert!(matches!(refused, Err(DeskError::Refused(_))), "{refused:?}");
    photographed(&desk, &ana, &request);
    let said = "_said-damage-photos";
    desk.keystroke(&ana, &request, said, "O telhado", 0)
        .unwrap();
    let form = desk.form(&ana, &request, Some("photos")).unwrap();
    let typed = form.fields.iter().find(|f| f.field.id == said).unwrap();
    assert_eq!(typed.value, "O telhado");
    desk.finish_step(
        &ana,
        &request,
        "photos",
        &pairs(&[(said, "O telhado caiu")]),
    )
    .unwrap();

    let shown = desk.request(&ana, &request).unwrap();
    let kept = shown
        .attachments
        .iter()
        .find(|a| a.spoken.is_some())
        .unwrap();
    let how = kept.spoken.clone().unwrap();
    assert_eq!((how.seconds, how.by), (Some(73), ana.person.name.clone()));
    assert_eq!(shown.attachments.len(), 2);
    let words = |request: &str| {
        let shown = desk.request(&ana, request).unwrap();
        let (_, said) = shown
            .answers
            .into_iter()
            .find(|(f, _)| f.id == said)
            .unwrap();
        said.into_iter().map(|s| s.value).collect::<Vec<_>>()
    };
    assert_eq!(words(&request), ["O telhado caiu"]);
    let id = RecordId::from_hex(&request).unwrap();
    node.change(
        id,
        "Ana",
        |d, by, at| request::record(d, by, at, "M07-1", 0, None),
        |_| Ok(()),
    )
    .unwrap();
    desk.correct(
        &ana,
        &request,
        said,
        "O telhado caiu todo",
        "ouvida outra vez",
    )
    .unwrap();
    assert_eq!(words(&request), ["O telhado caiu todo"]);
}

#[test]
fn a_note_that_is_taken_off_is_gone() {
    let folder = Folder::new();
    let node = node(&folder, "m07", "vehicle");
    let desk = desk(&node);
    let ana = sign_in(&desk, "ana.m");
    let attendance = identified(&desk, &ana, "Maria do Rosário", "123456789");
    let request = desk
        .begin_request(&ana, &attendance, "apoio-habitacao")
        .unwrap();
    photographed(&desk, &ana, &request);
    let note = spoken(&desk, &ana, &request, &sound()).unwrap();
    desk.finish_step(&ana, &request, "photos", &[]).unwrap();
    assert_eq!(desk.request(&ana, &request).unwrap().attachments.len(), 2);
    desk.detach(&ana, &request, "damage-photos", &note.blob)
        .unwrap();
    desk.finish_step(&ana, &request, "photos", &[]).unwrap();
    let left = desk.request(&ana, &request).unwrap().attachments;
    assert!(left.len() == 1 && left[0].spoken.is_none(), "{left:?}");
}

#[test]
fn the_console_gives_only_what_a_record_names() {
    let folder = Folder::new();
    let (_, console) = hub(&folder);
    let unknown = BlobId([7; 32]).to_string();
    for id in [unknown.as_str(), "", "../etc"] {
        assert!(matches!(console.blob(id, 0), Err(DeskError::NotFound)));
    }
}
