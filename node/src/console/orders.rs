//! Orders to single nodes, at the console.

use vereda_web::access::{Accessed, Did};
use vereda_web::console::port::{Accounts, OrderEnd, OrderRow, Ordering, Remedy};
use vereda_web::desk::port::{DeskError, Event, Session};

use super::HubConsole;
use crate::clock;
use crate::desk::fault;
use crate::link::seal::Seal;
use crate::link::tls;
use crate::orders::{Kind, Order, State};
use crate::store::bounds;
use crate::store::orders::{self as stored, Kept};
use crate::tours::not_now;
use crate::updates::Version;
use crate::written;

/// Orders that are listed.
const LISTED: u32 = 30;
/// Longest reason, in characters.
const MAX_CHARS: usize = 300;

fn of_store(kind: &str, at_once: bool) -> Option<Remedy> {
    Some(match Kind::named(kind)? {
        Kind::Resync => Remedy::Resync,
        Kind::Rebuild => Remedy::Rebuild,
        Kind::Update => Remedy::Update,
        Kind::Rotate => Remedy::Rotate,
        Kind::Diagnose => Remedy::Diagnose,
        Kind::LayDown if at_once => Remedy::LayDownAtOnce,
        Kind::LayDown => Remedy::LayDown,
    })
}

fn to_store(kind: Remedy) -> (Kind, bool) {
    match kind {
        Remedy::Resync => (Kind::Resync, false),
        Remedy::Rebuild => (Kind::Rebuild, false),
        Remedy::Update => (Kind::Update, false),
        Remedy::Rotate => (Kind::Rotate, false),
        Remedy::Diagnose => (Kind::Diagnose, false),
        Remedy::LayDown => (Kind::LayDown, false),
        Remedy::LayDownAtOnce => (Kind::LayDown, true),
    }
}

fn row(session: &Session, one: Kept) -> Option<OrderRow> {
    let at = |ms: i64| clock::moment(ms, true);
    let (state, says) = one.state.clone().unwrap_or_default();
    let end = match state.as_str() {
        state if state == State::Done.code() => Some(OrderEnd::Done),
        state if state == State::Refused.code() => Some(OrderEnd::Refused),
        state if state == State::Failed.code() => Some(OrderEnd::Failed),
        _ => None,
    };
    Some(OrderRow {
        number: one.number,
        kind: of_store(&one.kind, one.at_once)?,
        reason: one.reason,
        own: one.by.0 == session.person.id,
        by: (one.by.1, at(one.at_ms)),
        agreed: one.agreed.map(|(who, ms)| (who, at(ms))),
        waits: one.file.is_none(),
        is_withdrawn: one.is_withdrawn,
        heard: one.heard_ms.map(at),
        says,
        ended: end.zip(one.ended_ms.map(at)),
        has_diagnosis: one.has_attached,
    })
}

impl HubConsole {
    /// Under this hub's seal, for the version that the node said it has, or the one that runs here.
    fn sealed(
        &self,
        node: &str,
        number: u64,
        (kind, at_once): (Kind, bool),
    ) -> Result<Vec<u8>, DeskError> {
        let sync = self.node.config.sync.as_ref().ok_or(DeskError::NotFound)?;
        let told = crate::store::fleet::told(&self.node.store.read(), node).map_err(fault)?;
        let own = Version::own();
        let has = told.and_then(|told| Version::parse(&told.condition.program));
        let has = has.unwrap_or(own);
        let order = Order {
            node: node.to_owned(),
            number,
            kind,
            at_once,
            from: has.min(own),
            // It may begin a newer one before it hears.
            to: has.max(own).newest_alike(),
        };
        let sealed = || {
            let (seal, certificate) =
                (Seal::load(&sync.key)?, tls::certificate(&sync.certificate)?);
            order.seal((&seal, certificate.as_ref()), self.node.now_ms())
        };
        sealed().map_err(|error| {
            tracing::error!(error = format!("{error:#}"), "an order cannot be sealed");
            DeskError::NotNow("Esta central não consegue selar agora: chame a assistência.".into())
        })
    }

    fn may(&self, node: &str) -> Result<(), DeskError> {
        match bounds::here() {
            Some(bounds) if !bounds.nodes.contains(node) => Err(DeskError::NotFound),
            _ => Ok(()),
        }
    }
}

