//! What a spot carries for others, in small files that prove themselves: the hub's orders to nodes that it may meet, and what
//! such a node says for the hub. Whoever carries them can neither change nor make them up; what is lost is sent again.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::authority::Enrolled;
use crate::bundle::door;
use crate::link::enrolled;
use crate::node::Node;
use crate::orders::{self, MAX_WORD_BYTES, Order, Word};
use crate::store::errands::{self, Errand};
use crate::store::{fleet, orders as stored};
use crate::told;

/// Largest message, in bytes.
pub const MAX_BYTES: usize = 6 << 20;
/// Largest sum of the files of one message, in bytes: Base64 makes a third more of them.
const MAX_FILES_BYTES: usize = 4 << 20;
/// Most files of one message.
const MOST_FILES: usize = 32;
/// Most orders that wait for one node and are given to another.
const MOST_ORDERS: usize = 4;
/// Whoever was here so lately hears of an order by itself, in milliseconds.
const LATELY_MS: i64 = 3_600_000;
/// So long something is carried, in milliseconds: thirty days.
const KEEP_MS: i64 = 30 * 24 * 3_600_000;

/// What is handed over, one way.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bag {
    /// Names of what the sender has already.
    #[serde(default)]
    has: Vec<String>,
    /// Files, in Base64.
    files: Vec<String>,
}

impl Bag {
    fn of(has: Vec<String>, errands: &[Errand]) -> Self {
        let mut bytes = 0;
        let files = errands.iter().take(MOST_FILES).take_while(|errand| {
            bytes += errand.file.len();
            bytes <= MAX_FILES_BYTES
        });
        Self {
            has,
            files: files.map(|errand| STANDARD.encode(&errand.file)).collect(),
        }
    }

    /// Whether nothing is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    fn opened(&self, authority: &Path) -> Vec<Errand> {
        let files = self.files.iter().take(MOST_FILES);
        let files = files.filter_map(|file| STANDARD.decode(file).ok());
        let small = files.filter(|file| file.len() <= MAX_WORD_BYTES);
        small
            .filter_map(|file| errand_of(file, authority))
            .collect()
    }
}

/// What a file is, and for whom; `None`: nothing that this authority vouches for.
fn errand_of(file: Vec<u8>, authority: &Path) -> Option<Errand> {
    let (name, addressee) = if orders::is_order(&file) {
        let (order, _) = Order::open(&file, authority).ok()?;
        (format!("order/{}/{}", order.node, order.number), order.node)
    } else if orders::is_word(&file) {
        let (word, ..) = Word::open(&file, authority).ok()?;
        (format!("word/{}/{}", word.node, word.number), String::new())
    } else {
        let by = told::by(&file, authority).ok()?;
        (format!("condition/{by}"), String::new())
    };
    Some(Errand {
        name,
        addressee,
        file,
    })
}

/// At the hub: takes in what a spot brings, and gives it what waits for nodes that it may meet and that were not here lately.
///
/// # Errors
/// When the store does not answer.
pub fn at_hub(node: &Node, spot: &Enrolled, bag: &Bag) -> anyhow::Result<Bag> {
    let Some(sync) = &node.config.sync else {
        return Ok(Bag::default());
    };
    for brought in bag.opened(&sync.authority) {
        let answer = door::import(node, brought.file.as_slice());
        tracing::info!(
            by = spot.id,
            what = brought.name,
            said = answer.said,
            "something was brought for this hub"
        );
    }
    let now_ms = node.now_ms();
    let mut out = vec![];
    for other in enrolled::all(&sync.enrolled) {
        let may_meet = other.id != spot.id && other.scopes.iter().any(|s| spot.scopes.contains(s));
        if !may_meet {
            continue;
        }
        let db = node.store.read();
        let told = fleet::told(&db, &other.id)?;
        if told.is_some_and(|told| now_ms - told.at_ms < LATELY_MS) {
            continue;
        }
        let mut after = 0;
        for _ in 0..MOST_ORDERS {
            let Some((number, file)) = stored::next_of(&db, &other.id, after)? else {
                break;
            };
            after = number;
            let name = format!("order/{}/{number}", other.id);
            if !bag.has.contains(&name) {
                out.push(Errand {
                    name,
                    addressee: other.id.clone(),
                    file,
                });
            }
        }
    }
    Ok(Bag::of(vec![], &out))
}

/// At a spot: what it brings to the hub, with what of it that was.
///
/// # Errors
/// When the store does not answer.
pub fn to_hub(node: &Node) -> anyhow::Result<(Bag, Vec<Errand>)> {
    let db = node.store.read();
    let mut brought = errands::of(&db, "")?;
    brought.truncate(MOST_FILES);
    let bag = Bag::of(errands::names(&db)?, &brought);
    brought.truncate(bag.files.len());
    Ok((bag, brought))
}

/// At a spot: what it brought is at the hub, and what the hub gave is carried.
///
/// # Errors
/// When the store does not answer.
pub fn from_hub(node: &Node, brought: &[Errand], given: &Bag) -> anyhow::Result<()> {
    let db = node.store.write();
    for errand in brought {
        errands::done(&db, errand)?;
    }
    drop(db);
    keep(node, given, |errand| !errand.addressee.is_empty())
}

/// At a spot that meets another: what it has for that one and for the hub, its own word among it.
///
/// # Errors
/// When the store does not answer, or the key cannot seal.
pub fn to_peer(node: &Node, peer: &str) -> anyhow::Result<Bag> {
    let mut out = vec![];
    {
        let db = node.store.read();
        out.extend(errands::of(&db, peer)?);
        for own in stored::taken(&db)?.into_iter().filter(|own| !own.told) {
            out.extend(own.word.map(|file| Errand {
                name: format!("word/{}/{}", node.config.node.id, own.number),
                addressee: String::new(),
                file,
            }));
        }
        out.extend(errands::of(&db, "")?);
    }
    out.push(Errand {
        name: format!("condition/{}", node.config.node.id),
        addressee: String::new(),
        file: told::sealed(node)?,
    });
    Ok(Bag::of(vec![], &out))
}

/// At a spot: does what it is told by what another one carried, and carries for the hub what that one says. Gives whether
/// it was told anything.
///
/// # Errors
/// When the store does not answer.
pub fn from_peer(node: &Node, given: &Bag) -> anyhow::Result<bool> {
    let own = node.config.node.id.as_str();
    let Some(authority) = node.config.authority() else {
        return Ok(false);
    };
    let mut was_told = false;
    for errand in given.opened(authority) {
        if errand.addressee == own {
            let last = stored::last_taken(&node.store.read())?;
            let answer = door::import(node, errand.file.as_slice());
            was_told |= stored::last_taken(&node.store.read())? > last;
            tracing::info!(
                what = errand.name,
                said = answer.said,
                "an order came with another spot"
            );
        }
    }
    let of_own = format!("condition/{own}");
    keep(node, given, |errand| {
        errand.addressee.is_empty() && errand.name != of_own
    })?;
    // Where the hub can be reached it hears of it now.
    node.unsent.notify_one();
    Ok(was_told)
}

fn keep(node: &Node, given: &Bag, is_carried: impl Fn(&Errand) -> bool) -> anyhow::Result<()> {
    let Some(authority) = node.config.authority() else {
        return Ok(());
    };
    let now_ms = node.now_ms();
    for errand in given
        .opened(authority)
        .iter()
        .filter(|errand| is_carried(errand))
    {
        errands::keep(&node.store.write(), errand, (now_ms, now_ms - KEEP_MS))?;
    }
    Ok(())
}
