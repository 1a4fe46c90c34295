# Was die Bürgerin oder der Bürger liest. Dieselben Schlüssel und Variablen in allen Sprachen (ein Test prüft das).
language-name = Deutsch
welcome = Willkommen
idle-title = Willkommen · { $spot }
idle-choose = Um auf Deutsch zu lesen, tippen Sie oben auf „Deutsch“.
idle-services = Was Sie hier erledigen können
idle-bring = Was Sie mitbringen sollten
idle-nothing = Sie brauchen nichts mitzubringen
pause = Anhalten
resume = Weiter
choose-language = Sprache
skip = Zum Inhalt springen
accessibility = Barrierefreiheit
turn-title = Nummer
turn-now = Sie sind an der Reihe
unpaired-title = Code dieses Bildschirms
unpaired-explained = Die Person am Schalter gibt diesen Code an ihrem Computer ein.
step-of = Schritt { $number } von { $total }
not-yet = noch nicht ausgefüllt
show-numbers = Nummern anzeigen
hide-numbers = Nummern verbergen
yes = ja
no = nein
cost = Kosten
free = kostenlos
exempt = befreit
remains = Was noch zu tun ist, und von wem
papers-owed = Unterlagen, die Sie noch bringen müssen
appointment = Termin
appointment-owed = Sie haben noch keinen Termin: er wird Ihnen später mitgeteilt.
pay-later = Später zu bezahlen
pay-entity = Entität
pay-number = Referenz
pay-until = Zahlen bis
pay-later-owed = Die Referenz zum Bezahlen bekommen Sie später.
identity-owed = Nachweis Ihrer Identität, den Sie noch bringen müssen
identity-until = bis { $day }
money = { $amount }{ "\u00A0" }€
date = { $day }. { $month ->
    [1] Januar
    [2] Februar
    [3] März
    [4] April
    [5] Mai
    [6] Juni
    [7] Juli
    [8] August
    [9] September
    [10] Oktober
    [11] November
   *[other] Dezember
} { $year }
how-final = Ist es damit schon erledigt?
final-draft = Noch nicht. Ohne Ihre Bestätigung wird nichts aufgenommen.
final-offline = Vorläufig: Es wird hier sicher aufbewahrt und weitergeleitet, sobald es Netz gibt.
final-online = Vorläufig, bis die Zentrale den Eingang bestätigt.
next = Wie es weitergeht
privacy = Wer Ihre Daten sieht
write-title = Schreiben Sie Ihre Antworten hier. Die Person am Schalter sieht sie auch.
write-private = Was Sie hier schreiben, wird am Schalter nicht angezeigt.
write-done = Ich bin fertig
write-stop = Lieber soll die Person am Schalter schreiben
write-mend = Einige Antworten sind zu berichtigen. Sehen Sie, was markiert ist.
write-saving = Wird gespeichert…
write-kept = Gespeichert.
write-lost = Nicht gespeichert: Der Schalter antwortet nicht. Was Sie geschrieben haben, steht auf dieser Seite.
write-other = Die Person am Schalter hat hier auch geschrieben:
write-take = Nehmen, was der Schalter geschrieben hat
write-keep = Behalten, was ich geschrieben habe
write-optional = Nur wenn Sie antworten möchten.
write-agree = Ich bin einverstanden
wrong-option = Wählen Sie eine der Möglichkeiten.
wrong-agree = Ohne dieses Einverständnis kann der Antrag nicht weitergehen.
wrong-missing = Diese Antwort fehlt.
wrong-digits = Es müssen { $count } Ziffern sein.
wrong-check = Eine Ziffer stimmt nicht: Vergleichen Sie mit dem Dokument, Zahl für Zahl.
wrong-form = Schreiben Sie wie in diesem Beispiel: { $example }
wrong-date = Dieses Datum gibt es nicht: Prüfen Sie Tag und Monat.
wrong-future = Dieses Datum liegt in der Zukunft: Prüfen Sie das Jahr.
wrong-country = Auf Konten dieses Landes wird nicht gezahlt. Die Nummer beginnt mit den Buchstaben des Landes, zum Beispiel { $example }.
wrong-early = Es muss der { $day } oder später sein.
wrong-late = Es muss der { $day } oder früher sein.
wrong-small = Es muss mindestens { $limit } sein.
wrong-large = Es darf höchstens { $limit } sein.
wrong-short = Das ist zu kurz: Die kleinste Zahl der Zeichen ist { $count }.
wrong-long = Das ist zu lang: Die größte Zahl der Zeichen ist { $count }.
confirm-title = Ist alles richtig?
confirm-explained = Lesen Sie in Ruhe. Wenn etwas nicht stimmt, tippen Sie auf „Ich möchte etwas ändern“.
confirm-right = Es ist richtig
confirm-wrong = Ich möchte etwas ändern
confirm-sign = Es stimmt, ich unterschreibe
sign-title = Ihre Unterschrift
sign-explained = Unterschreiben Sie mit dem Finger, dem Stift oder der Maus. Oder schreiben Sie Ihren Namen darunter.
sign-again = Löschen und neu unterschreiben
sign-name = Oder schreiben Sie Ihren vollen Namen
sign-missing = Die Unterschrift fehlt: Unterschreiben Sie, oder schreiben Sie Ihren Namen.
confirmed = Danke. Sie haben bestätigt, dass alles richtig ist.
correcting = In Ordnung: Sagen Sie der Person am Schalter, was Sie ändern möchten.
not-given = nicht angegeben
photographs = { $count ->
    [one] { $count } Foto
   *[other] { $count } Fotos
}
recorded-title = Ihr Antrag ist aufgenommen
recorded-number = Antragsnummer
recorded-qr = QR-Code zum Prüfen des Antrags { $number }
recorded-scan = Dieser Code steht auch auf Ihrem Beleg: Damit lässt sich der Antrag später prüfen.
life-draft = Entwurf. Es wurde noch nichts aufgenommen.
life-prepared = Vorläufig. Ihr Antrag ist vorbereitet und wird an diesem Schalter aufbewahrt; der Vorgang selbst ist bei der Behörde ({ $agency }) noch nicht erledigt. Was noch fehlt und wer es tut, steht hier.
life-recorded = Vorläufig. Ihr Antrag wird an diesem Schalter sicher aufbewahrt. Er geht an die Zentrale und dann an die Behörde ({ $agency }), sobald es Netz gibt.
life-kept = Aufgenommen. Die Zentrale hat Ihren Antrag erhalten und weist nach, dass sie ihn aufbewahrt.
life-received = Die Zentrale hat Ihren Antrag erhalten und weist nach, dass sie ihn aufbewahrt. Bei der Behörde ({ $agency }) ist er noch nicht angekommen.
life-forwarded = Ihr Antrag wurde an die Behörde ({ $agency }) geschickt. Die Antwort steht noch aus.
life-accepted = Die Behörde ({ $agency }) hat Ihren Antrag angenommen. Er ist noch nicht abgeschlossen.
life-returned = Die Behörde ({ $agency }) hat Ihren Antrag zurückgegeben: Etwas muss berichtigt oder ergänzt werden.
life-refused = Die Behörde ({ $agency }) hat Ihren Antrag abgelehnt.
life-completed = Von der Behörde ({ $agency }) abgeschlossen.
life-withdrawn = Zurückgezogen. Dieser Antrag zählt nicht mehr.
life-training = Übung. Das war nur zum Üben: Es ist kein Antrag, es geht nirgendwohin und zählt nicht.
alone = Beim nächsten Mal ohne Weg zum Schalter
guide-scan = Halten Sie die Handykamera auf diesen Code: So nehmen Sie die Anleitung mit.
guide-qr = QR-Code mit dieser Anleitung für Ihr Handy
paper-counts = Es gilt der portugiesische Text.
paper-stub = Noch nicht erfasst: Es zählt erst, wenn es in den Computer eingegeben ist. Bewahren Sie diesen Abschnitt auf.
paper-agree = Ich bestätige, dass das hier Geschriebene stimmt, und beantrage diese Leistung.
paper-late = Auf Papier ausgefüllt am { $day } um { $hour } Uhr.
reply-title = Antwort auf Ihre Beschwerde
reply-from = Antwort von
reply-on = Tag der Antwort
reply-due = Zu beantworten bis
reply-as-written = Die Antwort steht oben auf Portugiesisch, wie sie geschrieben wurde.
node-away = Einen Moment: Der Schalter antwortet nicht. Es ist nichts verloren.
failed = Das hat nicht geklappt. Es ist nichts verloren: Sagen Sie es bitte der Person am Schalter.
faces-title = Wie war es?
faces-explained = Nur wenn Sie möchten. Die Antwort wird ohne Ihren Namen gezählt.
face-good = Gut
face-fair = Mittel
face-bad = Schlecht
faces-none = Keine Angabe
stale-title = Diese Seite ist veraltet
stale-advice = Laden Sie den Bildschirm neu.
page-title = Bildschirm für Bürgerinnen und Bürger
training = Übung: Nichts hier ist echt
verify-title = Wie weit mein Antrag ist
verify-explained = Geben Sie die Nummer und den Code vom Beleg ein.
verify-code = Prüfcode
verify-show = Nachsehen
verify-mend = Bitte berichtigen Sie, was markiert ist.
verify-mend-code = Der Code hat acht Buchstaben und Ziffern: Er steht auf dem Beleg unter der Nummer.
verify-none = Wir haben keinen Antrag mit dieser Nummer und diesem Code gefunden.
verify-why = Vergleichen Sie beide mit dem Beleg. Wurde der Antrag vor Kurzem an einem Ort ohne Netz gestellt, ist er vielleicht noch nicht bei der Zentrale angekommen: Er bleibt aufbewahrt. Versuchen Sie es in einigen Tagen wieder.
verify-often = Es gab viele Abfragen hintereinander. Warten Sie eine Minute und versuchen Sie es wieder.
verify-broken = Im Moment lässt es sich nicht anzeigen. Der Antrag ist nicht verloren. Versuchen Sie es bald wieder.
verify-private = Diese Seite zeigt keine persönlichen Daten. Wenn Sie mehr wissen möchten, gehen Sie mit dem Beleg an einen beliebigen Schalter.
verify-open = Bei diesem Antrag ist etwas unklar, und jemand klärt es. Bis dahin steht das Ergebnis nicht fest.
verify-day = Aufgenommen am
verify-where = Wo
verify-agency = Behörde
verify-another = Einen anderen Antrag ansehen
verify-at-desk = Am Schalter aufgenommen
verify-at-hub = Bei der Zentrale angekommen
verify-at-agency = Bei der Behörde
verify-done = Abgeschlossen
verify-at = So sehen Sie, wie weit der Antrag ist

# Nachrichten der Zentrale an die Bürger: ohne persönliche Angaben.
word-subject = Antrag { $number }
word-about = Ihr Antrag Nr. { $number }, „{ $service }“:
word-replied = Ihre Beschwerde wurde beantwortet. Fragen Sie in einem Espaço Cidadão nach der Antwort.
word-same = Es war derselbe wie Antrag Nr. { $other }, der weiterläuft.
word-look = Sehen Sie, wie es steht: { $address }
word-ask = Um mehr zu erfahren, bringen Sie Ihren Beleg in einen Espaço Cidadão mit.
word-no-reply = Diese Nachricht kommt von selbst: Antworten darauf liest niemand.
