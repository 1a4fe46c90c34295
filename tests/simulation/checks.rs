//! What must hold: some of it at every moment, all of it once everything has become quiet.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, ensure};
use vereda::commands::verify;
use vereda::store::{bundle, derived, journal, purged, records};
use vereda_sync::conflict::duplicate_id;
use vereda_sync::duplicate;
use vereda_sync::exchange::LENT;
use vereda_sync::guard;
use vereda_sync::id::RecordId;
use vereda_sync::record::Life;
use vereda_sync::record::case;
use vereda_sync::record::document::Document;

use crate::machine::Machine;
use crate::model::{Also, Changes};
use crate::perform::record;
use crate::site::HUB;
use crate::world::World;

/// Rounds in which everybody meets the hub until nothing is new, and again after some days.
const MOST_ROUNDS: u32 = 24;
/// More than there can be.
const ALL: u32 = 100_000;

/// The changes of each record, and its scope.
type Records = BTreeMap<RecordId, (String, Changes)>;

/// What holds at every moment: nothing is said to be at the hub that is not.
///
/// # Errors
/// What is overstated.
pub(crate) fn always(world: &mut World<'_>) -> anyhow::Result<()> {
    let at_hub = world.machines[HUB].changes()?;
    world.model.reach(&at_hub);
    hearsay(world)?;
    let epoch = world.machines[HUB].node.epoch()?;
    for (at, machine) in world.machines.iter().enumerate().skip(1) {
        // Of a hub that was restored a spot learns when they next speak.
        if machine.node.store.meta("hub_epoch")? != Some(epoch) {
            continue;
        }
        let lines = derived::search(&machine.node.store.read(), "", ALL)?;
        for line in lines {
            let own = "SELECT change FROM entry JOIN journal USING (journal)
                 WHERE record = ?1 AND (own OR entry IN (SELECT entry FROM hearsay))";
            let mut missing = match line.at_hub {
                true => machine.select(own, [line.row])?,
                false => continue,
            };
            missing.retain(|change| !at_hub.contains(change));
            ensure!(
                missing.is_empty(),
                "machine {at} says that the request {} is at the hub, which lacks {missing:?}",
                line.id
            );
        }
    }
    Ok(())
}

/// What another spot brought is hearsay until the hub's feed brings it.
fn hearsay(world: &World<'_>) -> anyhow::Result<()> {
    let of_hub = "SELECT change FROM entry JOIN journal USING (journal)
         WHERE NOT own AND entry NOT IN (SELECT entry FROM unheard)
         AND change NOT IN (SELECT change FROM entry JOIN journal USING (journal) WHERE own)";
    for (at, machine) in world.machines.iter().enumerate().skip(1) {
        let mut heard = machine.select(of_hub, [])?;
        heard.retain(|change| !world.model.acts.get(change).is_some_and(|act| act.reached));
        ensure!(
            heard.is_empty(),
            "machine {at} takes {heard:?} for the hub's, which never had it"
        );
    }
    Ok(())
}

/// Lets everybody meet the hub until nothing is new, and nobody waits for anybody.
///
/// # Errors
/// When that does not end.
pub(crate) fn become_quiet(world: &mut World<'_>) -> anyhow::Result<()> {
    while let Some(late) = world.late.len().checked_sub(1) {
        match world.chance.below(2) {
            0 => world.come_late(late)?,
            _ => world.late.truncate(late),
        }
    }
    world.nears.clear();
    let (mut before, mut waited) = (vec![], false);
    for _ in 0..MOST_ROUNDS {
        for at in 1..world.machines.len() {
            world.meet_whole(at)?;
            world.settle()?;
            world.hand_in(at, u64::MAX, 1_000)?;
            always(world)?;
        }
        let now = world.standing()?;
        if now == before {
            if waited {
                return world.settle();
            }
            // Whoever has what its author did not bring, brings it.
            world.days_pass();
            waited = true;
        }
        before = now;
    }
    anyhow::bail!("after {MOST_ROUNDS} rounds there is still something new")
}

