//! People at the console: who there is, and what changes of them.

use sha2::{Digest, Sha256};
use vereda_sync::day::Date;
use vereda_sync::text::fold;
use vereda_web::console::port::{
    AnyRole, Done, Named, PeopleDesk, PeopleView, PersonRow, PersonTyped, PersonView, Seen, Waits,
    WhichPeople,
};
use vereda_web::desk::port::{DeskError, Session};

use super::HubConsole;
use crate::clock;
use crate::desk::fault;
use crate::link::enrolled;
use crate::node::random;
use crate::people::hex;
use crate::staff::{Member, Role, Staff, hash_pin, weakness};
use crate::store::audit;
use crate::store::bounds;
use crate::store::staff::{self as kept, Proposal};
use crate::tours::not_now;
use crate::written;

/// Most people on a page.
const ON_A_PAGE: usize = 100;
/// Who has not signed in for so long is listed as such, in milliseconds.
const SILENT_MS: i64 = 90 * 86_400_000;
/// A PIN of one use is good for so many days.
const ONCE_DAYS: i64 = 7;
/// Longest name and user, in characters.
const MAX_NAME: usize = 80;
const MAX_USER: usize = 32;
/// Most spots of one person.
const MAX_SPOTS: usize = 50;
/// Furthest last day, in days.
const FURTHEST_DAYS: i64 = 10 * 366;

fn shown(role: Role) -> AnyRole {
    match role {
        Role::Mediator => AnyRole::Mediator,
        Role::CrewLead => AnyRole::CrewLead,
        Role::Operator => AnyRole::Operator,
        Role::Agent => AnyRole::Agent,
        Role::Administrator => AnyRole::Administrator,
        Role::Auditor => AnyRole::Auditor,
    }
}

fn meant(role: AnyRole) -> Role {
    match role {
        AnyRole::Mediator => Role::Mediator,
        AnyRole::CrewLead => Role::CrewLead,
        AnyRole::Operator => Role::Operator,
        AnyRole::Agent => Role::Agent,
        AnyRole::Administrator => Role::Administrator,
        AnyRole::Auditor => Role::Auditor,
    }
}

/// What was seen of somebody: whoever changes them changes this, and not what another made of it meanwhile.
fn fingerprint(member: &Member) -> String {
    let bare = Member {
        pin: String::new(),
        ..member.clone()
    };
    let says = serde_json::to_string(&bare).unwrap_or_default();
    hex(&Sha256::digest(says)[..12])
}

/// The regions in which somebody is an administrator who can sign in; `None`: they are none, `Some(None)`: everywhere.
fn administers<'m>(member: &'m Member, today: &str) -> Option<Option<&'m [String]>> {
    let is = member.is_here(today) && member.roles.contains(&Role::Administrator);
    is.then_some(member.regions.as_deref())
}

/// Whether somebody could administer more than before: two persons give that.
fn gains(before: Option<&Member>, after: &Member, today: &str) -> bool {
    let before = before.and_then(|before| administers(before, today));
    match (before, administers(after, today)) {
        (_, None) | (Some(None), _) => false,
        (None, Some(_)) | (Some(Some(_)), Some(None)) => true,
        (Some(Some(had)), Some(Some(has))) => has.iter().any(|region| !had.contains(region)),
    }
}

/// Whether there is an administrator of the whole country who stays.
fn is_administered<'a>(people: impl IntoIterator<Item = &'a Member>, today: &str) -> bool {
    people
        .into_iter()
        .any(|member| administers(member, today) == Some(None) && member.ends.is_none())
}

