//! How citizens are told the outcome, for the samples.

use vereda_sync::answer::{Answer, Provenance};
use vereda_sync::catalogue::Asked;
use vereda_sync::record::outcome::{Agreement, CONSENT, Contact, OUTCOME, WAY};

use super::ago;
use crate::desk::port::{AnsweredStep, By, DeskError, Outcomes, Session, Telling};
use crate::samples::fake::FakeDesk;

pub(crate) fn contact() -> (Contact, Provenance) {
    let contact = Contact::parse("sms 912345678").expect("a contact");
    (contact, Provenance::Citizen)
}

/// Chosen; with something to tell, of which one try was in vain.
pub(crate) fn telling(is_due: bool) -> Telling {
    let (contact, how) = contact();
    let agreement = Agreement::to(&contact, "uk", (3, Some("3f2a91c0".into())));
    Telling {
        contact: Some((contact, how)),
        agreed: Some((agreement, ago(90_000))),
        to_tell: match is_due {
            true => vec!["Devolvido: falta corrigir «IBAN».".into()],
            false => vec![],
        },
        attempts: match is_due {
            true => vec![by(3_600)],
            false => vec![],
        },
        ..Telling::default()
    }
}

/// Told, and nothing more to tell.
pub(crate) fn over() -> Telling {
    Telling {
        told: Some(by(600)),
        is_over: true,
        ..Telling::default()
    }
}

fn by(seconds: i64) -> By {
    By {
        who: "Ana Martins, Espaço Móvel 07".into(),
        at: ago(seconds),
    }
}

/// As it stands among the answers.
pub(crate) fn step() -> AnsweredStep {
    let said = |field: &str| match field {
        WAY => "sms",
        _ => "912345678",
    };
    let answer = |value: &str| Answer {
        value: value.into(),
        provenance: Provenance::Citizen,
    };
    let way = std::collections::BTreeMap::from([(WAY.to_owned(), answer("sms"))]);
    let asked = Asked::all(&way);
    let fields = OUTCOME.fields_for(&asked, "2026-11-21");
    AnsweredStep {
        id: OUTCOME.id.clone(),
        title: OUTCOME.title.clone(),
        answers: fields
            .filter(|f| f.id != CONSENT)
            .map(|f| (f.clone(), Some(answer(said(&f.id))), vec![]))
            .collect(),
    }
}

impl Outcomes for FakeDesk {
    fn ask_outcome(&self, _: &Session, _: &str) -> Result<(), DeskError> {
        Ok(())
    }
    fn drop_outcome(&self, _: &Session, _: &str) -> Result<(), DeskError> {
        Ok(())
    }
    fn tell_by(&self, _: &Session, _: &str, typed: &[(&str, &str)]) -> Result<(), DeskError> {
        Contact::checked(typed, "2026-11-21").map_err(DeskError::Refused)?;
        Ok(())
    }
    fn take_back_outcome(&self, _: &Session, _: &str) -> Result<(), DeskError> {
        Ok(())
    }
    fn told(&self, _: &Session, _: &str, _: bool) -> Result<(), DeskError> {
        Ok(())
    }
}