/// What holds after that.
///
/// # Errors
/// The first that does not.
pub(crate) fn quiet(world: &mut World<'_>) -> anyhow::Result<()> {
    for at in 1..world.machines.len() {
        world.end_loans(at)?;
    }
    for (at, machine) in world.machines.iter().enumerate() {
        sound(machine).with_context(|| format!("machine {at}"))?;
    }
    let hub = records(&world.machines[HUB])?;
    complete(world, &hub)?;
    for (at, machine) in world.machines.iter().enumerate().skip(1) {
        equal(world, machine, &hub).with_context(|| format!("machine {at}"))?;
    }
    nothing_waits(world)?;
    looked_up(world)?;
    unique(world)?;
    for record in hub.keys() {
        says_what_was_written(world, *record).with_context(|| format!("the record {record}"))?;
    }
    duplicates(&world.machines[HUB])?;
    rebuilt(&world.machines[HUB])
}

/// The store against itself and its seals, nothing set aside, all of it proven.
fn sound(machine: &Machine) -> anyhow::Result<()> {
    let report = verify::examine(&machine.node, None)?;
    ensure!(report.wrong.is_empty(), "verify says {:?}", report.wrong);
    let db = machine.node.store.read();
    let count = |sql: &str| db.query_row(sql, [], |r| r.get::<_, i64>(0));
    let aside = count("SELECT count(*) FROM record WHERE dirty <> 0")?;
    ensure!(aside == 0, "{aside} records are not derived");
    // What came from another spot gives way to what the hub has in its place: a copied disk.
    let place = match machine.identity {
        HUB => "",
        _ => "place",
    };
    let aside = format!("SELECT count(*) FROM quarantine WHERE cause <> '{place}'");
    let quarantined = count(&aside)?;
    ensure!(quarantined == 0, "{quarantined} changes are in quarantine");
    if machine.identity == HUB {
        return Ok(());
    }
    for journal in journal::all(&db)?.iter().filter(|j| j.own) {
        let size = journal.frontier.size();
        ensure!(
            (journal.acked, journal.proven) == (size, size),
            "of {size} entries of the journal {} {} are acknowledged and {} proven",
            journal.id,
            journal.acked,
            journal.proven
        );
    }
    Ok(())
}

fn records(machine: &Machine) -> anyhow::Result<Records> {
    let db = machine.node.store.read();
    let mut rows = db.prepare_cached(
        "SELECT id, scope, change FROM entry JOIN record USING (record) ORDER BY entry",
    )?;
    let mut records = Records::new();
    let mut found = rows.query([])?;
    while let Some(r) = found.next()? {
        let record = records.entry(RecordId(r.get(0)?)).or_default();
        record.0 = r.get(1)?;
        record.1.insert(vereda_sync::id::ChangeId(r.get(2)?));
    }
    Ok(records)
}

/// Entries that spots took into their own journals though others had written them.
pub(crate) fn adopted(world: &World<'_>) -> anyhow::Result<u64> {
    let twice = "SELECT count(*) FROM entry e JOIN journal j USING (journal) WHERE j.own
         AND EXISTS (SELECT 1 FROM entry o JOIN journal k USING (journal)
             WHERE o.record = e.record AND o.change = e.change AND NOT k.own)";
    let mut all = 0;
    for machine in &world.machines[HUB + 1..] {
        let db = machine.node.store.read();
        all += u64::from(db.query_row(twice, [], |r| r.get::<_, u32>(0))?);
    }
    Ok(all)
}

