//! Values that agencies give out one by one, in Portuguese words.

use vereda_sync::catalogue::Scarce;
use vereda_sync::record::lease::{Reserved, Value, Wrong};

use super::{count, day};
use crate::place::{self, Zone};
use crate::words::euros;

/// A kind of value, of several.
#[must_use]
pub fn scarce(scarce: Scarce) -> &'static str {
    match scarce {
        Scarce::PaymentReference => "referências de pagamento",
        Scarce::Appointment => "marcações",
    }
}

/// So many of a kind of value.
#[must_use]
pub fn so_many(n: u64, scarce: Scarce) -> String {
    match scarce {
        Scarce::PaymentReference => count(n, "referência de pagamento", "referências de pagamento"),
        Scarce::Appointment => count(n, "marcação", "marcações"),
    }
}

/// `123 456 789`.
#[must_use]
pub fn in_threes(digits: &str) -> String {
    let digits: Vec<char> = digits.chars().collect();
    let threes = digits.chunks(3).map(|three| three.iter().collect());
    threes.collect::<Vec<String>>().join(" ")
}

/// A value as people read it.
#[must_use]
pub fn value(value: &Value) -> String {
    match value {
        Value::Reference {
            entity,
            reference,
            cents,
            until,
        } => {
            let sum = cents.map_or_else(String::new, |c| format!(", {}", euros(c)));
            format!(
                "entidade {entity}, referência {}{sum}, até {}",
                in_threes(reference),
                day(&until.to_string())
            )
        }
        Value::Slot {
            place: at,
            day: on,
            hour,
        } => {
            // The counters are in Portugal, wherever this is read.
            let clock = match place::here() {
                Zone::LISBON => String::new(),
                _ => format!(" hora {}", Zone::LISBON.of()),
            };
            format!("{}, às {hour}{clock}, {at}", day(&on.to_string()))
        }
    }
}

/// How a request stands with a kind of value; `None` when nothing was said of it.
#[must_use]
pub fn reserved(scarce: Scarce, reserved: &Reserved) -> Option<String> {
    Some(match (scarce, reserved) {
        (_, Reserved::No) => return None,
        (Scarce::PaymentReference, Reserved::Has(it)) => {
            format!("Por pagar por referência: {}.", value(it))
        }
        (Scarce::PaymentReference, Reserved::Owed) => {
            "Falta a referência para pagar: não havia nenhuma neste posto.".to_owned()
        }
        (Scarce::Appointment, Reserved::Has(it)) => format!("Marcação: {}.", value(it)),
        (Scarce::Appointment, Reserved::Owed) => {
            "Falta a marcação: não foi escolhida nenhuma hora.".to_owned()
        }
    })
}

/// What is wrong with a line of a list, and what to do.
#[must_use]
pub fn wrong(wrong: Wrong, scarce: Scarce) -> String {
    match wrong {
        Wrong::Parts => match scarce {
            Scarce::PaymentReference => {
                "precisa de quatro partes: entidade; referência; importância (vazia serve para qualquer); validade.".into()
            }
            Scarce::Appointment => "precisa de três partes: local; dia; hora.".into(),
        },
        Wrong::Entity => "a entidade tem cinco algarismos.".into(),
        Wrong::Reference => "a referência tem nove algarismos.".into(),
        Wrong::Sum => "a importância escreve-se como 18,00, ou fica vazia.".into(),
        Wrong::Day => "o dia escreve-se ano-mês-dia, como 2026-12-31.".into(),
        Wrong::Hour => "a hora escreve-se com dois algarismos de cada lado, como 09:30.".into(),
        Wrong::Place => "falta o local, ou o nome é longo de mais.".into(),
        Wrong::Past => "já passou.".into(),
        Wrong::Twice(first) => format!("é igual à linha {first}."),
        Wrong::Known => "já tinha sido dada à central.".into(),
    }
}
