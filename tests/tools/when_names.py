#!/usr/bin/python3
"""Generates src/base/when_names.c: the words of dates in the languages below.

Names of months and days, and phrases relative to now, are facts of CLDR (Debian package
unicode-cldr-core). Words that CLDR does not have (fillers, labels before a date, further
spellings of relative phrases) are listed here.

    tests/tools/when_names.py > src/base/when_names.c
"""
import re
import sys
import unicodedata
import xml.etree.ElementTree as ET

CLDR = "/usr/share/unicode/cldr/common/main/"
# The order gives each language its bit.
LANGUAGES = ("en es de ja fr pt ru it nl pl tr fa zh vi cs ko id hu el uk ar sv ro da fi he sk th "
             "bg hr no sr lt sl ca et lv hi").split()
FILES = {"zh": ["zh", "zh_Hant"], "sr": ["sr", "sr_Latn"], "pt": ["pt", "pt_PT"]}
DAYS = "sun mon tue wed thu fri sat".split()
UNITS = "second minute hour day week month year".split()

FILLERS = {
    "en": "at on of the t in from since st nd rd th day",
    "es": "de del el a las los la en h hs dia día", "pt": "de do da em às as ao h dia",
    "fr": "le du de à a er ème h d en", "it": "il del di alle ore l lo",
    "de": "am um den der dem des vom uhr", "nl": "op om van uur de", "sv": "den kl klockan",
    "da": "den d kl klokken", "no": "den kl klokka", "fi": "klo na", "pl": "dnia w dn o godz godzina r roku rok",
    "cs": "dne v ve hod", "sk": "dňa o hod", "ru": "в г года год от", "uk": "о р року рік від",
    "bg": "в г година на", "hr": "u god", "sr": "u god у год", "sl": "ob dne", "ro": "la ora pe",
    "hu": "én án i kor", "lt": "m d val", "lv": "gada plkst gads", "et": "kell a", "el": "στις του της στισ",
    "tr": "günü saat tarihinde", "ca": "de d del el a les", "id": "pukul pada tanggal jam tgl wib wita wit",
    "vi": "lúc vào ngày", "ar": "في يوم الساعة", "fa": "در ساعت روز", "he": "ב בשעה",
    "th": "เวลา วันที่ น พศ", "hi": "को बजे",
}
# Words that stand before a date and name it.
LABELS = {
    "en": "posted published updated created added released modified last date publication release "
          "decided filed issued argued opened closed dated uploaded submitted edited revised written "
          "started ended starts ends due effective first by when time",
    "de": "veröffentlicht erstellt aktualisiert geändert stand datum erschienen vom online seit "
          "gepostet geschrieben entscheidung",
    "fr": "publié publiée posté postée créé modifié jour mis mise date actualisé écrit paru",
    "es": "publicado publicada publicación fecha actualizado actualizada creado modificado escrito",
    "pt": "publicado publicada publicação data atualizado atualizada criado postado escrito em",
    "it": "pubblicato pubblicata data aggiornato aggiornata creato scritto inserito modificato",
    "nl": "gepubliceerd geplaatst datum bijgewerkt gewijzigd geschreven laatst",
    "sv": "publicerad publicerat uppdaterad datum skapad skriven inlagd",
    "da": "udgivet publiceret opdateret dato oprettet", "no": "publisert oppdatert dato opprettet",
    "fi": "julkaistu päivitetty luotu pvm", "pl": "opublikowano data dodano aktualizacja utworzono publikacji",
    "cs": "publikováno zveřejněno datum vydáno aktualizováno přidáno", "sk": "publikované zverejnené dátum pridané",
    "ru": "опубликовано дата добавлено обновлено создано размещено публикации", "uk": "опубліковано дата оновлено додано створено",
    "bg": "публикувано дата обновено", "hr": "objavljeno datum ažurirano", "sr": "objavljeno datum објављено датум",
    "sl": "objavljeno datum", "ro": "publicat data actualizat", "hu": "közzétéve dátum frissítve publikálva",
    "el": "δημοσιεύθηκε δημοσιεύτηκε ημερομηνία", "tr": "yayınlanma yayınlandı tarihi tarih güncelleme eklenme",
    "id": "diterbitkan diposting tanggal diperbarui terbit", "vi": "đăng cập nhật ngày xuất bản",
    "ca": "publicat data actualitzat", "lt": "paskelbta data", "lv": "publicēts datums", "et": "avaldatud kuupäev",
    "ar": "نشر تاريخ التاريخ آخر تحديث", "fa": "تاریخ انتشار منتشر", "he": "פורסם תאריך עודכן",
    "ja": "投稿日 公開日 更新日 掲載日 発売日 日付 投稿 公開 更新 最終更新 作成日 開催日 発表日 掲載 登録日",
    "zh": "发布 发布时间 发表 发表于 更新 时间 日期 发布日期 更新时间 發佈 發表 發表於 時間 發布 發布日期 更新日期 公告日期 张贴",
    "ko": "작성일 등록일 게시일 수정일 입력 날짜 등록 발행일 게시", "th": "เผยแพร่ วันที่ โพสต์", "hi": "प्रकाशित दिनांक",
}
RANGES = {
    "en": "to until till through and thru", "de": "bis und", "fr": "au et", "es": "al a y hasta", "pt": "a e até",
    "it": "al e", "nl": "tot en t/m", "sv": "till och", "da": "til og", "no": "til og", "fi": "ja", "pl": "do i",
    "cs": "až do a", "ru": "по до и", "uk": "по до і та", "ca": "al i", "ro": "la si", "zh": "至 到",
    "ja": "から", "ko": "부터", "tr": "ile", "hr": "do i", "el": "έως",
}
ONES = {
    "en": "a an one", "de": "ein eine einer einem einen", "fr": "un une", "es": "un una uno", "pt": "um uma",
    "it": "un una uno", "nl": "een één", "sv": "en ett", "da": "en et", "no": "en et ett", "pl": "jeden jedną",
    "ru": "один одну", "cs": "jeden jednou", "ca": "un una", "ro": "un o", "id": "satu", "hu": "egy", "tr": "bir",
    "vi": "một", "uk": "один одну", "sk": "jeden jednu", "fi": "yksi", "el": "μία έναν",
}
UNIT_WORDS = {  # behind the number, or before it in Vietnamese
    "YEAR": "年 년 năm ปี พศ 年度", "MONTH": "月 월 tháng thg 月份", "DAY": "日 일 号 號 ngày",
    "HOUR": "時 时 点 點 시", "MINUTE": "分 분", "SECOND": "秒 초",
}
ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925, "大正": 1911, "明治": 1867,
        "民國": 1911, "民国": 1911, "中華民國": 1911, "中华民国": 1911}
