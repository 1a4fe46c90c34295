//! What durability costs: a keystroke and a step's change against a bare commit.
//!
//! All of them take turns, so that whatever else the machine does meets them
//! alike. The ratios with a target are medians too: of each keystroke by the bare
//! commit before it, of each step by those among its own keystrokes.

use std::fs::File;
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, anyhow};
use rusqlite::params;
use vereda::clock;
use vereda::desk::SpotDesk;
use vereda::node::Node;
use vereda::store::Store;
use vereda::store::key::StoreKey;
use vereda_sync::catalogue::{Kind, Step};
use vereda_sync::hlc::Hlc;
use vereda_sync::id::RecordId;
use vereda_sync::record::attendance::IDENTITY;
use vereda_sync::record::{self, request};
use vereda_web::desk::port::{Desk, DeskError, Session};

use vereda_tests::folder::Folder;
use vereda_tests::invented::{Person, Seeded};
use vereda_tests::spot::{Alone, MEDIATOR, Place};

use crate::records;
use crate::report::Row;
use crate::samples::Samples;

/// Citizens who ask for housing aid: six steps each.
const CITIZENS: u32 = 40;
const SERVICE: &str = "apoio-habitacao";

/// A store with one table of the draft's shape: what SQLCipher itself takes for one row.
pub(crate) struct Bare(Store);

impl Bare {
    pub(crate) fn open(folder: &Path) -> anyhow::Result<Self> {
        let store = Store::open(&folder.join("bare.db"), &StoreKey::new([7; 32]))?;
        store.write().execute_batch(
            "CREATE TABLE bare_commit (form TEXT, field TEXT, value TEXT, provenance TEXT, revision INTEGER, session TEXT,
             by TEXT, at INTEGER, PRIMARY KEY (form, field)) WITHOUT ROWID",
        )?;
        Ok(Self(store))
    }

    /// One row, one commit.
    pub(crate) fn commit(&self, form: &str, field: &str, value: &str) -> anyhow::Result<()> {
        let db = self.0.write();
        let mut upsert = db.prepare_cached(
            "INSERT INTO bare_commit VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT(form, field) DO UPDATE SET
             value = ?3, provenance = ?4, revision = ?5, session = ?6, by = ?7, at = ?8",
        )?;
        let revision = 1_795_000_000_000_i64;
        let row = params![
            form,
            field,
            value,
            "typed",
            revision,
            "0123456789abcdef",
            "Ana Martins",
            revision
        ];
        upsert.execute(row)?;
        Ok(())
    }
}

/// The limit of the disk: a page, and not back before it is kept. At the end of a
/// file also its length must be kept; within one (as in a WAL that begins anew) not.
struct Disk {
    end: File,
    within: File,
}

impl Disk {
    const PAGE: [u8; 4096] = [0x5a; 4096];

    fn make(folder: &Path) -> std::io::Result<Self> {
        let within = File::create(folder.join("within"))?;
        within.write_all_at(&[0; 64 * 4096], 0)?;
        within.sync_all()?;
        Ok(Self {
            end: File::create(folder.join("end"))?,
            within,
        })
    }

    fn append(&mut self) -> std::io::Result<()> {
        self.end.write_all(&Self::PAGE)?;
        self.end.sync_data()
    }

    fn overwrite(&mut self, page: u64) -> std::io::Result<()> {
        self.within.write_all_at(&Self::PAGE, page % 64 * 4096)?;
        self.within.sync_data()
    }
}

#[derive(Default)]
struct Times {
    append: Samples,
    overwrite: Samples,
    bare: Samples,
    keystroke: Samples,
    step: Samples,
    automerge: Samples,
    keystroke_by_bare: Vec<f64>,
    step_by_bare: Vec<f64>,
}

pub(crate) fn run() -> anyhow::Result<Vec<Row>> {
    let folder = Folder::make("durable")?;
    println!("  on {}", folder.file_system());
    let place = Place::spot(folder.path().join("spot"), 9)?;
    let node = Arc::new(Node::open(place.config()?)?);
    let desk = SpotDesk::new(Arc::clone(&node), None, Box::new(Alone));
    let token = desk
        .sign_in(MEDIATOR.0, MEDIATOR.1)
        .map_err(|why| anyhow!("{why:?}"))?;
    let mut turns = Turns {
        node: Arc::clone(&node),
        session: desk.session(&token).context("no session")?,
        bare: Bare::open(folder.path())?,
        disk: Disk::make(folder.path())?,
        desk,
        times: Times::default(),
    };
    let steps: Vec<Step> = {
        let service = node.catalogue().service(SERVICE).context(SERVICE)?;
        let typed = service
            .steps
            .iter()
            .filter(|s| s.fields.iter().all(|f| !needs_photos(f)));
        typed.cloned().collect()
    };
    let mut seed = Seeded::new(11);
    for _ in 0..CITIZENS {
        turns.serve(&Person::draw(&mut seed), &steps)?;
    }
    Ok(turns.times.rows())
}

fn needs_photos(field: &vereda_sync::catalogue::Field) -> bool {
    field.kind == Kind::Photos && field.required
}

