//! Assessments: this spot held against the standards of service of the catalogue.

use std::collections::BTreeMap;

use vereda_sync::answer::Answer;
use vereda_sync::catalogue::{Field, Measure, Standard};
use vereda_sync::check::{Refusal, check};
use vereda_sync::day::Date;
use vereda_sync::id::RecordId;
use vereda_sync::record::act::Act;
use vereda_sync::record::assessment::{
    self, Assessment, Figure, Finding, MAX_WORD_CHARS, Verdict, by_field, note_field, todo_field,
    verdict_field,
};
use vereda_sync::record::document::Document;
use vereda_web::desk::port::{
    AssessedStandard, AssessmentRow, AssessmentView, Assessments, AssessmentsView, By, DeskError,
    FormField, History, OwedRemedy, Session, Tally, hundredth,
};

use super::{SpotDesk, fault, record_id, typing::Writer};
use crate::clock;
use crate::node::Node;
use crate::store::draft::{self, Draft};
use crate::store::{assessments, complaints, figures, opinion};

/// Assessments that are looked back on.
const LISTED: u32 = 12;

/// Days of which the figures are taken.
const PERIOD_DAYS: i64 = 30;

/// So many days before its day, what was promised waits in «Por tratar».
const BEFORE_DAYS: i64 = 3;

const RECORDED: &str =
    "Esta avaliação já foi registada. O que mudou desde então diz-se na próxima.";

fn not_now<T>(why: &str) -> Result<T, DeskError> {
    Err(DeskError::NotNow(why.into()))
}

fn today() -> Date {
    Date::parse(&clock::today()).unwrap_or(Date::FIRST)
}

fn by(act: &Act) -> By {
    By {
        who: act.by.clone(),
        at: clock::of(act),
    }
}

/// A verdict on a figure.
fn judged(figure: Figure, (measure, target): (Measure, u32)) -> Verdict {
    match figure.value {
        None => Verdict::Aside,
        Some(value) if measure.reaches(value, target) => Verdict::Met,
        Some(_) => Verdict::Missed,
    }
}

/// One assessment as it was recorded; of a draft, nothing that is being answered.
pub(crate) fn view(node: &Node, id: RecordId, it: &Assessment) -> AssessmentView {
    let today = clock::today();
    let standards = it.standards.iter().map(|standard| {
        let found = it.found(&standard.id);
        let text = |of: fn(&Finding) -> &String| found.map(of).cloned().unwrap_or_default();
        let day = text(|f| &f.by);
        let done = it.done.get(&standard.id);
        AssessedStandard {
            verdict: found.map(|f| f.verdict),
            figure: found.and_then(|f| f.figure),
            fields: vec![],
            note: text(|f| &f.note),
            todo: text(|f| &f.todo),
            is_late: done.is_none() && !day.is_empty() && day < today,
            by: day,
            done: done.map(|(word, act)| (word.clone(), by(act))),
            standard: standard.clone(),
        }
    });
    let recorded = it.recorded.as_ref();
    let day = |of: fn(&assessment::Recorded) -> Date| {
        recorded.map_or(String::new(), |r| of(r).to_string())
    };
    AssessmentView {
        id: id.to_string(),
        spot: it.opened.spot.clone(),
        edition: it.edition,
        is_of_before: recorded.is_none() && it.standards != node.catalogue().standards,
        begun: by(&it.opened),
        from: day(|r| r.from),
        to: day(|r| r.to),
        recorded: recorded.map(|r| by(&r.act)),
        revision: 0,
        standards: standards.collect(),
    }
}

/// One that was recorded, as a row.
pub(crate) fn row(id: RecordId, it: &Assessment) -> Option<AssessmentRow> {
    let recorded = it.recorded.as_ref()?;
    let today = clock::today();
    Some(AssessmentRow {
        id: id.to_string(),
        by: by(&recorded.act),
        tally: Tally::of(recorded.found.iter().map(|f| f.verdict)),
        owed: it.owed().count() as u64,
        late: it.owed().filter(|f| f.by < today).count() as u64,
    })
}

/// Those of a node that were recorded, the latest first.
pub(crate) fn recorded(
    node: &Node,
    of: &str,
    limit: u32,
) -> Result<Vec<(RecordId, Assessment)>, DeskError> {
    let ids = assessments::of_node(&node.store.read(), of, limit).map_err(fault)?;
    let all = ids.into_iter().map(|id| Ok(Some((id, read(node, id)?))));
    all.filter_map(Result::transpose).collect()
}

/// One of whatever spot.
pub(crate) fn read(node: &Node, id: RecordId) -> Result<Assessment, DeskError> {
    let read = node.with_document(id, |d| Assessment::of(d));
    read.map_err(fault)?.flatten().ok_or(DeskError::NotFound)
}

