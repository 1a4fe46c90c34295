//! `vereda catalogue`: from a folder of texts to what every spot has.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use vereda_sync::catalogue::{
    Catalogue, CatalogueError, EXAMPLE_DAY, Kind, Service, migration, source,
};

use vereda_web::place::settle;

use super::say;
use crate::catalogue::{self, signed, xlsform};
use crate::clock;
use crate::config::Config;
use crate::link::seal::Seal;
use crate::link::tls;
use crate::staff::{Laid, Role, Staff};
use crate::store::Store;
use crate::store::catalogue::open_drafts;
use crate::store::key::StoreKey;
use crate::store::staff as kept_staff;
use crate::whole;

/// Says everything that is wrong with a catalogue, and counts.
///
/// # Errors
/// When the folder cannot be read.
pub fn check(folder: &Path) -> anyhow::Result<ExitCode> {
    let sources = catalogue::sources(folder)?;
    match source::read(&sources) {
        Ok(catalogue) => {
            say(&count(&catalogue))?;
            Ok(ExitCode::SUCCESS)
        }
        Err(CatalogueError::Faults(faults)) => {
            for fault in &faults {
                say(&fault.to_string())?;
            }
            let files = |name: &str| sources.iter().filter(|s| s.name.starts_with(name)).count();
            // Portuguese stands in the services themselves.
            say(&format!(
                "{} services, {} languages, {} errors",
                files(source::SERVICES),
                files(source::TRANSLATIONS) + 1,
                faults.len()
            ))?;
            Ok(ExitCode::FAILURE)
        }
        Err(other) => Err(other.into()),
    }
}

fn count(catalogue: &Catalogue) -> String {
    format!(
        "{} services, {} languages, 0 errors",
        catalogue.services.len(),
        catalogue.languages.len()
    )
}

/// The people of the hub: as its file has them, and as they were changed at its console since.
fn people(hub: &Config) -> anyhow::Result<Staff> {
    let written = Staff::load(&hub.staff.file).map_err(anyhow::Error::msg)?;
    if !hub.store.path.exists() {
        return Ok(written);
    }
    let key = StoreKey::load(&hub.store.key_file, &hub.store.path)?;
    let store = Store::open(&hub.store.path, &key)?;
    let kept = kept_staff::all(&store.read())?;
    let people = kept.into_iter().map(|kept| (kept.member, kept.of_file));
    let laid = Laid {
        people: people.collect(),
        pins: vec![],
    };
    Ok(laid.over(&written))
}

/// Who agreed: administrators of the hub, by their ids in its list of people.
fn agreed(hub: &Config, by: &[String], at_ms: u64) -> anyhow::Result<signed::Agreed> {
    let staff = people(hub)?;
    let one = |id: &String| {
        let member = staff.find(id, &[Role::Administrator]);
        let member = member.with_context(|| {
            format!("`{id}` is no administrator in {}", hub.staff.file.display())
        })?;
        Ok(signed::Person {
            id: member.id.clone(),
            name: member.name.clone(),
            at_ms,
        })
    };
    let agreed = signed::Agreed {
        by: by.iter().map(one).collect::<anyhow::Result<_>>()?,
        ..signed::Agreed::default()
    };
    anyhow::ensure!(
        agreed.is_by_two(),
        "two different persons agree to a catalogue: `--by ID --by ID`"
    );
    Ok(agreed)
}

