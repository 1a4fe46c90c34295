//! A voice note goes the way of a photograph: to the hub, and away with its request.

use std::collections::BTreeMap;
use std::sync::Arc;

use sha2::{Digest, Sha256};
use vereda::console::HubConsole;
use vereda::store::blob::{self, Blob};
use vereda::store::custody;
use vereda::store::journal;
use vereda_sync::answer::{Answer, Provenance};
use vereda_sync::exchange::custody::Says;
use vereda_sync::id::BlobId;
use vereda_sync::record::document::Attached;
use vereda_sync::record::request as requests;
use vereda_sync::record::voice::{self, Spoken};
use vereda_web::console::port::Console as _;

use crate::photographs::whole;
use crate::purged::archived;
use crate::world::{World, request, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_voice_note_reaches_the_hub_and_is_purged_with_its_request() {
    let world = World::new();
    let hub = world.hub(None);
    let mut spot = world.spot("movel-07", &["monchique"]);
    let record = request(&spot.node, "Ana");
    let sound = [&b"OggS\0\x02"[..], &[9; 90_000]].concat();
    let id = BlobId(Sha256::digest(&sound).into());
    let bytes = sound.len() as u64;
    {
        let db = spot.node.store.write();
        blob::add_piece(&db, &id.0, 0, &sound).unwrap();
        let note = Blob {
            id,
            media_type: "audio/ogg".into(),
            bytes,
            at_ms: vereda::clock::now_ms(),
        };
        blob::complete(&db, &id.0, &note, "movel-07").unwrap();
    }
    let answer = Answer {
        value: voice::named(id, "audio/ogg"),
        provenance: Provenance::Scanned,
    };
    let answers = BTreeMap::from([("photos".to_owned(), answer)]);
    let how = Spoken {
        seconds: Some(73),
        by: "Ana Martins".into(),
    };
    spot.node
        .change(
            record,
            "ana.m",
            |d, a, at| {
                let note = Attached {
                    blob: id,
                    name: "nota-de-voz.ogg".into(),
                    media_type: "audio/ogg".into(),
                    bytes,
                    seen: None,
                    spoken: Some(how.clone()),
                    at,
                };
                requests::finish_step(d, a, at, "photos", &answers, &[note])
            },
            |_| Ok(()),
        )
        .unwrap();
    spot.connect(hub.address);
    until("the hub has the note", || {
        whole(&hub.node, id).is_some_and(|there| there == sound)
    })
    .await;
    spot.proven().await;
    hub.node.derive_arrived().unwrap();
    let console = HubConsole::new(Arc::clone(&hub.node));
    let shown = console.request(&record.to_string()).unwrap();
    assert_eq!(shown.attachments[0].spoken, Some(how));
    let played = console.blob(&id.to_string(), 0).unwrap();
    assert_eq!(
        (played.media_type.as_str(), played.total_bytes),
        ("audio/ogg", bytes)
    );

    spot.link = None;
    archived(&world, &hub, "archive.db");
    spot.connect(hub.address);
    until("the hub says that a copy is off its disk", || {
        let db = spot.node.store.read();
        let own = journal::all(&db).unwrap().remove(0);
        custody::of(&db, Says::Archived, own.id).unwrap().is_some()
    })
    .await;
    spot.proven().await;
    let purged = spot.node.purge(i64::MAX).unwrap();
    assert_eq!(purged.records, 1, "{purged:?}");
    assert!(whole(&spot.node, id).is_none() && whole(&hub.node, id).is_some());
}
