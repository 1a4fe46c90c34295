//! A request that seems to be made at two spots: found as soon as one hears of the other's, long before the hub does.

use vereda_sync::duplicate::{self, Keys};
use vereda_sync::record::{Life, request};
use vereda_web::desk::port::{DeskError, MadeTwice, Session, Twice, TwiceHere};

use super::cases::{needed, not_now};
use super::{SpotDesk, fault, record_id, rows};
use crate::console::compare::likeness_text;
use crate::node::Node;
use crate::store::derived::{self, RequestLine};
use crate::store::twice;

/// Most pairs that "Por tratar" lists.
const LISTED: u32 = 20;

/// What is compared of a request, also of one that is not recorded yet.
fn keys(node: &Node, id: &str) -> Result<Option<Keys>, DeskError> {
    let read = node.with_document(record_id(id)?, |d| {
        let summary = request::Summary::of(d)?;
        Some(Keys::asked(&summary, d.answers()))
    });
    Ok(read.map_err(fault)?.flatten())
}

/// Another request as one that seems the same as what `keys` were taken of; `None` when it does not any more.
fn seems(node: &Node, keys: &Keys, line: RequestLine) -> Result<Option<Twice>, DeskError> {
    let theirs = self::keys(node, &line.id)?;
    let why = theirs.and_then(|theirs| duplicate::compare(keys, &theirs));
    Ok(why.map(|why| Twice {
        other: rows::row(node, line),
        why: why.reasons.iter().map(|r| likeness_text(&r.what)).collect(),
    }))
}

/// What seems the same as a recorded request of this spot.
pub(super) fn of_recorded(node: &Node, line: &RequestLine) -> Result<Vec<Twice>, DeskError> {
    let others = twice::of(&node.store.read(), line.row).map_err(fault)?;
    let Some(keys) = keys(node, &line.id)?.filter(|_| !others.is_empty()) else {
        return Ok(vec![]);
    };
    let mut found = Vec::new();
    for other in others {
        let line = derived::request(&node.store.read(), &other).map_err(fault)?;
        found.extend(
            line.map(|line| seems(node, &keys, line))
                .transpose()?
                .flatten(),
        );
    }
    Ok(found)
}

impl SpotDesk {
    /// What seems the same as a request that is not recorded yet, at other spots.
    pub(super) fn twice_before(&self, id: &str) -> Result<Vec<Twice>, DeskError> {
        let Some(keys) = keys(&self.node, id)? else {
            return Ok(vec![]);
        };
        let others = derived::alike_elsewhere(&self.node.store.read(), record_id(id)?, &keys);
        let mut found = Vec::new();
        for line in others.map_err(fault)? {
            found.extend(seems(&self.node, &keys, line)?);
        }
        Ok(found)
    }

    pub(super) fn twice_here(&self) -> Result<Vec<TwiceHere>, DeskError> {
        let pairs = twice::all(&self.node.store.read(), LISTED).map_err(fault)?;
        let mut found = Vec::new();
        for (ours, theirs) in pairs {
            let db = self.node.store.read();
            let ours = derived::request(&db, &ours).map_err(fault)?;
            let theirs = derived::request(&db, &theirs).map_err(fault)?;
            drop(db);
            found.extend(ours.zip(theirs).map(|(ours, theirs)| TwiceHere {
                row: self.row(ours),
                other: self.row(theirs),
            }));
        }
        Ok(found)
    }
}

impl MadeTwice for SpotDesk {
    fn leave_both(
        &self,
        session: &Session,
        id: &str,
        other: &str,
        reason: &str,
    ) -> Result<(), DeskError> {
        let reason = needed(
            reason,
            "Escreva porque ficam os dois: a central lê o motivo.",
        )?;
        let line = derived::request(&self.node.store.read(), id).map_err(fault)?;
        let line = line.ok_or(DeskError::NotFound)?;
        if line.life == Life::Draft || !line.own {
            return Err(DeskError::NotFound);
        }
        let others = of_recorded(&self.node, &line)?;
        let Some(one) = others.into_iter().find(|one| one.other.id == other) else {
            // A second click.
            let read = self
                .node
                .with_document(record_id(id)?, |d| request::left_both(d));
            let left = read.map_err(fault)?.unwrap_or_default();
            return match left.contains(&record_id(other)?) {
                true => Ok(()),
                false => not_now("Estes dois já não parecem o mesmo pedido: veja o que mudou."),
            };
        };
        let number = one.other.number.unwrap_or_default();
        let other = (record_id(other)?, number.as_str());
        let write = |d: &mut _, author: &_, at| request::leave_both(d, author, at, other, reason);
        let person = &session.person.name;
        self.node
            .change(record_id(id)?, person, write, |_| Ok(()))
            .map_err(fault)
    }
}
