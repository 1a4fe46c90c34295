//! Notices to the spots, and who has read them.

use vereda_sync::day::Date;
use vereda_sync::id::RecordId;
use vereda_sync::record::act::Act;
use vereda_sync::record::case::node_of;
use vereda_sync::record::notice::{self, Notice, To};
use vereda_web::console::port::{NoticeRow, NoticeView, Notices, Told};
use vereda_web::desk::port::{By, DeskError, MAX_SAID_CHARS, Person, Session};

use super::HubConsole;
use crate::clock;
use crate::desk::{fault, record_id};
use crate::link::enrolled;
use crate::store::spot;
use crate::store::{bounds, notices};
use crate::written;

/// Most notices listed at once.
const LISTED: u32 = 50;

/// The same words for the same spots within this time are one notice.
const SAME_WITHIN_MS: i64 = 60_000;

impl HubConsole {
    /// The spots that may exchange, by id and name.
    pub(super) fn enrolled(&self) -> Result<Vec<Person>, DeskError> {
        let Some(sync) = &self.node.config.sync else {
            return Ok(vec![]);
        };
        let names = spot::names(&self.node.store.read()).map_err(fault)?;
        let name_of = |id: &str| names.get(id).cloned().unwrap_or_else(|| id.to_owned());
        let here = bounds::here();
        let is_seen = |id: &String| here.as_ref().is_none_or(|here| here.nodes.contains(id));
        let mut spots: Vec<Person> = enrolled::spots(&sync.enrolled)
            .into_iter()
            .filter(is_seen)
            .map(|id| Person {
                name: name_of(&id),
                id,
            })
            .collect();
        spots.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
        Ok(spots)
    }

    fn read_notice(&self, id: RecordId) -> Result<Notice, DeskError> {
        let read = self.node.with_document(id, |d| Notice::of(d));
        read.map_err(fault)?.flatten().ok_or(DeskError::NotFound)
    }
}

/// Who has read it, of the spots that whoever calls may know of.
fn of_theirs(notice: &Notice) -> Vec<&Act> {
    let here = bounds::here();
    let is_theirs = |act: &&Act| {
        here.as_ref()
            .is_none_or(|here| here.nodes.contains(node_of(act)))
    };
    notice.seen.iter().filter(is_theirs).collect()
}

fn row(id: RecordId, notice: &Notice, spots: &[Person]) -> NoticeRow {
    let missing = spots
        .iter()
        .filter(|spot| notice.to.is_for(&spot.id) && notice.seen_at(&spot.id).is_none());
    NoticeRow {
        id: id.to_string(),
        text: notice.text.clone(),
        is_urgent: notice.is_urgent,
        is_over: notice.until.to_string() < clock::today(),
        until: notice.until.to_string(),
        by: By {
            who: notice.by.by.clone(),
            at: clock::of(&notice.by),
        },
        seen: of_theirs(notice).len() as u64,
        missing: missing.count() as u64,
    }
}

impl Notices for HubConsole {
    fn notices(&self) -> Result<Vec<NoticeRow>, DeskError> {
        let spots = self.enrolled()?;
        let ids = notices::all(&self.node.store.read(), LISTED).map_err(fault)?;
        let rows = ids.into_iter();
        rows.map(|id| Ok(row(id, &self.read_notice(id)?, &spots)))
            .collect()
    }

    fn notice(&self, id: &str) -> Result<NoticeView, DeskError> {
        let (id, spots) = (record_id(id)?, self.enrolled()?);
        let notice = self.read_notice(id)?;
        let seen = of_theirs(&notice).into_iter().map(|act| {
            let who = format!("{}, {}", act.by, act.spot);
            let at = clock::of(act);
            By { who, at }
        });
        let missing = spots
            .iter()
            .filter(|spot| notice.to.is_for(&spot.id) && notice.seen_at(&spot.id).is_none());
        Ok(NoticeView {
            seen: seen.collect(),
            missing: missing.map(|spot| spot.name.clone()).collect(),
            row: row(id, &notice, &spots),
        })
    }

    fn spots_to_tell(&self) -> Result<Vec<Person>, DeskError> {
        self.enrolled()
    }

    fn tell(&self, session: &Session, told: &Told) -> Result<(), DeskError> {
        let not_now = |why: &str| Err(DeskError::NotNow(why.into()));
        let text = written::needed(&told.text, MAX_SAID_CHARS, "Escreva a mensagem.")?;
        let Some(until) = Date::parse(told.until.trim()) else {
            return not_now("Escolha até que dia a mensagem se mostra.");
        };
        if until.to_string() < clock::today() {
            return not_now("Esse dia já passou: a mensagem não se mostrava a ninguém.");
        }
        let to = match &told.to {
            None if bounds::here().is_some() => {
                return not_now(
                    "Para todos os postos do país só escreve quem trabalha para todo o país. Escolha postos da sua região.",
                );
            }
            None => To::All,
            Some(nodes) => {
                let known = self.enrolled()?;
                if nodes.is_empty() {
                    return not_now("Escolha para que postos é, ou que é para todos.");
                }
                if !nodes.iter().all(|node| known.iter().any(|k| k.id == *node)) {
                    return not_now("Um destes postos já não está inscrito: escolha de novo.");
                }
                To::Only(nodes.clone())
            }
        };
        // A second click.
        let last = notices::all(&self.node.store.read(), 1).map_err(fault)?;
        if let Some(last) = last.first() {
            let last = self.read_notice(*last)?;
            let age_ms = clock::now_ms() - last.by.at.unix_ms();
            let same = (last.text.as_str(), &last.to, last.until) == (text, &to, until);
            if same && node_of(&last.by) == self.node.config.node.id && age_ms < SAME_WITHIN_MS {
                return Ok(());
            }
        }
        let person = &session.person.name;
        let told = self.node.begin(person, |author, at| {
            notice::tell(author, at, &to, (until, told.is_urgent), text)
        });
        told.map(|_| ()).map_err(fault)
    }
}
