//! XLSForm, as far as simple forms go: rows of `survey` and `choices` become a service, and what
//! could not be carried over is said. Reads CSV (a sheet each) and XLSX, bounded before and while
//! it is unpacked.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use anyhow::ensure;

mod sheets;

use sheets::{Row, book, bounded, csv};

/// A form that became a service.
#[derive(Debug)]
pub struct Imported {
    /// The service, as a file of `services/`.
    pub service: String,
    /// Its texts by language, as pieces of files of `languages/`.
    pub languages: BTreeMap<String, String>,
    /// What could not be carried over, with its row.
    pub notes: Vec<String>,
}

/// Reads a form: `FORM.xlsx`, or `survey.csv` with `choices.csv` beside it.
///
/// # Errors
/// When it is too large, or no form.
pub fn import(path: &Path, id: &str, agency: &str) -> anyhow::Result<Imported> {
    let bytes = bounded(path)?;
    let is_book = path
        .extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("xlsx"));
    let (survey, choices) = match is_book {
        true => book(&bytes)?,
        false => {
            let beside = path.with_file_name("choices.csv");
            let choices = match beside.exists() {
                true => csv(&bounded(&beside)?)?,
                false => vec![],
            };
            (csv(&bytes)?, choices)
        }
    };
    ensure!(
        survey.iter().any(|row| row.contains_key("type")),
        "{}: no XLSForm: its survey has no column `type`",
        path.display()
    );
    let mut form = Form::new(id, agency, &choices);
    for (n, row) in survey.iter().enumerate() {
        // The first row has the names of the columns.
        form.row(n + 2, row);
    }
    Ok(form.done())
}

/// A form as it is turned into a service.
struct Form<'c> {
    id: String,
    agency: String,
    choices: &'c [Row],
    steps: Vec<Step>,
    /// What is asked before the first group.
    depth: usize,
    /// The kind of each field, for conditions on it.
    kinds: BTreeMap<String, &'static str>,
    languages: BTreeMap<String, BTreeMap<String, Vec<(String, String)>>>,
    notes: Vec<String>,
}

struct Step {
    head: String,
    fields: String,
    when: Option<String>,
}

impl<'c> Form<'c> {
    fn new(id: &str, agency: &str, choices: &'c [Row]) -> Self {
        Self {
            id: id.to_owned(),
            agency: agency.to_owned(),
            choices,
            steps: vec![],
            depth: 0,
            kinds: BTreeMap::new(),
            languages: BTreeMap::new(),
            notes: vec![],
        }
    }

    fn note(&mut self, row: usize, what: impl std::fmt::Display) {
        self.notes.push(format!("row {row}: {what}"));
    }

    fn row(&mut self, n: usize, row: &Row) {
        let Some(kind) = row.get("type") else {
            return;
        };
        let mut words = kind.split_whitespace();
        let (kind, list) = (words.next().unwrap_or_default(), words.next());
        // `begin group` and `begin_group` are the same.
        let (kind, list) = match (kind, list) {
            ("begin", Some(what)) => (format!("begin_{what}"), None),
            ("end", Some(what)) => (format!("end_{what}"), None),
            (kind, list) => (kind.to_owned(), list),
        };
        let name = name_of(row.get("name").map_or("", String::as_str));
        match kind.as_str() {
            "begin_group" | "begin_repeat" => {
                self.depth += 1;
                if self.depth > 1 {
                    self.note(
                        n,
                        "a group within a group became part of the same list of steps",
                    );
                }
                let when = self.condition(n, row);
                self.step(row, &name, kind == "begin_repeat", when);
            }
            "end_group" | "end_repeat" => self.depth = self.depth.saturating_sub(1),
            "note" => self.note(
                n,
                format!(
                    "the note «{}» was left out: write it as a hint",
                    text(row, "label")
                ),
            ),
            "start" | "end" | "today" | "deviceid" | "username" | "calculate" | "hidden" => {
                self.note(
                    n,
                    format!("`{kind}` was left out: the node knows times and people itself"),
                );
            }
            _ => self.field(n, row, &kind, list, &name),
        }
    }

