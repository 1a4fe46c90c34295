//! At the hub: what is known elsewhere of who is booked, or on a list of residents, goes to the spot that will see them, shortly before the visit
//! and until its day is over. Nobody asks for it, and nothing else goes.

use vereda_sync::day::Date;
use vereda_sync::id::RecordId;
use vereda_sync::record::booking::Booking;
use vereda_sync::record::document::Document;
use vereda_sync::record::lookup::{self, Answered};
use vereda_sync::record::resident::Resident;
use vereda_web::place::Zone;

use super::Node;
use crate::clock;
use crate::link::enrolled::place_of;
use crate::store::{Result, lookups, tours};

/// So many days before the visit, beside the day itself: over a weekend.
const DAYS_AHEAD: i64 = 3;
/// People looked at in one go.
const AT_ONCE: u32 = 64;
/// Of each day, before others have their turn.
const MAX_ROUNDS: u32 = 64;

/// Where days begin and end first.
fn first_zone() -> Zone {
    Zone::named("Etc/GMT-14").unwrap_or_default()
}

impl Node {
    /// At the hub: lends for every visit of the days to come what is known of who is seen there. Gives for how many people.
    ///
    /// # Errors
    /// When the store does not answer.
    pub fn lend_ahead(&self) -> Result<u64> {
        if !self.is_hub() {
            return Ok(0);
        }
        let now_ms = self.now_ms();
        let today = clock::day_in(now_ms, Zone::LISBON);
        let mut lent = 0;
        // Where it is still the day before, that day's visits are not over.
        for day in (-1..=DAYS_AHEAD).map(|days| today.days_on(days)) {
            // Whoever has it until the day is over where it ends first needs no more.
            let first_ms = clock::day_ends_ms_in(day, first_zone());
            // What was looked at is not found again; should it be, the rest waits for the next time.
            for _ in 0..MAX_ROUNDS {
                let due = tours::to_lend(&self.store.read(), &day.to_string(), first_ms, AT_ONCE)?;
                let before = lent;
                for (record, node) in due {
                    let (holds, zone) = self.place_of_spot(&node);
                    let until_ms = clock::day_ends_ms_in(day, zone);
                    // Its day is over there: nothing goes any more.
                    if until_ms <= now_ms {
                        continue;
                    }
                    self.lend_for(record, (&node, &holds), until_ms)?;
                    lent += 1;
                }
                if lent == before {
                    break;
                }
            }
        }
        Ok(lent)
    }

    /// At the hub: who was just booked or listed may be seen within those days; what is known of them goes at once.
    ///
    /// # Errors
    /// When the store does not answer.
    pub(crate) fn lend_for_visit(&self, record: RecordId) -> Result<()> {
        if !self.is_hub() {
            return Ok(());
        }
        let Some((node, day)) = tours::visit_to_lend_for(&self.store.read(), record)? else {
            return Ok(());
        };
        let Some(day) = Date::parse(&day) else {
            return Ok(());
        };
        let (holds, zone) = self.place_of_spot(&node);
        let today = clock::day_in(self.now_ms(), zone);
        match (today..=today.days_on(DAYS_AHEAD)).contains(&day) {
            true => self.lend_for(record, (&node, &holds), clock::day_ends_ms_in(day, zone)),
            false => Ok(()),
        }
    }

    /// At the hub: the scopes that a spot holds, and the zone of its place.
    fn place_of_spot(&self, node: &str) -> (Vec<String>, Zone) {
        let sync = self.config.sync.as_ref();
        sync.map_or_else(Default::default, |sync| place_of(&sync.enrolled, node))
    }

    fn lend_for(
        &self,
        record: RecordId,
        (node, holds): (&str, &[String]),
        until_ms: i64,
    ) -> Result<()> {
        let read = self.with_document(record, expected)?;
        let nif = read.flatten().map(|(nif, _)| nif).unwrap_or_default();
        // Who is not enrolled is lent nothing.
        let found = match holds {
            [] => vec![],
            holds => lookups::find(&self.store.read(), ("nif", &nif), holds)?.0,
        };
        self.change(
            record,
            "",
            |d, author, at| lookup::lend(d, author, at, &found, until_ms),
            |db| self.lend_found(db, &found, (node, until_ms)),
        )?;
        if !found.is_empty() {
            let found = found.len();
            tracing::info!(node, %record, found, "lent for a visit");
        }
        Ok(())
    }

    /// At the hub: nobody comes after all, so what was lent for it ends.
    ///
    /// # Errors
    /// When the store does not answer.
    pub(crate) fn end_what_was_lent_for(&self, record: RecordId) -> Result<()> {
        let read = self.with_document(record, expected)?;
        let lent = read.flatten().and_then(|(_, lent)| lent);
        let Some(lent) = lent.filter(|lent| !lent.found.is_empty()) else {
            return Ok(());
        };
        let now_ms = self.now_ms();
        self.change(
            record,
            "",
            |d, author, at| lookup::lend(d, author, at, &lent.found, now_ms),
            |_| Ok(()),
        )
    }
}

/// The number of who is expected, and what was lent for them.
fn expected(document: &mut Document) -> Option<(String, Option<Answered>)> {
    let booked = Booking::of(document).map(|booking| (booking.booked.nif, booking.lent));
    booked.or_else(|| Resident::of(document).map(|resident| (resident.listed.nif, resident.lent)))
}
