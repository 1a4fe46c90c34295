//! Invented people and what they answer, from a seed. Numbers pass their checks;
//! NIF, NISS and SNS lie in the series that the demonstration uses.

use std::collections::BTreeMap;

use vereda_sync::answer::{Answer, Provenance};

/// A generator that needs nobody: splitmix64.
#[derive(Debug, Clone)]
pub struct Seeded(u64);

impl Seeded {
    /// The same seed gives the same values.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Less than `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.draw() % end.max(1)
    }

    /// One of them.
    pub fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        let at = self.below(of.len() as u64);
        usize::try_from(at)
            .ok()
            .and_then(|at| of.get(at))
            .copied()
            .unwrap_or_default()
    }

    /// So many digits.
    pub fn digits(&mut self, count: usize) -> String {
        (0..count)
            .map(|_| char::from(b'0' + u8::try_from(self.below(10)).unwrap_or(0)))
            .collect()
    }
}

const GIVEN: &[&str] = &[
    "Maria",
    "João",
    "António",
    "Inês",
    "Manuel",
    "Conceição",
    "José",
    "Deolinda",
    "Aníbal",
    "Francisco",
    "Guilhermina",
    "Rui",
    "Graça",
    "Sérgio",
    "Lurdes",
    "Célia",
    "Joaquim",
    "Mónica",
    "Fernanda",
    "Silvério",
    "Perpétua",
    "Vítor",
    "Rosário",
    "Custódia",
];
const MIDDLE: &[&str] = &[
    "do Carmo",
    "da Luz",
    "das Dores",
    "de Jesus",
    "Sofia",
    "Luís",
    "dos Anjos",
    "da Conceição",
    "José",
    "de Fátima",
];
const FAMILY: &[&str] = &[
    "Encarnação",
    "Peixeiro",
    "Rebocho",
    "Gonçalves",
    "Duarte",
    "Nunes",
    "Caçador",
    "Patrão",
    "Galhofas",
    "Marreiros",
    "Furtado",
    "Simões",
    "Varela",
    "Serrão",
    "Águas",
    "Inácio",
    "Bandarra",
    "Calapez",
    "Mendonça",
    "Reis",
];
const STREETS: &[&str] = &[
    "Rua da Fonte",
    "Largo da Igreja",
    "Caminho do Poço Velho",
    "Estrada da Fóia",
    "Travessa do Forno",
    "Sítio das Corchas",
    "Rua do Porto Fundo",
];
const PLACES: &[&str] = &[
    "Monchique",
    "Alferce",
    "Marmelete",
    "Casais",
    "Caldas de Monchique",
];
const DAMAGE: &[&str] = &[
    "O fogo levou o telhado da cozinha e as duas janelas do lado da serra.",
    "Entrou água pela parede norte; o chão de madeira dos quartos levantou todo.",
    "Ardeu o barracão com a lenha e a alfaia, e o calor rachou os vidros da sala.",
    "O vento arrancou as telhas e a chuva estragou o teto e a instalação elétrica.",
];

/// Somebody invented, with what they would answer.
#[derive(Debug, Clone)]
pub struct Person {
    /// Their name.
    pub name: String,
    /// Answers by field of the identity and of the housing aid.
    pub answers: BTreeMap<String, String>,
}

