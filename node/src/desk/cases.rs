//! What a desk does with a request beyond filling it in: withdrawn, followed up, sent back, handed over,
//! parked.

use vereda_sync::hlc::Hlc;
use vereda_sync::id::RecordId;
use vereda_sync::record::Life;
use vereda_sync::record::act::Act;
use vereda_sync::record::agency;
use vereda_sync::record::case::{self, Addressee, Case, said};
use vereda_sync::record::document::{Author, Document, DocumentError, Written};
use vereda_sync::record::kin::Kin;
use vereda_web::desk::port::{
    self, Addressees, By, Cases, DeskError, FollowUp, HandedOver, MAX_CASE_CHARS, Parked, Person,
    ProofOwed, Question, Returned, Session, Waiting, Withdrawal,
};

use super::{SpotDesk, fault, outcomes, record_id, rows};
use crate::clock;
use crate::node::Node;
use crate::store::cases;
use crate::store::derived::{self, RequestLine};
use crate::written;

/// Most requests that «Hoje» lists as waiting for a desk.
const LISTED: u32 = 50;

/// Longest id of a node that is looked at.
const MAX_CODE_BYTES: usize = 64;

pub(super) fn not_now<T>(why: &str) -> Result<T, DeskError> {
    Err(DeskError::NotNow(why.into()))
}

pub(crate) fn needed<'a>(text: &'a str, missing: &str) -> Result<&'a str, DeskError> {
    written::needed(text, MAX_CASE_CHARS, missing)
}

/// The id of a node as somebody typed it, if it can be one.
fn code(typed: &str) -> Option<String> {
    let id = typed.trim().to_lowercase();
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    ((1..=MAX_CODE_BYTES).contains(&id.len()) && id.bytes().all(fits)).then_some(id)
}

pub(super) fn ids(acts: &[Act]) -> Vec<String> {
    acts.iter().map(|a| a.id.clone()).collect()
}

pub(super) fn by(act: &Act) -> By {
    By {
        who: format!("{}, {}", act.by, act.spot),
        at: clock::of(act),
    }
}

/// The case of a request, as pages show it.
pub(super) fn view(node: &Node, line: &RequestLine, document: &Document) -> port::Case {
    let Some(case) = Case::of(document) else {
        return port::Case::default();
    };
    let (own, today) = (node.config.node.id.as_str(), clock::today());
    let service = node.service(&line.service, line.edition);
    let notes = document.notes();
    let note_of = |act: &Act| {
        let found = notes.iter().find(|(by, _)| by.id == act.id);
        found.map_or_else(String::new, |(_, text)| text.clone())
    };
    let returned = case.returned.iter().map(|act| {
        let id = said(act, "field");
        let field = rows::field_of(service, id);
        let refused = said(act, "refused");
        let stands = document.answers().get(id).map_or("", |a| a.value.as_str());
        Returned {
            label: field
                .as_ref()
                .map_or_else(|| id.to_owned(), |f| f.label.pt().to_owned()),
            refused: field.map_or_else(|| refused.to_owned(), |f| rows::refused(&f, act)),
            field: id.to_owned(),
            is_corrected: stands != refused,
            reason: said(act, "reason").to_owned(),
            by: by(act),
        }
    });
    let asked = case.asked.iter().map(|act| Question {
        id: act.id.clone(),
        agency: said(act, "name").to_owned(),
        text: said(act, "text").to_owned(),
        at: clock::of(act),
    });
    let to_look_at = case.to_look_at.iter().map(|act| FollowUp {
        on: said(act, "on").to_owned(),
        is_due: said(act, "on") <= today.as_str(),
        text: note_of(act),
        by: by(act),
    });
    let holder = document
        .acts()
        .find(|act| case::node_of(act) == case.holder)
        .map_or_else(String::new, |act| act.spot.clone());
    port::Case {
        withdrawn: case.withdrawn.as_ref().map(|act| Withdrawal {
            said_by: said(act, "who").to_owned(),
            reason: said(act, "reason").to_owned(),
            by: by(act),
            at_hub: line.at_hub,
        }),
        returned: returned.collect(),
        to_look_at: to_look_at.collect(),
        asked: asked.collect(),
        handed_over: case.handed_over.as_ref().map(|act| HandedOver {
            to: match said(act, "to-name") {
                "" => said(act, "to-spot").to_owned(),
                name => format!("{name}, {}", said(act, "to-spot")),
            },
            is_for_us: said(act, "to") == own,
            note: said(act, "note").to_owned(),
            by: by(act),
        }),
        proof: case.proof.as_ref().map(|owed| ProofOwed {
            is_due: owed.until.as_str() <= today.as_str(),
            until: owed.until.clone(),
        }),
        parked: case.parked.last().map(|act| Parked {
            reason: said(act, "reason").to_owned(),
            by: by(act),
        }),
        telling: port::Telling {
            kin: Kin::of(document.answers()),
            ..outcomes::view(&case.telling, service)
        },
        is_here: case.holder == own,
        holder,
    }
}

