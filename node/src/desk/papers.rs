//! The papers that a request needs: seen on the desk, scanned, or owed with a reason.

use vereda_sync::catalogue::{Service, Values, Words};
use vereda_sync::conflict;
use vereda_sync::record::document::Document;
use vereda_sync::record::papers::{self, MAX_REASON_CHARS, Needed, Said, Standing as Stands};
use vereda_web::desk::port::{DeskError, Session};

use super::standing::Standing;
use super::{SpotDesk, fault};
use crate::occurrences::Relief;
use crate::written;

impl SpotDesk {
    pub(super) fn said_of_papers(
        &self,
        session: &Session,
        request: &str,
        paper: Option<&str>,
        said: Said,
    ) -> Result<(), DeskError> {
        self.may_write(session, request)?;
        let standing = Standing::read(&self.node, request)?;
        let needed = standing.papers();
        let chosen: Vec<&Needed> = match paper {
            Some(id) => needed.iter().filter(|n| n.paper.id == id).collect(),
            None => needed
                .iter()
                .filter(|n| n.standing == Stands::Open)
                .collect(),
        };
        if paper.is_some() && chosen.is_empty() {
            return Err(DeskError::NotNow(
                "Este documento já não é preciso: as respostas mudaram. Veja a lista outra vez."
                    .into(),
            ));
        }
        let said = match said {
            Said::Owed(why) => Said::Owed(reason(&why)?),
            other => other,
        };
        if standing.is_closed() {
            self.recorded(request)?;
            if said != Said::Seen || chosen.iter().any(|n| !n.is_owed()) {
                return Err(DeskError::NotNow("Este pedido já foi registado. Aqui só se marca como visto um documento que faltava.".into()));
            }
            let is_of_one = |c: &conflict::ValueConflict| {
                chosen.iter().any(|n| papers::field(&n.paper.id) == c.field)
            };
            let in_conflict = self
                .node
                .with_document(standing.record, |d| conflict::of(d).iter().any(is_of_one));
            if in_conflict.map_err(fault)? == Some(true) {
                return Err(DeskError::NotNow(
                    "O que se disse deste documento está em conflito e espera a decisão da central.".into(),
                ));
            }
        }
        // What stands already is not said twice: a second click writes nothing.
        let new: Vec<(String, Said)> = chosen
            .into_iter()
            .filter(|n| n.standing != Stands::Scanned && n.standing != stands(&said))
            .map(|n| (n.paper.id.clone(), said.clone()))
            .collect();
        if new.is_empty() {
            return Ok(());
        }
        let person = &session.person.name;
        self.node
            .change(
                standing.record,
                person,
                |d, author, at| papers::say(d, author, at, &new),
                |_| Ok(()),
            )
            .map_err(fault)
    }
}

fn stands(said: &Said) -> Stands {
    match said {
        Said::Seen => Stands::Seen,
        Said::Owed(why) => Stands::Owed(why.clone()),
        Said::Nothing => Stands::Open,
    }
}

fn reason(why: &str) -> Result<String, DeskError> {
    let why = why.split_whitespace().collect::<Vec<_>>().join(" ");
    let missing =
        "Escreva porque falta o documento e quando se entrega: a razão segue com o pedido.";
    written::needed(&why, MAX_REASON_CHARS, missing).map(str::to_owned)
}

/// Why nothing is paid, where an exemption says so.
pub(super) fn exempt(service: &Service, values: &impl Values, day: &str) -> Option<Words> {
    service.exemption(values, day).map(|e| e.reason.clone())
}

/// Why nothing was paid for a request that is recorded: an exemption, or the occurrence under which it was.
pub(super) fn was_exempt(service: &Service, document: &Document, day: &str) -> Option<Words> {
    let waived =
        || Relief::of_recorded(document)?.reason(service.fee_cents(document.answers(), day));
    exempt(service, document.answers(), day).or_else(waived)
}

/// Why papers may be missing, where an occurrence lets them.
pub(super) fn because(relief: Option<&Relief>) -> Option<String> {
    let relief = relief.filter(|relief| relief.relaxes)?;
    Some(format!("por causa da ocorrência «{}»", relief.under.name))
}
