# O que o cidadão lê: o segundo ecrã, e no papel a parte na sua língua. As mesmas chaves e
# variáveis em todas as línguas (há um teste). Esta é a língua em que as outras se apoiam.
language-name = Português
welcome = Bem-vindo
idle-title = Bem-vindo · { $spot }
idle-choose = Para ler em português, toque em «Português» em cima.
idle-services = O que se trata aqui
idle-bring = O que trazer
idle-nothing = Não precisa de trazer nada
pause = Parar
resume = Continuar
choose-language = Língua
skip = Saltar para o conteúdo
accessibility = Acessibilidade
turn-title = Senha
turn-now = É a sua vez
unpaired-title = Código deste ecrã
unpaired-explained = O mediador escreve este código no seu computador.
step-of = Passo { $number } de { $total }
not-yet = ainda por preencher
show-numbers = Mostrar os números
hide-numbers = Esconder os números
yes = sim
no = não
cost = Custo
free = grátis
exempt = isento
remains = O que falta fazer, e quem o faz
papers-owed = Documentos que ainda tem de entregar
appointment = Marcação
appointment-owed = Ainda não tem hora marcada: dizem-lha depois.
pay-later = Para pagar mais tarde
pay-entity = Entidade
pay-number = Referência
pay-until = Pagar até
pay-later-owed = A referência para pagar segue depois.
identity-owed = Prova de quem é, que ainda tem de entregar
identity-until = até { $day }
money = { $amount }{ "\u00A0" }€
date = { $day } de { $month ->
    [1] janeiro
    [2] fevereiro
    [3] março
    [4] abril
    [5] maio
    [6] junho
    [7] julho
    [8] agosto
    [9] setembro
    [10] outubro
    [11] novembro
   *[other] dezembro
} de { $year }
how-final = Fica já feito?
final-draft = Ainda não. Nada é registado sem a sua confirmação.
final-offline = Provisório: fica guardado aqui e segue quando houver rede.
final-online = Provisório até a central confirmar que o recebeu.
next = O que acontece a seguir
privacy = Quem vê os seus dados
write-title = Escreva aqui as suas respostas. O mediador também as vê.
write-private = O que escrever aqui não é mostrado ao balcão.
write-done = Já respondi
write-stop = Prefiro que o mediador escreva
write-mend = Há respostas por corrigir. Veja o que está marcado.
write-saving = A guardar…
write-kept = Ficou guardado.
write-lost = Não guardado: o posto não responde. O que escreveu está nesta página.
write-other = O mediador também escreveu aqui:
write-take = Ficar com o que o mediador escreveu
write-keep = Manter o que eu escrevi
write-optional = Só se quiser responder.
write-agree = Concordo
wrong-option = Escolha uma das opções.
wrong-agree = Sem este acordo o pedido não pode seguir.
wrong-missing = Falta esta resposta.
wrong-digits = Tem de ter { $count } algarismos.
wrong-check = Há um algarismo trocado: confirme com o documento, número a número.
wrong-form = Escreva como neste exemplo: { $example }
wrong-date = Esta data não existe: confirme o dia e o mês.
wrong-future = Esta data ainda não chegou: confirme o ano.
wrong-country = Não se paga para contas desse país. O número começa pelas letras do país, por exemplo { $example }.
wrong-early = Tem de ser em { $day } ou depois.
wrong-late = Tem de ser até { $day }.
wrong-small = Tem de ser pelo menos { $limit }.
wrong-large = Pode ser no máximo { $limit }.
wrong-short = É curto de mais: o mínimo de caracteres é { $count }.
wrong-long = É longo de mais: o máximo de caracteres é { $count }.
confirm-title = Está tudo certo?
confirm-explained = Leia com calma. Se alguma coisa não estiver certa, toque em «Quero corrigir».
confirm-right = Está certo
confirm-wrong = Quero corrigir
confirm-sign = Está certo e assino
sign-title = A sua assinatura
sign-explained = Assine com o dedo, a caneta ou o rato. Se preferir, escreva o seu nome por baixo.
sign-again = Apagar e assinar de novo
sign-name = Ou escreva o seu nome completo
sign-missing = Falta a assinatura: assine, ou escreva o seu nome.
confirmed = Obrigado. Confirmou que está certo.
correcting = Certo: diga ao mediador o que quer corrigir.
not-given = não indicado
photographs = { $count ->
    [one] { $count } fotografia
   *[other] { $count } fotografias
}
recorded-title = O seu pedido está registado
recorded-number = Número do pedido
recorded-qr = Código QR para verificar o pedido { $number }
recorded-scan = Este código também está no comprovativo: serve para verificar o pedido mais tarde.
life-draft = Rascunho. Ainda nada foi registado.
life-prepared = Provisório. O pedido ficou preparado e guardado neste espaço; o ato ainda não está feito na entidade ({ $agency }). Está escrito aqui o que falta e quem o faz.
life-recorded = Provisório. O pedido está guardado em segurança neste espaço. Segue para a central, e depois para a entidade ({ $agency }), quando houver rede.
life-kept = Registado. A central recebeu o pedido e prova que o guarda.
life-received = A central recebeu o pedido e prova que o guarda. Ainda não chegou à entidade ({ $agency }).
life-forwarded = O pedido foi enviado à entidade ({ $agency }). Falta a resposta.
life-accepted = A entidade ({ $agency }) aceitou o pedido. Ainda não está concluído.
life-returned = A entidade ({ $agency }) devolveu o pedido: falta corrigir ou juntar alguma coisa.
life-refused = A entidade ({ $agency }) recusou o pedido.
life-completed = Concluído pela entidade ({ $agency }).
life-withdrawn = Retirado. Este pedido já não conta.
life-training = Treino. Isto foi só para praticar: não é um pedido, não segue para lado nenhum e não tem valor.
alone = Da próxima vez, sem vir ao balcão
guide-scan = Aponte a câmara do telefone: o guia fica consigo.
guide-qr = Código QR com este guia para o telefone
paper-counts = O que conta é o texto em português.
paper-stub = Ainda por registar: só conta quando for passado ao computador. Guarde este talão.
paper-agree = Confirmo que o que está escrito aqui está certo, e peço este serviço.
paper-late = Preenchido em papel a { $day }, às { $hour }.
reply-title = Resposta à sua reclamação
reply-from = Quem respondeu
reply-on = Dia da resposta
reply-due = Prazo para responder
reply-as-written = A resposta está acima, em português, como foi escrita.
node-away = Um momento: o posto não responde. Nada se perdeu.
failed = Não resultou. Nada se perdeu: fale com o mediador.
faces-title = Como foi o atendimento?
faces-explained = Só se quiser. A resposta conta-se sem o seu nome.
face-good = Bom
face-fair = Razoável
face-bad = Mau
faces-none = Prefiro não dizer
stale-title = Esta página é antiga
stale-advice = Recarregue o ecrã do cidadão.
page-title = Ecrã do cidadão
training = Treino: nada disto é a sério
verify-title = Em que ponto está o meu pedido
verify-explained = Escreva o número e o código que estão no comprovativo.
verify-code = Código de verificação
verify-show = Ver em que ponto está
verify-mend = Corrija o que está marcado.
verify-mend-code = O código tem oito letras e algarismos: está por baixo do número, no comprovativo.
verify-none = Não encontrámos nenhum pedido com este número e este código.
verify-why = Confirme os dois no comprovativo. Se o pedido foi feito há pouco, num sítio sem rede, pode ainda não ter chegado à central: continua guardado. Tente de novo daqui a alguns dias.
verify-often = Houve muitas consultas seguidas. Espere um minuto e tente de novo.
verify-broken = De momento não é possível ver. O pedido não se perdeu. Tente de novo daqui a pouco.
verify-private = Esta página não mostra dados pessoais. Se precisar de saber mais, leve o comprovativo a qualquer balcão.
verify-open = Há uma dúvida neste pedido, e uma pessoa está a resolvê-la. Até lá não se sabe o resultado.
verify-day = Registado a
verify-where = Onde
verify-agency = Entidade
verify-another = Ver outro pedido
verify-at-desk = Registado no balcão
verify-at-hub = Recebido na central
verify-at-agency = Na entidade
verify-done = Concluído
verify-at = Para saber em que ponto está o pedido

# Mensagens que a central envia ao cidadão: sem dados pessoais.
word-subject = Pedido { $number }
word-about = O seu pedido número { $number }, «{ $service }»:
word-replied = A sua reclamação já tem resposta. Peça-a num Espaço Cidadão.
word-same = Era o mesmo que o pedido número { $other }, que continua.
word-look = Veja como está em { $address }
word-ask = Para saber mais, leve o comprovativo a um Espaço Cidadão.
word-no-reply = Esta mensagem é automática: ninguém lê o que lhe responder.
