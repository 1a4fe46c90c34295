//! A working day of vans with no hub in reach: the real programs over real HTTP, from the tour that is planned
//! in the evening before to the purge after the hub's archive, counted from the databases at its end.
//!
//! ```text
//! day [--vans N] [--desks N] [--people N] [--seed SEED]
//! ```
//! [`desk`] is who sits at a desk, [`ledger`] what pages acknowledged to them, [`site`] the machines, [`mod@line`] the ways
//! between them, [`count`] what the files hold when all is over.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line tool speaks on its standard output"
)]

mod count;
mod desk;
mod ledger;
mod line;
mod site;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow, bail, ensure};
use vereda_tests::invented::{Person, Seeded};

use desk::{Citizen, Desk, Operator};
use ledger::{Ledger, Recorded};
use site::{Site, Van, mediator};

/// 20 Mbit/s.
const DEPOT_BYTES_A_SECOND: u64 = 20_000_000 / 8;
/// A line by satellite or a telephone at the roadside, which does not stay.
const ROADSIDE_BYTES_A_SECOND: u64 = 256_000 / 8;
/// Enough for an exchange to have begun, and too little for it to end.
const ROADSIDE_BYTES: u64 = 4_000;
const BOOKED: usize = 30;
/// Longest that anything may take that happens by itself.
const PATIENCE: Duration = Duration::from_secs(60);
/// After so many days a van takes into its own journal what another one cannot bring any longer.
const ADOPTED_AFTER_DAYS: u32 = 4;

struct Options {
    vans: usize,
    desks: usize,
    people: usize,
    seed: u64,
}

impl Options {
    fn parse(mut words: impl Iterator<Item = String>) -> anyhow::Result<Self> {
        let mut options = Self {
            vans: 2,
            desks: 10,
            people: 15,
            seed: 1,
        };
        while let Some(word) = words.next() {
            let number = words.next().and_then(|n| n.parse().ok());
            let number: u64 = number.with_context(|| format!("{word} needs a number"))?;
            let few = |most: u64| -> anyhow::Result<usize> {
                ensure!((1..=most).contains(&number), "{word} goes from 1 to {most}");
                Ok(usize::try_from(number)?)
            };
            match word.as_str() {
                "--vans" => options.vans = few(6)?,
                "--desks" => options.desks = few(20)?,
                "--people" => options.people = few(200)?,
                "--seed" => options.seed = number,
                _ => bail!("there is no {word}: --vans, --desks, --people (at each desk), --seed"),
            }
        }
        Ok(options)
    }
}

fn main() -> ExitCode {
    let went = Options::parse(std::env::args().skip(1)).and_then(|options| run(&options));
    match went {
        Ok(wrong) if wrong.is_empty() => {
            println!("\nThe day holds.");
            ExitCode::SUCCESS
        }
        Ok(wrong) => {
            println!("\nThe day does not hold: {} differences", wrong.len());
            for one in wrong.iter().take(40) {
                println!("  {one}");
            }
            ExitCode::FAILURE
        }
        Err(why) => {
            println!("\nThe day ended early: {why:#}");
            ExitCode::FAILURE
        }
    }
}

/// Says the hour of the day that is played, and what happens in it.
fn say(hour: &str, what: &str) {
    println!("{hour}  {what}");
}

