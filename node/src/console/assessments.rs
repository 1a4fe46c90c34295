//! How the spots find that they stand with the standards of service.

use vereda_sync::day::{Date, Day};
use vereda_sync::id::RecordId;
use vereda_sync::record::assessment::Assessment;
use vereda_web::console::port::{Assessed, SpotAssessed};
use vereda_web::desk::port::{AssessmentView, DeskError, History};

use super::HubConsole;
use crate::clock;
use crate::desk::{assessments as read, fault, record_id};
use crate::store::assessments;

/// Assessments of one spot that are looked back on.
const LISTED: u32 = 12;

fn assessed(name: String, latest: Option<&(RecordId, Assessment)>) -> SpotAssessed {
    let today = clock::today();
    let year_ago =
        Date::parse(&today).map_or_else(String::new, |d| Day::Years(-1).date(d).to_string());
    let Some((id, it)) = latest else {
        return SpotAssessed {
            name,
            latest: None,
            is_due: true,
            short: vec![],
            owed: vec![],
        };
    };
    let recorded = it.recorded.as_ref();
    let text = |id: &str| {
        let standard = it.standards.iter().find(|s| s.id == id);
        standard.map_or_else(|| id.to_owned(), |s| s.text.clone())
    };
    let short = recorded.iter().flat_map(|r| &r.found);
    let short = short.filter(|f| f.verdict.falls_short());
    let owed = it
        .owed()
        .map(|f| (f.todo.clone(), f.by.clone(), f.by < today));
    SpotAssessed {
        name,
        latest: read::row(*id, it),
        is_due: recorded.is_none_or(|r| clock::day(r.act.at.unix_ms()) < year_ago),
        short: short.map(|f| (text(&f.standard), f.verdict)).collect(),
        owed: owed.collect(),
    }
}

impl Assessed for HubConsole {
    fn assessed(&self) -> Result<Vec<SpotAssessed>, DeskError> {
        let mut spots = self.enrolled()?;
        let nodes = assessments::nodes(&self.node.store.read()).map_err(fault)?;
        // What a spot wrote that is no longer enrolled stays to be read.
        for id in nodes {
            if spots.iter().all(|spot| spot.id != id) {
                let name = String::new();
                spots.push(vereda_web::desk::port::Person { id, name });
            }
        }
        let mut all = Vec::new();
        for spot in spots {
            let latest = read::recorded(&self.node, &spot.id, 1)?;
            let name = match latest.first() {
                Some((_, it)) => it.opened.spot.clone(),
                None => spot.name,
            };
            all.push(assessed(name, latest.first()));
        }
        all.sort_by(|a, b| (!a.is_due, &a.name).cmp(&(!b.is_due, &b.name)));
        Ok(all)
    }

    fn assessment(&self, id: &str) -> Result<(AssessmentView, History), DeskError> {
        let id = record_id(id)?;
        let it = read::read(&self.node, id)?;
        if it.recorded.is_none() {
            return Err(DeskError::NotFound);
        }
        let all = read::recorded(&self.node, &it.node, LISTED)?;
        Ok((read::view(&self.node, id, &it), read::history(&all)))
    }
}
