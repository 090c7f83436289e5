"""What a mail says and whom it comes from: its own words, what it forwards, what it only quotes; without Odoo."""

import base64
import hashlib
import re
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.utils import parsedate_to_datetime

import lxml.etree
import lxml.html

from .columns import read_date
from .mail_parts import get_plain_text
from .texts import MONTHS, fold

MAX_SIZE = 25 * 1024 * 1024  # bytes as they travel, as mail servers allow
MAX_RECIPIENTS = 100  # with more it is a circular
MAX_LENGTH = 50_000  # letters of text that are read
MAX_FORWARDS = 20
MAX_HEADER_LINES = 40  # of what is forwarded
LOGO_SIZE = 50 * 1024  # bytes: a smaller picture that the text shows is a signature's, or counts who reads
MAX_FILES = 50

ADDRESS = re.compile(
    r"[^\s<>()\[\]:;,\"“”«»|=]+@[^\s<>()\[\]:;,\"“”«»|=@]+\.[^\s<>()\[\]:;,\"“”«»|=@]*[^\s<>()\[\]:;,\"“”«»|=@.]"
)
LABELS = {
    "from": "de|from|von|expediteur|da|van|remitente|mittente|afzender|remetente",
    "date": "date|envoye|envoye le|date d'envoi|sent|gesendet|datum|fecha|enviado|enviado el|enviada em|data|inviato"
    "|verzonden",
    "to": "a|to|an|pour|destinataire|destinataires|para|destinatario|destinatari|aan",
    "cc": "cc|copie|copie a|kopie",
    "subject": "objet|subject|betreff|sujet|asunto|oggetto|onderwerp|assunto",
    "reply": "repondre a|reply-to|antwort an|responder a|rispondi a|antwoord aan",
    "other": "importance|priorite|piece jointe|pieces jointes|attachments|anlagen|cci|bcc|cco|ccn|adjuntos|allegati"
    "|bijlagen|importancia|priorita|prioriteit",
}
KINDS = {label: kind for kind, labels in LABELS.items() for label in labels.split("|")}
HEADER = re.compile(r"[\s*_]*([^\W\d_][^:]{0,20}?)[\s*_]*:[\s*_]*(.*)")
MARKER = re.compile(
    r"[\s>*_=-]*(?:(?P<forward>(?:begin )?forwarded message|(?:debut du )?(?:message|mail|courriel|e-mail) "
    r"(?:transfere|reexpedie|transmis)|(?:anfang der )?weitergeleitete (?:e-mail|nachricht)"
    r"|(?:inicio del )?mensaje reenviado|(?:inizio )?messaggio inoltrato|(?:begin )?doorgestuurd bericht"
    r"|mensagem encaminhada)"
    r"|(?:message|mail|courriel) (?:d'origine|original|initial)|original message|mensaje original"
    r"|messaggio originale|mensagem original|oorspronkelijk bericht|urspr[ue]+ngliche nachricht"
    r"|message du [\d/. :a]+|_{5,}|-{5,})[\s*_:=-]*"
)
GIVEN_ON = r"(?:tr|fwd?|wg|rv|i|enc|doorst|transf\w*)"
ANSWERED = r"(?:re|rép|rep|aw|sv|r|res|antw)"
FORWARDED = re.compile(rf"\s*(?:{ANSWERED}\s*:\s*)*{GIVEN_ON}\s*:", re.IGNORECASE)
PREFIXES = re.compile(rf"^(?:\s*(?:{GIVEN_ON}|{ANSWERED})\s*(?:\[\d+\])?\s*:)+\s*", re.IGNORECASE)
WROTE = re.compile(
    r"(?:(?:a ecrit|ecrivait|wrote|schrieb|escribio|ha scritto|schreef|escreveu)(?: (?:le|on|am) .{5,60})?\s*:?"
    r"|(?:schrieb|schreef) .{2,120}:)$"
)
ON = re.compile(r"^(?:le|on|am|el|il giorno|il \d|op|em) ")
SENT_FROM = re.compile(
    r"(?:envoye (?:de|depuis|a partir de|avec)|sent (?:from|with|via)|telecharge[rz] outlook|get outlook|provenance :"
    r"|obtenez outlook|gesendet (?:mit|von)|von meinem|recuperez outlook|enviado (?:desde|do)|inviato da"
    r"|verzonden (?:vanaf|met))\b.{0,80}"
)
CLOSING = re.compile(
    r"(?:bien |tres |sinceres? |mes )*(?:cordialement|salutations|amities|amicalement|respectueusement)(?: a vous)?"
    r"|bien a (?:vous|toi)|(?:bonne|belle) (?:journee|soiree|reception|fin de journee)|(?:best|kind|warm)? ?regards"
    r"|sincerely|yours(?: truly)?|mit freundlichen gr\w+|(?:un )?(?:cordial )?saludos?|atentamente|cordialmente"
    r"|(?:cordiali|distinti) saluti|met vriendelijke groet(?:en)?"
)
POSTSCRIPT = re.compile(r"p\.? ?s\b|nb\b")
SIGNATURE_LENGTH = 15  # lines, at most, after "Cordialement"
TIME_OF_DAY = re.compile(r"\d{1,2} ?[:h] ?\d\d")
WRITTEN_DAY = re.compile(r"(\d{1,2})(?:er|st|nd|rd|th|\.)? ?(?:de )?([^\W\d_]{3,})\.?,? (?:de )?(\d{4})")
MONTH_FIRST = re.compile(r"([^\W\d_]{3,})\.? (\d{1,2})(?:st|nd|rd|th)?, (\d{4})")
NUMERIC_DAY = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4}|\d\d)")
ISO_DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
# Of programs that say it in the subject alone; who answers such a mail, or gives it on, has another subject.
AUTOMATIC = re.compile(
    r"\W*(?:(?:reponse|message|notification|avis) auto(?:matique)?|(?:message|notification|avis) d'absence"
    r"|absen(?:t|te|t\(e\)|ce) du bureau|auto(?:matic)?[- ]?(?:reply|response)|out of (?:the )?office"
    r"|automatische (?:antwort|abwesenheit)|abwesenheits\w*|automatisch antwoord|afwezig(?:heid)?"
    r"|respuesta automatica|fuera de (?:la )?oficina|risposta automatica|fuori (?:sede|ufficio)|resposta automatica)\b"
)
BULK = {"bulk", "list", "junk", "auto_reply"}
UNKEPT = {
    *("application/pgp-encrypted", "application/pgp-signature", "application/pkcs7-signature"),
    *("application/x-pkcs7-signature", "text/calendar"),
}
ASKS = re.compile(
    rb"^METHOD(?:;[^:\r\n]*)?:\s*(?:REQUEST|REPLY|CANCEL|COUNTER|DECLINECOUNTER|REFRESH|ADD)", re.M | re.I
)
# Elements that are closed by a tag of their own: those that are lines, and those within one.
NESTED = re.compile(
    r"<(/?)(?:(article|blockquote|center|div|ol|section|table|ul)|a|b|big|em|font|i|small|span|strong|u)\b[^<>]*>",
    re.IGNORECASE,
)
DEEPEST = 200
PGP = re.compile(
    r"-----BEGIN PGP SIGNED MESSAGE-----\n(?:[\w-]+:.*\n)*|-----BEGIN PGP SIGNATURE-----[\s\S]*"
    r"|-----BEGIN PGP MESSAGE-----[\s\S]*?(?:-----END PGP MESSAGE-----|$)"
)