/// The day; gives each difference between what was acknowledged and what is there.
fn run(options: &Options) -> anyhow::Result<Vec<String>> {
    let site = Site::make(&site::program()?, options.vans, options.desks)?;
    let mut seed = Seeded::new(options.seed);
    let people: Vec<Vec<Citizen>> = site
        .vans
        .iter()
        .map(|_| expected(options, &mut seed))
        .collect();
    let ledgers: Vec<Ledger> = site.vans.iter().map(|_| Ledger::default()).collect();

    site.hub.start(0)?;
    let today = vereda::clock::today();
    let mut operator = Operator::sign_in(&site.hub.address)?;
    for (van, people) in site.vans.iter().zip(&people) {
        let booked: Vec<&Person> = people
            .iter()
            .filter(|c| c.is_booked)
            .map(|c| &c.person)
            .collect();
        operator.plan(van, &today, &booked)?;
    }
    let booked = people.iter().flatten().filter(|c| c.is_booked).count();
    say(
        "18:00",
        &format!(
            "the hub plans a tour for each of {} vans, {booked} people booked",
            site.vans.len()
        ),
    );

    for (van, people) in site.vans.iter().zip(&people) {
        van.to_hub.restore();
        van.machine.start(0)?;
        let ledger = Ledger::default();
        let mut crew = Desk::sit_down(van, &ledger, mediator(0))?;
        let mine: Vec<&str> = people
            .iter()
            .filter(|c| c.is_booked)
            .map(|c| c.person.name.as_str())
            .collect();
        until("the bookings are in the van", || {
            let page = crew.page("/percurso")?;
            Ok(mine.iter().all(|name| page.contains(name)))
        })?;
        van.machine.stop();
        van.to_hub.cut();
    }
    morning(&site, &ledgers)?;
    work(options, &site, &people, &ledgers)?;
    let stranded = afternoon(options, &site, &ledgers, &mut seed)?;
    let acknowledged: Vec<Recorded> = ledgers.iter().flat_map(Ledger::all).collect();
    let dead = site.vans.len() > 1;
    let home: &[Van] = if dead {
        &site.vans[..site.vans.len() - 1]
    } else {
        &site.vans
    };
    evening(&site, home, acknowledged.len() - stranded.len())?;
    after(&site, home, &acknowledged, &people)
}

/// Who comes to a van's desks: the booked, then who walks in. One in three lost a house.
fn expected(options: &Options, seed: &mut Seeded) -> Vec<Citizen> {
    let all = options.desks * options.people;
    let mut names = BTreeSet::new();
    let mut people = Vec::with_capacity(all);
    while people.len() < all {
        let person = Person::draw(seed);
        // The tour's page is read by name.
        if !names.insert(person.name.clone()) {
            continue;
        }
        let count = people.len();
        people.push(Citizen {
            person,
            is_booked: count < BOOKED,
            wants_aid: count % 3 == 0,
        });
    }
    people
}

/// The laptop is opened: counts what a crew does until the first citizen sits there.
fn morning(site: &Site, ledgers: &[Ledger]) -> anyhow::Result<()> {
    for (van, ledger) in site.vans.iter().zip(ledgers) {
        let begun = Instant::now();
        van.machine.start(0)?;
        let serves = begun.elapsed();
        let mut crew = Desk::sit_down(van, ledger, mediator(0))?;
        crew.page("/percurso")?;
        let shown = begun.elapsed();
        // One's name, four digits, "Entrar", "Percurso", "Atender" beside the first booking.
        say(
            "08:30",
            &format!(
                "{}: serves after {:.2} s, the tour is there after {:.2} s; then one click to the first citizen \
                 (all: name, 4 digits, Entrar, Percurso, Atender = 8 touches)",
                van.name,
                serves.as_secs_f64(),
                shown.as_secs_f64()
            ),
        );
        crew.open_till()?;
    }
    Ok(())
}

