//! How values, numbers and states are said. The same words on screen and paper.

use vereda_sync::answer::Provenance;
use vereda_sync::catalogue::{Field, Kind, Words};
use vereda_sync::record::Life;
use vereda_sync::record::outcome::FIELD;
use vereda_sync::record::papers::{Said, of_field};
use vereda_sync::record::request::Owed;
use vereda_sync::record::till::How;
use vereda_sync::record::voice;

use crate::desk::port::{Payment, SignInRefusal};
use crate::texts::{PORTUGUESE, Texts};

pub mod outcome;
pub mod refusal;
pub mod reserved;
pub mod time;

/// What the citizen is still to bring or to get, in a few words.
pub(crate) fn owed(owed: Owed) -> Option<String> {
    let all = [
        (owed.paper, "um documento"),
        (owed.proof, "provar quem é"),
        (owed.hour, "a marcação"),
        (owed.reference, "a referência para pagar"),
    ];
    let mut all: Vec<&str> = all
        .into_iter()
        .filter(|(is, _)| *is)
        .map(|(_, w)| w)
        .collect();
    let last = all.pop()?;
    Some(match all.is_empty() {
        true => format!("falta {last}"),
        false => format!("falta {} e {last}", all.join(", ")),
    })
}

/// How far a request is.
#[must_use]
pub fn life(life: Life) -> &'static str {
    match life {
        Life::Draft => "rascunho",
        Life::Recorded => "registado (provisório)",
        Life::Received => "recebido pela central",
        Life::Forwarded => "enviado à entidade",
        Life::Accepted => "aceite",
        Life::Returned => "devolvido",
        Life::Refused => "recusado",
        Life::Completed => "concluído",
        Life::Withdrawn => "retirado",
    }
}

/// The mark of a field: how its value is known.
#[must_use]
pub fn provenance(provenance: Provenance) -> &'static str {
    match provenance {
        Provenance::Chip => "do cartão",
        Provenance::Typed => "escrito",
        Provenance::Citizen => "escrito pelo cidadão",
        Provenance::Scanned => "digitalizado",
        Provenance::Copied => "copiado",
        Provenance::Decided => "decidido pela central",
    }
}

/// Why somebody could not show who they are, and what to do.
#[must_use]
pub fn sign_in(refusal: &SignInRefusal) -> String {
    match refusal {
        SignInRefusal::WrongPin { tries_left: 1 } => {
            "O PIN não está certo. Falta uma tentativa; depois a entrada fecha por uns minutos."
                .to_owned()
        }
        SignInRefusal::WrongPin { tries_left } => {
            format!("O PIN não está certo. Pode tentar mais {tries_left} vezes.")
        }
        SignInRefusal::Locked { minutes } => format!(
            "Houve PINs errados a mais. A entrada abre de novo daqui a {minutes} min. Se esqueceu o PIN, peça outro à administração."
        ),
        SignInRefusal::ListOver => "A lista de quem pode entrar aqui chegou ao fim sem o posto falar com a central. Ligue-o à rede: a lista nova vem sozinha, em menos de um minuto. Quem já tinha entrado continua, e nada do que está guardado se perde."
            .to_owned(),
        SignInRefusal::Unknown => {
            "Este nome já não está na lista deste posto. Escolha outro ou fale com a administração."
                .to_owned()
        }
        SignInRefusal::OwnPinFirst => {
            "Esse PIN é de uma só vez: entre primeiro com ele e escolha o seu.".to_owned()
        }
        SignInRefusal::OnceOver => {
            "O PIN de uma só vez já passou do prazo. Peça outro à administração.".to_owned()
        }
        SignInRefusal::Unavailable(reference) => format!(
            "O posto não consegue abrir os seus dados. Espere um pouco e tente de novo; se continuar, ligue ao apoio e diga a referência {reference}."
        ),
    }
}

/// `5,00 €`, or `grátis`.
#[must_use]
pub fn fee(cents: u32) -> String {
    Texts::of(PORTUGUESE).fee(cents)
}

/// What it costs, or why nothing is paid.
#[must_use]
pub fn cost(cents: u32, exempt: Option<&Words>) -> String {
    match exempt {
        Some(reason) => format!("{} · isento: {}", euros(u64::from(cents)), reason.pt()),
        None => fee(cents),
    }
}