    fn step(&mut self, row: &Row, id: &str, repeats: bool, when: Option<String>) {
        let id = if id.is_empty() {
            format!("step-{}", self.steps.len() + 1)
        } else {
            id.to_owned()
        };
        let title = self.texts(row, "label", "step", &id);
        let title = if title.is_empty() { id.clone() } else { title };
        let mut head = format!(
            "\n[[step]]\nid = {}\ntitle = {}\n",
            quoted(&id),
            quoted(&title)
        );
        if repeats {
            let _ = writeln!(
                head,
                "repeat = {{ at_most = 10, more = {} }}",
                quoted(&format!("Há mais: {title}?"))
            );
        }
        self.steps.push(Step {
            head,
            fields: String::new(),
            when,
        });
    }

    fn field(&mut self, n: usize, row: &Row, xls: &str, list: Option<&str>, name: &str) {
        let kind = match xls {
            "text" | "barcode" => "text",
            "integer" | "range" => "number",
            "decimal" => "money",
            "date" => "date",
            "select_one" => "choice",
            "select_multiple" => "choices",
            "image" | "file" => "photos",
            "geopoint" => "position",
            "acknowledge" => "consent",
            other => {
                self.note(
                    n,
                    format!("`{other}` is not carried over: `{name}` was left out"),
                );
                return;
            }
        };
        if name.is_empty() {
            self.note(n, "a question without a name was left out");
            return;
        }
        if xls == "decimal" {
            self.note(
                n,
                format!("`{name}`: a decimal became an amount in euros; check that it is one"),
            );
        }
        // What stands outside of groups is a step of its own.
        if self.steps.is_empty() || self.depth == 0 {
            self.step(row, &format!("s-{name}"), false, None);
        }
        let label = self.texts(row, "label", "field", name);
        let hint = self.texts(row, "hint", "hint", name);
        let mut out = format!(
            "[[step.field]]\nid = {}\nlabel = {}\n",
            quoted(name),
            quoted(&label)
        );
        if !hint.is_empty() {
            let _ = writeln!(out, "hint = {}", quoted(&hint));
        }
        let _ = writeln!(out, "kind = {}", quoted(kind));
        let required = row
            .get("required")
            .map_or("", String::as_str)
            .to_lowercase();
        if !matches!(required.as_str(), "yes" | "true" | "true()" | "1") {
            out += "required = false\n";
        } else if kind == "photos" {
            out += "at_least = 1\n";
        }
        if let Some(when) = self.condition(n, row) {
            let _ = writeln!(out, "when = {when}");
        }
        if let Some(rules) = self.constraint(n, row, kind) {
            let _ = writeln!(out, "rules = {{ {rules} }}");
        }
        if matches!(kind, "choice" | "choices") {
            out += &self.options(n, list.unwrap_or_default(), name);
        }
        self.kinds.insert(name.to_owned(), kind);
        if let Some(step) = self.steps.last_mut() {
            step.fields += &out;
        }
    }

    fn options(&mut self, n: usize, list: &str, field: &str) -> String {
        let of_list = |row: &&Row| {
            row.get("list_name")
                .or(row.get("list name"))
                .is_some_and(|l| l == list)
        };
        let rows: Vec<&Row> = self.choices.iter().filter(of_list).collect();
        if rows.is_empty() {
            self.note(n, format!("there are no choices of the list `{list}`"));
        }
        let mut out = "options = [\n".to_owned();
        for row in rows {
            let id = name_of(row.get("name").map_or("", String::as_str));
            let label = self.texts(row, "label", &format!("option.{field}"), &id);
            let _ = writeln!(
                out,
                "  {{ id = {}, label = {} }},",
                quoted(&id),
                quoted(&label)
            );
        }
        out + "]\n"
    }

    /// The Portuguese text; the others go to their languages.
    fn texts(&mut self, row: &Row, column: &str, part: &str, id: &str) -> String {
        for (name, said) in row {
            let lang = name
                .strip_prefix(column)
                .and_then(|r| r.strip_prefix("::"))
                .map(code);
            if let Some(lang) = lang.filter(|lang| lang != "pt") {
                let parts = self.languages.entry(lang).or_default();
                let texts = parts.entry(part.to_owned()).or_default();
                texts.push((id.to_owned(), said.clone()));
            }
        }
        text(row, column)
    }