@dataclass
class Letter:
    """One mail, or one that is forwarded or quoted in another.

    :param senders: addresses
    :param recipients: addresses
    :param sender: whom it is from, as it is written
    :param day: a datetime with its zone, a date, or nothing
    :param words: what it says itself, without quotations and signature
    :param is_forward: whether it was given on as something to read, and not only stands below an answer
    :param within: what it forwards or quotes
    :param files: list of (name, content, content type)
    :param count: how many mails, given on side by side, it is made of
    """

    senders: tuple = ()
    recipients: tuple = ()
    sender: str = ""
    day: date | datetime | None = None
    subject: str = ""
    words: str = ""
    is_forward: bool = False
    within: "Letter | None" = None
    files: list = field(default_factory=list)
    count: int = 1

    def unfold(self):
        """Return this one and those within it, from the outside in."""
        letters = [self]
        while letters[-1].within and len(letters) < MAX_FORWARDS:
            letters.append(letters[-1].within)
        return letters


def find_addresses(text):
    """Return the e-mail addresses in a text, each once.

    >>> find_addresses('"Dupont, Ada" <Ada@club.example>; [mailto:bob@club.example], ada@club.example.')
    ('Ada@club.example', 'bob@club.example', 'ada@club.example')
    """
    return tuple(dict.fromkeys(ADDRESS.findall(str(text or "").replace("mailto:", " "))))


