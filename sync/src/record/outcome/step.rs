//! The step that asks the citizen how to be told, in every language of their screen.

use std::sync::LazyLock;

use super::{CONSENT, WAY, Way};
use crate::catalogue::{Field, Kind, Rules, Step, When, Words};
use crate::record::representation::{choice, words};

/// What stands where nothing was chosen.
pub static NOBODY: LazyLock<Words> = LazyLock::new(|| {
    words([
        "Ninguém o avisa: não foi escolhida nenhuma forma de avisar.",
        "Nobody will tell you: no way of telling you was chosen.",
        "Personne ne vous préviendra : aucun moyen n’a été choisi.",
        "Nadie le avisará: no se eligió ninguna forma de avisar.",
        "Niemand benachrichtigt Sie: Es wurde kein Weg gewählt.",
        "Вас ніхто не повідомить: спосіб повідомлення не обрано.",
        "आपको कोई सूचना नहीं देगा: सूचना का कोई तरीका नहीं चुना गया।",
        "तपाईंलाई कसैले खबर गर्दैन: खबर गर्ने कुनै तरिका छानिएको छैन।",
        "لن يخبرك أحد: لم تُختر أي وسيلة للإبلاغ.",
    ])
});

/// The step of an attendance that asks for it, in every language of the citizen's screen. Nobody has to
/// answer it.
pub static OUTCOME: LazyLock<Step> = LazyLock::new(|| Step {
    id: "outcome".into(),
    title: words([
        "Como quer saber do resultado",
        "How you want to hear the outcome",
        "Comment vous voulez connaître le résultat",
        "Cómo quiere saber el resultado",
        "Wie Sie das Ergebnis erfahren möchten",
        "Як ви хочете дізнатися про результат",
        "आप परिणाम कैसे जानना चाहते हैं",
        "तपाईं नतिजा कसरी थाहा पाउन चाहनुहुन्छ",
        "كيف تريد أن تعرف النتيجة",
    ]),
    advice: Words::from([(
        "pt",
        "Vale para os pedidos deste atendimento que ainda não estão registados. Ninguém é obrigado: sem escolha, ninguém avisa o cidadão e o pedido regista-se na mesma.",
    )]),
    when: None,
    repeat: None,
    fields: vec![way(), phone(), mail(), letter(), consent()],
});

fn by(ways: &[Way]) -> Option<When> {
    Some(When {
        field: WAY.into(),
        is: ways.iter().map(|way| way.code().to_owned()).collect(),
        ..When::default()
    })
}

fn way() -> Field {
    Field {
        options: vec![
            choice(
                Way::Call.code(),
                [
                    "Chamada telefónica",
                    "Telephone call",
                    "Appel téléphonique",
                    "Llamada telefónica",
                    "Telefonanruf",
                    "Телефонний дзвінок",
                    "फ़ोन कॉल",
                    "टेलिफोन कल",
                    "مكالمة هاتفية",
                ],
            ),
            choice(
                Way::Sms.code(),
                [
                    "Mensagem de telemóvel (SMS)",
                    "Text message (SMS)",
                    "Message texte (SMS)",
                    "Mensaje de móvil (SMS)",
                    "Kurznachricht (SMS)",
                    "Повідомлення на телефон (SMS)",
                    "मोबाइल संदेश (SMS)",
                    "मोबाइल सन्देश (SMS)",
                    "رسالة نصية (SMS)",
                ],
            ),
            choice(
                Way::Mail.code(),
                [
                    "Correio eletrónico",
                    "E-mail",
                    "Courrier électronique",
                    "Correo electrónico",
                    "Nachricht per E-Mail",
                    "Електронна пошта",
                    "ईमेल",
                    "इमेल",
                    "بريد إلكتروني",
                ],
            ),
            choice(
                Way::Letter.code(),
                [
                    "Carta",
                    "Letter",
                    "Lettre",
                    "Carta por correo",
                    "Brief",
                    "Лист поштою",
                    "डाक से पत्र",
                    "हुलाकबाट चिठी",
                    "رسالة بريدية",
                ],
            ),
            choice(
                Way::Comes.code(),
                [
                    "Venho eu saber",
                    "I will come and ask",
                    "Je viendrai demander",
                    "Vengo yo a preguntar",
                    "Ich komme selbst fragen",
                    "Я прийду і запитаю",
                    "मैं स्वयं आकर पूछूँगा/पूछूँगी",
                    "म आफैँ आएर सोध्छु",
                    "سآتي بنفسي لأسأل",
                ],
            ),
        ],
        ..Field::new(
            WAY,
            words([
                "De que forma",
                "In which way",
                "De quelle façon",
                "De qué forma",
                "Auf welchem Weg",
                "У який спосіб",
                "किस तरीके से",
                "कुन तरिकाले",
                "بأي وسيلة",
            ]),
            Kind::Choice,
        )
    }
}