/// What would change, one line each.
fn changes(staff: &Staff, before: Option<&Member>, after: &Member) -> Vec<String> {
    let roles = |member: &Member| {
        let names: Vec<&str> = member
            .roles
            .iter()
            .map(|role| shown(*role).name())
            .collect();
        names.join(", ")
    };
    let regions = |member: &Member| match &member.regions {
        None => "todo o país".to_owned(),
        Some(ids) => {
            let known = staff.regions().iter().filter(|r| ids.contains(&r.id));
            let names: Vec<&str> = known.map(|r| r.name.as_str()).collect();
            names.join(", ")
        }
    };
    let spots = |member: &Member| match &member.spots {
        None => "todos os da região".to_owned(),
        Some(ids) => ids.join(", "),
    };
    let stays = |member: &Member| match (&member.ends, member.gone) {
        (_, true) => "saiu".to_owned(),
        (Some(day), _) => format!("até {day}"),
        (None, _) => "fica".to_owned(),
    };
    let Some(before) = before else {
        return vec![format!(
            "nova pessoa: {}; {}; {}; {}",
            after.name,
            roles(after),
            regions(after),
            stays(after)
        )];
    };
    let pairs = [
        ("nome", before.name.clone(), after.name.clone()),
        ("papéis", roles(before), roles(after)),
        ("onde", regions(before), regions(after)),
        ("postos", spots(before), spots(after)),
        ("permanência", stays(before), stays(after)),
    ];
    let mut out: Vec<String> = pairs
        .into_iter()
        .filter(|(_, was, is)| was != is)
        .map(|(what, was, is)| format!("{what}: {was} → {is}"))
        .collect();
    if before.pin != after.pin {
        out.push("PIN de uma só vez".to_owned());
    }
    out
}

fn drawn(digits: usize) -> Result<String, DeskError> {
    loop {
        let bytes = random::<8>().map_err(fault)?;
        let number = u64::from_be_bytes(bytes) % 10_u64.pow(u32::try_from(digits).unwrap_or(8));
        let pin = format!("{number:0digits$}");
        if weakness(&pin).is_none() {
            return Ok(pin);
        }
    }
}

/// A PIN of one use, with its hash and its last day.
fn once(digits: usize) -> Result<(String, String, String), DeskError> {
    let pin = drawn(digits)?;
    let hash = hash_pin(&pin).map_err(|error| {
        tracing::error!(error, "a PIN could not be hashed");
        DeskError::Broken {
            reference: "P-2".into(),
        }
    })?;
    let today = clock::day_in(clock::now_ms(), vereda_web::place::here());
    Ok((pin, hash, today.days_on(ONCE_DAYS).to_string()))
}

/// Who acts, as a line of the account has them.
fn by(session: &Session) -> (&str, &str) {
    (session.person.id.as_str(), session.person.name.as_str())
}

/// How far whoever looks may see and give.
struct Reach {
    staff: std::sync::Arc<Staff>,
    /// Regions that they can give; all when `all`.
    regions: Vec<Named>,
    all: bool,
    /// Spots that they can give.
    spots: Vec<Named>,
}

impl Reach {
    /// Whether somebody is of theirs.
    fn holds(&self, member: &Member) -> bool {
        let within = |ids: &[String], known: &[Named]| {
            !ids.is_empty() && ids.iter().all(|id| known.iter().any(|(k, _)| k == id))
        };
        if self.all {
            return true;
        }
        match (&member.regions, &member.spots) {
            (Some(regions), _) => within(regions, &self.regions),
            (None, Some(spots)) => {
                within(spots, &self.spots) && !member.has_any(crate::staff::AT_THE_HUB)
            }
            (None, None) => false,
        }
    }

    fn spot_name(&self, id: &str) -> String {
        let found = self.spots.iter().find(|(known, _)| known == id);
        found.map_or(id, |(_, name)| name).to_owned()
    }
}

impl HubConsole {
    fn reach(&self, session: &Session) -> Result<Reach, DeskError> {
        let staff = self.node.staff();
        let member = self.people.member(&session.person.id);
        let regions = member.and_then(|member| member.regions);
        let mut given: Vec<Named> = staff
            .regions()
            .iter()
            .filter(|region| regions.as_ref().is_none_or(|own| own.contains(&region.id)))
            .map(|region| (region.id.clone(), region.name.clone()))
            .collect();
        given.sort_by_key(|(_, name)| fold(name));
        let list = self.node.config.sync.as_ref().map(|sync| &sync.enrolled);
        let names = self.spot_names()?;
        let ids = list.map_or_else(Vec::new, |list| enrolled::spots(list));
        let ids = ids
            .into_iter()
            .filter(|id| bounds::here().is_none_or(|here| here.nodes.contains(id)));
        let spots = ids.map(|id| {
            let name = crate::tours::name(&names, &id).to_owned();
            (id, name)
        });
        Ok(Reach {
            spots: spots.collect(),
            all: regions.is_none(),
            regions: given,
            staff,
        })
    }

