# Ce que lit le citoyen. Les mêmes clés et variables dans toutes les langues (un test le vérifie).
language-name = Français
welcome = Bienvenue
idle-title = Bienvenue · { $spot }
idle-choose = Pour lire en français, touchez « Français » en haut.
idle-services = Ce que l’on peut faire ici
idle-bring = Ce qu’il faut apporter
idle-nothing = Vous n’avez rien à apporter
pause = Arrêter
resume = Reprendre
choose-language = Langue
skip = Aller au contenu
accessibility = Accessibilité
turn-title = Ticket
turn-now = C’est votre tour
unpaired-title = Code de cet écran
unpaired-explained = La personne au guichet tape ce code sur son ordinateur.
step-of = Étape { $number } sur { $total }
not-yet = pas encore rempli
show-numbers = Afficher les numéros
hide-numbers = Masquer les numéros
yes = oui
no = non
cost = Coût
free = gratuit
exempt = exonéré
remains = Ce qu’il reste à faire, et par qui
papers-owed = Documents que vous devez encore apporter
appointment = Rendez-vous
appointment-owed = Vous n’avez pas encore de rendez-vous : on vous le dira plus tard.
pay-later = À payer plus tard
pay-entity = Entité
pay-number = Référence
pay-until = À payer avant le
pay-later-owed = La référence de paiement vous sera donnée plus tard.
identity-owed = Preuve de votre identité, que vous devez encore apporter
identity-until = avant le { $day }
money = { $amount }{ "\u00A0" }€
date = { $day ->
    [1] 1er
   *[other] { $day }
} { $month ->
    [1] janvier
    [2] février
    [3] mars
    [4] avril
    [5] mai
    [6] juin
    [7] juillet
    [8] août
    [9] septembre
    [10] octobre
    [11] novembre
   *[other] décembre
} { $year }
how-final = Est-ce fait tout de suite ?
final-draft = Pas encore. Rien n’est enregistré sans votre accord.
final-offline = Provisoire : c’est conservé ici et ce sera envoyé dès qu’il y aura du réseau.
final-online = Provisoire jusqu’à ce que le service central confirme l’avoir reçu.
next = Ce qui se passe ensuite
privacy = Qui voit vos données
write-title = Écrivez vos réponses ici. La personne au guichet les voit aussi.
write-private = Ce que vous écrivez ici n’est pas montré au guichet.
write-done = J’ai répondu
write-stop = Je préfère que la personne au guichet écrive
write-mend = Des réponses sont à corriger. Regardez ce qui est marqué.
write-saving = Enregistrement…
write-kept = Enregistré.
write-lost = Non enregistré : le guichet ne répond pas. Ce que vous avez écrit est sur cette page.
write-other = La personne au guichet a aussi écrit ici :
write-take = Prendre ce que le guichet a écrit
write-keep = Garder ce que j’ai écrit
write-optional = Seulement si vous voulez répondre.
write-agree = Je suis d’accord
wrong-option = Choisissez une des options.
wrong-agree = Sans cet accord, la demande ne peut pas continuer.
wrong-missing = Cette réponse manque.
wrong-digits = Il faut { $count } chiffres.
wrong-check = Un chiffre est faux : vérifiez avec le document, chiffre par chiffre.
wrong-form = Écrivez comme dans cet exemple : { $example }
wrong-date = Cette date n’existe pas : vérifiez le jour et le mois.
wrong-future = Cette date n’est pas encore arrivée : vérifiez l’année.
wrong-country = On ne paie pas sur les comptes de ce pays. Le numéro commence par les lettres du pays, par exemple { $example }.
wrong-early = Il faut le { $day } ou après.
wrong-late = Il faut le { $day } au plus tard.
wrong-small = Il faut au moins { $limit }.
wrong-large = Il faut au plus { $limit }.
wrong-short = C’est trop court : le minimum de caractères est { $count }.
wrong-long = C’est trop long : le maximum de caractères est { $count }.
confirm-title = Tout est-il exact ?
confirm-explained = Prenez votre temps. Si quelque chose n’est pas exact, touchez « Je veux corriger ».
confirm-right = C’est exact
confirm-wrong = Je veux corriger
confirm-sign = C’est exact et je signe
sign-title = Votre signature
sign-explained = Signez avec le doigt, le stylet ou la souris. Si vous préférez, écrivez votre nom en dessous.
sign-again = Effacer et signer de nouveau
sign-name = Ou écrivez votre nom complet
sign-missing = Il manque la signature : signez, ou écrivez votre nom.
confirmed = Merci. Vous avez confirmé que tout est exact.
correcting = D’accord : dites à la personne au guichet ce que vous voulez corriger.
not-given = non indiqué
photographs = { $count ->
    [one] { $count } photo
   *[other] { $count } photos
}
recorded-title = Votre demande est enregistrée
recorded-number = Numéro de la demande
recorded-qr = Code QR pour vérifier la demande { $number }
recorded-scan = Ce code est aussi sur votre récépissé : il sert à vérifier la demande plus tard.
life-draft = Brouillon. Rien n’a encore été enregistré.
life-prepared = Provisoire. Votre demande est préparée et conservée à ce guichet ; la démarche elle-même n’est pas encore faite auprès de l’organisme ({ $agency }). Ce qu’il reste à faire, et par qui, est écrit ici.
life-recorded = Provisoire. Votre demande est conservée en sécurité à ce guichet. Elle sera transmise au service central, puis à l’organisme ({ $agency }), dès qu’il y aura du réseau.
life-kept = Enregistrée. Le service central a reçu votre demande et prouve qu’il la conserve.
life-received = Le service central a reçu votre demande et prouve qu’il la conserve. Elle n’est pas encore arrivée à l’organisme ({ $agency }).
life-forwarded = Votre demande a été envoyée à l’organisme ({ $agency }). La réponse est attendue.
life-accepted = L’organisme ({ $agency }) a accepté votre demande. Elle n’est pas encore terminée.
life-returned = L’organisme ({ $agency }) a renvoyé votre demande : il faut corriger ou ajouter quelque chose.
life-refused = L’organisme ({ $agency }) a refusé votre demande.
life-completed = Terminée par l’organisme ({ $agency }).
life-withdrawn = Retirée. Cette demande ne compte plus.
life-training = Formation. Ce n’était qu’un exercice : ce n’est pas une demande, cela ne va nulle part et n’a aucune valeur.
alone = La prochaine fois, sans venir au guichet
guide-scan = Visez ce code avec votre téléphone pour garder le guide.
guide-qr = Code QR avec ce guide pour votre téléphone
paper-counts = C’est le texte en portugais qui fait foi.
paper-stub = Pas encore enregistré : la demande ne compte qu’une fois saisie dans l’ordinateur. Gardez ce talon.
paper-agree = Je confirme que ce qui est écrit ici est exact, et je demande ce service.
paper-late = Rempli sur papier le { $day } à { $hour }.
reply-title = Réponse à votre réclamation
reply-from = Réponse de
reply-on = Date de la réponse
reply-due = Réponse attendue avant le
reply-as-written = La réponse figure ci-dessus, en portugais, telle qu’elle a été écrite.
node-away = Un instant : le guichet ne répond pas. Rien n’est perdu.
failed = Cela n’a pas marché. Rien n’est perdu : prévenez la personne au guichet.
faces-title = Comment cela s’est-il passé ?
faces-explained = Seulement si vous voulez. La réponse est comptée sans votre nom.
face-good = Bon
face-fair = Moyen
face-bad = Mauvais
faces-none = Je préfère ne pas le dire
stale-title = Cette page est ancienne
stale-advice = Rechargez l’écran du citoyen.
page-title = Écran du citoyen
training = Formation : rien ici n’est réel
verify-title = Où en est ma demande
verify-explained = Écrivez le numéro et le code qui figurent sur le récépissé.
verify-code = Code de vérification
verify-show = Voir où elle en est
verify-mend = Corrigez ce qui est marqué.
verify-mend-code = Le code a huit lettres et chiffres : il se trouve sous le numéro, sur le récépissé.
verify-none = Nous n’avons trouvé aucune demande avec ce numéro et ce code.
verify-why = Vérifiez les deux sur le récépissé. Si la demande a été faite récemment, dans un lieu sans réseau, elle n’a peut-être pas encore atteint le service central : elle reste conservée. Réessayez dans quelques jours.
verify-often = Il y a eu beaucoup de consultations à la suite. Attendez une minute et réessayez.
verify-broken = Ce n’est pas possible pour le moment. La demande n’est pas perdue. Réessayez un peu plus tard.
verify-private = Cette page ne montre aucune donnée personnelle. Pour en savoir plus, apportez le récépissé à n’importe quel guichet.
verify-open = Il y a un doute sur cette demande, et une personne s’en occupe. D’ici là, le résultat n’est pas connu.
verify-day = Enregistrée le
verify-where = Où
verify-agency = Organisme
verify-another = Voir une autre demande
verify-at-desk = Enregistrée au guichet
verify-at-hub = Reçue par le service central
verify-at-agency = Chez l’organisme
verify-done = Terminée
verify-at = Pour savoir où en est la demande

# Messages que la centrale envoie aux citoyens : sans données personnelles.
word-subject = Demande { $number }
word-about = Votre demande n° { $number }, « { $service } » :
word-replied = Votre réclamation a reçu une réponse. Demandez-la dans un Espaço Cidadão.
word-same = C’était la même que la demande n° { $other }, qui continue.
word-look = Voyez où elle en est sur { $address }
word-ask = Pour en savoir plus, apportez votre reçu dans un Espaço Cidadão.
word-no-reply = Ce message est automatique : personne ne lit les réponses.
