//! Invented people and what they answer, from a seed. Numbers pass their checks;
//! NIF, NISS and SNS lie in the series that the demonstration uses.

use std::collections::BTreeMap;

use vereda_sync::answer::{Answer, Provenance};

/// A generator that needs nobody: splitmix64. It counts what its choices say: the bits that
/// nobody could do without who knew everything else of how they are made.
#[derive(Debug, Clone)]
pub struct Seeded {
    state: u64,
    bits: f64,
}

impl Seeded {
    /// The same seed gives the same values.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            state: seed,
            bits: 0.0,
        }
    }

    /// The bits of all choices so far.
    #[must_use]
    pub fn bits(&self) -> f64 {
        self.bits
    }

    /// The next 64 bits.
    pub fn draw(&mut self) -> u64 {
        self.bits += 64.0;
        self.next()
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Less than `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        let end = end.max(1);
        #[expect(clippy::cast_precision_loss, reason = "a count of bits, not a key")]
        let many = end as f64;
        self.bits += many.log2();
        self.next() % end
    }

    /// Yes, once in so many times.
    pub fn once_in(&mut self, times: u64) -> bool {
        let times = times.max(1);
        let yes = self.next().is_multiple_of(times);
        #[expect(clippy::cast_precision_loss, reason = "a count of bits, not a key")]
        let probability = if yes { 1.0 } else { (times - 1) as f64 } / times as f64;
        self.bits -= probability.log2();
        yes
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
    "Ana",
    "Carlos",
    "Otília",
    "Adelino",
    "Patrícia",
    "Hélder",
    "Natércia",
    "Luís",
    "Ermelinda",
    "Tomás",
    "Beatriz",
    "Eugénio",
    "Leonor",
    "Gastão",
    "Ilda",
    "Zulmira",
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
    "dos Santos",
    "do Rosário",
    "da Assunção",
    "Alexandra",
    "Miguel",
    "Manuel",
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
    "da Silva",
    "dos Santos",
    "e Sousa",
    "Glória",
    "Guerreiro",
    "Viegas",
    "do Nascimento",
    "Cabrita",
    "Baptista",
    "Correia",
    "de Brito",
    "Jacinto",
    "Conceição",
    "Romão",
    "Valério",
    "Lourenço",
    "Mestre",
    "Bárbara",
    "Assunção",
    "Palma",
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
const WHAT: &[&str] = &[
    "O fogo levou",
    "Ardeu",
    "O vento arrancou",
    "A chuva estragou",
    "Entrou água e levantou",
    "Caiu uma árvore sobre",
    "O calor rachou",
    "A enxurrada derrubou",
];
const THING: &[&str] = &[
    "o telhado da cozinha",
    "as duas janelas do lado da serra",
    "o chão de madeira dos quartos",
    "o barracão com a lenha e a alfaia",
    "os vidros da sala",
    "a instalação elétrica",
    "o muro do quintal",
    "a parede norte",
    "as portadas",
    "o depósito da água",
    "a chaminé e parte do forno",
    "o teto da casa de banho",
];
const AFTER: &[&str] = &[
    "",
    " Está tapado com um oleado.",
    " Os bombeiros já lá foram.",
    " Dorme em casa da filha.",
    " Não há luz desde esse dia.",
    " O pedreiro vem na próxima semana.",
];
const NOTES: &[&str] = &[
    "Falta a caderneta predial; traz na",
    "Confirmar o NIB com o banco na",
    "Quer ser contactado pelo telefone da nora, depois de",
    "Não ouve bem: falar devagar. Volta na",
    "A fotografia ficou tremida; repetir na",
    "Espera orçamento do carpinteiro até",
];
const DAYS: &[&str] = &[
    "segunda-feira",
    "terça-feira",
    "quarta-feira",
    "quinta-feira",
    "sexta-feira",
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
        let insured = seed.once_in(2);
        let tenant = seed.once_in(4);
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
            ("phone", phone(seed)),
            ("email", format!("pessoa{}@example.pt", seed.digits(5))),
            ("tenure", if tenant { "tenant" } else { "owner" }.to_owned()),
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
            ("damage", damage(seed)),
            ("habitable", seed.one(&["yes", "partly", "no"]).to_owned()),
            ("insured", if insured { "yes" } else { "no" }.to_owned()),
            ("quote", format!("{}.00", 800 + seed.below(4_000))),
            ("iban", iban(&seed.digits(19))),
            ("truth", "yes".into()),
            ("visit", "yes".into()),
        ];
        said.push(match tenant {
            true => ("lease", format!("{}/20{}", seed.digits(3), seed.digits(2))),
            false => {
                let letter = seed.one(&["A", "B", "C"]);
                ("article", format!("{}-{letter}", seed.digits(4)))
            }
        });
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

/// What was damaged, in a sentence or two.
fn damage(seed: &mut Seeded) -> String {
    let (what, first, second) = (seed.one(WHAT), seed.one(THING), seed.one(THING));
    format!("{what} {first} e {second}.{}", seed.one(AFTER))
}

/// A mobile telephone's number.
pub fn phone(seed: &mut Seeded) -> String {
    format!("9{}{}", 1 + seed.below(3), seed.digits(7))
}

/// What a mediator notes about a request.
pub fn note(seed: &mut Seeded) -> String {
    format!("{} {}.", seed.one(NOTES), seed.one(DAYS))
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
            assert_eq!(a.bits().to_bits(), b.bits().to_bits());
            check::nif(&person.answers["nif"]).unwrap();
            check::niss(&person.answers["niss"]).unwrap();
            check::iban(&person.answers["iban"]).unwrap();
        }
    }

    #[test]
    fn choices_are_counted_in_bits() {
        let mut seed = Seeded::new(3);
        seed.below(8);
        seed.digits(3);
        assert!((seed.bits() - 3.0 - 1000_f64.log2()).abs() < 1e-9);
        // Once in sixteen times says a third of a bit on average.
        let mut seed = Seeded::new(4);
        let yes = (0..10_000).filter(|_| seed.once_in(16)).count();
        assert!((500..750).contains(&yes), "{yes}");
        assert!((seed.bits() / 10_000.0 - 0.337).abs() < 0.03);
        seed.draw();
        assert!(seed.bits() > 64.0);
    }
}
