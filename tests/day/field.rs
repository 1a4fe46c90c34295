//! Out there: desks serve, and what comes in between: networks that do not stay, a plug that is pulled, a meeting, a stick, a
//! laptop that dies for good.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow, ensure};
use vereda_tests::invented::{Person, Seeded};

use crate::desk::{self, Citizen, Desk};
use crate::ledger::{Ledger, Recorded};
use crate::site::{Site, Van, mediator};
use crate::{Options, count, plain, say, until};

/// A line by satellite or a telephone at the roadside, which does not stay.
const ROADSIDE_BYTES_A_SECOND: u64 = 256_000 / 8;
/// Enough for an exchange to have begun, and too little for it to end.
const ROADSIDE_BYTES: u64 = 4_000;

/// All desks of all vans serve; meanwhile lines come and go, a plug is pulled and two vans meet.
pub(crate) fn work(
    options: &Options,
    site: &Site,
    people: &[Vec<Citizen>],
    ledgers: &[Ledger],
) -> anyhow::Result<()> {
    let begun = Instant::now();
    let (failed, course) = (AtomicBool::new(false), Course::of(options, ledgers));
    thread::scope(|threads| {
        let mut desks = Vec::new();
        for (count, ((van, people), ledger)) in
            site.vans.iter().zip(people).zip(ledgers).enumerate()
        {
            for at in 0..options.desks {
                let mine = people.iter().skip(at).step_by(options.desks);
                let (failed, course) = (&failed, &course);
                desks.push(threads.spawn(move || -> anyhow::Result<()> {
                    let served = (|| {
                        let mut seed = Seeded::new((count * 100 + at) as u64);
                        let mut desk = Desk::sit_down(van, ledger, mediator(at))?;
                        for citizen in mine {
                            while course.is_ahead(ledger) && !failed.load(SeqCst) {
                                thread::sleep(Duration::from_millis(10));
                            }
                            if failed.load(SeqCst) {
                                return Ok(());
                            }
                            desk.serve(citizen, &mut seed).with_context(|| {
                                format!("{} at desk {}", citizen.person.name, at + 1)
                            })?;
                        }
                        Ok(())
                    })();
                    failed.fetch_or(served.is_err(), SeqCst);
                    served
                }));
            }
        }
        let went = interrupt(site, ledgers, &course, &failed);
        failed.fetch_or(went.is_err(), SeqCst);
        // What a desk says explains why the rest stopped.
        let served = desks
            .into_iter()
            .map(|desk| desk.join().map_err(|_| anyhow!("a desk fell"))?);
        served
            .collect::<Vec<_>>()
            .into_iter()
            .collect::<anyhow::Result<()>>()
            .and(went)
    })?;
    let served: usize = ledgers.iter().map(Ledger::how_many_served).sum();
    let recorded: usize = ledgers.iter().map(|ledger| ledger.all().len()).sum();
    let keys: usize = ledgers.iter().map(Ledger::keys).sum();
    say(
        "17:30",
        &format!(
            "{served} citizens served, {recorded} requests recorded, {keys} keys kept, in {:.0} s",
            begun.elapsed().as_secs_f64()
        ),
    );
    Ok(())
}

/// How far the day is, in hundredths of those who come to each van. However quick the machine, what interrupts the work comes in
/// its midst.
struct Course<'d> {
    ledgers: &'d [Ledger],
    /// At each van.
    people: usize,
    /// Nobody is called beyond that.
    until: AtomicUsize,
}

impl<'d> Course<'d> {
    fn of(options: &Options, ledgers: &'d [Ledger]) -> Self {
        Self {
            ledgers,
            people: options.desks * options.people,
            until: AtomicUsize::new(10),
        }
    }

    fn at(&self, ledger: &Ledger) -> usize {
        ledger.how_many_served() * 100 / self.people
    }

    fn is_ahead(&self, ledger: &Ledger) -> bool {
        let until = self.until.load(SeqCst);
        until < 100 && self.at(ledger) >= until
    }

    /// Waits for that many at every van; people go on being called until `next`.
    fn reach(&self, hundredths: usize, next: usize, failed: &AtomicBool) -> anyhow::Result<()> {
        until("people are served", || {
            ensure!(!failed.load(SeqCst), "a desk stopped");
            Ok(self
                .ledgers
                .iter()
                .all(|ledger| self.at(ledger) >= hundredths))
        })?;
        self.until.store(next, SeqCst);
        Ok(())
    }
}

/// What happens while people work.
fn interrupt(
    site: &Site,
    ledgers: &[Ledger],
    course: &Course<'_>,
    failed: &AtomicBool,
) -> anyhow::Result<()> {
    for (turn, hour) in ["10:30", "11:20", "12:10"].into_iter().enumerate() {
        course.reach(10 * (turn + 1), 10 * (turn + 2), failed)?;
        let van = &site.vans[turn % site.vans.len()];
        let own = Ledger::default();
        let mut crew = Desk::sit_down(van, &own, mediator(0))?;
        let before = van.to_hub.passed();
        van.to_hub.restore_at(ROADSIDE_BYTES_A_SECOND);
        crew.post("/sincronizar", &[])?;
        until("something goes over", || {
            Ok(van.to_hub.passed().0 > before.0 + ROADSIDE_BYTES)
        })?;
        van.to_hub.cut();
        let after = van.to_hub.passed();
        let (up, down) = (after.0 - before.0, after.1 - before.1);
        say(
            hour,
            &format!(
                "{}: a network at the roadside, cut after {up} bytes up and {down} down",
                van.name
            ),
        );
    }
    course.reach(40, 70, failed)?;
    pull_the_plug(&site.vans[0], &ledgers[0])?;
    course.reach(70, 90, failed)?;
    if let [first, .., last] = &site.vans[..] {
        first.to_it.restore();
        let own = Ledger::default();
        let mut crew = Desk::sit_down(last, &own, mediator(0))?;
        has_all(&mut crew, &ledgers[0].all())?;
        course.reach(90, 100, failed)?;
        first.to_it.cut();
        let (up, down) = first.to_it.passed();
        say(
            "16:00",
            &format!(
                "{} and {} met: {up} and {down} bytes went to and fro",
                first.name, last.name
            ),
        );
    }
    // Alone, a van works on without meeting anybody.
    course.until.store(100, SeqCst);
    Ok(())
}

