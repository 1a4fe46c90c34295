# Lo que lee el ciudadano. Las mismas claves y variables en todos los idiomas (hay una prueba).
language-name = Español
welcome = Le damos la bienvenida
idle-title = Le damos la bienvenida · { $spot }
idle-choose = Para leer en español, toque «Español» arriba.
idle-services = Lo que se puede hacer aquí
idle-bring = Qué hay que traer
idle-nothing = No hace falta traer nada
pause = Detener
resume = Seguir
choose-language = Idioma
skip = Saltar al contenido
accessibility = Accesibilidad
turn-title = Turno
turn-now = Es su turno
unpaired-title = Código de esta pantalla
unpaired-explained = La persona que atiende escribe este código en su ordenador.
step-of = Paso { $number } de { $total }
not-yet = todavía sin rellenar
show-numbers = Mostrar los números
hide-numbers = Ocultar los números
yes = sí
no = no
cost = Precio
free = gratuito
exempt = exento
remains = Lo que falta por hacer, y quién lo hace
papers-owed = Documentos que aún tiene que entregar
appointment = Cita
appointment-owed = Todavía no tiene cita: se la dirán más tarde.
pay-later = Para pagar más tarde
pay-entity = Entidad
pay-number = Referencia
pay-until = Pagar hasta
pay-later-owed = La referencia para pagar se la darán más tarde.
identity-owed = Prueba de quién es, que aún tiene que entregar
identity-until = antes del { $day }
money = { $amount }{ "\u00A0" }€
date = { $day } de { $month ->
    [1] enero
    [2] febrero
    [3] marzo
    [4] abril
    [5] mayo
    [6] junio
    [7] julio
    [8] agosto
    [9] septiembre
    [10] octubre
    [11] noviembre
   *[other] diciembre
} de { $year }
how-final = ¿Queda hecho ya?
final-draft = Todavía no. No se registra nada sin su confirmación.
final-offline = Provisional: queda guardado aquí y se enviará cuando haya red.
final-online = Provisional hasta que la oficina central confirme que lo ha recibido.
next = Qué pasa después
privacy = Quién ve sus datos
write-title = Escriba aquí sus respuestas. La persona del puesto también las ve.
write-private = Lo que escriba aquí no se muestra en la ventanilla.
write-done = Ya he respondido
write-stop = Prefiero que escriba la persona del puesto
write-mend = Hay respuestas por corregir. Mire lo que está marcado.
write-saving = Guardando…
write-kept = Guardado.
write-lost = No guardado: el puesto no responde. Lo que escribió está en esta página.
write-other = La persona del puesto también escribió aquí:
write-take = Quedarme con lo que escribió el puesto
write-keep = Mantener lo que yo escribí
write-optional = Solo si quiere responder.
write-agree = Estoy de acuerdo
wrong-option = Elija una de las opciones.
wrong-agree = Sin este acuerdo la solicitud no puede seguir.
wrong-missing = Falta esta respuesta.
wrong-digits = Tiene que tener { $count } cifras.
wrong-check = Hay una cifra equivocada: compruébelo con el documento, número a número.
wrong-form = Escriba como en este ejemplo: { $example }
wrong-date = Esta fecha no existe: compruebe el día y el mes.
wrong-future = Esta fecha todavía no ha llegado: compruebe el año.
wrong-country = No se paga en cuentas de ese país. El número empieza por las letras del país, por ejemplo { $example }.
wrong-early = Tiene que ser el { $day } o después.
wrong-late = Tiene que ser el { $day } o antes.
wrong-small = Tiene que ser al menos { $limit }.
wrong-large = Puede ser como máximo { $limit }.
wrong-short = Es demasiado corto: el mínimo de caracteres es { $count }.
wrong-long = Es demasiado largo: el máximo de caracteres es { $count }.
confirm-title = ¿Está todo bien?
confirm-explained = Lea con calma. Si algo no está bien, toque «Quiero corregir».
confirm-right = Está bien
confirm-wrong = Quiero corregir
confirm-sign = Está bien y firmo
sign-title = Su firma
sign-explained = Firme con el dedo, el lápiz o el ratón. Si lo prefiere, escriba su nombre debajo.
sign-again = Borrar y firmar de nuevo
sign-name = O escriba su nombre completo
sign-missing = Falta la firma: firme, o escriba su nombre.
confirmed = Gracias. Ha confirmado que está bien.
correcting = De acuerdo: diga a la persona que le atiende qué quiere corregir.
not-given = no indicado
photographs = { $count ->
    [one] { $count } fotografía
   *[other] { $count } fotografías
}
recorded-title = Su solicitud está registrada
recorded-number = Número de la solicitud
recorded-qr = Código QR para comprobar la solicitud { $number }
recorded-scan = Este código también está en su resguardo: sirve para comprobar la solicitud más tarde.
life-draft = Borrador. Todavía no se ha registrado nada.
life-prepared = Provisional. Su solicitud está preparada y guardada en este puesto; el trámite todavía no está hecho en el organismo ({ $agency }). Aquí está escrito qué falta y quién lo hace.
life-recorded = Provisional. Su solicitud está guardada de forma segura en este puesto. Irá a la oficina central, y después al organismo ({ $agency }), cuando haya red.
life-kept = Registrada. La oficina central ha recibido su solicitud y prueba que la guarda.
life-received = La oficina central ha recibido su solicitud y prueba que la guarda. Todavía no ha llegado al organismo ({ $agency }).
life-forwarded = Su solicitud se ha enviado al organismo ({ $agency }). Falta la respuesta.
life-accepted = El organismo ({ $agency }) ha aceptado su solicitud. Todavía no está terminada.
life-returned = El organismo ({ $agency }) ha devuelto su solicitud: hay que corregir o añadir algo.
life-refused = El organismo ({ $agency }) ha rechazado su solicitud.
life-completed = Terminada por el organismo ({ $agency }).
life-withdrawn = Retirada. Esta solicitud ya no cuenta.
life-training = Práctica. Esto fue solo para practicar: no es una solicitud, no va a ninguna parte y no tiene valor.
alone = La próxima vez, sin venir al mostrador
guide-scan = Apunte a este código con el teléfono para llevarse la guía.
guide-qr = Código QR con esta guía para su teléfono
paper-counts = El texto que cuenta es el portugués.
paper-stub = Aún sin registrar: solo cuenta cuando se pase al ordenador. Guarde este resguardo.
paper-agree = Confirmo que lo que está escrito aquí es correcto, y pido este servicio.
paper-late = Rellenado en papel el { $day } a las { $hour }.
reply-title = Respuesta a su reclamación
reply-from = Quién respondió
reply-on = Día de la respuesta
reply-due = Plazo para responder
reply-as-written = La respuesta está arriba, en portugués, tal como se escribió.
node-away = Un momento: el puesto no responde. No se ha perdido nada.
failed = No ha funcionado. No se ha perdido nada: avise a la persona que le atiende.
faces-title = ¿Cómo ha ido?
faces-explained = Solo si quiere. La respuesta se cuenta sin su nombre.
face-good = Bien
face-fair = Regular
face-bad = Mal
faces-none = Prefiero no decirlo
stale-title = Esta página es antigua
stale-advice = Vuelva a cargar la pantalla del ciudadano.
page-title = Pantalla del ciudadano
training = Práctica: nada de esto es real
verify-title = En qué punto está mi solicitud
verify-explained = Escriba el número y el código que figuran en el resguardo.
verify-code = Código de comprobación
verify-show = Ver en qué punto está
verify-mend = Corrija lo que está marcado.
verify-mend-code = El código tiene ocho letras y cifras: está debajo del número, en el resguardo.
verify-none = No hemos encontrado ninguna solicitud con este número y este código.
verify-why = Compruebe los dos en el resguardo. Si la solicitud se hizo hace poco, en un lugar sin red, puede que todavía no haya llegado a la oficina central: sigue guardada. Inténtelo de nuevo en unos días.
verify-often = Ha habido muchas consultas seguidas. Espere un minuto e inténtelo de nuevo.
verify-broken = En este momento no se puede ver. La solicitud no se ha perdido. Inténtelo de nuevo dentro de poco.
verify-private = Esta página no muestra datos personales. Si necesita saber más, lleve el resguardo a cualquier puesto.
verify-open = Hay una duda en esta solicitud, y una persona la está resolviendo. Hasta entonces no se sabe el resultado.
verify-day = Registrada el
verify-where = Dónde
verify-agency = Organismo
verify-another = Ver otra solicitud
verify-at-desk = Registrada en el puesto
verify-at-hub = Recibida en la oficina central
verify-at-agency = En el organismo
verify-done = Terminada
verify-at = Para saber en qué punto está la solicitud

# Mensajes que la central envía a los ciudadanos: sin datos personales.
word-subject = Solicitud { $number }
word-about = Su solicitud número { $number }, «{ $service }»:
word-replied = Su reclamación ya tiene respuesta. Pídala en un Espaço Cidadão.
word-same = Era la misma que la solicitud número { $other }, que continúa.
word-look = Vea cómo está en { $address }
word-ask = Para saber más, lleve el justificante a un Espaço Cidadão.
word-no-reply = Este mensaje es automático: nadie lee las respuestas.