/// Makes a change of a case as it is when its turn comes: two desks may press at once.
pub(super) type Write<'a> =
    &'a dyn Fn(&mut Document, &Case, &Author, Hlc) -> Result<Written, DocumentError>;

impl SpotDesk {
    /// What waits for this desk.
    pub(super) fn waiting(&self, session: &Session) -> Result<Vec<Waiting>, DeskError> {
        let own = self.node.config.node.id.as_str();
        let (person, today) = (session.person.id.as_str(), clock::today());
        let db = self.node.store.read();
        let ids = cases::waiting(&db, own, person, &today, LISTED).map_err(fault)?;
        let lines = ids.iter().map(|id| derived::request(&db, id));
        let lines = lines.collect::<Result<Vec<_>, _>>().map_err(fault)?;
        drop(db);
        let known = lines.into_iter().flatten();
        known
            .map(|line| {
                let record = record_id(&line.id)?;
                let case = self
                    .node
                    .with_document(record, |d| view(&self.node, &line, d));
                let case = case.map_err(fault)?.ok_or(DeskError::NotFound)?;
                let row = self.row(line);
                Ok(Waiting { row, case })
            })
            .collect()
    }

    pub(super) fn line(&self, id: &str) -> Result<(RecordId, RequestLine), DeskError> {
        let line = derived::request(&self.node.store.read(), id).map_err(fault)?;
        Ok((record_id(id)?, line.ok_or(DeskError::NotFound)?))
    }

    pub(super) fn read_case(&self, record: RecordId) -> Result<Case, DeskError> {
        let read = self.node.with_document(record, |d| Case::of(d));
        read.map_err(fault)?.flatten().ok_or(DeskError::NotFound)
    }

    pub(super) fn write_case(
        &self,
        session: &Session,
        record: RecordId,
        write: Write<'_>,
    ) -> Result<(), DeskError> {
        let change = |d: &mut Document, author: &Author, at| {
            let case = Case::of(d).unwrap_or_default();
            write(d, &case, author, at)
        };
        let person = &session.person.name;
        self.node
            .change(record, person, change, |_| Ok(()))
            .map_err(fault)
    }

    fn is_contested(&self, record: RecordId) -> Result<bool, DeskError> {
        let read = self.node.with_document(record, |d| case::is_contested(d));
        Ok(read.map_err(fault)?.unwrap_or(false))
    }
}

impl Cases for SpotDesk {
    fn withdraw(
        &self,
        session: &Session,
        id: &str,
        who: &str,
        reason: &str,
    ) -> Result<(), DeskError> {
        let (record, line) = self.recorded(id)?;
        if line.conflicts > 0 && self.is_contested(record)? {
            return not_now(
                "Outro posto escreveu o contrário sobre este pedido: a central decide. Junte uma nota com o que o cidadão disse.",
            );
        }
        let who = needed(who, "Escreva quem diz que o cidadão desiste.")?;
        let reason = needed(reason, "Escreva o motivo: fica na história do pedido.")?;
        self.write_case(session, record, &|d, _, author, at| {
            case::withdraw(d, author, at, who, reason)
        })
    }