def find_day(text):
    """Return the day in a date as mail clients write it, or nothing.

    >>> [str(find_day(text)) for text in ("lun. 23 nov. 2026 à 10:12", "Monday, November 23, 2026 10:12 AM")]
    ['2026-11-23', '2026-11-23']
    >>> [str(find_day(text)) for text in ("23/11/26 10:12", "11/23/2026 9:05 PM", "2026-11-23 10:12", "hier")]
    ['2026-11-23', '2026-11-23', '2026-11-23', 'None']
    >>> find_day("Mon, 23 Nov 2026 23:30:00 -0500").isoformat()
    '2026-11-23T23:30:00-05:00'
    """
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError, OverflowError):
        moment = None
    if moment and moment.tzinfo:
        return moment
    folded = fold(text)
    if found := ISO_DAY.search(folded):
        return _day(*found.groups())
    if (found := WRITTEN_DAY.search(folded)) and found[2] in MONTHS:
        return _day(found[3], MONTHS[found[2]], found[1])
    if (found := MONTH_FIRST.search(folded)) and found[1] in MONTHS:
        return _day(found[3], MONTHS[found[1]], found[2])
    if found := NUMERIC_DAY.search(folded):
        first, second, year = found.groups()
        if re.search(r"\d ?[ap]m\b", folded) and int(first) <= 12:
            first, second = second, first
        written = read_date(f"{first}/{second}/{year}")
        return date.fromisoformat(written) if written else None
    return None


def _day(year, month, day):
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


# Mails that make nothing


def why_not(message):
    """Return why a mail is not to be logged, for the server's log; nothing where somebody sent it.

    :param EmailMessage message: the mail
    """
    if sum(map(_measure, message.walk())) > MAX_SIZE:
        return "too large"
    if (
        len({email.lower() for email in find_addresses(_get(message, "From"))}) != 1
        or len(get_all(message, "From")) != 1
    ):
        return "no single sender"
    if len(_get_recipients(message)) > MAX_RECIPIENTS:
        return "too many recipients"
    if _get(message, "Auto-Submitted").strip().lower() not in ("", "no"):
        return "sent by a machine"
    if AUTOMATIC.match(fold(_get(message, "Subject"))):
        return "sent by a machine"
    if any(message.get(name) for name in ("X-Autoreply", "X-Autorespond", "X-Auto-Reply", "X-Loop")):
        return "sent by a machine"
    if _get(message, "Precedence").strip().lower() in BULK or message.get("List-Id") or message.get("List-Post"):
        return "from a mailing list"
    if _get(message, "Return-Path").strip() == "<>" or message.get_content_type() == "multipart/report":
        return "a report of a server"
    if _invites(message):
        return "an invitation of a calendar"
    return ""


def _measure(part):
    """Return how long a part is, as it travels; nothing for one that only holds others."""
    with suppress(LookupError, ValueError):  # of a charset that is none
        payload = part.get_payload()
        return len(payload) if isinstance(payload, str) else 0
    return len(part.get_payload(decode=True) or b"")