    fn person_row(
        &self,
        reach: &Reach,
        member: &Member,
        (session, signed_in): (&Session, Option<i64>),
    ) -> PersonRow {
        let regions = reach.staff.regions_of(member);
        PersonRow {
            id: member.id.clone(),
            name: member.name.clone(),
            roles: member.roles.iter().copied().map(shown).collect(),
            regions: regions.map(|all| all.into_iter().map(|r| r.name.clone()).collect()),
            spots: member
                .spots
                .as_ref()
                .map(|ids| ids.iter().map(|id| reach.spot_name(id)).collect()),
            ends: member.ends.clone(),
            is_gone: !member.is_here(&clock::today()),
            once: member.once.clone(),
            signed_in: signed_in.map(|ms| clock::moment(ms, true)),
            own: member.id == session.person.id,
        }
    }

    fn waits(&self, session: &Session, reach: &Reach, proposal: &Proposal) -> Waits {
        let before = reach.staff.of_id(&proposal.member.id);
        let was = before.map_or_else(String::new, fingerprint);
        Waits {
            of: (proposal.member.id.clone(), proposal.member.name.clone()),
            by: proposal.by.1.clone(),
            own: proposal.by.0 == session.person.id,
            at: clock::moment(proposal.at_ms, true),
            what: changes(&reach.staff, before, &proposal.member),
            shown: shown_of(proposal),
            is_stale: was != proposal.was,
        }
    }

    /// Somebody as `shown`, who is of theirs.
    fn as_shown(&self, reach: &Reach, id: &str, shown: &str) -> Result<Member, DeskError> {
        let member = reach.staff.of_id(id).filter(|member| reach.holds(member));
        let member = member.ok_or(DeskError::NotFound)?;
        if fingerprint(member) == shown {
            return Ok(member.clone());
        }
        let changed = kept::changed(&self.node.store.write(), id).map_err(fault)?;
        let who = changed.map_or_else(|| "Alguém".to_owned(), |(name, _)| name);
        not_now(&format!(
            "{who} mudou esta pessoa entretanto. Veja como está agora e guarde outra vez: o que escreveu está em baixo."
        ))
    }

    /// What was typed of somebody, over what they are.
    fn typed(
        &self,
        reach: &Reach,
        before: Option<&Member>,
        typed: &PersonTyped,
    ) -> Result<Member, DeskError> {
        let name = written::needed(&typed.name, MAX_NAME, "Escreva o nome da pessoa.")?;
        if name.chars().any(char::is_control) {
            return not_now("O nome tem um sinal que não se lê. Escreva-o outra vez.");
        }
        if typed.roles.is_empty() {
            return not_now("Escolha pelo menos um papel: sem nenhum não entra em lado nenhum.");
        }
        let mut roles: Vec<Role> = typed.roles.iter().copied().map(meant).collect();
        roles.sort_unstable();
        roles.dedup();
        let mut regions: Option<Vec<String>> = (!typed.everywhere).then(|| typed.regions.clone());
        let spots = self.spots_typed(reach, &typed.spots)?;
        for id in regions.iter().flatten() {
            if reach.staff.regions().iter().all(|known| known.id != *id) {
                return not_now(&format!("Não há nenhuma região «{id}». Escolha da lista."));
            }
        }
        if regions.as_ref().is_some_and(Vec::is_empty) {
            let only_at_desks = roles
                .iter()
                .all(|role| crate::staff::AT_DESKS.contains(role));
            if spots.is_none() || !only_at_desks {
                return not_now(
                    "Diga onde: todo o país, uma ou mais regiões, ou só alguns postos.",
                );
            }
            // The spots say where.
            regions = None;
        }
        let ends = self.last_day(before, typed.ends.trim())?;
        let member = Member {
            id: typed.id.clone(),
            name: name.to_owned(),
            roles,
            regions,
            spots,
            ends,
            gone: false,
            ..before.cloned().unwrap_or_else(Member::nobody)
        };
        if !reach.holds(&member) {
            return not_now(
                "Só pode dar as regiões e os postos que são seus. Escolha das suas, ou peça a um administrador de todo o país.",
            );
        }
        Ok(member)
    }