    fn follow_up(
        &self,
        session: &Session,
        id: &str,
        text: &str,
        on: &str,
    ) -> Result<(), DeskError> {
        let (record, line) = self.line(id)?;
        if line.life == Life::Draft {
            return not_now("Este pedido ainda está a ser preenchido. Continue-o no atendimento.");
        }
        let text = needed(text, "Escreva o que aconteceu ou o que é preciso ver.")?;
        let on = Some(on.trim()).filter(|on| !on.is_empty());
        if on.is_some_and(|on| vereda_sync::day::Date::parse(on).is_none()) {
            return not_now("Esse dia não existe: escolha outro, ou deixe-o vazio.");
        }
        if on.is_some_and(|on| on < clock::today().as_str()) {
            return not_now("Esse dia já passou: escolha hoje ou depois, ou deixe-o vazio.");
        }
        self.write_case(session, record, &|d, _, author, at| {
            case::follow_up(d, author, at, text, on)
        })
    }

    fn look_after(&self, session: &Session, id: &str) -> Result<(), DeskError> {
        let (record, _) = self.line(id)?;
        let today = clock::today();
        let due = |case: &Case| {
            let due = case.to_look_at.iter();
            due.filter(|a| said(a, "on") <= today.as_str())
                .map(|a| a.id.clone())
                .collect::<Vec<_>>()
        };
        // A second click.
        if due(&self.read_case(record)?).is_empty() {
            return Ok(());
        }
        self.write_case(session, record, &|d, case, author, at| {
            case::look_after(d, author, at, &due(case))
        })
    }

    fn hand_in(&self, session: &Session, id: &str, because: &str) -> Result<(), DeskError> {
        let (record, line) = self.recorded(id)?;
        let because = written::fits(because, MAX_CASE_CHARS)?;
        if line.life != Life::Returned {
            return Ok(());
        }
        let seen = self
            .node
            .with_document(record, |d| view(&self.node, &line, d));
        let seen = seen.map_err(fault)?.ok_or(DeskError::NotFound)?;
        if !seen.is_here {
            return not_now("Este pedido voltou para outro posto, que o corrige e entrega.");
        }
        let stands = seen.returned.iter().find(|r| !r.is_corrected);
        if let Some(stands) = stands.filter(|_| because.is_empty()) {
            return Err(DeskError::NotNow(format!(
                "«{}» ainda está como foi recusado. Corrija-o, ou escreva porque fica assim.",
                stands.label
            )));
        }
        self.write_case(session, record, &|d, case, author, at| {
            case::hand_in(d, author, at, &ids(&case.returned), because)
        })
    }

    fn answer_agency(
        &self,
        session: &Session,
        id: &str,
        question: &str,
        text: &str,
    ) -> Result<(), DeskError> {
        let (record, _) = self.recorded(id)?;
        let known = self.node.with_document(record, |d| {
            let mut asked = agency::questions(d).into_iter();
            let found = asked.find(|(asked, _)| asked.id == question);
            found.map(|(_, replies)| !replies.is_empty())
        });
        match known.map_err(fault)?.flatten() {
            None => return Err(DeskError::NotFound),
            // A second click, or another desk was faster.
            Some(true) => return Ok(()),
            Some(false) => {}
        }
        let text = needed(text, "Escreva a resposta para a entidade.")?;
        self.write_case(session, record, &|d, _, author, at| {
            agency::reply(d, author, at, (question, text))
        })
    }