/// The hub has every act that lives, and nothing else; each once, unless somebody adopted it, or a
/// disk was copied or put back and a journal begun anew for that.
fn complete(world: &World<'_>, hub: &Records) -> anyhow::Result<()> {
    let has: Changes = hub.values().flat_map(|(_, c)| c).copied().collect();
    let rows = "SELECT count(*) FROM entry";
    let db = world.machines[HUB].node.store.read();
    let rows: i64 = db.query_row(rows, [], |r| r.get(0))?;
    // Those that were begun in an exchange which a cut ended are told of by nobody.
    let journals = "SELECT count(*) - count(DISTINCT node) FROM journal WHERE node <> ''";
    let begun_anew: i64 = db.query_row(journals, [], |r| r.get(0))?;
    let twice = world.tally.adopted;
    ensure!(
        begun_anew > 0 || usize::try_from(rows)? <= has.len() + usize::try_from(twice)?,
        "{} changes, {twice} of them adopted, fill {rows} entries",
        has.len()
    );
    let live = world.model.live();
    let missing: Vec<_> = live.difference(&has).collect();
    ensure!(missing.is_empty(), "the hub lacks {missing:?}");
    let strange: Vec<_> = has.difference(&live).collect();
    ensure!(
        strange.is_empty(),
        "the hub has {strange:?}, which nobody wrote"
    );
    Ok(())
}

/// A spot has all of its scopes as the hub has it, and nothing that the hub has not.
fn equal(world: &World<'_>, spot: &Machine, hub: &Records) -> anyhow::Result<()> {
    let ours = records(spot)?;
    let scopes = &world.scopes[spot.identity];
    for (record, (scope, _)) in &ours {
        // What was lent by one whose disk died since is here to be read, and no more.
        let died = || scope == LENT && world.model.of(*record).next().is_none();
        ensure!(
            hub.contains_key(record) || died(),
            "the hub lacks the record {record}"
        );
    }
    for (record, (scope, at_hub)) in hub {
        if !scopes.contains(scope) {
            continue;
        }
        let here = ours.get(record).map(|(_, changes)| changes);
        ensure!(
            here == Some(at_hub),
            "the record {record} is {here:?} here and {at_hub:?} at the hub"
        );
        let is_purged = purged::is_id(&spot.node.store.read(), *record)?;
        if is_purged {
            gone(spot, *record).with_context(|| format!("the purged record {record}"))?;
            continue;
        }
        let read = |d: &mut Document| {
            let mut heads = d.heads();
            heads.sort();
            (heads, d.answers().clone())
        };
        let hub = world.machines[HUB].node.with_document(*record, read)?;
        ensure!(
            spot.node.with_document(*record, read)? == hub,
            "the record {record} reads otherwise than at the hub"
        );
        let id = record.to_string();
        let line = |machine: &Machine| -> anyhow::Result<_> {
            let line = derived::request(&machine.node.store.read(), &id)?;
            Ok(line.map(|l| (l.number, l.citizen, l.life, l.conflicts, l.at_hub)))
        };
        let ours = line(spot)?;
        ensure!(
            ours == line(&world.machines[HUB])?.map(|mut l| {
                l.4 = true;
                l
            }),
            "the record {record} is listed as {ours:?}, unlike at the hub"
        );
    }
    Ok(())
}

/// Of a record that a spot purged only places and ids are there, also when there was more of it since.
fn gone(spot: &Machine, record: RecordId) -> anyhow::Result<()> {
    let db = spot.node.store.read();
    let bodies = "SELECT count(*) FROM entry
         WHERE record = (SELECT record FROM record_by_id WHERE id = ?1) AND length(body) > 0";
    let bodies: i64 = db.query_row(bodies, [record.0], |r| r.get(0))?;
    ensure!(bodies == 0, "{bodies} bodies are back");
    let line = derived::request(&db, &record.to_string())?;
    ensure!(line.is_none(), "it is listed as {line:?}");
    Ok(())
}