    fn spots_typed(&self, reach: &Reach, typed: &str) -> Result<Option<Vec<String>>, DeskError> {
        let mut ids = vec![];
        for line in typed.lines().map(str::trim).filter(|l| !l.is_empty()) {
            let sought = fold(line);
            let mut found = reach
                .spots
                .iter()
                .filter(|(id, name)| id == line || fold(name) == sought);
            match (found.next(), found.next()) {
                (Some((id, _)), None) => ids.push(id.clone()),
                (Some(_), Some(_)) => {
                    return not_now(&format!(
                        "Há mais do que um posto «{line}»: escreva o identificador, como está em Postos."
                    ));
                }
                (None, _) => {
                    return not_now(&format!(
                        "Nenhum posto seu se chama «{line}». Confira o nome em Postos."
                    ));
                }
            }
        }
        ids.dedup();
        match ids.len() {
            0 => Ok(None),
            n if n > MAX_SPOTS => not_now("São postos a mais para uma pessoa: dê-lhe uma região."),
            _ => Ok(Some(ids)),
        }
    }

    fn last_day(&self, before: Option<&Member>, typed: &str) -> Result<Option<String>, DeskError> {
        if typed.is_empty() {
            return Ok(None);
        }
        let Some(day) = Date::parse(typed) else {
            return not_now(
                "O último dia não se lê: escolha-o no calendário, ou escreva-o como 2026-12-31.",
            );
        };
        let is_as_before = before.is_some_and(|b| b.ends.as_deref() == Some(typed));
        let today = clock::day_in(self.node.now_ms(), vereda_web::place::here());
        if day < today && !is_as_before {
            return not_now(
                "Esse último dia já passou: confira o ano. Para sair já, use «Sai agora».",
            );
        }
        if day > today.days_on(FURTHEST_DAYS) {
            return not_now("Esse último dia é daqui a mais de dez anos: confira o ano.");
        }
        Ok(Some(day.to_string()))
    }

    /// Makes it so, or proposes it where a second person is needed.
    fn settle_person(
        &self,
        session: &Session,
        reach: &Reach,
        (before, mut after): (Option<&Member>, Member),
        gets_pin: bool,
    ) -> Result<Done, DeskError> {
        let today = clock::today();
        let is_guarded = |m: &Member| administers(m, &today).is_some();
        let needs_two = gains(before, &after, &today) || (gets_pin && is_guarded(&after));
        let all = reach.staff.everybody();
        let others = all.iter().filter(|member| member.id != after.id);
        let stays = is_administered(others.chain([&after]), &today);
        if is_administered(all, &today) && !stays {
            return not_now(
                "É o último administrador de todo o país: sem ele ninguém tratava de pessoas. Faça primeiro outro, e tire este depois.",
            );
        }
        let is_waiting = kept::proposal(&self.node.store.write(), &after.id).map_err(fault)?;
        if after.gone {
            // Nobody who leaves waits for what others think of them.
            kept::drop_proposal(&self.node.store.write(), &after.id).map_err(fault)?;
        } else if let Some(waiting) = is_waiting {
            return not_now(&format!(
                "{} já propôs uma mudança desta pessoa, que espera por alguém. Decida-a primeiro.",
                waiting.by.1
            ));
        }
        let pin = match gets_pin {
            true => Some(once(if needs_two { 8 } else { 6 })?),
            false => None,
        };
        if let Some((_, hash, until)) = &pin {
            (after.pin, after.once) = (hash.clone(), Some(until.clone()));
        }
        let what = changes(&reach.staff, before, &after).join("; ");
        if !needs_two {
            let line = format!("{}: {what}", after.id);
            let chosen = gets_pin.then_some((0, ""));
            let kept = self.node.keep_member(&after, by(session), &line, chosen);
            kept.map_err(fault)?;
            return Ok(match pin {
                None => Done::Kept,
                Some((pin, _, until)) => Done::Pin {
                    name: after.name,
                    pin,
                    is_half: false,
                    until,
                },
            });
        }
        let is_alone = !all.iter().any(|member| {
            let other = member.id != session.person.id && member.id != after.id;
            other && member.once.is_none() && administers(member, &today) == Some(None)
        });
        if is_alone {
            return not_now(
                "Tem de haver outro administrador de todo o país que concorde, e não há. Outro faz-se na máquina da central: `vereda pin`, e o nome na lista de pessoas.",
            );
        }
        let halves = pin.as_ref().map(|(pin, ..)| pin.split_at(4));
        let proposal = Proposal {
            was: before.map_or_else(String::new, fingerprint),
            half: halves.map_or_else(String::new, |(_, second)| second.to_owned()),
            by: (session.person.id.clone(), session.person.name.clone()),
            at_ms: self.node.now_ms(),
            member: after,
        };
        kept::propose(&self.node.store.write(), &proposal).map_err(fault)?;
        let line = format!("{}: propôs {what}", proposal.member.id);
        self.node
            .note_of_people(by(session), &line)
            .map_err(fault)?;
        Ok(Done::Proposed {
            half: halves.map(|(first, _)| first.to_owned()),
        })
    }
}

