//! The panel of the card reader: what it sees now, and what to do.

use maud::{Markup, html};
use vereda_hardware::card::{CardFault, CardState};

use crate::layout::{self, key};

/// What the panel needs besides the reader's state.
pub(crate) struct Panel<'a> {
    /// The attendance whose identity the card would fill.
    pub(crate) attendance: &'a str,
    pub(crate) guard: &'a str,
    /// Whether there is something that the card could fill.
    pub(crate) can_fill: bool,
}

/// The panel as a fragment; the live event `card` sends the same.
pub(crate) fn panel(state: &CardState, panel: &Panel<'_>) -> Markup {
    html! {
        h2 #t-cartao { "Cartão de Cidadão" }
        @match state {
            CardState::NoDaemon => {
                p { "O serviço de cartões não responde; o posto volta a tentar sozinho." }
                p.detail { "Entretanto, escreva os dados à mão." }
            }
            CardState::NoReader => {
                p { "Sem leitor de cartões nesta mesa: liga-se ao computador do posto." }
                p.detail { "Ou escreva os dados à mão." }
            }
            CardState::Empty => p.invite { "Insira o cartão no leitor, com o chip para a frente." },
            CardState::Reading { done, total } => {
                p #a-ler { "A ler o cartão. Não o retire." }
                @if *total > 0 {
                    progress aria-labelledby="a-ler" max=(total) value=(done) {}
                } @else {
                    progress aria-labelledby="a-ler" {}
                }
            }
            CardState::Ready(identity) => {
                p.name { (identity.full_name()) }
                @if panel.can_fill {
                    form method="post" action=(format!("/atendimento/{}/cartao", panel.attendance)) data-once {
                        (layout::guard(panel.guard))
                        button.card type="submit" data-key="c" aria-keyshortcuts="c" { "Preencher com o cartão " (key("C")) }
                    }
                    p.detail { "Só preenche o que está vazio ou já vinha do cartão. A morada não está no chip: escreva-a." }
                } @else {
                    p.detail { "Os dados do cartão já estão preenchidos. Pode retirar o cartão." }
                }
            }
            CardState::Failed(fault) => p.problem { (say(fault)) },
        }
    }
}

fn say(fault: &CardFault) -> &'static str {
    match fault {
        CardFault::Removed => "O cartão saiu antes do fim da leitura. Insira-o de novo.",
        CardFault::Unknown => {
            "Este cartão não é um Cartão de Cidadão. Confirme o cartão, ou escreva os dados à mão."
        }
        CardFault::Unsupported => {
            "É um Cartão de Cidadão de 2024 ou mais recente, que este posto ainda não lê. Escreva os dados à mão."
        }
        CardFault::Inactive => {
            "O cartão ainda não foi ativado: ativa-se num balcão do IRN. Escreva os dados à mão."
        }
        CardFault::Mute => {
            "O cartão não responde. Veja se está virado para o lado certo e limpe o chip com um pano seco."
        }
        CardFault::Stalled => "O cartão parou a meio da leitura. Retire-o e insira-o de novo.",
        CardFault::InUse => {
            "Outro programa está a usar o cartão. Feche-o e insira o cartão de novo."
        }
        CardFault::Malformed { .. } => "Os dados do chip não se leem. Escreva os dados à mão.",
        CardFault::Daemon => "O serviço de cartões parou; o posto volta a tentar sozinho.",
    }
}