/// How standards stood in these, of which the latest is the first.
pub(crate) fn history(all: &[(RecordId, Assessment)]) -> History {
    let mut standards: Vec<&Standard> = Vec::new();
    for standard in all.iter().flat_map(|(_, it)| &it.standards) {
        if standards.iter().all(|known| known.id != standard.id) {
            standards.push(standard);
        }
    }
    let of = |standard: &Standard| {
        let stood = all.iter().rev();
        let stood = stood.map(|(_, it)| it.found(&standard.id).map(|f| f.verdict));
        (standard.text.clone(), stood.collect())
    };
    let day = |it: &Assessment| Some(clock::day(it.recorded.as_ref()?.act.at.unix_ms()));
    History {
        days: all.iter().rev().filter_map(|(_, it)| day(it)).collect(),
        rows: standards.into_iter().map(of).collect(),
    }
}

impl SpotDesk {
    /// One of this spot, and not of another whose records are here.
    fn own_assessment(&self, id: &str) -> Result<(RecordId, Assessment), DeskError> {
        let id = record_id(id)?;
        let it = read(&self.node, id)?;
        match it.node == self.node.config.node.id {
            true => Ok((id, it)),
            false => Err(DeskError::NotFound),
        }
    }

    /// One of this spot that is still being answered.
    fn open_assessment(&self, id: &str) -> Result<(RecordId, Assessment), DeskError> {
        let (id, it) = self.own_assessment(id)?;
        match (&it.recorded, it.dropped) {
            (Some(_), _) => not_now(RECORDED),
            (None, true) => {
                not_now("Esta avaliação foi deitada fora. Comece outra em «Avaliação».")
            }
            (None, false) => Ok((id, it)),
        }
    }

    /// A field of an assessment that may be typed into now.
    pub(super) fn assessed(&self, d: &Document, field: &str) -> Result<Field, DeskError> {
        let it = Assessment::of(d).ok_or(DeskError::NotFound)?;
        if it.node != self.node.config.node.id {
            return Err(DeskError::NotFound);
        }
        if it.recorded.is_some() || it.dropped {
            return not_now(RECORDED);
        }
        let mut fields = it
            .standards
            .iter()
            .flat_map(|s| assessment::fields(s, true));
        fields.find(|f| f.id == field).ok_or(DeskError::NotFound)
    }

    /// The figures of the days up to today.
    fn figures_of(&self, (from, to): (Date, Date)) -> Result<BTreeMap<Measure, Figure>, DeskError> {
        let began = |day: Date| {
            let day: Option<jiff::civil::Date> = day.to_string().parse().ok();
            let at = day.and_then(|day| day.to_zoned(clock::zone()).ok());
            at.map_or(0, |at| at.timestamp().as_millisecond())
        };
        let next = to.days_on(1);
        let (from_ms, to_ms) = (began(from), began(next));
        let (attended, opinions, answered) = {
            let db = self.node.store.read();
            let attended = figures::attended(&db, from_ms, to_ms).map_err(fault)?;
            let opinions = opinion::between(&db, &from.to_string(), &next.to_string());
            let today = clock::today();
            let answered = complaints::between(&db, from_ms, to_ms, &today).map_err(fault)?;
            (attended, opinions.map_err(fault)?, answered)
        };
        let mut waited: Vec<u64> = attended.iter().filter_map(|one| one.waited_s).collect();
        let ended = |one: &figures::Attended| {
            let took_ms = one.ended_ms?.saturating_sub(one.opened_ms);
            u64::try_from(took_ms / 1_000).ok()
        };
        let mut took: Vec<u64> = attended.iter().filter_map(ended).collect();
        waited.sort_unstable();
        took.sort_unstable();
        let whole = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
        let minutes = |sorted: &[u64], hundredths| Figure {
            value: hundredth(sorted, hundredths).map(|s| whole(s.div_ceil(60))),
            of: sorted.len() as u64,
        };
        let share = |part: u64, of: u64| Figure {
            value: (part * 100).checked_div(of).map(whole),
            of,
        };
        let due = answered.in_time + answered.too_late + answered.overdue;
        let said = opinions.good + opinions.fair + opinions.bad;
        Ok(BTreeMap::from([
            (Measure::WaitMedian, minutes(&waited, 50)),
            (Measure::WaitLongest, minutes(&waited, 100)),
            (Measure::DurationMedian, minutes(&took, 50)),
            (Measure::ComplaintsInTerm, share(answered.in_time, due)),
            (Measure::GoodFaces, share(opinions.good, said)),
        ]))
    }

    fn answers_of(&self, id: RecordId) -> Result<BTreeMap<String, Draft>, DeskError> {
        let drafts = draft::of_form(&self.node.store.read(), &id.to_string()).map_err(fault)?;
        Ok(drafts.into_iter().map(|d| (d.field.clone(), d)).collect())
    }

