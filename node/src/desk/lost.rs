//! Somebody who lost everything: several requests of one attendance, asked for in one conversation. What is answered for one
//! is known of all, so each thing is asked once; each is checked, confirmed and recorded on its own.

use std::collections::{BTreeMap, BTreeSet};

use vereda_sync::answer::Answer;
use vereda_sync::catalogue::{Field, Service};
use vereda_sync::check::check;
use vereda_sync::record::attendance;
use vereda_sync::record::document::Document;
use vereda_sync::record::{Life, request};
use vereda_web::desk::port::{
    DeskError, LostOffer, LostRequest, LostThings, LostView, LostWho, Next, Session,
};

use super::standing::Standing;
use super::{SpotDesk, fault, record_id, rows};
use crate::clock;
use crate::store::derived;

/// What was answered, with the field that asked for it.
type Known = (Field, String);

/// Most requests of one attendance that are looked through.
const MAX_TOGETHER: usize = 12;

impl SpotDesk {
    /// The requests of an attendance that are asked for together and were not withdrawn, in the order of their beginning.
    fn together(&self, attendance: &str) -> Result<Vec<derived::RequestLine>, DeskError> {
        let all = derived::of_attendance(&self.node.store.read(), attendance).map_err(fault)?;
        let mut together = Vec::new();
        for line in all.into_iter().filter(|q| q.life != Life::Withdrawn) {
            let is = self
                .node
                .with_document(record_id(&line.id)?, |d| request::is_together(d));
            if is.map_err(fault)? == Some(true) {
                together.push(line);
            }
        }
        together.truncate(MAX_TOGETHER);
        Ok(together)
    }

    /// What was answered for one request of a conversation is known of the others: it stands in them as copied, and steps
    /// that ask for nothing more are finished.
    pub(super) fn know_of_all(&self, session: &Session, attendance: &str) -> Result<(), DeskError> {
        let together = self.together(attendance)?;
        let mut known: Vec<Known> = Vec::new();
        let mut left_open: Vec<Field> = Vec::new();
        for line in &together {
            let Some(service) = self.node.service(&line.service, line.edition) else {
                continue;
            };
            let read = self.node.with_document(record_id(&line.id)?, |d| {
                let known: Vec<Known> = answered(service, d.answers()).collect();
                (known, unanswered(service, d))
            });
            let (answered, unanswered) = read.map_err(fault)?.unwrap_or_default();
            known.extend(answered);
            left_open.extend(unanswered);
        }
        let of_house = self.known_of_household(attendance)?;
        for line in together.iter().filter(|q| q.number.is_none()) {
            if self.know(session, &line.id, (&known, &of_house))? {
                self.finish_what_is_known(session, &line.id, &left_open)?;
            }
        }
        Ok(())
    }

    /// What others of the household answered that is of the house stands in a request that was begun, to be confirmed.
    pub(super) fn propose_of_household(
        &self,
        session: &Session,
        attendance: &str,
        request: &str,
    ) -> Result<(), DeskError> {
        let of_house = self.known_of_household(attendance)?;
        self.know(session, request, (&[], &of_house)).map(|_| ())
    }

    /// Proposes what is known: of the same person, and of the house. Gives whether it is a request at all.
    fn know(
        &self,
        session: &Session,
        request: &str,
        (known, of_house): (&[Known], &[Known]),
    ) -> Result<bool, DeskError> {
        let standing = Standing::read(&self.node, request)?;
        let Some(service) = standing.service else {
            return Ok(false);
        };
        let is_empty = |field: &&Field| {
            let value = standing.values.get(&field.id);
            value.is_none_or(|a| a.value.is_empty())
        };
        let today = &standing.today;
        let proposed = service.single_fields().filter(is_empty);
        let proposed = proposed.filter_map(|field| {
            let of_them = known.iter().find(|(other, _)| other.asks_the_same(field));
            let of_house = || {
                let mut of_house = of_house.iter();
                of_house.find(|(other, _)| other.asks_the_household(field))
            };
            let (_, value) = of_them.or_else(of_house)?;
            // What is right there may not be right here.
            let value = check(field, value, today).ok()?;
            Some((field.id.clone(), value))
        });
        let proposed: Vec<(String, String)> = proposed.collect();
        drop(standing);
        if !proposed.is_empty() {
            let pairs = proposed.iter().map(|(f, v)| (f.as_str(), v.as_str()));
            self.propose(session, request, pairs)?;
        }
        Ok(true)
    }

    /// Finishes the steps in which everything that is asked is answered already, or was left open in the conversation.
    fn finish_what_is_known(
        &self,
        session: &Session,
        request: &str,
        left_open: &[Field],
    ) -> Result<(), DeskError> {
        let mut tried: BTreeSet<String> = BTreeSet::new();
        // To finish one may show another; each is tried once.
        loop {
            let standing = Standing::read(&self.node, request)?;
            let whole = |step: &vereda_sync::catalogue::Step| {
                let shown = standing.shown(step);
                let has = |field: &&Field| {
                    let value = standing.values.get(&field.id);
                    value.is_some_and(|a| !a.value.is_empty())
                };
                let is_left_open = |field: &&Field| {
                    !field.required && left_open.iter().any(|left| left.asks_the_same(field))
                };
                let mut asked = step
                    .fields
                    .iter()
                    .filter(|field| shown.contains(field.id.as_str()));
                let is_answered = step.fields.iter().any(|field| has(&field));
                step.repeat.is_none()
                    && is_answered
                    && asked.all(|field| has(&field) || is_left_open(&field))
            };
            let unfinished = standing.unfinished();
            let next = unfinished
                .iter()
                .find(|step| !tried.contains(&step.id) && whole(step));
            let Some(step) = next.map(|step| step.id.clone()) else {
                return Ok(());
            };
            drop(standing);
            match self.finish_alone(session, request, &step, &[]) {
                // What is not right here is asked here.
                Ok(_) | Err(DeskError::Refused(_) | DeskError::NotNow(_)) => {}
                Err(error) => return Err(error),
            }
            tried.insert(step);
        }
    }