/// All desks of all vans serve; meanwhile lines come and go, a plug is pulled and two vans meet.
fn work(
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
            until: AtomicUsize::new(15),
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
        course.reach(15 + 10 * turn, 25 + 10 * turn, failed)?;
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
    course.reach(45, 60, failed)?;
    pull_the_plug(&site.vans[0], &ledgers[0])?;
    course.reach(60, 80, failed)?;
    if let [first, .., last] = &site.vans[..] {
        first.to_it.restore();
        let own = Ledger::default();
        let mut crew = Desk::sit_down(last, &own, mediator(0))?;
        has_all(&mut crew, &ledgers[0].all())?;
        course.reach(80, 100, failed)?;
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
    until("somebody types", || Ok(!ledger.drafts().is_empty()))?;
    let (before, recorded) = (ledger.drafts(), ledger.all());
    van.machine.kill();
    van.machine.start(0)?;
    let mut desk = Desk::sit_down(van, ledger, mediator(0))?;
    let mut there = 0;
    for one in &recorded {
        let page = desk
            .page(&format!("/pedido/{}", one.id))
            .with_context(|| one.number.clone())?;
        ensure!(
            page.contains(&one.number),
            "{} is not there after the plug was pulled",
            one.number
        );
        there += 1;
    }
    let mut drafts = 0;
    for (form, typed) in &before {
        let page = desk.page(&format!("/formulario/{form}"));
        // Whoever typed it goes on as soon as there is power: then it is a step, or longer.
        if ledger.drafts().get(form) == Some(typed) {
            ensure!(
                page?.contains(typed.as_str()),
                "{typed:?} was kept, and is not there after the plug was pulled"
            );
            drafts += 1;
        }
    }
    say(
        "13:00",
        &format!(
            "{}: the plug is pulled while its desks type; after it {there} requests and {drafts} of {} drafts are as they were, and the rest went on",
            van.name,
            before.len()
        ),
    );
    Ok(())
}

/// The last van saves its day on a stick, goes on with the first one beside it, and its laptop dies for good.
/// Gives what it recorded after the stick.
fn afternoon(
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

/// A piece of a page without its marks.
fn plain(html: &str) -> String {
    let mut text = String::new();
    let mut inside = false;
    for c in html.chars() {
        match c {
            '<' => {
                inside = true;
                text.push(' ');
            }
            '>' => inside = false,
            c if !inside => text.push(c),
            _ => (),
        }
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// At the depot: nobody clicks anything until all is delivered and proven.
fn evening(site: &Site, home: &[Van], expected: usize) -> anyhow::Result<()> {
    for van in home {
        let ledger = Ledger::default();
        let mut crew = Desk::sit_down(van, &ledger, mediator(0))?;
        let before = van.to_hub.passed();
        van.to_hub.restore_at(DEPOT_BYTES_A_SECOND);
        // From when it notices: it tries every few seconds.
        until("the van notices", || Ok(van.to_hub.passed().0 > before.0))?;
        let begun = Instant::now();
        let mut page = String::new();
        until("all is delivered", || {
            page = crew.page("/")?;
            Ok(page.contains("Tudo entregue e provado"))
        })
        .with_context(|| {
            desk::between(&page, "id=\"na-central\"", "</section>")
                .map(|s| plain(&s))
                .unwrap_or_default()
        })?;
        let took = begun.elapsed().as_secs_f64();
        let after = van.to_hub.passed();
        let (up, down) = (after.0 - before.0, after.1 - before.1);
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
        let floor = up.max(down) as f64 / DEPOT_BYTES_A_SECOND as f64;
        say(
            "19:00",
            &format!(
                "{}: at the depot, {up} bytes up and {down} down at 20 Mbit/s in {took:.2} s: {:.2} × bytes ÷ rate (at most 1.2)",
                van.name,
                took / floor
            ),
        );
    }
    until("the hub has what was carried", || {
        Ok(count::requests(&site.hub)? >= expected)
    })
}

/// Days later: the dead laptop's last work is handed in, the hub archives, the vans let go; then everything is counted.
fn after(
    site: &Site,
    home: &[Van],
    acknowledged: &[Recorded],
    people: &[Vec<Citizen>],
) -> anyhow::Result<Vec<String>> {
    let planted = planted(people);
    site.stop();
    let before = count::raw_at(&home[0].machine, &planted)?;
    ensure!(
        !before.is_empty(),
        "the raw scan finds nothing before the purge either: it is blind"
    );

    site.hub.start(ADOPTED_AFTER_DAYS)?;
    for van in home {
        van.to_hub.restore();
        van.machine.start(ADOPTED_AFTER_DAYS)?;
    }
    until("the dead laptop's last work is at the hub", || {
        Ok(count::requests(&site.hub)? >= acknowledged.len())
    })?;
    site.stop();
    let archive = Archive::beside()?;
    site.hub.run(
        ADOPTED_AFTER_DAYS,
        &["archive", "--to", archive.0.to_str().context("a path")?],
    )?;
    site.hub.start(ADOPTED_AFTER_DAYS + 2)?;
    for van in home {
        van.machine.start(ADOPTED_AFTER_DAYS + 2)?;
    }
    let mut desks: Vec<(Ledger, &Van)> = home.iter().map(|van| (Ledger::default(), van)).collect();
    for (ledger, van) in &mut desks {
        let mut crew = Desk::sit_down(van, ledger, mediator(0))?;
        until("the van has let go", || {
            Ok(crew.page("/pedidos")?.contains("Ainda não há pedidos"))
        })?;
    }
    say(
        "later",
        "the dead laptop's last work was handed in, the hub archived, the vans let go",
    );
    site.stop();

    let mut wrong = vec![];
    for machine in home.iter().map(|van| &van.machine).chain([&site.hub]) {
        let said = machine.run(ADOPTED_AFTER_DAYS + 2, &["verify"]);
        match said {
            Ok(said) => println!(
                "  verify {}: {}",
                machine.id,
                said.lines().last().unwrap_or_default()
            ),
            Err(why) => wrong.push(format!("verify {}: {why}", machine.id)),
        }
    }
    let found = count::at_hub(&site.hub, acknowledged)?;
    let photographs: usize = acknowledged.iter().map(|one| one.photographs.len()).sum();
    println!(
        "  at the hub: {} of {} requests, {} of {photographs} photographs, {},{:02} € of fees, none twice",
        found.requests,
        acknowledged.len(),
        found.photographs,
        found.cents / 100,
        found.cents % 100
    );
    wrong.extend(found.wrong);
    for van in home {
        wrong.extend(count::left_at(&van.machine)?);
        let raw = count::raw_at(&van.machine, &planted)?;
        println!(
            "  {}: raw scan for {} planted names and numbers: {} found ({} before the purge, at {})",
            van.name,
            planted.len(),
            raw.len(),
            before.len(),
            home[0].machine.id
        );
        wrong.extend(
            raw.into_iter()
                .map(|what| format!("{}: {what}", van.machine.id)),
        );
    }
    Ok(wrong)
}

/// What nobody may find in the bytes of a van that let go of them: names and numbers of all who came.
fn planted(people: &[Vec<Citizen>]) -> BTreeSet<String> {
    let of = |citizen: &Citizen| {
        let answers = &citizen.person.answers;
        let numbers = ["nif", "niss", "iban", "phone"].map(|field| answers[field].clone());
        [citizen.person.name.clone()]
            .into_iter()
            .chain(numbers)
            .collect::<Vec<_>>()
    };
    people.iter().flatten().flat_map(of).collect()
}

/// A copy on another disk, as the hub asks for; removed at the end.
struct Archive(PathBuf);

impl Archive {
    fn beside() -> anyhow::Result<Self> {
        let name = format!("vereda-day-{}.db", std::process::id());
        // In memory, so surely not on the store's disk.
        Ok(Self(PathBuf::from("/dev/shm").join(name)))
    }
}

impl Drop for Archive {
    fn drop(&mut self) {
        // A copy that stays is no reason to fail.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Looks until it is so.
fn until(what: &str, mut is_so: impl FnMut() -> anyhow::Result<bool>) -> anyhow::Result<()> {
    let begun = Instant::now();
    while !is_so().with_context(|| what.to_owned())? {
        ensure!(
            begun.elapsed() < PATIENCE,
            "not within {} s: {what}",
            PATIENCE.as_secs()
        );
        thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}