def _invites(message, depth=0):
    """Return whether a mail is an invitation, or all those that are attached to it are."""
    parts = list(_walk_own(message))
    attached = [mail for part in parts if (mail := _get_attached_mail(part))] if depth < MAX_FORWARDS else []
    return any(map(_asks, parts)) or (bool(attached) and all(_invites(each, depth + 1) for each in attached))


def _walk_own(part):
    """Yield the parts of a mail without those of the mails attached to it."""
    yield part
    if part.is_multipart() and part.get_content_type() != "message/rfc822":
        for each in part.get_payload():
            yield from _walk_own(each)


def is_refused(message, trusted=""):
    """Return whether the server that took the mail in found its sender to be forged.

    Only the topmost result counts, or the topmost of the server whose name is trusted: anybody may write others below.

    :param str trusted: the ``authserv-id`` of the own server, if it is known
    """
    for header in get_all(message, "Authentication-Results"):
        said = re.sub(r"\([^()]*\)", " ", header).lower()
        server, _semicolon, results = said.partition(";")
        if trusted and server.split()[:1] != [trusted.lower()]:
            continue
        found = {}
        for method, result in re.findall(r"(?:^|[;\s])(dmarc|spf|dkim)\s*=\s*(\w+)", results):
            found.setdefault(method, set()).add(result)
        dmarc = found.get("dmarc", set()) - {"none"}
        if dmarc:
            return "fail" in dmarc and "pass" not in dmarc
        spf, dkim = found.get("spf", set()), found.get("dkim", set())
        return ("fail" in spf and "pass" not in dkim) or ("fail" in dkim and not {"pass"} & (spf | dkim))
    received = [] if trusted else get_all(message, "Received-SPF")
    return bool(received) and received[0].strip().lower().split()[:1] == ["fail"]


def _asks(part):
    is_calendar = part.get_content_type() in ("text/calendar", "application/ics")
    is_calendar = is_calendar or (part.get_filename() or "").lower().endswith(".ics")
    return is_calendar and bool(part.get_param("method") or ASKS.search(part.get_payload(decode=True) or b""))


# Reading


def get_key(message):
    """Return what a mail is known by when it comes again: its Message-Id, else what it says."""
    written = _get(message, "Message-Id").strip()
    if written:
        return written
    said = [*message.raw_items(), *(part.get_payload(decode=True) for part in message.walk())]
    return f"<{hashlib.sha256(repr(said).encode(errors='replace')).hexdigest()}@no-message-id>"


def read_message(message, depth=0):
    """Read a mail.

    :param EmailMessage message: the mail
    :param int depth: how many mails it is attached within
    :rtype: Letter
    """
    parts = _Parts()
    parts.take(message)
    letter = _begin(parts.get_text(), _get(message, "Subject"))
    letter.senders, letter.sender = find_addresses(_get(message, "From")), _get(message, "From")
    letter.recipients = _get_recipients(message)
    letter.day = find_day(_get(message, "Date"))
    letter.files = parts.get_files()
    attached = [each for each in parts.messages if not _invites(each)] if depth < MAX_FORWARDS else []
    inner = [read_message(each, depth + 1) for each in attached]
    if inner:
        letter.files += [file for each in inner for file in each.files]
        if not (letter.within and letter.within.is_forward):
            letter.within = _merge(inner)
    return letter


def read_html(html, subject="", **values):
    """Read a mail that was taken apart by somebody else.

    :rtype: Letter
    """
    letter = _begin(_read_html(html), subject)
    for name, value in values.items():
        setattr(letter, name, value)
    return letter


def tidy_subject(subject):
    """Return a subject without what answering and forwarding put before it.

    >>> tidy_subject("TR: RE: Rencontre du 3 mars"), tidy_subject("Retour")
    ('Rencontre du 3 mars', 'Retour')
    """
    return " ".join(PREFIXES.sub("", subject or "").split())


def _begin(text, subject):
    words, within = split(text[:MAX_LENGTH].split("\n"), bool(FORWARDED.match(subject or "")))
    return Letter(subject=subject, words=words, within=within)


