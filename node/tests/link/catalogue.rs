//! What the hub publishes reaches the spots, and nothing else does.

use std::fs;
use std::path::{Path, PathBuf};

use vereda::catalogue::load;
use vereda::catalogue::signed::{self, Agreed, Person};
use vereda::link::{seal::Seal, tls};
use vereda_sync::catalogue::Catalogue;

use crate::world::{World, request, until};

/// Where the demonstration's catalogue is.
pub(crate) fn demo() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../images/demo/catalogue")
}

/// The demonstration's catalogue under another number, without its first service.
fn edition(number: u32) -> Catalogue {
    let mut catalogue = load(&demo()).unwrap();
    catalogue.edition = number;
    catalogue.services.remove(0);
    catalogue
}

/// What two invented persons agreed to, for those scopes.
pub(crate) fn by_two(scopes: &[&str]) -> Agreed {
    let person = |id: &str, name: &str| Person {
        id: id.to_owned(),
        name: name.to_owned(),
        at_ms: 1,
    };
    Agreed {
        by: vec![person("iris.v", "Íris Vaz"), person("ivo.r", "Ivo Reis")],
        scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
        reason: "nova edição".to_owned(),
    }
}

/// Puts it in place as `vereda catalogue sign` does, under the seal of that node.
pub(crate) fn publish(world: &World, who: &str, catalogue: &Catalogue) {
    let keys = world.dir.join(who);
    let certificate = tls::certificate(&keys.join("node.crt")).unwrap();
    let key = Seal::load(&keys.join("node.key")).unwrap();
    let at_ms = vereda::clock::wall_ms();
    let file = signed::sign(catalogue, &by_two(&[]), (&key, &certificate), at_ms).unwrap();
    put(world, &file);
}

fn put(world: &World, file: &[u8]) {
    let beside = world.dir.join("published.new");
    fs::write(&beside, file).unwrap();
    fs::rename(beside, world.dir.join("published.vcat")).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_hub_publishes_is_offered_without_a_restart_and_stays() {
    let world = World::new();
    publish(&world, "central", &edition(7));
    let hub = world.hub_as(None, |config| {
        config.catalogue.file = world.dir.join("published.vcat");
    });
    let mut spot = world.spot("movel-07", &["monchique"]);
    let was = spot.node.catalogue().services[0].id.clone();
    let begun = request(&spot.node, "Ana");
    spot.connect(hub.address);
    until("the edition is here", || spot.node.catalogue().edition == 7).await;
    assert!(spot.node.catalogue().service(&was).is_none());
    // What stands under the older edition is still read in it.
    assert_eq!(spot.node.service(&was, 3).unwrap().id, was);
    assert!(
        spot.node
            .with_document(begun, |d| d.heads().len())
            .unwrap()
            .is_some()
    );

    // A newer one is put in place while the hub runs; the next connection asks.
    publish(&world, "central", &edition(8));
    spot.link = None;
    spot.connect(hub.address);
    until("the newer edition is here", || {
        spot.node.catalogue().edition == 8
    })
    .await;
    assert_eq!(hub.node.catalogue().edition, 8);

    // The spot's own configuration still names the older one: that does not bring it back.
    spot.stop().await;
    let spot = world.spot("movel-07", &["monchique"]);
    assert_eq!(spot.node.catalogue().edition, 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_hub_signed_or_is_older_or_broken_is_not_handed_out() {
    let world = World::new();
    publish(&world, "central", &edition(7));
    let hub = world.hub_as(None, |config| {
        config.catalogue.file = world.dir.join("published.vcat");
    });
    let mut first = world.spot("movel-07", &["monchique"]);
    first.connect(hub.address);
    until("the edition is here", || {
        first.node.catalogue().edition == 7
    })
    .await;
    let whole = fs::read(world.dir.join("published.vcat")).unwrap();
    for (spot, put_in_place) in [
        (
            "of-a-spot",
            &(|| publish(&world, "movel-07", &edition(9))) as &dyn Fn(),
        ),
        ("half", &|| put(&world, &whole[..whole.len() / 2])),
        ("older", &|| publish(&world, "central", &edition(2))),
        ("nothing", &|| put(&world, b"")),
    ] {
        put_in_place();
        let mut asks = world.spot(spot, &["monchique"]);
        asks.connect(hub.address);
        until("the edition is here", || asks.node.catalogue().edition == 7).await;
        assert_eq!(hub.node.catalogue().edition, 7, "{spot}");
    }
}