    /// A draft with what is answered so far and the figures as they are now.
    fn fill_in(&self, id: RecordId, view: &mut AssessmentView) -> Result<(), DeskError> {
        let (from, to) = period();
        let (figures, drafts) = (self.figures_of((from, to))?, self.answers_of(id)?);
        (view.from, view.to) = (from.to_string(), to.to_string());
        view.revision = drafts.values().map(|d| d.revision).max().unwrap_or(0);
        let value = |field: &str| drafts.get(field).map_or("", |d| d.value.as_str());
        for it in &mut view.standards {
            let measured = it.standard.measured();
            it.figure = measured.and_then(|(measure, _)| figures.get(&measure).copied());
            it.verdict = match it.figure.zip(measured) {
                Some((figure, measured)) => Some(judged(figure, measured)),
                None => Verdict::from_code(value(&verdict_field(&it.standard.id))),
            };
            let short = it.verdict.is_some_and(Verdict::falls_short);
            let fields = assessment::fields(&it.standard, short).into_iter();
            let filled = fields.map(|field| {
                let draft = drafts.get(&field.id);
                FormField {
                    value: draft.map_or(String::new(), |d| d.value.clone()),
                    provenance: None,
                    hidden: false,
                    saved: draft.map(|d| clock::moment(d.at_ms, self.node.clock_is_sure())),
                    shown: field.when.is_none() || short,
                    attachments: vec![],
                    field,
                }
            });
            it.fields = filled.collect();
        }
        Ok(())
    }

    /// What the page sent is in the draft, durable, before anything of it is looked at.
    fn keep_typed(
        &self,
        session: &Session,
        (id, it): (RecordId, &Assessment),
        typed: &[(String, String)],
    ) -> Result<BTreeMap<String, Answer>, DeskError> {
        let fields = it
            .standards
            .iter()
            .flat_map(|s| assessment::fields(s, true));
        let fields: Vec<Field> = fields.collect();
        let drafts = self.answers_of(id)?.into_iter();
        let answer = |d: Draft| Answer {
            value: d.value,
            provenance: d.provenance,
        };
        let mut values = drafts.map(|(field, d)| (field, answer(d))).collect();
        let form = id.to_string();
        let writer = Writer::at_desk(session);
        self.take_typed(&writer, (&form, &fields), typed, &mut values, |_| Ok(()))?;
        Ok(values)
    }

    /// What was promised and is due in a few days, or is late.
    pub(super) fn owed_remedies(&self) -> Result<Vec<OwedRemedy>, DeskError> {
        let until = today().days_on(BEFORE_DAYS).to_string();
        let owed = assessments::owed(&self.node.store.read(), &until).map_err(fault)?;
        let mut remedies = Vec::new();
        for (id, standard) in owed {
            let view = view(&self.node, id, &read(&self.node, id)?);
            let one = view
                .standards
                .into_iter()
                .find(|s| s.standard.id == standard);
            remedies.extend(one.map(|it| OwedRemedy {
                assessment: id.to_string(),
                standard,
                text: it.standard.text,
                todo: it.todo,
                by: it.by,
                is_late: it.is_late,
            }));
        }
        Ok(remedies)
    }
}

/// The days of which the figures are taken.
fn period() -> (Date, Date) {
    (today().days_on(1 - PERIOD_DAYS), today())
}

/// What is found of every standard; or what is missing or wrong, by field.
fn found(
    it: &Assessment,
    figures: &BTreeMap<Measure, Figure>,
    values: &BTreeMap<String, Answer>,
) -> Result<Vec<Finding>, DeskError> {
    let today = clock::today();
    let mut refused: Vec<(String, Refusal)> = Vec::new();
    let mut all = Vec::new();
    for standard in &it.standards {
        let measured = standard.measured();
        let figure = measured.and_then(|(measure, _)| figures.get(&measure).copied());
        let said = |field: &str| values.get(field).map_or("", |a| a.value.as_str());
        let verdict = match figure.zip(measured) {
            Some((figure, measured)) => Some(judged(figure, measured)),
            None => Verdict::from_code(said(&verdict_field(&standard.id))),
        };
        let short = verdict.is_some_and(Verdict::falls_short);
        let mut checked = BTreeMap::new();
        for field in assessment::fields(standard, short) {
            if field.when.is_some() && !short {
                continue;
            }
            match check(&field, said(&field.id), &today) {
                Ok(value) => drop(checked.insert(field.id, value)),
                Err(refusal) => refused.push((field.id, refusal)),
            }
        }
        let mut take = |field: String| checked.remove(&field).unwrap_or_default();
        let (note, todo, by) = (
            take(note_field(&standard.id)),
            take(todo_field(&standard.id)),
            take(by_field(&standard.id)),
        );
        // One without the other would be waited for by nobody, or for nothing.
        let is_refused = |field: &str| refused.iter().any(|(id, _)| id == field);
        for (field, lacks) in [
            (todo_field(&standard.id), todo.is_empty() && !by.is_empty()),
            (by_field(&standard.id), by.is_empty() && !todo.is_empty()),
        ] {
            if lacks && !is_refused(&field) {
                refused.push((field, Refusal::Missing));
                break;
            }
        }
        all.extend(verdict.map(|verdict| Finding {
            standard: standard.id.clone(),
            verdict,
            figure,
            note,
            todo,
            by,
        }));
    }
    match refused.is_empty() {
        true => Ok(all),
        false => Err(DeskError::Refused(refused)),
    }
}