/// What whoever agrees has seen.
fn shown_of(proposal: &Proposal) -> String {
    let says = format!(
        "{}\n{}\n{}\n{}",
        proposal.was,
        fingerprint(&proposal.member),
        proposal.by.0,
        proposal.at_ms
    );
    hex(&Sha256::digest(says)[..12])
}

/// A user as it is typed.
fn user(typed: &str) -> Result<String, DeskError> {
    let id = typed.trim();
    let fits = id.len() <= MAX_USER
        && id.starts_with(|c: char| c.is_ascii_lowercase())
        && id.len() >= 2
        && id
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-".contains(c));
    match fits {
        true => Ok(id.to_owned()),
        false => not_now(
            "O utilizador escreve-se com letras minúsculas sem acentos, algarismos, ponto ou hífen, e começa por uma letra: como ana.m.",
        ),
    }
}

impl PeopleDesk for HubConsole {
    fn people_listed(
        &self,
        session: &Session,
        which: &WhichPeople,
    ) -> Result<PeopleView, DeskError> {
        let reach = self.reach(session)?;
        let (signed_in, proposals) = {
            let db = self.node.store.read();
            let proposals = kept::proposals(&db).map_err(fault)?;
            (kept::sign_ins(&db).map_err(fault)?, proposals)
        };
        let (today, now_ms) = (clock::today(), self.node.now_ms());
        let text = fold(&which.text);
        let list = self.node.config.sync.as_ref().map(|sync| &sync.enrolled);
        let of_spot = list
            .filter(|_| !which.spot.is_empty())
            .map(|list| enrolled::scopes_of(list, &which.spot));
        let all = reach.staff.everybody().iter();
        let theirs: Vec<&Member> = all.filter(|member| reach.holds(member)).collect();
        let is_sought = |member: &Member| {
            let here = member.is_here(&today);
            let since = signed_in.get(&member.id).copied();
            let seen = match which.seen {
                Seen::Here => here,
                Seen::Leaving => here && member.ends.is_some(),
                Seen::Silent => here && since.is_none_or(|at| now_ms - at > SILENT_MS),
                Seen::New => here && member.once.is_some(),
                Seen::Gone => !here,
            };
            let in_region = |region: &String| {
                member
                    .regions
                    .as_ref()
                    .is_none_or(|own| own.contains(region))
            };
            let at_spot = |scopes: &Vec<String>| {
                member.has_any(crate::staff::AT_DESKS)
                    && reach.staff.serves_at(member, (&which.spot, scopes))
            };
            seen && (fold(&member.name).contains(&text) || member.id.contains(&text))
                && which
                    .role
                    .is_none_or(|role| member.roles.contains(&meant(role)))
                && (which.region.is_empty() || in_region(&which.region))
                && of_spot.as_ref().is_none_or(at_spot)
        };
        let mut found: Vec<&Member> = theirs.iter().copied().filter(|m| is_sought(m)).collect();
        found.sort_by_key(|member| (fold(&member.name), member.id.clone()));
        let pages = found.len().div_ceil(ON_A_PAGE);
        let page = (which.page as usize).min(pages.saturating_sub(1));
        let rows = found.iter().skip(page * ON_A_PAGE).take(ON_A_PAGE);
        let rows = rows.map(|member| {
            let since = signed_in.get(&member.id).copied();
            self.person_row(&reach, member, (session, since))
        });
        let waits = proposals.iter().filter(|p| reach.holds(&p.member));
        Ok(PeopleView {
            rows: rows.collect(),
            found: found.len() as u64,
            all: theirs.len() as u64,
            pages: u32::try_from(pages).unwrap_or(u32::MAX),
            waits: waits.map(|p| self.waits(session, &reach, p)).collect(),
            list_days: reach.staff.publish_days(),
            regions: reach.regions,
            gives_all: reach.all,
            spots: reach.spots,
        })
    }