    /// Where a conversation goes on after a step: in the same request, then in the others, then over all of them.
    pub(super) fn next_together(
        &self,
        attendance: &str,
        request: &str,
        next: Next,
    ) -> Result<Next, DeskError> {
        if next != Next::CheckAnswers {
            return Ok(next);
        }
        let lacks = self.together(attendance)?;
        for line in lacks
            .iter()
            .filter(|q| q.number.is_none() && q.id != request)
        {
            let standing = Standing::read(&self.node, &line.id)?;
            if let Some(step) = standing.unfinished().first() {
                return Ok(Next::StepOf(line.id.clone(), step.id.clone()));
            }
        }
        Ok(Next::Lost(attendance.to_owned()))
    }
}

/// What was asked in a request and left open.
fn unanswered(service: &Service, document: &Document) -> Vec<Field> {
    let done = request::finished_steps(document);
    let steps = service.steps.iter();
    let done = steps.filter(|step| step.repeat.is_none() && done.contains(&step.id));
    let is_empty = |field: &&Field| {
        let answer = document.answers().get(&field.id);
        !field.required && answer.is_none_or(|answer| answer.value.is_empty())
    };
    done.flat_map(|step| &step.fields)
        .filter(is_empty)
        .cloned()
        .collect()
}

/// What stands in a request, with the fields that asked for it.
fn answered<'a>(
    service: &'a Service,
    answers: &'a BTreeMap<String, Answer>,
) -> impl Iterator<Item = (Field, String)> + 'a {
    service.single_fields().filter_map(|field| {
        let value = answers.get(&field.id).map(|a| a.value.clone())?;
        (!value.is_empty()).then(|| (field.clone(), value))
    })
}

impl LostThings for SpotDesk {
    fn lost(&self, _: &Session, attendance: &str) -> Result<LostView, DeskError> {
        let read = self
            .node
            .with_document(record_id(attendance)?, |d| attendance::Summary::of(d));
        let summary = read.map_err(fault)?.flatten().ok_or(DeskError::NotFound)?;
        let together = self.together(attendance)?;
        let today = clock::today();
        let household = self.members(attendance)?;
        let mut asked = self.asked_by_household(attendance)?;
        let services = self.node.catalogue().services.iter();
        let mut open: Vec<LostOffer> = services
            .filter(|service| together.iter().all(|q| q.service != service.id))
            .filter(|service| service.is_open_on(&today))
            .filter_map(|service| {
                Some(LostOffer {
                    what: service.replaces?,
                    service: service.id.clone(),
                    title: service.title.clone(),
                    asked: asked.remove(&service.id),
                })
            })
            .collect();
        open.sort_by_key(|offer| offer.what);
        let mut begun = Vec::new();
        for line in together {
            let lacks = match &line.number {
                Some(_) => vec![],
                None => {
                    let standing = Standing::read(&self.node, &line.id)?;
                    let steps = standing.unfinished().into_iter();
                    steps.map(|s| (s.id.clone(), s.title.clone())).collect()
                }
            };
            begun.push(LostRequest {
                title: rows::service_title(&self.node, &line.service),
                id: line.id,
                lacks,
                number: line.number,
            });
        }
        let undocumented = summary.undocumented;
        Ok(LostView {
            attendance: attendance.to_owned(),
            citizen: summary.citizen,
            who: match (summary.identified, undocumented && !summary.declared) {
                (false, _) => LostWho::Unknown { undocumented },
                (true, true) => LostWho::ToDeclare,
                (true, false) => LostWho::Known,
            },
            open: if summary.ended.is_some() {
                vec![]
            } else {
                open
            },
            begun,
            household,
        })
    }

    fn begin_lost(
        &self,
        session: &Session,
        attendance: &str,
        services: &[String],
    ) -> Result<Vec<(vereda_sync::catalogue::Words, String)>, DeskError> {
        if services.is_empty() {
            return Err(DeskError::NotNow("Escolha o que o cidadão perdeu.".into()));
        }
        let mut refused = Vec::new();
        {
            // A second click finds what the first began.
            let _one = self.recording.lock();
            for offer in self.lost(session, attendance)?.open {
                if !services.contains(&offer.service) {
                    continue;
                }
                match self.open_with(session, attendance, &offer.service, true) {
                    Ok(_) => {}
                    Err(DeskError::NotNow(why)) => refused.push((offer.title, why)),
                    Err(error) => return Err(error),
                }
            }
        }
        self.know_of_all(session, attendance)?;
        Ok(refused)
    }
}
