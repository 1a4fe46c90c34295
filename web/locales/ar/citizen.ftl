# ما يقرؤه المواطن. المفاتيح والمتغيرات نفسها في كل اللغات (يتحقق منها اختبار).
# تبقى الأرقام 0-9 كي تطابق الورق والبطاقة.
language-name = العربية
welcome = أهلاً وسهلاً
idle-title = أهلاً وسهلاً · { $spot }
idle-choose = للقراءة بالعربية، المس «العربية» في الأعلى.
idle-services = ما يمكن إنجازه هنا
idle-bring = ما يجب إحضاره
idle-nothing = لا حاجة إلى إحضار أي شيء
pause = إيقاف
resume = متابعة
choose-language = اللغة
skip = الانتقال إلى المحتوى
accessibility = إمكانية الوصول
turn-title = رقم
turn-now = حان دورك
unpaired-title = رمز هذه الشاشة
unpaired-explained = يكتب الموظف هذا الرمز على حاسوبه.
step-of = الخطوة { $number } من { $total }
not-yet = لم يُملأ بعد
show-numbers = إظهار الأرقام
hide-numbers = إخفاء الأرقام
yes = نعم
no = لا
cost = الرسوم
free = مجاني
exempt = معفى
remains = ما الذي بقي عمله، ومن يقوم به
papers-owed = وثائق ما زال عليك إحضارها
appointment = الموعد
appointment-owed = لم يُحدَّد موعد بعد: سنخبرك لاحقًا.
pay-later = للدفع لاحقًا
pay-entity = رمز الجهة
pay-number = رقم الدفع
pay-until = ادفع قبل
pay-later-owed = سنعطيك رقم الدفع لاحقًا.
identity-owed = إثبات هويتك الذي ما زال عليك إحضاره
identity-until = حتى { $day }
money = { $amount } يورو
date = { $day } { $month ->
    [1] يناير
    [2] فبراير
    [3] مارس
    [4] أبريل
    [5] مايو
    [6] يونيو
    [7] يوليو
    [8] أغسطس
    [9] سبتمبر
    [10] أكتوبر
    [11] نوفمبر
   *[other] ديسمبر
} { $year }
how-final = هل اكتمل الأمر الآن؟
final-draft = ليس بعد. لا يُسجَّل أي شيء دون تأكيدك.
final-offline = مؤقت: يُحفظ هنا بأمان ويُرسَل عند توفر الشبكة.
final-online = مؤقت إلى أن يؤكد المكتب المركزي استلامه.
next = ماذا يحدث بعد ذلك
privacy = من يطّلع على بياناتك
write-title = اكتب إجاباتك هنا. يراها الموظف أيضاً.
write-private = ما تكتبه هنا لا يظهر للموظف.
write-done = انتهيت من الإجابة
write-stop = أفضّل أن يكتب الموظف
write-mend = توجد إجابات تحتاج إلى تصحيح. انظر إلى ما هو معلَّم.
write-saving = جارٍ الحفظ…
write-kept = تم الحفظ.
write-lost = لم يُحفظ: المكتب لا يستجيب. ما كتبته موجود في هذه الصفحة.
write-other = كتب الموظف هنا أيضاً:
write-take = أخذ ما كتبه الموظف
write-keep = الإبقاء على ما كتبتُه
write-optional = فقط إذا أردت الإجابة.
write-agree = أوافق
wrong-option = اختر أحد الخيارات.
wrong-agree = بدون هذه الموافقة لا يمكن متابعة الطلب.
wrong-missing = هذه الإجابة ناقصة.
wrong-digits = عدد الأرقام المطلوب: { $count }.
wrong-check = أحد الأرقام غير صحيح: قارنه بالوثيقة رقماً رقماً.
wrong-form = اكتب كما في هذا المثال: { $example }
wrong-date = هذا التاريخ غير موجود: تحقق من اليوم والشهر.
wrong-future = هذا التاريخ لم يحن بعد: تحقق من السنة.
wrong-country = لا يُدفع إلى حسابات ذلك البلد. يبدأ الرقم بحرفي البلد، مثلاً { $example }.
wrong-early = يجب أن يكون في { $day } أو بعده.
wrong-late = يجب أن يكون في { $day } أو قبله.
wrong-small = يجب ألا يقل عن { $limit }.
wrong-large = يجب ألا يزيد على { $limit }.
wrong-short = قصير جداً: أقل عدد من الأحرف { $count }.
wrong-long = طويل جداً: أكبر عدد من الأحرف { $count }.
confirm-title = هل كل شيء صحيح؟
confirm-explained = يمكنك القراءة على مهل. إذا كان هناك خطأ فالمس «أريد التصحيح».
confirm-right = كل شيء صحيح
confirm-wrong = أريد التصحيح
confirm-sign = كل شيء صحيح وأوقّع
sign-title = توقيعك
sign-explained = وقّع بالإصبع أو القلم أو الفأرة. وإن فضّلت فاكتب اسمك في الأسفل.
sign-again = مسح والتوقيع من جديد
sign-name = أو اكتب اسمك الكامل
sign-missing = التوقيع ناقص: وقّع، أو اكتب اسمك.
confirmed = شكراً. تم تأكيد أن كل شيء صحيح.
correcting = حسناً: يرجى إخبار الموظف بما تريد تصحيحه.
not-given = غير مذكور
photographs = { $count ->
    [zero] لا صور
    [one] صورة واحدة
    [two] صورتان
    [few] { $count } صور
    [many] { $count } صورة
   *[other] { $count } صورة
}
recorded-title = تم تسجيل طلبك
recorded-number = رقم الطلب
recorded-qr = رمز QR للتحقق من الطلب { $number }
recorded-scan = هذا الرمز موجود أيضاً على الإيصال: به يمكن التحقق من الطلب لاحقاً.
life-draft = مسودة. لم يُسجَّل أي شيء بعد.
life-prepared = مؤقت. طلبك جاهز ومحفوظ في هذا المكتب؛ أما الإجراء نفسه لدى الجهة المختصة ({ $agency }) فلم يتم بعد. ما تبقّى ومن يقوم به مكتوب هنا.
life-recorded = مؤقت. طلبك محفوظ بأمان في هذا المكتب. سيُرسَل إلى المكتب المركزي ثم إلى الجهة المختصة ({ $agency }) عند توفر الشبكة.
life-kept = مسجَّل. استلم المكتب المركزي طلبك وأثبت أنه محفوظ لديه.
life-received = استلم المكتب المركزي طلبك وأثبت أنه محفوظ لديه. لم يصل بعد إلى الجهة المختصة ({ $agency }).
life-forwarded = أُرسل طلبك إلى الجهة المختصة ({ $agency }). لم يصل الرد بعد.
life-accepted = قبلت الجهة المختصة ({ $agency }) طلبك. لم يكتمل بعد.
life-returned = أعادت الجهة المختصة ({ $agency }) طلبك: يلزم تصحيح شيء أو إضافته.
life-refused = رفضت الجهة المختصة ({ $agency }) طلبك.
life-completed = أنجزته الجهة المختصة ({ $agency }).
life-withdrawn = مسحوب. لم يعد هذا الطلب سارياً.
life-training = تدريب. كان هذا للتمرين فقط: ليس طلبًا، ولا يُرسل إلى أي مكان، ولا قيمة له.
alone = في المرة القادمة، دون الحضور إلى المكتب
guide-scan = وجّه كاميرا هاتفك إلى هذا الرمز للاحتفاظ بالدليل.
guide-qr = رمز QR يحمل هذا الدليل إلى هاتفك
paper-counts = النص المعتمد هو النص البرتغالي.
paper-stub = لم يُسجَّل بعد: لا يُحتسب إلا بعد إدخاله في الحاسوب. احتفظ بهذه القسيمة.
paper-agree = أؤكد أن ما كُتب هنا صحيح، وأطلب هذه الخدمة.
paper-late = مُلئ على الورق في { $day } الساعة { $hour }.
reply-title = الرد على شكواك
reply-from = من ردّ
reply-on = يوم الرد
reply-due = آخر موعد للرد
reply-as-written = الرد مكتوب أعلاه بالبرتغالية كما ورد.
node-away = لحظة من فضلك: المكتب لا يستجيب. لم يُفقد أي شيء.
failed = لم تنجح العملية. لم يُفقد أي شيء: يرجى إخبار الموظف.
faces-title = كيف كانت الخدمة؟
faces-explained = إن أردت فقط. يُحسب الجواب من دون اسمك.
face-good = جيدة
face-fair = مقبولة
face-bad = سيئة
faces-none = أفضّل ألا أقول
stale-title = هذه الصفحة قديمة
stale-advice = يرجى إعادة تحميل شاشة المواطن.
page-title = شاشة المواطن
training = تدريب: لا شيء هنا حقيقي