/// Signs a catalogue with the hub's key, as two administrators agreed to it.
///
/// # Errors
/// When it is not right, does not follow the one before, only one person agreed, or the key cannot sign.
pub fn sign(
    folder: &Path,
    hub: &Config,
    by: &[String],
    (after, out): (Option<&Path>, &Path),
) -> anyhow::Result<()> {
    let at_ms = clock::wall_ms();
    let agreed = agreed(hub, by, at_ms)?;
    let catalogue = catalogue::load(folder)?;
    let sync = hub
        .sync
        .as_ref()
        .context("only the hub signs: this is no configuration of a hub")?;
    anyhow::ensure!(
        signed::is_signed(out),
        "{}: the name of a signed catalogue ends in .vcat",
        out.display()
    );
    // What stands under that name already was published once.
    let before = after
        .map(Path::to_owned)
        .or_else(|| out.exists().then(|| out.to_owned()));
    if let Some(before) = before {
        signed::follows(
            &catalogue,
            &signed::load(&before, &sync.authority)?.catalogue,
        )?;
    }
    let certificate = tls::certificate(&sync.certificate)?;
    let file = signed::sign(
        &catalogue,
        &agreed,
        (&Seal::load(&sync.key)?, &certificate),
        at_ms,
    )?;
    signed::read(&file, &sync.authority).context("what was signed does not verify")?;
    whole::put(out, &file, whole::PUBLIC).with_context(|| out.display().to_string())?;
    say(&format!(
        "{}: edition {}, {}, agreed by {}",
        out.display(),
        catalogue.edition,
        count(&catalogue),
        agreed
            .by
            .iter()
            .map(|p| p.name.as_str())
            .collect::<Vec<_>>()
            .join(" and ")
    ))
}

/// A catalogue in a folder, or signed; who only looks at it needs no authority for a folder.
fn open(path: &Path, authority: Option<&Path>) -> anyhow::Result<Catalogue> {
    match signed::is_signed(path) {
        false => catalogue::load(path),
        true => {
            let authority = authority.context("a signed catalogue is read with --authority")?;
            Ok(signed::load(path, authority)?.catalogue)
        }
    }
}

/// Says what changed from one catalogue to another, and what that means for open drafts.
///
/// # Errors
/// When one of them cannot be read.
pub fn diff(old: &Path, new: &Path, authority: Option<&Path>) -> anyhow::Result<()> {
    let (old, new) = (open(old, authority)?, open(new, authority)?);
    let changes = migration::changes(&old, &new);
    for line in &changes {
        say(line)?;
    }
    for service in &new.services {
        if let Some(was) = old.service(&service.id) {
            for line in drafts(was, service) {
                say(&format!("{}: an open draft {line}", service.id))?;
            }
        }
    }
    match changes.len() {
        0 => say("nothing changed"),
        n => say(&format!("{n} changes")),
    }
}

/// What becomes of a draft, in words.
fn drafts(old: &Service, new: &Service) -> Vec<String> {
    let plan = old.migration(new);
    let list = |ids: &[String]| ids.join(", ");
    let mut out = Vec::new();
    if !plan.again.is_empty() {
        out.push(format!(
            "goes through these steps again: {}",
            list(&plan.again)
        ));
    }
    if !plan.moved.is_empty() {
        out.push(format!(
            "keeps these answers, on other steps: {}",
            list(&plan.moved)
        ));
    }
    if !plan.gone.is_empty() {
        out.push(format!(
            "keeps these to be seen, no longer asked: {}",
            list(&plan.gone)
        ));
    }
    out
}

/// Makes a service of an XLSForm, and says what could not be carried over.
///
/// # Errors
/// When the form cannot be read, or the service is there already.
pub fn import(form: &Path, id: &str, agency: &str, to: &Path) -> anyhow::Result<()> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    anyhow::ensure!(
        !id.is_empty() && id.chars().all(plain),
        "`{id}` cannot be the id of a service: write a-z, 0-9 and `-`"
    );
    let file = to.join(source::SERVICES).join(format!("{id}.toml"));
    anyhow::ensure!(!file.exists(), "{} is there already", file.display());
    let imported = xlsform::import(form, id, agency)?;
    std::fs::create_dir_all(to.join(source::SERVICES))?;
    std::fs::write(&file, &imported.service).with_context(|| file.display().to_string())?;
    say(&format!("{} is written", file.display()))?;
    for (lang, text) in &imported.languages {
        say(&format!("for {}{lang}.toml:", source::TRANSLATIONS))?;
        say(text)?;
    }
    for note in &imported.notes {
        say(&format!("note: {note}"))?;
    }
    say("Write what is missing, then `vereda catalogue check`.")
}

