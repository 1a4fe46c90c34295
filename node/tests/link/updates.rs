//! A newer version of the program reaches spots, and nothing else does.

use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use vereda::link::{seal::Seal, tls};
use vereda::people::hex;
use vereda::updates::{self, Release, Version};

use crate::world::{TestHub, TestSpot, World, until};

const NEW: &[u8] = b"#!/bin/sh\necho new\n";

fn release(version: &str, program: &[u8]) -> Release {
    Release {
        version: Version::parse(version).unwrap(),
        target: updates::target(),
        bytes: program.len() as u64,
        sha256: hex(&Sha256::digest(program)),
        notes: "Escreve-se mais depressa.".into(),
    }
}

/// Puts it in place at the hub, under the seal of whoever that is.
fn publish(world: &World, hub: &TestHub, who: &str, release: &Release, program: &[u8]) {
    let keys = world.dir.join(who);
    let certificate = tls::certificate(&keys.join("node.crt")).unwrap();
    let key = Seal::load(&keys.join("node.key")).unwrap();
    let at = vereda::clock::wall_ms();
    let sealed = release.seal((&key, &certificate), at).unwrap();
    let folder = updates::folder(&hub.node.config);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(release.program()), program).unwrap();
    let sealed_file = folder.join(format!("{}.vupd", release.program()));
    fs::write(sealed_file, sealed).unwrap();
}

fn waiting(spot: &TestSpot) -> Option<String> {
    let found = updates::waiting(&spot.node.config);
    found.map(|release| release.version.to_string())
}

fn here(spot: &TestSpot, release: &Release) -> PathBuf {
    updates::folder(&spot.node.config).join(release.program())
}

fn is_whole(program: &Path) -> bool {
    fs::read(program).is_ok_and(|bytes| bytes == NEW)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_hub_publishes_is_fetched_and_waits_for_the_next_start() {
    let world = World::new();
    let hub = world.hub(None);
    let own = Version::own().to_string();
    // Not newer, and for other machines.
    publish(&world, &hub, "central", &release(&own, b"own"), b"own");
    let other = Release {
        target: "aarch64-moon".into(),
        ..release("99.0.1", NEW)
    };
    publish(&world, &hub, "central", &other, NEW);
    let newer = release("99.0.0", NEW);
    publish(&world, &hub, "central", &newer, NEW);
    let mut spot = world.spot("movel-07", &["monchique"]);
    assert_eq!(waiting(&spot), None);
    spot.connect(hub.address);
    until("it is here", || waiting(&spot).as_deref() == Some("99.0.0")).await;
    assert!(is_whole(&here(&spot, &newer)));

    // A newer one yet, of which a part came before the line broke; the oldest is let go of.
    let newest = release("99.1.0", NEW);
    publish(&world, &hub, "central", &newest, NEW);
    spot.link = None;
    let part = format!("{}.part", here(&spot, &newest).display());
    fs::write(&part, &NEW[..7]).unwrap();
    spot.connect(hub.address);
    until("the newest is here", || {
        waiting(&spot).as_deref() == Some("99.1.0")
    })
    .await;
    assert!(is_whole(&here(&spot, &newest)) && is_whole(&here(&spot, &newer)));
    assert!(!Path::new(&part).exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_hub_sealed_or_was_changed_never_waits_to_be_begun() {
    let world = World::new();
    let hub = world.hub(None);
    let mut spot = world.spot("movel-07", &["monchique"]);
    // A spot's own seal, and one of the hub's over something else.
    publish(&world, &hub, "movel-07", &release("99.0.0", NEW), NEW);
    let changed = release("98.0.0", NEW);
    publish(&world, &hub, "central", &changed, b"#!/bin/sh\necho bad\n");
    spot.connect(hub.address);
    let part = format!("{}.part", here(&spot, &changed).display());
    spot.proven().await;
    until("it came and was thrown away", || {
        updates::folder(&spot.node.config).is_dir() && !Path::new(&part).exists()
    })
    .await;
    assert_eq!(waiting(&spot), None);
    assert!(!here(&spot, &changed).exists());

    // One that is here and held, and of which a byte turns later.
    let good = release("98.0.1", NEW);
    publish(&world, &hub, "central", &good, NEW);
    spot.link = None;
    spot.connect(hub.address);
    until("it is here", || waiting(&spot).as_deref() == Some("98.0.1")).await;
    assert!(!here(&spot, &changed).exists() && !Path::new(&part).exists());
    fs::write(here(&spot, &good), b"#!/bin/sh\necho bad\n").unwrap();
    let said = updates::begin_newest(&spot.node.config).unwrap_err();
    assert!(
        said.to_string().contains("is not what the hub sealed"),
        "{said}"
    );
}
