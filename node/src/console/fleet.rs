//! The fleet at the console: how its nodes are, alarms in hand, nodes that are lost.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use vereda_sync::record::revocation::{self, Revocation};
use vereda_sync::text::fold;
use vereda_web::console::port::Enrolling as _;
use vereda_web::console::port::{
    Alarm, AlarmRow, Fleet, FleetMark, FleetPoint, FleetView, How, Loss, NodeRow, NodeView, Order,
    ProofAge, Wanting,
};
use vereda_web::desk::port::{DeskError, Event, Session};

use super::HubConsole;
use crate::authority;
use crate::clock;
use crate::desk::{fault, rows};
use crate::fleet::{self, Known, Offered, alarms, missing};
use crate::link::enrolled;
use crate::store::bounds;
use crate::store::fleet::{self as stored, InHand, LostNode};
use crate::store::{derived, journal, tours as toured};
use crate::tours::{self, not_now};
use crate::written;

/// Most nodes on a page.
const ON_A_PAGE: usize = 100;
/// Most alarms that are listed.
const ALARMS: usize = 9;
/// Most conflicts of a node that are listed, and that are looked through for it.
const CONFLICTS: usize = 20;
const CONFLICTS_LOOKED_AT: u32 = 500;
/// Longest note and reason, in characters.
const MAX_CHARS: usize = 300;
/// For so long what is published, and how many alarms there are, is not looked at again.
const PUBLISHED_FOR: Duration = Duration::from_secs(60);
const COUNTED_FOR: Duration = Duration::from_secs(2);

/// What need not be found out anew for every page.
#[derive(Debug, Default)]
pub(super) struct Remembered {
    offered: Mutex<Option<(Instant, Offered)>>,
    open: Mutex<Option<(Instant, u64)>>,
}

