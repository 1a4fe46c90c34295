//! Operations, performed: what people, machines and lines do in a world.

use std::sync::atomic::Ordering;

use anyhow::{Context, anyhow};
use vereda::exchange::Ended;
use vereda::store::derived::{self, Disagree, RequestLine};
use vereda_sync::id::{JournalId, RecordId};
use vereda_sync::journal::Entry;
use vereda_sync::record::act::Act as ToldAct;
use vereda_tests::invented::{Person, Seeded};
use vereda_web::console::port::{Decision, Keep, Reconciling};
use vereda_web::desk::port::{self as port, Desk, DeskError, Lookups, Session};

use crate::line::{Line, Step};
use crate::model::{Act, Also, Changes};
use crate::plan::{Operation, Until};
use crate::site::{HUB, SCOPES};
use crate::world::{DiskCopy, World, pick};

/// Fields that are corrected.
const FIELDS: [&str; 3] = ["phone", "iban", "address"];
/// What the identity step asks here.
const IDENTITY: [&str; 3] = ["full-name", "birth-date", "nif"];
/// Machines at most: the hub, four spots, and copies.
const MAX_MACHINES: usize = 7;
/// Copies of disks kept at most.
pub(crate) const MAX_COPIES: usize = 6;
/// Most requests that anybody looks through.
const LISTED: u32 = 1_000;

type Values = Vec<(String, String)>;

