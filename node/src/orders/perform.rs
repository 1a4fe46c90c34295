//! A node does what it was told. Each of it can be done twice, as when the power went before it was said that it was done.

use anyhow::Context;
use vereda_sync::exchange::custody::Says;

use super::{Kind, Order, State};
use crate::exchange;
use crate::node::Node;
use crate::store::orders::{self as stored, Taken};
use crate::store::{blob, bundle, custody, derived, journal};
use crate::{diagnosis, updates};

/// What came of trying.
#[derive(Debug)]
pub(crate) enum Came {
    /// It is over: how, and what is said of it.
    Ended(State, String, Vec<u8>),
    /// Not yet; why.
    Waits(String),
    /// Only whoever has a connection can do it.
    NeedsLink(Kind),
}

/// The orders that are here and not done, in order. Nothing is done before what came before it.
///
/// # Errors
/// When the store does not answer.
pub(crate) fn open(node: &Node) -> anyhow::Result<Vec<(Taken, Order)>> {
    let authority = node.config.authority().context("no authority")?;
    let all = stored::taken(&node.store.read())?;
    let open = all
        .into_iter()
        .filter(|one| one.state == State::Heard.code());
    open.map(|one| {
        let order = Order::open(&one.file, authority)?.0;
        Ok((one, order))
    })
    .collect()
}

/// Does the first that is open, as far as that goes without a connection. Gives it, with what came of it.
///
/// # Errors
/// When the store does not answer.
pub(crate) fn perform(node: &Node) -> anyhow::Result<Option<(Order, Came)>> {
    let Some((_, order)) = open(node)?.into_iter().next() else {
        return Ok(None);
    };
    let came = match tried(node, &order) {
        Ok(came) => came,
        Err(error) => {
            let why = format!("{error:#}");
            tracing::error!(number = order.number, why, "what the hub ordered failed");
            // What failed here may name files: the hub reads of what kind it was.
            Came::Ended(State::Failed, first_of(&error), vec![])
        }
    };
    match &came {
        Came::Ended(state, why, attached) => {
            node.say_of(order.number, *state, why, attached)?;
        }
        Came::Waits(why) => {
            let before = stored::taken(&node.store.read())?;
            let said = before.iter().find(|one| one.number == order.number);
            if said.is_none_or(|one| one.why != *why) {
                node.say_of(order.number, State::Heard, why, &[])?;
            }
        }
        Came::NeedsLink(_) => {}
    }
    Ok(Some((order, came)))
}

fn first_of(error: &anyhow::Error) -> String {
    diagnosis::redacted(&format!("{error}"))
}

fn done(what: impl Into<String>) -> Came {
    Came::Ended(State::Done, what.into(), vec![])
}

fn tried(node: &Node, order: &Order) -> anyhow::Result<Came> {
    Ok(match order.kind {
        Kind::Resync => {
            exchange::from_the_beginning(node)?;
            node.unsent.notify_one();
            done("tudo é oferecido e pedido outra vez")
        }
        Kind::Rebuild => {
            let records = derived::reset(&node.store.write())?;
            node.derive_arrived()?;
            done(format!("{records} registos derivados de novo"))
        }
        Kind::Diagnose => {
            let bundle = diagnosis::bundle(node)?;
            let size = bundle.len();
            Came::Ended(State::Done, format!("{size} bytes"), bundle)
        }
        Kind::Update => match updates::waiting(&node.config) {
            Some(release) => done(format!(
                "a versão {} está cá; começa quando o posto voltar a arrancar",
                release.version
            )),
            None => Came::NeedsLink(Kind::Update),
        },
        Kind::Rotate => Came::NeedsLink(Kind::Rotate),
        Kind::LayDown => match order.at_once {
            true => done(laid_down(node)?),
            false => match in_the_way(node)? {
                Some(why) => Came::Waits(why),
                None => done(laid_down(node)?),
            },
        },
    })
}

fn laid_down(node: &Node) -> anyhow::Result<String> {
    let records = node.lay_down()?;
    Ok(format!("{records} registos largados"))
}

/// Why all cannot be laid down yet, in words; `None`: the hub holds all of it, and a copy off its disk.
fn in_the_way(node: &Node) -> anyhow::Result<Option<String>> {
    let db = node.store.read();
    let unsent = journal::unsent(&db)?.changes;
    let photographs = blob::unsent(&db, &node.config.node.id)?.len();
    let carried = bundle::all(&db)?.len();
    if unsent > 0 || photographs > 0 || carried > 0 {
        return Ok(Some(format!(
            "espera: faltam entregar {unsent} registos, {photographs} fotografias e {carried} remessas de outros"
        )));
    }
    let typed: i64 = db.query_row("SELECT count(*) FROM draft", [], |r| r.get(0))?;
    if typed > 0 {
        return Ok(Some(
            "espera: há conversas por acabar neste posto".to_owned(),
        ));
    }
    for own in journal::all(&db)?.into_iter().filter(|j| j.own) {
        let size = own.frontier.size();
        let held = custody::of(&db, Says::Archived, own.id)?;
        let held = held.map_or(0, |(word, _)| word.head.size);
        if size > 0 && held < size {
            return Ok(Some(
                "espera: a central ainda não tem uma cópia de tudo fora do seu disco".to_owned(),
            ));
        }
    }
    Ok(None)
}