impl Remembered {
    fn forget(&self) {
        *self.open.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

impl HubConsole {
    fn offered(&self) -> Result<Offered, DeskError> {
        let mut kept = self
            .fleet
            .offered
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let edition = self.node.catalogue().edition;
        if let Some((at, offered)) = kept.as_ref()
            && at.elapsed() < PUBLISHED_FOR
            && offered.catalogue.0 == edition
        {
            return Ok(offered.clone());
        }
        let found = fleet::offered(&self.node).map_err(fault)?;
        *kept = Some((Instant::now(), found.clone()));
        Ok(found)
    }

    fn known(&self) -> Result<Vec<Known>, DeskError> {
        let mut all = {
            let db = self.node.store.read();
            fleet::all(&db, self.node.config.sync.as_ref()).map_err(fault)?
        };
        // Who is enrolled stands in a file, which no view covers.
        if let Some(bounds) = bounds::here() {
            all.retain(|known| bounds.nodes.contains(&known.id));
        }
        Ok(all)
    }

    /// Alarms that nobody has in hand.
    pub(super) fn open_alarms(&self) -> Result<u64, DeskError> {
        if bounds::here().is_some() {
            return self.count_open();
        }
        let mut kept = self
            .fleet
            .open
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some((at, open)) = *kept
            && at.elapsed() < COUNTED_FOR
        {
            return Ok(open);
        }
        let open = self.count_open()?;
        *kept = Some((Instant::now(), open));
        Ok(open)
    }

    fn count_open(&self) -> Result<u64, DeskError> {
        let (offered, now_ms) = (self.offered()?, self.node.now_ms());
        let all = self.known()?;
        let alarms = all
            .iter()
            .flat_map(|known| alarms::of(known, &self.node.config.fleet, &offered, now_ms));
        Ok(alarms.filter(|alarm| alarm.in_hand.is_none()).count() as u64)
    }

    fn node_row(&self, known: &Known, found: &[Alarm], now_ms: i64) -> Result<NodeRow, DeskError> {
        let open = found.iter().filter(|alarm| alarm.in_hand.is_none()).count();
        Ok(NodeRow {
            id: known.id.clone(),
            name: known.name.clone(),
            how: self.how(known)?,
            seen: known.seen_ms.map(|ms| clock::moment(ms, true)),
            proven: known.proven_ms.map(|ms| clock::moment(ms, true)),
            age: alarms::age(known, &self.node.config.fleet, now_ms),
            open: open as u64,
            in_hand: (found.len() - open) as u64,
        })
    }

    fn how(&self, known: &Known) -> Result<Option<How>, DeskError> {
        let Some(told) = &known.told else {
            return Ok(None);
        };
        let said = &told.condition;
        let (newest, _) = self.offered()?.catalogue_for(known);
        let is_behind = said.catalogue < newest;
        let since = match is_behind {
            true => {
                let db = self.node.store.read();
                stored::offered_since(&db, "catalogue", &said.catalogue.to_string())
                    .map_err(fault)?
            }
            false => None,
        };
        let by_hub = |ms: u64| {
            let ms = i64::try_from(ms)
                .unwrap_or(i64::MAX)
                .saturating_sub(told.skew_ms);
            // No work is of tomorrow, whatever a clock says.
            clock::moment(ms.min(told.at_ms), true)
        };
        Ok(Some(How {
            told: clock::moment(told.at_ms, true),
            program: said.program.clone(),
            catalogue: said.catalogue,
            is_behind,
            catalogue_since: since.map(|ms| clock::moment(ms, true)),
            battery: said.battery.map(|b| (b.percent, b.on_mains)),
            free_bytes: said.free_bytes,
            skew_s: told.skew_ms / 1_000,
            up_s: said.up_s,
            attended: said.attended,
            unsent: said.unsent.changes,
            requests: said.unsent.requests,
            photographs: said.unsent.photographs,
            unsent_since: said.unsent.since_ms.map(by_hub),
            place: said
                .place
                .as_ref()
                .map(|p| (p.name.clone(), p.held_ms.map(by_hub))),
            position: said.place.as_ref().and_then(|p| p.position),
        }))
    }

    fn one(&self, node: &str) -> Result<Known, DeskError> {
        let found = self.known()?.into_iter().find(|known| known.id == node);
        found.ok_or(DeskError::NotFound)
    }

    fn alarms_of(&self, known: &Known) -> Result<Vec<Alarm>, DeskError> {
        let (limits, now_ms) = (&self.node.config.fleet, self.node.now_ms());
        Ok(alarms::of(known, limits, &self.offered()?, now_ms))
    }

    /// Conflicts that a node has a side of, by id and what they are about.
    fn conflicts_of(&self, known: &Known) -> Result<Vec<(String, String)>, DeskError> {
        let lines = derived::conflicts(&self.node.store.read(), CONFLICTS_LOOKED_AT);
        let lines = lines.map_err(fault)?;
        let mut out = Vec::new();
        for line in lines {
            if out.len() == CONFLICTS {
                break;
            }
            let sides = [Some(line.record), line.other];
            for row in sides.into_iter().flatten() {
                if let Some(request) = self.request_of(row)?.filter(|r| r.spot == known.name) {
                    let what = rows::service_title(&self.node, &request.service)
                        .pt()
                        .to_owned();
                    out.push((line.id.clone(), format!("{what} · {}", request.citizen)));
                    break;
                }
            }
        }
        Ok(out)
    }

    /// From now on its certificate is accepted no longer: first this hub's own word, which is in force at once and outlasts
    /// any copy of the list, then the list.
    fn revoke(&self, known: &Known) -> Result<(), DeskError> {
        let certificate = known
            .enrolled
            .as_ref()
            .map(|e| e.fingerprint.to_lowercase());
        let mut certificates = vec![certificate.ok_or(DeskError::NotFound)?];
        // While it renews there are two.
        if let Some(sync) = &self.node.config.sync {
            certificates.extend(enrolled::fingerprints(&sync.enrolled, &known.id));
        }
        certificates.sort_unstable();
        certificates.dedup();
        for certificate in certificates {
            let said = Revocation {
                node: known.id.clone(),
                certificate,
                since: tours::today()?,
            };
            let begun = self
                .node
                .begin("", |author, at| revocation::revoke(author, at, &said));
            begun.map_err(fault)?;
        }
        if let Some(sync) = &self.node.config.sync
            && let Err(error) = authority::revoke_in(&sync.enrolled, &known.id)
        {
            tracing::error!(%error, node = known.id, "a node that is lost is still on the list of the enrolled; it is refused all the same");
        }
        Ok(())
    }
}

fn is_sought(known: &Known, text: &str) -> bool {
    let place = known.told.as_ref().and_then(|t| t.condition.place.as_ref());
    let texts = [
        known.name.as_str(),
        known.id.as_str(),
        place.map_or("", |p| p.name.as_str()),
    ];
    texts.iter().any(|one| fold(one).contains(text))
}

impl Fleet for HubConsole {
    fn fleet(&self, wanted: &Wanting) -> Result<FleetView, DeskError> {
        let (offered, now_ms) = (self.offered()?, self.node.now_ms());
        let limits = &self.node.config.fleet;
        let all = self.known()?;
        let mut listed: Vec<(&Known, Vec<Alarm>)> = all
            .iter()
            .map(|known| (known, alarms::of(known, limits, &offered, now_ms)))
            .collect();
        let mut open: Vec<(&Known, &Alarm)> = listed
            .iter()
            .flat_map(|(known, found)| found.iter().map(move |alarm| (*known, alarm)))
            .collect();
        let alarms_all = open.len();
        open.retain(|(_, alarm)| alarm.in_hand.is_none());
        open.sort_by_key(|(_, alarm)| (alarms::rank(&alarm.kind), std::cmp::Reverse(alarm.grade)));
        let rows_of_alarms = open.iter().take(ALARMS).map(|(known, alarm)| AlarmRow {
            id: known.id.clone(),
            name: known.name.clone(),
            alarm: (*alarm).clone(),
        });
        let (rows_of_alarms, open): (Vec<AlarmRow>, u64) =
            (rows_of_alarms.collect(), open.len() as u64);
        let text = fold(&wanted.text);
        listed.retain(|(known, found)| {
            is_sought(known, &text)
                && (!wanted.alarmed || found.iter().any(|a| a.in_hand.is_none()))
        });
        let unsent = |known: &Known| {
            known
                .told
                .as_ref()
                .map_or(0, |t| t.condition.unsent.changes)
        };
        match wanted.order {
            Order::Name => {}
            Order::Need => listed.sort_by_key(|(known, found)| {
                let open = found.iter().filter(|a| a.in_hand.is_none());
                let worst = open.map(|a| alarms::rank(&a.kind)).min().unwrap_or(u8::MAX);
                (worst, found.is_empty(), known.proven_ms.unwrap_or(i64::MIN))
            }),
            Order::Proof => listed.sort_by_key(|(known, _)| (!known.is_accepted, known.proven_ms)),
            Order::Unsent => listed.sort_by_key(|(known, _)| std::cmp::Reverse(unsent(known))),
        }
        let pages = listed.len().div_ceil(ON_A_PAGE);
        let page = (wanted.page as usize).min(pages.saturating_sub(1));
        let mut rows = Vec::new();
        for (known, found) in listed.iter().skip(page * ON_A_PAGE).take(ON_A_PAGE) {
            rows.push(self.node_row(known, found, now_ms)?);
        }
        let marks = listed.iter().filter_map(|(known, _)| {
            let place = known.told.as_ref()?.condition.place.as_ref()?;
            Some(FleetMark {
                id: known.id.clone(),
                name: known.name.clone(),
                at: place.position?,
                age: alarms::age(known, limits, now_ms),
            })
        });
        Ok(FleetView {
            marks: marks.collect(),
            rows,
            found: listed.len() as u64,
            all: all.len() as u64,
            pages: u32::try_from(pages).unwrap_or(u32::MAX),
            alarms: rows_of_alarms,
            open,
            in_hand: (alarms_all as u64).saturating_sub(open),
            waiting: match bounds::here() {
                None => self.renewals_waiting()?,
                Some(_) => 0,
            },
        })
    }

    fn fleet_node(&self, session: &Session, node: &str) -> Result<NodeView, DeskError> {
        let (known, now_ms) = (self.one(node)?, self.node.now_ms());
        let found = self.alarms_of(&known)?;
        let names = self.spot_names()?;
        let (points, lost, missing, changes, of_today) = {
            let db = self.node.store.read();
            let today = clock::today();
            let journals = journal::of_node(&db, node).map_err(fault)?;
            (
                stored::points(&db, node).map_err(fault)?,
                stored::lost(&db, node).map_err(fault)?,
                missing::of(&db, node, |id| tours::name(&names, id).to_owned()).map_err(fault)?,
                journals.iter().map(|j| j.frontier.size()).sum(),
                toured::on_day(&db, node, &today).map_err(fault)?,
            )
        };
        // What was said of the certificate that it had before is of a machine that is gone.
        let certificate = known
            .enrolled
            .as_ref()
            .map(|e| e.fingerprint.to_lowercase());
        let lost = lost.filter(|lost| Some(&lost.certificate) == certificate.as_ref());
        let points = points.into_iter().map(|p| FleetPoint {
            at: clock::moment(p.at_ms, true),
            battery: p.battery,
            unsent: p.unsent,
        });
        let ends = known.ends().map(|day| day.to_string());
        let row = self.node_row(&known, &found, now_ms)?;
        Ok(NodeView {
            is_enrolled: row.age != ProofAge::Revoked,
            row,
            certificate: known
                .enrolled
                .as_ref()
                .map(|e| e.enrolled.clone())
                .zip(ends),
            scopes: known
                .enrolled
                .as_ref()
                .map_or_else(Vec::new, |e| e.scopes.clone()),
            changes,
            points: points.collect(),
            aside: known.aside,
            conflicts: self.conflicts_of(&known)?,
            tours: tours::lines(&self.node, of_today, &names)?,
            loss: lost.map(|lost| Loss {
                own: lost.person == session.person.id,
                by: lost.name,
                at: clock::moment(lost.at_ms, true),
                reason: lost.reason,
                agreed: lost.agreed.map(|(who, ms)| (who, clock::moment(ms, true))),
            }),
            missing,
            alarms: found,
        })
    }

    fn take_alarm(
        &self,
        session: &Session,
        node: &str,
        alarm: &str,
        note: &str,
    ) -> Result<(), DeskError> {
        let note = written::needed(note, MAX_CHARS, "Escreva o que vai fazer.")?;
        let known = self.one(node)?;
        let found = self
            .alarms_of(&known)?
            .into_iter()
            .find(|a| a.kind.code() == alarm);
        let Some(found) = found else {
            return not_now("Este aviso já passou.");
        };
        let taken = InHand {
            grade: found.grade,
            name: session.person.name.clone(),
            at_ms: self.node.now_ms(),
            note: note.to_owned(),
        };
        stored::take_in_hand(&self.node.store.write(), node, alarm, &taken).map_err(fault)?;
        self.fleet.forget();
        self.node.tell(Event::Strip);
        Ok(())
    }

    fn report_lost(&self, session: &Session, node: &str, reason: &str) -> Result<(), DeskError> {
        let reason = written::needed(
            reason,
            MAX_CHARS,
            "Escreva o que aconteceu: fica com o seu nome.",
        )?;
        let known = self.one(node)?;
        let Some(entry) = known.enrolled.as_ref().filter(|_| known.is_accepted) else {
            return not_now("Este posto já não é aceite.");
        };
        let before = stored::lost(&self.node.store.read(), node).map_err(fault)?;
        if before.is_some_and(|b| b.certificate == entry.fingerprint.to_lowercase()) {
            return not_now("Alguém já o disse: veja na página do posto, e concorde se for assim.");
        }
        let lost = LostNode {
            certificate: entry.fingerprint.to_lowercase(),
            person: session.person.id.clone(),
            name: session.person.name.clone(),
            at_ms: self.node.now_ms(),
            reason: reason.to_owned(),
            agreed: None,
        };
        stored::keep_lost(&self.node.store.write(), node, &lost).map_err(fault)?;
        self.node.tell(Event::Strip);
        Ok(())
    }

    fn agree_lost(&self, session: &Session, node: &str) -> Result<(), DeskError> {
        let known = self.one(node)?;
        let lost = stored::lost(&self.node.store.read(), node).map_err(fault)?;
        let certificate = known
            .enrolled
            .as_ref()
            .map(|e| e.fingerprint.to_lowercase());
        let lost =
            lost.filter(|l| l.agreed.is_none() && Some(&l.certificate) == certificate.as_ref());
        let Some(mut lost) = lost else {
            return not_now(
                "Ninguém diz agora que este posto está perdido. Veja a página outra vez.",
            );
        };
        if lost.person == session.person.id {
            return not_now("Foi quem o disse: tem de ser outra pessoa a concordar.");
        }
        self.revoke(&known)?;
        lost.agreed = Some((session.person.name.clone(), self.node.now_ms()));
        stored::keep_lost(&self.node.store.write(), node, &lost).map_err(fault)?;
        self.fleet.forget();
        self.node.tell(Event::Strip);
        Ok(())
    }

    fn not_lost(&self, _: &Session, node: &str) -> Result<(), DeskError> {
        let lost = stored::lost(&self.node.store.read(), node).map_err(fault)?;
        match lost {
            Some(lost) if lost.agreed.is_none() => {
                stored::found_again(&self.node.store.write(), &lost.certificate).map_err(fault)?;
                self.node.tell(Event::Strip);
                Ok(())
            }
            Some(_) => not_now("Já não é aceite, e isso não se desfaz: inscreva-o de novo."),
            None => not_now("Ninguém diz agora que este posto está perdido."),
        }
    }
}