impl Assessments for SpotDesk {
    fn assessments(&self, _: &Session) -> Result<AssessmentsView, DeskError> {
        let drafts = assessments::drafts(&self.node.store.read()).map_err(fault)?;
        let begun = |id: RecordId| Ok((id.to_string(), by(&read(&self.node, id)?.opened)));
        let all = recorded(&self.node, &self.node.config.node.id, LISTED)?;
        Ok(AssessmentsView {
            is_offered: !self.node.catalogue().standards.is_empty(),
            drafts: drafts
                .into_iter()
                .map(begun)
                .collect::<Result<_, DeskError>>()?,
            recorded: all.iter().filter_map(|(id, it)| row(*id, it)).collect(),
            history: history(&all),
        })
    }

    fn begin_assessment(&self, session: &Session) -> Result<String, DeskError> {
        let drafts = assessments::drafts(&self.node.store.read()).map_err(fault)?;
        if let Some(begun) = drafts.first() {
            return Ok(begun.to_string());
        }
        let catalogue = self.node.catalogue();
        if catalogue.standards.is_empty() {
            return not_now(
                "O catálogo deste posto não traz normas de serviço. Quem o publica, na central, pode juntá-las.",
            );
        }
        let begun = self.node.begin(&session.person.name, |author, at| {
            assessment::begin(author, at, catalogue.edition, &catalogue.standards)
        });
        Ok(begun.map_err(fault)?.to_string())
    }

    fn assessment(&self, _: &Session, id: &str) -> Result<AssessmentView, DeskError> {
        let (id, it) = self.own_assessment(id)?;
        if it.dropped {
            return Err(DeskError::NotFound);
        }
        let mut view = view(&self.node, id, &it);
        if it.recorded.is_none() {
            self.fill_in(id, &mut view)?;
        }
        Ok(view)
    }

    fn keep_assessment(
        &self,
        session: &Session,
        id: &str,
        typed: &[(String, String)],
    ) -> Result<(), DeskError> {
        let (id, it) = self.open_assessment(id)?;
        self.keep_typed(session, (id, &it), typed).map(|_| ())
    }

    fn record_assessment(
        &self,
        session: &Session,
        id: &str,
        typed: &[(String, String)],
    ) -> Result<(), DeskError> {
        let (record, it) = self.open_assessment(id)?;
        let values = self.keep_typed(session, (record, &it), typed)?;
        let days = period();
        let found = found(&it, &self.figures_of(days)?, &values)?;
        let form = record.to_string();
        let fields: Vec<&str> = values.keys().map(String::as_str).collect();
        self.node
            .change(
                record,
                &session.person.name,
                |d, author, at| assessment::record(d, author, at, days, &found),
                |db| draft::clear(db, &form, fields),
            )
            .map_err(fault)
    }

    fn drop_assessment(&self, session: &Session, id: &str) -> Result<(), DeskError> {
        let (record, _) = self.open_assessment(id)?;
        let (form, drafts) = (record.to_string(), self.answers_of(record)?);
        self.node
            .change(record, &session.person.name, assessment::drop, |db| {
                draft::clear(db, &form, drafts.keys().map(String::as_str))
            })
            .map_err(fault)
    }

    fn remedied(
        &self,
        session: &Session,
        id: &str,
        standard: &str,
        word: &str,
    ) -> Result<(), DeskError> {
        let (record, it) = self.own_assessment(id)?;
        let word = word.trim();
        match word.chars().count() {
            0 => return not_now("Escreva o que se fez."),
            n if n > usize::from(MAX_WORD_CHARS) => {
                return Err(DeskError::NotNow(format!(
                    "É longo de mais: cabem {MAX_WORD_CHARS} caracteres; escreveu {n}."
                )));
            }
            _ => {}
        }
        // A second click, or another desk was faster.
        if it.done.contains_key(standard) {
            return Ok(());
        }
        if it.owed().all(|f| f.standard != standard) {
            return not_now("Para esta norma não ficou nada por fazer.");
        }
        self.node
            .change(
                record,
                &session.person.name,
                |d, author, at| assessment::done(d, author, at, standard, word),
                |_| Ok(()),
            )
            .map_err(fault)
    }
}