def _merge(letters):
    """Return several mails that were attached to one as one."""
    first, *others = letters
    first.is_forward, first.count = True, len(letters)
    for other in others:
        first.senders += other.senders
        first.recipients += other.recipients
        first.words = f"{first.words}\n\n{other.words}".strip()
    return first


def _get(message, name):
    return next(iter(get_all(message, name)), "")


def get_all(message, name):
    """Return the values of a header as texts, also where Python cannot take them apart: then none."""
    try:
        return [str(value) for value in message.get_all(name, [])]
    except (AttributeError, LookupError, RecursionError, TypeError, ValueError):  # headers that Python gives up
        return []


def _get_recipients(message):
    names = ("To", "Cc", "Resent-To", "Resent-Cc")
    return find_addresses(" , ".join(value for name in names for value in get_all(message, name)))


class _Parts:
    """The texts, the files and the attached mails of a mail."""

    def __init__(self):
        self.plain, self.html, self.files, self.messages = [], [], [], []

    def take(self, part):
        """Take a part and those within it, down to attached mails, which are read by themselves."""
        kind = part.get_content_type()
        mail = _get_attached_mail(part)
        if mail:
            self.messages.append(mail)
        elif kind == "message/rfc822":
            return
        elif part.is_multipart():
            for each in part.get_payload():
                self.take(each)
        elif kind in UNKEPT or part.get_content_maintype() == "multipart":
            return
        elif kind in ("text/plain", "text/html") and not part.get_filename() and not _is_attached(part):
            (self.plain if kind == "text/plain" else self.html).append(decode(part))
        else:
            shown = (part.get("Content-ID") or "").strip("<> \t")
            content = part.get_payload(decode=True) or b""
            self.files.append((part.get_filename() or "", content, kind, shown))

    def get_text(self):
        html = "\n".join(self.html)
        text = _read_html(html) if html.strip() else ""
        return text or "\n".join(self.plain).replace("\r\n", "\n").replace("\r", "\n")

    def get_files(self):
        html = "\n".join(self.html)
        return [
            (name, content, kind)
            for name, content, kind, shown in self.files
            if content
            and not (shown and f"cid:{shown}" in html and kind.startswith("image/") and len(content) < LOGO_SIZE)
        ][:MAX_FILES]


def _get_attached_mail(part):
    """Return the mail that a part is, also where a program encodes it, or sends it as any file; nothing else."""
    is_mail = part.get_content_type() == "message/rfc822"
    payload = part.get_payload()
    inner = payload[0] if is_mail and isinstance(payload, list) and payload else None
    if isinstance(inner, EmailMessage):
        encoding = _get(part, "Content-Transfer-Encoding").strip().lower()
        if encoding != "base64" or inner.get("From"):
            return inner
        content = inner.get_payload(decode=True) or b""
        with suppress(ValueError):
            content = base64.b64decode(content)
    elif is_mail or not (part.get_filename() or "").lower().endswith(".eml"):
        return None
    else:
        content = part.get_payload(decode=True) or b""
    mail = message_from_bytes(content, policy=part.policy)
    return mail if mail.get("From") else inner


def _is_attached(part):
    return part.get_content_disposition() == "attachment"


def decode(part):
    """Return the text of a part, in whatever charset it is really written.

    Accents that are UTF-8 are nothing else by chance; what calls itself Latin-1 is Windows's, as browsers know.
    """
    content = part.get_payload(decode=True) or b""
    declared = (part.get_content_charset() or "ascii").lower()
    declared = "cp1252" if declared in ("latin1", "iso-8859-1") else declared
    is_plain = content.isascii() or b"\0" in content
    for charset in (declared, "utf-8", "cp1252") if is_plain else ("utf-8", declared, "cp1252"):
        with suppress(LookupError, ValueError):
            return content.decode(charset)
    return content.decode("latin-1")


def mend_charsets(parts):
    """Name a charset in the parts whose own nobody knows; :func:`decode` finds the real one.

    :param list parts: what :func:`find_unreadable` returns
    """
    for part in parts:
        part.del_param("charset")  # one without a value is not replaced
        part.set_param("charset", "utf-8", replace=True)


