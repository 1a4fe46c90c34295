//! Reading a catalogue from its files: every fault with its line, and all of them at once.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;

use serde::de::DeserializeOwned;
use serde::de::IntoDeserializer;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::check::{self, Finding};
use super::texts::{self, At, way};
use super::{Catalogue, LANGUAGES, MAX_CATALOGUE_BYTES, Service, Step};

/// The file of a catalogue that is always there.
pub const HEAD: &str = "catalogue.toml";
/// The file of the standards of service; it may be missing.
pub const STANDARDS: &str = "standards.toml";
/// The folder of services, one file each.
pub const SERVICES: &str = "services/";
/// The folder of translations, one file a language.
pub const TRANSLATIONS: &str = "languages/";

/// Faults that are told at most.
const MAX_FAULTS: usize = 5_000;

/// One file of a catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Its path within the catalogue: [`HEAD`], [`STANDARDS`], `services/ID.toml`, `languages/LANG.toml`.
    pub name: String,
    /// What is in it.
    pub text: String,
}

/// One thing that is wrong, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// The file.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub remedy: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            file,
            line,
            column,
            what,
            remedy,
        } = self;
        write!(f, "{file}:{line}:{column}: {what} → {remedy}")
    }
}

/// Why a catalogue was refused.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    /// Larger than [`MAX_CATALOGUE_BYTES`].
    #[error("the catalogue has {0} bytes; at most {MAX_CATALOGUE_BYTES} are read")]
    TooLarge(usize),
    /// What is wrong, by file and line.
    #[error("{}", said(.0))]
    Faults(Vec<Fault>),
}

fn said(faults: &[Fault]) -> String {
    let lines: Vec<String> = faults.iter().map(Fault::to_string).collect();
    lines.join("\n")
}

/// A file that TOML could read, and where everything stands in it.
struct File<'s> {
    name: &'s str,
    text: &'s str,
    root: Spanned<DeTable<'s>>,
}

/// Where a service was written.
struct Written {
    file: usize,
    way: Vec<At>,
}

/// Reads the files of a catalogue and checks that they hold together.
///
/// # Errors
/// All faults that were found.
pub fn read(sources: &[Source]) -> Result<Catalogue, CatalogueError> {
    let bytes: usize = sources.iter().map(|s| s.text.len()).sum();
    if bytes > MAX_CATALOGUE_BYTES {
        return Err(CatalogueError::TooLarge(bytes));
    }
    let mut reading = Reading::default();
    let files = reading.files(sources);
    let read = reading.catalogue(&files);
    match read.filter(|_| reading.faults.is_empty()) {
        Some(catalogue) => Ok(catalogue),
        None => {
            reading.faults.sort();
            reading.faults.dedup();
            reading.faults.truncate(MAX_FAULTS);
            Err(CatalogueError::Faults(reading.faults))
        }
    }
}

/// Reads what [`Catalogue::canonical`] wrote.
pub(super) fn read_canonical(json: &[u8]) -> Result<Catalogue, CatalogueError> {
    if json.len() > MAX_CATALOGUE_BYTES {
        return Err(CatalogueError::TooLarge(json.len()));
    }
    let fault = |place: String, what: String, remedy: String| Fault {
        file: place,
        line: 1,
        column: 1,
        what,
        remedy,
    };
    let mut catalogue: Catalogue = serde_json::from_slice(json).map_err(|e| {
        let remedy = "check and sign its folder again".to_owned();
        CatalogueError::Faults(vec![fault(HEAD.to_owned(), e.to_string(), remedy)])
    })?;
    catalogue.join_agencies();
    let mut findings = Vec::new();
    let languages = catalogue.languages.clone();
    texts::each(&mut catalogue, &mut |text| {
        let lacks = languages.iter().filter(|lang| text.lacks(lang));
        findings.extend(lacks.map(|lang| missing(&text, lang)));
    });
    findings.extend(check::findings(&catalogue));
    let standards = check::standards(&catalogue.standards);
    if findings.is_empty() && standards.is_empty() {
        return Ok(catalogue);
    }
    let of = |f: Finding| {
        let service = f.service.and_then(|s| catalogue.services.get(s));
        let place = service.map_or(HEAD.to_owned(), |s| format!("{SERVICES}{}.toml", s.id));
        fault(place, f.what, f.remedy)
    };
    let of_standards = |f: Finding| fault(STANDARDS.to_owned(), f.what, f.remedy);
    let faults = findings.into_iter().map(of);
    let faults = faults.chain(standards.into_iter().map(of_standards));
    Err(CatalogueError::Faults(faults.take(MAX_FAULTS).collect()))
}

