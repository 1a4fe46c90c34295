//! Spots and a hub over loopback: an authority made at run time, ports from the
//! system, every wait bounded.
#![expect(
    clippy::unwrap_used,
    reason = "a test that unwraps fails where it should"
)]

#[path = "link/abroad.rs"]
mod abroad;
#[path = "link/agencies.rs"]
mod agencies;
#[path = "link/aside.rs"]
mod aside;
#[path = "link/assessments.rs"]
mod assessments;
#[path = "link/audit.rs"]
mod audit;
#[path = "link/bundles.rs"]
mod bundles;
#[path = "link/carriers.rs"]
mod carriers;
#[path = "link/cases.rs"]
mod cases;
#[path = "link/catalogue.rs"]
mod catalogue;
#[path = "link/catalogue_desk.rs"]
mod catalogue_desk;
#[path = "../examples/connector.rs"]
mod connector;
#[path = "link/contact.rs"]
mod contact;
#[path = "link/custody.rs"]
mod custody;
#[path = "link/cut.rs"]
mod cut;
#[path = "link/disagree.rs"]
mod disagree;
#[path = "link/enrol.rs"]
mod enrol;
#[path = "link/erased.rs"]
mod erased;
#[path = "link/faults.rs"]
mod faults;
#[path = "link/fleet.rs"]
mod fleet;
#[path = "link/homes.rs"]
mod homes;
#[path = "link/leases.rs"]
mod leases;
#[path = "link/lookups.rs"]
mod lookups;
#[path = "link/notices.rs"]
mod notices;
#[path = "link/occurrences.rs"]
mod occurrences;
#[path = "link/outcome.rs"]
mod outcome;
#[path = "link/packs.rs"]
mod packs;
#[path = "link/payload.rs"]
mod payload;
#[path = "link/peers.rs"]
mod peers;
#[path = "link/people.rs"]
mod people;
#[path = "link/photographs.rs"]
mod photographs;
#[path = "link/purged.rs"]
mod purged;
#[path = "link/raw.rs"]
mod raw;
#[path = "link/refusals.rs"]
mod refusals;
#[path = "link/regions.rs"]
mod regions;
#[path = "link/remedies.rs"]
mod remedies;
#[path = "link/restored.rs"]
mod restored;
#[path = "link/retention.rs"]
mod retention;
#[path = "link/rulings.rs"]
mod rulings;
#[path = "link/sticks.rs"]
mod sticks;
#[path = "link/together.rs"]
mod together;
#[path = "link/tours.rs"]
mod tours;
#[path = "link/training.rs"]
mod training;
#[path = "link/twice.rs"]
mod twice;
#[path = "link/updates.rs"]
mod updates;
#[path = "link/verify.rs"]
mod verify;
#[path = "link/voice.rs"]
mod voice;
#[path = "link/week.rs"]
mod week;
#[path = "link/world.rs"]
mod world;