def find_unreadable(message):
    """Return the texts of a mail whose charset Python refuses to read."""
    return [part for part in message.walk() if part.get_content_maintype() == "text" and not _is_readable(part)]


def _is_readable(part):
    try:
        b"\xe9".decode(part.get_param("charset", "ascii"), "replace")
    except (LookupError, TypeError, ValueError):
        return False
    return True


def _read_html(html):
    """Return what a mail shows as lines; what it quotes with ``>`` before them."""
    html = str(html or "").replace("\x00", "")
    if not html.strip():
        return ""
    html = _flatten(html)
    try:
        page = lxml.html.document_fromstring(html.encode(), parser=lxml.html.HTMLParser(encoding="utf-8"))
    except (lxml.etree.LxmlError, ValueError):
        return ""
    for quote in reversed(list(page.iter("blockquote"))):
        tail, quote.tail = quote.tail, None
        written = get_plain_text(lxml.html.tostring(quote, encoding="unicode"))
        quoted = lxml.html.Element("pre")
        quoted.text = "\n".join(f"> {line}" for line in written.split("\n"))
        quoted.tail = tail
        if quote.getparent() is not None:
            quote.getparent().replace(quote, quoted)
    body = page.find("body")
    return "" if body is None else get_plain_text(lxml.html.tostring(body, encoding="unicode"))


def _flatten(html):
    """Return a page whose elements stand within one another as deep as its reader goes: deeper, as one text.

    >>> _flatten("<div><b>" * 999 + "Hello" + "</b></div>" * 999).replace("<br>", "")
    'Hello'
    """
    depth = deepest = 0
    for tag in NESTED.finditer(html):
        depth = max(0, depth - 1) if tag[1] else depth + 1
        deepest = max(depth, deepest)
    return NESTED.sub(lambda tag: "<br>" if tag[2] else "", html) if deepest > DEEPEST else html


# Taking texts apart


def split(lines, is_forwarded=False):
    """Take apart what somebody wrote, and what stands below it.

    >>> said, below = split(["Pour mémoire", "", "---- Forwarded message ----", "De : Ada <ada@club.example>",
    ...     "Date: lun. 23 nov. 2026 à 10:12", "Subject: Rencontre", "To: <bob@club.example>", "", "Bonjour", "> hier"])
    >>> said, below.senders, below.recipients, str(below.day), below.is_forward, below.words
    ('Pour mémoire', ('ada@club.example',), ('bob@club.example',), '2026-11-23', True, 'Bonjour')
    >>> said, below = split(["Merci !", "Le 23/11/2026 à 10:12, Ada <ada@club.example>", "a écrit :", "> Bonjour"])
    >>> said, below.senders, below.is_forward, below.words
    ('Merci !', ('ada@club.example',), False, 'Bonjour')

    :param list lines: of the text
    :param bool is_forwarded: the subject says so
    :return: (words, Letter or nothing)
    """
    lines = _unquote_all(lines)
    for place in range(len(lines)):
        found = _read_headers(lines, place) or _read_attribution(lines, place)
        if found:
            letter, after, depth = found
            break
    else:
        return _tidy(lines), None
    before, rest = lines[:place], lines[after:]
    while before and (not before[-1].strip(" >") or MARKER.fullmatch(fold(before[-1]))):
        line = before.pop()
        marker, letter.day = MARKER.fullmatch(fold(line)), letter.day or find_day(line)
        letter.is_forward = letter.is_forward or bool(marker and marker["forward"])
    letter.is_forward = letter.is_forward or (is_forwarded and _is_headed(letter))
    if depth:
        last = next((at for at in range(len(rest), 0, -1) if _depth(rest[at - 1])), 0)
        own = [line for line in rest if not _depth(line)]
        below = [_strip(line) for line in rest[:last] if _depth(line)]
        words = _tidy([*before, "", *own])
    else:
        below, words = rest, _tidy(before)
    said = split(below, letter.is_forward) if below else ("", None)
    letter.words, letter.within = said
    return words, letter