/// How a fee stands: whether it is paid, and under which number that can be looked up.
#[must_use]
pub fn payment(fee_cents: u32, payment: &Payment) -> String {
    let fee = fee(fee_cents);
    match payment {
        Payment::Free => fee,
        Payment::Due => format!("{fee}, por pagar"),
        Payment::Later(value) => format!(
            "{fee}, por pagar por referência: {}",
            reserved::value(value)
        ),
        Payment::Awaited => format!("{fee}, por pagar; a referência segue depois"),
        Payment::Settled { movement, .. } => match movement.how {
            How::Exempt => format!(
                "{fee}, não cobrados: {} (movimento {}, {})",
                movement.reason, movement.n, movement.code
            ),
            how => format!(
                "{fee}, pagos {} (movimento {}, {})",
                paid_how(how),
                movement.n,
                movement.code
            ),
        },
    }
}

/// How something was paid, within a sentence.
#[must_use]
pub fn paid_how(how: How) -> &'static str {
    match how {
        How::Cash => "em numerário",
        How::Terminal => "por multibanco",
        How::Exempt => "não cobrado",
    }
}

/// `−1,00 €`, `0,50 €`: a sum that can be owed.
#[must_use]
pub fn balance(cents: i64) -> String {
    let sign = if cents < 0 { "−" } else { "" };
    format!("{sign}{}", euros(cents.unsigned_abs()))
}

/// `−1,00 €`, `+0,50 €`, `0,00 €`: a difference.
#[must_use]
pub fn difference(cents: i64) -> String {
    let sign = if cents > 0 { "+" } else { "" };
    format!("{sign}{}", balance(cents))
}

/// `1 250,50 €`; thousands stand apart by a no-break space.
#[must_use]
pub fn euros(cents: u64) -> String {
    Texts::of(PORTUGUESE).money(cents)
}

/// `1 número`, `3 números`.
#[must_use]
pub fn count(n: u64, one: &str, many: &str) -> String {
    if n == 1 {
        format!("1 {one}")
    } else {
        format!("{} {many}", in_threes(&n.to_string()))
    }
}