fn said(error: DeskError) -> anyhow::Error {
    anyhow!("the desk: {error:?}")
}

struct Turns {
    node: Arc<Node>,
    desk: SpotDesk,
    session: Session,
    bare: Bare,
    disk: Disk,
    times: Times,
}

impl Turns {
    /// One citizen from the identification to the last step.
    fn serve(&mut self, person: &Person, steps: &[Step]) -> anyhow::Result<()> {
        let attendance = self.desk.begin_attendance(&self.session).map_err(said)?;
        self.fill(&attendance, &IDENTITY, person)?;
        let request = self
            .desk
            .begin_request(&self.session, &attendance, SERVICE)
            .map_err(said)?;
        steps
            .iter()
            .try_for_each(|step| self.fill(&request, step, person))
    }

    /// Types a step's answers, a bare commit before each, and finishes it.
    fn fill(&mut self, form: &str, step: &Step, person: &Person) -> anyhow::Result<()> {
        let mut typed = Vec::new();
        let mut bares = Vec::new();
        let shown = self
            .desk
            .glance(&self.session, form, Some(&step.id))
            .map_err(said)?;
        let mut base = shown.revision;
        for field in &step.fields {
            let Some(value) = person.answers.get(&field.id) else {
                continue;
            };
            let half: String = value.chars().take(value.chars().count() / 2).collect();
            for text in [half.as_str(), value.as_str()] {
                let (bare, times) = (&self.bare, &mut self.times);
                times.bare.time(|| bare.commit(form, &field.id, text))?;
                bares.push(times.bare.last());
                let (desk, session) = (&self.desk, &self.session);
                let saved = times
                    .keystroke
                    .time(|| desk.keystroke(session, form, &field.id, text, base));
                base = saved.map_err(said)?.revision;
                let ratio = times.keystroke.last() / times.bare.last();
                times.keystroke_by_bare.push(ratio);
            }
            typed.push((field.id.clone(), value.clone()));
        }
        self.in_memory(form, step, person)?;
        let (bare, times) = (&self.bare, &mut self.times);
        times.bare.time(|| bare.commit(form, "step", &step.id))?;
        bares.push(times.bare.last());
        let (desk, session) = (&self.desk, &self.session);
        let finished = times
            .step
            .time(|| desk.finish_step(session, form, &step.id, &typed));
        finished.map_err(said)?;
        let ratio = times.step.last() / Samples::from(bares).p50();
        times.step_by_bare.push(ratio);
        let disk = &mut self.disk;
        times.append.time(|| disk.append())?;
        let page = times.step_by_bare.len() as u64;
        times.overwrite.time(|| disk.overwrite(page))?;
        Ok(())
    }
}

impl Turns {
    /// The same change on a copy of the record that is then dropped: what Automerge itself takes.
    fn in_memory(&mut self, form: &str, step: &Step, person: &Person) -> anyhow::Result<()> {
        let record = RecordId::from_hex(form).context("a form's id")?;
        let copy = self
            .node
            .with_document(record, |d| (d.kind(), d.clone()))?
            .context("no such record")?;
        let (Some(record::Kind::Request), mut document) = copy else {
            return Ok(());
        };
        let fields: Vec<&str> = step.fields.iter().map(|f| f.id.as_str()).collect();
        let (answers, author) = (person.typed(&fields), records::author());
        let at = Hlc::new(clock::wall_ms(), 0);
        self.times
            .automerge
            .time(|| request::finish_step(&mut document, &author, at, &step.id, &answers, &[]))?;
        Ok(())
    }
}

impl Times {
    fn rows(self) -> Vec<Row> {
        let bare = &self.bare;
        let by = |ratios: Vec<f64>| Samples::from(ratios).p50();
        let (keystroke, step) = (by(self.keystroke_by_bare), by(self.step_by_bare));
        vec![
            Row::new(
                "fdatasync of 4 kB at a file's end, p50",
                self.append.p50(),
                "ms",
            ),
            Row::new(
                "fdatasync of 4 kB at a file's end, p95",
                self.append.p95(),
                "ms",
            ),
            Row::new(
                "fdatasync of 4 kB within a file, p50",
                self.overwrite.p50(),
                "ms",
            ),
            Row::new("bare commit of one row, p50", bare.p50(), "ms").over(self.overwrite.p50()),
            Row::new("bare commit of one row, p95", bare.p95(), "ms").over(self.overwrite.p95()),
            Row::new("durable keystroke, p50", self.keystroke.p50(), "ms")
                .over_by(bare.p50(), keystroke)
                .at_most_times(1.5),
            Row::new("durable keystroke, p95", self.keystroke.p95(), "ms").over(bare.p95()),
            Row::new("a step's change, p50", self.step.p50(), "ms")
                .over_by(bare.p50(), step)
                .at_most_times(3.0),
            Row::new(
                "of it: the change itself in memory, p50",
                self.automerge.p50(),
                "ms",
            )
            .over(bare.p50()),
            Row::new("a step's change, p95", self.step.p95(), "ms").over(bare.p95()),
        ]
    }
}
