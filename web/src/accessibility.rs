//! The accessibility statement that Decree-Law 83/2018 asks for: what holds, what does not, whom to tell.

use maud::{Markup, html};

use crate::layout::{DESK, document};

/// The statement as a page of its own; nobody needs to sign in to read it.
pub(crate) async fn show() -> Markup {
    page()
}

pub(crate) fn page() -> Markup {
    let body = html! {
        main.plain.statement #conteudo {
            h1 { "Declaração de acessibilidade" }
            (statement())
            p { a.button href="/" { "Ir para o balcão" } }
        }
    };
    let title = "Declaração de acessibilidade — Vereda";
    document(&DESK, "pt-PT", title, None, &body)
}

/// What it says; the heading above it is the reader's.
pub(crate) fn statement() -> Markup {
    html! {
        p {
            "Quem gere este Espaço Cidadão compromete-se a que o balcão e o ecrã do cidadão possam ser usados por toda a gente, "
            "como manda o Decreto-Lei n.º 83/2018, de 19 de outubro. Esta declaração vale para os dois, como os serve a Vereda."
        }
        h2 { "Em que ponto está" }
        p {
            "Está parcialmente conforme com as WCAG 2.1, nível AA, a que obriga a norma EN 301 549. Foi feito para cumprir também o "
            "que as WCAG 2.2 acrescentam."
        }
        h2 { "O que ainda não está bem" }
        ul {
            li { "Ainda não foi experimentado por pessoas com deficiência, nem com leitores de ecrã. Até lá, não se diz que cumpre tudo." }
            li { "As fotografias que os cidadãos trazem têm um número e não uma descrição." }
            li { "Um texto de um serviço que não foi traduzido aparece em português, e é lido como português." }
            li { "Não há língua gestual portuguesa, nem leitura fácil." }
            li { "O código QR do comprovativo serve só a quem tem um telemóvel com câmara; o número ao lado diz o mesmo." }
        }
        h2 { "Como foi verificado" }
        p {
            "Esta declaração foi preparada a 22 de novembro de 2026, por autoavaliação. Cada página, em cada uma das nove línguas, é "
            "verificada por dois programas (o QualWeb, que é o motor do AccessMonitor, e o axe-core) sempre que o programa muda. "
            "Atendimentos inteiros são feitos só com o teclado, só com o toque, ampliados a 400 % e sem movimento. As listas do Selo de "
            "Usabilidade e Acessibilidade estão respondidas ponto por ponto com o programa."
        }
        h2 { "Se alguma coisa o impedir" }
        p {
            "Diga-o ao mediador, neste balcão: ele faz consigo o que o ecrã não deixar, e passa o que disse a quem pode corrigir. "
            "Pode pedir qualquer informação noutra forma: em letra grande, lida em voz alta, ou em papel."
        }
        p {
            "Se a resposta não chegar ou não servir, pode reclamar no Livro Amarelo, que se escreve também aqui, e junto da entidade que "
            "fiscaliza a acessibilidade, em www.acessibilidade.gov.pt."
        }
    }
}