impl Person {
    /// The next person of the seed.
    pub fn draw(seed: &mut Seeded) -> Self {
        let name = [
            seed.one(GIVEN),
            seed.one(MIDDLE),
            seed.one(FAMILY),
            seed.one(FAMILY),
        ]
        .join(" ");
        let insured = seed.below(2) == 0;
        let mut said: Vec<(&str, String)> = vec![
            ("full-name", name.clone()),
            (
                "birth-date",
                format!(
                    "19{}-0{}-1{}",
                    30 + seed.below(70),
                    1 + seed.below(9),
                    seed.below(10)
                ),
            ),
            ("nic", seed.digits(8)),
            ("nif", modulo11(&format!("1999{}", seed.digits(4)))),
            ("niss", niss(&format!("1999{}", seed.digits(6)))),
            ("sns", format!("1999{}", seed.digits(5))),
            ("nationality", "PRT".into()),
            ("phone", format!("9{}{}", 1 + seed.below(3), seed.digits(7))),
            ("email", format!("pessoa{}@example.pt", seed.digits(5))),
            ("tenure", "owner".into()),
            (
                "article",
                format!("{}-{}", seed.digits(4), seed.one(&["A", "B", "C"])),
            ),
            (
                "address",
                format!("{}, {}", seed.one(STREETS), 1 + seed.below(90)),
            ),
            ("postal-code", format!("8550-{}", seed.digits(3))),
            ("locality", seed.one(PLACES).to_owned()),
            (
                "position",
                format!(
                    "37.3{},-8.5{},{}",
                    seed.digits(5),
                    seed.digits(5),
                    3 + seed.below(30)
                ),
            ),
            (
                "event-date",
                format!("2026-0{}-1{}", 6 + seed.below(3), seed.below(10)),
            ),
            ("damage", seed.one(DAMAGE).to_owned()),
            ("habitable", seed.one(&["yes", "partly", "no"]).to_owned()),
            ("insured", if insured { "yes" } else { "no" }.to_owned()),
            ("quote", format!("{}.00", 800 + seed.below(4_000))),
            ("iban", iban(&seed.digits(19))),
            ("truth", "yes".into()),
            ("visit", "yes".into()),
        ];
        if insured {
            said.push(("policy", format!("AP-{}", seed.digits(8))));
            said.push(("claim", format!("S{}", seed.digits(7))));
            said.push(("share-insurer", "yes".into()));
        }
        Self {
            name,
            answers: said.into_iter().map(|(k, v)| (k.to_owned(), v)).collect(),
        }
    }

    /// The answers to these fields, as a record takes them.
    #[must_use]
    pub fn typed(&self, fields: &[&str]) -> BTreeMap<String, Answer> {
        let answered = fields
            .iter()
            .filter_map(|f| Some((*f, self.answers.get(*f)?.clone())));
        answered
            .map(|(field, value)| {
                let provenance = Provenance::Typed;
                (field.to_owned(), Answer { value, provenance })
            })
            .collect()
    }
}

/// Eight digits and their check digit: weights 9 to 2, modulo 11.
fn modulo11(first8: &str) -> String {
    let sum: u32 = first8
        .bytes()
        .zip((2..=9).rev())
        .map(|(d, weight)| u32::from(d - b'0') * weight)
        .sum();
    let check = if sum % 11 < 2 { 0 } else { 11 - sum % 11 };
    format!("{first8}{check}")
}

fn niss(first10: &str) -> String {
    const WEIGHTS: [u32; 10] = [29, 23, 19, 17, 13, 11, 7, 5, 3, 2];
    let sum: u32 = first10
        .bytes()
        .zip(WEIGHTS)
        .map(|(d, weight)| u32::from(d - b'0') * weight)
        .sum();
    format!("{first10}{}", 9 - sum % 10)
}

/// A Portuguese account: its own check digits make the IBAN's always 50.
fn iban(first19: &str) -> String {
    let remainder = format!("{first19}00")
        .bytes()
        .fold(0, |r, d| (r * 10 + u32::from(d - b'0')) % 97);
    format!("PT50{first19}{:02}", 98 - remainder)
}

#[cfg(test)]
mod tests {
    use super::*;
    use vereda_sync::check;

    #[test]
    fn numbers_pass_their_checks_and_a_seed_repeats() {
        let (mut a, mut b) = (Seeded::new(7), Seeded::new(7));
        for _ in 0..500 {
            let person = Person::draw(&mut a);
            assert_eq!(person.answers, Person::draw(&mut b).answers);
            check::nif(&person.answers["nif"]).unwrap();
            check::niss(&person.answers["niss"]).unwrap();
            check::iban(&person.answers["iban"]).unwrap();
        }
    }
}
