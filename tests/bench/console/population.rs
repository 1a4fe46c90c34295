//! Invented families of whom many ask for the same aid within days, some of them twice, and what a tired mediator makes of
//! their names, numbers and dates. Who is who is known, so that what is found can be held against it.

use std::fmt::Write;

use vereda_sync::text::name_words;
use vereda_tests::invented::Seeded;

/// Given names with how many of ten thousand have them, roughly as they are spread in Portugal.
const WOMEN: &[(&str, u64)] = &[
    ("Maria", 2600),
    ("Ana", 900),
    ("Isabel", 260),
    ("Teresa", 240),
    ("Rosa", 240),
    ("Fernanda", 180),
    ("Margarida", 220),
    ("Paula", 200),
    ("Catarina", 220),
    ("Sofia", 220),
    ("Inês", 230),
    ("Beatriz", 200),
    ("Carla", 200),
    ("Sandra", 190),
    ("Susana", 170),
    ("Rita", 200),
    ("Joana", 220),
    ("Helena", 160),
    ("Célia", 90),
    ("Odete", 60),
    ("Deolinda", 40),
    ("Perpétua", 8),
    ("Natércia", 15),
    ("Ermelinda", 25),
    ("Zulmira", 15),
    ("Guilhermina", 12),
    ("Leonor", 160),
    ("Matilde", 120),
];
const MEN: &[(&str, u64)] = &[
    ("José", 1200),
    ("António", 1100),
    ("João", 1050),
    ("Manuel", 1000),
    ("Carlos", 520),
    ("Luís", 520),
    ("Paulo", 420),
    ("Pedro", 440),
    ("Francisco", 430),
    ("Joaquim", 300),
    ("Fernando", 320),
    ("Rui", 300),
    ("Jorge", 260),
    ("Miguel", 280),
    ("Tiago", 250),
    ("Nuno", 240),
    ("Ricardo", 240),
    ("Vítor", 150),
    ("Hélder", 80),
    ("Custódio", 20),
    ("Aníbal", 20),
    ("Silvério", 6),
    ("Gastão", 4),
    ("Eugénio", 20),
];
const SECOND: &[&str] = &[
    "",
    "",
    "",
    "do Carmo",
    "da Conceição",
    "de Fátima",
    "de Lurdes",
    "José",
    "Manuel",
    "Luís",
    "Miguel",
    "Isabel",
    "Sofia",
    "Filipe",
    "António",
];
/// Family names in the order of how common they are: the n-th has about 9 % ÷ n^0.7.
const FAMILIES: &[&str] = &[
    "da Silva",
    "dos Santos",
    "Ferreira",
    "Pereira",
    "de Oliveira",
    "da Costa",
    "Rodrigues",
    "Martins",
    "de Jesus",
    "de Sousa",
    "Fernandes",
    "Gonçalves",
    "Gomes",
    "Lopes",
    "Marques",
    "Alves",
    "de Almeida",
    "Ribeiro",
    "Pinto",
    "de Carvalho",
    "Teixeira",
    "Moreira",
    "Correia",
    "Mendes",
    "Nunes",
    "Soares",
    "Vieira",
    "Monteiro",
    "Cardoso",
    "da Rocha",
    "Neves",
    "Coelho",
    "da Cruz",
    "da Cunha",
    "Pires",
    "Ramos",
    "Reis",
    "Simões",
    "Antunes",
    "de Matos",
    "da Fonseca",
    "Machado",
    "Araújo",
    "Barbosa",
    "Tavares",
    "Lourenço",
    "de Castro",
    "Figueiredo",
    "de Azevedo",
    "Freitas",
    "Guerreiro",
    "Viegas",
    "Cabrita",
    "Encarnação",
    "Peixeiro",
    "Rebocho",
    "Caçador",
    "Patrão",
    "Galhofas",
    "Marreiros",
    "Furtado",
    "Varela",
    "Serrão",
    "Águas",
    "Inácio",
    "Bandarra",
    "Calapez",
    "Mendonça",
    "Glória",
    "do Nascimento",
    "Baptista",
    "de Brito",
    "Jacinto",
    "Romão",
    "Valério",
    "Mestre",
    "Bárbara",
    "Assunção",
    "Palma",
    "Estêvão",
    "Zorrinho",
    "Falé",
    "Charrua",
    "Tengarrinha",
    "Carapinha",
    "Pulquério",
];
/// The service for which all of them ask.
pub(super) const SERVICE: &str = "apoio-habitacao";
pub(super) const NUMBERS: [&str; 4] = ["nif", "niss", "sns", "nic"];

/// Who somebody is.
#[derive(Debug, Clone)]
struct Somebody {
    given: String,
    families: Vec<String>,
    birth: [u64; 3],
    numbers: [String; 4],
    woman: bool,
}