impl Ordering for HubConsole {
    fn orders(&self, session: &Session, node: &str) -> Result<Vec<OrderRow>, DeskError> {
        self.may(node)?;
        let all = stored::of(&self.node.store.read(), node, LISTED).map_err(fault)?;
        Ok(all
            .into_iter()
            .filter_map(|one| row(session, one))
            .collect())
    }

    fn order(
        &self,
        session: &Session,
        node: &str,
        kind: Remedy,
        reason: &str,
    ) -> Result<(), DeskError> {
        let reason = match kind.needs_two() {
            true => written::needed(reason, MAX_CHARS, "Escreva porquê: fica com o seu nome.")?,
            false => written::fits(reason, MAX_CHARS)?,
        };
        // Whoever is not on the list never asks.
        let known = vereda_web::console::port::Fleet::fleet_node(self, session, node)?;
        if known.certificate.is_none() {
            return not_now("Este posto não está na lista dos inscritos: nunca ouvia a ordem.");
        }
        if !known.is_enrolled && kind != Remedy::LayDownAtOnce {
            return not_now(
                "Este posto já não é aceite: só ouve que há de largar já o que tem de pessoas.",
            );
        }
        let (what, at_once) = to_store(kind);
        let now_ms = self.node.now_ms();
        let before = stored::of(&self.node.store.read(), node, LISTED).map_err(fault)?;
        let is_same = |one: &Kept| {
            one.kind == what.code()
                && one.at_once == at_once
                && one.ended_ms.is_none()
                && !one.is_withdrawn
        };
        if before.iter().any(is_same) {
            return not_now("Essa ordem já está dada, e ainda não acabou.");
        }
        let number = stored::next_number(&self.node.store.read(), node, now_ms).map_err(fault)?;
        let file = match kind.needs_two() {
            true => None,
            false => Some(self.sealed(node, number, (what, at_once))?),
        };
        let order = Kept {
            node: node.to_owned(),
            number,
            kind: what.code().to_owned(),
            at_once,
            reason: reason.to_owned(),
            by: (session.person.id.clone(), session.person.name.clone()),
            at_ms: now_ms,
            agreed: None,
            file,
            is_withdrawn: false,
            heard_ms: None,
            ended_ms: None,
            state: None,
            has_attached: false,
        };
        stored::keep(&self.node.store.write(), &order).map_err(fault)?;
        self.node.tell(Event::Strip);
        Ok(())
    }

    fn agree_order(&self, session: &Session, node: &str, number: u64) -> Result<(), DeskError> {
        self.may(node)?;
        let found = stored::one(&self.node.store.read(), node, number).map_err(fault)?;
        let Some(found) = found.filter(|one| one.file.is_none() && !one.is_withdrawn) else {
            return not_now("Essa ordem já não espera por ninguém: veja outra vez.");
        };
        if found.by.0 == session.person.id {
            return not_now("Foi quem a pediu: tem de ser outra pessoa a concordar.");
        }
        let kind = Kind::named(&found.kind).ok_or(DeskError::NotFound)?;
        // A number of its own: others may have been given meanwhile, and a node goes forward only.
        let now_ms = self.node.now_ms();
        let anew = stored::next_number(&self.node.store.read(), node, now_ms).map_err(fault)?;
        let file = self.sealed(node, anew, (kind, found.at_once))?;
        stored::agree(
            &self.node.store.write(),
            (node, number, anew),
            (&session.person.name, now_ms),
            &file,
        )
        .map_err(fault)?;
        self.node.tell(Event::Strip);
        Ok(())
    }

    fn withdraw_order(&self, _: &Session, node: &str, number: u64) -> Result<(), DeskError> {
        self.may(node)?;
        let now_ms = self.node.now_ms();
        match stored::withdraw(&self.node.store.write(), (node, number), now_ms).map_err(fault)? {
            true => {
                self.node.tell(Event::Strip);
                Ok(())
            }
            false => not_now("O posto já ouviu essa ordem: não se retira."),
        }
    }

    fn diagnosis(&self, session: &Session, node: &str, number: u64) -> Result<Vec<u8>, DeskError> {
        self.may(node)?;
        let found = stored::attached(&self.node.store.read(), node, number).map_err(fault)?;
        let found = found.ok_or(DeskError::NotFound)?;
        self.note_access(
            session,
            &Accessed {
                did: Did::Read,
                page: "/posto/{node}/ordens/{number}/diagnostico".into(),
                ids: vec![node.to_owned(), number.to_string()],
                sought: String::new(),
                by_itself: false,
            },
        )?;
        Ok(found)
    }
}