    fn one_of_people(&self, session: &Session, id: &str) -> Result<PersonView, DeskError> {
        let reach = self.reach(session)?;
        let (signed_in, proposal, changed) = {
            let db = self.node.store.write();
            let signed_in = kept::sign_ins(&db).map_err(fault)?.get(id).copied();
            (
                signed_in,
                kept::proposal(&db, id).map_err(fault)?,
                kept::changed(&db, id).map_err(fault)?,
            )
        };
        let proposal = proposal.filter(|proposal| reach.holds(&proposal.member));
        let member = reach.staff.of_id(id).filter(|member| reach.holds(member));
        let Some(of) = member.or(proposal.as_ref().map(|proposal| &proposal.member)) else {
            return Err(DeskError::NotFound);
        };
        let spots = of.spots.iter().flatten().map(|id| reach.spot_name(id));
        Ok(PersonView {
            row: member.map(|member| self.person_row(&reach, member, (session, signed_in))),
            typed: PersonTyped {
                id: of.id.clone(),
                name: of.name.clone(),
                roles: of.roles.iter().copied().map(shown).collect(),
                everywhere: of.regions.is_none() && of.spots.is_none(),
                regions: of.regions.clone().unwrap_or_default(),
                spots: spots.collect::<Vec<_>>().join("\n"),
                ends: of.ends.clone().unwrap_or_default(),
            },
            shown: fingerprint(of),
            changed: changed.map(|(name, ms)| (name, clock::moment(ms, true))),
            waits: proposal.map(|proposal| self.waits(session, &reach, &proposal)),
            regions: reach.regions,
            gives_all: reach.all,
            spots: reach.spots,
        })
    }

    fn add_person(&self, session: &Session, typed: &PersonTyped) -> Result<Done, DeskError> {
        let _turn = self.node.staff_list.turn();
        let reach = self.reach(session)?;
        let typed = PersonTyped {
            id: user(&typed.id)?,
            ..typed.clone()
        };
        let id = &typed.id;
        let is_taken = {
            let db = self.node.store.write();
            // Whoever did something here once is in the account under that name, also when the file forgot them.
            reach.staff.of_id(id).is_some()
                || kept::changed(&db, id).map_err(fault)?.is_some()
                || !audit::latest(&db, id, None, 1).map_err(fault)?.is_empty()
        };
        if is_taken {
            return not_now(&format!(
                "O utilizador «{id}» já é ou já foi de alguém, e não se dá outra vez: o que essa pessoa fez está em seu nome. Escolha outro, como {id}2."
            ));
        }
        let after = self.typed(&reach, None, &typed)?;
        self.settle_person(session, &reach, (None, after), true)
    }

    fn change_person(
        &self,
        session: &Session,
        shown: &str,
        typed: &PersonTyped,
    ) -> Result<Done, DeskError> {
        let _turn = self.node.staff_list.turn();
        let reach = self.reach(session)?;
        let before = self.as_shown(&reach, &typed.id, shown)?;
        let after = self.typed(&reach, Some(&before), typed)?;
        if before == after {
            return Ok(Done::Kept);
        }
        // Who comes back comes with another PIN than the one that they left with.
        let today = clock::today();
        let returns = !before.is_here(&today) && after.is_here(&today);
        self.settle_person(session, &reach, (Some(&before), after), returns)
    }

    fn issue_pin(&self, session: &Session, id: &str, shown: &str) -> Result<Done, DeskError> {
        let _turn = self.node.staff_list.turn();
        let reach = self.reach(session)?;
        let member = self.as_shown(&reach, id, shown)?;
        if !member.is_here(&clock::today()) {
            return not_now(
                "Esta pessoa já saiu. Se volta, guarde-a com outro último dia, ou sem nenhum.",
            );
        }
        self.settle_person(session, &reach, (Some(&member), member.clone()), true)
    }

    fn send_away(&self, session: &Session, id: &str, shown: &str) -> Result<Done, DeskError> {
        let _turn = self.node.staff_list.turn();
        let reach = self.reach(session)?;
        let member = self.as_shown(&reach, id, shown)?;
        let gone = Member {
            gone: true,
            ..member.clone()
        };
        self.settle_person(session, &reach, (Some(&member), gone), false)
    }

