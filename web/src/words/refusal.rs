//! What is wrong with a value, said so that it can be mended at once.

use vereda_sync::catalogue::{Field, Kind};
use vereda_sync::check::Refusal;

use super::count;

/// One or two short sentences to stand at the field. `typed` is what was
/// written, to say what was counted in it.
#[must_use]
pub fn say(field: &Field, refusal: &Refusal, typed: &str) -> String {
    let label = field.label.pt();
    match refusal {
        Refusal::Missing => match field.kind {
            Kind::Choice | Kind::YesNo | Kind::Choices => format!("Escolha uma opção em «{label}»."),
            Kind::Photos => format!("Junte pelo menos uma fotografia em «{label}»."),
            Kind::Consent => format!("Falta o acordo: «{label}». Leia a frase com o cidadão e marque se concordar."),
            Kind::Position => "Indique a posição: use a deste computador ou escreva as coordenadas.".to_owned(),
            _ => format!("Escreva «{label}»."),
        },
        Refusal::Digits { expected, found } => {
            let other = typed.chars().filter(|c| c.is_alphabetic()).count();
            let name = name(field.kind);
            if other > 0 {
                format!("{name} só tem algarismos ({expected}); escreveu também letras.")
            } else {
                format!("{name} tem {expected} algarismos; escreveu {found}.")
            }
        }
        Refusal::CheckDigit => format!(
            "Os algarismos de controlo não batem certo: confirme {} com o documento, número a número.",
            name(field.kind).to_lowercase_first()
        ),
        Refusal::Form { example } if field.kind == Kind::PostalCode && !field.rules.portugal && example == "8550-000" => {
            "Escreva como neste exemplo: 8550-000, ou com o país: BR 01310-100.".to_owned()
        }
        Refusal::Form { example } => format!("Escreva como neste exemplo: {example}."),
        Refusal::NoSuchDate => "Esta data não existe no calendário: confirme o dia e o mês.".to_owned(),
        Refusal::Future => "Esta data ainda não chegou: confirme o ano.".to_owned(),
        Refusal::Early { first } => format!("Tem de ser em {} ou depois: confirme se a data está certa.", on(first)),
        Refusal::Late { last } => format!("Tem de ser até {}: confirme se a data está certa.", on(last)),
        Refusal::TooSmall { min } => format!("Tem de ser pelo menos {min}."),
        Refusal::TooLarge { max } => format!("Pode ser no máximo {max}."),
        Refusal::TooShort { min } => format!("É curto de mais: escreva pelo menos {min} caracteres."),
        Refusal::Country => {
            "Só são pagas contas da zona SEPA. O IBAN começa pelas letras do país, por exemplo PT50.".to_owned()
        }
        Refusal::TooLong { max } => format!(
            "É longo de mais: cabem {max} caracteres; escreveu {}. Deixe aqui o essencial e ponha o resto numa nota.",
            typed.chars().count()
        ),
        Refusal::NoSuchOption => "Escolha uma das opções da lista.".to_owned(),
        Refusal::NotAgreed => {
            "Sem este acordo o pedido não pode seguir. Leia a frase com o cidadão e marque se concordar.".to_owned()
        }
        Refusal::TooFew { at_least } => format!(
            "São precisas pelo menos {}.",
            count(u64::from(*at_least), "fotografia", "fotografias").replace("1 fotografia", "uma fotografia")
        ),
    }
}

/// A day as people write it.
fn on(iso: &str) -> String {
    super::date(iso).unwrap_or_else(|| iso.to_owned())
}

fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Nif => "O NIF",
        Kind::Niss => "O NISS",
        Kind::Sns => "O número de utente",
        Kind::Nic => "O número de identificação civil",
        Kind::DocumentNumber => "O número do documento",
        Kind::Iban => "O IBAN",
        Kind::Phone => "O telefone",
        _ => "O número",
    }
}

trait LowercaseFirst {
    fn to_lowercase_first(&self) -> String;
}

impl LowercaseFirst for &str {
    fn to_lowercase_first(&self) -> String {
        let mut chars = self.chars();
        chars.next().map_or_else(String::new, |first| {
            first.to_lowercase().chain(chars).collect()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vereda_sync::catalogue::Words;

    #[test]
    fn a_refusal_names_the_fix() {
        let nif = Field::new("nif", Words::from([("pt", "NIF")]), Kind::Nif);
        assert_eq!(
            say(
                &nif,
                &Refusal::Digits {
                    expected: 9,
                    found: 8
                },
                "12345678"
            ),
            "O NIF tem 9 algarismos; escreveu 8."
        );
        assert_eq!(
            say(&nif, &Refusal::CheckDigit, "123456780"),
            "Os algarismos de controlo não batem certo: confirme o NIF com o documento, número a número."
        );
    }
}