HALVES = {"上午": 1, "午前": 1, "오전": 1, "凌晨": 1, "早上": 1, "清晨": 1,
          "下午": 2, "午後": 2, "오후": 2, "晚上": 2, "中午": 2, "傍晚": 2}
DAY_WORDS = {"zh": {"昨日": -1, "今日": 0, "前日": -2}, "ja": {"一昨日": -2, "おととい": -2, "きのう": -1, "本日": 0},
             "en": {"yesterday": -1, "today": 0, "tomorrow": 1}, "ko": {"그저께": -2},
             "fr": {"avant-hier": -2, "avanthier": -2}, "ar": {"اليوم": 0}, "id": {"kmrn": -1}}
NOW_WORDS = {"zh": "刚刚 剛剛 刚才 剛才", "ja": "たった今", "ko": "방금", "de": "soeben", "id": "baru saja",
             "es": "ahora mismo", "pt": "agora mesmo", "fr": "à l'instant", "it": "proprio ora",
             "ru": "только что", "uk": "щойно", "tr": "az önce", "vi": "vừa xong", "nl": "zojuist", "pl": "przed chwilą"}
# Months that CLDR does not list: Levantine and Maghrebi Arabic, Persian's own romanisations, variants.
MONTHS = {
    "ar": ["كانون الثاني جانفي", "شباط فيفري", "آذار اذار مارس", "نيسان أفريل ابريل إبريل", "أيار ايار ماي مايو", "حزيران جوان يونيو",
           "تموز جويلية يوليوز", "آب اب أوت غشت اغسطس", "أيلول ايلول شتنبر", "تشرين الأول اكتوبر", "تشرين الثاني نونبر", "كانون الأول دجنبر"],
    "fa": ["ژانویه", "فوریه", "مارس", "آوریل", "مه", "ژوئن", "ژوئیه", "اوت آگوست", "سپتامبر", "اکتبر", "نوامبر", "دسامبر"],
    "en": ["", "", "", "", "", "", "", "", "sept", "", "", ""],
    "es": ["", "", "", "", "", "", "", "", "setiembre set", "", "", ""],
    "de": ["jänner jan", "feber", "mrz maerz", "", "", "", "", "", "sept", "", "", ""],
    "fr": ["janv", "fév", "", "avr", "", "", "juill", "", "sept", "", "", "déc"],
    "id": ["", "", "", "", "", "", "", "agu ags", "", "", "nop", ""],
    "ro": ["ian", "feb", "mar", "apr", "", "iun", "iul", "", "sept", "oct", "noi", "dec"],
    "el": ["", "", "", "", "", "", "", "", "", "", "", ""],
}
PHRASES = [  # language, a pattern's piece, and what it may be instead
    ("ar", "قبل", "منذ"), ("el", "πριν από ", "πριν "), ("th", "ที่ผ่านมา", "ที่แล้ว"), ("th", "ที่ผ่านมา", "ก่อน"),
    ("id", " yang lalu", " lalu"), ("pt", "há ", "faz "), ("es", "hace ", "desde hace "), ("de", "vor ", "seit "),
    ("da", "for ", ""), ("no", "for ", ""), ("sv", "för ", ""), ("uk", " тому", " назад"), ("ko", " 전", "전"),
    ("zh", "小时前", "小時前"), ("zh", "小时前", "个小时前"), ("zh", "分钟前", "分前"), ("zh", "天前", "日前"),
    ("zh", "周前", "星期前"), ("zh", "个月前", "月前"), ("it", " fa", " or sono"), ("vi", " trước", " trước đây"),
]
SUFFIXES = [("pt", "há ", " atrás"), ("hi", "", "")]