/// No part of a bundle is left at a carrier or the hub, unless a disk was copied or put back: then
/// one may wait for what nobody has, or be of a journal that the hub knows otherwise.
fn nothing_waits(world: &World<'_>) -> anyhow::Result<()> {
    for (at, machine) in world.machines.iter().enumerate() {
        let kept = bundle::all(&machine.node.store.read())?;
        for part in kept {
            let (header, note) = (part.header, part.note.unwrap_or_default());
            let hub = world.machines[HUB].node.store.read();
            let held = journal::find(&hub, header.journal())?.map_or(0, |j| j.frontier.size());
            let lacks = header.first > held + 1 || header.checkpoint.head.size > held;
            let waits = lacks || note.contains("differs from what the hub holds");
            ensure!(
                waits && world.is_copied(),
                "machine {at} keeps a part of {} from entry {} on, of which the hub has {held}: {note}",
                header.node,
                header.first
            );
        }
    }
    Ok(())
}

/// Every look-up is answered, and nobody has anything of another scope but what was looked up there, and
/// only until that is over.
fn looked_up(world: &World<'_>) -> anyhow::Result<()> {
    let waits = "SELECT count(*) FROM lookup WHERE state = 'waits'";
    let count = |machine: &Machine, sql: &str| -> anyhow::Result<i64> {
        let db = machine.node.store.read();
        Ok(db.query_row(sql, [], |r| r.get(0))?)
    };
    let waiting = count(&world.machines[HUB], waits)?;
    ensure!(waiting == 0, "{waiting} look-ups were not answered");
    let unasked = format!(
        "SELECT count(*) FROM record WHERE scope = '{LENT}'
         AND id NOT IN (SELECT b.request FROM borrowed b JOIN lookup q USING (record) WHERE q.own)"
    );
    for (at, machine) in world.machines.iter().enumerate().skip(1) {
        let unasked = count(machine, &unasked)?;
        ensure!(
            unasked == 0,
            "machine {at} holds {unasked} records that nobody asked for"
        );
        let ended =
            format!("SELECT id FROM record JOIN purged USING (record) WHERE scope = '{LENT}'");
        let ended = {
            let db = machine.node.store.read();
            let mut rows = db.prepare_cached(&ended)?;
            let ended = rows.query_map([], |r| r.get(0).map(RecordId))?;
            ended.collect::<rusqlite::Result<Vec<_>>>()?
        };
        for record in ended {
            gone(machine, record).with_context(|| format!("what was lent of {record}"))?;
        }
    }
    Ok(())
}

/// No author used a sequence number of a record twice.
fn unique(world: &World<'_>) -> anyhow::Result<()> {
    let mut used = BTreeMap::new();
    for machine in &world.machines {
        let db = machine.node.store.read();
        let mut rows = db.prepare_cached(
            "SELECT id, body FROM entry JOIN record USING (record) WHERE length(body) > 0",
        )?;
        let mut found = rows.query([])?;
        while let Some(r) = found.next()? {
            let record: [u8; 32] = r.get(0)?;
            let change = guard::examine(r.get_ref(1)?.as_blob()?)?;
            let change_id = change.change;
            let before = used.insert((record, change.actor, change.seq), change_id);
            ensure!(
                before.is_none_or(|same| same == change_id),
                "{change_id} has the author and the number of {before:?}"
            );
        }
    }
    Ok(())
}