    /// `${a} = 'x'` and the like, joined by `and` or by `or`.
    fn condition(&mut self, n: usize, row: &Row) -> Option<String> {
        let relevant = row.get("relevant")?;
        let both = (relevant.contains(" and "), relevant.contains(" or "));
        let (word, join) = if both.0 {
            (" and ", "all")
        } else {
            (" or ", "any")
        };
        let parts: Option<Vec<String>> = match both {
            (true, true) => None,
            _ => relevant
                .split(word)
                .map(|part| self.comparison(part))
                .collect(),
        };
        match parts.as_deref() {
            Some([one]) => Some(one.clone()),
            Some(many) => Some(format!("{{ {join} = [{}] }}", many.join(", "))),
            None => {
                self.note(
                    n,
                    format!("the condition `{relevant}` was left out: write it as `when`"),
                );
                None
            }
        }
    }

    fn comparison(&self, said: &str) -> Option<String> {
        let said = said.trim();
        let inside = said
            .strip_prefix("selected(")
            .and_then(|s| s.strip_suffix(')'));
        let (left, sign, right) = match inside {
            Some(inside) => {
                let (field, value) = inside.split_once(',')?;
                (field, "=", value)
            }
            None => ["!=", ">=", "<=", "=", ">", "<"]
                .into_iter()
                .find_map(|sign| said.split_once(sign).map(|(l, r)| (l, sign, r)))?,
        };
        let field = left.trim().strip_prefix("${")?.strip_suffix('}')?;
        let field = name_of(field);
        let kind = self.kinds.get(&field)?;
        let value = right.trim().trim_matches(['\'', '"']);
        let name = quoted(&field);
        let number = || {
            value
                .parse::<i64>()
                .ok()
                .filter(|_| matches!(*kind, "number" | "money"))
        };
        Some(match (sign, *kind) {
            ("=", "choice" | "choices") => {
                format!("{{ field = {name}, is = [{}] }}", quoted(&name_of(value)))
            }
            ("!=", "choice" | "choices") => format!(
                "{{ field = {name}, is_not = [{}] }}",
                quoted(&name_of(value))
            ),
            ("!=", _) if value.is_empty() => format!("{{ field = {name}, answered = true }}"),
            ("=", _) if value.is_empty() => format!("{{ field = {name}, answered = false }}"),
            (">=", _) => format!("{{ field = {name}, at_least = {} }}", number()?),
            (">", "number") => format!("{{ field = {name}, at_least = {} }}", number()? + 1),
            ("<=", _) => format!("{{ field = {name}, at_most = {} }}", number()?),
            ("<", "number") => format!("{{ field = {name}, at_most = {} }}", number()? - 1),
            _ => return None,
        })
    }

    /// `. >= 1 and . <= 9`, `regex(., '…')`.
    fn constraint(&mut self, n: usize, row: &Row, kind: &str) -> Option<String> {
        let said = row.get("constraint")?;
        let part = |part: &str| -> Option<String> {
            let rest = part.trim().strip_prefix('.')?.trim();
            let (name, by, value) = [
                (">=", "min", 0),
                ("<=", "max", 0),
                (">", "min", 1),
                ("<", "max", -1),
            ]
            .into_iter()
            .find_map(|(sign, name, by)| Some((name, by, rest.strip_prefix(sign)?)))?;
            let value: i64 = value.trim().parse().ok()?;
            Some(format!("{name} = {}", value + by))
        };
        let parts: Option<Vec<String>> = said.split(" and ").map(part).collect();
        match parts.filter(|_| kind == "number") {
            Some(parts) => Some(parts.join(", ")),
            None => {
                self.note(
                    n,
                    format!("the constraint `{said}` was left out: write it as `rules`"),
                );
                None
            }
        }
    }

