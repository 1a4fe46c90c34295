//! Somebody chooses their PIN: whoever comes with one of one use before anything else, everybody else when they like. The
//! same page at a desk and at the console; it works without a network and without a session.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use serde::Deserialize;

use crate::desk::port::{Person, SignInRefusal};
use crate::gate::get;
use crate::layout::{Surface, document, key};
use crate::words;

/// Where it is.
pub(crate) const PATH: &str = "/entrar/pin";

/// People choose their PINs.
pub trait OwnPin {
    /// In place of the PIN that somebody shows stands another from now on; gives the token of a session. `desk`: at which
    /// one, empty for the node's own; `pins`: theirs, and the new one.
    ///
    /// # Errors
    /// Why not; then nothing was changed.
    fn change_pin(
        &self,
        desk: &str,
        person: &str,
        pins: (&str, &str),
    ) -> Result<String, PinRefusal>;
}

/// Why a PIN was not changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PinRefusal {
    /// Who asks did not show who they are.
    SignIn(SignInRefusal),
    /// Somebody would try it first; why, in Portuguese.
    Weak(&'static str),
    /// They have it, or had it lately.
    Used,
    /// It opens the console as well, and is changed there.
    AtTheHub,
    /// What was typed twice is not the same.
    Differ,
}

impl From<SignInRefusal> for PinRefusal {
    fn from(why: SignInRefusal) -> Self {
        Self::SignIn(why)
    }
}

impl PinRefusal {
    /// In words, with what to do.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::SignIn(why) => words::sign_in(why),
            Self::Weak(why) => format!("Escolha outro. {why}"),
            Self::Used => {
                "Esse já foi seu há pouco tempo. Escolha um que ainda não tenha usado.".into()
            }
            Self::AtTheHub => {
                "O seu PIN também abre a consola da central: mude-o lá. Aqui passa a valer logo que o posto fale com a central."
                    .into()
            }
            Self::Differ => "O PIN novo não é igual das duas vezes. Escreva-o outra vez.".into(),
        }
    }
}

/// Whose it is, as the address says.
#[derive(Default, Deserialize)]
pub(crate) struct Whose {
    #[serde(default)]
    pub(crate) pessoa: String,
}

/// What was posted.
pub(crate) struct Typed {
    pub(crate) person: String,
    pub(crate) pin: String,
    pub(crate) new: String,
    again: String,
}

impl Typed {
    pub(crate) fn of(fields: &[(String, String)]) -> Self {
        let own = |name| get(fields, name).trim().to_owned();
        Self {
            person: own("pessoa"),
            pin: get(fields, "pin").to_owned(),
            new: own("novo"),
            again: own("de-novo"),
        }
    }

    /// The two, when the new one was typed the same twice.
    pub(crate) fn pins(&self) -> Result<(&str, &str), PinRefusal> {
        match self.new == self.again {
            true => Ok((&self.pin, &self.new)),
            false => Err(PinRefusal::Differ),
        }
    }
}

/// What the page shows.
pub(crate) struct OwnPinPage<'a> {
    pub(crate) place: &'a str,
    pub(crate) people: &'a [Person],
    /// Who it is, when that is known.
    pub(crate) chosen: Option<&'a str>,
    /// They came with a PIN of one use.
    pub(crate) is_first: bool,
    pub(crate) refusal: Option<&'a PinRefusal>,
    /// Whom to ask for another one, by name; where that is known.
    pub(crate) ask: &'a [String],
}

impl OwnPinPage<'_> {
    pub(crate) fn response(&self, surface: &Surface) -> Response {
        let status = match self.refusal {
            None => StatusCode::OK,
            Some(PinRefusal::SignIn(SignInRefusal::Unavailable(_))) => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        };
        (status, self.page(surface)).into_response()
    }

    pub(crate) fn page(&self, surface: &Surface) -> Markup {
        let title = match self.refusal {
            Some(_) => "Erro: O meu PIN — Vereda",
            None => "O meu PIN — Vereda",
        };
        let known = self
            .chosen
            .and_then(|id| self.people.iter().find(|person| person.id == id));
        let wrong = self.refusal.map(|_| "erro");
        let body = html! {
            main.sign-in #conteudo {
                p.place { (self.place) }
                h1 { @if self.is_first { "Escolha o seu PIN" } @else { "Mudar o meu PIN" } }
                @if self.is_first {
                    p { "O PIN que recebeu serve só para isto. Escolha um que só você conheça; entra logo a seguir." }
                }
                @if let Some(refusal) = self.refusal {
                    div.alert #erro role="alert" tabindex="-1" data-takes-focus { p { (refusal.words()) } }
                }
                form method="post" action=(PATH) data-once {
                    @match known {
                        Some(person) => {
                            p { strong { (person.name) } " " a href=(PATH) { "Não é esta pessoa" } }
                            input type="hidden" name="pessoa" value=(person.id);
                            @if self.is_first { input type="hidden" name="primeiro" value="1"; }
                        }
                        None => fieldset.names {
                            legend { "Quem é?" }
                            @for (i, person) in self.people.iter().enumerate() {
                                label.tile for=(format!("pessoa-{i}")) {
                                    input type="radio" name="pessoa" id=(format!("pessoa-{i}")) value=(person.id) required;
                                    span { (person.name) }
                                }
                            }
                        },
                    }
                    div.field {
                        label for="pin" { @if self.is_first { "PIN que recebeu" } @else { "PIN que tem agora" } }
                        input.w-8 #pin type="password" name="pin" inputmode="numeric" autocomplete="current-password" required maxlength="32" aria-describedby=[wrong];
                    }
                    div.field {
                        label for="novo" { "PIN novo" }
                        p.hint #ajuda-novo { "Pelo menos 4 algarismos. Não aceitamos seguidos ou repetidos, nem anos ou datas." }
                        input.w-8 #novo type="password" name="novo" inputmode="numeric" autocomplete="new-password" required minlength="4" maxlength="32" aria-describedby="ajuda-novo";
                    }
                    div.field {
                        label for="de-novo" { "PIN novo, outra vez" }
                        input.w-8 #de-novo type="password" name="de-novo" inputmode="numeric" autocomplete="new-password" required minlength="4" maxlength="32";
                    }
                    button.primary type="submit" { "Guardar e entrar " (key("Enter")) }
                    section.panel #esqueci aria-labelledby="t-esqueci" {
                        h2 #t-esqueci { "Esqueceu o PIN?" }
                        p { "Ninguém o consegue ler. Peça a quem administra um PIN de uma só vez: com ele escolhe aqui outro." }
                        @if self.ask.is_empty() { p { "A partir de um posto: ligue à administração, ou peça a um colega que já entrou que escreva ao centro de contacto em «Apoio»." } }
                        @else {
                            p { "A quem pedir:" }
                            ul { @for name in self.ask { li { (name) } } }
                        }
                    }
                    p { a href="/entrar" { "Voltar à entrada" } }
                }
            }
        };
        document(surface, "pt-PT", title, None, &body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_twice_is_the_same_or_nothing_is_asked_of_the_node() {
        let fields = |again: &str| {
            [
                ("pessoa", "ana"),
                ("pin", "1"),
                ("novo", " 4827 "),
                ("de-novo", again),
            ]
            .map(|(k, v)| (k.to_owned(), v.to_owned()))
        };
        assert_eq!(Typed::of(&fields("4827")).pins(), Ok(("1", "4827")));
        assert_eq!(Typed::of(&fields("4828")).pins(), Err(PinRefusal::Differ));
        assert_eq!(Typed::of(&[]).pins(), Ok(("", "")));
    }
}