/// What was written down of somebody.
#[derive(Debug, Clone)]
pub(super) struct Written {
    /// Of whom: the truth.
    pub(super) who: usize,
    /// With whom they live.
    pub(super) household: usize,
    pub(super) name: String,
    pub(super) birth: Option<String>,
    pub(super) numbers: Vec<(&'static str, String)>,
    /// Minutes since the first one.
    pub(super) minute: u64,
}

/// So many people who ask once, every third of them twice.
pub(super) fn written(seed: u64, people: usize) -> Vec<Written> {
    let mut seed = Seeded::new(seed);
    let mut all: Vec<(usize, Somebody)> = Vec::with_capacity(people);
    let mut household = 0;
    while all.len() < people {
        all.extend(family(&mut seed).into_iter().map(|one| (household, one)));
        household += 1;
        if seed.once_in(50) {
            let namesake = namesake(&mut seed, &all);
            all.extend(namesake.map(|one| (household, one)));
            household += 1;
        }
    }
    let mut out = Vec::new();
    for who in 0..all.len() {
        for _ in 0..if seed.once_in(3) { 2 } else { 1 } {
            let kin = all.iter().enumerate().skip(who.saturating_sub(4)).take(9);
            let kin: Vec<&Somebody> = kin
                .filter(|(at, (home, _))| *at != who && *home == all[who].0)
                .map(|(_, (_, one))| one)
                .collect();
            let one = heard(&mut seed, &all[who].1, &kin);
            let minute = seed.below(13 * 24 * 60);
            let (name, birth, numbers) = one;
            out.push(Written {
                who,
                household: all[who].0,
                name,
                birth,
                numbers,
                minute,
            });
        }
    }
    out.sort_by_key(|w| w.minute);
    out
}

fn family(seed: &mut Seeded) -> Vec<Somebody> {
    let [his, hers, his_mother, her_mother] = [(); 4].map(|()| family_name(seed));
    let year = 1935 + seed.below(60);
    let mut out = Vec::new();
    let father = somebody(seed, false, vec![his_mother, his.clone()], year);
    let mut mothers = vec![her_mother, hers.clone()];
    if seed.once_in(2) {
        mothers.push(his.clone());
    }
    let later = seed.below(6);
    let mother = somebody(seed, true, mothers, year + later);
    if !seed.once_in(4) {
        out.push(father.clone());
    }
    if !seed.once_in(5) {
        out.push(mother);
    }
    let mut born = year + 18;
    for _ in 0..seed.below(4) {
        born += 1 + seed.below(6);
        if born > 2024 {
            break;
        }
        let woman = seed.once_in(2);
        let mut child = somebody(seed, woman, vec![hers.clone(), his.clone()], born);
        // A son who has his father's whole name.
        if !child.woman && seed.once_in(20) {
            child.given.clone_from(&father.given);
            child.families.clone_from(&father.families);
        }
        let twin = seed.once_in(25).then(|| Somebody {
            birth: child.birth,
            ..somebody(seed, woman, child.families.clone(), born)
        });
        out.push(child);
        out.extend(twin);
    }
    out
}

/// A stranger with the same name, and sometimes the same birthday.
fn namesake(seed: &mut Seeded, all: &[(usize, Somebody)]) -> Option<Somebody> {
    let at = usize::try_from(seed.below(all.len() as u64)).ok()?;
    let like = &all.get(at)?.1;
    let year = 1940 + seed.below(80);
    let mut other = somebody(seed, like.woman, like.families.clone(), year);
    other.given.clone_from(&like.given);
    if seed.once_in(10) {
        other.birth = like.birth;
    }
    Some(other)
}

fn somebody(seed: &mut Seeded, woman: bool, families: Vec<String>, year: u64) -> Somebody {
    let first = weighted(seed, if woman { WOMEN } else { MEN });
    let second = seed.one(SECOND);
    let given = format!("{first} {second}").trim_end().to_owned();
    let numbers = [9, 11, 9, 8].map(|digits| seed.digits(digits));
    Somebody {
        given,
        families,
        birth: [year, 1 + seed.below(12), 1 + seed.below(28)],
        numbers,
        woman,
    }
}

fn weighted(seed: &mut Seeded, of: &[(&'static str, u64)]) -> &'static str {
    let all: u64 = of.iter().map(|(_, many)| many).sum();
    let mut at = seed.below(all);
    for (name, many) in of {
        if at < *many {
            return name;
        }
        at -= many;
    }
    ""
}

fn family_name(seed: &mut Seeded) -> String {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "small weights"
    )]
    let share = |at: usize| (9_000.0 / (at as f64 + 1.0).powf(0.7)) as u64;
    let all: u64 = (0..FAMILIES.len()).map(share).sum();
    let mut left = seed.below(all);
    for (at, name) in FAMILIES.iter().enumerate() {
        if left < share(at) {
            return (*name).to_owned();
        }
        left -= share(at);
    }
    String::new()
}

type Heard = (String, Option<String>, Vec<(&'static str, String)>);

/// What is written down of somebody, as it is said, heard and typed.
fn heard(seed: &mut Seeded, one: &Somebody, kin: &[&Somebody]) -> Heard {
    let mut families = one.families.clone();
    if one.woman && seed.once_in(25) {
        // Married between the two, or known by another name.
        let other = family_name(seed);
        match seed.once_in(2) {
            true => families.push(other),
            false => *families.last_mut().expect("everybody has a family name") = other,
        }
    }
    let mut words: Vec<String> = format!("{} {}", one.given, families.join(" "))
        .split(' ')
        .map(str::to_owned)
        .collect();
    let is_particle = |word: &String| matches!(word.as_str(), "da" | "de" | "do" | "dos");
    if seed.once_in(3) {
        words.retain(|w| !is_particle(w));
    }
    if seed.once_in(4) && words.len() > 3 {
        // Somebody says the first and the last name, or leaves one out.
        let at = 1 + usize::try_from(seed.below(words.len() as u64 - 2)).unwrap_or(0);
        if !is_particle(&words[at]) {
            words.remove(at);
        }
    }
    if seed.once_in(20) && words.len() > 2 {
        let at = 1 + usize::try_from(seed.below(words.len() as u64 - 2)).unwrap_or(0);
        words[at] = words[at].chars().take(1).collect::<String>() + ".";
    }
    if seed.once_in(20) {
        words.rotate_right(1);
    }
    if seed.once_in(7) {
        let at = usize::try_from(seed.below(words.len() as u64)).unwrap_or(0);
        words[at] = slipped(seed, &words[at]);
    }
    let mut name = words.join(" ");
    if seed.once_in(3) {
        name = vereda_sync::text::fold(&name);
    }
    let numbers = NUMBERS.into_iter().zip(&one.numbers);
    let numbers = numbers
        .filter_map(|(field, number)| {
            if seed.once_in(2) {
                return None;
            }
            let theirs = match field {
                "nif" => 0,
                "niss" => 1,
                "sns" => 2,
                _ => 3,
            };
            // The papers of a whole family lie on the table.
            let other = kin.first().filter(|_| seed.once_in(120));
            Some((
                field,
                other.map_or(number, |kin| &kin.numbers[theirs]).clone(),
            ))
        })
        .collect();
    (name, date(seed, one.birth), numbers)
}

fn date(seed: &mut Seeded, [mut year, mut month, mut day]: [u64; 3]) -> Option<String> {
    if seed.once_in(40) {
        return None;
    }
    if seed.once_in(25) {
        match seed.below(4) {
            0 if day <= 12 => std::mem::swap(&mut day, &mut month),
            1 => day = 1 + (day + 9) % 28,
            2 => year = year / 100 * 100 + (year % 10) * 10 + year % 100 / 10,
            _ => year += 1,
        }
    }
    Some(format!("{year:04}-{month:02}-{day:02}"))
}

/// A word with one slip of the hand: a letter less, more, another, or two that changed places.
fn slipped(seed: &mut Seeded, word: &str) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    if letters.len() < 4 {
        return word.to_owned();
    }
    let at = 1 + usize::try_from(seed.below(letters.len() as u64 - 2)).unwrap_or(0);
    match seed.below(4) {
        0 => drop(letters.remove(at)),
        1 => letters.insert(at, letters[at]),
        2 => letters.swap(at, at + 1),
        _ => {
            letters[at] = seed
                .one(&["a", "e", "i", "o", "s", "z", "r", "l"])
                .chars()
                .next()
                .unwrap_or('a')
        }
    }
    letters.into_iter().collect()
}

/// As a table that other programs read, without particles and accents, as they want it.
pub(super) fn as_csv(all: &[Written]) -> String {
    let mut out = "unique_id,given,family,birth,nif,niss,sns,nic\n".to_owned();
    for (at, one) in all.iter().enumerate() {
        let words = name_words(&one.name);
        let (given, family) = words
            .split_first()
            .map_or((String::new(), String::new()), |(g, f)| {
                (g.clone(), f.join(" "))
            });
        let number = |field: &str| {
            one.numbers
                .iter()
                .find(|(f, _)| *f == field)
                .map_or("", |(_, v)| v)
        };
        let _ = writeln!(
            out,
            "{at},{given},{family},{},{},{},{},{}",
            one.birth.as_deref().unwrap_or(""),
            number("nif"),
            number("niss"),
            number("sns"),
            number("nic")
        );
    }
    out
}