    fn addressees(&self, session: &Session, id: &str) -> Result<Addressees, DeskError> {
        let (_, line) = self.line(id)?;
        let mut people = self.people.all();
        people.retain(|p| p.id != session.person.id);
        let spots = cases::neighbours(&self.node.store.read()).map_err(fault)?;
        let spots = spots.into_iter().map(|(id, name)| Person { id, name });
        Ok(Addressees {
            row: self.row(line),
            people,
            spots: spots.collect(),
            own_code: self.node.config.node.id.clone(),
        })
    }

    fn hand_over(
        &self,
        session: &Session,
        id: &str,
        to: &str,
        note: &str,
    ) -> Result<(), DeskError> {
        let (record, line) = self.line(id)?;
        if line.life == Life::Withdrawn {
            return not_now("Este pedido foi retirado e já não se entrega a outro balcão.");
        }
        let note = needed(note, "Escreva o que o outro balcão precisa de saber.")?;
        let known = self.addressees(session, id)?;
        let found = |all: &[Person], id: &str| all.iter().find(|p| p.id == id).cloned();
        let own = &self.node.config.node;
        let to = match to.split_once(':') {
            Some(("pessoa", id)) => found(&known.people, id).map(|person| {
                let spot = own.name.clone();
                (own.id.clone(), spot, Some(person))
            }),
            Some(("posto", id)) => found(&known.spots, id).map(|spot| (spot.id, spot.name, None)),
            // By its code, as it is known elsewhere; whether there is such a spot the hub knows.
            Some(("codigo", id)) => match code(id) {
                Some(id) if id != own.id => Some((id.clone(), id, None)),
                _ => {
                    return not_now(
                        "O código de um posto tem letras minúsculas, algarismos e traços, como movel-07. Peça-o ao outro posto.",
                    );
                }
            },
            _ => None,
        };
        let Some((node, spot, person)) = to else {
            return not_now("Escolha a quem o pedido se entrega.");
        };
        if !self.read_case(record)?.may_be_handed_over_by(&own.id) {
            return not_now("Este pedido está com outro posto: só ele o pode entregar.");
        }
        let to = Addressee {
            node: &node,
            spot: &spot,
            person: person.as_ref().map(|p| (p.id.as_str(), p.name.as_str())),
        };
        self.write_case(session, record, &|d, _, author, at| {
            case::hand_over(d, author, at, to, note)
        })
    }

    fn take_over(&self, session: &Session, id: &str) -> Result<(), DeskError> {
        let (record, line) = self.line(id)?;
        let Some(coming) = self.read_case(record)?.handed_over else {
            // A second click, or another desk here was faster.
            return Ok(());
        };
        let own = self.node.config.node.id.as_str();
        let seen = self
            .node
            .with_document(record, |d| view(&self.node, &line, d));
        let is_here = seen.map_err(fault)?.is_some_and(|case| case.is_here);
        if said(&coming, "to") != own && !is_here {
            return not_now("Este pedido foi entregue a outro posto.");
        }
        self.write_case(session, record, &|d, case, author, at| {
            case::take_over(d, author, at, &case.on_the_way)
        })
    }

    fn park(&self, session: &Session, id: &str, reason: &str) -> Result<(), DeskError> {
        let (record, line) = self.line(id)?;
        if line.life != Life::Draft {
            return not_now("Este pedido já foi registado: escreva um seguimento.");
        }
        let reason = needed(reason, "Escreva o que falta para continuar.")?;
        if !self.read_case(record)?.parked.is_empty() {
            return Ok(());
        }
        self.write_case(session, record, &|d, _, author, at| {
            case::park(d, author, at, reason)
        })
    }

    fn resume(&self, session: &Session, id: &str) -> Result<(), DeskError> {
        let (record, _) = self.line(id)?;
        if self.read_case(record)?.parked.is_empty() {
            return Ok(());
        }
        self.write_case(session, record, &|d, case, author, at| {
            case::resume(d, author, at, &ids(&case.parked))
        })
    }
}
