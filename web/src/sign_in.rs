//! Signing in: choose the name, type the PIN. Works without a network.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use crate::desk::port::{Person, SignInRefusal};
use crate::layout::{Surface, document, key};
use crate::own_pin::PATH;
use crate::words;

/// What the page shows.
pub(crate) struct SignIn<'a> {
    pub(crate) place: &'a str,
    pub(crate) people: &'a [Person],
    pub(crate) chosen: Option<&'a str>,
    pub(crate) refusal: Option<&'a SignInRefusal>,
    /// Where to go afterwards.
    pub(crate) back: &'a str,
    /// Whether one may also sign in to train.
    pub(crate) trains: bool,
}

impl SignIn<'_> {
    pub(crate) fn response(&self, surface: &Surface) -> Response {
        let status = match self.refusal {
            None => StatusCode::OK,
            Some(SignInRefusal::Unavailable(_)) => StatusCode::SERVICE_UNAVAILABLE,
            Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        };
        (status, self.page(surface)).into_response()
    }

    pub(crate) fn page(&self, surface: &Surface) -> Markup {
        let title = if self.refusal.is_some() {
            "Erro: Entrar — Vereda"
        } else {
            "Entrar — Vereda"
        };
        let body = html! {
            main.sign-in #conteudo {
                p.place { (self.place) }
                h1 { "Entrar" }
                @if let Some(refusal) = self.refusal {
                    div.alert #erro role="alert" tabindex="-1" data-takes-focus { p { (words::sign_in(refusal)) } }
                }
                @if self.people.is_empty() {
                    p { "Ainda não há ninguém na lista deste posto. Peça à administração que envie a lista de mediadores." }
                } @else {
                    form method="post" action="/entrar" data-once {
                        input type="hidden" name="para" value=(self.back);
                        fieldset.names {
                            legend { "Quem é?" }
                            @for (i, person) in self.people.iter().enumerate() {
                                label.tile for=(format!("pessoa-{i}")) {
                                    input type="radio" name="pessoa" id=(format!("pessoa-{i}")) value=(person.id) required
                                        checked[self.chosen == Some(&person.id) || self.people.len() == 1];
                                    span { (person.name) }
                                }
                            }
                        }
                        div.field {
                            label for="pin" { "PIN" }
                            input.w-8 #pin type="password" name="pin" inputmode="numeric" autocomplete="off" required
                                maxlength="32" aria-describedby=[self.refusal.map(|_| "erro")];
                        }
                        button.primary type="submit" { "Entrar " (key("Enter")) }
                        @if self.trains {
                            button type="submit" formaction="/entrar/treino" aria-describedby="que-treino" { "Entrar para treinar" }
                            p.detail #que-treino { "O mesmo balcão, com pessoas inventadas. Nada do que lá se faz conta nem é enviado." }
                        }
                    }
                    p.detail { a href=(PATH) { "Mudar o meu PIN" } " · " a href=(format!("{PATH}#esqueci")) { "Esqueci-me do PIN" } }
                }
            }
        };
        document(surface, "pt-PT", title, None, &body)
    }
}
