//! Services as data: what repeats, who may ask, and what becomes of work when a new edition comes.

use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use vereda::authority::{self, Role};
use vereda::catalogue::signed::{Agreed, Person};
use vereda::catalogue::{self, signed};
use vereda::link::{seal::Seal, tls};
use vereda_sync::exchange::custody::File;
use vereda_web::desk::port::{Desk, DeskError, Next};

use crate::support::{
    Folder, demo, desk, identified, node, opened, pairs, recorded, saw_papers, sign_in,
};

/// A copy of the demonstration's catalogue in which texts are replaced, file by file.
pub(crate) fn edited(folder: &Folder, name: &str, edits: &[(&str, &str, &str)]) -> PathBuf {
    let to = folder.0.join(name);
    for source in catalogue::sources(&demo("catalogue")).unwrap() {
        let mut text = source.text;
        // A folder stands for every file in it.
        let concerned = |file: &str| match file.ends_with('/') {
            true => source.name.starts_with(file),
            false => source.name == file,
        };
        for (_, from, into) in edits.iter().filter(|(file, ..)| concerned(file)) {
            assert!(text.contains(from), "{} has no {from}", source.name);
            text = text.replacen(from, into, 1);
        }
        let file = to.join(&source.name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }
    to
}

const HEAD: &str = "catalogue.toml";
const NEXT: (&str, &str, &str) = (HEAD, "edition = 3", "edition = 4");

#[test]
fn what_repeats_is_asked_as_often_as_there_is_one_more() {
    let folder = Folder::new();
    let desk = desk(&node(&folder, "m07", "vehicle"));
    let ana = sign_in(&desk, "ana.m");
    let attendance = identified(&desk, &ana, "Maria do Rosário", "123456789");
    let request = desk
        .begin_request(&ana, &attendance, "caderneta-predial")
        .unwrap();
    let finish =
        |step: &str, typed: &[(&str, &str)]| desk.finish_step(&ana, &request, step, &pairs(typed));
    finish("owner", &[("nif", "123456789")]).unwrap();
    let first = [
        ("property-kind.1", "urban"),
        ("parish.1", "Alferce"),
        ("article.1", "1234"),
        ("fraction.1", "b"),
        ("properties-more.1", "yes"),
    ];
    assert_eq!(
        finish("properties.1", &first).unwrap(),
        Next::Step("properties.2".into())
    );
    // Whether there is one more is typed like every other answer, as often as it is asked.
    let typed = |field: &str| desk.keystroke(&ana, &request, field, "no", 0);
    typed("properties-more.2").unwrap();
    let second = desk.form(&ana, &request, Some("properties.2")).unwrap();
    let more = |id: &str| second.fields.iter().find(|f| f.field.id == id);
    assert_eq!(more("properties-more.2").unwrap().value, "no");
    assert!(matches!(
        typed("properties-more.20"),
        Err(DeskError::NotFound)
    ));
    let wrong = finish(
        "properties.2",
        &[("property-kind.2", "rural"), ("article.2", "x")],
    );
    let Err(DeskError::Refused(wrong)) = wrong else {
        panic!("{wrong:?}")
    };
    let mut fields: Vec<&str> = wrong.iter().map(|(f, _)| f.as_str()).collect();
    fields.sort_unstable();
    assert_eq!(fields, ["article.2", "parish.2"]);
    let second = [
        ("parish.2", "Marmelete"),
        ("article.2", "77"),
        ("properties-more.2", "no"),
    ];
    assert_eq!(finish("properties.2", &second).unwrap(), Next::CheckAnswers);
    let check = desk.check_answers(&ana, &request).unwrap();
    let titles: Vec<&str> = check.steps.iter().map(|s| s.title.pt()).collect();
    assert_eq!(titles, ["O proprietário", "Prédio 1", "Prédio 2"]);
    saw_papers(&desk, &ana, &request);
    desk.confirm_by_word(&ana, &request).unwrap();
    desk.record(&ana, &request).unwrap();
    let read = desk.request(&ana, &request).unwrap();
    let value = |id: &str| {
        let found = read.answers.iter().find(|(f, _)| f.id == id);
        found.map(|(_, said)| said[0].value.clone())
    };
    assert_eq!(value("article.1").as_deref(), Some("1234"));
    assert_eq!(value("article.2").as_deref(), Some("77"));
    // On paper each time stands under its own name, and the question between them does not.
    let receipt = desk.receipt(&ana, &request).unwrap();
    let titles: Vec<&str> = receipt.answers.iter().map(|(t, _)| t.pt()).collect();
    assert_eq!(titles, ["O proprietário", "Prédio 1", "Prédio 2"]);
    let mut told = receipt.answers.iter().flat_map(|(_, told)| told);
    assert!(told.all(|(label, _)| !label.pt().contains('?')));
    assert_eq!(
        value("fraction.1").as_deref(),
        Some("B"),
        "as the pattern has it"
    );
    assert_eq!(value("fraction.2"), None);
    // One time of it is corrected, and no other.
    desk.correct(&ana, &request, "article.2", "78", "lido mal")
        .unwrap();
    let read = desk.request(&ana, &request).unwrap();
    let said = |id: &str| {
        read.answers.iter().find(|(f, _)| f.id == id).unwrap().1[0]
            .value
            .clone()
    };
    assert_eq!(
        (said("article.1"), said("article.2")),
        ("1234".into(), "78".into())
    );
}

#[test]
fn age_decides_who_may_ask_what_is_asked_and_what_it_costs() {
    let folder = Folder::new();
    let desk = desk(&node(&folder, "m07", "vehicle"));
    let ana = sign_in(&desk, "ana.m");
    let today = vereda::clock::today();
    let year: i32 = today[..4].parse().unwrap();
    let born = |age: i32| format!("01/01/{}", year - age);
    for (age, steps, fee) in [(40, 2, 3000), (60, 3, 3000), (71, 3, 1500)] {
        let attendance = desk.begin_attendance(&ana).unwrap();
        let typed = pairs(&[("full-name", "Maria"), ("birth-date", &born(age))]);
        desk.finish_step(&ana, &attendance, "identity", &typed)
            .unwrap();
        let request = desk
            .begin_request(&ana, &attendance, "renovacao-carta")
            .unwrap();
        let form = desk.form(&ana, &request, None).unwrap();
        assert_eq!((form.steps.len(), form.fee_cents), (steps, fee), "{age}");
    }
    let attendance = desk.begin_attendance(&ana).unwrap();
    let typed = pairs(&[("full-name", "Rita"), ("birth-date", &born(10))]);
    desk.finish_step(&ana, &attendance, "identity", &typed)
        .unwrap();
    let refused = desk.begin_request(&ana, &attendance, "renovacao-carta");
    assert!(
        matches!(&refused, Err(DeskError::NotNow(why)) if why.contains("18 anos")),
        "{refused:?}"
    );
}

#[test]
fn a_draft_moves_to_the_new_edition_and_loses_nothing() {
    let folder = Folder::new();
    let (attendance, draft, done) = {
        let desk = desk(&node(&folder, "m07", "vehicle"));
        let ana = sign_in(&desk, "ana.m");
        let done = recorded(&desk, &ana, "João Peixeiro", "299999998");
        let attendance = identified(&desk, &ana, "Maria do Rosário", "123456789");
        let draft = desk.begin_request(&ana, &attendance, "cesd").unwrap();
        let numbers = pairs(&[("niss", "11234567800"), ("sns", "123456789")]);
        desk.finish_step(&ana, &draft, "numbers", &numbers).unwrap();
        let address = pairs(&[
            ("address", "Rua da Serra 1"),
            ("postal-code", "8550 000"),
            ("locality", "Monchique"),
        ]);
        desk.finish_step(&ana, &draft, "address", &address).unwrap();
        desk.keystroke(&ana, &draft, "phone", "91234", 0).unwrap();
        (attendance, draft, done)
    };
    let cesd = "services/cesd.toml";
    let newer = edited(
        &folder,
        "newer",
        &[
            NEXT,
            (cesd, "id = \"locality\"", "id = \"town\""),
            (cesd, "\"Localidade\"", "\"Vila ou cidade\""),
            ("languages/", "locality = ", "town = "),
        ],
    );
    let desk = desk(&opened(&folder, "m07", "vehicle", &newer, "").unwrap());
    let ana = sign_in(&desk, "ana.m");
    // Somebody glancing at it moves nothing; opening it does, once, and says what is to be done.
    let fields = desk.glance(&ana, &draft, None).unwrap().fields;
    assert_eq!(fields[2].field.id, "locality");
    let form = desk.form(&ana, &draft, Some("numbers")).unwrap();
    let notice = form.notice.unwrap();
    assert!(
        notice.contains("«Morada para o envio»") && notice.contains("«Localidade»"),
        "{notice}"
    );
    assert_eq!(form.step.id, "address", "to be gone through again");
    assert!(desk.check_answers(&ana, &draft).is_err());
    let again = desk.form(&ana, &draft, None).unwrap();
    assert_eq!(again.notice, None);
    let values: Vec<(&str, &str)> = again
        .fields
        .iter()
        .map(|f| (f.field.id.as_str(), f.value.as_str()))
        .collect();
    let kept = [
        ("address", "Rua da Serra 1"),
        ("postal-code", "8550-000"),
        ("town", ""),
        ("phone", "91234"),
    ];
    assert_eq!(values, kept);
    // What is no longer asked is still to be seen.
    let read = desk.request(&ana, &draft).unwrap();
    let old = read
        .answers
        .iter()
        .find(|(f, _)| f.id == "locality")
        .unwrap();
    assert_eq!(old.0.label.pt(), "Localidade (já não se pergunta)");
    assert_eq!(old.1[0].value, "Monchique");
    assert!(
        read.history
            .iter()
            .any(|h| h.text.contains("edição 3 para a edição 4"))
    );
    assert_eq!(
        desk.attendance(&ana, &attendance).unwrap().requests.len(),
        1
    );
    // What was recorded stays under the edition that it was signed under.
    let receipt = desk.receipt(&ana, &done).unwrap();
    let told = receipt.answers.iter().flat_map(|(_, told)| told);
    let labels: Vec<&str> = told.map(|(label, _)| label.pt()).collect();
    assert!(
        labels.contains(&"Localidade") && !labels.contains(&"Vila ou cidade"),
        "{labels:?}"
    );
}

#[test]
fn an_older_edition_never_comes_back() {
    let folder = Folder::new();
    let newer = edited(&folder, "newer", &[NEXT]);
    drop(opened(&folder, "m07", "vehicle", &newer, "").unwrap());
    let said = opened(&folder, "m07", "vehicle", &demo("catalogue"), "").unwrap_err();
    assert!(
        said.to_string()
            .contains("edition 3 of the catalogue is older than edition 4"),
        "{said}"
    );
    drop(opened(&folder, "m07", "vehicle", &newer, "").unwrap());
}

#[test]
fn an_edition_that_nobody_followed_is_told() {
    let folder = Folder::new();
    let stale = (
        "stale_after = \"2027-11-01\"",
        "stale_after = \"2026-11-02\"",
    );
    let old = edited(&folder, "old", &[(HEAD, stale.0, stale.1)]);
    let desk = desk(&opened(&folder, "m07", "vehicle", &old, "").unwrap());
    let ana = sign_in(&desk, "ana.m");
    assert_eq!(desk.strip(&ana).old_catalogue, Some(3));
}

/// An authority with a hub and a spot, and the configuration that names it.
fn enrolled(folder: &Folder) -> (PathBuf, String) {
    let at = folder.0.join("authority");
    authority::new(&at, "ARTE").unwrap();
    let scopes = ["monchique".to_owned()];
    for (id, role) in [("central", Role::Hub), ("m08", Role::Spot)] {
        authority::enrol(&at, id, role, &scopes, &[], &folder.0.join(id)).unwrap();
    }
    let root = at.join("authority.crt");
    let keys = folder.0.join("m08");
    let more = format!(
        "[hub]\naddress = \"127.0.0.1:9\"\ncertificate = {:?}\nkey = {:?}\nauthority = {root:?}\n",
        keys.join("node.crt"),
        keys.join("node.key")
    );
    (root, more)
}

/// What two invented persons agreed to, for those scopes.
fn by_two(scopes: &[&str]) -> Agreed {
    let person = |id: &str, name: &str| Person {
        id: id.to_owned(),
        name: name.to_owned(),
        at_ms: 1,
    };
    Agreed {
        by: vec![person("iris.v", "Íris Vaz"), person("ivo.r", "Ivo Reis")],
        scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
        reason: "nova edição".to_owned(),
    }
}

/// A file as hubs made it before two persons were named.
fn by_nobody(folder: &Folder, source: &Path, name: &str) -> PathBuf {
    let keys = folder.0.join("central");
    let body = catalogue::load(source).unwrap().canonical();
    let at = vereda::clock::wall_ms().to_be_bytes();
    let digest: [u8; 32] = Sha256::digest([&at[..], &body].concat()).into();
    let key = Seal::load(&keys.join("node.key")).unwrap();
    let seal = key.put_under(File::Catalogue, &digest).unwrap();
    let mut file = b"vereda catalogue 1\n".to_vec();
    file.extend(at);
    for part in [
        &tls::certificate(&keys.join("node.crt")).unwrap()[..],
        &seal,
    ] {
        file.extend(u32::try_from(part.len()).unwrap().to_be_bytes());
        file.extend(part);
    }
    file.extend(body);
    let to = folder.0.join(name);
    fs::write(&to, &file).unwrap();
    to
}

#[test]
fn what_one_person_signed_is_refused_and_what_is_here_from_before_holds() {
    let folder = Folder::new();
    let (root, more) = enrolled(&folder);
    let open = |file: &Path| opened(&folder, "m07", "vehicle", file, &more);
    let before = by_nobody(&folder, &demo("catalogue"), "before.vcat");
    let said = format!("{:#}", open(&before).unwrap_err());
    assert!(
        said.contains("edition 3 is a catalogue signed by one person"),
        "{said}"
    );
    let read = signed::load(&before, &root).unwrap();
    assert_eq!((read.catalogue.edition, read.agreed), (3, None));
    // A node that has it already goes on with it, also when its file is of before.
    let file = signed_by(&folder, "central", &demo("catalogue"), "catalogue.vcat");
    drop(open(&file).unwrap());
    assert_eq!(open(&before).unwrap().catalogue().edition, 3);
    let newer = edited(&folder, "newer", &[NEXT]);
    let newer = by_nobody(&folder, &newer, "newer.vcat");
    assert!(open(&newer).is_err());
    // Nobody makes a file of one person, or of one who is named twice.
    let key = Seal::load(&folder.0.join("central/node.key")).unwrap();
    let certificate = tls::certificate(&folder.0.join("central/node.crt")).unwrap();
    let catalogue = catalogue::load(&demo("catalogue")).unwrap();
    let two = by_two(&[]).by;
    let again = |id: &str, name: &str| Person {
        id: id.to_owned(),
        name: name.to_owned(),
        ..two[0].clone()
    };
    for by in [
        vec![],
        vec![two[0].clone()],
        vec![two[0].clone(), two[0].clone()],
        vec![two[0].clone(), again("other", " iris vaz ")],
        vec![two[0].clone(), again("iris.v", "Ivo Reis")],
        vec![two[0].clone(), again("", "Ivo Reis")],
        vec![two[0].clone(), again("ivo.r", " ")],
    ] {
        let agreed = Agreed {
            by,
            ..Agreed::default()
        };
        let refused = signed::sign(&catalogue, &agreed, (&key, &certificate), 1).unwrap_err();
        assert!(refused.to_string().contains("signed by one person"));
    }
}

#[test]
fn an_edition_for_other_spots_is_not_taken() {
    let folder = Folder::new();
    let (_, more) = enrolled(&folder);
    let key = Seal::load(&folder.0.join("central/node.key")).unwrap();
    let certificate = tls::certificate(&folder.0.join("central/node.crt")).unwrap();
    let catalogue = catalogue::load(&demo("catalogue")).unwrap();
    let at_ms = vereda::clock::wall_ms();
    let agreed = by_two(&["elsewhere"]);
    let file = signed::sign(&catalogue, &agreed, (&key, &certificate), at_ms).unwrap();
    let at = folder.0.join("elsewhere.vcat");
    fs::write(&at, file).unwrap();
    let said = format!(
        "{:#}",
        opened(&folder, "m07", "vehicle", &at, &more).unwrap_err()
    );
    assert!(said.contains("edition 3 is for elsewhere"), "{said}");
}

fn signed_by(folder: &Folder, who: &str, source: &Path, name: &str) -> PathBuf {
    let keys = folder.0.join(who);
    let catalogue = catalogue::load(source).unwrap();
    let certificate = tls::certificate(&keys.join("node.crt")).unwrap();
    let key = Seal::load(&keys.join("node.key")).unwrap();
    let at_ms = vereda::clock::wall_ms();
    let file = signed::sign(&catalogue, &by_two(&[]), (&key, &certificate), at_ms).unwrap();
    let to = folder.0.join(name);
    fs::write(&to, &file).unwrap();
    to
}

#[test]
fn a_signed_catalogue_is_the_hubs_and_whole_or_it_is_refused() {
    let folder = Folder::new();
    let (root, more) = enrolled(&folder);
    let open = |file: &Path| opened(&folder, "m07", "vehicle", file, &more);
    let file = signed_by(&folder, "central", &demo("catalogue"), "catalogue.vcat");
    assert_eq!(
        open(&file).unwrap().catalogue(),
        &catalogue::load(&demo("catalogue")).unwrap()
    );
    // By a spot; without its end; with any byte changed; as nothing.
    let spots = signed_by(&folder, "m08", &demo("catalogue"), "spot.vcat");
    let said = format!("{:#}", open(&spots).unwrap_err());
    assert!(
        said.contains("no hub of this authority signed it"),
        "{said}"
    );
    let whole = fs::read(&file).unwrap();
    let damaged = folder.0.join("damaged.vcat");
    for at in (0..whole.len()).step_by(whole.len() / 40) {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        assert!(signed::read(&bytes, &root).is_err(), "byte {at}");
        assert!(signed::read(&whole[..at], &root).is_err(), "cut at {at}");
    }
    fs::write(&damaged, b"").unwrap();
    assert!(open(&damaged).is_err());
    // What was signed stands: under its number nothing else comes, signed or not.
    let other = edited(
        &folder,
        "other",
        &[("services/cesd.toml", "minutes = 5", "minutes = 6")],
    );
    let again = signed_by(&folder, "central", &other, "again.vcat");
    for path in [&again, &other] {
        let said = open(path).unwrap_err().to_string();
        assert!(said.contains("is here with other content"), "{said}");
    }
    let newer = edited(&folder, "newer", &[NEXT]);
    drop(open(&signed_by(&folder, "central", &newer, "newer.vcat")).unwrap());
    // The older one is not taken instead; work goes on under what a hub signed last.
    assert_eq!(open(&file).unwrap().catalogue().edition, 4);
}