    fn done(mut self) -> Imported {
        let todo = "POR ESCREVER";
        let (id, agency) = (quoted(&self.id), quoted(&self.agency));
        let mut service = format!(
            "id = {id}\nagency = {agency}\ntitle = \"{todo}\"\nsummary = \"{todo}\"\noffline = \"queued\"\nminutes = 10\n\
             next = \"{todo}\"\nalone = [\"{todo}\"]\n"
        );
        for step in self.steps.iter().filter(|s| !s.fields.is_empty()) {
            service += &step.head;
            if let Some(when) = &step.when {
                let _ = writeln!(service, "when = {when}");
            }
            service += &step.fields;
        }
        self.notes.push(format!(
            "title, summary, next, alone say {todo}: XLSForm has no place for them"
        ));
        let written = |parts: BTreeMap<String, Vec<(String, String)>>| {
            let table = |(part, texts): (String, Vec<(String, String)>)| {
                let lines = texts
                    .iter()
                    .map(|(id, said)| format!("{id} = {}\n", quoted(said)));
                format!(
                    "[service.{}.{part}]\n{}",
                    self.id,
                    lines.collect::<String>()
                )
            };
            parts.into_iter().map(table).collect::<String>()
        };
        let languages = std::mem::take(&mut self.languages);
        Imported {
            service,
            languages: languages
                .into_iter()
                .map(|(lang, parts)| (lang, written(parts)))
                .collect(),
            notes: self.notes,
        }
    }
}

/// The text of a column: without a language, or in Portuguese.
fn text(row: &Row, column: &str) -> String {
    let of = |(name, said): (&String, &String)| {
        let lang = name.strip_prefix(column)?.strip_prefix("::")?;
        (code(lang) == "pt").then(|| said.clone())
    };
    let plain = || row.get(column).cloned();
    row.iter().find_map(of).or_else(plain).unwrap_or_default()
}

/// `English (en)` and `en` are `en`.
fn code(lang: &str) -> String {
    let inside = lang
        .rsplit_once('(')
        .map_or(lang, |(_, code)| code.trim_end_matches(')'));
    inside.trim().to_lowercase()
}