/// A size in bytes: `840 kB`, `3,2 MB`.
#[must_use]
pub fn size(bytes: u64) -> String {
    if bytes < 1_000_000 {
        format!("{} kB", bytes.div_ceil(1000))
    } else {
        format!("{},{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000)
    }
}

/// A canonical value as people read it; dates in figures, as on paper and card.
#[must_use]
pub fn shown(field: &Field, value: &str, lang: &str) -> String {
    if field.kind == Kind::Money
        && let Some((whole, cents)) = value.split_once('.')
        && cents.len() == 2
        && let Ok(cents) = format!("{whole}{cents}").parse::<u64>()
    {
        return Texts::of(lang).money(cents);
    }
    typed(field, value, lang)
}

/// A draft value as people read it: what was typed stays as it was typed, except
/// what nobody types (choices, photographs) and numbers that are complete.
#[must_use]
pub fn typed(field: &Field, value: &str, lang: &str) -> String {
    if of_field(&field.id).is_some() {
        return paper(value);
    }
    if field.id == FIELD {
        return outcome::shown(value, lang);
    }
    let all_digits = |n| value.len() == n && value.bytes().all(|b| b.is_ascii_digit());
    let t = Texts::of(lang);
    match field.kind {
        Kind::Date => date(value).unwrap_or_else(|| value.to_owned()),
        Kind::Nif | Kind::Sns | Kind::Phone if all_digits(9) => in_groups(value, 3),
        Kind::Niss if all_digits(11) => in_groups(value, 3),
        Kind::Nic if all_digits(8) => in_threes(value),
        Kind::Iban if value.len() > 14 && value.bytes().all(|b| b.is_ascii_alphanumeric()) => {
            in_groups(value, 4)
        }
        Kind::Choice => field
            .options
            .iter()
            .find(|o| o.id == value)
            .map_or_else(|| value.to_owned(), |o| o.label.get(lang).to_owned()),
        Kind::Choices => {
            let chosen = |id: &str| field.options.iter().find(|o| o.id == id);
            let labels = value
                .split(' ')
                .map(|id| chosen(id).map_or(id, |o| o.label.get(lang)));
            labels.collect::<Vec<_>>().join(", ")
        }
        Kind::YesNo if value == "no" => t.say("no"),
        Kind::Consent | Kind::YesNo if value == "yes" => t.say("yes"),
        Kind::Photos => match voice::photographs(value) {
            0 => String::new(),
            n => t.say_of("photographs", "count", n),
        },
        Kind::Position => position(value).unwrap_or_else(|| value.to_owned()),
        _ => value.to_owned(),
    }
}

/// The beginning of a text, a line at most; what is left out is marked.
pub(crate) fn beginning(text: &str) -> String {
    const LONGEST: usize = 80;
    let first = text.trim().lines().next().unwrap_or("").trim();
    let cut = first.char_indices().nth(LONGEST).map(|(end, _)| end);
    let line = first[..cut.unwrap_or(first.len())].trim_end();
    match cut.is_some() || first.len() < text.trim().len() {
        true => format!("{line} …"),
        false => line.to_owned(),
    }
}

/// What was said of a paper.
fn paper(value: &str) -> String {
    match Said::parse(value) {
        Some(Said::Seen) => "visto".to_owned(),
        Some(Said::Owed(why)) => format!("falta: {why}; entrega depois"),
        Some(Said::Nothing) => "por ver".to_owned(),
        None => value.to_owned(),
    }
}

/// A day in figures; what is no day stays as it is.
#[must_use]
pub fn day(iso: &str) -> String {
    date(iso).unwrap_or_else(|| iso.to_owned())
}

/// `••• 4 821`: the last four of a number, on a screen that others may see.
#[must_use]
pub fn masked(value: &str) -> String {
    let plain: Vec<char> = value.chars().filter(|c| c.is_alphanumeric()).collect();
    match plain.len() {
        0 => String::new(),
        1..=4 => "•".repeat(plain.len()),
        n => {
            let last: String = plain[n - 4..].iter().collect();
            format!(
                "•••\u{a0}{}\u{a0}{}",
                &last[..last.char_indices().nth(1).map_or(0, |(i, _)| i)],
                last.chars().skip(1).collect::<String>()
            )
        }
    }
}

/// `2024-02-29` as `29/02/2024`.
pub(crate) fn date(value: &str) -> Option<String> {
    let b = value.as_bytes();
    let iso = b.len() == 10
        && b[4] == b'-'
        && b[7] == b'-'
        && b.iter()
            .enumerate()
            .all(|(i, c)| i == 4 || i == 7 || c.is_ascii_digit());
    iso.then(|| format!("{}/{}/{}", &value[8..10], &value[5..7], &value[..4]))
}

fn position(value: &str) -> Option<String> {
    let mut parts = value.split(',').map(str::trim);
    let (lat, lon) = (parts.next()?, parts.next()?);
    Some(match parts.next().and_then(|a| a.parse::<f64>().ok()) {
        Some(metres) => format!("{lat}, {lon} (± {metres:.0} m)"),
        None => format!("{lat}, {lon}"),
    })
}

fn in_groups(value: &str, of: usize) -> String {
    value
        .as_bytes()
        .chunks(of)
        .map(|group| String::from_utf8_lossy(group).into_owned())
        .collect::<Vec<_>>()
        .join("\u{a0}")
}

fn in_threes(digits: &str) -> String {
    let head = digits.len() % 3;
    let (first, rest) = digits.split_at(head);
    match (first, rest) {
        ("", rest) => in_groups(rest, 3),
        (first, "") => first.to_owned(),
        (first, rest) => format!("{first}\u{a0}{}", in_groups(rest, 3)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(kind: Kind) -> Field {
        Field::new("x", Words::default(), kind)
    }

    #[test]
    fn values_are_grouped_for_reading() {
        for (kind, value, read) in [
            (Kind::Nif, "123456789", "123 456 789"),
            (Kind::Nif, "12345", "12345"),
            (
                Kind::Iban,
                "PT50000201231234567890154",
                "PT50 0002 0123 1234 5678 9015 4",
            ),
            (Kind::Date, "2024-02-29", "29/02/2024"),
            (Kind::Date, "29/2/24", "29/2/24"),
            (Kind::Money, "1250.50", "1 250,50 €"),
            (Kind::Money, "1250000.50", "1 250 000,50 €"),
            (
                Kind::Position,
                "37.3192,-8.5556,12",
                "37.3192, -8.5556 (± 12 m)",
            ),
            (Kind::Photos, "aa bb", "2 fotografias"),
        ] {
            assert_eq!(
                shown(&field(kind), value, "pt").replace('\u{a0}', " "),
                read
            );
        }
        assert_eq!(fee(0), "grátis");
        assert_eq!(fee(500), "5,00\u{a0}€");
        assert_eq!(size(3_240_000), "3,2 MB");
    }

    #[test]
    fn a_masked_number_shows_its_last_four() {
        assert_eq!(masked("123 454 821").replace('\u{a0}', " "), "••• 4 821");
        assert_eq!(masked("12"), "••");
        assert_eq!(masked("ççççé").replace('\u{a0}', " "), "••• ç ççé");
    }
}