def fold(text):
    """As clean() of when_text.c folds a text."""
    out = []
    for c in unicodedata.normalize("NFC", text):
        n = ord(c)
        if n in (0xad, 0x200c, 0x200d, 0x640) or 0x200e <= n <= 0x200f or 0x202a <= n <= 0x202e or 0x2066 <= n <= 0x2069:
            continue
        if n in (0x2019, 0x2018, 0x5f3, 0x2bc):
            c = "'"
        elif c in "\u00a0\u202f\u2009\u3000":
            c = " "
        elif c == "ς":
            c = "σ"
        elif n == 0x130:
            c = "i"
        else:
            low = c.lower()
            c = low if len(low) == 1 else c
        out.append(c)
    return "".join(out)


def word(text):
    return re.sub(r"\s+", " ", fold(text).replace(".", "").replace("'", " ").replace("-", " ")).strip()


def bare(text):
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))


def latin(text):
    return all(ord(c) < 0x250 or ord(c) in range(0x1e00, 0x1f00) for c in text)


words = {}    # (text, kind, value) -> languages
phrases = {}  # (text, unit, amount, sign) -> languages


def add(text, kind, value, language):
    text = word(text)
    if not text or text.isdigit():
        return
    forms = {text}
    if latin(text) and kind in ("MONTH", "WEEKDAY", "LABEL", "DAY_OFFSET"):
        forms.add(bare(text))
    for form in forms:
        words.setdefault((form, kind, value), set()).add(language)


def add_phrase(text, unit, amount, sign, language):
    key = re.sub(r"[\s.]", "", fold(text).replace("{0}", "#")).replace("'", "")
    if key and key != "#":
        phrases.setdefault((key, unit, amount, sign), set()).add(language)


def trees(language):
    for name in FILES.get(language, [language]):
        yield ET.parse(CLDR + name + ".xml").getroot()


