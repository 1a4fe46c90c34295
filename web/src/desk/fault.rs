//! What the desk shows when it could not do what was asked: what to do about it,
//! and what was typed, so that nothing is lost.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use crate::desk::port::DeskError;
use crate::layout::{DESK, document};
use crate::plain;

/// An error on its way to a page.
pub(crate) struct Fault {
    error: DeskError,
    typed: Vec<(String, String)>,
}

impl From<DeskError> for Fault {
    fn from(error: DeskError) -> Self {
        Self {
            error,
            typed: Vec::new(),
        }
    }
}

impl Fault {
    /// Shows on the page what was typed: label and text.
    pub(crate) fn keeping(mut self, typed: Vec<(String, String)>) -> Self {
        self.typed = typed
            .into_iter()
            .filter(|(_, text)| !text.trim().is_empty())
            .collect();
        self
    }
}

/// Status, heading, what to do.
pub(crate) fn say(error: &DeskError) -> (StatusCode, &'static str, String) {
    match error {
        DeskError::NotFound => (
            StatusCode::NOT_FOUND,
            "Não se encontra neste posto",
            "Pode ter sido fechado, ou ser de outro posto. Procure em Pedidos ou volte à página de hoje.".to_owned(),
        ),
        DeskError::Refused(_) => (
            StatusCode::UNPROCESSABLE_ENTITY,
            "Há valores por corrigir",
            "Volte atrás e corrija os campos assinalados.".to_owned(),
        ),
        DeskError::Elsewhere { value, by, .. } => (
            StatusCode::CONFLICT,
            "Outra pessoa escreveu no mesmo campo",
            format!("{by} escreveu entretanto «{value}». Volte atrás, veja o que lá está e decida."),
        ),
        DeskError::Held { by, desk } => (
            StatusCode::LOCKED,
            "Está agora noutra mesa",
            format!("Quem tem isto agora é {by}, em «{desk}»: aqui só se lê. Para o trazer de volta, abra o atendimento e escolha «Continuar aqui»."),
        ),
        DeskError::NotNow(why) => (StatusCode::CONFLICT, "Agora não dá", why.clone()),
        DeskError::TooLarge { max } => (
            StatusCode::PAYLOAD_TOO_LARGE,
            "É grande de mais",
            format!("O posto aceita até {}. Nada foi guardado.", crate::words::size(*max)),
        ),
        DeskError::NotAnImage => (
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "O ficheiro não é uma imagem",
            "Escolha uma fotografia ou digitalização (JPEG, PNG ou WebP).".to_owned(),
        ),
        DeskError::NotASound => (
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "O ficheiro não é uma gravação de voz",
            "Grave de novo, ou escolha uma gravação (WebM, Ogg ou M4A).".to_owned(),
        ),
        DeskError::DiskFull => (
            StatusCode::INSUFFICIENT_STORAGE,
            "O disco do posto está cheio",
            "Nada se perdeu, mas nada mais se guarda. Não feche esta página. Envie o que está por enviar \
             (com rede ou por remessa) e chame o apoio."
                .to_owned(),
        ),
        DeskError::Broken { reference } => (
            StatusCode::INTERNAL_SERVER_ERROR,
            "O posto não conseguiu",
            format!("Tente de novo. Se continuar, ligue ao apoio e diga a referência {reference}."),
        ),
    }
}

/// What stands in the way, to stand above the form that it came of.
pub(crate) fn problem(error: &DeskError) -> String {
    match (error, say(error)) {
        (DeskError::NotNow(why), _) => why.clone(),
        (_, (_, heading, advice)) => format!("{heading}. {advice}"),
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let (status, heading, advice) = say(&self.error);
        (status, page(heading, &advice, &self.typed)).into_response()
    }
}

/// The page of a fault.
pub(crate) fn page(heading: &str, advice: &str, typed: &[(String, String)]) -> Markup {
    let body = html! {
        main.plain #conteudo {
            h1 { (heading) }
            p { (advice) }
            @if !typed.is_empty() {
                h2 { "O que escreveu" }
                p { "Não foi guardado. Está aqui para copiar." }
                dl.answers {
                    @for (label, text) in typed {
                        div { dt { (label) } dd { (text) } }
                    }
                }
            }
            p { a.button href="/" data-key="Escape" aria-keyshortcuts="Escape" { "Ir para a página de hoje" } }
        }
    };
    document(&DESK, "pt-PT", &format!("{heading} — Vereda"), None, &body)
}

pub(crate) async fn no_such_page() -> Response {
    plain::page(
        StatusCode::NOT_FOUND,
        "Esta página não existe",
        "Veja se o endereço está certo, ou volte à página de hoje.",
    )
}

pub(crate) async fn not_like_this() -> Response {
    plain::page(
        StatusCode::METHOD_NOT_ALLOWED,
        "Esta página não se usa assim",
        "Nada foi mudado. Volte à página de hoje e continue a partir daí.",
    )
}