def _is_headed(letter):
    return letter.subject is not None


def _depth(line):
    return line.lstrip().startswith(">")


def _strip(line):
    return re.sub(r"^\s*> ?", "", line)


def _unquote_all(lines):
    """Return lines without the marks that all of them have."""
    while any(line.strip() for line in lines) and all(_depth(line) for line in lines if line.strip()):
        lines = [_strip(line) for line in lines]
    return lines


def _read_headers(lines, start):
    """Return the mail whose headers begin at a line, the line after them, and whether they are quoted."""
    is_quoted = _depth(lines[start])
    kind, _value = _read_header(lines[start])
    if not kind:
        return None
    found, last, at = {}, "", start
    while at < min(len(lines), start + MAX_HEADER_LINES) and _depth(lines[at]) == is_quoted:
        kind, value = _read_header(lines[at])
        text = lines[at].strip(" >*\t")
        if kind and kind not in found:
            found[kind], last = value, kind
        elif not text:
            following = lines[at + 1] if at + 1 < len(lines) else ""
            kind, _value = _read_header(following)
            if not kind or kind in found:
                break
        elif last in ("from", "to", "cc") and (not found[last] or "@" in text or found[last].rstrip()[-1:] in ",;"):
            found[last] += f" {text}"
        elif not found.get(last, "x"):
            found[last] = text
        else:
            break
        at += 1
    if "from" not in found or len(found) < 3 or not {"date", "subject"} & found.keys():
        return None
    letter = Letter(
        senders=find_addresses(found["from"]),
        recipients=find_addresses(f"{found.get('to', '')} , {found.get('cc', '')}"),
        sender=found["from"].strip(),
        day=find_day(found.get("date", "")),
        subject=found.get("subject", ""),
    )
    return letter, at, is_quoted


def _read_header(line):
    found = HEADER.fullmatch(line.lstrip(" >\t").replace("\xa0", " ").replace("\t", " "))
    kind = KINDS.get(fold(found[1]).strip(), "") if found else ""
    return kind, found[2].strip(" *") if kind else ""


def _read_attribution(lines, start):
    """Return the mail quoted below a line as "Ada wrote:", where it begins, and whether it has quotation marks."""
    if not ON.match(fold(lines[start].strip(" >"))) and "@" not in lines[start]:
        return None
    for length in (1, 2, 3):
        said = " ".join(line.strip(" >") for line in lines[start : start + length])
        if len(said) > 400 or start + length > len(lines):
            return None
        if WROTE.search(fold(said).strip()) and (find_addresses(said) or TIME_OF_DAY.search(said) or find_day(said)):
            break
    else:
        return None
    after = start + length
    while after < len(lines) and not lines[after].strip():
        after += 1
    letter = Letter(senders=find_addresses(said), sender=said, day=find_day(said), subject=None)
    is_marked = any(_depth(line) for line in lines[after:]) if after < len(lines) else False
    return letter, after, is_marked


def _tidy(lines):
    """Return what somebody wrote without what she quotes, her signature, and what her program adds."""
    kept = []
    own = [line.rstrip() for line in lines if not _depth(line)]
    for number, line in enumerate(own):
        folded = fold(line).strip(" ,.!*_")
        if line in ("--", "-- ") or folded == "--" or re.fullmatch(r"_{5,}", line.strip()):
            break
        if SENT_FROM.fullmatch(folded):
            continue
        rest = [each for each in own[number + 1 :] if each.strip()]
        if CLOSING.fullmatch(folded) and len(rest) <= SIGNATURE_LENGTH and any(each.strip() for each in kept):
            after = next((at for at, each in enumerate(own) if at > number and POSTSCRIPT.match(fold(each))), len(own))
            kept += ["", *own[after:]]
            break
        kept.append(line)
    while kept and MARKER.fullmatch(fold(kept[-1])):
        kept.pop()
    text = PGP.sub("", "\n".join(kept)).strip("\n ")
    return re.sub(r"\n{3,}", "\n\n", text)