def add_months(tree, language, calendar, kind):
    months = tree.find('.//calendar[@type="%s"]/months' % calendar)
    for width in months if months is not None else []:
        for names in width.findall("monthWidth"):
            if names.get("type") == "narrow":
                continue
            for month in names:
                text = word(month.text)
                text = re.sub(r"^(de|d) ", "", text) if language == "ca" else text
                if any(c.isdigit() for c in text) or len(text) < 2 or re.search("月", text):
                    continue
                add(text, kind, int(month.get("type")), language)
                if language == "he":
                    add("ב" + text, kind, int(month.get("type")), language)


def add_weekdays(tree, language):
    days = tree.find('.//calendar[@type="gregorian"]/days')
    for context in days if days is not None else []:
        for names in context.findall("dayWidth"):
            if names.get("type") not in ("wide", "abbreviated"):
                continue
            for day in names:
                text = word(day.text)
                if any(c.isdigit() for c in text) or (len(text) < 2 and latin(text)):
                    continue
                add(text, "WEEKDAY", 1 + DAYS.index(day.get("type")), language)
                if language in ("ru", "uk", "pl", "cs", "sk", "bg", "hr", "sr", "pt") and " " not in text:
                    pass
                if language == "pt" and text.endswith(" feira"):
                    add(text[:-6], "WEEKDAY", 1 + DAYS.index(day.get("type")), language)


def add_halves(tree, language):
    for context in tree.findall('.//calendar[@type="gregorian"]/dayPeriods/dayPeriodContext'):
        for names in context.findall("dayPeriodWidth"):
            for period in names:
                text = word(period.text or "")
                if period.get("type") in ("am", "pm") and (len(text.replace(" ", "")) >= 2 or not latin(text)):
                    value = 1 if period.get("type") == "am" else 2
                    add(text, "HALF_DAY", value, language)
                    add(text.replace(" ", ""), "HALF_DAY", value, language)


def variants(text, language):
    yield text
    for name, old, new in PHRASES:
        if name == language and old in text:
            yield text.replace(old, new)
    for name, old, new in SUFFIXES:
        if name == language and old and old in text:
            yield text.replace(old, "") + new


def add_field(field, language):
    unit, _, width = field.get("type").partition("-")
    for relative in field.findall("relative"):
        shift = int(relative.get("type"))
        for text in (relative.text or "").split("/"):
            if unit == "day":
                add(text, "DAY_OFFSET", shift, language)
            elif unit == "second" and shift == 0 and not width:
                add(text, "NOW", 0, language)
            elif unit in ("week", "month", "year") and shift == -1 and language != "en":
                add_phrase(text, UNITS.index(unit), 1, -1, language)
    if unit not in UNITS or language == "en":
        return
    for time in field.findall("relativeTime"):
        sign = -1 if time.get("type") == "past" else 1
        for pattern in time:
            amount = 0 if "{0}" in pattern.text else {"zero": 0, "one": 1, "two": 2}.get(pattern.get("count"))
            if amount is None or ("{0}" not in pattern.text and pattern.get("count") == "zero"):
                continue
            for text in variants(pattern.text, language):
                add_phrase(text, UNITS.index(unit), amount, sign, language)