    fn agree_person(&self, session: &Session, id: &str, shown: &str) -> Result<Done, DeskError> {
        let _turn = self.node.staff_list.turn();
        let reach = self.reach(session)?;
        let proposal = kept::proposal(&self.node.store.write(), id).map_err(fault)?;
        let proposal = proposal.filter(|proposal| reach.holds(&proposal.member));
        let Some(proposal) = proposal else {
            return not_now("Ninguém propõe agora nada desta pessoa. Veja a página outra vez.");
        };
        if proposal.by.0 == session.person.id {
            return not_now("Foi quem o propôs: tem de ser outra pessoa a concordar.");
        }
        if id == session.person.id {
            return not_now("É de si que se trata: tem de ser outra pessoa a concordar.");
        }
        let before = reach.staff.of_id(id);
        let was = before.map_or_else(String::new, fingerprint);
        if shown != shown_of(&proposal) || was != proposal.was {
            return not_now(
                "Já não é o que viu: a pessoa, ou a proposta, mudou entretanto. Alguém tem de propor de novo.",
            );
        }
        // Whoever proposed it may have left since.
        let today = clock::today();
        let proposer = reach.staff.of_id(&proposal.by.0);
        if proposer.is_none_or(|member| administers(member, &today).is_none()) {
            return not_now("Quem o propôs já não é administrador. Retire e proponha de novo.");
        }
        let what = changes(&reach.staff, before, &proposal.member).join("; ");
        let line = format!("{id}: {what}; proposto por {}", proposal.by.1);
        let gets_pin = !proposal.half.is_empty();
        // The PIN that they chose meanwhile stays, unless they are given one.
        let mut after = proposal.member.clone();
        if let (false, Some(before)) = (gets_pin, before) {
            (after.pin, after.once) = (before.pin.clone(), before.once.clone());
        }
        let chosen = gets_pin.then_some((0, ""));
        let kept = self.node.keep_member(&after, by(session), &line, chosen);
        kept.map_err(fault)?;
        kept::drop_proposal(&self.node.store.write(), id).map_err(fault)?;
        Ok(match gets_pin {
            false => Done::Kept,
            true => Done::Pin {
                name: after.name,
                pin: proposal.half,
                is_half: true,
                until: after.once.unwrap_or_default(),
            },
        })
    }

    fn drop_person_proposal(&self, session: &Session, id: &str) -> Result<(), DeskError> {
        let _turn = self.node.staff_list.turn();
        let reach = self.reach(session)?;
        let proposal = kept::proposal(&self.node.store.write(), id).map_err(fault)?;
        let proposal = proposal.filter(|proposal| reach.holds(&proposal.member));
        if proposal.is_none() {
            return not_now("Ninguém propõe agora nada desta pessoa.");
        }
        kept::drop_proposal(&self.node.store.write(), id).map_err(fault)?;
        let line = format!("{id}: retirou o que estava proposto");
        self.node.note_of_people(by(session), &line).map_err(fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(roles: &[Role], regions: Option<&[&str]>) -> Member {
        Member {
            roles: roles.to_vec(),
            regions: regions.map(|ids| ids.iter().map(|id| (*id).to_owned()).collect()),
            ..Member::nobody()
        }
    }

    #[test]
    fn whoever_could_administer_more_than_before_needs_two() {
        let today = "2026-11-23";
        let admin = [Role::Administrator];
        let (none, all) = (member(&[Role::Operator], None), member(&admin, None));
        let (south, both) = (
            member(&admin, Some(&["south"])),
            member(&admin, Some(&["south", "north"])),
        );
        let gone = Member {
            gone: true,
            ..all.clone()
        };
        for (before, after, two) in [
            (None, &all, true),
            (None, &none, false),
            (Some(&none), &all, true),
            (Some(&south), &both, true),
            (Some(&both), &south, false),
            (Some(&south), &all, true),
            (Some(&all), &south, false),
            (Some(&all), &none, false),
            (Some(&gone), &all, true),
            (Some(&all), &gone, false),
        ] {
            assert_eq!(gains(before, after, today), two, "{before:?} {after:?}");
        }
        let leaves = Member {
            ends: Some("2026-12-31".into()),
            ..all.clone()
        };
        assert!(is_administered([&none, &all], today));
        assert!(!is_administered([&none, &south, &gone, &leaves], today));
    }

    #[test]
    fn a_user_is_written_in_one_way() {
        for good in ["ana.m", "a2", " rui-p "] {
            assert!(user(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "a",
            "Ana",
            "2ana",
            "ana m",
            "joão",
            "a/b",
            &"a".repeat(33),
        ] {
            assert!(user(bad).is_err(), "{bad}");
        }
    }
}