fn missing(text: &texts::Text<'_>, lang: &str) -> Finding {
    Finding {
        service: text.service,
        way: text.way.clone(),
        what: format!("there is no {} for this text", spoken(lang)),
        remedy: match lang {
            "pt" => "write it here".to_owned(),
            _ => format!(
                "write it in {TRANSLATIONS}{lang}.toml as {}",
                key(&text.key)
            ),
        },
    }
}

#[derive(Default)]
struct Reading {
    faults: Vec<Fault>,
    written: Vec<Written>,
}

impl Reading {
    fn files<'s>(&mut self, sources: &'s [Source]) -> Vec<File<'s>> {
        let mut files = Vec::new();
        for source in sources {
            let (root, errors) = DeTable::parse_recoverable(&source.text);
            for error in &errors {
                let remedy = "mend the TOML there; nothing else of this file was checked";
                self.toml(&source.name, &source.text, error, remedy);
            }
            if errors.is_empty() {
                files.push(File {
                    name: &source.name,
                    text: &source.text,
                    root,
                });
            }
        }
        files
    }

    fn catalogue(&mut self, files: &[File<'_>]) -> Option<Catalogue> {
        let Some((at, head)) = files.iter().enumerate().find(|(_, f)| f.name == HEAD) else {
            if self.faults.is_empty() {
                let what = "there is no such file";
                let remedy = "write it: `edition`, `valid_from`, `languages` and the agencies";
                self.fault(HEAD, "", 0..0, what, remedy);
            }
            return None;
        };
        let mut root = head.root.get_ref().clone();
        let inline = take_list(&mut root, "service");
        let mut catalogue: Catalogue = self.shape(head, DeValue::Table(root), head.root.span())?;
        for (nth, service) in inline.into_iter().enumerate() {
            let written = Written {
                file: at,
                way: way!["service", nth],
            };
            self.service(&mut catalogue, head, service, written);
        }
        for (at, file) in files.iter().enumerate() {
            if file.name.starts_with(SERVICES) {
                let root = Spanned::new(
                    file.root.span(),
                    DeValue::Table(file.root.get_ref().clone()),
                );
                let written = Written {
                    file: at,
                    way: vec![],
                };
                self.service(&mut catalogue, file, root, written);
            }
        }
        let of_standards = self.standards(&mut catalogue, files).unwrap_or(at);
        self.translate(&mut catalogue, files);
        catalogue.join_agencies();
        if self.faults.is_empty() || !catalogue.services.is_empty() {
            for finding in check::findings(&catalogue) {
                self.finding(files, at, finding);
            }
            for finding in check::standards(&catalogue.standards) {
                self.finding(files, of_standards, finding);
            }
        }
        Some(catalogue)
    }

    /// Reads the standards from their file, if there is one; gives where it is.
    fn standards(&mut self, catalogue: &mut Catalogue, files: &[File<'_>]) -> Option<usize> {
        let at = files.iter().position(|f| f.name == STANDARDS)?;
        let file = &files[at];
        if !catalogue.standards.is_empty() {
            let what = "there are standards in catalogue.toml too";
            let remedy = "write all of them in this file";
            self.fault(file.name, file.text, 0..0, what, remedy);
        }
        let mut root = file.root.get_ref().clone();
        for standard in take_list(&mut root, "standard") {
            let span = standard.span();
            let read = self.shape(file, standard.into_inner(), span);
            catalogue.standards.extend(read);
        }
        for (key, value) in root {
            let what = format!("`{}` is nothing that this file says", key.get_ref());
            let remedy = "write each standard as `[[standard]]`";
            self.fault(file.name, file.text, value.span(), &what, remedy);
        }
        Some(at)
    }

    /// Reads a service piece by piece, so that every piece tells its own fault.
    fn service(
        &mut self,
        catalogue: &mut Catalogue,
        file: &File<'_>,
        value: Spanned<DeValue<'_>>,
        written: Written,
    ) {
        let span = value.span();
        let DeValue::Table(mut table) = value.into_inner() else {
            let what = "a service is a table";
            self.fault(file.name, file.text, span, what, "write `[[service]]`");
            return;
        };
        let mut whole = true;
        let mut steps = Vec::new();
        for step in take_list(&mut table, "step") {
            let span = step.span();
            let fields = match step.into_inner() {
                DeValue::Table(mut step) => {
                    let fields = take_list(&mut step, "field");
                    match self.shape::<Step>(file, DeValue::Table(step), span) {
                        Some(read) => steps.push(read),
                        None => whole = false,
                    }
                    fields
                }
                other => {
                    whole &= self.shape::<Step>(file, other, span).is_some();
                    vec![]
                }
            };
            for field in fields {
                let span = field.span();
                match (
                    self.shape(file, field.into_inner(), span),
                    steps.last_mut().filter(|_| whole),
                ) {
                    (Some(field), Some(step)) => step.fields.push(field),
                    _ => whole = false,
                }
            }
        }
        let head = self.shape::<Service>(file, DeValue::Table(table), span);
        if let Some(mut service) = head.filter(|_| whole) {
            service.steps = steps;
            catalogue.services.push(service);
            self.written.push(written);
        }
    }

    /// Puts the translations where the Portuguese stands, and tells which are missing.
    fn translate(&mut self, catalogue: &mut Catalogue, files: &[File<'_>]) {
        let whole = self.faults.is_empty();
        let languages: Vec<String> = catalogue.languages.clone();
        let mut used = BTreeSet::new();
        let mut lacking = Vec::new();
        texts::each(catalogue, &mut |text| {
            for (nth, file) in files.iter().enumerate() {
                let Some(lang) = language(file.name) else {
                    continue;
                };
                if let Some(found) = find(&file.root, &text.key)
                    && let DeValue::String(said) = found.get_ref()
                {
                    text.words.put(lang, said);
                    used.insert((nth, found.span().start));
                }
            }
            let lacks = languages.iter().filter(|lang| text.lacks(lang));
            lacking.extend(lacks.map(|lang| missing(&text, lang)));
        });
        let head = files.iter().position(|f| f.name == HEAD).unwrap_or(0);
        for finding in lacking {
            self.finding(files, head, finding);
        }
        for (nth, file) in files.iter().enumerate() {
            match language(file.name) {
                None if [HEAD, STANDARDS].contains(&file.name) => {}
                None if file.name.starts_with(SERVICES) => {}
                Some(lang) if LANGUAGES.contains(&lang) => {
                    // A service that could not be read has no texts to translate.
                    let mut leaves = Vec::new();
                    if whole {
                        strings(file.root.get_ref(), &mut leaves);
                    }
                    for span in leaves {
                        if !used.contains(&(nth, span.start)) {
                            let what = "no text of the catalogue stands under this key";
                            let remedy = "take it away, or write its key as the service has it";
                            self.fault(file.name, file.text, span, what, remedy);
                        }
                    }
                }
                _ => {
                    let what = "this file belongs to no catalogue";
                    let remedy = "services stand in services/ID.toml, translations in languages/LANG.toml, \
                                  standards in standards.toml";
                    self.fault(file.name, file.text, 0..0, what, remedy);
                }
            }
        }
    }

    /// Reads a value as what it should be.
    fn shape<T: DeserializeOwned>(
        &mut self,
        file: &File<'_>,
        value: DeValue<'_>,
        span: Range<usize>,
    ) -> Option<T> {
        let value = Spanned::new(span.clone(), value);
        match T::deserialize(value.into_deserializer()) {
            Ok(read) => Some(read),
            Err(error) => {
                let remedy = remedy(error.message());
                let span = error.span().unwrap_or(span);
                self.fault(file.name, file.text, span, error.message(), &remedy);
                None
            }
        }
    }

    fn toml(&mut self, name: &str, text: &str, error: &toml::de::Error, remedy: &str) {
        let span = error.span().unwrap_or(0..0);
        self.fault(name, text, span, error.message(), remedy);
    }

    fn finding(&mut self, files: &[File<'_>], head: usize, finding: Finding) {
        let (file, mut way) = match finding.service.and_then(|s| self.written.get(s)) {
            Some(written) => (written.file, written.way.clone()),
            None => (head, vec![]),
        };
        way.extend(finding.way);
        let file = &files[file];
        let span = nearest(&file.root, &way);
        self.fault(file.name, file.text, span, &finding.what, &finding.remedy);
    }

    fn fault(&mut self, file: &str, text: &str, span: Range<usize>, what: &str, remedy: &str) {
        let before = text.get(..span.start).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        self.faults.push(Fault {
            file: file.to_owned(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            what: what.trim_end().replace('\n', "; "),
            remedy: remedy.to_owned(),
        });
    }
}

/// What to do about a value of the wrong shape.
fn remedy(said: &str) -> String {
    let names = |list: &str| -> Vec<String> {
        let quoted = list.split('`').skip(1).step_by(2);
        quoted.map(str::to_owned).collect()
    };
    if let Some((unknown, expected)) = said.split_once(", expected ") {
        let wrong = names(unknown).pop().unwrap_or_default();
        let nearest = names(expected)
            .into_iter()
            .map(|name| (strsim::osa_distance(&name, &wrong), name))
            .min();
        if let Some((distance, name)) = nearest.filter(|_| unknown.starts_with("unknown"))
            && distance <= 1 + wrong.len() / 3
        {
            return format!("write `{name}`");
        }
        return "write what is expected; `vereda catalogue schema` has every name".into();
    }
    if said.starts_with("missing field") {
        return "write it there".into();
    }
    "write it as `vereda catalogue schema` says".into()
}

/// The language of a file of translations.
fn language(name: &str) -> Option<&str> {
    name.strip_prefix(TRANSLATIONS)?.strip_suffix(".toml")
}

/// The language in English words.
pub(super) fn spoken(lang: &str) -> &str {
    match lang {
        "pt" => "Portuguese",
        "en" => "English",
        "fr" => "French",
        "es" => "Spanish",
        "de" => "German",
        "uk" => "Ukrainian",
        "hi" => "Hindi",
        "ne" => "Nepali",
        "ar" => "Arabic",
        other => other,
    }
}

/// A key as a translator writes it: `[service.cesd.field] niss`.
fn key(key: &[At]) -> String {
    let name = |at: &At| match at {
        At::Key(key) => key.clone(),
        At::Nth(n) => format!("{}", n + 1),
    };
    let names: Vec<String> = key.iter().map(name).collect();
    match (key.last(), names.split_last()) {
        (Some(At::Nth(n)), Some((_, front))) => {
            let (list, table) = front
                .split_last()
                .map_or(("", front), |(l, t)| (l.as_str(), t));
            format!(
                "the text {} of the list `{list}` under [{}]",
                n + 1,
                table.join(".")
            )
        }
        (_, Some((last, table))) => format!("`{last}` under [{}]", table.join(".")),
        _ => String::new(),
    }
}

fn take_list<'s>(table: &mut DeTable<'s>, name: &str) -> Vec<Spanned<DeValue<'s>>> {
    let is_list = |v: &Spanned<DeValue<'_>>| matches!(v.get_ref(), DeValue::Array(_));
    if !table.get(name).is_some_and(is_list) {
        return vec![];
    }
    match table.remove(name).map(Spanned::into_inner) {
        Some(DeValue::Array(list)) => list.into_iter().collect(),
        _ => vec![],
    }
}

fn step_into<'t, 's>(value: &'t DeValue<'s>, at: &At) -> Option<&'t Spanned<DeValue<'s>>> {
    match (value, at) {
        (DeValue::Table(table), At::Key(key)) => table.get(key.as_str()),
        (DeValue::Array(list), At::Nth(n)) => list.get(*n),
        _ => None,
    }
}

fn find<'t, 's>(root: &'t Spanned<DeTable<'s>>, way: &[At]) -> Option<&'t Spanned<DeValue<'s>>> {
    let (At::Key(first), rest) = way.split_first()? else {
        return None;
    };
    let first = root.get_ref().get(first.as_str())?;
    rest.iter()
        .try_fold(first, |value, at| step_into(value.get_ref(), at))
}

/// Where it stands, or the last thing on the way there that does.
fn nearest(root: &Spanned<DeTable<'_>>, way: &[At]) -> Range<usize> {
    (1..=way.len())
        .rev()
        .find_map(|n| find(root, &way[..n]))
        .map_or(0..0, Spanned::span)
}

fn strings(table: &DeTable<'_>, out: &mut Vec<Range<usize>>) {
    for value in table.values() {
        leaves(value, out);
    }
}

fn leaves(value: &Spanned<DeValue<'_>>, out: &mut Vec<Range<usize>>) {
    match value.get_ref() {
        DeValue::Table(table) => strings(table, out),
        DeValue::Array(list) => list.iter().for_each(|v| leaves(v, out)),
        _ => out.push(value.span()),
    }
}