/// Shows a catalogue as it will be asked, and what becomes of the drafts that are open at a node.
///
/// # Errors
/// When the catalogue or the store cannot be read.
pub fn preview(folder: &Path, service: Option<&str>, node: Option<&PathBuf>) -> anyhow::Result<()> {
    let catalogue = catalogue::load(folder)?;
    let shown = catalogue
        .services
        .iter()
        .filter(|s| service.is_none_or(|id| id == s.id));
    let mut any = false;
    for service in shown {
        any = true;
        show(service)?;
    }
    anyhow::ensure!(any, "there is no service {}", service.unwrap_or_default());
    let Some(node) = node else {
        return Ok(());
    };
    let config = Config::load(node)?;
    settle(config.node.zone, &config.node.languages);
    let key = StoreKey::load(&config.store.key_file, &config.store.path)?;
    let store = Store::open(&config.store.path, &key)?;
    let db = store.read();
    let kept = crate::store::catalogue::before(&db, u32::MAX)?;
    let mut open = 0;
    for (id, edition, count) in open_drafts(&db)? {
        if service.is_some_and(|only| only != id) || edition >= catalogue.edition {
            continue;
        }
        open += count;
        let old = kept.get(&edition).and_then(|c| c.service(&id));
        let said = match (old, catalogue.service(&id)) {
            (_, None) => vec![format!("stay under edition {edition}: the service is gone")],
            (None, Some(_)) => vec![format!(
                "edition {edition} is not kept here: every answer stays"
            )],
            (Some(old), Some(new)) => match drafts(old, new) {
                said if said.is_empty() => vec!["go on as they are".into()],
                said => said,
            },
        };
        for line in said {
            say(&format!(
                "{count} open drafts of {id} (edition {edition}): {line}"
            ))?;
        }
    }
    say(&format!(
        "{open} open drafts would move to edition {}",
        catalogue.edition
    ))
}

/// A service as text: each step, and the answers that lead to it.
fn show(service: &Service) -> anyhow::Result<()> {
    say(&format!(
        "{} — {} ({})",
        service.id,
        service.title.pt(),
        service.by.name
    ))?;
    let today = clock::today();
    let none: BTreeMap<String, String> = BTreeMap::new();
    say(&format!(
        "  fee at the desk: {}",
        vereda_web::words::fee(service.fee_cents(&none, &today))
    ))?;
    for (n, step) in service.steps.iter().enumerate() {
        let path = service.path_to(step).unwrap_or_default();
        let answers: Vec<String> = path.iter().map(|(f, v)| format!("{f} = {v}")).collect();
        let when = match (&step.when, answers.is_empty()) {
            (None, _) => String::new(),
            (Some(_), true) => " [under a condition]".into(),
            (Some(_), false) => format!(
                " [for example with {}, on {EXAMPLE_DAY}]",
                answers.join(", ")
            ),
        };
        let repeat = step
            .repeat
            .as_ref()
            .map_or(String::new(), |r| format!(" (up to {} times)", r.at_most));
        say(&format!("  {}. {}{repeat}{when}", n + 1, step.title.pt()))?;
        for field in &step.fields {
            let required = if field.required { "" } else { " (optional)" };
            let options: Vec<&str> = field.options.iter().map(|o| o.label.pt()).collect();
            let options = match field.kind {
                Kind::Choice | Kind::Choices => format!(": {}", options.join(" | ")),
                _ => String::new(),
            };
            let when = if field.when.is_some() {
                " [under a condition]"
            } else {
                ""
            };
            say(&format!(
                "     - {}{options}{required}{when}",
                field.label.pt()
            ))?;
        }
    }
    Ok(())
}