/// While everybody types: what was acknowledged before it must be there after it.
fn pull_the_plug(van: &Van, ledger: &Ledger) -> anyhow::Result<()> {
    // In the midst of a name, if anybody is: a name is typed in no time here.
    let begun = Instant::now();
    while ledger.drafts().is_empty() && begun.elapsed() < Duration::from_secs(2) {
        thread::sleep(Duration::from_millis(1));
    }
    let (before, recorded) = (ledger.drafts(), ledger.all());
    van.machine.kill();
    // Before anybody goes on.
    let kept = count::kept(&van.machine)?;
    for one in &recorded {
        ensure!(
            kept.numbers.contains(&one.number),
            "{} did not survive the plug",
            one.number
        );
    }
    for (form, name) in &before {
        // It may have got longer, or have become a step, between the last look and the plug.
        let there = kept
            .typed
            .get(form)
            .is_some_and(|there| there.starts_with(name.as_str()));
        ensure!(
            there || kept.identified.contains(form),
            "{name:?} was kept, and did not survive the plug"
        );
    }
    van.machine.start(0)?;
    say(
        "13:00",
        &format!(
            "{}: the plug is pulled while its desks type: {} requests and {} drafts that were acknowledged are all there",
            van.name,
            recorded.len(),
            before.len()
        ),
    );
    Ok(())
}

/// The last van saves its day on a stick, goes on with the first one beside it, and its laptop dies for good.
/// Gives what it recorded after the stick.
pub(crate) fn afternoon(
    options: &Options,
    site: &Site,
    ledgers: &[Ledger],
    seed: &mut Seeded,
) -> anyhow::Result<Vec<Recorded>> {
    let [first, .., dying] = &site.vans[..] else {
        return Ok(vec![]);
    };
    let [first_ledger, .., ledger] = ledgers else {
        return Ok(vec![]);
    };
    let mut desk = Desk::sit_down(dying, ledger, mediator(0))?;
    let on_stick = save(&mut desk, "guardar", "Guardado em")?;
    say(
        "17:40",
        &format!("{}: saved on the stick: {on_stick}", dying.name),
    );

    first.to_it.restore();
    let before = ledger.all().len();
    let late: Vec<Citizen> = (0..3)
        .map(|_| Citizen {
            person: Person::draw(seed),
            is_booked: false,
            wants_aid: false,
        })
        .collect();
    for citizen in &late {
        desk.serve(citizen, seed)?;
    }
    let stranded: Vec<Recorded> = ledger.all().split_off(before);
    let mut beside = Desk::sit_down(first, first_ledger, mediator(options.desks - 1))?;
    has_all(&mut beside, &stranded)?;
    // Somebody tells their story as it dies: that is a draft, and drafts stay where they are typed.
    desk.begin_to_type(&late[0])?;
    dying.machine.kill();
    std::fs::remove_dir_all(dying.machine.place.folder())?;
    first.to_it.cut();
    say(
        "18:10",
        &format!(
            "{}: dies for good, with {} requests since the stick that only {} has",
            dying.name,
            stranded.len(),
            first.name
        ),
    );
    let read = save(&mut beside, "ler", "Lida a pen")?;
    say(
        "18:15",
        &format!("{}: takes the stick along: {read}", first.name),
    );
    Ok(stranded)
}

/// Waits until a desk finds each of these.
fn has_all(desk: &mut Desk<'_>, recorded: &[Recorded]) -> anyhow::Result<()> {
    for one in recorded {
        until("another van has it", || {
            let found = desk.page(&format!("/pedidos?q={}", one.number))?;
            Ok(found.contains(&one.id))
        })
        .with_context(|| one.number.clone())?;
    }
    Ok(())
}

/// Presses a button of the only stick that is plugged in, and waits for what comes of it; gives that in words.
fn save(desk: &mut Desk<'_>, button: &str, done: &str) -> anyhow::Result<String> {
    let page = desk.page("/pen")?;
    let action = page
        .split("action=\"/pen/")
        .skip(1)
        .find_map(|rest| rest.split_once(&format!("/{button}\"")))
        .map(|(id, _)| id)
        .filter(|id| !id.contains('"'))
        .with_context(|| format!("no stick to {button}"))?
        .to_owned();
    desk.post(&format!("/pen/{action}/{button}"), &[])?;
    let mut said = String::new();
    until("the stick is ready", || {
        let page = desk.page("/pen")?;
        said = page;
        Ok(said.contains(done))
    })?;
    Ok(desk::between(&said, done, "</p>")
        .map(|s| plain(&s))
        .unwrap_or_default())
}
