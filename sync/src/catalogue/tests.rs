use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::*;
use crate::answer::{Answer, Provenance};

/// The day on which [`Service::path_to`] tries.
const DAY_OF_PATHS: &str = check::paths::TODAY;
const DAY: &str = "2026-11-22";

fn demo() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../images/demo/catalogue");
    let mut sources = Vec::new();
    for folder in ["", source::SERVICES, source::TRANSLATIONS] {
        let mut files: Vec<PathBuf> = std::fs::read_dir(root.join(folder))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.is_file())
            .collect();
        files.sort();
        sources.extend(files.iter().map(|path| Source {
            name: format!("{folder}{}", path.file_name().unwrap().to_str().unwrap()),
            text: std::fs::read_to_string(path).unwrap(),
        }));
    }
    sources
}

pub(super) fn read_demo() -> Catalogue {
    source::read(&demo()).unwrap_or_else(|e| panic!("{e}"))
}

/// The demonstration with one text replaced in one file, and what is said of it.
fn said_of(file: &str, from: &str, to: &str) -> String {
    let mut sources = demo();
    let source = sources.iter_mut().find(|s| s.name == file).unwrap();
    assert!(source.text.contains(from), "{file} has no {from}");
    source.text = source.text.replacen(from, to, 1);
    source::read(&sources).unwrap_err().to_string()
}

fn with(pairs: &[(&str, &str)]) -> BTreeMap<String, Answer> {
    let answer = |v: &str| Answer {
        value: v.into(),
        provenance: Provenance::Typed,
    };
    let pairs = pairs.iter();
    pairs.map(|(f, v)| ((*f).to_owned(), answer(v))).collect()
}

