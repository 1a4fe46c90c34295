//! Who must not be talked to.

use vereda::authority::{self, AuthorityError};
use vereda_web::desk::port::Link;

use crate::world::{World, changes, heads, request, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hub_of_another_authority_gets_nothing() {
    let world = World::new();
    authority::new(&world.dir.join("other"), "Outra").unwrap();
    let mut spot = world.spot("movel-07", &["monchique"]);
    request(&spot.node, "Ana");
    // The hub trusts the spots' authority, but its own certificate is of another.
    world.enrol_hub("other");
    std::fs::copy(
        world.dir.join("authority/authority.crt"),
        world.dir.join("central/authority.crt"),
    )
    .unwrap();
    let hub = world.hub(None);
    spot.connect(hub.address);
    let why = spot.refused().await;
    assert!(why.contains("certificado da central"), "{why}");
    assert!(changes(&hub.node).0.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_spot_of_another_authority_is_not_let_in() {
    let world = World::new();
    let hub = world.hub(None);
    authority::new(&world.dir.join("other"), "Outra").unwrap();
    world.enrol("other", "movel-66", &["monchique"]);
    let mut spot = world.spot("movel-66", &["monchique"]);
    // It knows the right hub, but was never enrolled there.
    std::fs::copy(
        world.dir.join("authority/authority.crt"),
        spot.dir.join("authority.crt"),
    )
    .unwrap();
    request(&spot.node, "Ana");
    spot.connect(hub.address);
    let why = spot.refused().await;
    assert!(why.contains("certificado deste posto"), "{why}");
    assert!(changes(&hub.node).0.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_spot_taken_off_the_list_is_refused_at_the_next_exchange() {
    let world = World::new();
    let hub = world.hub(None);
    let mut spot = world.spot("movel-07", &["monchique"]);
    request(&spot.node, "Ana");
    spot.connect(hub.address);
    spot.proven().await;
    let before = changes(&hub.node);
    assert!(authority::revoke(&world.dir.join("authority"), "movel-07").unwrap());
    request(&spot.node, "Beatriz");
    let why = spot.refused().await;
    assert!(why.contains("inscri"), "{why}");
    assert_eq!(changes(&hub.node), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_torn_list_lets_nobody_in_until_it_is_whole() {
    let world = World::new();
    let hub = world.hub(None);
    let mut spot = world.spot("movel-07", &["monchique"]);
    let list = world.dir.join("authority/enrolled.toml");
    let whole = std::fs::read_to_string(&list).unwrap();
    std::fs::write(&list, &whole[..whole.len() / 2]).unwrap();
    request(&spot.node, "Ana");
    spot.connect(hub.address);
    spot.refused().await;
    assert!(matches!(
        authority::revoke(&world.dir.join("authority"), "movel-07"),
        Err(AuthorityError::List { .. })
    ));
    std::fs::write(&list, &whole).unwrap();
    spot.proven().await;
    until("the link is up", || spot.link() == Link::Up).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scope_that_a_spot_is_not_enrolled_for_is_not_given() {
    let world = World::new();
    let hub = world.hub(None);
    let mut owner = world.spot("fixo-01", &["aljezur"]);
    let private = request(&owner.node, "Ana");
    owner.connect(hub.address);
    owner.proven().await;
    world.enrol("authority", "movel-07", &["monchique"]);
    let mut curious = world.spot("movel-07", &["monchique", "aljezur"]);
    request(&curious.node, "Beatriz");
    curious.connect(hub.address);
    curious.proven().await;
    until("the link is up", || curious.link() == Link::Up).await;
    assert!(heads(&curious.node, private).is_empty());
    let (proven, trouble) = hub.spot("movel-07");
    assert!(proven.is_some());
    assert!(trouble.unwrap().contains("aljezur"));
}

#[test]
fn an_authority_is_never_made_over_another_and_keys_are_private() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::new();
    let dir = world.dir.join("authority");
    let before = std::fs::read(dir.join("authority.key")).unwrap();
    assert!(matches!(
        authority::new(&dir, "Outra"),
        Err(AuthorityError::Exists(_))
    ));
    assert_eq!(std::fs::read(dir.join("authority.key")).unwrap(), before);
    for key in ["authority/authority.key", "central/node.key"] {
        let mode = std::fs::metadata(world.dir.join(key))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    world.enrol("authority", "movel-07", &["monchique"]);
    world.enrol("authority", "movel-07", &["aljezur"]);
    let list = std::fs::read_to_string(dir.join("enrolled.toml")).unwrap();
    assert_eq!(list.matches("movel-07").count(), 1);
    assert!(list.contains("aljezur") && !list.contains("monchique"));
}