/// The record at the hub says what people wrote, and each conflict stands until somebody
/// who saw all of it wrote over it.
fn says_what_was_written(world: &World<'_>, record: RecordId) -> anyhow::Result<()> {
    let hub = &world.machines[HUB].node;
    let model = &world.model;
    let read = hub.with_document(record, |d| {
        let stated = d.fields().map(|field| {
            let stated = d.statements(field).into_iter();
            let mut values: Vec<String> = stated.map(|s| s.answer.value).collect();
            values.sort();
            (field.clone(), values)
        });
        // A field that was left empty says nothing.
        let said = stated.filter(|(_, values)| values.iter().any(|v| !v.is_empty()));
        let mut stated: BTreeMap<_, _> = said.collect();
        // Who corrects says with it that the request stands; nobody here withdraws one.
        let stands = stated
            .remove(case::STANDING)
            .is_none_or(|said| said.iter().all(|s| s == "stands"));
        let notes: BTreeSet<String> = d.notes().into_iter().map(|(_, text)| text).collect();
        (stated, notes, d.acts().count(), stands)
    });
    let (stated, notes, acts, stands) = read?.context("the record cannot be read")?;
    ensure!(stands, "the request was withdrawn by nobody");
    let standing = model.standing(record);
    ensure!(
        stated == standing,
        "the hub says {stated:?}, and people said {standing:?}"
    );
    let of_record = || model.of(record).map(|(_, act)| &act.also);
    let written = of_record().filter_map(|also| match also {
        Also::Note(text) => Some(text.clone()),
        _ => None,
    });
    let written: BTreeSet<String> = written.collect();
    ensure!(notes == written, "the notes are {notes:?}, not {written:?}");
    let lived = model.of(record).count();
    ensure!(acts == lived, "{acts} acts are told of {lived}");
    let conflicts = derived::conflicts(&hub.store.read(), ALL)?;
    let row = records::find_record(&hub.store.read(), record)?;
    let listed = conflicts.iter().filter(|c| Some(c.record) == row);
    let listed: BTreeSet<String> = listed.filter_map(|c| c.field.clone()).collect();
    let line = derived::request(&hub.store.read(), &record.to_string())?;
    if let Some(line) = line {
        let open = model.conflicts(record);
        ensure!(
            listed == open,
            "in conflict: {listed:?}, and it should be {open:?}"
        );
        let number = of_record().find_map(|also| match also {
            Also::Number(number) => Some(number.clone()),
            _ => None,
        });
        ensure!(
            line.number == number,
            "the number is {:?}, not {number:?}",
            line.number
        );
        let withdrawn = of_record().any(|also| *also == Also::Withdraws);
        ensure!(
            (line.life == Life::Withdrawn) == withdrawn,
            "its life is {:?}",
            line.life
        );
    }
    Ok(())
}

/// Every two requests that look the same are in conflict or decided about, and no others.
fn duplicates(hub: &Machine) -> anyhow::Result<()> {
    let db = hub.node.store.read();
    let mut requests = Vec::new();
    for line in derived::search(&db, "", ALL)? {
        let keys = derived::keys_of(&db, line.row)?;
        requests.extend(keys.map(|(_, keys)| (line.id, keys)));
    }
    let mut expected = BTreeSet::new();
    for (at, (a, keys)) in requests.iter().enumerate() {
        for (b, other) in &requests[at + 1..] {
            let id = duplicate_id(record(a)?, record(b)?);
            let alike = duplicate::compare(keys, other).is_some();
            if alike && derived::decisions_of(&db, &id)?.is_empty() {
                expected.insert(id);
            }
        }
    }
    let listed = derived::conflicts(&db, ALL)?;
    let listed = listed
        .into_iter()
        .filter(|c| c.kind == derived::Disagree::Requests);
    let listed: BTreeSet<String> = listed.map(|c| c.id).collect();
    ensure!(
        listed == expected,
        "requests made twice: {listed:?} are listed, {expected:?} are there"
    );
    Ok(())
}

/// What is derived comes out the same when it is made anew.
fn rebuilt(hub: &Machine) -> anyhow::Result<()> {
    let read = || -> anyhow::Result<_> {
        let db = hub.node.store.read();
        let conflicts = derived::conflicts(&db, ALL)?.into_iter();
        let conflicts: BTreeSet<_> = conflicts.map(|c| (c.id, c.since_ms)).collect();
        let mut lines = derived::search(&db, "", ALL)?;
        lines.sort_by(|a, b| a.id.cmp(&b.id));
        Ok((conflicts, lines))
    };
    let before = read()?;
    derived::reset(&hub.node.store.write())?;
    hub.node.derive_arrived()?;
    let after = read()?;
    ensure!(
        before == after,
        "made anew it is {after:?}, and was {before:?}"
    );
    Ok(())
}