fn ids(steps: &[Cow<'_, Step>]) -> Vec<String> {
    steps.iter().map(|s| s.id.clone()).collect()
}

#[test]
fn the_catalogue_of_the_demonstration_holds_together() {
    let catalogue = read_demo();
    for service in &catalogue.services {
        assert!(!service.by.name.is_empty(), "{}", service.id);
        assert!(service.privacy_notice().has("en"), "{}", service.id);
        assert!(!service.alone.is_empty(), "{}", service.id);
    }
}

#[test]
fn an_agency_is_called_otherwise_where_a_language_has_a_name_for_it() {
    let catalogue = read_demo();
    let called = |id: &str, lang: &str| {
        let agency = catalogue.agencies.iter().find(|a| a.id == id).unwrap();
        agency.called(lang).map(str::to_owned)
    };
    assert_eq!(called("iss", "pt").as_deref(), Some("Segurança Social"));
    assert_eq!(called("iss", "en").as_deref(), Some("Social Security"));
    assert_eq!(
        called("adse", "en"),
        None,
        "it has none, and no language lacks it"
    );
}

#[test]
fn what_is_read_is_the_same_after_a_journey() {
    let catalogue = read_demo();
    let sent = serde_json::to_vec(&catalogue).unwrap();
    let mut again: Catalogue = serde_json::from_slice(&sent).unwrap();
    again.join_agencies();
    assert_eq!(again, catalogue);
    assert_eq!(serde_json::to_vec(&again).unwrap(), sent);
}

#[test]
fn conditions_reveal_steps_and_waive_the_fee() {
    let catalogue = read_demo();
    let service = catalogue.service("registo-criminal").unwrap();
    let steps = |pairs: &[(&str, &str)]| ids(&service.steps_for(&with(pairs), DAY));
    assert_eq!(steps(&[]), ["purpose", "contact"]);
    assert_eq!(
        steps(&[("for-whom", "other")]),
        ["purpose", "subject", "contact"]
    );
    let fee = |purpose: &str| service.fee_cents(&with(&[("purpose", purpose)]), DAY);
    assert_eq!(fee("work"), 500);
    assert_eq!(fee("adoption"), 0);
}

#[test]
fn a_complaint_is_to_be_answered_and_praise_is_not() {
    let catalogue = read_demo();
    let today = Date::parse("2026-11-23").unwrap();
    let by = |service: &str, kind: &str| {
        let service = catalogue.service(service).unwrap();
        service.reply_by(&with(&[("kind", kind)]), today, &[])
    };
    assert_eq!(by("livro-amarelo", "complaint"), Date::parse("2026-12-16"));
    assert_eq!(by("livro-amarelo", "praise"), None);
    assert_eq!(by("cesd", "complaint"), None);
    // Another edition may say another term.
    let mut newer = catalogue.clone();
    for service in &mut newer.services {
        service
            .reply
            .iter_mut()
            .for_each(|r| r.within_working_days = 10);
    }
    assert_eq!(
        migration::changes(&catalogue, &newer),
        ["livro-amarelo: it is answered within: 15 working days → 10 working days"]
    );
}

#[test]
fn that_a_field_becomes_private_is_told() {
    let catalogue = read_demo();
    let mut newer = catalogue.clone();
    let fields = |c: &mut Catalogue, is: bool| {
        let cesd = c.services.iter_mut().find(|s| s.id == "cesd").unwrap();
        let mut fields = cesd.steps.iter_mut().flat_map(|s| &mut s.fields);
        fields.find(|f| f.id == "phone").unwrap().private = is;
    };
    fields(&mut newer, true);
    assert_eq!(
        migration::changes(&catalogue, &newer),
        ["cesd: field `phone` is now private: the desk does not see what the citizen writes"]
    );
    assert!(migration::changes(&newer, &catalogue)[0].contains("no longer private"));
}

#[test]
fn a_term_of_no_days_or_of_years_is_refused() {
    for days in [0, 251] {
        let service = format!(
            "reply = {{ within_working_days = {days} }}\n[[service.step]]\nid = 'e'\ntitle = 'E'\n\
             field = [{{ id = 'f', label = 'f', kind = 'text' }}]"
        );
        let said = small(&service).unwrap_err().to_string();
        assert!(said.contains("within 1 to 250 working days"), "{said}");
    }
}

/// A service of these steps and fees, in a catalogue of its own.
fn small(body: &str) -> Result<Catalogue, CatalogueError> {
    Catalogue::parse(&format!(
        "edition = 1\nvalid_from = '2026-01-01'\n[[agency]]\nid = 'a'\nname = 'A'\nprivacy = 'p'\n\
         [[service]]\nid = 's'\nagency = 'a'\ntitle = 't'\nsummary = 's'\noffline = 'queued'\nminutes = 1\n\
         next = 'n'\n{body}"
    ))
}

#[test]
fn a_step_repeats_as_often_as_it_is_asked_for() {
    let catalogue = small(
        "[[service.step]]\nid = 'invoice'\ntitle = 'Fatura'\nrepeat = { at_most = 3, more = 'Mais uma?' }\n\
         field = [{ id = 'kind', label = 'k', kind = 'choice', options = [{ id = 'a', label = 'a' }, { id = 'b', label = 'b' }] },\n\
         { id = 'what', label = 'w', kind = 'text', when = { field = 'kind', is = ['b'] } }]\n\
         [[service.step]]\nid = 'end'\ntitle = 'Fim'\nfield = [{ id = 'e', label = 'e', kind = 'text' }]",
    )
    .unwrap();
    let service = &catalogue.services[0];
    let steps = |pairs: &[(&str, &str)]| ids(&service.steps_for(&with(pairs), DAY));
    assert_eq!(steps(&[]), ["invoice.1", "end"]);
    let two = [
        ("invoice-more.1", "yes"),
        ("invoice-more.2", "no"),
        ("kind.2", "b"),
    ];
    assert_eq!(steps(&two), ["invoice.1", "invoice.2", "end"]);
    let all = [("invoice-more.1", "yes"), ("invoice-more.2", "yes")];
    assert_eq!(steps(&all), ["invoice.1", "invoice.2", "invoice.3", "end"]);
    // Each time looks at its own answers, and says its number.
    let values = with(&two);
    let second = &service.steps_for(&values, DAY)[1];
    let asked = service.asked(&values, DAY);
    let shown: Vec<&str> = second
        .fields_for(&asked, DAY)
        .map(|f| f.id.as_str())
        .collect();
    assert_eq!(shown, ["kind.2", "what.2", "invoice-more.2"]);
    assert_eq!(second.title.pt(), "Fatura 2");
    let (first, values) = (&service.steps_for(&values, DAY)[0], &values);
    assert_eq!(
        first.fields_for(&service.asked(values, DAY), DAY).count(),
        2
    );
    // The last time does not ask for one more.
    let values = with(&all);
    assert_eq!(service.steps_for(&values, DAY)[2].fields.len(), 2);
    let named = |id: &str| service.field(id).map(|f| f.id.clone());
    assert_eq!(named("what.6").as_deref(), Some("what"));
    assert_eq!(named("invoice-more.2").as_deref(), Some("invoice-more.2"));
    for none in [
        "what.7",
        "what.0",
        "what.02",
        "invoice-more",
        "invoice-more.6",
        "e.1",
        "nothing",
    ] {
        assert!(service.field(none).is_none(), "{none}");
    }
}

#[test]
fn a_time_that_is_taken_out_leaves_its_number_and_the_others_keep_theirs() {
    let catalogue = small(
        "[[service.step]]\nid = 'invoice'\ntitle = 'Fatura'\nrepeat = { at_most = 3, more = 'Mais uma?' }\n\
         field = [{ id = 'what', label = 'w', kind = 'text' }]",
    )
    .unwrap();
    let service = &catalogue.services[0];
    let answered = [
        ("what.1", "a"),
        ("invoice-more.1", "yes"),
        ("what.2", "b"),
        ("invoice-more.2", "yes"),
        ("what.3", "c"),
    ];
    let answered = answered.map(|(id, value)| (id.to_owned(), value.to_owned()));
    let mut values: BTreeMap<String, String> = answered.into();
    let steps = |values: &BTreeMap<String, String>| -> Vec<String> {
        let steps = service.steps_for(values, DAY);
        let title = |s: &Step| format!("{} {}", s.id, s.title.pt());
        steps.iter().map(|s| title(s)).collect()
    };
    let take_out = |values: &mut BTreeMap<String, String>, time: &str| {
        let said = service.take_out(time, values, DAY);
        values.extend(said.clone().unwrap_or_default());
        said.is_some()
    };
    // From the middle: nothing moves, the third is only called the second.
    assert!(take_out(&mut values, "invoice.2"));
    assert_eq!(steps(&values), ["invoice.1 Fatura 1", "invoice.3 Fatura 2"]);
    assert_eq!(
        (values["what.2"].as_str(), values["what.3"].as_str()),
        ("", "c")
    );
    // Whoever writes into it all the same writes into nothing.
    values.insert("what.2".into(), "late".into());
    assert_eq!(steps(&values).len(), 2);
    assert!(!take_out(&mut values, "invoice.2"), "it is out");
    // There is room for one more, with a number of its own.
    values.insert("invoice-more.3".into(), "yes".into());
    assert_eq!(steps(&values)[2], "invoice.4 Fatura 3");
    // The last: the one before says that there is no other.
    assert!(take_out(&mut values, "invoice.4"));
    assert_eq!(values["invoice-more.3"], "no");
    assert!(take_out(&mut values, "invoice.1"));
    assert_eq!(steps(&values), ["invoice.3 Fatura 1"]);
    for never in ["invoice.3", "invoice.9", "invoice", "nothing.1"] {
        assert!(!take_out(&mut values, never), "{never}");
    }
    assert_eq!(service.time_of("what.3").as_deref(), Some("invoice.3"));
    assert_eq!(
        service.time_of("invoice-more.2").as_deref(),
        Some("invoice.2")
    );
    assert_eq!(service.time_of("what"), None);
    // However often: a number is never given twice, and there are so many.
    for n in 3..6 {
        values.insert(format!("invoice-more.{n}"), "yes".into());
        values.remove(&without(&format!("invoice.{}", n + 1)));
        take_out(&mut values, &format!("invoice.{n}"));
    }
    assert_eq!(steps(&values), ["invoice.6 Fatura 1"]);
    assert_eq!(
        service.steps_for(&values, DAY)[0].fields.len(),
        1,
        "no more after it"
    );
}

#[test]
fn the_fee_follows_channel_day_and_person() {
    let catalogue = small(
        "[[service.fee]]\ncents = 3000\nuntil = '2026-11-30'\n[[service.fee]]\ncents = 3500\nfrom = '2026-12-01'\n\
         [[service.fee]]\ncents = 2000\nchannel = 'online'\n\
         [[service.fee]]\ncents = 1500\nwhen = { field = 'birth-date', until = '-70 years' }\n\
         [[service.exemption]]\nid = 'poor'\nwhen = { field = 'poor', is = ['yes'] }\nreason = 'r'\n\
         [[service.step]]\nid = 'x'\ntitle = 'x'\nfield = [{ id = 'poor', label = 'p', kind = 'yes-no' }]",
    )
    .unwrap();
    let service = &catalogue.services[0];
    for (born, poor, day, cents) in [
        ("1960-01-01", "no", "2026-11-30", 3000),
        ("1960-01-01", "no", "2026-12-01", 3500),
        ("1956-11-30", "no", "2026-11-29", 3000),
        ("1956-11-30", "no", "2026-11-30", 1500),
        ("1956-11-30", "yes", "2026-11-30", 0),
    ] {
        let values = with(&[("birth-date", born), ("poor", poor)]);
        assert_eq!(
            service.fee_cents(&values, day),
            cents,
            "{born} {poor} {day}"
        );
    }
    let later = service.on("2026-12-01").unwrap();
    let prices = [Channel::Desk, Channel::Online, Channel::Elsewhere].map(|c| later.price_cents(c));
    assert_eq!(prices, [Some(3500), Some(2000), None]);
    let exempt = service.exemption(&with(&[("poor", "yes")]), DAY);
    assert_eq!(exempt.map(|e| e.reason.pt()), Some("r"));
}

#[test]
fn what_was_answered_to_a_question_no_longer_asked_decides_nothing() {
    let catalogue = small(
        "[[service.step]]\nid = 'x'\ntitle = 'x'\nfield = [{ id = 'a', label = 'a', kind = 'yes-no' },\n\
         { id = 'b', label = 'b', kind = 'yes-no', when = { field = 'a', is = ['yes'] } }]\n\
         [[service.step]]\nid = 'y'\ntitle = 'y'\nwhen = { field = 'b', is = ['yes'] }\nfield = [{ id = 'c', label = 'c', kind = 'text' }]",
    )
    .unwrap();
    let steps =
        |a: &str| ids(&catalogue.services[0].steps_for(&with(&[("a", a), ("b", "yes")]), DAY));
    assert_eq!(steps("yes"), ["x", "y"]);
    assert_eq!(steps("no"), ["x"]);
}

#[test]
fn faults_are_named_with_their_line_and_what_to_do() {
    let crime = "services/registo-criminal.toml";
    for (file, from, to, said) in [
        (
            crime,
            "is = [\"other\"] }\n[[",
            "is = [\"othr\"] }\n[[",
            "the condition waits for `purpose` = `othr`, which can never be → write one of work, ",
        ),
        (
            "services/cesd.toml",
            "card = \"sns\"",
            "card = \"pin\"",
            "the card has no `pin` → write one of full-name",
        ),
        (
            crime,
            "id = \"registo-criminal\"",
            "id = \"cesd\"",
            "the id `cesd` is used twice",
        ),
        (
            "catalogue.toml",
            "edition = 3",
            "edtion = 3",
            "catalogue.toml:4:1: unknown field `edtion`",
        ),
        (
            "catalogue.toml",
            "edition = 3",
            "edtion = 3",
            "→ write `edition`",
        ),
        (
            crime,
            "agency = \"dgaj\"",
            "agency = \"dgai\"",
            "services/registo-criminal.toml:2:10: there is no agency `dgai`",
        ),
        (
            crime,
            "cents = 500",
            "cents = -500",
            "a fee of -500 cents is negative; write 0 for what is free",
        ),
        (
            crime,
            "title = \"Certificado",
            "title = \"Certificado\n",
            "mend the TOML there",
        ),
        (
            "languages/en.toml",
            "purpose = \"What the certificate is for\"\n",
            "",
            "there is no English for this text → write it in languages/en.toml as `purpose` under [service.registo-criminal.step]",
        ),
        (
            "languages/en.toml",
            "[service.cesd.step]\nnumbers",
            "[service.cesd.step]\nnumbrs",
            "no text of the catalogue stands under this key",
        ),
        (
            "catalogue.toml",
            "\"pt\", \"en\"",
            "\"en\"",
            "there is no Portuguese",
        ),
        (
            "catalogue.toml",
            "\"pt\", \"en\"",
            "\"pt\", \"en\", \"xx\"",
            "`xx` is no language",
        ),
        (
            crime,
            "id = \"for-whom\"\n",
            "id = \"for-whom\"\nprivate = true\n",
            "looks at `for-whom`, which is private: what it shows would tell what it says → look at another field",
        ),
        (
            "services/cesd.toml",
            "card = \"sns\"",
            "card = \"sns\"\nprivate = true",
            "is filled from the card, which the mediator reads → take `private` away",
        ),
        (
            "services/cesd.toml",
            "card = \"sns\"",
            "card = \"sns\"\nhousehold = true",
            "`sns` is of one person, not of the household → take `household` away",
        ),
        (
            "services/cesd.toml",
            "kind = \"phone\"\n",
            "kind = \"fone\"\n",
            "unknown variant `fone`",
        ),
    ] {
        let fault = said_of(file, from, to);
        assert!(
            fault.contains(said),
            "{said}\n--- was not said, but\n{fault}"
        );
    }
}

#[test]
fn all_faults_are_told_at_once() {
    let mut sources = demo();
    for source in &mut sources {
        source.text = source
            .text
            .replace("minutes = ", "minuts = ")
            .replace("kind = \"phone\"", "kind = 5");
    }
    let CatalogueError::Faults(faults) = source::read(&sources).unwrap_err() else {
        panic!("too large?")
    };
    let services = sources
        .iter()
        .filter(|s| s.name.starts_with(source::SERVICES))
        .count();
    let about = |what: &str| faults.iter().filter(|f| f.what.contains(what)).count();
    assert_eq!(about("minuts"), services);
    assert!(about("wanted string or table") >= 3, "{faults:?}");
    assert!(faults.is_sorted());
}

#[test]
fn contradictions_are_refused() {
    let step =
        |fields: &str| format!("[[service.step]]\nid = 'x'\ntitle = 'x'\nfield = [{fields}]");
    let field = |more: &str| step(&format!("{{ id = 'f', label = 'f', {more} }}"));
    let two = |a: &str, b: &str| {
        step(&format!(
            "{{ id = 'a', label = 'a', kind = 'yes-no'{a} }}, {{ id = 'b', label = 'b', kind = 'yes-no'{b} }}"
        ))
    };
    let on = |f: &str| format!(", when = {{ field = '{f}', is = ['yes'] }}");
    let never = ", when = { all = [{ field = 'a', is = ['yes'] }, { field = 'a', is = ['no'] }] }";
    for (body, said) in [
        (two(&on("b"), &on("a")), "conditions go round in a cycle: "),
        (two(&on("b"), ""), "looks at `b`, which comes later"),
        (two(&on("a"), ""), "conditions go round in a cycle: a → a"),
        (
            two("", &on("c")),
            "looks at the field `c`, which there is not",
        ),
        (two("", never), "the field `b` can never be reached"),
        (two("", ", when = { field = 'a' }"), "asks something of it"),
        (
            two("", ", when = { field = 'a', at_least = 3 }"),
            "`a` is no number",
        ),
        (
            field("kind = 'text', rules = { pattern = '(a+)+', example = 'a' }"),
            "explodes",
        ),
        (
            field("kind = 'text', rules = { pattern = '((a{99}){99}){99}', example = 'a' }"),
            "explodes",
        ),
        (
            field("kind = 'text', rules = { pattern = 'a(', example = 'a' }"),
            "the pattern cannot be read",
        ),
        (
            field("kind = 'text', rules = { pattern = '[0-9]', example = 'a' }"),
            "refuses its own example `a`",
        ),
        (
            field("kind = 'nif', rules = { pattern = '[0-9]', example = '1' }"),
            "a rule for a line of",
        ),
        (
            field("kind = 'number', rules = { min = 3, max = 2 }"),
            "so large and so small",
        ),
        (
            field("kind = 'date', rules = { earliest = 'tomorrow' }"),
            "is no day",
        ),
        (
            field("kind = 'date', rules = { earliest = '+1 day' }"),
            "so late and so early",
        ),
        (field("kind = 'choice'"), "a choice needs them"),
        (
            field(
                "kind = 'choice', options = [{ id = 'o', label = 'o' }, { id = 'o', label = 'p' }]",
            ),
            "can never be chosen",
        ),
        (step(""), "asks nothing"),
        (String::new(), "it has no step"),
        (
            format!(
                "fee = [{{ cents = 1 }}, {{ cents = 2, from = '2027-01-01' }}]\n{}",
                field("kind = 'text'")
            ),
            "holds on the same days",
        ),
        (
            format!(
                "fee = [{{ cents = 1, from = '2027-01-01' }}]\n{}",
                field("kind = 'text'")
            ),
            "no fee at the desk holds on 2026-01-01",
        ),
        (
            format!(
                "fee = [{{ cents = 1, until = '2025-13-01' }}]\n{}",
                field("kind = 'text'")
            ),
            "`2025-13-01` is no date",
        ),
        (
            format!(
                "who = {{ other_with = ['proof'] }}\n{}",
                field("kind = 'text'")
            ),
            "there is no document `proof`",
        ),
        (
            format!("remains = 'r'\n{}", field("kind = 'text'")),
            "`remains` says what",
        ),
    ] {
        let fault = small(&body).map(drop).unwrap_err().to_string();
        assert!(
            fault.contains(said),
            "{said}\n--- was not said, but\n{fault}\n--- of\n{body}"
        );
    }
}

#[test]
fn every_step_and_field_of_the_demonstration_is_within_reach() {
    for service in &read_demo().services {
        for step in &service.steps {
            let values = service
                .path_to(step)
                .unwrap_or_else(|| panic!("{} {}", service.id, step.id));
            let there = ids(&service.steps_for(&values, DAY_OF_PATHS));
            let first = step.every_instance().next().unwrap();
            assert!(
                there.contains(&first.id),
                "{} {}: {there:?} with {values:?}",
                service.id,
                step.id
            );
        }
    }
}

#[test]
fn search_forgives_accents_slips_and_beginnings() {
    let catalogue = read_demo();
    for (query, first) in [
        ("cartao europeu", "cesd"),
        ("Cartão EUROPEU", "cesd"),
        ("catrão europeu", "cesd"),
        ("crimi", "registo-criminal"),
        ("cadastro", "registo-criminal"),
        ("habitaçao", "apoio-habitacao"),
        ("incendio", "apoio-habitacao"),
        ("telado", "apoio-habitacao"),
    ] {
        let hits = search::search(&catalogue, query);
        assert_eq!(hits.first().map(|s| s.id.as_str()), Some(first), "{query}");
    }
    assert!(search::search(&catalogue, "xilofone").is_empty());
}

#[test]
fn a_standard_says_what_it_is_measured_by_or_is_looked_at() {
    let file = source::STANDARDS;
    let catalogue = read_demo();
    let wait = catalogue.standard("espera").unwrap();
    assert_eq!(wait.measured(), Some((Measure::WaitMedian, 15)));
    assert_eq!(catalogue.standard("livro").unwrap().measured(), None);
    let again = Catalogue::from_canonical(&catalogue.canonical()).unwrap();
    assert_eq!(again.standards, catalogue.standards, "they travel");
    for (from, to, expected) in [
        ("target = 15\n", "", "`measure` and `target` go together"),
        ("target = 15\n", "target = 0\n", "1 to 1440 minutes"),
        ("target = 100", "target = 101", "1 to 100 of a hundred"),
        ("\"wait-median\"", "\"wait-medium\"", "write `wait-median`"),
        (
            "id = \"livro\"",
            "id = \"precos\"",
            "the id `precos` is used twice",
        ),
        (
            "id = \"livro\"",
            "id = \"Livro\"",
            "`Livro` cannot be an id",
        ),
        ("help =", "hlp =", "write `help`"),
        (
            "[[standard]]\nid = \"livro\"",
            "[[norm]]\nid = \"livro\"",
            "`[[standard]]`",
        ),
        (
            "\"A tabela de preços está afixada e em dia.\"",
            "\" \"",
            "it says nothing",
        ),
    ] {
        let said = said_of(file, from, to);
        assert!(said.contains(expected), "{from}: {said}");
        assert!(said.starts_with(file), "{said}");
    }
    let line = read_line_of(file, "target = 15");
    assert!(said_of(file, "target = 15", "target = 9999").contains(&format!("{file}:{line}:")));
    let twice = said_of(
        source::HEAD,
        "[[agency]]",
        "[[standard]]\nid = \"a\"\ntext = \"A.\"\n\n[[agency]]",
    );
    assert!(twice.contains("standards in catalogue.toml too"), "{twice}");
}

#[test]
fn a_catalogue_without_standards_is_one() {
    let mut sources = demo();
    sources.retain(|source| source.name != source::STANDARDS);
    assert!(source::read(&sources).unwrap().standards.is_empty());
}

/// The line of a file of the demonstration, from 1.
fn read_line_of(file: &str, text: &str) -> usize {
    let sources = demo();
    let source = sources.iter().find(|s| s.name == file).unwrap();
    source.text.lines().position(|line| line == text).unwrap() + 1
}

#[test]
fn an_edition_is_written_as_files_that_read_the_same() {
    let catalogue = read_demo();
    let files = files::of(&catalogue);
    assert_eq!(files[0].name, source::HEAD);
    assert_eq!(source::read(&files).unwrap(), catalogue);
    let fee = files.iter().find(|f| f.name == "services/cesd.toml");
    assert!(fee.unwrap().text.contains("minutes = 5"));
}

#[test]
fn what_changed_is_told_in_both_languages_and_by_service() {
    let catalogue = read_demo();
    let mut newer = catalogue.clone();
    newer.edition += 1;
    let cesd = newer.services.iter_mut().find(|s| s.id == "cesd").unwrap();
    cesd.fees = vec![toml::from_str("cents = 1250\nfrom = '2027-01-01'").unwrap()];
    let found = migration::differences(&catalogue, &newer);
    let said: Vec<(Option<&str>, &str)> = found
        .iter()
        .map(|c| (c.service.as_deref(), c.pt.as_str()))
        .collect();
    assert_eq!(
        said,
        [
            (None, "edição 3 → 4"),
            (
                Some("cesd"),
                "taxa ao balcão: nenhuma → 12,50 € desde 2027-01-01"
            )
        ]
    );
}