def gather():
    for language in LANGUAGES:
        for tree in trees(language):
            add_months(tree, language, "gregorian", "MONTH")
            if language == "fa":
                add_months(tree, language, "persian", "PERSIAN_MONTH")
            add_weekdays(tree, language)
            add_halves(tree, language)
            for field in tree.findall(".//fields/field"):
                add_field(field, language)
    for table, kind in ((FILLERS, "FILLER"), (LABELS, "LABEL"), (RANGES, "RANGE")):
        for language, texts in table.items():
            for text in texts.split():
                add(text, kind, 0, language)
    for language, texts in ONES.items():
        for text in texts.split():
            add(text, "NUMBER", 1, language)
    for kind, texts in UNIT_WORDS.items():
        for text in texts.split():
            language = "vi" if latin(text) else "ko" if "\uac00" <= text[0] else "th" if text[0] < "\u1000" else "zh"
            for name in ["ja", "zh"] if language == "zh" else [language]:
                add(text, "UNIT_" + kind, 0, name)
    for text, year in ERAS.items():
        add(text, "ERA", list(ERAS).index(text), "zh" if "民" in text else "ja")
    for text, half in HALVES.items():
        add(text, "HALF_DAY", half, "ko" if "\uac00" <= text[0] else "zh")
    for text, half in (("am", 1), ("pm", 2)):
        add(text, "HALF_DAY", half, "en")
    for language, table in DAY_WORDS.items():
        for text, shift in table.items():
            add(text, "DAY_OFFSET", shift, language)
    for language, texts in NOW_WORDS.items():
        for text in texts.split() if language in ("zh", "ja", "ko", "de", "nl", "uk") else [texts]:
            add(text, "NOW", 0, language)
    for language, months in MONTHS.items():
        for i, texts in enumerate(months):
            pieces = [texts] if language == "ar" and False else texts.split()
            for text in pieces:
                if language == "ar" and text in ("كانون", "تشرين", "الثاني", "الأول"):
                    continue
                add(text, "MONTH", i + 1, language)
    for i, text in ((1, "كانون الثاني"), (10, "تشرين الأول"), (11, "تشرين الثاني"), (12, "كانون الأول")):
        add(text, "MONTH", i, "ar")
    for text in ("tues", "thur", "thurs", "weds"):
        add(text, "WEEKDAY", 1 + {"tu": 2, "th": 4, "we": 3}[text[:2]], "en")


    for key in list(phrases):  # "yesterday" is a day, not a time 24 hours ago
        if any((word, "DAY_OFFSET", shift) in words for word in (key[0],) for shift in (-2, -1, 0, 1, 2)):
            del phrases[key]


def mask(languages):
    return sum(1 << LANGUAGES.index(name) for name in languages)


def escape(text):
    return text.replace("\\", "\\\\").replace("\"", "\\\"")


def fill(pieces, comma):
    """Lines of at most 108 columns."""
    lines, line = [], " "
    for piece in pieces:
        if len(line) + len(piece) > 106:
            lines.append(line)
            line = " "
        line += " " + piece + comma
    return "\n".join(lines + [line])


def print_pool(name, texts):
    offsets, at, lines = {}, 0, []
    for text in texts:
        if text in offsets:
            continue
        offsets[text] = at
        at += len(text.encode()) + 1
        lines.append('"%s\\0"' % escape(text))
    print("static const char %s[] =\n%s;\n" % (name, fill(lines, "")))
    return offsets


def main():
    gather()
    rows = sorted(words.items(), key=lambda r: (r[0][0].encode(), r[0][1], r[0][2]))
    lines = sorted(phrases.items(), key=lambda r: (r[0][0].encode(), r[0][1:]))
    print("/* Words of dates in %d languages. Generated by tests/tools/when_names.py; do not edit. */"
          % len(LANGUAGES))
    print('#include "base/when_names.h"\n')
    print("const char when_languages[][3] = {%s};\n" % ", ".join('"%s"' % name for name in LANGUAGES))
    print("const int when_era_years[] = {%s};\n" % ", ".join(str(year) for year in ERAS.values()))
    offsets = print_pool("word_pool", [row[0][0] for row in rows])
    print("const char *const when_word_pool = word_pool;\n")
    print("const when_word_row when_word_rows[] = {")
    print(fill(["{%d, WHEN_%s, %d, 0x%x}" % (offsets[text], kind, value, mask(languages))
                for (text, kind, value), languages in rows], ","))
    print("};\nconst size_t when_word_count = sizeof when_word_rows / sizeof *when_word_rows;\n")
    offsets = print_pool("phrase_pool", [row[0][0] for row in lines])
    print("const char *const when_phrase_pool = phrase_pool;\n")
    print("/* Offset of the text, unit, amount (0: the number of the text), sign, languages. */")
    print("const when_phrase_row when_phrase_rows[] = {")
    print(fill(["{%d, %d, %d, %d, 0x%x}" % (offsets[text], unit, amount, sign, mask(languages))
                for (text, unit, amount, sign), languages in lines], ","))
    print("};\nconst size_t when_phrase_count = sizeof when_phrase_rows / sizeof *when_phrase_rows;")
    print("%d words, %d phrases" % (len(rows), len(lines)), file=sys.stderr)


if __name__ == "__main__":
    main()
