# What the citizen reads. The same keys and variables in every language (a test says so).
language-name = English
welcome = Welcome
idle-title = Welcome · { $spot }
idle-choose = To read in English, touch “English” above.
idle-services = What we can do here
idle-bring = What to bring
idle-nothing = You do not need to bring anything
pause = Pause
resume = Resume
choose-language = Language
skip = Skip to the content
accessibility = Accessibility
turn-title = Ticket
turn-now = It is your turn
unpaired-title = Code of this screen
unpaired-explained = The mediator types this code on their computer.
step-of = Step { $number } of { $total }
not-yet = not filled in yet
show-numbers = Show the numbers
hide-numbers = Hide the numbers
yes = yes
no = no
cost = Cost
free = free
exempt = exempt
remains = What is still to be done, and by whom
papers-owed = Documents that you still have to bring
appointment = Appointment
appointment-owed = You have no appointment yet: you will be told later.
pay-later = To pay later
pay-entity = Entity
pay-number = Reference
pay-until = Pay by
pay-later-owed = The reference to pay with comes later.
identity-owed = Proof of who you are, which you still have to bring
identity-until = by { $day }
money = €{ $amount }
date = { $day } { $month ->
    [1] January
    [2] February
    [3] March
    [4] April
    [5] May
    [6] June
    [7] July
    [8] August
    [9] September
    [10] October
    [11] November
   *[other] December
} { $year }
how-final = Is it done right away?
final-draft = Not yet. Nothing is recorded without your confirmation.
final-offline = Provisional: it is kept safe here and goes on when there is a network.
final-online = Provisional until the central office confirms that it arrived.
next = What happens next
privacy = Who sees your data
write-title = Write your answers here. The person at the desk sees them too.
write-private = What you write here is not shown at the desk.
write-done = I have answered
write-stop = I would rather the person at the desk wrote
write-mend = Some answers need correcting. Look for what is marked.
write-saving = Saving…
write-kept = Saved.
write-lost = Not saved: the desk does not answer. What you wrote is on this page.
write-other = The person at the desk also wrote here:
write-take = Take what the person at the desk wrote
write-keep = Keep what I wrote
write-optional = Only if you want to answer.
write-agree = I agree
wrong-option = Choose one of the options.
wrong-agree = Without this agreement the request cannot go on.
wrong-missing = This answer is missing.
wrong-digits = It must have { $count } digits.
wrong-check = One digit is wrong: check it against the document, number by number.
wrong-form = Write it as in this example: { $example }
wrong-date = This date does not exist: check the day and the month.
wrong-future = This date has not come yet: check the year.
wrong-country = Accounts of that country are not paid. The number begins with the letters of the country, for example { $example }.
wrong-early = It must be on { $day } or later.
wrong-late = It must be { $day } or earlier.
wrong-small = It must be at least { $limit }.
wrong-large = It can be at most { $limit }.
wrong-short = It is too short: the fewest characters are { $count }.
wrong-long = It is too long: the most characters are { $count }.
confirm-title = Is everything right?
confirm-explained = Take your time. If something is not right, touch “I want to correct”.
confirm-right = It is right
confirm-wrong = I want to correct
confirm-sign = It is right and I sign
sign-title = Your signature
sign-explained = Sign with your finger, a pen or the mouse. If you prefer, type your name below.
sign-again = Clear and sign again
sign-name = Or type your full name
sign-missing = The signature is missing: sign, or type your name.
confirmed = Thank you. You confirmed that it is right.
correcting = All right: tell the mediator what you want to correct.
not-given = not given
photographs = { $count ->
    [one] { $count } photograph
   *[other] { $count } photographs
}
recorded-title = Your request is recorded
recorded-number = Request number
recorded-qr = QR code to check request { $number }
recorded-scan = This code is on your receipt too: with it the request can be checked later.
life-draft = Draft. Nothing has been recorded yet.
life-prepared = Provisional. Your request is prepared and kept safe at this desk; the act itself is not done yet at the agency ({ $agency }). What remains, and who does it, is written here.
life-recorded = Provisional. Your request is kept safe at this desk. It goes on to the central office, and then to the agency ({ $agency }), when there is a network.
life-kept = Recorded. The central office has received your request and proves that it holds it.
life-received = The central office has received your request and proves that it holds it. It has not reached the agency ({ $agency }) yet.
life-forwarded = Your request was sent to the agency ({ $agency }). The answer is still to come.
life-accepted = The agency ({ $agency }) accepted your request. It is not completed yet.
life-returned = The agency ({ $agency }) returned your request: something has to be corrected or added.
life-refused = The agency ({ $agency }) refused your request.
life-completed = Completed by the agency ({ $agency }).
life-withdrawn = Withdrawn. This request no longer counts.
life-training = Training. This was only practice: it is no request, it goes nowhere and it counts for nothing.
alone = Next time, without coming to the desk
guide-scan = Point your phone’s camera at this code to keep the guide.
guide-qr = QR code with this guide for your phone
paper-counts = The text in Portuguese is the one that counts.
paper-stub = Not recorded yet: it counts only once it has been entered into the computer. Keep this stub.
paper-agree = I confirm that what is written here is right, and I ask for this service.
paper-late = Filled in on paper on { $day } at { $hour }.
reply-title = Answer to your complaint
reply-from = Answered by
reply-on = Day of the answer
reply-due = To be answered by
reply-as-written = The answer is above, in Portuguese, as it was written.
node-away = One moment: the desk does not answer. Nothing was lost.
failed = That did not work. Nothing was lost: please tell the mediator.
faces-title = How did it go?
faces-explained = Only if you like. The answer is counted without your name.
face-good = Good
face-fair = So-so
face-bad = Bad
faces-none = I would rather not say
stale-title = This page is old
stale-advice = Load the citizen’s screen again.
page-title = Citizen’s screen
training = Training: nothing here is real
verify-title = How far my request is
verify-explained = Type the number and the code that are on the receipt.
verify-code = Check code
verify-show = See how far it is
verify-mend = Please correct what is marked.
verify-mend-code = The code has eight letters and digits: it is below the number on the receipt.
verify-none = We found no request with this number and this code.
verify-why = Check both against the receipt. If the request was made recently, at a place without a network, it may not have reached the central office: it is kept safe. Try again in a few days.
verify-often = There were many questions in a row. Wait a minute and try again.
verify-broken = It cannot be shown at the moment. The request is not lost. Try again in a little while.
verify-private = No personal data is shown on this page. To find out more, take the receipt to any desk.
verify-open = There is a doubt about this request, and a person is settling it. Until then the outcome is open.
verify-day = Recorded on
verify-where = Where
verify-agency = Agency
verify-another = See another request
verify-at-desk = Recorded at the desk
verify-at-hub = Received by the central office
verify-at-agency = At the agency
verify-done = Completed
verify-at = To see how far the request is

# Messages that the hub sends to citizens: no personal data.
word-subject = Request { $number }
word-about = Your request no. { $number }, “{ $service }”:
word-replied = Your complaint has been answered. Ask for the answer at a Citizen Spot.
word-same = It was the same as request no. { $other }, which goes on.
word-look = See how it stands at { $address }
word-ask = To learn more, take your receipt to a Citizen Spot.
word-no-reply = This message is automatic: nobody reads replies to it.