/// A name as the catalogue writes ids.
fn name_of(name: &str) -> String {
    let plain = |c: char| match c.to_ascii_lowercase() {
        c @ ('a'..='z' | '0'..='9') => c,
        _ => '-',
    };
    let id: String = name.trim().chars().map(plain).take(60).collect();
    id.trim_matches('-').to_owned()
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write as _};

    use zip::write::{SimpleFileOptions, ZipWriter};

    use super::sheets::{MAX_FILE_BYTES, MAX_UNPACKED_BYTES};
    use super::*;

    const SURVEY: &str = "type,name,label,label::English (en),hint,required,relevant,constraint\n\
        begin_group,damage,Os estragos,The damage,,,,\n\
        select_one yes_no,insured,Tem seguro?,Insured?,,yes,,\n\
        text,policy,Apólice,Policy,Está no contrato,yes,${insured} = 'yes',\n\
        integer,rooms,Quartos,Rooms,,yes,,. >= 1 and . <= 20\n\
        date,when,Quando,When,,yes,,\n\
        image,photo,Fotografia,Photograph,,yes,${rooms} > 2,\n\
        end_group,,,,,,,\n\
        begin_repeat,quotes,Orçamento,Quote,,,,\n\
        decimal,amount,Valor,Amount,,yes,,\n\
        end_repeat,,,,,,,\n\
        geopoint,place,Lugar,Place,,,,\n\
        note,thanks,Obrigado,Thanks,,,,\n\
        audio,voice,Voz,Voice,,,,\n\
        select_multiple rooms,which,Quais,Which,,yes,\"${insured} = 'no' and not(${rooms} = 2)\",\n";
    const CHOICES: &str = "list_name,name,label,label::English (en)\nyes_no,yes,Sim,Yes\nyes_no,no,Não,No\n\
        rooms,kitchen,Cozinha,Kitchen\nrooms,bed_room,Quarto,Bedroom\n";

    struct Folder(std::path::PathBuf);

    impl Folder {
        fn new() -> Self {
            let unique = u64::from_be_bytes(crate::node::random().unwrap());
            let path = std::env::temp_dir().join(format!("vereda-form-{unique:016x}"));
            std::fs::create_dir_all(&path).unwrap();
            Self(path)
        }

        fn file(&self, name: &str, bytes: &[u8]) -> std::path::PathBuf {
            let path = self.0.join(name);
            std::fs::write(&path, bytes).unwrap();
            path
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    fn holds_together(imported: &Imported) -> vereda_sync::catalogue::Catalogue {
        use vereda_sync::catalogue::Source;
        let head = "edition = 1\nvalid_from = '2026-01-01'\n[[agency]]\nid = 'ccdr'\nname = 'CCDR'\nprivacy = 'p'\n";
        let file = |name: &str, text: &str| Source {
            name: name.to_owned(),
            text: text.to_owned(),
        };
        super::super::source::read(&[
            file("catalogue.toml", head),
            file("services/estragos.toml", &imported.service),
            file("languages/en.toml", &imported.languages["en"]),
        ])
        .unwrap_or_else(|e| panic!("{e}\n{}", imported.service))
    }

    #[test]
    fn a_simple_form_becomes_a_service_that_holds_together() {
        let folder = Folder::new();
        folder.file("choices.csv", CHOICES.as_bytes());
        let survey = folder.file("survey.csv", SURVEY.as_bytes());
        let imported = import(&survey, "estragos", "ccdr").unwrap();
        let catalogue = holds_together(&imported);
        let service = &catalogue.services[0];
        let steps: Vec<&str> = service.steps.iter().map(|s| s.id.as_str()).collect();
        assert_eq!(steps, ["damage", "quotes", "s-place", "s-which"]);
        let field = |id: &str| service.field(id).unwrap();
        assert_eq!(field("policy").when.as_ref().unwrap().is, ["yes"]);
        assert_eq!(
            (field("rooms").rules.min, field("rooms").rules.max),
            (Some(1), Some(20))
        );
        assert_eq!(field("photo").when.as_ref().unwrap().at_least, Some(3));
        assert!(!field("place").required && service.steps[1].repeat.is_some());
        assert_eq!(field("which").options[1].id, "bed-room");
        assert_eq!(field("insured").label.get("en"), "Insured?");
        for said in [
            "«Obrigado» was left out",
            "`audio` is not carried over",
            "condition `${insured} = 'no' and not",
        ] {
            assert!(
                imported.notes.iter().any(|n| n.contains(said)),
                "{said}: {:?}",
                imported.notes
            );
        }
    }

    /// A book of these files.
    fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        let deflated =
            SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
        for (name, bytes) in files {
            zip.start_file(*name, deflated).unwrap();
            zip.write_all(bytes).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    fn book_of(cells: &str) -> Vec<u8> {
        let sheet = format!(
            "<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData>{cells}</sheetData></worksheet>"
        );
        let workbook = b"<workbook xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"><sheets><sheet name=\"survey\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>";
        let links = b"<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"r1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>";
        let root = b"<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"r1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>";
        zipped(&[
            ("_rels/.rels", root),
            ("xl/workbook.xml", workbook),
            ("xl/_rels/workbook.xml.rels", links),
            ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
        ])
    }

    fn cell(at: &str, text: &str) -> String {
        format!("<c r=\"{at}\" t=\"inlineStr\"><is><t>{text}</t></is></c>")
    }

    #[test]
    fn a_book_is_read_and_one_that_explodes_is_not() {
        let folder = Folder::new();
        let head = [cell("A1", "type"), cell("B1", "name"), cell("C1", "label")].concat();
        let row = [cell("A2", "text"), cell("B2", "street"), cell("C2", "Rua")].concat();
        let small = book_of(&format!(
            "<row r=\"1\">{head}</row><row r=\"2\">{row}</row>"
        ));
        let imported = import(&folder.file("small.xlsx", &small), "s", "ccdr").unwrap();
        assert!(
            imported.service.contains("label = \"Rua\""),
            "{}",
            imported.service
        );
        // A cell at the far end of a sheet; a file that unpacks to more than it may; no book.
        let far = format!("<row r=\"1048576\">{}</row>", cell("XFD1048576", "x"));
        let zeros = vec![b' '; (MAX_UNPACKED_BYTES + 2) as usize];
        let bomb = zipped(&[("xl/workbook.xml", &zeros)]);
        assert!((bomb.len() as u64) < MAX_FILE_BYTES);
        for (name, bytes, said) in [
            ("far.xlsx", book_of(&far), "has more than"),
            ("bomb.xlsx", bomb, "unpacks to more than 64 MB"),
            ("none.xlsx", b"PK".to_vec(), "no XLSX file"),
            ("none.csv", b"a,b\n1,2\n".to_vec(), "no column `type`"),
        ] {
            let refused = import(&folder.file(name, &bytes), "s", "ccdr").unwrap_err();
            assert!(format!("{refused:#}").contains(said), "{name}: {refused:#}");
        }
    }
}