impl World<'_> {
    /// Lets it happen. Gives whether anything did.
    ///
    /// # Errors
    /// What must not be.
    pub(crate) fn perform(&mut self, operation: Operation) -> anyhow::Result<bool> {
        self.pass();
        match operation {
            Operation::Serve { at, citizen, until } => self.serve(self.spot(at), citizen, until),
            Operation::Correct {
                at,
                request,
                field,
                value,
            } => self.correct(self.spot(at), request, (field, value)),
            Operation::Note { at, request } => self.note(self.spot(at), request),
            Operation::Decide { conflict, keep } => self.decide(conflict, keep),
            Operation::Meet { at, messages } => self.meet(self.spot(at), messages),
            Operation::Near { at, with, messages } => self.near(self.spot(at), with, messages),
            Operation::Pack {
                at,
                stick,
                all,
                bytes,
            } => self.pack(self.spot(at), stick, (all, bytes)),
            Operation::Plug { stick, at, fate } => self.plug(stick, at, fate),
            Operation::HandIn { at, parts, reach } => self.hand_in(self.spot(at), parts, reach),
            Operation::Archive => self.archive(),
            Operation::Purge { at, asks, age_ms } => self.purge(self.spot(at), asks, age_ms),
            Operation::Go { messages } => self.go(messages),
            Operation::Cut { line, late } => Ok(self.cut(line, late)),
            Operation::Crash { at } => self.crash(self.any(at)),
            Operation::Tear { at, request, reach } => self.tear(self.any(at), request, reach),
            Operation::Clone { at } => self.clone_disk(self.spot(at)),
            Operation::BackUp { at } => self.back_up(self.any(at)),
            Operation::Restore { copy } => self.restore(copy),
            Operation::Skew { at, by_ms } => {
                let clock = &self.machines[self.spot(at)].clock;
                clock.by_ms.store(by_ms, Ordering::Relaxed);
                self.tally.skews += 1;
                Ok(true)
            }
            Operation::Rescope { at } => self.rescope(self.spot(at)),
            Operation::Rebuild { at } => self.rebuild(self.any(at)),
            Operation::LookUp { at, citizen } => self.look_up(self.spot(at), citizen),
        }
    }

    pub(crate) fn spot(&self, at: u64) -> usize {
        1 + pick(at, self.machines.len() - 1).unwrap_or(0)
    }

    fn any(&self, at: u64) -> usize {
        pick(at, self.machines.len()).unwrap_or(HUB)
    }

    fn desk(&self, at: usize) -> anyhow::Result<&vereda::desk::SpotDesk> {
        self.machines[at]
            .desk
            .as_ref()
            .context("the hub has no desk")
    }

    /// What was written since is acknowledged.
    fn wrote(
        &mut self,
        at: usize,
        since: (JournalId, u64),
        says: impl Fn(&Entry) -> (Values, Also),
    ) -> anyhow::Result<()> {
        let entries = self.machines[at].written_since(since)?;
        let new: Changes = entries.iter().map(|entry| entry.change).collect();
        for entry in &entries {
            let mut seen = self.machines[at].changes_of(entry.record)?;
            seen.retain(|change| !new.contains(change));
            let (states, also) = says(entry);
            let act = Act {
                record: entry.record,
                seen,
                states,
                also,
                reached: false,
                died: false,
            };
            self.model.acknowledge(entry.change, act)?;
            self.tally.acts += 1;
        }
        Ok(())
    }

    fn serve(&mut self, at: usize, citizen: u64, until: Until) -> anyhow::Result<bool> {
        let person = Person::draw(&mut Seeded::new(citizen));
        let typed = |fields: &[&str]| -> Values {
            let answers = person.typed(fields).into_iter();
            answers.map(|(field, a)| (field, a.value)).collect()
        };
        let (who, contact) = (typed(&IDENTITY), typed(&FIELDS));
        let ana = session();
        let mut since = self.machines[at].journal()?;
        let attendance = done(self.desk(at)?.begin_attendance(&ana))?;
        self.wrote(at, since, |_| (vec![], Also::Nothing))?;
        let mut request = String::new();
        let after = [
            Until::Identified,
            Until::Asked,
            Until::Answered,
            Until::Recorded,
            Until::Left,
        ];
        for step in after.into_iter().filter(|step| *step <= until) {
            since = self.machines[at].journal()?;
            let desk = self.desk(at)?;
            let (mut states, mut also) = (vec![], Also::Nothing);
            match step {
                Until::Begun => (),
                Until::Identified => {
                    done(desk.finish_step(&ana, &attendance, "identity", &who))?;
                    states.clone_from(&who);
                }
                Until::Asked => {
                    request = done(desk.begin_request(&ana, &attendance, "apoio"))?;
                    states.clone_from(&who);
                }
                Until::Answered => {
                    done(desk.finish_step(&ana, &request, "contact", &contact))?;
                    states.clone_from(&contact);
                }
                Until::Recorded => {
                    done(desk.confirm_by_word(&ana, &request))?;
                    self.wrote(at, since, |_| (vec![], Also::Nothing))?;
                    since = self.machines[at].journal()?;
                    also = Also::Number(done(self.desk(at)?.record(&ana, &request))?);
                }
                Until::Left => done(desk.close_attendance(&ana, &attendance))?,
            }
            self.wrote(at, since, |_| (states.clone(), also.clone()))?;
        }
        Ok(true)
    }

    /// One of the recorded requests that a machine knows.
    fn request(&self, at: usize, number: u64) -> anyhow::Result<Option<RequestLine>> {
        let mut lines = derived::search(&self.machines[at].node.store.read(), "", LISTED)?;
        // In an order that does not hang on clocks alone.
        lines.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(pick(number, lines.len()).map(|at| lines.swap_remove(at)))
    }

    fn correct(
        &mut self,
        at: usize,
        request: u64,
        (field, value): (u64, u64),
    ) -> anyhow::Result<bool> {
        let Some(request) = self.request(at, request)? else {
            return Ok(false);
        };
        let field = FIELDS[pick(field, FIELDS.len()).unwrap_or(0)];
        let value = Person::draw(&mut Seeded::new(100 + value)).answers[field].clone();
        let since = self.machines[at].journal()?;
        let desk = self.desk(at)?;
        let did = told(desk.correct(&session(), &request.id, field, &value, "engano"))?;
        let states = vec![(field.to_owned(), value)];
        self.wrote(at, since, |_| (states.clone(), Also::Nothing))?;
        Ok(did.is_some())
    }

    fn note(&mut self, at: usize, request: u64) -> anyhow::Result<bool> {
        let Some(request) = self.request(at, request)? else {
            return Ok(false);
        };
        let text = self.next_note();
        let since = self.machines[at].journal()?;
        let did = told(self.desk(at)?.add_note(&session(), &request.id, &text))?;
        self.wrote(at, since, |_| (vec![], Also::Note(text.clone())))?;
        Ok(did.is_some())
    }

    /// Somebody comes who may be of another region.
    fn look_up(&mut self, at: usize, citizen: u64) -> anyhow::Result<bool> {
        let person = Person::draw(&mut Seeded::new(citizen));
        let nif = person.answers["nif"].clone();
        let since = self.machines[at].journal()?;
        done(
            self.desk(at)?
                .look_up(&session(), "nif", &nif, "Vem de outra região."),
        )?;
        self.wrote(at, since, |_| (vec![], Also::Nothing))?;
        self.tally.looked_up += 1;
        Ok(true)
    }

    /// Nodes answer by themselves what they may; what they write in between is acknowledged as any other.
    pub(crate) fn answering<T>(
        &mut self,
        who: &[usize],
        answer: impl FnOnce(&mut Self) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        let before = who.iter().map(|at| self.machines[*at].journal());
        let before = before.collect::<anyhow::Result<Vec<_>>>()?;
        let answered = answer(self)?;
        for (at, since) in who.iter().zip(before) {
            self.wrote(*at, since, |_| (vec![], Also::Nothing))?;
        }
        Ok(answered)
    }

    fn next_note(&mut self) -> String {
        self.notes += 1;
        format!("nota {}", self.notes)
    }

    /// An operator at the hub.
    fn decide(&mut self, conflict: u64, keep: u64) -> anyhow::Result<bool> {
        let hub = &self.machines[HUB];
        hub.node.derive_arrived()?;
        let conflicts = derived::conflicts(&hub.node.store.read(), LISTED)?;
        let Some(line) = pick(conflict, conflicts.len()).map(|at| &conflicts[at]) else {
            return Ok(false);
        };
        let console = hub.console.as_ref().context("the hub has a console")?;
        let page = done(console.conflict(&session(), &line.id))?;
        let sides = page.sides.len();
        let keep = match (line.kind, keep % 4) {
            (Disagree::Identity, _) | (Disagree::Requests, 0) => Keep::Both,
            (Disagree::Values, 0) => Keep::Other("Rua do Meio, 1".into()),
            _ => Keep::Side(pick(keep, sides).unwrap_or(0)),
        };
        let reason = format!("razão {keep:?} {}", self.model.acts.len());
        let decision = Decision {
            keep,
            reason: reason.clone(),
            shown: page.shown,
        };
        let since = hub.journal()?;
        let mut decided = console.decide(&session(), &line.id, decision.clone());
        // Money and identity: the second person decides the same.
        if matches!(&decided, Ok(ruled) if ruled.waits_for_second) {
            let mut second = session();
            second.person.id = "rui.p".into();
            decided = console.decide(&second, &line.id, decision);
        }
        // Another value is checked as any other: an address is no IBAN.
        if matches!(decided, Err(DeskError::Refused(_))) {
            return Ok(false);
        }
        let did = told(decided)?;
        self.tally.decisions += u64::from(did.is_some());
        let field = line.field.clone();
        let hub = self.machines[HUB].node.clone();
        let kept = move |entry: &Entry| {
            let act = hub.with_document(entry.record, |d| {
                let gives = |act: &&ToldAct| act.more.get("reason") == Some(&reason);
                d.acts().find(gives).cloned()
            });
            let act = act.ok().flatten().flatten().unwrap_or_default();
            let value = act.more.get("kept").cloned();
            let states = field.clone().zip(value).into_iter().collect();
            match act.kind.as_str() {
                "withdrawn" => (states, Also::Withdraws),
                _ => (states, Also::Nothing),
            }
        };
        self.wrote(HUB, since, kept)?;
        Ok(did.is_some())
    }

    /// A spot calls the hub; whatever line it had is gone.
    fn meet(&mut self, at: usize, messages: u64) -> anyhow::Result<bool> {
        self.silence(at);
        let identity = self.machines[at].identity;
        // The hub ends the exchange of whoever calls again under the same name.
        let same = self.lines.iter_mut().filter(|l| l.identity == identity);
        same.for_each(Line::end_at_hub);
        let ends = (&self.machines[at].node, &self.machines[HUB].node);
        let scopes = &self.scopes[identity];
        let line = Line::begin(self.site, (at, identity), ends, scopes)?;
        self.tally.exchanges += 1;
        self.lines.push(line);
        for _ in 0..messages {
            let line = self.lines.len() - 1;
            if !self.step(line)? {
                break;
            }
        }
        Ok(true)
    }

    /// A machine and the hub exchange until it is done.
    pub(crate) fn meet_whole(&mut self, at: usize) -> anyhow::Result<()> {
        const MOST: u64 = 100_000;
        self.meet(at, MOST)?;
        let done = self.lines.iter().all(|line| line.machine != at);
        anyhow::ensure!(done, "an exchange does not end");
        Ok(())
    }

    fn go(&mut self, messages: u64) -> anyhow::Result<bool> {
        for _ in 0..messages {
            let (lines, late) = (self.lines.len(), self.late.len());
            let Some(at) = pick(self.chance.draw(), lines + late + self.nears.len()) else {
                return Ok(false);
            };
            if at < lines {
                self.step(at)?;
            } else if at < lines + late {
                self.come_late(at - lines)?;
            } else {
                self.come_near(at - lines - late)?;
            }
        }
        Ok(true)
    }

    /// A message that was on its way when its line broke.
    pub(crate) fn come_late(&mut self, at: usize) -> anyhow::Result<()> {
        self.tally.late += 1;
        if !self.late[at].step()? {
            self.late.swap_remove(at);
        }
        Ok(())
    }

    /// Gives whether the line is still there.
    fn step(&mut self, at: usize) -> anyhow::Result<bool> {
        self.tally.messages += 1;
        let Step::Over(ended) = self.lines[at].step(&mut self.chance)? else {
            return Ok(true);
        };
        if ended == Some(Ended::Anew) {
            self.tally.new_journals += 1;
            let (machine, identity) = (self.lines[at].machine, self.lines[at].identity);
            let ends = (&self.machines[machine].node, &self.machines[HUB].node);
            let scopes = &self.scopes[identity];
            if self.lines[at].again(self.site, ends.0, ends.1, scopes)? {
                self.tally.exchanges += 1;
                return Ok(true);
            }
        }
        self.lines.swap_remove(at);
        // As the hub does in the background.
        if self.chance.below(4) > 0 {
            self.settle()?;
        }
        Ok(false)
    }

    fn cut(&mut self, line: u64, late: bool) -> bool {
        let lines = self.lines.len();
        let Some(at) = pick(line, lines + self.nears.len()) else {
            return false;
        };
        self.tally.cuts += 1;
        if at >= lines {
            self.nears.swap_remove(at - lines);
            return true;
        }
        let cut = self.lines.swap_remove(at).cut();
        self.late.extend(cut.filter(|_| late));
        true
    }

    fn crash(&mut self, at: usize) -> anyhow::Result<bool> {
        let disk = self.new_disk();
        self.machines[at].copy_disk(&disk)?;
        self.swap_disk(at, disk)?;
        self.tally.crashes += 1;
        Ok(true)
    }

    /// Power goes while the machine writes: some of what it writes reaches its disk, and nobody
    /// is told anything.
    fn tear(&mut self, at: usize, request: u64, reach: u64) -> anyhow::Result<bool> {
        let text = self.next_note();
        let (since, before) = (self.machines[at].journal()?, self.machines[at].log_bytes());
        let told_before: Changes = self.model.acts.keys().copied().collect();
        let lines: Vec<usize> = (0..self.lines.len())
            .filter(|line| at == HUB || self.lines[*line].machine == at)
            .collect();
        match (self.request(at, request)?, pick(request, lines.len())) {
            (Some(request), _) if at != HUB && self.chance.below(2) == 0 => {
                told(self.desk(at)?.add_note(&session(), &request.id, &text))?;
            }
            (_, Some(line)) => {
                self.step(lines[line])?;
            }
            _ => return Ok(false),
        }
        if at == HUB {
            // Nobody was told of what it answered meanwhile.
            self.model
                .acts
                .retain(|change, _| told_before.contains(change));
        }
        let after = self.machines[at].log_bytes();
        let disk = self.new_disk();
        self.machines[at].copy_disk(&disk)?;
        if after > before {
            let log = std::fs::File::options()
                .write(true)
                .open(disk.join("vereda.db-wal"))?;
            log.set_len(before + (after - before) * reach / 1_000)?;
            self.tally.torn += 1;
        }
        self.lines.retain(|line| at != HUB && line.machine != at);
        self.swap_disk(at, disk)?;
        self.tally.crashes += 1;
        // Whatever of it is there now is there for good.
        let also = match at {
            HUB => Also::Nothing,
            _ => Also::Note(text),
        };
        self.wrote(at, since, |_| (vec![], also.clone()))?;
        Ok(true)
    }

    fn clone_disk(&mut self, at: usize) -> anyhow::Result<bool> {
        if self.machines.len() >= MAX_MACHINES {
            return Ok(false);
        }
        let disk = self.new_disk();
        let original = &self.machines[at];
        original.copy_disk(&disk)?;
        let (identity, clock) = (original.identity, original.clock.clone());
        let machine = self.start(identity, disk, clock)?;
        self.machines.push(machine);
        self.tally.clones += 1;
        Ok(true)
    }

    fn back_up(&mut self, at: usize) -> anyhow::Result<bool> {
        if self.copies.len() >= MAX_COPIES {
            return Ok(false);
        }
        let folder = self.new_disk();
        let machine = &self.machines[at];
        machine.copy_disk(&folder)?;
        self.copies.push(DiskCopy {
            machine: at,
            folder,
            changes: machine.changes()?,
            own: machine.own_changes()?,
            homes: self.homes(),
        });
        Ok(true)
    }

    fn restore(&mut self, copy: u64) -> anyhow::Result<bool> {
        let Some(copy) = pick(copy, self.copies.len()).map(|at| &self.copies[at]) else {
            return Ok(false);
        };
        let at = copy.machine;
        // On the hub's word spots let go of their work: nobody puts it back to before that. Nor to
        // before a spot got another home: what it brings again would belong there, and what others
        // wrote in it where it belonged waits for an operator.
        let (archived, homes) = (&self.archived, self.homes());
        if at == HUB && !(archived.is_subset(&copy.changes) && copy.homes == homes) {
            self.tally.spared += 1;
            return Ok(false);
        }
        let dies = self.dies_with(at, copy)?;
        // What the hub once had is promised. A second disaster in which its last keeper goes as
        // well is more than anybody can make good. So is what a spot heard of that is at home in
        // another scope: it may have built on it, and could not tell the hub whose it is.
        let heard = self.heard_elsewhere(at)?;
        let promised = |change| heard.contains(change) || self.model.acts[change].reached;
        if dies.iter().any(promised) {
            self.tally.spared += 1;
            return Ok(false);
        }
        let (from, back) = (copy.folder.clone(), copy.changes.clone());
        for (change, act) in &mut self.model.acts {
            // What died before may be on this copy.
            act.died = dies.contains(change) || act.died && !back.contains(change);
        }
        let disk = self.new_disk();
        std::fs::create_dir_all(&disk)?;
        for file in ["vereda.db", "vereda.db-wal"] {
            if from.join(file).exists() {
                std::fs::copy(from.join(file), disk.join(file))?;
            }
        }
        self.swap_disk(at, disk)?;
        if at == HUB {
            self.machines[HUB].node.begin_epoch()?;
            self.tally.epochs += 1;
        } else {
            self.late.clear();
            self.tally.restores += 1;
        }
        Ok(true)
    }

    /// What is left nowhere that it would come back from, when that machine's disk becomes
    /// this copy: the hub, the journals of those who wrote it, and, where the hub lost it, spots at
    /// home in its scope.
    fn dies_with(&self, at: usize, copy: &DiskCopy) -> anyhow::Result<Changes> {
        let mut dies = self.model.live();
        let left = if at == HUB { &copy.changes } else { &copy.own };
        dies.retain(|change| !left.contains(change));
        for (other, machine) in self.machines.iter().enumerate() {
            let has = match other {
                _ if other == at => continue,
                HUB => machine.changes()?,
                _ if at == HUB => machine.brings(&self.scopes[machine.identity][0])?,
                // What was heard of it gives way once it uses the same places again.
                _ => machine.own_changes()?,
            };
            dies.retain(|change| !has.contains(change));
        }
        Ok(dies)
    }

    /// What spots other than that one have on their disks.
    fn heard_elsewhere(&self, at: usize) -> anyhow::Result<Changes> {
        let mut heard = Changes::new();
        for (other, machine) in self.machines.iter().enumerate().skip(1) {
            if other != at {
                heard.append(&mut machine.changes()?);
            }
        }
        Ok(heard)
    }

    /// Its copies are configured anew as well: the hub knows only the name.
    fn rescope(&mut self, at: usize) -> anyhow::Result<bool> {
        let identity = self.machines[at].identity;
        let mut unsent = Changes::new();
        for machine in self.machines.iter().filter(|m| m.identity == identity) {
            unsent.append(&mut machine.brings(&self.scopes[identity][0])?);
        }
        let at_hub = self.machines[HUB].changes()?;
        let scopes = &mut self.scopes[identity];
        // A record belongs to the first scope at its spot when it is begun, and at the hub when it
        // comes: other spots that heard of it meanwhile could not write in it.
        if unsent.is_subset(&at_hub) {
            scopes.reverse();
        }
        for scope in SCOPES {
            if !scopes.iter().any(|known| known == scope) {
                scopes.push(scope.to_owned());
            }
        }
        self.site.enrol(&self.room, &self.scopes)?;
        for machine in 1..self.machines.len() {
            if self.machines[machine].identity == identity {
                self.crash(machine)?;
            }
        }
        Ok(true)
    }

    fn rebuild(&mut self, at: usize) -> anyhow::Result<bool> {
        let node = &self.machines[at].node;
        derived::reset(&node.store.write())?;
        node.derive_arrived()?;
        Ok(true)
    }

    /// Heads, and how far each is known: the same twice when nothing is new.
    pub(crate) fn standing(&self) -> anyhow::Result<Vec<(JournalId, u64, u64, u64)>> {
        let mut all = Vec::new();
        for machine in &self.machines {
            let journals = vereda::store::journal::all(&machine.node.store.read())?;
            let stands = journals
                .iter()
                .map(|j| (j.id, j.frontier.size(), j.acked, j.proven));
            all.extend(stands);
        }
        Ok(all)
    }
}

/// Who does it.
fn session() -> Session {
    Session {
        id: "sessao".into(),
        person: port::Person {
            id: "ana.m".into(),
            name: "Ana Martins".into(),
        },
        desk: String::new(),
    }
}

/// What a page may refuse, because things are not so.
fn told<T>(result: Result<T, DeskError>) -> anyhow::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(DeskError::NotNow(_)) => Ok(None),
        Err(other) => Err(anyhow!("a page says {other:?}")),
    }
}

/// What must work.
fn done<T>(result: Result<T, DeskError>) -> anyhow::Result<T> {
    result.map_err(|error| anyhow!("a page says {error:?}"))
}

/// A record by what pages call it.
pub(crate) fn record(id: &str) -> anyhow::Result<RecordId> {
    RecordId::from_hex(id).context("an id of a record")
}