fn phone() -> Field {
    Field {
        when: by(&[Way::Call, Way::Sms]),
        ..Field::new(
            "tell-phone",
            words([
                "Telefone para avisar",
                "Telephone to be told on",
                "Téléphone où vous prévenir",
                "Teléfono para avisar",
                "Telefon für die Nachricht",
                "Телефон для повідомлення",
                "सूचना के लिए फ़ोन",
                "खबरका लागि फोन",
                "الهاتف للإبلاغ",
            ]),
            Kind::Phone,
        )
    }
}

fn mail() -> Field {
    Field {
        when: by(&[Way::Mail]),
        ..Field::new(
            "tell-mail",
            words([
                "Endereço de correio eletrónico para avisar",
                "E-mail address to be told at",
                "Adresse électronique où vous prévenir",
                "Dirección de correo electrónico para avisar",
                "E-Mail-Adresse für die Nachricht",
                "Електронна адреса для повідомлення",
                "सूचना के लिए ईमेल पता",
                "खबरका लागि इमेल ठेगाना",
                "عنوان البريد الإلكتروني للإبلاغ",
            ]),
            Kind::Email,
        )
    }
}

fn letter() -> Field {
    Field {
        when: by(&[Way::Letter]),
        rules: Rules {
            min_chars: Some(8),
            max_chars: Some(300),
            ..Rules::default()
        },
        ..Field::new(
            "tell-letter",
            words([
                "Morada para a carta",
                "Address for the letter",
                "Adresse pour la lettre",
                "Dirección para la carta",
                "Anschrift für den Brief",
                "Адреса для листа",
                "पत्र के लिए पता",
                "चिठीका लागि ठेगाना",
                "عنوان الرسالة",
            ]),
            Kind::LongText,
        )
    }
}

fn consent() -> Field {
    Field {
        when: by(&[Way::Call, Way::Sms, Way::Mail, Way::Letter]),
        ..Field::new(
            CONSENT,
            words([
                "Aceito que usem este contacto só para me dizer como terminou este pedido. Vê-o quem trata do pedido neste balcão e na central. Deixa de ser mostrado quando o pedido terminar e eu for avisado. Posso retirar isto em qualquer balcão, quando quiser.",
                "I agree that this contact is used only to tell me how this request ended. It is seen by those who handle the request at this desk and at the central office. It is no longer shown once the request has ended and I have been told. I can take this back at any desk, whenever I want.",
                "J’accepte que ce contact serve uniquement à me dire comment cette demande s’est terminée. Le voient les personnes qui traitent la demande à ce guichet et à la centrale. Il n’est plus affiché une fois la demande terminée et moi prévenu. Je peux retirer cet accord à n’importe quel guichet, quand je veux.",
                "Acepto que usen este contacto solo para decirme cómo terminó esta solicitud. Lo ve quien tramita la solicitud en esta oficina y en la central. Deja de mostrarse cuando la solicitud termine y yo haya sido avisado. Puedo retirarlo en cualquier oficina, cuando quiera.",
                "Ich bin einverstanden, dass dieser Kontakt nur benutzt wird, um mir zu sagen, wie dieser Antrag ausgegangen ist. Ihn sieht, wer den Antrag an diesem Schalter und in der Zentrale bearbeitet. Er wird nicht mehr angezeigt, wenn der Antrag beendet ist und ich es erfahren habe. Ich kann das an jedem Schalter jederzeit zurücknehmen.",
                "Я погоджуюся, щоб цей контакт використали лише для того, щоб повідомити мені, чим закінчилося це звернення. Його бачать ті, хто опрацьовує звернення на цьому пункті та в центрі. Його більше не показують, коли звернення завершено і мене повідомлено. Я можу відкликати згоду на будь-якому пункті, коли захочу.",
                "मैं सहमत हूँ कि इस संपर्क का उपयोग केवल मुझे यह बताने के लिए हो कि यह अनुरोध कैसे पूरा हुआ। इसे वही देखते हैं जो इस काउंटर और केंद्रीय कार्यालय में अनुरोध संभालते हैं। अनुरोध पूरा होने और मुझे सूचना मिलने के बाद इसे नहीं दिखाया जाता। मैं इसे किसी भी काउंटर पर जब चाहूँ वापस ले सकता/सकती हूँ।",
                "यो सम्पर्क यो निवेदन कसरी टुंगियो भनी मलाई बताउन मात्र प्रयोग गर्न म सहमत छु। यसलाई यो काउन्टर र केन्द्रीय कार्यालयमा निवेदन हेर्नेले मात्र देख्छन्। निवेदन टुंगिएपछि र मलाई खबर भएपछि यो देखाइँदैन। म यो सहमति जुनसुकै काउन्टरमा चाहेको बेला फिर्ता लिन सक्छु।",
                "أوافق على استخدام وسيلة الاتصال هذه فقط لإخباري كيف انتهى هذا الطلب. يراها من يعالج الطلب في هذا المكتب وفي المركز. لا تُعرض بعد أن ينتهي الطلب وأُبلَّغ بذلك. يمكنني سحب موافقتي في أي مكتب متى شئت.",
            ]),
            Kind::Consent,
        )
    }
}
